package usage

import (
	"math/big"
	"slices"

	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/session"
)

// ruling is what a device may do: nothing for a reason, or use a service at a rate.
type ruling struct {
	closed bool
	result Result
	rate   int64 // bit/s, 0 = as it is
}

func no(r Result) ruling { return ruling{closed: true, result: r} }

// rule decides on a service at a place: what has nothing to do with money and volumes comes first, then whether there is a
// price, then who has run out of what.
func (o *oracle) rule(w *owner, service, operator int64, priced bool) ruling {
	switch {
	case w.suspended, w.disabled, !w.conditions.services[service], w.blacklist[operator]:
		return no(Denied)
	case !priced:
		return no(NotRated)
	}
	if o.account.shared() {
		o.account.enter(monthIn(o.zone, o.now))
		if o.account.left().Sign() == 0 {
			return no(LimitReached)
		}
	}
	switch {
	case w.conditions.prepaid && w.purse.usable(o.zone, o.now).Sign() == 0, o.underLimits(w, service) == 0:
		return no(LimitReached)
	}
	return o.ruleQuota(w, service)
}

func (o *oracle) ruleQuota(w *owner, service int64) ruling {
	traffic, needed := quota.Data, w.conditions.dataQuota
	if service != dataService {
		traffic, needed = quota.SMS, w.conditions.smsQuota
	}
	q := w.quotas[traffic]
	if !needed {
		return ruling{}
	}
	if q == nil {
		return no(Denied)
	}
	q.at(o.now)
	switch {
	case q.expired:
		return no(Denied)
	case q.left() > 0:
		return ruling{}
	case q.block:
		return no(LimitReached)
	case service == dataService:
		return ruling{rate: q.rate}
	}
	return ruling{}
}

// underLimits is what the limits of a service leave.
func (o *oracle) underLimits(w *owner, service int64) int64 {
	left := endless
	for _, l := range w.conditions.limits {
		if l.service == service {
			left = min(left, max(w.allowed(l, o.now)-w.usedOf(service, o.now).volume, 0))
		}
	}
	return left
}

// bytesLeft is what is left until something changes for a device, and until nothing is left.
func (o *oracle) bytesLeft(w *owner) (until, end int64) {
	end = o.underLimits(w, dataService)
	until = end
	q := w.quotas[quota.Data]
	if !w.conditions.dataQuota || q == nil {
		return until, end
	}
	q.at(o.now)
	left := max(q.left(), 0)
	switch {
	case q.expired:
		return 0, 0
	case q.block:
		return min(until, left), min(end, left)
	case left > 0:
		return min(until, left), end
	}
	return until, end
}

// moneyLeft is what may be spent: in all, and without what other sessions hold. It is nil where money does not matter.
func (o *oracle) moneyLeft(s *running) (all, free *big.Int) {
	if s.conditions.prepaid {
		all = s.purse.usable(o.zone, o.now)
		free = new(big.Int).Set(all)
		for _, other := range o.others(s) {
			if other.owner == s.owner {
				free.Sub(free, other.held.cost)
			}
		}
		free = positive(free)
	}
	if o.account.shared() {
		o.account.enter(monthIn(o.zone, o.now))
		shared := o.account.left()
		rest := new(big.Int).Set(shared)
		for _, other := range o.others(s) {
			rest.Sub(rest, other.held.share)
		}
		if all == nil {
			all, free = shared, positive(rest)
		} else {
			all, free = least(all, shared), least(free, positive(rest))
		}
	}
	return all, free
}

// others are the open sessions but one.
func (o *oracle) others(s *running) (list []*running) {
	for _, other := range o.sessions {
		if other != s && other.open() {
			list = append(list, other)
		}
	}
	return list
}

// sharers are how many other sessions hold money of the organisation's.
func (o *oracle) sharers(s *running) (n int64) {
	if !o.account.shared() {
		return 0
	}
	for _, other := range o.others(s) {
		if other.held.share.Sign() > 0 {
			n++
		}
	}
	return n
}

// poolLeft is what of a session's pool is neither used nor held by others.
func (o *oracle) poolLeft(s *running) int64 {
	p := o.pool(s)
	if p == nil {
		return 0
	}
	left := p.capacity() - p.used
	for _, other := range o.others(s) {
		if other.held.pool > 0 && o.pool(other) == p {
			left -= other.held.pool
		}
	}
	return max(left, 0)
}

// enforce notes what a session's gateway is told.
func (o *oracle) enforce(s *running, r ruling) {
	switch {
	case r.closed:
		if s.enforced != session.Ended || s.radius {
			o.tellEnd(s)
		}
		s.enforced = session.Ended
	case s.enforced == session.Ended:
		s.enforced = 0
	case r.rate == s.enforced:
	case s.can&CanChangeRate != 0:
		s.enforced = r.rate
	case !s.radius:
	case s.can&CanEnd != 0:
		s.enforced = session.Ended
		o.tellEnd(s)
	default:
		s.enforced = r.rate
	}
}

func (o *oracle) tellEnd(s *running) {
	if s.can&CanEnd != 0 {
		o.ended = append(o.ended, s.id)
	}
}

// judgeAnew is what happens to all running sessions after something has changed for them.
func (o *oracle) judgeAnew(of func(*running) bool) {
	for _, s := range o.sessions {
		if !s.open() || !of(s) {
			continue
		}
		was, r := s.enforced, o.rule(s.owner, dataService, s.operator, s.line.rated)
		if r.closed && was == session.Ended {
			continue
		}
		o.enforce(s, r)
		if s.enforced != was && s.enforced != 0 {
			o.notice(s.owner, o.now, event.SessionControl)
			o.tell()
		}
	}
}

// sweep is what becomes of sessions that were silent for too long, and of those that are over for long.
func (o *oracle) sweep() (forgotten []string) {
	const hour = 3_600_000_000
	for _, s := range o.sessions {
		if s.open() && s.seen/hour < (o.now-o.rules.Idle.Microseconds())/hour {
			o.end(s, s.seen)
		}
	}
	bucket := (o.now - 2*o.rules.Interim*1_000_000) / session.LapseBucket
	for _, s := range o.sessions {
		if !s.open() || s.until == 0 || s.until/session.LapseBucket >= bucket {
			continue
		}
		if s.radius {
			s.until, s.held = 0, holding{cost: new(big.Int), share: new(big.Int)}
		} else {
			o.end(s, s.seen)
		}
	}
	before := o.now - o.rules.KeepClosed.Microseconds()
	o.sessions = slices.DeleteFunc(o.sessions, func(s *running) bool {
		old := !s.open() && s.closed < before && s.seen/hour < before/hour
		if old {
			forgotten = append(forgotten, s.id)
		}
		return old
	})
	return forgotten
}
