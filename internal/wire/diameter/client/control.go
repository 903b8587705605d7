package client

import (
	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

func (c *Client) register(b *Bearer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bearers[b.gy] = b
	if b.gx != "" {
		c.bearers[b.gx] = b
	}
}

func (c *Client) forget(b *Bearer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.bearers, b.gy)
	delete(c.bearers, b.gx)
}

func (c *Client) bearer(m packet.Message) *Bearer {
	a, _ := m.Find(packet.SessionID)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bearers[string(a.Data)]
}

// handle takes what the server asks. Open5GS knows no Abort-Session, says yes to a Re-Auth-Request on Gy without doing
// anything, and heeds nothing but rules on Gx.
func (c *Client) handle(r *peer.Request) {
	command := r.Message.Command()
	if command != packet.ReAuth && (command != packet.AbortSession || !c.Strict) {
		r.Refuse(packet.ResultCommandUnsupported, nil, "")
		return
	}
	b := c.bearer(r.Message)
	if b == nil {
		r.Refuse(packet.ResultUnknownSessionID, nil, "")
		return
	}
	result := packet.ResultSuccess
	if c.Strict {
		result = b.heed(r.Message)
	}
	var w packet.Writer
	r.Begin(&w, result, 256)
	r.End(&w)
}

// heed notes what the server asks, for the bearer's next Carry or Tick.
func (b *Bearer) heed(m packet.Message) uint32 {
	b.asked.Lock()
	defer b.asked.Unlock()
	_, release := m.Find(packet.SessionReleaseCause)
	switch {
	case m.Command() == packet.AbortSession, release:
		b.asked.end = true
	case m.Application() == packet.ApplicationGy:
		b.asked.report = true
		return packet.ResultLimitedSuccess // the report follows (RFC 8506 section 5.5)
	default:
		var changed PolicyAnswer
		if changed.take(m.AVPs(), new(field), 0) == nil {
			b.asked.changed = &changed
		}
	}
	return packet.ResultSuccess
}
