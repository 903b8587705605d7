package client

import (
	"context"
	"errors"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// Flight is a request under way.
type Flight struct {
	message packet.Message
	arrived chan outcome
	another <-chan struct{} // tells of a connection after the one it was sent over
}

type outcome struct {
	answer packet.Message
	err    error
}

// Launch sends a request; Land waits for its answer.
func (c *Client) Launch(m packet.Message) Flight {
	f := Flight{message: m, arrived: make(chan outcome, 1)}
	c.send(&f)
	return f
}

func (c *Client) send(f *Flight) {
	var conn *peer.Conn
	conn, f.another = c.link()
	if conn == nil {
		f.arrived <- outcome{nil, peer.ErrClosed}
		return
	}
	if err := conn.Ask(f.message, c.Timeout, func(m packet.Message, err error) { f.arrived <- outcome{m, err} }); err != nil {
		f.arrived <- outcome{nil, err}
	}
}

// Land waits for the answer. A request that nobody answers is sent again, with the T flag and its End-to-End-Identifier
// (RFC 6733 section 3): after the timeout over the same connection, or as soon as there is another one.
func (c *Client) Land(ctx context.Context, f Flight) (packet.Message, error) {
	for try := 1; ; try++ {
		var o outcome
		select {
		case o = <-f.arrived:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		closed := errors.Is(o.err, peer.ErrClosed)
		if o.err == nil || try >= c.Tries || !closed && !errors.Is(o.err, peer.ErrTimeout) {
			return o.answer, o.err
		}
		if closed {
			c.reconnect(ctx, f.another)
		}
		f.message.SetRetransmitted() // whoever sent it has taken a copy
		c.send(&f)
	}
}

// reconnect waits for another connection, as long as for an answer.
func (c *Client) reconnect(ctx context.Context, another <-chan struct{}) {
	limit := time.NewTimer(c.Timeout)
	defer limit.Stop()
	select {
	case <-another:
	case <-limit.C:
	case <-ctx.Done():
	}
}
