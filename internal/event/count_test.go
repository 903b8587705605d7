package event_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/event"
)

// Totals are the same whether days are counted beforehand or not, while the log goes on and while old days are forgotten.
func TestTotalsOfCountedDays(t *testing.T) {
	const organisation, other = 1, 2
	filters := []string{"", "type:3", "type:3|13", "alert:true", "severity:1", "source:0", "network:7", "rat:2", "country:3", "organisation:1", "organisation:2", "type:3,network:7", "description:b", "rat:1"}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		today := clock.DayNumber(clock.System().Micros())
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(d.Write(t.Context(), nil, func(tx *db.Tx) error {
			if err := tx.CreateHead(other); err != nil {
				return err
			}
			return tx.CreateHead(organisation)
		}))
		write := func(day int64) {
			must(d.EnsureDay(t.Context(), day))
			must(d.Write(t.Context(), []int64{organisation, other}, func(tx *db.Tx) error {
				at, b := day*clock.Day+time.Hour.Microseconds(), event.NewBatch()
				for i := range int64(12) {
					e := event.Event{Organisation: organisation, Time: at, Type: event.CreatePDPContext, Description: "ab", Operator: 6 + i%3, RAT: 1 + i%2, Country: i % 4}
					if i%5 == 0 {
						e.Type, e.Organisation, e.Description = event.SIMActivation, 1+i/5%2, "c"
					}
					b.Add(tx, at, e)
				}
				return b.Store(tx)
			}))
		}
		totals := func() map[string]int {
			t.Helper()
			got := map[string]int{}
			for _, q := range filters {
				must(d.Read(t.Context(), func(r db.Queryer) error {
					l, err := event.List(r, event.Scope{Organisation: organisation}, event.Request{Q: q, PerPage: "1000"})
					if err == nil && l.Total != len(l.Entries) {
						err = fmt.Errorf("%q: total %d of %d events", q, l.Total, len(l.Entries))
					}
					got[q] = l.Total
					return err
				}))
			}
			return got
		}
		write(today - 3)
		write(today - 3)
		write(today - 1)
		before := totals()
		must(event.CountDays(t.Context(), d))
		if diff := cmp.Diff(before, totals()); diff != "" {
			t.Errorf("counted: %s", diff)
		}
		write(today - 1)
		write(today)
		totals()
		must(event.CountDays(t.Context(), d))
		must(event.CountDays(t.Context(), d))
		if more := totals(); more[""] != before[""]/3*5 {
			t.Errorf("%d events after %d", more[""], before[""])
		}
		must(d.Forget(t.Context(), "event", today-2))
		if left := totals(); left[""] != before[""] {
			t.Errorf("%d events are left, not %d", left[""], before[""])
		}
		must(d.Forget(t.Context(), "event", today))
		if left := totals(); left[""] != before[""]/3 {
			t.Errorf("%d events are left at last", left[""])
		}
	})
}
