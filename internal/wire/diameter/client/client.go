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

// requestTimeout is how long an answer may take.
const requestTimeout = 10 * time.Second

// Client is a gateway connected to a server, or to a relay before it. Set the fields, then Dial, then Close.
type Client struct {
	OriginHost       string
	OriginRealm      string
	DestinationRealm string
	Strict           bool          // speaks and acts by the standard, with Rating-Groups; else like Open5GS
	Timeout          time.Duration // for an answer, default 10 s
	Limits           peer.Limits
	Clock            clock.Clock
	Log              *slog.Logger

	node     *peer.Node
	conn     *peer.Conn
	sessions atomic.Uint32

	mu      sync.Mutex
	bearers map[string]*Bearer // by Session-Id, of Gy and of Gx
}

// Dial connects and exchanges capabilities.
func (c *Client) Dial(ctx context.Context, server string) error {
	if c.Timeout == 0 {
		c.Timeout = requestTimeout
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
		Limits: c.Limits, Clock: c.Clock, Log: c.Log, Handle: c.handle,
	}
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", server)
	if err != nil {
		return fmt.Errorf("dial Diameter server: %w", err)
	}
	c.conn, err = c.node.Open(ctx, nc)
	return err
}

// Close says farewell and closes the connection.
func (c *Client) Close() {
	if c.conn != nil {
		c.conn.Disconnect(peer.DoNotWantToTalk)
	}
}

// Cut closes the connection without a word, as a failing gateway does.
func (c *Client) Cut() {
	c.conn.Cut(net.ErrClosed)
	<-c.conn.Done()
}

// Server is what the server has told of itself.
func (c *Client) Server() peer.Capabilities { return c.conn.Peer }

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.conn.Done() }

// NewSessionID makes a Session-Id that is unique over restarts (RFC 6733 section 8.8).
func (c *Client) NewSessionID(what string) string {
	high, low := uint32(c.Clock.Micros()/clock.Second), c.sessions.Add(1)
	return c.OriginHost + ";" + strconv.FormatUint(uint64(high), 10) + ";" + strconv.FormatUint(uint64(low), 10) + ";" + what
}

// Ask sends a request as it is; done is called once unless Ask fails.
func (c *Client) Ask(m packet.Message, done func(packet.Message, error)) error {
	return c.conn.Ask(m, c.Timeout, done)
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
