package diameter

import (
	"context"
	"log/slog"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// Flow is what decides. False means that there is no room: the answer is never called.
type Flow interface {
	// Credit decides on a request for credit once what it reports is stored.
	Credit(c usage.Credit, answer func(usage.Answer)) bool
	// Policy decides on the quality of service of a session.
	Policy(p usage.Policy, answer func(usage.PolicyAnswer)) bool
}

// Decider is a Charging and a Policy that ask a flow: it puts requests in the words of usage, and decisions in those of
// the standards.
type Decider struct {
	Flow Flow
	Log  *slog.Logger
}

// Credit asks the flow. A service that nobody here charges is told by the attribute that names it.
func (d Decider) Credit(_ context.Context, r CreditRequest, answer func(CreditAnswer)) bool {
	sms, known := r.sms()
	if !known {
		answer(CreditAnswer{
			Result: packet.ResultRatingFailed, Failed: packet.Example(packet.ServiceContextID, r.ServiceContext),
		})
		return true
	}
	c := r.credit(sms)
	return d.Flow.Credit(c, func(a usage.Answer) {
		d.tell(&r.Session, a.Reason)
		if a.Result == usage.Granted && len(a.Services) < len(c.Services) { // a gateway takes silence for no limit
			a.Result = usage.Failed
		}
		answer(r.answer(a, sms))
	})
}

// Policy asks the flow.
func (d Decider) Policy(_ context.Context, r PolicyRequest, answer func(PolicyAnswer)) bool {
	p := usage.Policy{Report: r.report(usage.Gx), Type: usage.RequestType(r.Type), Number: r.Number}
	return d.Flow.Policy(p, func(a usage.PolicyAnswer) {
		d.tell(&r.Session, a.Reason)
		answer(r.answer(a))
	})
}

// tell logs why something was refused. The gateway is not told: a repeated answer has the same octets, and reasons are not
// kept.
func (d Decider) tell(s *Session, reason string) {
	if reason != "" {
		d.Log.Debug("Diameter request refused", "reason", reason, "gateway", s.OriginHost, "session", s.SessionID, "imsi", s.IMSI)
	}
}

// report is what a request tells of its session and device.
func (s *Session) report(p usage.Protocol) usage.Report {
	return usage.Report{
		Kind: s.kind(), Protocol: p, NAS: s.OriginHost, Peer: s.Peer, Realm: s.OriginRealm, Abilities: s.Dialect.abilities(p),
		SessionID: s.SessionID, ChargingID: usage.Absent, IMSI: s.IMSI, IMEISV: s.IMEISV, MSISDN: s.MSISDN, APN: s.APN, PLMN: s.PLMN,
		RAT: s.RAT, Location: s.Location, UEAddress: s.UEAddress, GGSN: s.GGSN, SGSN: s.SGSN, NSAPI: s.NSAPI, Time: usage.Absent,
		Received: s.Received,
	}
}

func (s *Session) kind() usage.Kind {
	switch s.Type {
	case Initial:
		return usage.Start
	case Update:
		return usage.Interim
	}
	return usage.Stop
}

// code is the Result-Code of a decision on Gy (RFC 6733 section 7.1, RFC 8506 section 9).
func code(r usage.Result) uint32 {
	switch r {
	case usage.Granted:
		return packet.ResultSuccess
	case usage.Denied:
		return packet.ResultEndUserServiceDenied
	case usage.NotApplicable:
		return packet.ResultCreditControlNotApplicable
	case usage.LimitReached:
		return packet.ResultCreditLimitReached
	case usage.NotAuthorised:
		return packet.ResultAuthorizationRejected
	case usage.UnknownUser:
		return packet.ResultUserUnknown
	case usage.NotRated:
		return packet.ResultRatingFailed
	case usage.UnknownSession:
		return packet.ResultUnknownSessionID
	case usage.Busy:
		return packet.ResultTooBusy
	case usage.Failed:
	}
	return packet.ResultUnableToComply
}
