package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

var insertEvent = db.NewInsert("event", `organisation_id bigint, recorded_day bigint, position bigint, id bigint, occurred_at bigint,
	type_id bigint, severity_id bigint, source_id bigint, alert boolean, description text, detail text, endpoint_id bigint,
	sim_id bigint, imsi_id bigint, user_id bigint, operator_id bigint, country_id bigint, rat_type_id bigint, imei text,
	ip_address text`, "")

// Old days go, in more than one bite, and what is young stays.
func TestForget(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		today := clock.DayNumber(clock.System().Micros())
		days := map[int64]int{today - 40: 2500, today - 31: 10, today - 30: 5, today: 7}
		for day := range days {
			if err := d.EnsureDay(ctx, day); err != nil {
				t.Fatal(err)
			}
		}
		for _, organisation := range []int64{1, 2} {
			err := d.Write(ctx, nil, func(tx *db.Tx) error {
				if err := tx.CreateHead(organisation); err != nil {
					return err
				}
				rows, position := insertEvent.New(), int64(0)
				for _, day := range []int64{today - 40, today - 31, today - 30, today} {
					for range days[day] {
						position++
						rows.Int(organisation, day, position, position, 1, 0, 0, 0).Bool(false).Text("", "").Int(0, 0, 0, 0, 0, 0, 0).Text("", "")
					}
				}
				return tx.Insert(rows)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, before := range []int64{today - 30, today - 35} { // a longer retention brings nothing back
			if err := d.Forget(ctx, "event", before); err != nil {
				t.Fatal(err)
			}
		}
		err := d.Read(ctx, func(q db.Queryer) error {
			events, err := db.KeptFrom(q, "event")
			records, err2 := db.KeptFrom(q, "usage_record")
			if events != today-30 || records != 0 {
				t.Errorf("events are kept from day %d, usage records from %d", events-today, records)
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
		var left []int64
		err = d.Read(ctx, func(q db.Queryer) (err error) {
			left, err = db.All(q, db.Int, `SELECT COUNT(*) FROM event GROUP BY organisation_id, recorded_day ORDER BY organisation_id, recorded_day`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int64{5, 7, 5, 7}, left); diff != "" {
			t.Error(diff)
		}
	})
}
