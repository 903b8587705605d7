package kill

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter"
	"github.com/simstead/simstead/internal/wire/diameter/client"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

const realm = "kill.example"

// gateway is a packet core's end of Gy. It connects again whenever its server dies, and then sends again what was not
// answered.
type gateway struct {
	client *client.Client
	parked *atomic.Int64 // how many wait for the connection, of all gateways
	told   *tally

	mu sync.Mutex
	up chan struct{} // closed while it is connected
}

func newGateway(name string, strict bool, parked *atomic.Int64, told *tally) *gateway {
	return &gateway{
		client: &client.Client{
			OriginHost: name + "." + realm, OriginRealm: realm, DestinationRealm: realm, Strict: strict, Timeout: 10 * time.Second,
			Clock: clock.System(), Log: slog.New(slog.DiscardHandler),
		},
		parked: parked, told: told, up: make(chan struct{}),
	}
}

// keep connects until ctx ends.
func (g *gateway) keep(ctx context.Context, address string) {
	for ctx.Err() == nil {
		if g.client.Dial(ctx, address) != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		g.mu.Lock()
		close(g.up)
		g.mu.Unlock()
		select {
		case <-g.client.Done():
		case <-ctx.Done():
			g.client.Close()
			return
		}
		g.mu.Lock()
		g.up = make(chan struct{})
		g.mu.Unlock()
	}
}

// await waits for the connection; false when the test is over.
func (g *gateway) await(ctx context.Context) bool {
	g.mu.Lock()
	up := g.up
	g.mu.Unlock()
	select {
	case <-up:
		return true
	default:
	}
	g.parked.Add(1)
	defer g.parked.Add(-1)
	select {
	case <-up:
		return true
	case <-ctx.Done():
		return false
	}
}

// exchange sends a request until it is answered, from the second time on with the T flag. One that may be given up sometimes is
// when its connection fails.
func (g *gateway) exchange(ctx context.Context, t *testing.T, m packet.Message, mayGiveUp bool) (answer packet.Message, ok bool) {
	m = bytes.Clone(m)
	for g.await(ctx) {
		answers := g.send(t, m, rand.IntN(20) == 0)
		if answers != nil && diameter.ResultOf(answers) != packet.ResultTooBusy { // which says that nothing was taken
			return answers, true
		}
		m.SetRetransmitted()
		g.told.unanswered.Add(1)
		if mayGiveUp && rand.IntN(4) == 0 {
			return nil, false
		}
		time.Sleep(5 * time.Millisecond) // the end of the connection may not be noticed yet
	}
	return nil, false
}

// send sends a request once, or twice in a row, and returns its answer, nil when there is none. Both answers are the same.
func (g *gateway) send(t *testing.T, m packet.Message, twice bool) (first packet.Message) {
	times := 1
	if twice {
		times = 2
	}
	arrived := make(chan packet.Message, times)
	for i := range times {
		one := packet.Message(bytes.Clone(m))
		if i > 0 {
			one.SetRetransmitted()
			g.told.repeated.Add(1)
		}
		if g.client.Ask(one, func(a packet.Message, _ error) { arrived <- a }) != nil {
			arrived <- nil
		}
	}
	for range times {
		switch answer := <-arrived; {
		case first == nil:
			first = answer
		case answer != nil:
			same(t, m, first, answer)
		}
	}
	return first
}

// same holds two answers to one request against each other, octet by octet but for the identifier of the transport.
func same(t *testing.T, request, first, second packet.Message) {
	second = bytes.Clone(second)
	second.SetHopByHop(first.HopByHop())
	if !bytes.Equal(first, second) {
		t.Errorf("the request %x\nwas answered by %x\nand then by   %x", request, first, second)
	}
}
