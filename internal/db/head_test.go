package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/event"
)

// A transaction that runs past midnight finds room for its log rows, however long ago the process began. The day of
// the log never falls, whatever the clock does.
func TestPastMidnight(t *testing.T) {
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			fake := clock.NewFake(time.Date(2026, 11, 15, 23, 59, 59, 0, time.UTC))
			c := fake.Clock()
			d := open(t, c)
			ctx := context.Background()
			if err := d.Write(ctx, nil, func(tx *db.Tx) error { return tx.CreateHead(1) }); err != nil {
				t.Fatal(err)
			}
			first := clock.DayNumber(c.Micros())
			for range 5 {
				runs := 0
				err := d.Write(ctx, []int64{1}, func(tx *db.Tx) error {
					if runs++; runs == 1 {
						fake.Advance(2 * time.Second)
					}
					return event.Append(tx, c.Micros(), event.Event{Organisation: 1, Type: event.Generic})
				})
				if err != nil {
					t.Fatal(err)
				}
				fake.Advance(24*time.Hour - 2*time.Second)
			}
			fake.Advance(-72 * time.Hour)
			err := d.Write(ctx, []int64{1}, func(tx *db.Tx) error {
				return event.Append(tx, c.Micros(), event.Event{Organisation: 1, Type: event.Generic})
			})
			if err != nil {
				t.Fatal(err)
			}
			err = d.Read(ctx, func(q db.Queryer) error {
				days, err := db.All(q, db.Int, `SELECT recorded_day FROM event WHERE organisation_id = 1 ORDER BY position`)
				want := []int64{first + 1, first + 2, first + 3, first + 4, first + 5, first + 5}
				if diff := cmp.Diff(want, days); diff != "" {
					t.Error(diff)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// What a failed transaction did to a head is gone with it, and nobody is told.
func TestHeadOfFailure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		var told []db.Head
		d.Watch(func(heads []db.Head) { told = append(told, heads...) })
		if err := d.Write(ctx, nil, func(tx *db.Tx) error { return tx.CreateHead(1) }); err != nil {
			t.Fatal(err)
		}
		told = nil
		err := d.Write(ctx, []int64{1}, func(tx *db.Tx) error {
			tx.Head(1).Changed()
			tx.Head(1).Next(20_000)
			return context.Canceled
		})
		if err == nil || len(told) > 0 {
			t.Errorf("%v, told %+v", err, told)
		}
		err = d.Write(ctx, []int64{1, 2}, func(tx *db.Tx) error {
			if h := tx.Head(1); h.Position != 0 || h.ConfigVersion != 1 || tx.Head(2) != nil {
				t.Errorf("heads: %+v and %+v", h, tx.Head(2))
			}
			tx.Head(1).Changed()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(told) != 1 || told[0].Organisation != 1 || told[0].ConfigVersion != 2 {
			t.Errorf("told %+v", told)
		}
	})
}
