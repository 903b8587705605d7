package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/profile"
)

// November begins at 23:00 UTC in Berlin and Lagos and an hour later in London.
const (
	newDay             int64 = 1_793_491_200 * clock.Second // 2026-11-01 00:00 UTC
	oldMonth, newMonth int64 = 202610, 202611
)

// What some of the devices have.
const (
	price, blockSize      = 123_456_789, 1000 // of fill's tariff
	dailyQuota            = 50 * money.MB
	shortQuota            = 300_000 // of those that use all they are granted
	monthlyLimit          = 1000 * money.MB
	loaded                = 100 * money.Unit
	pooledShare, ownShare = 400_000, 300_000 // inclusive volume a SIM
)

// ward is an organisation with what counts for its devices.
type ward struct {
	id       int64
	zone     *time.Location
	monthEnd int64 // µs

	quota   bool // refilled every midnight UTC
	prepaid bool // and the balance is reset when the month begins
	limited bool // a traffic limit a month of UTC
	pooled  bool // an inclusive volume that all share
	own     bool // an inclusive volume a SIM
	capped  bool // a cost limit a month, that is soon reached
	shared  bool // a cost limit that is not

	inclusive, capacity, costLimit int64
}

// furnish makes a ward of an organisation, the index-th, with so many devices.
func furnish(tb testing.TB, d *db.DB, now, organisation int64, index, devices int) *ward {
	w := &ward{
		id: organisation, quota: index%3 == 0, prepaid: index%3 == 1, limited: index%5 < 2, pooled: index%4 == 0, own: index%4 == 1,
		capped: index%20 == 19, shared: index%7 == 2,
	}
	name := "Europe/Berlin"
	switch index % 10 {
	case 6, 7:
		name = "UTC"
	case 8:
		name = "Europe/London"
	case 9:
		name = "Africa/Lagos"
	}
	var err error
	w.zone, err = time.LoadLocation(name)
	must(tb, err)
	w.monthEnd = time.Date(2026, 11, 1, 0, 0, 0, 0, w.zone).UnixMicro()
	switch {
	case w.capped:
		w.costLimit = int64(devices) * price / 10 // 100 kB a device
	case w.shared:
		w.costLimit = 1_000_000 * money.Unit
	}
	volume, err := d.NextID(context.Background(), "inclusive_volume", organisation)
	must(tb, err)
	must(tb, d.Write(context.Background(), []int64{organisation}, func(tx *db.Tx) error {
		tx.Head(organisation).Changed()
		return w.store(tx, now, name, volume, devices)
	}))
	return w
}

func (w *ward) store(tx *db.Tx, now int64, zone string, volume int64, devices int) error {
	exec := func(statement string, args ...any) error {
		_, err := tx.Exec(statement, append([]any{w.id}, args...)...)
		if err != nil {
			err = fmt.Errorf("%s: %w", statement, err)
		}
		return err
	}
	var limit any
	if w.costLimit > 0 {
		limit = w.costLimit
	}
	steps := []error{
		exec(`UPDATE organisation SET time_zone = $2, monthly_cost_limit = $3 WHERE id = $1`, zone, limit),
		exec(`UPDATE service_profile SET apply_data_quota = $2, prepaid = $3 WHERE organisation_id = $1`, w.quota, w.prepaid),
	}
	if w.limited {
		steps = append(steps, exec(`INSERT INTO service_profile_limit (organisation_id, service_profile_id, id, service_id, volume,
			satellite_only, warning_percent, own) SELECT organisation_id, id, 1, 38, CAST($2 AS BIGINT), FALSE, 0, TRUE FROM service_profile
			WHERE organisation_id = $1`, int64(monthlyLimit)))
	}
	if w.quota {
		steps = append(steps, w.give(exec, "<> 0", dailyQuota, now), w.give(exec, "= 0", shortQuota, now))
	}
	if w.prepaid {
		steps = append(steps, exec(`INSERT INTO endpoint_balance (organisation_id, endpoint_id, amount, credited, debited, currency_id,
			expiry_date, auto_reset, last_loaded, reset_month, last_updated) SELECT organisation_id, id, CAST($2 AS BIGINT), CAST($2 AS BIGINT),
			0, 1, 0, TRUE, CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM endpoint WHERE organisation_id = $1`,
			int64(loaded), oldMonth, now), exec(`INSERT INTO balance_entry (organisation_id, endpoint_id, id, at, kind, amount, balance, currency_id,
			user_id, reference, payment_option) SELECT organisation_id, id, 1, CAST($3 AS BIGINT), 'load', CAST($2 AS BIGINT), CAST($2 AS BIGINT),
			1, 0, '', 0 FROM endpoint WHERE organisation_id = $1`, int64(loaded), now))
	}
	if w.pooled || w.own {
		steps = append(steps, w.include(tx, now, volume, devices))
	}
	for _, err := range steps {
		if err != nil {
			return err
		}
	}
	return nil
}

// give gives some endpoints a quota: those of heavy users or the others.
func (w *ward) give(exec func(string, ...any) error, which string, volume, now int64) error {
	return exec(`INSERT INTO endpoint_quota (organisation_id, endpoint_id, traffic_type_id, status_id, volume, expiry_date, auto_refill,
		threshold_percentage, threshold_volume, last_volume_added, last_status_change, action_id, peak_throughput, told, refilled_day)
		SELECT organisation_id, id, 5, 1, CAST($2 AS BIGINT), CAST($3 AS BIGINT), TRUE, 20, CAST($4 AS BIGINT), CAST($2 AS BIGINT),
		CAST($5 AS BIGINT), 1, 0, 0, CAST($6 AS BIGINT) FROM endpoint WHERE organisation_id = $1
		AND CAST(SUBSTR(name, 7) AS BIGINT) % 37 `+which, volume, now+30*clock.Day, volume/5, now, clock.DayNumber(now))
}

// include gives the devices an inclusive volume.
func (w *ward) include(tx *db.Tx, now, volume int64, devices int) error {
	of, err := db.One(tx, func(r *db.Row) [3]int64 { return [3]int64{r.Int(), r.Int(), r.Int()} }, `SELECT p.id, p.tariff_id, z.id
		FROM tariff_profile p JOIN ratezone z ON z.tariff_id = p.tariff_id WHERE p.organisation_id = $1`, w.id)
	if err != nil {
		return err
	}
	v := inclusive.Volume{ID: volume, Tariff: of[1], Ratezone: of[2], Volume: ownShare, Currency: 1, First: oldMonth}
	w.inclusive, w.capacity = volume, ownShare
	if w.pooled {
		v.Volume, v.Pooled = pooledShare, true
		w.capacity = pooledShare * int64(devices)
	}
	if err := inclusive.Create(tx, w.id, v); err != nil {
		return err
	}
	return profile.SetInclusive(tx, now, w.id, of[0], volume)
}
