package usage

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/tariff"
)

// Admit decides whether a device may open a data session now. It takes no lock: it decides on what was last committed
// here, or half a second ago on another node. A refusal of a known IMSI becomes an event, which the answer does not
// wait for.
func (f *Flow) Admit(ctx context.Context, a Access) Decision {
	var found map[string]*subscriber
	var err error
	if a.IMSI == "" {
		a.IMSI, err = f.imsiOf(ctx, a.MSISDN)
	}
	if err == nil {
		found, err = f.find(ctx, []string{a.IMSI})
	}
	if err != nil {
		f.Log.Error("subscriber could not be read", "error", err)
		return Decision{Reason: "temporary failure"}
	}
	sub := found[a.IMSI]
	if sub == nil {
		f.Counters.UnknownIMSI.Add(1)
		f.Log.Info("access refused: nobody has this IMSI or MSISDN", "imsi", a.IMSI, "nas", a.NAS)
		return Decision{Reason: "unknown subscriber"}
	}
	catalogue := f.catalogue.Load()
	p := place{operator: operatorOf(catalogue, a.PLMN, a.IMSI), rat: a.RAT, apn: a.APN, imeisv: a.IMEISV}
	why := f.admissible(catalogue, sub, dataService, p, a.Received)
	left, verdict := charging.NoLimit, charging.Verdict{}
	if !why.closed() && (sub.terms.Counted() || sub.terms.Shared()) {
		rate, _ := f.rate(catalogue, sub, p.operator, dataService, a.Received)
		if left, verdict, err = f.left(ctx, sub, rate, a.RAT); err != nil {
			f.Log.Error("what is left could not be read", "error", err)
			return Decision{Reason: "temporary failure"}
		}
		why = judged(verdict)
	}
	if sub.inFactoryTest() {
		left = min(left, testBytes)
	}
	if why.closed() {
		f.Counters.Refused.Add(1)
		f.refusals.note(f, sub, a, p.operator, why.reason)
		return Decision{Reason: why.reason}
	}
	f.Counters.Accepted.Add(1)
	d := Decision{
		Accept: true, DNS: sub.dns, Interim: f.interim(left), Class: Class{Organisation: sub.organisation, IMSI: sub.imsi},
		Rate: rateFor(catalogue, sub, a.APN, a.RAT, verdict.Rate),
	}
	d.Address, _ = netip.ParseAddr(sub.address)
	return d
}

// admissible tells what keeps a subscriber from using a service at a place and time, whatever it has left.
func (f *Flow) admissible(c *tariff.Catalogue, sub *subscriber, service int64, p place, at int64) refusal {
	why := gate(c, sub, service, p)
	if !why.closed() {
		switch rate, ok := f.rate(c, sub, p.operator, service, at); {
		case !ok:
			why = refusal{NotRated, notCovered}
		case !sub.pays(rate.Currency):
			why = refusal{NotRated, otherCurrency}
		}
	}
	return why
}

// left reads, without a lock, how many bytes a subscriber may use at a rate until something changes, and what the gates say.
// What is inclusive is left out of account: bytes that money pays for may last longer.
func (f *Flow) left(ctx context.Context, sub *subscriber, rate tariff.Rate, rat int64) (int64, charging.Verdict, error) {
	now := f.Clock.Micros()
	var l ledger
	l.clear(now)
	committed := source{
		func(read db.Read) error { return f.DB.Lookup(ctx, read) },
		func(fn func(db.Queryer) error) error { return f.DB.Read(ctx, fn) },
	}
	if err := l.complete(committed, sub, month(sub, now)); err != nil {
		return 0, charging.Verdict{}, err
	}
	account, satellite := l.open(holder{sub.organisation, sub.endpoint}), rat == charging.SatelliteRAT
	spent := l.shared[sub.organisation]
	if spent != nil {
		current := spent.In(month(sub, now))
		spent = &current
	}
	if b := account.Balance; b != nil {
		settled, _ := b.At(sub.zone, now) // it is written with the first report
		account.Balance = &settled
	}
	verdict := sub.terms.Judge(account, spent, dataService, now, satellite)
	line := session.Line{Currency: rate.Currency, Rate: rate.Rate, Block: rate.Block}
	means := sub.terms.MeansOf(account, &session.Session{Line: line}, spent, nil, now, satellite)
	rest := min(means.Bytes, charging.Affordable(line, means.Money, 0))
	if sub.lapses(account, now, f.Settings.Interim) {
		rest = min(rest, f.Settings.NearEnd-1)
	}
	return rest, verdict, nil
}

// lapses reports whether the balance that a subscriber pays from ends within so many seconds, whatever is left of it.
func (s *subscriber) lapses(a *charging.Account, now, seconds int64) bool {
	b := a.Balance
	return s.terms.Prepaid && b != nil && b.Expiry > now && b.Expiry <= now+seconds*clock.Second
}

// Blocked says why an endpoint may use no data because of what it or its organisation has used, "" when it may.
func (f *Flow) Blocked(ctx context.Context, organisation, endpoint int64) (string, error) {
	var imsis []string
	err := f.DB.Read(ctx, func(q db.Queryer) (err error) {
		imsis, err = db.All(q, db.Text, `SELECT i.imsi FROM endpoint e JOIN sim_identity i ON i.organisation_id = e.organisation_id
			AND i.sim_id = e.sim_id WHERE e.organisation_id = $1 AND e.id = $2`, organisation, endpoint)
		return err
	})
	if err != nil || len(imsis) == 0 {
		return "", err
	}
	found, err := f.find(ctx, imsis)
	sub := found[imsis[0]]
	if err != nil || sub == nil || sub.organisation != organisation || !sub.terms.Counted() && !sub.terms.Shared() {
		return "", err
	}
	_, verdict, err := f.left(ctx, sub, tariff.Rate{}, 0)
	return judged(verdict).reason, err
}

// interim is how often a gateway is to report, in seconds: more often where little is left.
func (f *Flow) interim(left int64) int64 {
	if left < f.Settings.NearEnd {
		return min(f.Settings.Interim, f.Settings.ShortInterim)
	}
	return f.Settings.Interim
}

// refusals keep a storm of rejected devices from becoming a storm of events: one event per endpoint and reason in
// Settings.Reject, and the next one carries how many there were.
type refusals struct {
	mu   sync.Mutex
	last map[refused]*refusedSince
	out  []pendingEvent
}

type refused struct {
	sim    int64
	reason string
}

type refusedSince struct {
	at    int64 // when the last event was written, µs
	since int64 // refusals after it
}

type pendingEvent struct {
	sub   *subscriber
	event event.Event
}

const maxRefusals = 100_000

func (r *refusals) note(f *Flow, sub *subscriber, a Access, operator int64, reason string) {
	now := f.Clock.Micros()
	r.mu.Lock()
	defer r.mu.Unlock()
	key := refused{sub.sim, reason}
	last := r.last[key]
	if last != nil && now-last.at < f.Settings.Reject.Microseconds() {
		last.since++
		return
	}
	description := "PDP context refused: " + reason + "."
	if last != nil && last.since > 0 {
		description += fmt.Sprintf(" %d further attempts since %s.", last.since, clock.FromMicros(last.at).Format(time.RFC3339))
	}
	if len(r.last) >= maxRefusals || len(r.out) >= maxRefusals {
		clear(r.last) // rather an event too many than memory without bound
	}
	r.last[key] = &refusedSince{at: now}
	catalogue := f.catalogue.Load()
	r.out = append(r.out, pendingEvent{sub, event.Event{
		Organisation: sub.organisation, Time: a.Received, Type: event.CreatePDPContextRejected, Description: description,
		Endpoint: sub.endpoint, SIM: sub.sim, IMSI: sub.imsiID, Operator: operator, Country: countryOf(catalogue, operator),
		RAT: a.RAT, IMEI: a.IMEISV, IPAddress: sub.address,
	}})
}

func (r *refusals) loop(ctx context.Context, f *Flow) {
	stored := context.WithoutCancel(ctx) // what has begun to be written when the flow ends is written
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.flush(stored, f)
			return
		case <-tick.C:
			r.flush(stored, f)
		}
	}
}

func (r *refusals) flush(ctx context.Context, f *Flow) {
	r.mu.Lock()
	out := r.out
	r.out = nil
	r.mu.Unlock()
	if len(out) == 0 {
		return
	}
	heads := make([]int64, len(out))
	for i, p := range out {
		heads[i] = p.event.Organisation
	}
	err := f.DB.Write(ctx, heads, func(tx *db.Tx) error {
		batch := event.NewBatch()
		for _, p := range out {
			batch.Add(tx, f.Clock.Micros(), p.event)
		}
		return batch.Store(tx)
	})
	if err != nil {
		f.Log.Error("refusals could not be recorded", "events", len(out), "error", err)
		return
	}
	f.Counters.Events.Add(int64(len(out)))
}
