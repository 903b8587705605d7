package stream

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/record"
)

// TestCount counts from every place of a log of several days, some of them empty, to every other.
func TestCount(t *testing.T) {
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			fake := clock.NewFake(now)
			d, ctx := open(t, fake.Clock()), context.Background()
			organisation, err := account.CreateOrganisation(ctx, d, fake.Clock(), account.Organisation{Type: account.Operator, Name: "Operator"})
			must(err)
			for _, kinds := range []string{"euu", "", "uuu", "ee", "", "", "ueueu"} {
				must(d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error { return logRows(tx, organisation, now, kinds) }))
				fake.Advance(24 * time.Hour)
				now = now.Add(24 * time.Hour)
			}
			must(d.Read(ctx, func(q db.Queryer) error {
				log := map[int64][]place{}
				for kind, table := range map[int64]string{UsageStream: "usage_record", EventStream: "event"} {
					log[kind], err = db.All(q, func(r *db.Row) place { return place{r.Int(), r.Int()} },
						`SELECT recorded_day, position FROM `+table+` WHERE organisation_id = $1`, organisation)
					must(err)
				}
				log[BothStream] = slices.Concat(log[UsageStream], log[EventStream])
				for kind, rows := range log {
					s := &Stream{Organisation: organisation, Type: kind}
					for _, from := range log[BothStream] {
						for _, to := range log[BothStream] {
							want := int64(0)
							for _, row := range rows {
								if row.position > from.position && row.position <= to.position {
									want++
								}
							}
							for _, day := range []int64{to.day, clock.DayNumber(now.UnixMicro())} {
								if n, err := s.count(q, nil, from, place{day, to.position}); err != nil || n != want {
									t.Errorf("kind %d from %v to %v of day %d: got %d, %v, want %d", kind, from, to, day, n, err, want)
								}
							}
						}
					}
				}
				return nil
			}))
		})
	}
}

// logRows logs an event for each e and a usage record for each u.
func logRows(tx *db.Tx, organisation int64, at time.Time, kinds string) error {
	now, events, usage := at.UnixMicro(), event.NewBatch(), record.NewBatch()
	for _, kind := range kinds {
		if kind == 'u' {
			usage.Add(tx, now, record.Record{Organisation: organisation, Start: now, End: now, TrafficType: record.Data})
		} else {
			events.Add(tx, now, event.Event{Organisation: organisation, Time: now, Type: event.Generic})
		}
	}
	if err := events.Store(tx); err != nil {
		return err
	}
	return usage.Store(tx)
}
