package diameter

import (
	"errors"
	"strings"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// handle takes a request of Gy or Gx. It runs on the connection's reader and does not block.
func (s *Server) handle(x *peer.Request) {
	m := x.Message
	if m.Command() != packet.CreditControl {
		x.Refuse(packet.ResultCommandUnsupported, nil, "")
		return
	}
	for list := m.AVPs(); len(list) > 0; {
		a, rest, err := packet.Next(list)
		if err != nil {
			s.refuse(x, err)
			return
		}
		if a.ID == packet.RouteRecord && strings.EqualFold(string(a.Data), s.OriginHost) {
			x.Refuse(packet.ResultLoopDetected, nil, "")
			return
		}
		list = rest
	}
	dialect, err := s.speaker(x)
	switch {
	case err != nil:
		s.refuse(x, err)
	case m.Application() == packet.ApplicationGy:
		s.credit(x, dialect)
	default:
		s.policy(x, dialect)
	}
}

// speaker tells how the gateway that a request comes from speaks, and makes sure that it may speak here.
func (s *Server) speaker(x *peer.Request) (*Dialect, error) {
	p := x.Conn.Tag.(*Peer)
	origin, ok := x.Message.Find(packet.OriginHost)
	switch {
	case !ok:
		return nil, packet.Missing(packet.OriginHost)
	case !p.Relay && !strings.EqualFold(string(origin.Data), x.Conn.Peer.OriginHost):
		return nil, origin.Invalid()
	}
	return s.gateways.spoken(p, x.Conn.Peer.OriginHost, string(origin.Data)), nil
}

// refuse answers a request that cannot be read.
func (s *Server) refuse(x *peer.Request, err error) {
	var bad *packet.Error
	if !errors.As(err, &bad) {
		bad = &packet.Error{Result: packet.ResultUnableToComply}
	}
	s.metrics.answered(x.Message.Application(), bad.Result)
	x.Refuse(bad.Result, bad.Failed, "")
}

func (s *Server) credit(x *peer.Request, dialect *Dialect) {
	r, err := decodeCredit(x.Message, dialect)
	if err != nil {
		s.refuse(x, err)
		return
	}
	r.Peer, r.Received = x.Conn.Peer.OriginHost, s.Clock.Micros()
	s.metrics.requested(packet.ApplicationGy, r.Type)
	ok := s.Charging.Credit(s.ctx, r, func(a CreditAnswer) {
		if r.Type == Initial && a.Refused() && dialect.RefusalDelay > 0 {
			time.AfterFunc(dialect.RefusalDelay, func() { s.answerCredit(x, &r, a) })
			return
		}
		s.answerCredit(x, &r, a)
	})
	if !ok {
		s.refuse(x, &packet.Error{Result: packet.ResultTooBusy})
	}
}

func (s *Server) answerCredit(x *peer.Request, r *CreditRequest, a CreditAnswer) {
	s.metrics.answered(packet.ApplicationGy, a.Result)
	answerCredit(x, r, a)
}

func (s *Server) policy(x *peer.Request, dialect *Dialect) {
	r, err := decodePolicy(x.Message, dialect)
	if err != nil {
		s.refuse(x, err)
		return
	}
	r.Peer, r.Received = x.Conn.Peer.OriginHost, s.Clock.Micros()
	s.metrics.requested(packet.ApplicationGx, r.Type)
	ok := s.Policy.Policy(s.ctx, r, func(a PolicyAnswer) {
		s.metrics.answered(packet.ApplicationGx, a.Result)
		answerPolicy(x, &r, a)
	})
	if !ok {
		s.refuse(x, &packet.Error{Result: packet.ResultTooBusy})
	}
}
