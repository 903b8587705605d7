package kill

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
)

// means holds what the devices draw on against what they used.
func (b *books) means(q db.Queryer, fleet []*device) error {
	return errors.Join(b.balances(q, fleet), b.quotas(q, fleet), b.pool(q, fleet), b.limit(q, fleet))
}

// of lists the devices that draw on something, by endpoint, and what they used.
func (b *books) of(fleet []*device, m means) (devices map[int64]*device, used map[int64]total) {
	devices, used = map[int64]*device{}, map[int64]total{}
	for _, one := range fleet {
		if one.means == m {
			devices[one.endpoint] = one
			if t := b.byMeans[holder{one.organisation, one.endpoint}]; t != nil {
				used[one.endpoint] = *t
			}
		}
	}
	return devices, used
}

// balances checks that a balance is what was loaded less what the use costs, and that nobody spent more than there was.
func (b *books) balances(q db.Queryer, fleet []*device) error {
	devices, used := b.of(fleet, prepaid)
	return q.Each(func(r *db.Row) {
		endpoint, amount, credited, debited := r.Int(), r.Int(), r.Int(), r.Int()
		one, u := devices[endpoint], used[endpoint]
		if credited != one.given || debited != u.cost || debited != u.debited || amount != credited-debited ||
			amount < -(one.late+block)*(rate/money.MB) {
			b.bad("balance of %s: %d = %d credited - %d debited; %d was given and its use costs %d, of which %d is said to be debited; %d bytes came late",
				one.imsi, amount, credited, debited, one.given, u.cost, u.debited, one.late)
		}
	}, `SELECT endpoint_id, amount, credited, debited FROM endpoint_balance`)
}

// quotas checks that a quota is what it was less what was used, and that its events were told once.
func (b *books) quotas(q db.Queryer, fleet []*device) error {
	devices, used := b.of(fleet, bounded)
	told := map[[2]int64]int64{}
	err := q.Each(func(r *db.Row) { told[[2]int64{r.Int(), r.Int()}]++ }, `SELECT endpoint_id, type_id FROM event WHERE type_id IN (18, 19)`)
	return errors.Join(err, q.Each(func(r *db.Row) {
		endpoint, left, threshold := r.Int(), r.Int(), r.Int()
		one, u := devices[endpoint], used[endpoint]
		if left != one.given-u.bytes || left < -one.late {
			b.bad("quota of %s: %d of %d are left, %d were used, of which %d came late", one.imsi, left, one.given, u.bytes, one.late)
		}
		near, up := told[[2]int64{endpoint, 18}], told[[2]int64{endpoint, 19}]
		if near != once(left < threshold) || up != once(left <= 0) {
			b.bad("quota of %s: %d left, threshold %d, events 18 and 19 came %d and %d times", one.imsi, left, threshold, near, up)
		}
	}, `SELECT endpoint_id, volume, threshold_volume FROM endpoint_quota`))
}

// once is how often something is told that has happened or not.
func once(happened bool) int64 {
	if happened {
		return 1
	}
	return 0
}

// pool checks that the inclusive volume is used up before anything of it costs, and holds what the sessions hold.
func (b *books) pool(q db.Queryer, fleet []*device) error {
	var billed, inclusive, reserved, capacity int64
	in := map[int64]bool{}
	for _, one := range fleet {
		if one.means == pooled {
			in[one.endpoint] = true
			capacity += share
		}
	}
	for _, s := range b.sessions {
		if in[s.endpoint] {
			reserved += s.pool
			for _, l := range s.lines {
				billed += (l.bytes + block - 1) / block * block
				inclusive += l.inclusive
			}
		}
	}
	return q.Each(func(r *db.Row) {
		sims, volume, used, held := r.Int(), r.Int(), r.Int(), r.Int()
		if sims*volume != capacity || used != inclusive || used != min(capacity, billed) || held != reserved {
			b.bad("the pool of %d times %d (%d is right) has %d used and %d reserved; sessions used %d inclusive of %d and hold %d",
				sims, volume, capacity, used, held, inclusive, billed, reserved)
		}
	}, `SELECT sims, volume, used, reserved FROM inclusive_pool`)
}

// limit checks what alpine spent.
func (b *books) limit(q db.Queryer, fleet []*device) error {
	var cost, held, holders, late int64
	for _, one := range fleet {
		if one.means == limited {
			late += one.late + block
		}
	}
	if used := b.byMeans[holder{alpine, 0}]; used != nil {
		cost = used.cost
	}
	for _, s := range b.sessions {
		if held += s.shared; s.shared > 0 {
			holders++
		}
	}
	told, err := db.One(q, db.Int, `SELECT COUNT(*) FROM event WHERE organisation_id = $1 AND type_id = 12`, int64(alpine))
	if err == nil && told != once(cost >= costLimit) {
		err = fmt.Errorf("%d events say that the organisation is blocked, at a cost of %d", told, cost)
	}
	return errors.Join(err, q.Each(func(r *db.Row) {
		is, reserved, sessions := r.Int(), r.Int(), r.Int()
		if is != cost || is > costLimit+late*(rate/money.MB) || reserved != held || sessions != holders {
			b.bad("the month cost %d, %d sessions hold %d; by the records it is %d, and by the sessions %d hold %d; the limit is %d",
				is, sessions, reserved, cost, holders, held, int64(costLimit))
		}
	}, `SELECT month_cost, reserved, holders FROM organisation_account WHERE organisation_id = $1`, int64(alpine)))
}

// heldNothing checks that all is over and given back.
func heldNothing(q db.Queryer) error {
	var problems []error
	for what, query := range map[string]string{
		"open sessions": `SELECT COUNT(*) FROM session WHERE closed_at = 0`,
		"sessions that hold something": `SELECT COUNT(*) FROM session WHERE reserved <> 0 OR reserved_cost <> 0 OR reserved_shared <> 0
			OR reserved_inclusive <> 0`,
		"pools of which something is held":    `SELECT COUNT(*) FROM inclusive_pool WHERE reserved <> 0`,
		"accounts of which something is held": `SELECT COUNT(*) FROM organisation_account WHERE reserved <> 0 OR holders <> 0`,
	} {
		n, err := db.One(q, db.Int, query)
		if err == nil && n != 0 {
			err = fmt.Errorf("%d %s", n, what)
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
