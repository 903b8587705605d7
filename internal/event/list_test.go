package event_test

import (
	"context"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/event"
)

// A page of a long log is found without holding every event against it, whatever it is sorted by: a plan that does takes
// many minutes here. The list's answers are tested where it is served.
func TestLongListIsFast(t *testing.T) {
	const events, organisation, limit = 20_000, 1, 2 * time.Minute
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.System().Micros()
		fill := func(tx *db.Tx) error {
			b := event.NewBatch()
			for i := range int64(events) {
				b.Add(tx, now, event.Event{Organisation: organisation, Time: now + i, Type: event.SIMActivation, Endpoint: i % 500, SIM: i % 500})
			}
			return b.Store(tx)
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		if err := d.Write(ctx, nil, func(tx *db.Tx) error { return tx.CreateHead(organisation) }); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, []int64{organisation}, fill); err != nil {
			t.Fatal(err)
		}
		for _, sort := range []string{
			"id", "-id", "timestamp", "-timestamp", "type", "-type", "source", "severity", "alert", "organisation", "user", "-user",
			"endpoint", "-endpoint", "tags", "ip_address", "iccid", "imsi",
		} {
			for _, scope := range []event.Scope{{Organisation: organisation}, {Organisation: organisation, Of: event.OneEndpoint, ID: 7}} {
				err := d.Read(ctx, func(q db.Queryer) error {
					l, err := event.List(q, scope, event.Request{Sort: sort, Page: "2", PerPage: "20"})
					if err == nil && len(l.Entries) != 20 {
						t.Errorf("%s: %d events on the page of %d", sort, len(l.Entries), l.Total)
					}
					return err
				})
				if err != nil {
					t.Fatalf("%s: %v", sort, err)
				}
			}
		}
	})
}
