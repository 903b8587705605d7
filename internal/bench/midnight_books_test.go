package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/doctor"
)

// ledger is what the database holds of a ward.
type ledger struct {
	*midnight
	*ward
	endpoints map[int64]int      // device by endpoint
	of        map[int64]int      // device by session
	month     map[int]*[2]volume // by device: in records and slices of either month
	cost      map[int]*[2]int64
	lines     map[lineKey]*lineUse
	held      struct{ money, holders, pool int64 }
	bads      int
}

type lineKey struct{ session, month int64 }

type lineUse struct{ bytes, inclusive, cost int64 }

func (l *ledger) bad(format string, args ...any) {
	l.Helper()
	if l.bads++; l.bads < 5 {
		l.Errorf("organisation %d in %v: %s", l.id, l.zone, fmt.Sprintf(format, args...))
	}
}

// audit holds the database against what the gateways reported, ward by ward.
func (m *midnight) audit() {
	began := time.Now()
	for _, w := range m.wards {
		l := &ledger{
			midnight: m, ward: w, endpoints: map[int64]int{}, of: map[int64]int{}, month: map[int]*[2]volume{}, cost: map[int]*[2]int64{},
			lines: map[lineKey]*lineUse{},
		}
		must(m, m.db.Read(context.Background(), func(q db.Queryer) error {
			for _, step := range []func(db.Queryer) error{
				l.readEndpoints, l.readSessions, l.readRecords, l.days, l.quotas, l.limits, l.balances, l.pools, l.account,
			} {
				if err := step(q); err != nil {
					return err
				}
			}
			return nil
		}))
		l.reported()
		l.prices()
	}
	doctor := doctor.Doctor{DB: m.db, Clock: m.clock.Clock(), Limit: 5}
	result, err := doctor.Run(context.Background())
	must(m, err)
	for _, f := range result.Findings {
		m.Errorf("%+v", f)
	}
	m.Logf("audited in %v", time.Since(began).Round(time.Second))
}

func (l *ledger) readEndpoints(q db.Queryer) error {
	return q.Each(func(r *db.Row) {
		id, device := r.Int(), 0
		if _, err := fmt.Sscanf(r.Text(), "meter-%d", &device); err != nil {
			l.bad("endpoint %d: %v", id, err)
		}
		l.endpoints[id] = device
		l.month[device], l.cost[device] = &[2]volume{}, &[2]int64{}
	}, `SELECT id, name FROM endpoint WHERE organisation_id = $1`, l.id)
}

// count adds what a session used in a month.
func (l *ledger) count(session, month int64, v volume, inclusive, cost int64) {
	device, known := l.of[session]
	at := 0
	switch {
	case !known:
		l.bad("records of session %d, which there is not", session)
		return
	case month == newMonth:
		at = 1
	case month != oldMonth:
		l.bad("session %d has something in month %d", session, month)
	}
	l.month[device][at].up += v.up
	l.month[device][at].down += v.down
	l.cost[device][at] += cost
	u := l.lines[lineKey{session, month}]
	if u == nil {
		u = &lineUse{}
		l.lines[lineKey{session, month}] = u
	}
	u.bytes, u.inclusive, u.cost = u.bytes+v.sum(), u.inclusive+inclusive, u.cost+cost
}

func (l *ledger) readSessions(q db.Queryer) error {
	return q.Each(func(r *db.Row) {
		id, name, closed, month := r.Int(), r.Text(), r.Int(), r.Int()
		device := 0
		if _, err := fmt.Sscanf(strings.ReplaceAll(name, ";", " "), "s %d", &device); err != nil {
			l.bad("session %q", name)
		}
		l.of[id] = device
		l.count(id, month, volume{r.Int(), r.Int()}, r.Int(), r.Int())
		money, pool := r.Int(), r.Int()
		if money > 0 {
			l.held.holders++
		}
		l.held.money, l.held.pool = l.held.money+money, l.held.pool+pool
		if closed == 0 && month != newMonth {
			l.bad("session %s is open in month %d", name, month)
		}
	}, `SELECT id, acct_session_id, closed_at, billing_month, pending_uplink, pending_downlink, pending_inclusive, pending_cost,
		reserved_shared, reserved_inclusive FROM session WHERE organisation_id = $1`, l.id)
}

// readRecords reads them, and makes sure that none ended in another month than it is billed in.
func (l *ledger) readRecords(q db.Queryer) error {
	return q.Each(func(r *db.Row) {
		session, month := r.Int(), r.Int()
		l.count(session, month, volume{r.Int(), r.Int()}, r.Int(), r.Int())
		first, last := r.Int(), r.Int()
		if clock.MonthIn(l.zone, first) != month || clock.MonthIn(l.zone, last) != month {
			l.bad("session %d has records of month %d that end from %v to %v", session, month, clock.FromMicros(first), clock.FromMicros(last))
		}
	}, `SELECT session_id, billing_month, CAST(SUM(volume_tx) AS BIGINT), CAST(SUM(volume_rx) AS BIGINT), CAST(SUM(inclusive) AS BIGINT),
		CAST(SUM(cost) AS BIGINT), MIN(end_at), MAX(end_at) FROM usage_record WHERE organisation_id = $1
		GROUP BY session_id, billing_month`, l.id)
}

// reported compares each device's bytes, by the month in which they were reported.
func (l *ledger) reported() {
	both := 0
	for device, got := range l.month {
		s := &l.sessions[device]
		if *got != s.month {
			l.bad("device %d reported %+v in either month, records and slices hold %+v", device, s.month, *got)
		}
		if !s.asked {
			l.bad("device %d was not heard of after the end of the month", device)
		}
		if s.month[0].sum() > 0 && s.month[1].sum() > 0 {
			both++
		}
	}
	if !l.capped && both < len(l.month)/2 {
		l.bad("only %d of %d devices used something in both months", both, len(l.month))
	}
}

// prices makes sure that each line costs what its bytes cost that are not inclusive.
func (l *ledger) prices() {
	for key, u := range l.lines {
		billed := (u.bytes + blockSize - 1) / blockSize * blockSize
		if want := ((billed-u.inclusive)*price + 999_999) / 1_000_000; u.cost != want {
			l.bad("session %d in %d: %d bytes, %d of them inclusive, cost %d instead of %d", key.session, key.month, u.bytes, u.inclusive, u.cost, want)
		}
	}
}
