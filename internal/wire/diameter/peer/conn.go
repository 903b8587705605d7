package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// Conn is a connection with a peer.
type Conn struct {
	Peer          Capabilities // once it is open
	Remote, Local netip.AddrPort
	Tag           any // what Admit attaches

	node      *Node
	limits    Limits
	conn      net.Conn
	initiator bool
	state     atomic.Int32
	draining  atomic.Bool
	flying    atomic.Int64 // the peer's requests that wait for our answer
	out       outbox
	asked     pending
	opened    chan struct{}
	done      chan struct{}
	once      sync.Once
	cause     error // why it was cut, before done is closed
	closing   *time.Timer
}

// States of a connection. The handshake is on while waiting; while parting, a disconnection was agreed.
const (
	waiting int32 = iota
	open
	parting
)

// errParted ends a connection as agreed: what is in the outbox is still sent.
var errParted = errors.New("disconnected as agreed")

// refusal ends a connection once its answer is sent.
type refusal uint32

func (r refusal) Error() string { return fmt.Sprintf("Diameter peer refused with %d", uint32(r)) }

func (n *Node) newConn(nc net.Conn, initiator bool) *Conn {
	limits := n.Limits.complete()
	c := &Conn{
		Remote: addrPort(nc.RemoteAddr()), Local: addrPort(nc.LocalAddr()),
		node: n, limits: limits, conn: nc, initiator: initiator,
		out:    outbox{limit: limits.Outbox, wake: make(chan struct{}, 1)},
		asked:  pending{limit: limits.Pending, calls: map[uint32]*call{}, next: n.newEndToEnd()},
		opened: make(chan struct{}), done: make(chan struct{}),
	}
	return c
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
	}
	return netip.AddrPort{}
}

// Accept serves a connection that a peer has opened, until it ends. When ctx ends it is cut; Disconnect is kinder.
func (n *Node) Accept(ctx context.Context, nc net.Conn) error {
	c := n.newConn(nc, false)
	defer context.AfterFunc(ctx, func() { c.Cut(context.Cause(ctx)) })()
	return c.serve()
}

// Open exchanges capabilities over a new connection to a peer. The connection then serves itself until it is closed.
func (n *Node) Open(ctx context.Context, nc net.Conn) (*Conn, error) {
	c := n.newConn(nc, true)
	defer context.AfterFunc(ctx, func() { c.Cut(context.Cause(ctx)) })()
	var w packet.Writer
	w.Begin(packet.FlagRequest, packet.CapabilitiesExchange, packet.ApplicationBase, 0, n.newEndToEnd(), 256)
	n.capabilities(&w, c.Local.Addr())
	m, err := w.Message()
	if err != nil {
		return nil, err
	}
	c.send(m)
	go func() { _ = c.serve() }() // Done and Err tell its end
	select {
	case <-c.opened:
		return c, nil
	case <-c.done:
		return nil, fmt.Errorf("open Diameter connection: %w", c.cause)
	}
}

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err tells why the connection ended, once Done is closed; nil when the peers had agreed to it.
func (c *Conn) Err() error {
	if errors.Is(c.cause, errParted) {
		return nil
	}
	return c.cause
}

// Cut closes the connection at once.
func (c *Conn) Cut(why error) {
	c.once.Do(func() { c.cause = why })
	_ = c.conn.Close()
}

// serve reads until the connection ends, then leaves nothing behind.
func (c *Conn) serve() error {
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		if err := c.out.drain(c.conn, c.node.Clock, c.limits.Write); err != nil {
			c.Cut(fmt.Errorf("write to Diameter peer: %w", err))
		}
	}()
	err := c.read()
	var refused refusal
	if errors.Is(err, errParted) || errors.As(err, &refused) {
		c.out.close()
		<-writing
		c.linger()
	}
	c.Cut(err)
	c.out.close()
	<-writing
	if c.closing != nil {
		c.closing.Stop()
	}
	c.asked.close()
	if c.state.Load() != waiting && c.node.Closed != nil {
		c.node.Closed(c)
	}
	close(c.done)
	return c.Err()
}

// linger lets the peer read the last answer: closing with octets unread would make the kernel throw it away.
func (c *Conn) linger() {
	half, ok := c.conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.conn.SetReadDeadline(c.node.Clock.Now().Add(time.Second))
	_, _ = io.Copy(io.Discard, io.LimitReader(c.conn, 1<<20))
}

func (c *Conn) send(m packet.Message) {
	if !c.out.put(m) {
		c.node.count(Overflowed)
		c.Cut(errors.New("the Diameter peer does not take what is sent"))
	}
}

// Ask sends a request. done is called once, from another goroutine, with the answer or the reason why there is none; it
// must not block. It is not called when Ask fails. A request without an end-to-end identifier gets one.
func (c *Conn) Ask(m packet.Message, limit time.Duration, done func(packet.Message, error)) error {
	if c.state.Load() != open {
		return ErrClosed
	}
	return c.ask(m, limit, done)
}

func (c *Conn) ask(m packet.Message, limit time.Duration, done func(packet.Message, error)) error {
	if m.EndToEnd() == 0 {
		m.SetEndToEnd(c.node.newEndToEnd())
	}
	if err := c.asked.add(m, limit, done); err != nil {
		return err
	}
	c.node.count(Sent)
	c.send(m)
	return nil
}

// Drain makes the connection refuse further requests, with TOO_BUSY.
func (c *Conn) Drain() { c.draining.Store(true) }

// InFlight is how many of the peer's requests wait for our answer.
func (c *Conn) InFlight() int64 { return c.flying.Load() }

// Causes of a disconnection (RFC 6733 section 5.4.3).
const (
	Rebooting        uint32 = 0
	Busy             uint32 = 1
	DoNotWantToTalk  uint32 = 2
	partingWordLimit        = 128
)

// Disconnect tells the peer that the connection ends, waits for its consent as long as the handshake may take, and closes.
func (c *Conn) Disconnect(cause uint32) {
	var w packet.Writer
	w.Begin(packet.FlagRequest, packet.DisconnectPeer, packet.ApplicationBase, 0, 0, partingWordLimit)
	w.Text(packet.OriginHost, c.node.Identity.OriginHost)
	w.Text(packet.OriginRealm, c.node.Identity.OriginRealm)
	w.Unsigned32(packet.DisconnectCause, cause)
	m, err := w.Message()
	if err != nil || !c.state.CompareAndSwap(open, parting) {
		c.Cut(errParted)
		return
	}
	if c.ask(m, c.limits.Handshake, func(packet.Message, error) { c.Cut(errParted) }) != nil {
		c.Cut(errParted)
	}
	<-c.done
}
