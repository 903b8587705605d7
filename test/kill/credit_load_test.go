package kill

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/simstead/simstead/test/rig"
)

// asking is all that gateways ask for, and what they know of it.
type asking struct {
	tally
	parked  atomic.Int64
	ended   atomic.Int64
	askers  int
	running sync.WaitGroup
	stop    context.CancelFunc // no new session begins

	mu       sync.Mutex
	sessions map[name]*dialogue
	direct   []*debit
}

// tally counts what happened, to see that enough did.
type tally struct {
	answered, unanswered, repeated, abandoned, refused, final, debited atomic.Int64
}

// volume is what a request reports.
type volume struct{ up, down int64 }

func (v volume) plus(o volume) volume { return volume{v.up + o.up, v.down + o.down} }

// dialogue is a session as its gateway knows it.
type dialogue struct {
	*device
	answered volume            // what the answered requests report
	open     map[uint32]volume // what the others report, by their numbers
	refused  bool              // it never began
	certain  bool              // something of it was answered otherwise
}

// debit is an event that asks for octets.
type debit struct {
	*device
	octets            int64 // no two of a device are alike
	answered, granted bool
}

// askFor lets the devices of the fleet ask for credit by way of four gateways, one of which keeps to the standard.
func askFor(t *testing.T, site *rig.Site, fleet []*device) *asking {
	ctx, stop := context.WithCancel(context.Background())
	work, abort := context.WithCancel(context.Background())
	l := &asking{stop: stop, sessions: map[name]*dialogue{}}
	var gateways []*gateway
	var keeping sync.WaitGroup
	for i := range 4 {
		g := newGateway(fmt.Sprintf("smf%d", i), false, &l.parked, &l.tally)
		if i == 0 {
			g = newGateway("pgw", true, &l.parked, &l.tally)
		}
		gateways = append(gateways, g)
		keeping.Go(func() { g.keep(work, site.Diameter) })
	}
	t.Cleanup(func() { stop(); abort(); l.running.Wait(); keeping.Wait() })
	for i, d := range fleet {
		for n := range max(d.asks, 1) {
			w := &asker{asking: l, t: t, gateway: gateways[(i+n)%len(gateways)], device: d, serial: int64(n)}
			l.askers++
			l.running.Go(func() {
				defer l.ended.Add(1)
				w.run(ctx, work)
			})
		}
	}
	return l
}

// awaitStandstill waits until nothing is under way any more, which is so soon after the program has died.
func (l *asking) awaitStandstill(t *testing.T) {
	for deadline := time.Now().Add(20 * time.Second); l.parked.Load()+l.ended.Load() < int64(l.askers); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d do not wait for the program", int64(l.askers)-l.parked.Load(), l.askers)
		}
	}
}

// awaitAnswers waits for further answers, at most so long.
func (l *asking) awaitAnswers(n int64, most time.Duration) {
	want := l.answered.Load() + n
	for deadline := time.Now().Add(most); l.answered.Load() < want && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
}

// end lets the sessions end.
func (l *asking) end(t *testing.T) {
	l.stop()
	for deadline := time.Now().Add(20 * time.Second); l.ended.Load() < int64(l.askers); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not all sessions end, though the program runs")
		}
	}
}

// enough makes sure that something was shown.
func (l *asking) enough(t *testing.T) {
	t.Logf("%d sessions, %d requests answered, %d unanswered, %d of them given up; %d repeated; %d refused, %d final grants, %d direct debits",
		len(l.sessions), l.answered.Load(), l.unanswered.Load(), l.abandoned.Load(), l.repeated.Load(), l.refused.Load(), l.final.Load(),
		l.debited.Load())
	for what, n := range map[string]int64{
		"answers": l.answered.Load(), "lost requests": l.unanswered.Load(), "requests given up": l.abandoned.Load(),
		"repeats": l.repeated.Load(), "refusals": l.refused.Load(), "final grants": l.final.Load(), "debits": l.debited.Load(),
	} {
		if n == 0 {
			t.Errorf("no %s: that shows nothing", what)
		}
	}
}

// pause lets the machine do something else.
func pause(ctx context.Context, most time.Duration) {
	timer := time.NewTimer(most/4 + rand.N(most))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
