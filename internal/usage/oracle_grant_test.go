package usage

import (
	"math/big"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/session"
)

const quotaSMS = quota.SMS

// grant holds an answer against what a session may use next, and notes what it holds from now on.
func (o *oracle) grant(s *running, c *Credit, a Answer, lost bool) {
	o.Helper()
	if c.Number < s.highest && c.Type != Terminate { // overtaken
		o.nothing(c, a, Granted, Granted)
		return
	}
	s.held = holding{cost: new(big.Int), share: new(big.Int)}
	for _, service := range c.Services {
		delete(s.grants, service.RatingGroup)
	}
	until := s.until
	s.until = 0
	switch {
	case c.Type == Terminate:
		o.nothing(c, a, Granted, Granted)
		return
	case lost:
		o.nothing(c, a, UnknownSession, UnknownSession)
		return
	}
	r := o.rule(s.owner, dataService, s.operator, s.line.rated)
	if !r.closed && s.enforced == session.Ended { // lifted before the gateway asked
		s.enforced = r.rate
	}
	if !r.closed && r.rate != s.enforced && s.can&CanChangeRate == 0 && c.Type != Initial {
		r = no(LimitReached) // it is to come back at the other rate
	}
	if r.closed {
		s.enforced, s.until = session.Ended, o.now
		if held := o.promised(s); held > 0 { // to services that this request is not about
			o.hold(s, held)
			s.until = max(until, o.now)
		}
		command := Granted
		if c.Type == Initial || len(c.Services) == 0 {
			command = r.result
		}
		o.nothing(c, a, command, r.result)
		return
	}
	if c.Type == Initial {
		s.enforced = r.rate
	}
	o.enforce(s, r)
	o.slices(s, c, a)
}

// nothing makes sure that an answer grants nothing, with the given results.
func (o *oracle) nothing(c *Credit, a Answer, command, service Result) {
	o.Helper()
	if a.Result != command || granted(a) > 0 || len(a.Services) != len(c.Services) {
		o.Fatalf("request %d of %s is answered %+v, want result %d and no units", c.Number, c.SessionID, a, command)
	}
	for _, g := range a.Services {
		if g.Result != service || g.Units != Absent || g.Final || g.Validity != 0 {
			o.Fatalf("request %d of %s is answered %+v, want result %d", c.Number, c.SessionID, g, service)
		}
	}
}

// promised is what the services of a session were granted and have not come back about.
func (o *oracle) promised(s *running) (bytes int64) {
	for _, units := range s.grants {
		bytes += units
	}
	return bytes
}

// slices holds what each service of a request is granted against what is left for it.
func (o *oracle) slices(s *running, c *Credit, a Answer) {
	o.Helper()
	if a.Result != Granted || len(a.Services) != len(c.Services) {
		o.Fatalf("request %d of %s is answered %+v", c.Number, c.SessionID, a)
	}
	held := o.promised(s)
	validity := int64(0)
	for i, service := range c.Services {
		g := a.Services[i]
		if !service.Requests {
			if g.Units != Absent || g.Result != Granted {
				o.Fatalf("a service that asks for nothing is answered %+v", g)
			}
			continue
		}
		o.slice(s, c, service, g, held)
		if g.Units > 0 {
			held += g.Units
			s.grants[service.RatingGroup] = g.Units
			validity = g.Validity
		}
	}
	o.hold(s, held)
	if held > 0 && validity > 0 {
		s.until = o.now + validity*clock.Second
		o.lasts(s, validity)
	} else if held > 0 {
		s.until = -1 // as the flow says: no answer tells
	}
}

// slice holds one grant against what is left when others of the session hold so much.
func (o *oracle) slice(s *running, c *Credit, service Service, g Grant, held int64) {
	o.Helper()
	want := o.rules.Grants.Slice
	if service.Requested > 0 {
		want = min(want, service.Requested)
	}
	if s.owner.test {
		want = min(want, max(100_000-s.owner.testBytes-held, o.rules.Grants.Least))
	}
	want = max(want, 1)
	_, end := o.bytesLeft(s.owner)
	all, rest := end-held, o.bytesFree(s)-held
	if allMoney, money := o.moneyLeft(s); money != nil {
		all = min(all, o.reaches(s, held, allMoney))
		rest = min(rest, o.reaches(s, held, money))
	}
	all, rest = max(all, 0), max(rest, 0)
	if rest == 0 {
		if g.Result != LimitReached || g.Units != Absent || g.Final {
			o.Fatalf("nothing is left for request %d of %s, which is answered %+v", c.Number, c.SessionID, g)
		}
		return
	}
	low, high := min(want, rest), min(want, rest)
	if n := o.sharers(s); n > 0 && rest < 4*want*(n+1) {
		low = min(low, o.rules.Grants.Least)
	}
	threshold := g.Units / 5
	if g.Final {
		threshold = 0
	}
	if g.Result != Granted || g.Units < low || g.Units > high || g.Final != (g.Units >= all) || g.Validity < 1 || g.Threshold != threshold {
		o.Fatalf("request %d of %s asks for %d of %d (%d in all) and is answered %+v, want %d to %d", c.Number, c.SessionID, want, rest, all, g, low, high)
	}
}

// bytesFree is what of the bytes that are left until something changes no other session of the device holds.
func (o *oracle) bytesFree(s *running) int64 {
	left, _ := o.bytesLeft(s.owner)
	if left == endless {
		return left
	}
	for _, other := range o.others(s) {
		if other.owner == s.owner {
			left -= other.held.bytes
		}
	}
	return max(left, 0)
}

// pays reports whether a sum pays for further bytes of a session, with what is left of its pool.
func (o *oracle) pays(s *running, bytes int64, money *big.Int) bool {
	if !s.line.rated {
		return true
	}
	_, cost := o.promise(s, bytes)
	return cost.Cmp(money) <= 0
}

// promise is what further bytes of a session take: of its pool, and in money.
func (o *oracle) promise(s *running, bytes int64) (free int64, cost *big.Int) {
	added := inBlocks(s.volume+bytes, s.line.block) - inBlocks(s.volume, s.line.block)
	free = min(added, o.poolLeft(s))
	return free, minus(s.line.priced(s.volume+bytes, s.free+free), s.cost)
}

// reaches is how many bytes a sum pays for beyond those that are held, found by trying.
func (o *oracle) reaches(s *running, held int64, money *big.Int) int64 {
	low, high := int64(-1), int64(1)<<50 // it pays for low, or low is -1
	if o.pays(s, held+high, money) {
		return endless
	}
	for low < high-1 {
		if middle := low + (high-low)/2; o.pays(s, held+middle, money) {
			low = middle
		} else {
			high = middle
		}
	}
	return max(low, 0)
}

// hold reserves what a session was promised, as far as there is anything to reserve.
func (o *oracle) hold(s *running, held int64) {
	if held == 0 {
		return
	}
	_, money := o.moneyLeft(s)
	h := holding{bytes: held, cost: new(big.Int), share: new(big.Int)}
	if money != nil && s.line.rated {
		bytes := min(held, o.bytesFree(s), o.reaches(s, 0, money))
		if bytes > 0 {
			var cost *big.Int
			h.pool, cost = o.promise(s, bytes)
			if s.conditions.prepaid {
				h.cost = cost
			}
			if o.account.shared() && cost.Sign() > 0 {
				h.share = cost
			}
		}
	}
	s.held = h
}

// lasts makes sure that a grant ends when something may have changed: at the end of the month, of the quota and of the balance.
func (o *oracle) lasts(s *running, validity int64) {
	o.Helper()
	most := o.rules.Validity
	if s.can&CanReauthorise == 0 {
		most = o.rules.BlindValidity
	}
	_, monthEnd := bounds(o.zone, monthIn(o.zone, o.now))
	end := min(o.now+most*clock.Second, monthEnd+o.rules.Spread.Microseconds())
	if q := s.quotas[quota.Data]; s.conditions.dataQuota && q != nil && q.expiry > o.now {
		end = min(end, q.expiry)
	}
	if p := s.purse; s.conditions.prepaid && p != nil && p.expiry > o.now {
		end = min(end, p.expiry)
	}
	if until := o.now + validity*clock.Second; until >= end+clock.Second {
		o.Fatalf("a grant of %s is good until %d, something changes at %d", s.id, until, end)
	}
}
