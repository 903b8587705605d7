package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/stats"
)

const (
	november    = 1_761_955_200_000_000 // 2025-11-01 in UTC
	days        = 30
	recordsEach = 100 // of an endpoint in the month
	perSession  = 12
)

// meter is an endpoint that uses data all month, session after session, and an SMS now and then.
type meter struct {
	session session.Session
	balance *balance.Balance
	pool    *inclusive.Pool
	serial  int64
}

// month is an installation whose books are written in bulk: by the rules of charging, without the flow.
type month struct {
	testing.TB
	db            *db.DB
	fake          *clock.Fake
	organisations []int64
	meters        map[int64][]*meter
	pools         map[int64]*inclusive.Pool // that all share
	records       int64
}

// fillMonth makes ten organisations with so many endpoints, each of which has a hundred records in November 2025, in the order
// of time, and everything that adds up to them. It returns how many records there are.
func fillMonth(tb testing.TB, d *db.DB, fake *clock.Fake, endpoints int) int64 {
	tb.Helper()
	m := &month{TB: tb, db: d, fake: fake, meters: map[int64][]*meter{}, pools: map[int64]*inclusive.Pool{}}
	m.organisations = fill(tb, d, 10, endpoints).organisations
	for _, o := range m.organisations {
		m.equip(o)
	}
	for day := range int64(days) {
		for _, o := range m.organisations {
			m.day(o, day)
		}
		fake.Advance(24 * time.Hour)
	}
	for _, o := range m.organisations {
		m.close(o)
	}
	return m.records
}

// equip gives an organisation's endpoints balances and inclusive volumes.
func (m *month) equip(o int64) {
	var ids, sims []int64
	must(m, m.db.Read(context.Background(), func(q db.Queryer) error {
		return q.Each(func(r *db.Row) { ids, sims = append(ids, r.Int()), append(sims, r.Int()) },
			`SELECT id, sim_id FROM endpoint WHERE organisation_id = $1 ORDER BY id`, o)
	}))
	shared, own := o*2, o*2+1 // ids of inclusive volumes
	size := int64(20_000_000)
	m.pools[o] = &inclusive.Pool{Key: inclusive.Key{Organisation: o, Inclusive: shared, Month: 202511}, SIMs: int64(len(ids)), Volume: size}
	must(m, m.db.Write(context.Background(), []int64{o}, func(tx *db.Tx) error {
		for i, pooled := range []bool{true, false} {
			_, err := tx.Exec(`INSERT INTO inclusive_volume (organisation_id, id, tariff_id, ratezone_id, volume, rate, currency_id, pooled,
				first_month, last_month) VALUES ($1, $2, 1, 1, $3, 0, 1, $4, 202501, 0)`, o, shared+int64(i), size, pooled)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	for i, id := range ids {
		v := &meter{}
		line := session.Line{Tariff: 1, Ratezone: 1, Currency: 1, Rate: 123_456_789, Block: 1000, BillingMonth: 202511}
		switch i % 4 {
		case 1:
			v.balance = &balance.Balance{Organisation: o, Endpoint: id, Currency: 1}
			v.balance.Credit(100_0000000000, november)
		case 2:
			v.pool, line.InclusiveID, line.Pooled = m.pools[o], shared, true
		case 3:
			v.pool, line.InclusiveID = &inclusive.Pool{Key: inclusive.Key{Organisation: o, Inclusive: own, Month: 202511, SIM: sims[i]}, SIMs: 1, Volume: size}, own
		}
		v.session = session.Session{
			Key: session.Key{Organisation: o, NAS: "pgw", SessionID: fmt.Sprint("s", id)}, ChargingID: -1, Endpoint: id, SIM: sims[i],
			Generation: 1, Credit: session.Credit{Number: -1},
		}
		charging.Enter(&v.session, charging.Slice{Endpoint: id, Operator: 1, PLMN: "26201", RAT: 6, Line: line})
		m.meters[o] = append(m.meters[o], v)
	}
}

// day writes what an organisation used on a day.
func (m *month) day(o, day int64) {
	each := recordsEach*(day+1)/days - recordsEach*day/days
	const chunk = 2000
	meters := m.meters[o]
	for at := 0; at < len(meters); at += chunk {
		part := meters[at:min(at+chunk, len(meters))]
		before := make([]meter, len(part)) // the transaction may run more than once
		for i, v := range part {
			before[i] = v.copy()
		}
		shared := *m.pools[o]
		must(m, m.db.Write(context.Background(), []int64{o}, func(tx *db.Tx) error {
			*m.pools[o] = shared
			for i, v := range part {
				v.restore(before[i])
			}
			return m.use(tx, o, day, each, part)
		}))
		m.records += each * int64(len(part))
	}
}

func (v *meter) copy() meter {
	c := *v
	if v.balance != nil {
		b := *v.balance
		c.balance = &b
	}
	if v.pool != nil {
		p := *v.pool
		c.pool = &p
	}
	return c
}

func (v *meter) restore(c meter) {
	v.session, v.serial = c.session, c.serial
	if v.balance != nil {
		*v.balance = *c.balance
	}
	if v.pool != nil && v.pool.SIM != 0 {
		*v.pool = *c.pool
	}
}

func (m *month) use(tx *db.Tx, o, day, each int64, meters []*meter) error {
	records, books := record.NewBatch(), make([]stats.Day, 0, 2*len(meters))
	var totals stats.Totals
	count := func(v *meter, traffic, up, down, cost, at int64) {
		s := &v.session
		totals.Add(stats.Use{Organisation: o, At: at, Day: at / clock.Day, TrafficType: traffic, Currency: 1, Tx: up, Rx: down, Cost: cost, Updated: at})
		if n := len(books) - 1; n >= 0 && books[n].Endpoint == s.Endpoint && books[n].TrafficType == traffic {
			books[n].Tx, books[n].Rx, books[n].Cost = books[n].Tx+up, books[n].Rx+down, books[n].Cost+cost
			return
		}
		books = append(books, stats.Day{
			Organisation: o, Endpoint: s.Endpoint, Day: at / clock.Day, SIM: s.SIM, TrafficType: traffic, Currency: 1, Tx: up, Rx: down,
			Cost: cost, Updated: at,
		})
	}
	for _, v := range meters {
		at := november + day*clock.Day
		for n := range each {
			at += 20 * clock.Hour / each
			if v.serial++; n == 0 && v.serial%perSession == 0 {
				r := v.sms(at)
				records.Add(tx, at, r)
				count(v, record.SMS, r.VolumeTx, 0, r.Cost, at)
				continue
			}
			if v.serial%perSession == 1 || v.session.ID == 0 {
				v.begin(tx.Head(o).NextID(), at-clock.Hour)
			}
			up, down := v.serial*7919%80_000, v.serial*104_729%400_000
			cost, err := v.charge(up, down, at)
			if err != nil {
				return err
			}
			count(v, record.Data, up, down, cost, at)
			if r, ok := charging.Cut(&v.session, at); ok {
				records.Add(tx, at, r)
			}
		}
	}
	if err := records.Store(tx); err != nil {
		return err
	}
	if err := stats.Store(tx, merged(books)); err != nil {
		return err
	}
	return stats.StoreOrganisations(tx, totals)
}

// merged adds up rows of one key: SMS and data of an endpoint may alternate.
func merged(list []stats.Day) (out []stats.Day) {
	at := map[[2]int64]int{}
	for _, d := range list {
		k := [2]int64{d.Endpoint, d.TrafficType}
		if i, known := at[k]; known {
			out[i].Tx, out[i].Rx, out[i].Cost = out[i].Tx+d.Tx, out[i].Rx+d.Rx, out[i].Cost+d.Cost
			continue
		}
		at[k] = len(out)
		out = append(out, d)
	}
	return out
}

// begin makes the meter's session a new one.
func (v *meter) begin(id, at int64) {
	s := &v.session
	s.ID, s.Opened, s.Started, s.Seen, s.SliceStarted, s.Uplink, s.Downlink = id, at, at, at, at, 0, 0
	s.Line.Volume, s.Line.Inclusive, s.Line.Cost = 0, 0, 0
}

func (v *meter) charge(up, down, at int64) (int64, error) {
	s := &v.session
	s.Uplink, s.Downlink, s.Seen = s.Uplink+up, s.Downlink+down, at
	cost, err := charging.Charge(s, up, down, v.pool)
	if v.balance != nil {
		v.balance.Debit(cost, at)
		s.PendingDebited += cost
	}
	return cost, err
}

func (v *meter) sms(at int64) record.Record {
	const rate = 500_000_000
	cost, _ := rating.Price{Rate: rate, Block: 1, Unit: rating.PerPiece}.Cost(1, 0)
	r := record.Record{
		Organisation: v.session.Organisation, Endpoint: v.session.Endpoint, SIM: v.session.SIM, Start: at, End: at, TrafficType: record.SMS,
		Operator: 1, RAT: 6, PLMN: "26201", Tariff: 1, Ratezone: 1, Currency: 1, BillingMonth: 202511, VolumeTx: 1, Cost: cost, Rated: true,
		Rate: rate, Block: 1,
	}
	if v.balance != nil {
		v.balance.Debit(cost, at)
		r.Debited = cost
	}
	return r
}

// close writes what stands at the end: sessions with something that is not recorded yet, balances, pools.
func (m *month) close(o int64) {
	at := int64(november + days*clock.Day - clock.Hour)
	meters := m.meters[o]
	must(m, m.db.Write(context.Background(), []int64{o}, func(tx *db.Tx) error {
		var sessions []*session.Session
		var balances []balance.Balance
		var books []stats.Day
		var totals stats.Totals
		pools := []inclusive.Pool{}
		shared := *m.pools[o]
		for _, original := range meters {
			c := original.copy()
			v := &c
			if v.pool != nil && v.pool.SIM == 0 {
				v.pool = &shared
			}
			cost, err := v.charge(1000, 2000, at)
			if err != nil {
				return err
			}
			s := v.session.Copy()
			sessions = append(sessions, &s)
			books = append(books, stats.Day{
				Organisation: o, Endpoint: s.Endpoint, Day: at / clock.Day, SIM: s.SIM, TrafficType: record.Data, Currency: 1, Tx: 1000,
				Rx: 2000, Cost: cost, Updated: at,
			})
			totals.Add(stats.Use{Organisation: o, At: at, Day: at / clock.Day, TrafficType: record.Data, Currency: 1, Tx: 1000, Rx: 2000, Cost: cost, Updated: at})
			if v.balance != nil {
				balances = append(balances, *v.balance)
				_, err := tx.Exec(`INSERT INTO balance_entry (organisation_id, endpoint_id, id, at, kind, amount, balance, currency_id, user_id,
					reference, payment_option) VALUES ($1, $2, $3, $4, 'load', $5, $5, 1, 0, '', 0)`, o, s.Endpoint, tx.Head(o).NextID(),
					int64(november), v.balance.Credited)
				if err != nil {
					return err
				}
			}
			if v.pool != nil && v.pool.SIM != 0 {
				pools = append(pools, *v.pool)
			}
		}
		pools = append(pools, shared)
		for _, err := range []error{
			session.Store(tx, sessions), balance.Store(tx, balances), inclusive.Store(tx, pools), stats.Store(tx, books),
			stats.StoreOrganisations(tx, totals),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	}))
}
