package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/doctor"
)

// BenchmarkDoctor measures how fast the books of a month are checked: SIMSTEAD_BENCH_RECORDS usage records, one million
// unless it says otherwise, a hundred for each endpoint. Beside it stands the bare reading of the same columns in one
// statement, in whatever order is quickest.
func BenchmarkDoctor(b *testing.B) {
	records := 1_000_000
	if text := os.Getenv("SIMSTEAD_BENCH_RECORDS"); text != "" {
		var err error
		records, err = strconv.Atoi(text)
		must(b, err)
	}
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(fmt.Sprintf("%s/records=%d", name, records), func(b *testing.B) {
			fake := clock.NewFake(clock.FromMicros(november))
			d := open(b, fake.Clock())
			began := time.Now()
			written := fillMonth(b, d, fake, max(records/recordsEach, 10))
			b.Logf("%d records written in %s", written, time.Since(began).Round(time.Second))
			b.ResetTimer()
			for range b.N {
				benchDoctor(b, d, written)
			}
		})
	}
}

func benchDoctor(b *testing.B, d *db.DB, written int64) {
	ctx := context.Background()
	result, err := (&doctor.Doctor{DB: d, Clock: clock.System(), Limit: 10}).Run(ctx)
	must(b, err)
	for _, f := range result.Findings {
		b.Errorf("found %s", f)
	}
	if result.Records != written {
		b.Errorf("%d records were checked of %d", result.Records, written)
	}
	var scan time.Duration
	for _, p := range result.Parts {
		b.Logf("%s: %d in %s", p.Doing, p.Done, p.Took.Round(time.Millisecond))
		if p.Doing == "usage records" {
			scan = p.Took
		}
	}
	began := time.Now()
	rows, sum := int64(0), int64(0)
	must(b, d.Read(ctx, func(q db.Queryer) error {
		return q.Each(func(r *db.Row) {
			rows++
			for range 15 {
				sum += r.Int()
			}
			r.Bool()
			for range 9 {
				sum += r.Int()
			}
		}, `SELECT position, id, endpoint_id, sim_id, session_id, start_at, end_at, traffic_type_id, tariff_id, ratezone_id,
			currency_id, billing_month, volume_tx, volume_rx, cost, rated, rate, block, line_volume, line_cost, line_inclusive, inclusive,
			inclusive_volume_id, rounding_scope, debited FROM usage_record`)
	}))
	bare := time.Since(began)
	perSecond := func(d time.Duration) float64 { return float64(rows) / d.Seconds() }
	b.ReportMetric(perSecond(result.Took), "records/s")
	b.ReportMetric(perSecond(scan), "log-records/s")
	b.ReportMetric(perSecond(bare), "bare-rows/s")
	b.ReportMetric(bare.Seconds()/scan.Seconds(), "log-of-bare")
	b.ReportMetric(bare.Seconds()/result.Took.Seconds(), "of-bare")
}
