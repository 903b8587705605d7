package peer

import (
	"errors"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// Why a request of ours got no answer.
var (
	ErrClosed  = errors.New("the Diameter connection is closed")
	ErrTimeout = errors.New("no answer from the Diameter peer")
	ErrFull    = errors.New("too many requests wait for the Diameter peer")
)

// pending are our requests that wait for an answer, by hop-by-hop identifier.
type pending struct {
	mu     sync.Mutex
	limit  int
	next   uint32
	calls  map[uint32]*call
	closed bool
}

type call struct {
	command packet.Command
	done    func(packet.Message, error)
	timer   *time.Timer
}

// add numbers a request. done is called once, unless add fails.
func (p *pending) add(m packet.Message, limit time.Duration, done func(packet.Message, error)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return ErrClosed
	case len(p.calls) >= p.limit:
		return ErrFull
	}
	for taken := true; taken; _, taken = p.calls[p.next] {
		p.next++
	}
	id := p.next
	m.SetHopByHop(id)
	c := &call{command: m.Command(), done: done}
	c.timer = time.AfterFunc(limit, func() {
		if p.remove(id, c) {
			done(nil, ErrTimeout)
		}
	})
	p.calls[id] = c
	return nil
}

func (p *pending) remove(id uint32, c *call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls[id] != c {
		return false
	}
	delete(p.calls, id)
	return true
}

// answer hands an answer to who waits for it, if anybody does.
func (p *pending) answer(m packet.Message) bool {
	p.mu.Lock()
	c := p.calls[m.HopByHop()]
	if c == nil || c.command != m.Command() {
		p.mu.Unlock()
		return false
	}
	delete(p.calls, m.HopByHop())
	p.mu.Unlock()
	c.timer.Stop()
	c.done(m, nil)
	return true
}

// close fails what still waits.
func (p *pending) close() {
	p.mu.Lock()
	calls := p.calls
	p.calls, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range calls {
		c.timer.Stop()
		c.done(nil, ErrClosed)
	}
}
