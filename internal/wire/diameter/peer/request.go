package peer

import (
	"fmt"
	"sync/atomic"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// Request is a request of the peer that waits for its answer.
type Request struct {
	Conn    *Conn
	Message packet.Message
	ended   atomic.Bool
}

// Answer sends the answer, from any goroutine; only the first one counts. It goes back on the connection the request
// came by, with the request's own identifiers.
func (r *Request) Answer(m packet.Message) {
	if !r.ended.CompareAndSwap(false, true) {
		return
	}
	m.SetHopByHop(r.Message.HopByHop())
	m.SetEndToEnd(r.Message.EndToEnd())
	r.Conn.flying.Add(-1)
	r.Conn.node.count(Answered)
	r.Conn.send(m)
}

// Begin starts the answer to a request, as far as every answer is alike: header, Session-Id, Result-Code, origin. The
// E flag is set for the protocol errors 3xxx, which is how the command's own grammar does not hold (RFC 6733 section 7.2).
func (r *Request) Begin(w *packet.Writer, result uint32, size int) {
	r.BeginSession(w, result, nil, size)
}

// BeginSession is Begin with the Session-Id taken from the request, if it is known already.
func (r *Request) BeginSession(w *packet.Writer, result uint32, session []byte, size int) {
	m := r.Message
	flags := m.Flags() & packet.FlagProxiable
	if result/1000 == 3 {
		flags |= packet.FlagError
	}
	w.Begin(flags, m.Command(), m.Application(), 0, 0, size)
	if session == nil {
		if a, ok := m.Find(packet.SessionID); ok {
			session = a.Data
		}
	}
	if session != nil {
		w.Bytes(packet.SessionID, session)
	}
	if result != 0 {
		w.Unsigned32(packet.ResultCode, result)
	}
	w.Text(packet.OriginHost, r.Conn.node.Identity.OriginHost)
	w.Text(packet.OriginRealm, r.Conn.node.Identity.OriginRealm)
}

// End finishes an answer with the request's Proxy-Infos, unchanged and in order (RFC 6733 section 6.2), and sends it.
func (r *Request) End(w *packet.Writer) {
	for list := r.Message.AVPs(); len(list) > 0; {
		a, rest, err := packet.Next(list)
		if err != nil {
			break
		}
		if a.ID == packet.ProxyInfo {
			w.Raw(a.Raw())
		}
		list = rest
	}
	m, err := w.Message()
	if err != nil {
		r.Conn.Cut(fmt.Errorf("answer Diameter request: %w", err))
		return
	}
	r.Answer(m)
}

// Refuse answers with a Result-Code and what Failed-AVP and Error-Message say, if anything.
func (r *Request) Refuse(result uint32, failed []byte, why string) {
	var w packet.Writer
	r.Begin(&w, result, 128+len(failed)+len(why))
	if why != "" {
		w.Text(packet.ErrorMessage, why)
	}
	if failed != nil {
		at := w.Open(packet.FailedAVP)
		w.Raw(failed)
		w.Close(at)
	}
	r.Conn.node.count(Refused)
	r.End(&w)
}
