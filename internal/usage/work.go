package usage

import (
	"encoding/hex"
	"net/netip"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/stats"
	"github.com/simstead/simstead/internal/tariff"
)

// work is what one transaction gathers: sessions that were read or opened, and the rows they lead to.
type work struct {
	flow      *Flow
	tx        *db.Tx
	now       int64
	catalogue *tariff.Catalogue
	sessions  map[session.Key][]*session.Session
	changed   map[*session.Session]bool
	order     []*session.Session // changed, in the order of change
	days      map[dayKey]*stats.Day
	totals    stats.Totals // of organisations
	records   record.Batch
	events    event.Batch
	counts    struct{ reports, records, events, unrated int64 }

	subscribers  map[string]*subscriber // by IMSI, as the locked heads have them
	ledger       *ledger
	looseSession *session.Session    // of a one-time request: it is not stored
	answered     map[eventKey]string // one-time requests answered before, or in this transaction
	remembered   []rememberedAnswer
	policies     map[session.Key]*policySession
	notices      []notice // events that follow the record of the use that caused them
	learnt       []*subscriber
	refused      []refusedAccess
	orders       []order // what the network is told after the commit
	rechecks     []int64 // organisations whose sessions are judged anew after the commit
}

func (f *Flow) newWork(tx *db.Tx, sessions map[session.Key][]*session.Session) *work {
	w := &work{
		flow: f, tx: tx, now: f.Clock.Micros(), catalogue: f.catalogue.Load(), sessions: sessions,
		changed: map[*session.Session]bool{}, days: map[dayKey]*stats.Day{},
		records: record.NewBatch(), events: event.NewBatch(),
		subscribers: map[string]*subscriber{}, ledger: &ledger{}, answered: map[eventKey]string{}, policies: map[session.Key]*policySession{},
	}
	w.ledger.clear(w.now)
	return w
}

// store writes everything gathered.
func (w *work) store() error {
	if err := session.Store(w.tx, w.order); err != nil {
		return err
	}
	if err := w.records.Store(w.tx); err != nil {
		return err
	}
	if err := w.events.Store(w.tx); err != nil {
		return err
	}
	if err := w.ledger.store(w.tx); err != nil {
		return err
	}
	if err := storeAnswers(w.tx, w.now, w.remembered); err != nil {
		return err
	}
	if err := storePolicies(w.tx, w.policies); err != nil {
		return err
	}
	days := make([]stats.Day, 0, len(w.days))
	for _, day := range w.days {
		days = append(days, *day)
	}
	if err := stats.Store(w.tx, days); err != nil {
		return err
	}
	if err := storeDevices(w.tx, w.learnt); err != nil {
		return err
	}
	return stats.StoreOrganisations(w.tx, w.totals)
}

type dayKey struct{ organisation, endpoint, day, sim, traffic, currency int64 }

// committed adds up what the transaction did, once it is certain.
func (w *work) committed() {
	c := &w.flow.Counters
	c.Reports.Add(w.counts.reports)
	c.Records.Add(w.counts.records)
	c.Events.Add(w.counts.events)
	c.Unrated.Add(w.counts.unrated)
	w.flow.subscribers.remember(w.learnt)
	for _, r := range w.refused {
		w.flow.refusals.note(w.flow, r.sub, r.access, r.operator, r.reason)
	}
	w.flow.tell(w.orders)
	for _, organisation := range w.rechecks {
		w.flow.RecheckOrganisation(organisation)
	}
}

func (w *work) touch(s *session.Session) {
	if !w.changed[s] && s != w.looseSession {
		w.changed[s] = true
		w.order = append(w.order, s)
	}
}

// open begins a session at a report whose session is not known: a Start, or the first report whose Start got lost.
func (w *work) open(sub *subscriber, r Report) *session.Session {
	key := keyOf(sub, r)
	started := r.at() - max(0, r.Time)*clock.Second
	s := &session.Session{
		Key: key, Generation: 1, ID: w.tx.Head(sub.organisation).NextID(),
		ChargingID: r.ChargingID, SIM: sub.sim, IMSIID: sub.imsiID, IMSI: sub.imsi, NSAPI: r.NSAPI,
		Opened: r.Received, Started: started, Seen: started, SliceStarted: started, Credit: session.Credit{Number: -1},
	}
	if before := w.sessions[key]; len(before) > 0 { // the oldest may be forgotten already, so they cannot be counted
		s.Generation = before[len(before)-1].Generation + 1
	}
	w.sessions[key] = append(w.sessions[key], s)
	return s
}

// note keeps what the report says about the session besides its counters; what it leaves out stays as it was.
func (w *work) note(s *session.Session, r Report) {
	w.touch(s)
	s.Seen = max(s.Seen, r.at())
	s.Began = beginning(s, r)
	s.EventTime = max(s.EventTime, r.EventTime)
	s.Time = max(s.Time, r.Time)
	if r.Peer != "" {
		s.Protocol, s.Peer, s.Realm, s.Abilities = int64(r.Protocol), r.Peer, r.Realm, int64(r.Abilities)
	}
	keep(s, r, func(_, reported string) bool { return reported != "" })
}

// complete takes from a repeated or overtaken report only what no other report told.
func (w *work) complete(s *session.Session, r Report) {
	before := *s
	if r.EventTime == 0 && r.Time < 0 { // nothing tells a repeat from a sign of life
		s.Seen = max(s.Seen, r.at())
	}
	s.Began = beginning(s, r)
	keep(s, r, func(old, _ string) bool { return old == "" })
	if *s != before {
		w.touch(s)
	}
}

// keep takes over the texts of a report that better chooses.
func keep(s *session.Session, r Report, better func(old, reported string) bool) {
	if s.ChargingID < 0 {
		s.ChargingID = r.ChargingID
	}
	take := func(old *string, reported string) {
		if better(*old, reported) {
			*old = reported
		}
	}
	take(&s.APN, r.APN)
	take(&s.IMEISV, r.IMEISV)
	take(&s.Location, hex.EncodeToString(r.Location))
	take(&s.UEAddress, address(r.UEAddress))
	take(&s.GGSN, address(r.GGSN))
	take(&s.SGSN, address(r.SGSN))
}

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// place gives the further bytes of a session another slice where they belong to one. It tells whether the device has moved to
// another network or radio access, by a report that is not older than what is known.
func (w *work) place(sub *subscriber, s *session.Session, r Report) (moved bool) {
	next := w.slice(sub, s, r)
	if charging.Fits(s, next) {
		return false
	}
	moved = r.at() >= s.Seen && (s.PLMN != "" && next.PLMN != s.PLMN || s.RAT > 0 && next.RAT != s.RAT)
	w.cut(s, s.Seen)
	w.enter(s, next)
	return moved
}

// slice says under which circumstances the report's new bytes were used.
func (w *work) slice(sub *subscriber, s *session.Session, r Report) charging.Slice {
	at := r.at()
	next := charging.Slice{Endpoint: sub.endpoint, IMSI: sub.imsiID, Operator: s.Operator, PLMN: s.PLMN, RAT: s.RAT}
	if r.RAT > 0 {
		next.RAT = r.RAT
	}
	if r.PLMN != "" {
		next.PLMN = r.PLMN
	}
	if next.PLMN != s.PLMN || s.Operator == 0 {
		next.Operator = w.operator(next.PLMN, sub.imsi)
	}
	next.TariffProfile = sub.tariffProfile
	next.Line = w.line(sub, next.Operator, at)
	return next
}

// line finds the price of a place and a time.
func (w *work) line(sub *subscriber, operator, at int64) session.Line {
	l := session.Line{Currency: sub.currency, BillingMonth: month(sub, at)}
	rate, ok := w.flow.rate(w.catalogue, sub, operator, dataService, at)
	if !ok {
		return l
	}
	l.Tariff, l.Ratezone, l.Currency, l.Rate, l.Block, l.Rounding = sub.tariff, rate.Ratezone, rate.Currency, rate.Rate, rate.Block, rate.Rounding
	if l.Rounding == tariff.RoundDay {
		l.Day = stats.DayIn(sub.zone, at)
	}
	if v := sub.inclusive(l.BillingMonth); v != nil && v.Ratezone == l.Ratezone && v.Tariff == l.Tariff && !sub.inFactoryTest() {
		l.InclusiveID, l.Pooled = v.ID, v.Pooled
	}
	return l
}

// inclusive is the inclusive volume that a subscriber has in a month, nil for none.
func (s *subscriber) inclusive(month int64) *inclusive.Volume {
	if s.prices == nil || s.prices.Inclusive == nil || !s.prices.Inclusive.In(month) {
		return nil
	}
	return s.prices.Inclusive
}

// rate is what a service costs a subscriber in an operator's network: by its tariff, unless its tariff profile has a price
// of its own or does not use the zone. A factory test is free.
func (f *Flow) rate(c *tariff.Catalogue, sub *subscriber, operator, service, at int64) (tariff.Rate, bool) {
	rate, ok := c.Rate(sub.tariff, operator, service, at)
	if !ok || !sub.prices.Uses(rate.Ratezone) {
		return rate, false
	}
	if own, ok := sub.prices.Rate(rate.Ratezone, service, at); ok {
		rate.Rate = own
	}
	if sub.inFactoryTest() {
		rate.Rate = 0
	}
	return rate, true
}

// operator finds the visited operator; a gateway that names no network serves its own subscribers at home, so the
// IMSI's own network is meant.
func (w *work) operator(plmn, imsi string) int64 { return operatorOf(w.catalogue, plmn, imsi) }

func operatorOf(c *tariff.Catalogue, plmn, imsi string) int64 {
	if plmn != "" {
		id, _ := c.Operator(plmn)
		return id
	}
	id, _ := c.Home(imsi)
	return id
}

func countryOf(c *tariff.Catalogue, operator int64) int64 {
	o, _ := c.OperatorByID(operator)
	return o.Country.ID
}

func month(sub *subscriber, at int64) int64 {
	return clock.MonthIn(sub.zone, at)
}

// count adds data to the endpoint's day.
func (w *work) count(sub *subscriber, s *session.Session, at, up, down, cost int64) {
	if up+down == 0 {
		return
	}
	currency := s.Line.Currency
	if !s.Line.Rated() {
		currency = 0
	}
	w.countDay(sub, s, record.Data, currency, at, up, down, cost)
}

// countDay adds to the endpoint's day. Currency 0 is for what was not rated.
func (w *work) countDay(sub *subscriber, s *session.Session, traffic, currency, at, up, down, cost int64) {
	key := dayKey{s.Organisation, s.Endpoint, stats.DayIn(sub.zone, at), s.SIM, traffic, currency}
	day := w.days[key]
	if day == nil {
		day = &stats.Day{
			Organisation: s.Organisation, Endpoint: s.Endpoint, Day: key.day, SIM: s.SIM, TrafficType: traffic,
			Currency: currency,
		}
		w.days[key] = day
	}
	day.Tx, day.Rx, day.Cost, day.Updated = day.Tx+up, day.Rx+down, day.Cost+cost, w.now
	w.totals.Add(stats.Use{
		Organisation: s.Organisation, At: at, Day: key.day, TrafficType: traffic, Currency: currency, Tx: up, Rx: down, Cost: cost, Updated: w.now,
	})
}

// cut moves the pending slice into a usage record.
func (w *work) cut(s *session.Session, at int64) {
	r, ok := charging.Cut(s, max(at, s.SliceStarted))
	if !ok {
		return
	}
	w.touch(s)
	r.Balance, r.Country = w.balanceOf(s), countryOf(w.catalogue, r.Operator)
	w.records.Add(w.tx, w.now, r)
	w.counts.records++
	if !r.Rated {
		w.counts.unrated++
	}
}

// end closes the session: the rest becomes a record, then comes the event.
func (w *work) end(s *session.Session, at int64) {
	w.touch(s)
	w.cut(s, at)
	w.tellNotices(s)
	w.release(s)
	s.GrantedUntil, s.Grants = 0, ""
	s.Closed = max(at, 1)
	if s.Announced { // what was handed over with its SIM and never heard of again was not opened here
		w.emit(s, at, event.DeletePDPContext, "PDP context closed.", closed(w.catalogue, s))
	}
}

// announce writes that the session was opened, or that its device has moved since.
func (w *work) announce(sub *subscriber, s *session.Session, at int64, moved bool) {
	switch {
	case !s.Open():
	case !s.Announced:
		w.touch(s)
		s.Announced = true
		w.emit(s, min(s.Started, at), event.CreatePDPContext, "PDP context opened.", opened(w.catalogue, s, sub.tariffProfile))
	case moved:
		w.emit(s, at, event.UpdatePDPContext, "PDP context updated.", opened(w.catalogue, s, sub.tariffProfile))
	}
}

func (w *work) emit(s *session.Session, at int64, kind event.Type, description, detail string) {
	w.events.Add(w.tx, w.now, event.Event{
		Organisation: s.Organisation, Time: at, Type: kind, Description: description, Detail: detail,
		Endpoint: s.Endpoint, SIM: s.SIM, IMSI: s.IMSIID, Operator: s.Operator, Country: countryOf(w.catalogue, s.Operator),
		RAT: s.RAT, IMEI: s.IMEISV, IPAddress: s.UEAddress,
	})
	w.counts.events++
}
