package radius

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	"layeh.com/radius"
	"layeh.com/radius/rfc3576"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// NAK is a gateway's refusal of a Disconnect- or CoA-Request.
type NAK struct {
	Cause uint32 // Error-Cause (RFC 5176 section 3.5), 0 when it gives none
}

func (n NAK) Error() string {
	if n.Cause == 0 {
		return "the gateway refuses without a cause"
	}
	return fmt.Sprintf("the gateway refuses: %v (%d)", rfc3576.ErrorCause(n.Cause), n.Cause)
}

// Is makes the refusal for want of a session usage.ErrGone.
func (n NAK) Is(target error) bool {
	return target == usage.ErrGone && n.Cause == uint32(rfc3576.ErrorCause_Value_SessionContextNotFound)
}

// read takes answers until ctx ends.
func (c *Control) read(ctx context.Context) error {
	buffer := make([]byte, packet.MaxLength)
	for failures := 0; ; {
		n, from, err := c.conn.ReadFromUDPAddrPort(buffer)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			// As in port.read: a socket may report errors of single datagrams.
			if failures++; failures > 100 {
				return fmt.Errorf("read RADIUS socket: %w", err)
			}
			c.drop(notRead, from, err)
			continue
		}
		failures = 0
		if why := c.take(buffer[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port())); why != none {
			c.drop(why, from, nil)
		}
	}
}

// take ends the order that a datagram answers.
func (c *Control) take(datagram []byte, from netip.AddrPort) (why reason) {
	p, err := packet.Parse(datagram)
	if err != nil {
		return malformed
	}
	c.locked(func() {
		l := c.links[from]
		if l == nil {
			why = unknownNAS
			return
		}
		o := l.flight[p.Identifier()]
		if o == nil {
			why = unmatched
			return
		}
		if why = authenticate(p, o.request, l.nas.dynamicSecret); why == none {
			c.land(o, verdict(p))
		}
	})
	return why
}

// authenticate says what is wrong with an answer to a request, by RFC 5176 sections 2.3 and 3.4: a gateway need not sign
// its answers, but a signature must be right. An answer cannot be an earlier one repeated, since its authenticator
// depends on the request's; so its Event-Timestamp is not looked at, which a gateway's clock may have wrong.
func authenticate(p packet.Packet, request, secret []byte) reason {
	asked := radius.Code(request[0])
	switch {
	case p.Identifier() != request[1]:
		return unmatched
	case p.Code() != asked+1 && p.Code() != asked+2: // ACK and NAK
		return unservedCode
	case !radius.IsAuthenticResponse(p, request, secret):
		return wrongAuthenticator
	case packet.Check(p, [16]byte(request[4:packet.HeaderLength]), secret) == packet.Bad:
		return wrongSignature
	}
	return none
}

// verdict is what an authentic answer says.
func verdict(p packet.Packet) error {
	if p.Code() == radius.CodeDisconnectACK || p.Code() == radius.CodeCoAACK {
		return nil
	}
	for rest := p.Attributes(); len(rest) > 0; {
		kind, value, tail, _ := packet.Next(rest)
		if kind == rfc3576.ErrorCause_Type && len(value) == 4 {
			return NAK{Cause: binary.BigEndian.Uint32(value)}
		}
		rest = tail
	}
	return NAK{}
}

// drop counts a datagram that ends no order and tells the log sparingly.
func (c *Control) drop(why reason, from netip.AddrPort, detail any) {
	c.metrics.dropped[why].Inc()
	if why == unmatched || !c.metrics.told.due(why, c.Clock.Micros()) {
		return
	}
	log := c.Log.With("reason", why.String(), "from", from)
	if detail != nil {
		log = log.With("detail", detail)
	}
	log.Warn("answer of a RADIUS gateway dropped")
}
