package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/usage"
)

// BenchmarkClosing measures how long the closing of a month takes: SIMSTEAD_BENCH_RECORDS usage records, one million unless it
// says otherwise, a hundred for each SIM. What open sessions have counted is cut first. Beside it stands what adding up the
// same records in one statement takes.
func BenchmarkClosing(b *testing.B) {
	records := 1_000_000
	if text := os.Getenv("SIMSTEAD_BENCH_RECORDS"); text != "" {
		var err error
		records, err = strconv.Atoi(text)
		must(b, err)
	}
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(fmt.Sprintf("%s/records=%d", name, records), func(b *testing.B) {
			ctx, fake := context.Background(), clock.NewFake(clock.FromMicros(november))
			d := open(b, fake.Clock())
			written := fillMonth(b, d, fake, max(records/recordsEach, 10))
			fake.Advance(3 * 24 * time.Hour)
			flow, err := usage.New(ctx, d, fake.Clock(), dbtest.Quiet(), usage.DefaultSettings())
			must(b, err)
			closer := billing.Closer{DB: d, Clock: fake.Clock(), Sessions: flow}
			open := count(b, d, `SELECT COUNT(*) FROM session WHERE closed_at = 0 AND pending_uplink + pending_downlink > 0`)
			b.ResetTimer()
			r, err := closer.Close(ctx, 202511)
			must(b, err)
			b.StopTimer()
			took := b.Elapsed()
			if r.Organisations < 10 || count(b, d, `SELECT CAST(SUM(records) AS BIGINT) FROM org_month`) < written {
				b.Errorf("closed %+v of %d records", r, written)
			}
			began := time.Now()
			count(b, d, `SELECT COUNT(*) FROM (SELECT organisation_id, tariff_id, ratezone_id, operator_id, SUM(volume_tx), SUM(cost) FROM usage_record
				WHERE billing_month = 202511 GROUP BY organisation_id, tariff_id, ratezone_id, operator_id) sums`)
			b.ReportMetric(took.Seconds(), "s/closing")
			b.ReportMetric(time.Since(began).Seconds(), "s/adding-up")
			b.ReportMetric(float64(open), "open-sessions")
		})
	}
}

func count(b *testing.B, d *db.DB, query string) (n int64) {
	b.Helper()
	must(b, d.Read(context.Background(), func(q db.Queryer) (err error) { n, err = db.One(q, db.Int, query); return err }))
	return n
}
