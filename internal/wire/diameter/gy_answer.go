package diameter

import (
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// answer puts a decision in the words of RFC 8506. It depends on the request and the decision alone.
func (r *CreditRequest) answer(a usage.Answer, sms bool) CreditAnswer {
	out := CreditAnswer{Result: code(a.Result)}
	if verdict := overall(a); verdict == usage.NotRated {
		out.Failed = r.unrated()
	}
	switch {
	case !ofServices(a.Result):
		return out
	case r.enquires():
		return r.enquired(out, overall(a))
	case len(r.Services) == 0: // the units were understood
		out.Result = code(overall(a))
		return out
	case r.Type == Termination && overall(a) == usage.Granted:
		return out // there is nothing to tell about services that have ended
	}
	for i := range a.Services {
		out.Services = append(out.Services, grantOf(&a.Services[i], sms))
	}
	return out
}

// overall is the result of the command, else the first that a service was refused with.
func overall(a usage.Answer) usage.Result {
	if a.Result != usage.Granted {
		return a.Result
	}
	for _, g := range a.Services {
		if g.Result != usage.Granted {
			return g.Result
		}
	}
	return usage.Granted
}

// ofServices reports whether a result may stand in a Multiple-Services-Credit-Control; others are about the whole request.
func ofServices(r usage.Result) bool {
	switch r {
	case usage.UnknownUser, usage.UnknownSession, usage.Failed, usage.Busy:
		return false
	}
	return true
}

// enquired answers a question: nothing is granted, and too little credit is an answer as well (RFC 8506 sections 6.1, 6.2).
func (r *CreditRequest) enquired(out CreditAnswer, verdict usage.Result) CreditAnswer {
	out.Result = code(verdict)
	if r.Action != CheckBalance {
		return out
	}
	switch verdict {
	case usage.Granted:
		out.Balance = EnoughCredit
	case usage.LimitReached:
		out.Result, out.Balance = packet.ResultSuccess, NoCredit
	}
	return out
}

// unrated is the attribute that no price was found for, which RATING_FAILED has to show (RFC 8506 section 9.2): the visited
// network, with zeros when the request names none.
func (r *CreditRequest) unrated() []byte {
	if r.PLMN == "" {
		return packet.Missing(packet.TGPPSGSNMCCMNC).Failed
	}
	return packet.Example(packet.TGPPSGSNMCCMNC, r.PLMN)
}

func grantOf(g *usage.Grant, sms bool) Grant {
	out := Grant{
		RatingGroup: g.RatingGroup, ServiceID: g.ServiceID, Result: code(g.Result), Granted: NoUnits(), Validity: g.Validity,
		Threshold: g.Threshold, HoldingTime: Absent,
	}
	switch {
	case g.Units == usage.Absent:
	case sms:
		out.Granted.ServiceSpecific = g.Units
	default:
		out.Granted.Total = g.Units
	}
	if g.Final {
		out.Final = FinalTerminate
	}
	return out
}
