package stats

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Use is a use that an organisation's statistics grow by.
type Use struct {
	Organisation int64
	At           int64 // µs
	Day          int64 // of At, in the organisation's time zone: see DayIn
	TrafficType  int64
	Currency     int64 // 0 = not rated
	Tx, Rx       int64 // bytes, or SMS
	Cost         int64 // 1e-10
	Updated      int64 // µs
}

// Totals adds up the use of organisations in one transaction, so that each of their rows is written once. The zero value is
// empty.
type Totals struct{ hours, days map[period]*Use }

// period names a row: the hour or the day of it is a number since the epoch.
type period struct{ organisation, at, traffic, currency int64 }

// Add counts a use.
func (t *Totals) Add(u Use) {
	if t.hours == nil {
		t.hours, t.days = map[period]*Use{}, map[period]*Use{}
	}
	add(t.hours, period{u.Organisation, u.At / clock.Hour, u.TrafficType, u.Currency}, u)
	add(t.days, period{u.Organisation, u.Day, u.TrafficType, u.Currency}, u)
}

func add(rows map[period]*Use, key period, u Use) {
	r := rows[key]
	if r == nil {
		rows[key] = &u
		return
	}
	r.Tx, r.Rx, r.Cost, r.Updated = r.Tx+u.Tx, r.Rx+u.Rx, r.Cost+u.Cost, max(r.Updated, u.Updated)
}

var (
	upsertHour = organisationRows("organisation_hour", "hour")
	upsertDay  = organisationRows("organisation_day", "day")
)

func organisationRows(table, at string) *db.Bulk {
	return db.NewInsert(table, `organisation_id bigint, `+at+` bigint, traffic_type_id bigint, currency_id bigint, volume_tx bigint,
		volume_rx bigint, cost bigint, last_updated bigint`,
		fmt.Sprintf(`ON CONFLICT (organisation_id, %[2]s, traffic_type_id, currency_id) DO UPDATE SET
			volume_tx = %[1]s.volume_tx + excluded.volume_tx, volume_rx = %[1]s.volume_rx + excluded.volume_rx,
			cost = %[1]s.cost + excluded.cost, last_updated = CASE WHEN excluded.last_updated > %[1]s.last_updated
				THEN excluded.last_updated ELSE %[1]s.last_updated END`, table, at))
}

// StoreOrganisations adds to the rows of the organisations, whose heads tx holds.
func StoreOrganisations(tx *db.Tx, t Totals) error {
	for _, part := range []struct {
		bulk *db.Bulk
		rows map[period]*Use
	}{{upsertHour, t.hours}, {upsertDay, t.days}} {
		keys := make([]period, 0, len(part.rows))
		for key := range part.rows {
			keys = append(keys, key)
		}
		slices.SortFunc(keys, func(a, b period) int {
			return cmp.Or(cmp.Compare(a.organisation, b.organisation), cmp.Compare(a.at, b.at), cmp.Compare(a.traffic, b.traffic), cmp.Compare(a.currency, b.currency))
		})
		rows := part.bulk.New()
		for _, key := range keys {
			u := part.rows[key]
			rows.Int(key.organisation, key.at, key.traffic, key.currency, u.Tx, u.Rx, u.Cost, u.Updated)
		}
		if err := tx.Insert(rows); err != nil {
			return fmt.Errorf("store statistics of organisations: %w", err)
		}
	}
	return nil
}
