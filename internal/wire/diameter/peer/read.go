package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime/debug"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// readBuffer is what the reader takes from the connection at once, in octets.
const readBuffer = 32 << 10

// read handles one message after the other until the connection ends; it never returns nil.
func (c *Conn) read() error {
	r := bufio.NewReaderSize(c.conn, readBuffer)
	for {
		m, err := c.next(r)
		if err != nil {
			if c.state.Load() == parting && (errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)) {
				return errParted
			}
			return err
		}
		if err := c.handle(m); err != nil {
			return err
		}
	}
}

// next waits for a message. A peer may be silent as long as it answers the watchdog, but not within a message.
func (c *Conn) next(r *bufio.Reader) (packet.Message, error) {
	for silent := 1; r.Buffered() == 0; silent++ {
		_ = c.conn.SetReadDeadline(c.node.Clock.Now().Add(c.patience())) // fails on a closed connection, as Peek will
		_, err := r.Peek(1)
		if err != nil && !timedOut(err) {
			return nil, fmt.Errorf("read from Diameter peer: %w", err)
		}
		if err == nil {
			break
		}
		if err := c.silence(silent); err != nil {
			return nil, err
		}
	}
	bounded := false
	bound := func(n int) {
		if !bounded && r.Buffered() < n {
			bounded = true
			_ = c.conn.SetReadDeadline(c.node.Clock.Now().Add(c.limits.Message))
		}
	}
	bound(4)
	head, err := r.Peek(4)
	if err != nil {
		return nil, c.within(err)
	}
	n, err := packet.Length(head, c.limits.MaxMessage)
	if err != nil {
		c.node.count(Garbled)
		return nil, fmt.Errorf("read from Diameter peer: %w", err)
	}
	bound(n)
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, c.within(err)
	}
	return packet.Parse(b)
}

// within makes the error of a message that broke off.
func (c *Conn) within(err error) error {
	if timedOut(err) {
		c.node.count(Slow)
	}
	return fmt.Errorf("read Diameter message: %w", err)
}

func timedOut(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// patience is how long the next silence may last. The watchdog's time is spread a little, so that nodes which started
// together do not all speak at once (RFC 3539 section 3.4.1).
func (c *Conn) patience() time.Duration {
	if c.state.Load() == waiting {
		return c.limits.Handshake
	}
	spread := int64(c.limits.Watchdog / 15)
	return c.limits.Watchdog + time.Duration(rand.Int64N(2*spread+1)-spread)
}

// silence is the watchdog: it asks after the first time, hopes after the second and gives up after the third.
func (c *Conn) silence(times int) error {
	if c.state.Load() == waiting {
		c.node.count(Unannounced)
		return errors.New("the Diameter peer does not exchange capabilities")
	}
	switch times {
	case 1:
		return c.watch()
	case 2:
		return nil
	}
	c.node.count(Silent)
	return errors.New("the Diameter peer is silent")
}

func (c *Conn) watch() error {
	var w packet.Writer
	w.Begin(packet.FlagRequest, packet.DeviceWatchdog, packet.ApplicationBase, 0, 0, 128)
	c.origin(&w)
	m, err := w.Message()
	if err != nil {
		return err
	}
	if err := c.ask(m, 3*c.limits.Watchdog, func(packet.Message, error) {}); err != nil && !errors.Is(err, ErrFull) {
		return err
	}
	return nil
}

func (c *Conn) origin(w *packet.Writer) {
	id := &c.node.Identity
	w.Text(packet.OriginHost, id.OriginHost)
	w.Text(packet.OriginRealm, id.OriginRealm)
	if id.OriginStateID != 0 {
		w.Unsigned32(packet.OriginStateID, id.OriginStateID)
	}
}

// handle gives one message to who it is for. A panic over it costs that message only.
func (c *Conn) handle(m packet.Message) (err error) {
	var r *Request
	if m.Request() {
		r = &Request{Conn: c, Message: m}
		c.flying.Add(1)
		c.node.count(Received)
	}
	defer func() {
		if p := recover(); p != nil {
			c.node.count(Panicked)
			c.node.Log.Error("Diameter message caused a panic", "peer", c.Peer.OriginHost, "command", m.Command(), "panic", p, "stack", string(debug.Stack()))
			if r != nil {
				r.Refuse(packet.ResultUnableToComply, nil, "")
			}
		}
	}()
	switch {
	case c.state.Load() == waiting:
		return c.handshake(m, r)
	case r == nil:
		if !c.asked.answer(m) {
			c.node.count(Unmatched)
		}
		return nil
	case m.Application() == packet.ApplicationBase && c.base(r):
		return nil
	}
	c.request(r)
	return nil
}

// request hands a request to the node, if it may come at all.
func (c *Conn) request(r *Request) {
	m := r.Message
	switch {
	case m.Flags()&packet.FlagError != 0:
		r.Refuse(packet.ResultInvalidHdrBits, nil, "")
	case m.Application() == packet.ApplicationBase:
		r.Refuse(packet.ResultCommandUnsupported, nil, "")
	case !c.node.advertises(m.Application()):
		r.Refuse(packet.ResultApplicationUnsupported, nil, "")
	case c.draining.Load() || c.state.Load() != open || c.flying.Load() > int64(c.limits.InFlight):
		r.Refuse(packet.ResultTooBusy, nil, "")
	default:
		c.node.Handle(r)
	}
}
