package bench

import (
	"errors"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// days checks statistics: the day of the organisation's time zone ends with its month.
func (l *ledger) days(q db.Queryer) error {
	last := clock.DayIn(l.zone, l.monthEnd-1)
	type key struct{ device, day int64 }
	got := map[key][3]int64{}
	err := q.Each(func(r *db.Row) {
		endpoint, day := r.Int(), r.Int()
		got[key{int64(l.endpoints[endpoint]), day - last}] = [3]int64{r.Int(), r.Int(), r.Int()}
	}, `SELECT endpoint_id, day, volume_tx, volume_rx, cost FROM endpoint_day WHERE organisation_id = $1`, l.id)
	var sums [2][3]int64
	for device := range l.month {
		s := &l.sessions[device]
		for day := range 2 {
			v, k := s.month[day], key{int64(device), int64(day)}
			if want := [3]int64{v.up, v.down, l.cost[device][day]}; got[k] != want {
				l.bad("device %d on day %d: statistics say %v instead of %v", device, day, got[k], want)
			}
			delete(got, k)
			for i, n := range []int64{v.up, v.down, l.cost[device][day]} {
				sums[day][i] += n
			}
		}
	}
	for k, use := range got {
		l.bad("device %d on day %d: statistics say %v", k.device, k.day, use)
	}
	return errors.Join(err, q.Each(func(r *db.Row) {
		day, use := r.Int()-last, [3]int64{r.Int(), r.Int(), r.Int()}
		if day < 0 || day > 1 || sums[day] != use {
			l.bad("day %d of the organisation: statistics say %v instead of %v", day, use, sums)
			return
		}
		sums[day] = [3]int64{}
	}, `SELECT day, volume_tx, volume_rx, cost FROM organisation_day WHERE organisation_id = $1`, l.id))
}

// quotas checks that each was refilled once, at the first use after midnight UTC, and that its events came once an instance.
func (l *ledger) quotas(q db.Queryer) error {
	told := map[[2]int64]int{}
	err := q.Each(func(r *db.Row) { told[[2]int64{r.Int(), r.Int()}]++ }, `SELECT endpoint_id, type_id FROM event
		WHERE organisation_id = $1 AND type_id IN (18, 19)`, l.id)
	rows := 0
	err = errors.Join(err, q.Each(func(r *db.Row) {
		endpoint, left, given, refilled := r.Int(), r.Int(), r.Int(), r.Int()
		rows++
		used := l.sessions[l.endpoints[endpoint]].day
		want, day := given-used[0], clock.DayNumber(newDay)-1
		if used[1] > 0 {
			want, day = given-used[1], day+1
		}
		if left != want || refilled != day {
			l.bad("quota of endpoint %d: %d of %d left on day %d, it used %v before and after midnight", endpoint, left, given, refilled, used)
		}
		near, up := 0, 0
		for _, n := range used {
			if given-n < given/5 {
				near++
			}
			if n >= given {
				up++
			}
		}
		if got := [2]int{told[[2]int64{endpoint, 18}], told[[2]int64{endpoint, 19}]}; got != [2]int{near, up} {
			l.bad("quota of endpoint %d: events 18 and 19 came %v times, it used %v of %d", endpoint, got, used, given)
		}
	}, `SELECT endpoint_id, volume, last_volume_added, refilled_day FROM endpoint_quota WHERE organisation_id = $1`, l.id))
	if l.quota != (rows == len(l.endpoints)) {
		l.bad("%d quotas", rows)
	}
	return err
}

// limits checks that each month of UTC counts what was reported in it.
func (l *ledger) limits(q db.Queryer) error {
	got := map[int][2]int64{}
	err := q.Each(func(r *db.Row) {
		device, month, used := l.endpoints[r.Int()], r.Int(), r.Int()
		both := got[device]
		both[month-oldMonth] = used
		got[device] = both
	}, `SELECT endpoint_id, month, used FROM limit_use WHERE organisation_id = $1 AND service_id = 38`, l.id)
	for device := range l.month {
		if want := l.sessions[device].day; l.limited && got[device] != want {
			l.bad("limit of device %d: %v were used in either month of UTC, %v are counted", device, want, got[device])
		}
	}
	if !l.limited && len(got) > 0 {
		l.bad("%d devices without a limit are counted", len(got))
	}
	return err
}

// balances checks that each was reset once, when the organisation's month began.
func (l *ledger) balances(q db.Queryer) error {
	resets := map[int64]int{}
	err := q.Each(func(r *db.Row) { resets[r.Int()]++ }, `SELECT endpoint_id FROM balance_entry WHERE organisation_id = $1 AND kind = 'auto_reset'`, l.id)
	return errors.Join(err, q.Each(func(r *db.Row) {
		endpoint, amount, credited, debited, month := r.Int(), r.Int(), r.Int(), r.Int(), r.Int()
		cost := l.cost[l.endpoints[endpoint]]
		if amount != credited-debited || debited != cost[0]+cost[1] || amount != loaded-cost[1] || month != newMonth || resets[endpoint] != 1 {
			l.bad("balance of endpoint %d: %d = %d - %d in %d after %d resets, its use cost %v in either month", endpoint, amount, credited, debited,
				month, resets[endpoint], *cost)
		}
	}, `SELECT endpoint_id, amount, credited, debited, reset_month FROM endpoint_balance WHERE organisation_id = $1`, l.id))
}

// pools checks that either month has its own, which is used up before anything costs.
func (l *ledger) pools(q db.Queryer) error {
	type key struct{ month, sim int64 }
	billed, inclusive := map[key]int64{}, map[key]int64{}
	sims := map[int]int64{}
	if l.own {
		if err := q.Each(func(r *db.Row) { sims[l.endpoints[r.Int()]] = r.Int() }, `SELECT id, sim_id FROM endpoint WHERE organisation_id = $1`, l.id); err != nil {
			return err
		}
	}
	for line, u := range l.lines {
		k := key{line.month, sims[l.of[line.session]]}
		billed[k] += (u.bytes + blockSize - 1) / blockSize * blockSize
		inclusive[k] += u.inclusive
	}
	held := int64(0)
	err := q.Each(func(r *db.Row) {
		k, capacity, used, reserved := key{r.Int(), r.Int()}, r.Int(), r.Int(), r.Int()
		if capacity != l.capacity || used != inclusive[k] || used != min(capacity, billed[k]) || reserved != 0 && k.month == oldMonth {
			l.bad("pool %+v: %d of %d used, %d right, %d reserved; lines have %d inclusive of %d", k, used, capacity, l.capacity, reserved, inclusive[k], billed[k])
		}
		held += reserved
		delete(billed, k)
	}, `SELECT billing_month, sim_id, sims * volume, used, reserved FROM inclusive_pool WHERE organisation_id = $1`, l.id)
	for k, n := range billed {
		if (l.pooled || l.own) && n > 0 {
			l.bad("pool %+v is not there, of which %d would be used", k, n)
		}
	}
	if held != l.held.pool {
		l.bad("pools have %d reserved, sessions hold %d", held, l.held.pool)
	}
	return err
}

// account checks that what the organisation may spend in a month begins anew with the month.
func (l *ledger) account(q db.Queryer) error {
	var cost [2]int64
	for _, c := range l.cost {
		cost[0], cost[1] = cost[0]+c[0], cost[1]+c[1]
	}
	if l.costLimit > 0 && max(cost[0], cost[1]) > l.costLimit {
		l.bad("%v was spent in either month, the limit is %d", cost, l.costLimit)
	}
	rows := 0
	err := q.Each(func(r *db.Row) {
		rows++
		month, is, reserved, holders := r.Int(), r.Int(), r.Int(), r.Int()
		if month != newMonth || is != cost[1] || reserved != l.held.money || holders != l.held.holders {
			l.bad("%d was spent in %d and %d is held by %d sessions; lines cost %v in either month and %d sessions hold %d", is, month, reserved,
				holders, cost, l.held.holders, l.held.money)
		}
	}, `SELECT billing_month, month_cost, reserved, holders FROM organisation_account WHERE organisation_id = $1`, l.id)
	if l.costLimit > 0 != (rows == 1) {
		l.bad("%d accounts", rows)
	}
	blocked, err2 := db.One(q, db.Int, `SELECT COUNT(*) FROM event WHERE organisation_id = $1 AND type_id = 12`, l.id)
	want := int64(0)
	for _, c := range cost {
		if l.capped && c >= l.costLimit {
			want++
		}
	}
	if blocked != want {
		l.bad("%d events say that the organisation is blocked; it spent %v of %d", blocked, cost, l.costLimit)
	}
	return errors.Join(err, err2)
}
