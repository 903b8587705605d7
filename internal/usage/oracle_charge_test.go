package usage

import (
	"math/big"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/tariff"
)

// settle brings a session to the circumstances of a report: what was used under others is a record by itself.
func (o *oracle) move(s *running, r Report) (moved bool) {
	next := o.placed(s, r)
	if next == s.circumstances {
		return false
	}
	moved = when(r) >= s.seen && (s.plmn != "" && next.plmn != s.plmn || s.rat != 0 && next.rat != s.rat)
	o.cut(s, s.seen)
	if next.line != s.line {
		s.volume, s.free, s.cost = 0, 0, new(big.Int)
		s.held = holding{cost: new(big.Int), share: new(big.Int)}
	}
	s.circumstances = next
	return moved
}

// use charges bytes and counts them against everything that counts them.
func (o *oracle) use(s *running, at, up, down int64) {
	s.owner.purse.settle(o.zone, o.now)
	// What comes when the session has ended is in a record of its own, which may be rounded up once more.
	o.repriced = o.repriced || !s.open() && up+down > 0 && s.line.scope == tariff.RoundRecord
	cost := new(big.Int)
	if s.line.rated {
		was := inBlocks(s.volume, s.line.block)
		if p := o.pool(s); p != nil {
			taken := min(inBlocks(s.volume+up+down, s.line.block)-was, p.capacity()-p.used)
			p.used += taken
			s.free, s.pendingFree = s.free+taken, s.pendingFree+taken
		}
		total := s.line.priced(s.volume+up+down, s.free)
		cost, s.cost = minus(total, s.cost), total
	}
	s.volume += up + down
	s.pendingUp, s.pendingDown, s.pendingCost = s.pendingUp+up, s.pendingDown+down, plus(s.pendingCost, cost)
	if s.owner.conditions.prepaid && s.owner.purse != nil {
		s.owner.purse.debited = plus(s.owner.purse.debited, cost)
		s.pendingDebit = plus(s.pendingDebit, cost)
	}
	o.consume(s.owner, at, s.line.month, cost, dataService, up+down)
	if s.test {
		o.tested(s, at, up+down, 0)
	}
}

// consume counts a use against quota and limits, and its cost against what the organisation may spend.
func (o *oracle) consume(w *owner, at, month int64, cost *big.Int, service, n int64) {
	traffic, needed, low, over := quota.Data, w.conditions.dataQuota, event.QuotaThreshold, event.QuotaUsedUp
	if service != dataService {
		traffic, needed, low, over = quota.SMS, w.conditions.smsQuota, event.SMSQuotaThreshold, event.SMSQuotaUsedUp
	}
	if q := w.quotas[traffic]; needed && q != nil && n > 0 {
		q.at(o.now)
		q.used += n
		if q.runsLow() && !q.low && !q.over {
			q.low = true
			o.notice(w, at, low)
		}
		if q.left() <= 0 && !q.over {
			q.over = true
			o.notice(w, at, over)
		}
	}
	o.limit(w, at, service, n)
	o.spend(at, month, cost)
}

// limit counts a use against the limits of a month.
func (o *oracle) limit(w *owner, at, service, n int64) {
	if n == 0 || len(w.conditions.limits) == 0 {
		return
	}
	u := w.usedOf(service, o.now)
	u.volume += n
	for _, l := range w.conditions.limits {
		if l.service != service {
			continue
		}
		most := w.allowed(l, o.now)
		exceeded := u.volume >= most
		warned := l.warning > 0 && big.NewInt(u.volume).Cmp(ceil(new(big.Int).Mul(big.NewInt(most), big.NewInt(l.warning)), 100)) >= 0
		switch {
		case exceeded && !u.exceeded[l]:
			o.notice(w, at, event.EndpointBlocked)
		case warned && !u.warned[l]:
			o.notice(w, at, event.SessionControl)
		}
		u.warned[l], u.exceeded[l] = warned, exceeded
	}
}

// spend counts a cost against what the organisation may spend.
func (o *oracle) spend(at, month int64, cost *big.Int) {
	a := &o.account
	if cost.Sign() == 0 {
		return
	}
	a.enter(monthIn(o.zone, o.now))
	a.enter(month)
	if month == a.month {
		a.cost = plus(a.cost, cost)
	}
	if a.prepaid {
		a.debited = plus(a.debited, cost)
	}
	if a.shared() && a.left().Sign() == 0 && !a.told {
		a.told, o.again = true, true
		o.notices = append(o.notices, entry{Event: event.OrganisationBlocked.ID, Severity: event.OrganisationBlocked.Severity, At: at})
	}
}

// tested counts a use in a factory test, which is free, and ends the test. What the device was granted beside it was free, and
// costs when it is used.
func (o *oracle) tested(s *running, at, bytes, sms int64) {
	w, grants := s.owner, 0
	w.testBytes, w.testSMS = w.testBytes+bytes, w.testSMS+sms
	if w.testBytes < 100_000 && w.testSMS < 10 {
		return
	}
	w.test, w.testBytes, w.testSMS = false, 0, 0
	for _, other := range o.sessions {
		if other.owner == w {
			grants += len(other.grants)
		}
	}
	o.repriced = o.repriced || grants > 1 || grants == 1 && len(s.grants) == 0
	o.activate(w)
	o.notice(w, at, event.SIMActivatedByUse)
}

func (o *oracle) notice(w *owner, at int64, kind event.Type) {
	o.notices = append(o.notices, entry{Event: kind.ID, Severity: kind.Severity, Device: w.name, At: at})
}

// tell writes what the last use has caused.
func (o *oracle) tell() {
	o.log = append(o.log, o.notices...)
	o.notices = nil
}

// due reports whether an open session's slice is to become a record.
func (o *oracle) due(s *running, at int64) bool {
	elapsed := max(at-s.sliceBegan, (s.time-s.sliceTime)*clock.Second)
	return s.pending() >= o.rules.Record.MinBytes && elapsed >= o.rules.Record.Interval
}

// cut makes a record of what is pending.
func (o *oracle) cut(s *running, at int64) {
	if s.pending() == 0 {
		return
	}
	at = max(at, s.sliceBegan)
	e := entry{
		Event: aRecord, Session: s.id, Device: s.name, Tx: s.pendingUp, Rx: s.pendingDown, At: at, Start: s.sliceBegan,
		Traffic: record.Data, Operator: s.operator, RAT: s.rat, Zone: s.line.zone, Month: s.line.month, Rated: s.line.rated,
		Rate: s.line.rate, Block: s.line.block, Scope: s.line.scope, LineVolume: s.volume - s.pending(), LineFree: s.free - s.pendingFree,
		Free: s.pendingFree, Cost: s.pendingCost.String(), LineCost: minus(s.cost, s.pendingCost).String(), Debited: s.pendingDebit.String(),
	}
	e.Balance = o.shown(s.owner)
	o.log = append(o.log, e)
	s.pendingUp, s.pendingDown, s.pendingFree, s.pendingCost, s.pendingDebit = 0, 0, 0, new(big.Int), new(big.Int)
	if s.line.scope == tariff.RoundRecord {
		s.volume, s.free, s.cost = 0, 0, new(big.Int)
	}
	s.sliceBegan, s.sliceTime = at, s.time
}

// shown is the balance that a record shows: none where it is not in use. Around its end and the beginning of a month it may
// be the one before or after.
func (o *oracle) shown(w *owner) string {
	if !w.conditions.prepaid || w.purse == nil {
		return ""
	}
	settled := *w.purse
	if settled.settle(o.zone, o.now); settled.amount().Cmp(w.purse.amount()) != 0 {
		return ""
	}
	return w.purse.amount().String()
}

// end closes a session: the rest is a record, then come its consequences, then that it is over.
func (o *oracle) end(s *running, at int64) {
	o.cut(s, at)
	o.tell()
	s.closed, s.until, s.grants = max(at, 1), 0, map[int64]int64{}
	s.held = holding{cost: new(big.Int), share: new(big.Int)}
	if s.announced {
		o.log = append(o.log, entry{
			Event: event.DeletePDPContext.ID, Severity: event.DeletePDPContext.Severity, Session: s.id, Device: s.name,
			Tx: s.up, Rx: s.down, At: at,
		})
	}
}

// announce notes that a session was opened, or that it moved.
func (o *oracle) announce(s *running, at int64, moved bool) {
	e := entry{Event: event.CreatePDPContext.ID, Session: s.id, Device: s.name, At: min(s.began, at)}
	if s.announced {
		e.Event, e.At = event.UpdatePDPContext.ID, at
	}
	if s.open() && (moved || !s.announced) {
		o.log = append(o.log, e)
	}
	s.announced = s.announced || s.open()
}
