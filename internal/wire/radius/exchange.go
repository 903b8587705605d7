package radius

import (
	"hash/maphash"
	"net/netip"
	"sync/atomic"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"

	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// exchange is a request on its way to its answer. It outlives the reader's buffer, so it copies what the answer needs.
type exchange struct {
	port          *port
	from          netip.AddrPort
	key           key
	secret        []byte
	authenticator [16]byte
	identifier    byte
	ended         atomic.Bool
	proxyStates   []byte // whole attributes, in order
	prepared      []byte // the answer, once it is known
}

// begin starts an exchange, which answer or abandon must end. There is none when the packet repeats another: then
// either its stored answer was sent, or its first copy is still in flight and will be answered.
func (t *port) begin(p packet.Packet, nas *gateway, from netip.AddrPort) (*exchange, reason) {
	k := newKey(from, p.Identifier(), p.Authenticator(), maphash.Bytes(t.seed, p))
	stored, known := t.cache.begin(k, t.server.Clock.Micros())
	switch {
	case known && stored == nil:
		return nil, inFlight
	case known:
		t.server.metrics.repeated.Inc()
		return nil, t.write(stored, from)
	}
	t.server.flying.add(1)
	return &exchange{
		port: t, from: from, key: k, secret: nas.secret,
		authenticator: p.Authenticator(), identifier: p.Identifier(), proxyStates: proxyStates(p),
	}, none
}

// proxyStates copies the Proxy-State attributes, nil when there are none (RFC 2865 section 5.33).
func proxyStates(p packet.Packet) (states []byte) {
	for rest := p.Attributes(); len(rest) > 0; {
		kind, _, tail, _ := packet.Next(rest)
		if kind == rfc2865.ProxyState_Type {
			states = append(states, rest[:len(rest)-len(tail)]...)
		}
		rest = tail
	}
	return states
}

// open starts the answer. Those to an Access-Request are signed, and the signature comes first.
func (x *exchange) open(code radius.Code) []byte {
	if code == radius.CodeAccountingResponse {
		return packet.New(code, x.identifier, len(x.proxyStates))
	}
	return packet.AppendMessageAuthenticator(packet.New(code, x.identifier, 256))
}

// seal finishes the answer.
func (x *exchange) seal(b []byte) ([]byte, error) {
	b = append(b, x.proxyStates...)
	return b, packet.Seal(b, x.authenticator, x.secret)
}

// answer finishes, sends and remembers the answer.
func (x *exchange) answer(b []byte) reason {
	b, err := x.seal(b)
	if err != nil {
		x.abandon()
		return answerTooLong
	}
	return x.send(b)
}

// send sends and remembers a finished answer. It is remembered even if it cannot be sent: the repeat will try again.
func (x *exchange) send(b []byte) reason {
	if !x.end() {
		return none
	}
	defer x.port.server.flying.add(-1)
	x.port.cache.store(x.key, b)
	return x.port.write(b, x.from)
}

// abandon leaves the request without an answer; the next copy of it is worked on afresh.
func (x *exchange) abandon() {
	if x.end() {
		x.port.cache.forget(x.key)
		x.port.server.flying.add(-1)
	}
}

// end reports whether this is the first end of the exchange.
func (x *exchange) end() bool { return x.ended.CompareAndSwap(false, true) }

func (t *port) write(b []byte, to netip.AddrPort) reason {
	if _, err := t.conn.WriteToUDPAddrPort(b, to); err != nil {
		return notSent
	}
	t.server.metrics.answered[radius.Code(b[0])].Inc()
	return none
}
