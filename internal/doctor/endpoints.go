package doctor

import (
	"context"
	"math"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/stats"
)

// endpointPage is what stands about the endpoints of a range in one snapshot.
type endpointPage struct {
	position int64 // of the head
	from, to int64 // ids: after from, up to to
	last     bool
	count    int64
	days     []stats.Day
	open     []slice
	balances []balance.Balance
	credits  map[int64]credit
	quotas   []quota.Quota
	uses     []limit.Use
}

// slice is what an open session has not recorded yet.
type slice struct {
	endpoint, sim, currency, month int64
	use                            amounts
	debited                        int64
}

// credit is what the entries of a balance add up to.
type credit struct{ amount, first int64 } // first: when, µs

// endpointsOf compares what stands about endpoints, page by page.
func (r *round) endpointsOf(ctx context.Context, b *book) error {
	pages := r.pace(100, 1_000)
	for page := (endpointPage{to: math.MinInt64}); !page.last; {
		from := page.to
		err := pages.read(ctx, r.examination, r.DB.Snapshot, func(q db.Queryer, size int64) error {
			page = endpointPage{from: from, credits: map[int64]credit{}}
			return r.readEndpoints(q, b.id, size, &page)
		})
		if err != nil {
			return err
		}
		if err := r.follow(ctx, b, page.position); err != nil {
			return err
		}
		r.compareEndpoints(b, &page)
		b.endpoint = page.to
		r.tell(endpointsRead, page.count, 0)
		if !r.second {
			r.result.Endpoints += page.count
		}
	}
	return nil
}

// readEndpoints fills a page that begins after from. It ends with some endpoint, but the last one holds whatever follows: ids
// without an endpoint, too.
func (r *round) readEndpoints(q db.Queryer, organisation, size int64, p *endpointPage) (err error) {
	if p.position, err = db.One(q, db.Int, selectPosition, organisation); err != nil {
		return err
	}
	p.to = math.MaxInt64
	ids, err := db.All(q, db.Int, `SELECT id FROM endpoint WHERE organisation_id = $1 AND id > $2 ORDER BY id LIMIT $3`, organisation, p.from, size)
	if err != nil {
		return err
	}
	if p.count = int64(len(ids)); p.count == size {
		p.to = ids[size-1]
	} else {
		p.last = true
	}
	first, last := r.span()
	touched := first
	if first > math.MinInt64 {
		touched *= clock.Day
	}
	if last < math.MaxInt64 {
		last++ // limits count a month in UTC
	}
	p.days, err = db.All(q, scanDay, selectDays, organisation, p.from, p.to, first, last, touched)
	if err != nil {
		return err
	}
	if p.open, err = db.All(q, scanSlice, selectSlices, organisation, p.from, p.to); err != nil {
		return err
	}
	p.uses, err = db.All(q, limit.ScanUse, `SELECT organisation_id, endpoint_id, month, service_id, used, satellite, told FROM limit_use
		WHERE organisation_id = $1 AND endpoint_id > $2 AND endpoint_id <= $3`, organisation, p.from, p.to)
	if err != nil || r.only != 0 {
		return err
	}
	p.quotas, err = db.All(q, quota.Scan, `SELECT `+quota.Columns+` FROM endpoint_quota q
		WHERE organisation_id = $1 AND endpoint_id > $2 AND endpoint_id <= $3`, organisation, p.from, p.to)
	if err != nil {
		return err
	}
	p.balances, err = db.All(q, balance.Scan, `SELECT `+balance.Columns+` FROM endpoint_balance
		WHERE organisation_id = $1 AND endpoint_id > $2 AND endpoint_id <= $3`, organisation, p.from, p.to)
	if err != nil || len(p.balances) == 0 {
		return err
	}
	return q.Each(func(row *db.Row) {
		endpoint, amount, at := row.Int(), row.Int(), row.Int()
		c, known := p.credits[endpoint]
		if !known || at < c.first {
			c.first = at
		}
		c.amount += amount
		p.credits[endpoint] = c
	}, `SELECT endpoint_id, amount, at FROM balance_entry WHERE organisation_id = $1 AND endpoint_id > $2 AND endpoint_id <= $3
		AND endpoint_id <> 0`, organisation, p.from, p.to)
}

const selectPosition = `SELECT position FROM organisation_head WHERE organisation_id = $1`

// The days of the months that are balanced, and with them what was used on any day since these began.
const selectDays = `SELECT endpoint_id, day, sim_id, traffic_type_id, currency_id, volume_tx, volume_rx, cost, last_updated FROM endpoint_day
	WHERE organisation_id = $1 AND endpoint_id > $2 AND endpoint_id <= $3 AND day <= $5 AND (day >= $4 OR last_updated >= $6)`

func scanDay(r *db.Row) stats.Day {
	return stats.Day{
		Endpoint: r.Int(), Day: r.Int(), SIM: r.Int(), TrafficType: r.Int(), Currency: r.Int(), Tx: r.Int(), Rx: r.Int(), Cost: r.Int(),
		Updated: r.Int(),
	}
}

const selectSlices = `SELECT endpoint_id, sim_id, CASE WHEN block > 0 THEN currency_id ELSE 0 END, billing_month, pending_uplink,
	pending_downlink, pending_cost, pending_debited FROM session WHERE organisation_id = $1 AND endpoint_id > $2 AND endpoint_id <= $3
	AND closed_at = 0 AND (pending_uplink <> 0 OR pending_downlink <> 0 OR pending_cost <> 0 OR pending_debited <> 0)`

func scanSlice(r *db.Row) slice {
	return slice{
		endpoint: r.Int(), sim: r.Int(), currency: r.Int(), month: r.Int(), use: amounts{r.Int(), r.Int(), r.Int()}, debited: r.Int(),
	}
}
