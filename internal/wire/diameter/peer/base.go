package peer

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// handshake takes the first message: the request of capabilities on the accepting side, the answer on the other.
func (c *Conn) handshake(m packet.Message, r *Request) error {
	if m.Command() != packet.CapabilitiesExchange || m.Application() != packet.ApplicationBase || m.Request() == c.initiator {
		c.node.count(Unannounced)
		return errors.New("the Diameter peer does not begin with the exchange of capabilities")
	}
	peer, err := decodeCapabilities(m)
	c.Peer = peer
	if c.initiator {
		return c.agreed(err)
	}
	var bad *packet.Error
	switch {
	case errors.As(err, &bad):
		return c.reject(r, bad.Result, bad.Failed)
	case err != nil:
		return err
	}
	result := c.node.Admit(c)
	if result == packet.ResultSuccess && !c.node.common(peer) {
		result = packet.ResultNoCommonApplication
	}
	if result != packet.ResultSuccess {
		return c.reject(r, result, nil)
	}
	c.exchange(r, packet.ResultSuccess, nil)
	c.become()
	return nil
}

// agreed ends the handshake of the side that opened the connection.
func (c *Conn) agreed(err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("read capabilities of Diameter peer: %w", err)
	case c.Peer.Result != packet.ResultSuccess:
		return fmt.Errorf("the Diameter peer refuses the connection with %d", c.Peer.Result)
	case !c.node.common(c.Peer):
		return errors.New("the Diameter peer serves none of the applications")
	}
	c.become()
	return nil
}

func (c *Conn) become() {
	c.state.Store(open)
	if c.node.Opened != nil {
		c.node.Opened(c)
	}
	close(c.opened)
}

func (c *Conn) reject(r *Request, result uint32, failed []byte) error {
	c.node.count(Rejected)
	c.exchange(r, result, failed)
	return refusal(result)
}

// exchange sends the Capabilities-Exchange-Answer.
func (c *Conn) exchange(r *Request, result uint32, failed []byte) {
	var w packet.Writer
	flags := byte(0)
	if result/1000 == 3 {
		flags = packet.FlagError
	}
	w.Begin(flags, packet.CapabilitiesExchange, packet.ApplicationBase, 0, 0, 256)
	w.Unsigned32(packet.ResultCode, result)
	c.node.capabilities(&w, c.Local.Addr())
	if failed != nil {
		at := w.Open(packet.FailedAVP)
		w.Raw(failed)
		w.Close(at)
	}
	r.End(&w)
}

// base answers the requests of the base application; it reports whether this was one.
func (c *Conn) base(r *Request) bool {
	switch r.Message.Command() {
	case packet.CapabilitiesExchange: // once more; nothing about an open connection changes
		c.exchange(r, packet.ResultSuccess, nil)
	case packet.DeviceWatchdog:
		c.consent(r)
	case packet.DisconnectPeer:
		c.state.Store(parting)
		c.consent(r)
		if c.closing == nil { // it is the peer's turn to close
			c.closing = time.AfterFunc(c.limits.Handshake, func() { c.Cut(errParted) })
		}
	default:
		return false
	}
	return true
}

// consent answers with success.
func (c *Conn) consent(r *Request) {
	var w packet.Writer
	w.Begin(0, r.Message.Command(), packet.ApplicationBase, 0, 0, 128)
	w.Unsigned32(packet.ResultCode, packet.ResultSuccess)
	c.origin(&w)
	r.End(&w)
}
