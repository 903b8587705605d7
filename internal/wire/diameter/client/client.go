package client

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// What holds when nobody says otherwise.
const (
	requestTimeout = 10 * time.Second
	requestTries   = 3
)

// Client is a gateway connected to a server, or to a relay before it. Set the fields, then Dial, then Close. After the
// connection has ended it may Dial again; its sessions go on.
type Client struct {
	OriginHost       string
	OriginRealm      string
	DestinationRealm string
	Strict           bool          // speaks and acts by the standard, with Rating-Groups; else like Open5GS
	Timeout          time.Duration // for an answer, default 10 s
	Tries            int           // how often a Bearer's request is sent at most, default 3; see Land
	Limits           peer.Limits
	Clock            clock.Clock // of the sessions; connections live by the machine's
	Log              *slog.Logger

	sessions atomic.Uint32

	mu      sync.Mutex
	node    *peer.Node
	conn    *peer.Conn
	another chan struct{}      // closed by the next Dial, nil when nobody waits for that
	bearers map[string]*Bearer // by Session-Id, of Gy and of Gx
}

// Dial connects and exchanges capabilities.
func (c *Client) Dial(ctx context.Context, server string) error {
	node := c.begun()
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", server)
	if err != nil {
		return fmt.Errorf("dial Diameter server: %w", err)
	}
	conn, err := node.Open(ctx, nc)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	if c.another != nil {
		close(c.another)
		c.another = nil
	}
	return nil
}

// begun is the node, which stays the same over all connections: its Origin-State-Id says that no session was lost.
func (c *Client) begun() *peer.Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.node != nil {
		return c.node
	}
	if c.Timeout == 0 {
		c.Timeout = requestTimeout
	}
	if c.Tries == 0 {
		c.Tries = requestTries
	}
	c.bearers = map[string]*Bearer{}
	c.node = &peer.Node{
		Identity: peer.Identity{
			OriginHost: c.OriginHost, OriginRealm: c.OriginRealm, ProductName: "Simstead gateway",
			OriginStateID: uint32(c.Clock.Micros() / clock.Second),
			Applications: []peer.Application{
				{ID: packet.ApplicationGy}, {ID: packet.ApplicationGx, Vendor: packet.Vendor3GPP},
			},
		},
		Limits: c.Limits, Clock: clock.System(), Log: c.Log, Handle: c.handle,
	}
	return c.node
}

// link is the latest connection, nil or perhaps ended, and what tells of another one.
func (c *Client) link() (*peer.Conn, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.another == nil {
		c.another = make(chan struct{})
	}
	return c.conn, c.another
}

// Close says farewell and closes the connection.
func (c *Client) Close() {
	if conn, _ := c.link(); conn != nil {
		conn.Disconnect(peer.DoNotWantToTalk)
	}
}

// Cut closes the connection without a word, as a failing gateway does.
func (c *Client) Cut() {
	conn, _ := c.link()
	conn.Cut(net.ErrClosed)
	<-conn.Done()
}

// Server is what the server has told of itself.
func (c *Client) Server() peer.Capabilities { conn, _ := c.link(); return conn.Peer }

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { conn, _ := c.link(); return conn.Done() }

// NewSessionID makes a Session-Id that is unique over restarts (RFC 6733 section 8.8).
func (c *Client) NewSessionID(what string) string {
	high, low := uint32(c.Clock.Micros()/clock.Second), c.sessions.Add(1)
	return c.OriginHost + ";" + strconv.FormatUint(uint64(high), 10) + ";" + strconv.FormatUint(uint64(low), 10) + ";" + what
}

// Ask sends a request as it is; done is called once unless Ask fails.
func (c *Client) Ask(m packet.Message, done func(packet.Message, error)) error {
	conn, _ := c.link()
	if conn == nil {
		return peer.ErrClosed
	}
	return conn.Ask(m, c.Timeout, done)
}

// begin starts a Credit-Control-Request.
func (c *Client) begin(application uint32, r *Request, size int) *packet.Writer {
	w := new(packet.Writer)
	flags := packet.FlagRequest | packet.FlagProxiable
	if r.Repeated {
		flags |= packet.FlagRetransmitted
	}
	w.Begin(flags, packet.CreditControl, application, 0, r.EndToEnd, size)
	w.Text(packet.SessionID, r.SessionID)
	w.Text(packet.OriginHost, c.OriginHost)
	w.Text(packet.OriginRealm, c.OriginRealm)
	w.Text(packet.DestinationRealm, c.DestinationRealm)
	w.Unsigned32(packet.AuthApplicationID, application)
	return w
}
