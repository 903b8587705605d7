package usage

import (
	"time"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/session"
)

// grant decides on what a session may use next, holds it for the session, and answers.
func (w *work) grant(sub *subscriber, s *session.Session, c *Credit, lost bool) Answer {
	if c.Number < s.Number && c.Type != Terminate { // overtaken: grants are for the newest request
		return answerAll(c, Granted, "")
	}
	w.release(s)
	holds := holdsOf(s.Grants)
	for _, service := range c.Services {
		delete(holds, service.RatingGroup) // it is answered anew
	}
	until := s.GrantedUntil
	s.Grants, s.GrantedUntil = holds.text(), 0
	switch {
	case lost && c.Type == Terminate, c.Type == Terminate:
		return answerAll(c, Granted, "")
	case lost:
		return answerAll(c, UnknownSession, "the session is not known")
	}
	why, verdict := w.judge(sub, s)
	if s.Enforced == session.Ended && !why.closed() { // lifted before the gateway asked
		s.Enforced = verdict.Rate
	}
	if !why.closed() && s.Enforced >= 0 && verdict.Rate != s.Enforced && Ability(s.Abilities)&CanChangeRate == 0 && c.Type != Initial {
		why = refusal{LimitReached, "the maximum bitrate changes"}
	}
	if s.Enforced == session.Renewed && !why.closed() {
		why = denied("the connectivity is reset")
	}
	if why.closed() {
		s.Enforced = session.Ended
		s.GrantedUntil = w.now             // it ends by itself, or is taken for lost
		if held := holds.sum(); held > 0 { // services that have not asked may go on with what they were granted
			w.keep(sub, s, w.means(sub, s), held)
			s.GrantedUntil = max(until, w.now)
		}
		return answerAll(c, Granted, why.reason, why.result)
	}
	if c.Type == Initial {
		s.Enforced = verdict.Rate
	}
	w.enforce(sub, s, why, verdict)
	return w.portions(sub, s, c, holds)
}

// answerAll answers every service alike. A result of the services makes them end while the command succeeds; a refused
// first request is refused as a whole.
func answerAll(c *Credit, command Result, reason string, service ...Result) Answer {
	a := Answer{Result: command, Reason: reason}
	for _, asked := range c.Services {
		g := Grant{RatingGroup: asked.RatingGroup, ServiceID: asked.ServiceID, Result: command, Units: Absent}
		if len(service) > 0 {
			g.Result = service[0]
		}
		a.Services = append(a.Services, g)
	}
	if len(service) > 0 && (c.Type == Initial || len(c.Services) == 0) {
		a.Result = service[0]
	}
	return a
}

// portions gives each service that asks its part of what the session may use.
func (w *work) portions(sub *subscriber, s *session.Session, c *Credit, holds holds) Answer {
	a := Answer{Result: Granted}
	means := w.means(sub, s)
	before := holds.sum()
	held := before
	for _, service := range c.Services {
		g := Grant{RatingGroup: service.RatingGroup, ServiceID: service.ServiceID, Result: Granted, Units: Absent}
		if service.Requests {
			g = w.portion(sub, s, service, means, held)
			if g.Units > 0 {
				held += g.Units
				holds[service.RatingGroup] = g.Units
			}
		}
		a.Services = append(a.Services, g)
	}
	if held > 0 {
		w.keep(sub, s, means, held)
	}
	s.Grants = holds.text()
	validity := w.validity(sub, s)
	for i := range a.Services {
		if a.Services[i].Units > 0 {
			a.Services[i].Validity = validity
		}
	}
	if held > 0 {
		s.GrantedUntil = w.now + validity*clock.Second
	}
	return a
}

// keep holds for a session what its services were granted, in full, whoever else wants some.
func (w *work) keep(sub *subscriber, s *session.Session, means charging.Means, granted int64) {
	means.Sharers = 0
	offer := charging.GrantRules{Slice: granted}.Offer(s.Line, means, granted)
	offer.Bytes = granted
	w.hold(sub, s, offer)
}

// portion is the next grant of one service, when the session's other services hold so many bytes already.
func (w *work) portion(sub *subscriber, s *session.Session, service Service, means charging.Means, held int64) Grant {
	g := Grant{RatingGroup: service.RatingGroup, ServiceID: service.ServiceID, Result: Granted, Units: Absent}
	want := w.flow.Settings.Grants.Slice
	if service.Requested > 0 {
		want = min(want, service.Requested)
	}
	if sub.inFactoryTest() {
		want = min(want, w.untested(sub, held, w.flow.Settings.Grants.Least))
	}
	line := s.Line
	if held > 0 { // what the others hold is as good as used
		if means.Bytes < charging.NoLimit {
			means.Bytes = max(means.Bytes-held, 0)
		}
		if means.AllBytes < charging.NoLimit {
			means.AllBytes = max(means.AllBytes-held, 0)
		}
		line.Volume += held
	}
	o := w.flow.Settings.Grants.Offer(line, means, want)
	if o.Bytes <= 0 {
		g.Result = LimitReached
		return g
	}
	g.Units, g.Final = o.Bytes, o.Final
	if !g.Final {
		g.Threshold = o.Bytes / 5
	}
	return g
}

// validity is how long a grant is good, in seconds: until something may have changed at the latest. What many sessions wait
// for at once is spread over the sessions.
func (w *work) validity(sub *subscriber, s *session.Session) int64 {
	most := w.flow.Settings.Validity
	if Ability(s.Abilities)&CanReauthorise == 0 {
		most = w.flow.Settings.BlindValidity
	}
	until := w.now + most*clock.Second
	until = min(until, nextMonth(sub, w.now)+spread(s.ID, w.flow.Settings.Spread))
	if change := w.catalogue.NextChange(sub.tariff, s.Operator, dataService, w.now); change > 0 {
		until = min(until, change+spread(s.ID, w.flow.Settings.Spread))
	}
	if a := w.ledger.accounts[holder{sub.organisation, sub.endpoint}]; a != nil {
		if q := a.Quotas[quota.Data]; q != nil && sub.terms.DataQuota && q.Expiry > w.now {
			until = min(until, q.Expiry)
		}
		if b := a.Balance; b != nil && sub.terms.Prepaid && b.Expiry > w.now {
			until = min(until, b.Expiry)
		}
	}
	return max((until-w.now+clock.Second-1)/clock.Second, 1)
}

// nextMonth is when the organisation's next month begins.
func nextMonth(sub *subscriber, at int64) int64 {
	return clock.MonthStart(sub.zone, month(sub, at)+1)
}

// spread is a session's own moment within a span.
func spread(session int64, span time.Duration) int64 {
	if span <= 0 {
		return 0
	}
	mixed := uint64(session) * 0x9E3779B97F4A7C15 // Fibonacci hashing
	return int64(mixed % uint64(span.Microseconds()))
}
