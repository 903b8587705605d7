package quota

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
)

// Expire tells what nobody would ask for: that the date of quotas is over. It stores them as expired, writes event 60 for
// each data quota, once, and calls told with the endpoints whose running sessions that may end. It goes on until nothing
// is due, an organisation and a batch at a time.
func Expire(ctx context.Context, d *db.DB, c clock.Clock, told func(organisation int64, endpoints ...int64)) error {
	for {
		now := c.Micros()
		organisations, err := due(ctx, d, now)
		if err != nil || len(organisations) == 0 {
			return err
		}
		for _, organisation := range organisations {
			var online []int64
			if err := d.Write(ctx, []int64{organisation}, func(tx *db.Tx) (err error) {
				online, err = expireSome(tx, organisation, now)
				return err
			}); err != nil {
				return fmt.Errorf("expire quotas of organisation %d: %w", organisation, err)
			}
			if len(online) > 0 {
				told(organisation, online...)
			}
		}
	}
}

// due lists organisations whose quotas have expired and are not told of.
func due(ctx context.Context, d *db.DB, now int64) (organisations []int64, err error) {
	err = d.ReadByKey(ctx, func(q db.Queryer) (err error) {
		organisations, err = db.All(q, db.Int, `SELECT DISTINCT organisation_id FROM
			(SELECT organisation_id FROM endpoint_quota WHERE told < 4 AND expiry_date <= $1 ORDER BY expiry_date LIMIT $2) due`, now, batch)
		return err
	})
	return organisations, err
}

// ended is a quota that is over, whose it was, and whether it is online.
type ended struct {
	Quota
	of     event.Event
	online bool
}

// expireSome tells of a batch of quotas of an organisation, and returns those of their endpoints that are online. A
// deleted endpoint is not heard of any more.
func expireSome(tx *db.Tx, organisation, now int64) (online []int64, err error) {
	over, err := db.All(tx, func(r *db.Row) ended { return ended{Scan(r), scanHolder(r), r.Bool()} }, `SELECT `+columns+`, `+holder+`,
			EXISTS (SELECT 1 FROM session s WHERE s.organisation_id = q.organisation_id AND s.endpoint_id = q.endpoint_id AND s.closed_at = 0)
		FROM endpoint_quota q
		LEFT JOIN endpoint e ON e.organisation_id = q.organisation_id AND e.id = q.endpoint_id AND e.status_id <> 2
		LEFT JOIN sim_identity i ON i.organisation_id = e.organisation_id AND i.sim_id = e.sim_id
		WHERE q.organisation_id = $1 AND q.told < 4 AND q.expiry_date <= $2
		ORDER BY q.expiry_date, q.endpoint_id, q.traffic_type_id LIMIT $3`, organisation, now, batch)
	if err != nil {
		return nil, err
	}
	expired, events := make([]Quota, len(over)), event.NewBatch()
	for i, e := range over {
		expired[i] = e.At(now)
		expired[i].Told |= ExpiryTold
		if e.online {
			online = append(online, e.Endpoint)
		}
		if e.of.Endpoint != 0 && e.Traffic == Data {
			e.of.Time, e.of.Type, e.of.Description = now, event.DataQuotaExpired, event.DataQuotaExpired.Description+"."
			events.Add(tx, now, e.of)
		}
	}
	if err := Store(tx, expired); err != nil {
		return nil, err
	}
	return online, events.Store(tx)
}
