package usage

import (
	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/tariff"
)

// nothingCounted is the account of an endpoint whose use is not counted.
var nothingCounted = &charging.Account{}

// judge decides whether a subscriber may go on using data in a session, and how fast.
func (w *work) judge(sub *subscriber, s *session.Session) (refusal, charging.Verdict) {
	why := gate(w.catalogue, sub, dataService, place{operator: s.Operator, rat: s.RAT, apn: s.APN, imeisv: s.IMEISV})
	switch {
	case why.closed():
	case !s.Line.Rated():
		why = refusal{NotRated, notCovered}
	case !sub.pays(s.Line.Currency):
		why = refusal{NotRated, otherCurrency}
	}
	if why.closed() {
		return why, charging.Verdict{}
	}
	verdict := w.verdict(sub, dataService, s.RAT)
	return judged(verdict), verdict
}

const (
	notCovered    = "the tariff does not cover the visited operator"
	otherCurrency = "the tariff has another currency than the balance or the cost limit"
)

// pays reports whether what a subscriber's use costs in a currency can be held against what it has.
func (s *subscriber) pays(currency int64) bool {
	return !s.terms.Prepaid && !s.terms.Shared() || currency == s.currency
}

// verdict holds a service against what is left.
func (w *work) verdict(sub *subscriber, service, rat int64) charging.Verdict {
	account, spent := nothingCounted, (*balance.Account)(nil)
	if sub.terms.Counted() {
		account = w.account(sub)
	}
	if sub.terms.Shared() {
		spent = w.spent(sub)
	}
	return sub.terms.Judge(account, spent, service, w.now, rat == charging.SatelliteRAT)
}

// control compares what a session may do with what its gateway was told, and gives orders for the difference. used is what
// the report added.
func (w *work) control(sub *subscriber, s *session.Session, r Report, used int64) {
	if !s.Open() {
		return
	}
	why, verdict := w.judge(sub, s)
	if s.Protocol == int64(RADIUS) {
		w.expect(sub, s, r, used, why.closed())
	}
	w.enforce(sub, s, why, verdict)
}

// enforce gives the orders that make a session what it may be.
func (w *work) enforce(sub *subscriber, s *session.Session, why refusal, verdict charging.Verdict) {
	can := Ability(s.Abilities)
	switch {
	case why.closed():
		if s.Enforced != session.Ended || s.Protocol == int64(RADIUS) { // one that goes on reporting is told again
			w.command(s, order{kind: endSession, reason: why.reason})
		}
		s.Enforced = session.Ended
	case s.Enforced == session.Renewed: // whatever it may be, it ends
		return
	case s.Enforced == session.Ended: // it was lifted before the gateway did it
		s.Enforced = 0
	case verdict.Rate == s.Enforced:
		return
	case can&CanChangeRate != 0:
		s.Enforced = verdict.Rate
		w.command(s, order{kind: setRate, rate: w.rateOf(sub, s, verdict.Rate)})
	case s.Protocol == int64(Gy): // its next request is refused, so that it comes back at the other rate
		w.command(s, order{kind: reauthorise})
	case can&CanEnd != 0: // it comes back at the other rate
		s.Enforced = session.Ended
		w.command(s, order{kind: endSession, reason: "the maximum bitrate changes"})
	default:
		s.Enforced = verdict.Rate
	}
	w.touch(s)
}

// rateOf is the most that a session may send and receive.
func (w *work) rateOf(sub *subscriber, s *session.Session, throttled int64) Rate {
	return rateFor(w.catalogue, sub, s.APN, s.RAT, throttled)
}

func rateFor(c *tariff.Catalogue, sub *subscriber, apn string, rat, throttled int64) Rate {
	b := c.Bandwidth(sub.tariff, apn, rat).Within(throttled)
	return Rate{Up: b.Up, Down: b.Down}
}

// expect holds back for a session without grants what it will probably use until its next report, and makes the gateway
// report more often when that is more than half of what is left.
func (w *work) expect(sub *subscriber, s *session.Session, r Report, used int64, closed bool) {
	if !sub.terms.Counted() && !sub.terms.Shared() {
		return
	}
	w.release(s)
	interval := w.interval(s)
	elapsed := max((r.at()-s.SliceStarted)/clock.Second, 1)
	expected := 2 * used
	if s.Pending() > 0 {
		expected = max(expected, s.Pending()/elapsed*interval)
	}
	if closed || expected <= 0 {
		return
	}
	means := w.means(sub, s)
	w.hold(sub, s, charging.GrantRules{Slice: expected, Least: 1}.Offer(s.Line, means, expected))
	s.GrantedUntil = w.now + 2*interval*clock.Second // then it is given back
	w.hasten(s, interval, w.rest(s, means) < expected || w.lapses(sub, interval))
	w.touch(s)
}

// means is what a session may draw on.
func (w *work) means(sub *subscriber, s *session.Session) charging.Means {
	account, spent := nothingCounted, (*balance.Account)(nil)
	if sub.terms.Counted() {
		account = w.account(sub)
	}
	if sub.terms.Shared() {
		spent = w.spent(sub)
	}
	pool, err := w.pool(sub, s)
	if err != nil {
		pool = nil // nothing is promised of what cannot be read
	}
	return sub.terms.MeansOf(account, s, spent, pool, w.now, s.RAT == charging.SatelliteRAT)
}

// hold reserves for a session what it was offered. What it held before must have been released.
func (w *work) hold(sub *subscriber, s *session.Session, o charging.Offer) {
	s.Reserved, s.ReservedCost = o.Bytes, 0
	if sub.terms.Prepaid {
		s.ReservedCost = o.Cost
	}
	if sub.terms.Counted() {
		w.account(sub).Held[s.ID] = charging.Hold{Bytes: s.Reserved, Cost: s.ReservedCost}
	}
	if sub.terms.Shared() && o.Cost > 0 && s.Line.Currency == sub.currency {
		s.ReservedShare = o.Cost
		spent := w.spent(sub)
		spent.Reserved += o.Cost
		spent.Holders++
		w.ledger.payers[spent] = true
	}
	if o.Pool > 0 {
		if pool, err := w.pool(sub, s); err == nil && pool != nil {
			s.ReservedPool = o.Pool
			pool.Reserved += o.Pool
			w.ledger.drawn[pool] = true
		}
	}
	w.touch(s)
}

// release gives back what a session holds.
func (w *work) release(s *session.Session) {
	if s.Reserved == 0 && s.ReservedCost == 0 && s.ReservedShare == 0 && s.ReservedPool == 0 {
		return
	}
	if a := w.ledger.accounts[holder{s.Organisation, s.Endpoint}]; a != nil {
		delete(a.Held, s.ID)
	}
	if s.ReservedShare > 0 {
		if spent := w.payer(s.Organisation); spent != nil {
			spent.Reserved = max(spent.Reserved-s.ReservedShare, 0)
			spent.Holders = max(spent.Holders-1, 0)
			w.ledger.payers[spent] = true
		}
	}
	if s.ReservedPool > 0 {
		if pool, err := w.pool(&subscriber{}, s); err == nil && pool != nil {
			pool.Reserved = max(pool.Reserved-s.ReservedPool, 0)
			w.ledger.drawn[pool] = true
		}
	}
	s.Reserved, s.ReservedCost, s.ReservedShare, s.ReservedPool = 0, 0, 0, 0
	w.touch(s)
}

// payer is the account of an organisation that a session holds money of, whatever its terms are now.
func (w *work) payer(organisation int64) *balance.Account {
	if a := w.ledger.shared[organisation]; a != nil {
		return a
	}
	n := newNeeds()
	n.shared[organisation] = true
	for _, read := range w.ledger.reads(n) {
		if w.tx.Lookup(read) != nil {
			return nil // the transaction fails with it
		}
	}
	return w.ledger.shared[organisation]
}

// enter begins another slice of a session; what was held for the old line is given back.
func (w *work) enter(s *session.Session, next charging.Slice) {
	if !s.Line.Same(next.Line) || s.Endpoint != next.Endpoint {
		w.release(s)
	}
	charging.Enter(s, next)
	w.touch(s)
}

// dropped is the event that a running session is told to change for a reason that is not its own use.
func (w *work) dropped(sub *subscriber, s *session.Session, text string) {
	w.notices = append(w.notices, notice{sub: sub, at: w.now, kind: event.SessionControl, text: text})
	w.tellNotices(s)
}
