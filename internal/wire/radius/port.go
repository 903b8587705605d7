package radius

import (
	"context"
	"fmt"
	"hash/maphash"
	"net"
	"net/netip"
	"time"

	"layeh.com/radius"

	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// port is one socket with its reader: authentication or accounting, told apart by the request code it serves.
type port struct {
	server *Server
	conn   *net.UDPConn
	code   radius.Code
	cache  *cache
	seed   maphash.Seed
}

func newPort(s *Server, conn *net.UDPConn, code radius.Code) *port {
	return &port{server: s, conn: conn, code: code, cache: newCache(cacheLimit), seed: maphash.MakeSeed()}
}

func (t *port) local() netip.AddrPort { return t.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// interrupt makes the reader return.
func (t *port) interrupt() { _ = t.conn.SetReadDeadline(time.Unix(1, 0)) }

// read handles datagrams one after the other until ctx ends. Nothing it calls blocks.
func (t *port) read(ctx context.Context) error {
	buffer := make([]byte, packet.MaxLength)
	for failures := 0; ; {
		n, from, err := t.conn.ReadFromUDPAddrPort(buffer)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			// A socket may report errors of single datagrams; one that reports nothing else is broken.
			if failures++; failures > 100 {
				return fmt.Errorf("read RADIUS socket: %w", err)
			}
			t.server.drop(notRead, from, err)
			continue
		}
		failures = 0
		t.server.metrics.received[t.code].Inc()
		t.handle(buffer[:n], from)
	}
}

// handle gives one datagram its answer, or the reason why it gets none.
func (t *port) handle(datagram []byte, from netip.AddrPort) {
	defer t.recovered(from)
	if why := t.receive(datagram, from); why != none {
		t.server.drop(why, from, nil)
	}
}

func (t *port) recovered(from netip.AddrPort) {
	if p := recover(); p != nil {
		t.server.drop(panicked, from, p)
	}
}

func (t *port) receive(datagram []byte, from netip.AddrPort) reason {
	nas := t.server.gateways.find(from.Addr())
	if nas == nil {
		return unknownNAS
	}
	p, err := packet.Parse(datagram)
	if err != nil {
		return malformed
	}
	if p.Code() != t.code && p.Code() != radius.CodeStatusServer {
		return unservedCode
	}
	if why := verify(p, nas); why != none {
		return why
	}
	switch p.Code() {
	case radius.CodeStatusServer:
		return t.status(p, nas, from)
	case radius.CodeAccessRequest:
		return t.access(p, nas, from)
	default:
		return t.accounting(p, nas, from)
	}
}

// verify makes sure that the packet comes from somebody who knows the secret, as far as its code allows.
func verify(p packet.Packet, nas *gateway) reason {
	signature := packet.Check(p, p.Authenticator(), nas.secret)
	if signature == packet.Bad {
		return wrongSignature
	}
	switch p.Code() {
	case radius.CodeAccountingRequest: // RFC 2866 section 3
		if !radius.IsAuthenticRequest(p, nas.secret) {
			return wrongAuthenticator
		}
	case radius.CodeStatusServer: // RFC 5997 section 3
		if signature == packet.Absent {
			return unsigned
		}
	default:
		if signature == packet.Absent && !nas.OptionalMessageAuthenticator {
			return unsigned
		}
	}
	return none
}

// status answers a Status-Server: an Access-Accept on the authentication port, an Accounting-Response on the other
// (RFC 5997 section 3).
func (t *port) status(p packet.Packet, nas *gateway, from netip.AddrPort) reason {
	x, why := t.begin(p, nas, from)
	if x == nil {
		return why
	}
	if t.code == radius.CodeAccessRequest {
		return x.answer(x.open(radius.CodeAccessAccept))
	}
	return x.answer(x.open(radius.CodeAccountingResponse))
}
