package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// sumKey names what an organisation as a whole used; currency 0 is for what was not rated.
type sumKey struct{ month, traffic, currency int64 }

type sum struct {
	tx, rx int64
	cost   wide
}

type sums map[sumKey]*sum

func (all sums) add(k sumKey, tx, rx int64, cost wide) {
	s := all[k]
	if s == nil {
		s = &sum{}
		all[k] = s
	}
	s.tx, s.rx = s.tx+tx, s.rx+rx
	s.cost.add(cost)
}

// statement is what stands about an organisation as a whole in one snapshot.
type statement struct {
	position int64
	account  *balance.Account
	credited wide
	open     sums // what sessions have not recorded yet
	held     wide
	holders  int64
	days     sums  // organisation_day by month
	first    int64 // day of its first row
	owed     owed
}

// accountOf compares what stands about the organisation as a whole.
func (r *round) accountOf(ctx context.Context, b *book) error {
	if r.second && !r.wrong[b.id] {
		return nil
	}
	var w statement
	err := r.read(ctx, r.DB.Snapshot, func(q db.Queryer) error {
		w = statement{open: sums{}, days: sums{}, first: math.MaxInt64}
		return r.readStatement(q, b, &w)
	})
	if errors.Is(err, errSlow) {
		r.note("The account and statistics of organisation %d were not checked: its open sessions cannot be read in two seconds.", b.id)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the account: %w", err)
	}
	if err := r.follow(ctx, b, w.position); err != nil {
		return err
	}
	for k, s := range w.open {
		if r.balanced(k.month) {
			b.sums.add(k, s.tx, s.rx, s.cost)
		}
	}
	b.closed = true
	r.tell(accountsRead, 1, 0)
	r.judgeStatistics(b, &w)
	r.judgeBilling(b, &w.owed)
	if w.account != nil && r.only == 0 {
		r.judgeAccount(b, &w)
	}
	return nil
}

func (r *round) readStatement(q db.Queryer, b *book, w *statement) (err error) {
	if w.position, err = db.One(q, db.Int, selectPosition, b.id); err != nil {
		return err
	}
	accounts, err := db.All(q, balance.ScanAccount, `SELECT `+balance.AccountColumns+` FROM organisation_account WHERE organisation_id = $1`, b.id)
	if err != nil {
		return err
	}
	if len(accounts) > 0 {
		w.account = &accounts[0]
	}
	if err = readOwed(q, b.id, &w.owed); err != nil {
		return err
	}
	err = q.Each(func(row *db.Row) { w.credited.add(wideOf(row.Int())) },
		`SELECT amount FROM balance_entry WHERE organisation_id = $1 AND endpoint_id = 0`, b.id)
	if err != nil {
		return err
	}
	err = q.Each(func(row *db.Row) {
		w.open.add(sumKey{currency: row.Int(), month: row.Int(), traffic: dataTraffic}, row.Int(), row.Int(), wideOf(row.Int()))
		if held := row.Int(); held != 0 {
			w.held.add(wideOf(held))
			w.holders++
		}
	}, `SELECT CASE WHEN block > 0 THEN currency_id ELSE 0 END, billing_month, pending_uplink, pending_downlink, pending_cost,
		reserved_shared FROM session WHERE organisation_id = $1 AND closed_at = 0
		AND (pending_uplink <> 0 OR pending_downlink <> 0 OR pending_cost <> 0 OR reserved_shared <> 0)`, b.id)
	if err != nil {
		return err
	}
	return q.Each(func(row *db.Row) {
		day := row.Int()
		w.days.add(sumKey{monthOf(day), row.Int(), row.Int()}, row.Int(), row.Int(), wideOf(row.Int()))
		w.first = min(w.first, day)
	}, `SELECT day, traffic_type_id, currency_id, volume_tx, volume_rx, cost FROM organisation_day WHERE organisation_id = $1`, b.id)
}

// suspect keeps a finding about an organisation as a whole: at the first look only that there is one.
func (r *round) suspect(b *book, check Check, subject, format string, args ...any) {
	if !r.second {
		r.wrong[b.id] = true
		return
	}
	r.find(b.id, check, subject, format, args...)
}

// judgeStatistics compares the days of the organisation with its records, in the months that were written day by day.
func (r *round) judgeStatistics(b *book, w *statement) {
	written := func(month int64) bool {
		first := firstDay(month)
		return w.first <= first || monthOf(w.first) == month && w.first <= b.earliest
	}
	for k, s := range b.sums {
		if d := w.days[k]; written(k.month) && (d == nil || *d != *s) {
			if d == nil {
				d = &sum{}
			}
			r.suspect(b, Statistics, fmt.Sprintf("month %d, traffic type %d, currency %d", k.month, k.traffic, k.currency),
				"its days hold %s at %s, its records and open sessions %s at %s", volume(k.traffic, d.tx, d.rx), d.cost,
				volume(k.traffic, s.tx, s.rx), s.cost)
		}
	}
	for k, d := range w.days {
		if b.sums[k] == nil && r.balanced(k.month) && *d != (sum{}) {
			r.suspect(b, Statistics, fmt.Sprintf("month %d, traffic type %d, currency %d", k.month, k.traffic, k.currency),
				"its days hold %s at %s, and there are no records", volume(k.traffic, d.tx, d.rx), d.cost)
		}
	}
}

// judgeAccount checks what the account says about itself, what is held of it, and that it spent no more than was used.
func (r *round) judgeAccount(b *book, w *statement) {
	a, subject := w.account, "its account"
	if a.Amount != a.Credited-a.Debited {
		r.suspect(b, Account, subject, "is %s; credited %s less debited %s is %s", cost(a.Amount), cost(a.Credited), cost(a.Debited),
			cost(a.Credited-a.Debited))
	}
	if wideOf(a.Credited) != w.credited {
		r.suspect(b, Account, subject, "was credited %s, its entries add up to %s", cost(a.Credited), w.credited)
	}
	if wideOf(a.Reserved) != w.held || a.Holders != w.holders {
		r.suspect(b, Reservations, subject, "has %s reserved by %d sessions, open sessions hold %s in %d", cost(a.Reserved), a.Holders, w.held,
			w.holders)
	}
	var all, month wide
	for k, s := range b.sums {
		all.add(s.cost) // the organisation may have paid in another currency before
		if k.currency == b.currency {
			if k.month == a.Month {
				month.add(s.cost)
			}
		}
	}
	began := monthOf(clock.DayNumber(b.created) - 1) // in any time zone
	if r.whole(began) && all.below(a.Debited) {
		r.suspect(b, Account, subject, "was debited %s, all that was used cost %s", cost(a.Debited), all)
	}
	if r.balanced(a.Month) && month.below(a.MonthCost) {
		r.suspect(b, Account, subject, "says that month %d cost %s; all that was used cost %s", a.Month, cost(a.MonthCost), month)
	}
}
