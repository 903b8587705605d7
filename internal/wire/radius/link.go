package radius

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"layeh.com/radius"

	"github.com/simstead/simstead/internal/usage"
)

// Limits of what is asked of one gateway.
const (
	window   = 64               // requests in flight: a quarter of the identifiers, so that none comes back soon
	maxQueue = 1 << 13          // orders that wait for a place in the window
	patience = 30 * time.Second // an order that has waited for longer is not sent any more
)

// link is what goes on with one gateway. Control's lock guards it.
type link struct {
	nas     *gateway
	to      netip.AddrPort
	next    byte // identifier
	flight  map[byte]*order
	waiting []*order            // for a place in the window
	behind  map[string][]*order // the orders after the one that flies or waits, for each session that has one
	queued  int                 // orders that are not in flight
}

// order is one request to a gateway, from when it is asked for until its end is known.
type order struct {
	link       *link
	code       radius.Code
	session    string
	attributes []byte
	done       func(error)
	expires    time.Time // when it is too late for the first sending

	identifier byte
	request    []byte // as it is sent each time, nil before (RFC 5176 section 2.3)
	tries      int
	wait       time.Duration // after the next sending
	timer      *time.Timer
	unsent     error // why the last sending failed
}

// ending is an order whose end is known but not told.
type ending struct {
	order *order
	err   error
}

// locked runs what changes links, and then tells the ends of orders that came of it.
func (c *Control) locked(change func()) {
	c.mu.Lock()
	change()
	ended := c.ended
	c.ended = nil
	c.mu.Unlock()
	for _, e := range ended {
		e.order.done(e.err)
		c.open.Done()
	}
}

// submit sends an order or lets it wait. It ends no other order, since its caller may not want to be told of those now.
func (c *Control) submit(to netip.AddrPort, nas *gateway, o *order) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return errStopped
	}
	l := c.links[to]
	if l == nil {
		l = &link{nas: nas, to: to, next: byte(rand.Uint32()), flight: map[byte]*order{}, behind: map[string][]*order{}}
		c.links[to] = l
	}
	if l.queued >= maxQueue {
		c.metrics.ended(o.code, usage.ErrBusy)
		return usage.ErrBusy
	}
	c.open.Add(1)
	c.metrics.waiting.Inc()
	o.link, o.expires = l, time.Now().Add(patience)
	l.queued++
	if after, busy := l.behind[o.session]; busy {
		l.behind[o.session] = append(after, o)
		return nil
	}
	l.behind[o.session] = nil
	l.waiting = append(l.waiting, o)
	c.fill(l)
	return nil
}

// fill sends what waits as long as the window has room. Between two calls there is no room or nothing waits.
func (c *Control) fill(l *link) {
	for len(l.flight) < window && len(l.waiting) > 0 {
		o := l.waiting[0]
		l.waiting[0] = nil
		l.waiting = l.waiting[1:]
		l.queued--
		if err := c.launch(l, o); err != nil {
			c.end(o, err)
		}
	}
}

// launch gives an order its identifier and sends it for the first time.
func (c *Control) launch(l *link, o *order) (err error) {
	if time.Now().After(o.expires) {
		return fmt.Errorf("%w: not within %s to what was asked before", usage.ErrSilent, patience)
	}
	for l.flight[l.next] != nil {
		l.next++
	}
	o.identifier = l.next
	l.next++
	if o.request, err = o.encode(c.Clock.Now()); err != nil {
		return err
	}
	l.flight[o.identifier] = o
	c.send(o)
	return nil
}

// send sends the request, again or for the first time. The wait for its answer doubles each time and is up to a tenth
// shorter or longer, so that requests that were lost together do not come together (RFC 5080 section 2.2.1).
func (c *Control) send(o *order) {
	o.tries++
	_, o.unsent = c.conn.WriteToUDPAddrPort(o.request, o.link.to)
	c.metrics.sent[o.code].Inc()
	wait := o.wait - o.wait/10 + rand.N(o.wait/5+1)
	o.wait = min(2*o.wait, maxWait)
	o.timer = time.AfterFunc(wait, func() { c.locked(func() { c.unanswered(o) }) })
}

// unanswered sends an order again, or gives it up.
func (c *Control) unanswered(o *order) {
	switch {
	case o.link.flight[o.identifier] != o: // the answer came as the time was up
	case o.tries < o.link.nas.Dynamic.Tries:
		c.send(o)
	default:
		c.land(o, o.silence())
	}
}

// silence is why an order has no answer: where it could not even be sent, the reason of that.
func (o *order) silence() error {
	if o.unsent == nil {
		return usage.ErrSilent
	}
	return fmt.Errorf("%w: %w", usage.ErrSilent, o.unsent)
}

// land ends an order that is in flight and goes on with what waits.
func (c *Control) land(o *order, err error) {
	o.timer.Stop()
	delete(o.link.flight, o.identifier)
	c.end(o, err)
	c.fill(o.link)
}

// end notes the end of an order that has left the queue and the flight, and lets the next one of its session wait for
// its place.
func (c *Control) end(o *order, err error) {
	c.ended = append(c.ended, ending{o, err})
	c.metrics.ended(o.code, err)
	c.metrics.waiting.Dec()
	l := o.link
	after := l.behind[o.session]
	if len(after) == 0 {
		delete(l.behind, o.session)
		return
	}
	l.behind[o.session] = after[1:]
	l.waiting = append(l.waiting, after[0])
}

// stop ends every order.
func (c *Control) stop() {
	c.locked(func() {
		c.stopped = true
		for _, l := range c.links {
			for _, o := range l.flight {
				o.timer.Stop()
				delete(l.flight, o.identifier)
				c.end(o, errStopped)
			}
			for len(l.waiting) > 0 { // those behind come to wait as the ones before them end
				o := l.waiting[0]
				l.waiting = l.waiting[1:]
				l.queued--
				c.end(o, errStopped)
			}
		}
	})
}
