package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
)

// after reports whether a pool comes after another one in the order in which pools are read.
func (k key) after(o key) bool {
	switch {
	case k.a != o.a:
		return k.a > o.a
	case k.b != o.b:
		return k.b > o.b
	}
	return k.c > o.c
}

// poolKey names the pool of a SIM in a month.
func (b *book) poolKey(id, month, sim int64) key {
	if b.pooled[id] {
		sim = 0
	}
	return key{organisation: b.id, a: id, b: month, c: sim}
}

// drawn is what open sessions have taken of a pool and not recorded yet, and what they hold of it.
type drawn struct{ pending, held int64 }

// poolsOf compares inclusive pools, page by page.
func (r *round) poolsOf(ctx context.Context, b *book) error {
	pages := r.pace(5_000, 50_000)
	for last := false; !last; {
		var pools []inclusive.Pool
		var open map[key]drawn
		var position int64
		err := pages.read(ctx, r.examination, r.DB.Snapshot, func(q db.Queryer, size int64) (err error) {
			if position, err = db.One(q, db.Int, selectPosition, b.id); err != nil {
				return err
			}
			pools, err = db.All(q, inclusive.Scan, `SELECT organisation_id, inclusive_volume_id, billing_month, sim_id, sims, volume, used,
				reserved FROM inclusive_pool WHERE organisation_id = $1 AND (inclusive_volume_id, billing_month, sim_id) > ($2, $3, $4)
				ORDER BY inclusive_volume_id, billing_month, sim_id LIMIT $5`, b.id, b.pool.a, b.pool.b, b.pool.c, size)
			last = int64(len(pools)) < size
			if err != nil {
				return err
			}
			open, err = b.readDrawn(q)
			return err
		})
		if errors.Is(err, errSlow) {
			r.note("The inclusive volumes of organisation %d were not checked: its open sessions cannot be read in two seconds.", b.id)
			return nil
		}
		if err != nil {
			return fmt.Errorf("read inclusive pools: %w", err)
		}
		if err := r.follow(ctx, b, position); err != nil {
			return err
		}
		r.comparePools(b, pools, open, last)
		r.tell(poolsRead, int64(len(pools)), 0)
	}
	return nil
}

// readDrawn reads what open sessions draw on pools.
func (b *book) readDrawn(q db.Queryer) (map[key]drawn, error) {
	open := map[key]drawn{}
	err := q.Each(func(row *db.Row) {
		k := key{organisation: b.id, a: row.Int(), b: row.Int()}
		if pooled, sim := row.Bool(), row.Int(); !pooled {
			k.c = sim
		}
		d := open[k]
		d.pending, d.held = d.pending+row.Int(), d.held+row.Int()
		open[k] = d
	}, `SELECT inclusive_volume_id, billing_month, line_pooled, sim_id, pending_inclusive, reserved_inclusive FROM session
		WHERE organisation_id = $1 AND closed_at = 0 AND (pending_inclusive <> 0 OR reserved_inclusive <> 0)`, b.id)
	return open, err
}

// comparePools compares a page: what follows the pools that were compared before, up to the last of the page.
func (r *round) comparePools(b *book, pools []inclusive.Pool, open map[key]drawn, last bool) {
	from := b.pool
	for _, p := range pools {
		k := key{organisation: b.id, a: p.Inclusive, b: p.Month, c: p.SIM}
		if r.balanced(p.Month) {
			r.pools.state(k, amounts{p.Used})
		}
		if !r.second && (r.only == 0 || r.only == p.Month) {
			r.judgePool(p, open[k].held)
		}
		b.pool = k
	}
	for k, d := range open {
		if !k.after(from) || !last && k.after(b.pool) {
			continue
		}
		if r.balanced(k.b) {
			r.pools.log(k, amounts{d.pending})
		}
	}
	if last {
		b.pool = key{a: math.MaxInt64, b: math.MaxInt64, c: math.MaxInt64}
	}
}

func (r *round) judgePool(p inclusive.Pool, held int64) {
	subject := poolSubject(p.Inclusive, p.Month, p.SIM)
	if p.Used < 0 || p.Used > p.Capacity() {
		r.find(p.Organisation, Pool, subject, "has used %d bytes of %d", p.Used, p.Capacity())
	}
	if p.Reserved != held {
		r.find(p.Organisation, Reservations, subject, "has %d bytes reserved, open sessions hold %d of them", p.Reserved, held)
	}
}

func poolSubject(id, month, sim int64) string {
	if sim == 0 {
		return fmt.Sprintf("pool of inclusive volume %d in month %d", id, month)
	}
	return fmt.Sprintf("pool of inclusive volume %d in month %d for SIM %d", id, month, sim)
}
