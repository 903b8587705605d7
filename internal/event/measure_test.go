package event_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/event"
)

func TestMeasure(t *testing.T) {
	start := time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)
	c := clock.NewFake(start)
	for name, d := range map[string]*db.DB{"sqlite": dbtest.SQLite(t, c.Clock()), "postgres": dbtest.Postgres(t, c.Clock())} {
		ctx := context.Background()
		for org := range int64(2) {
			if err := d.Write(ctx, nil, func(tx *db.Tx) error { return tx.CreateHead(org + 1) }); err != nil {
				t.Fatal(err)
			}
		}
		begin := start.UnixMicro()
		if err := d.Write(ctx, nil, func(tx *db.Tx) error {
			for i := range 1000 {
				if _, err := tx.Exec(`INSERT INTO endpoint (organisation_id, id, name, tags, status_id, service_profile_id, tariff_profile_id, sim_id, imei,
		imei_lock, ip_address_space_id, ip_address, created, last_updated)
		VALUES (1, $1, $2, '', 0, 1, 1, $1, '', FALSE, 0, '', 0, 0)`, i, fmt.Sprintf("meter-%d", i)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for day := range int64(30) {
			if err := d.EnsureDay(ctx, clock.DayNumber(begin)+day); err != nil {
				t.Fatal(err)
			}
			for org := range int64(2) {
				err := d.Write(ctx, []int64{org + 1}, func(tx *db.Tx) error {
					b := event.NewBatch()
					now := begin + day*clock.Day
					for i := range int64(3400) {
						b.Add(tx, now, event.Event{Organisation: org + 1, Time: now + i, Type: event.CreatePDPContext, Description: "x", Endpoint: i % 1000, SIM: i % 1000, IMSI: 1})
					}
					return b.Store(tx)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if name == "postgres" {
			d.Write(ctx, nil, func(tx *db.Tx) error { _, err := tx.Exec(`ANALYZE`); return err })
		}
		for _, in := range []event.Request{{}, {Page: "1000"}, {Sort: "-id"}, {Sort: "-timestamp", Page: "500"}, {Q: "endpoint:meter-77"}, {Q: "from:2026-11-10,until:2026-11-10"}, {Q: "type:3,severity:0"}, {Q: "description:y"}, {Sort: "endpoint"}} {
			var best time.Duration
			var total int
			for range 8 {
				from := time.Now()
				err := d.Read(ctx, func(q db.Queryer) error {
					l, err := event.List(q, event.Scope{Organisation: 1}, in)
					total = l.Total
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				if e := time.Since(from); best == 0 || e < best {
					best = e
				}
			}
			t.Log(name, in, total, best)
		}
		var best time.Duration
		for range 8 {
			from := time.Now()
			d.Read(ctx, func(q db.Queryer) error {
				_, err := event.List(q, event.Scope{Organisation: 1, Of: event.OneEndpoint, ID: 77}, event.Request{})
				return err
			})
			if e := time.Since(from); best == 0 || e < best {
				best = e
			}
		}
		t.Log(name, "endpoint", best)
	}
}
