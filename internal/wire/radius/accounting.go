package radius

import (
	"context"
	"net/netip"

	"layeh.com/radius"
	"layeh.com/radius/rfc2866"

	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// accounting takes an Accounting-Request. Its answer depends on nothing that the flow will say, so the reader prepares it
// and the flow's goroutine only has to send it.
func (t *port) accounting(p packet.Packet, nas *gateway, from netip.AddrPort) reason {
	s := t.server
	r, ok := decode(p, s.ClassKey)
	if !ok {
		return malformed
	}
	s.metrics.ignored.Add(float64(r.ignored))
	if !r.status.present {
		return noStatusType
	}
	received := s.Clock.Micros()
	if kind(r.status) != 0 {
		return t.report(p, &r, nas, from, received)
	}
	x, why := t.begin(p, nas, from)
	if x == nil {
		return why
	}
	switch rfc2866.AcctStatusType(r.status.value) {
	case rfc2866.AcctStatusType_Value_AccountingOn, rfc2866.AcctStatusType_Value_AccountingOff:
		name, at := r.nas(from.Addr()), received-r.delayed()
		if !s.enqueue(func(ctx context.Context) { x.restarted(ctx, name, at) }) {
			x.abandon()
			return queueFull
		}
		return none
	default:
		s.metrics.unhandled.Inc()
		return x.answer(x.open(radius.CodeAccountingResponse))
	}
}

// report hands a report of a session to the flow.
func (t *port) report(p packet.Packet, r *request, nas *gateway, from netip.AddrPort, received int64) (why reason) {
	report, why := r.report(from.Addr(), received)
	if why != none {
		return why
	}
	report.Abilities = nas.Dynamic.Abilities
	x, why := t.begin(p, nas, from)
	if x == nil {
		return why
	}
	accepted := false
	defer func() {
		if !accepted {
			x.abandon()
		}
	}()
	b, err := x.seal(x.open(radius.CodeAccountingResponse))
	if err != nil {
		return answerTooLong
	}
	x.prepared = b
	if accepted = t.server.Flow.Submit(report, x.stored); !accepted {
		return queueFull
	}
	return none
}

// stored ends the exchange of a report when its fate is known.
func (x *exchange) stored(err error) {
	why := notStored
	if err == nil {
		why = x.send(x.prepared)
	} else {
		x.abandon()
	}
	if why != none {
		x.port.server.drop(why, x.from, err)
	}
}

// restarted tells the flow that a gateway has forgotten its sessions.
func (x *exchange) restarted(ctx context.Context, nas string, at int64) {
	defer x.port.recovered(x.from)
	defer x.abandon()
	s := x.port.server
	err := s.Flow.Restarted(ctx, nas, at)
	if err != nil {
		s.drop(notStored, x.from, err)
		return
	}
	if why := x.answer(x.open(radius.CodeAccountingResponse)); why != none {
		s.drop(why, x.from, nil)
	}
}
