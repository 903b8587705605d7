package usage

import (
	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/session"
)

// notice is an event that use has caused. It is written after the record that holds the use.
type notice struct {
	sub          *subscriber
	at           int64
	kind         event.Type
	text, detail string
}

// use charges new bytes of a session and holds them against everything that counts them: the inclusive volume, the
// balance, the quota, the limits, the factory test and what the organisation may spend.
func (w *work) use(sub *subscriber, s *session.Session, at, up, down int64) error {
	if err := w.ready(sub, at); err != nil {
		return err
	}
	pool, err := w.pool(sub, s)
	if err != nil {
		return err
	}
	taken := s.Line.Inclusive
	cost, err := charging.Charge(s, up, down, pool)
	if err != nil {
		return err
	}
	if s.Line.Inclusive != taken {
		w.ledger.drawn[pool] = true
	}
	w.count(sub, s, at, up, down, cost)
	if sub.terms.Prepaid && cost > 0 {
		if b := w.balance(sub); b != nil && b.Currency == s.Line.Currency {
			b.Debit(cost, w.now)
			s.PendingDebited += cost
		}
	}
	w.takeQuota(sub, at, quota.Data, up+down)
	w.takeLimits(sub, at, dataService, up+down, s.RAT == charging.SatelliteRAT)
	w.spend(sub, at, s.Line.Currency, s.Line.BillingMonth, cost)
	if sub.inFactoryTest() {
		return w.test(sub, at, up+down, 0)
	}
	return nil
}

// ready makes sure that the ledger has all that a subscriber's use at a time has to be held against, as it stands now.
func (w *work) ready(sub *subscriber, at int64) error {
	if err := w.ledger.complete(w.source(), sub, month(sub, at)); err != nil || !sub.terms.Prepaid {
		return err
	}
	b := w.account(sub).Balance
	if b == nil {
		return nil
	}
	changed, err := balance.Settle(w.tx, b, sub.zone, w.now)
	if changed {
		w.ledger.balances[b] = true
	}
	return err
}

// pool finds what a session's line draws on, nil for nothing.
func (w *work) pool(sub *subscriber, s *session.Session) (*inclusive.Pool, error) {
	l := s.Line
	if l.InclusiveID == 0 {
		return nil, nil
	}
	key := poolKey(s.Organisation, l.InclusiveID, l.BillingMonth, s.SIM, l.Pooled)
	if p := w.ledger.pools[key]; p != nil {
		return p, nil
	}
	n := newNeeds()
	n.pools[key] = true
	for _, read := range w.ledger.reads(n) {
		if err := w.tx.Lookup(read); err != nil {
			return nil, err
		}
	}
	if v := sub.inclusive(l.BillingMonth); w.ledger.pools[key] == nil && v != nil && v.ID == l.InclusiveID {
		p, err := inclusive.Open(w.tx, *v, key)
		if err != nil {
			return nil, err
		}
		w.ledger.pools[key] = &p
		w.ledger.drawn[&p] = true
	}
	return w.ledger.pools[key], nil
}

// account is what a subscriber's endpoint has left; an empty one where nothing is counted.
func (w *work) account(sub *subscriber) *charging.Account {
	return w.ledger.open(holder{sub.organisation, sub.endpoint})
}

// balance is the endpoint's balance, which is marked as changed; nil when it has none.
func (w *work) balance(sub *subscriber) *balance.Balance {
	b := w.account(sub).Balance
	if b != nil {
		w.ledger.balances[b] = true
	}
	return b
}

// balanceOf is what a usage record tells of its endpoint's balance.
func (w *work) balanceOf(s *session.Session) record.Balance {
	a := w.ledger.accounts[holder{s.Organisation, s.Endpoint}]
	if a == nil || a.Balance == nil {
		return record.Balance{}
	}
	b := a.Balance
	return record.Balance{Currency: b.Currency, Amount: b.Amount, Updated: b.Updated, Expiry: b.Expiry}
}

// spend counts a cost against what the organisation may spend.
func (w *work) spend(sub *subscriber, at, currency, billingMonth, cost int64) {
	if !sub.terms.Shared() || cost == 0 || currency != sub.currency {
		return
	}
	spent := w.spent(sub)
	spent.Charge(cost, billingMonth, w.now)
	w.ledger.payers[spent] = true
	if spent.Left(sub.terms.CostLimit) > 0 || spent.Told {
		return
	}
	spent.Told = true
	w.rechecks = append(w.rechecks, sub.organisation)
	text := "Organisation blocked: its monthly cost limit is used up."
	if sub.terms.OrgPrepaid && spent.Amount <= 0 {
		text = "Organisation blocked: its prepaid balance is used up."
	}
	w.notices = append(w.notices, notice{sub: &subscriber{organisation: sub.organisation}, at: at, kind: event.OrganisationBlocked, text: text})
}

// spent is the organisation's account in the running month, whose block is lifted when there is something left again.
func (w *work) spent(sub *subscriber) *balance.Account {
	a := w.ledger.shared[sub.organisation]
	if a == nil {
		a = &balance.Account{Organisation: sub.organisation, Prepaid: sub.terms.OrgPrepaid}
		w.ledger.shared[sub.organisation] = a
	}
	*a = a.In(month(sub, w.now))
	if a.Told && a.Left(sub.terms.CostLimit) > 0 {
		a.Told = false
		w.ledger.payers[a] = true
	}
	return a
}

// takeQuota counts use against the quota that the service profile asks for.
func (w *work) takeQuota(sub *subscriber, at, traffic, used int64) {
	needed, threshold, usedUp := sub.terms.DataQuota, event.QuotaThreshold, event.QuotaUsedUp
	if traffic == quota.SMS {
		needed, threshold, usedUp = sub.terms.SMSQuota, event.SMSQuotaThreshold, event.SMSQuotaUsedUp
	}
	if !needed || used == 0 {
		return
	}
	q := w.account(sub).Quotas[traffic]
	if q == nil {
		return
	}
	passed := q.Take(used, w.now)
	w.ledger.quotas[q] = true
	if passed&quota.ThresholdReached != 0 {
		w.notices = append(w.notices, notice{sub: sub, at: at, kind: threshold, text: threshold.Description + ".", detail: quotaDetail(q)})
	}
	if passed&quota.UsedUp != 0 {
		w.notices = append(w.notices, notice{sub: sub, at: at, kind: usedUp, text: usedUp.Description + ".", detail: quotaDetail(q)})
	}
}

// takeLimits counts use against the monthly limits of the service profile.
func (w *work) takeLimits(sub *subscriber, at, service, used int64, satellite bool) {
	if len(sub.terms.Limits) == 0 || used == 0 {
		return
	}
	a := w.account(sub)
	u := a.Use[service]
	if now := limit.MonthOf(w.now); u == nil || u.Month != now {
		u = &limit.Use{Organisation: sub.organisation, Endpoint: sub.endpoint, Month: now, Service: service}
		a.Use[service] = u
	}
	u.Add(used, satellite)
	w.ledger.uses[u] = true
	for _, l := range sub.terms.Limits {
		if l.Service != service || l.Satellite && !satellite {
			continue
		}
		switch passed := u.Pass(l, limit.Extra(l, a.Extensions, w.now)); {
		case passed&limit.Exceeded != 0:
			w.notices = append(w.notices, notice{sub: sub, at: at, kind: event.EndpointBlocked, text: "Endpoint blocked: its monthly traffic limit is used up."})
		case passed&limit.Warned != 0:
			w.notices = append(w.notices, notice{sub: sub, at: at, kind: event.SessionControl, text: "Endpoint comes near its monthly traffic limit."})
		}
	}
}

// tellNotices writes what the last use has caused. The record of the use must have been cut.
func (w *work) tellNotices(s *session.Session) {
	for _, n := range w.notices {
		e := event.Event{
			Organisation: n.sub.organisation, Time: n.at, Type: n.kind, Description: n.text, Detail: n.detail,
			Endpoint: n.sub.endpoint, SIM: n.sub.sim, IMSI: n.sub.imsiID,
		}
		if s != nil && n.sub.sim != 0 {
			e.Operator, e.Country, e.RAT = s.Operator, countryOf(w.catalogue, s.Operator), s.RAT
			e.IMEI, e.IPAddress = s.IMEISV, s.UEAddress
		}
		w.events.Add(w.tx, w.now, e)
		w.counts.events++
	}
	w.notices = w.notices[:0]
}
