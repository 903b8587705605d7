package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/usage"
)

// BenchmarkCreditFlow measures decisions on credit without a network, in a closed loop: one-time requests of 250,500 bytes
// in blocks of 1 kB (A1), the same with a prepaid balance (A2), and prepaid sessions of an Initiate, three Updates and a
// Terminate (A3).
func BenchmarkCreditFlow(b *testing.B) {
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		for _, work := range []string{"A1", "A2", "A3"} {
			for _, inFlight := range []int{16, 256} {
				b.Run(fmt.Sprintf("%s/%s/in-flight=%d", name, work, inFlight), func(b *testing.B) {
					d := open(b, clock.System())
					f := fill(b, d, 10, 10_000)
					if work != "A1" {
						prepay(b, d, f)
					}
					benchCredit(b, d, f, work == "A3", inFlight)
				})
			}
		}
	}
}

// prepay gives every endpoint a balance that lasts.
func prepay(tb testing.TB, d *db.DB, f fleet) {
	tb.Helper()
	now := clock.System().Micros()
	for _, organisation := range f.organisations {
		must(tb, d.Write(context.Background(), []int64{organisation}, func(tx *db.Tx) error {
			tx.Head(organisation).Changed()
			if _, err := tx.Exec(`UPDATE service_profile SET prepaid = TRUE WHERE organisation_id = $1`, organisation); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO endpoint_balance (organisation_id, endpoint_id, amount, credited, debited, currency_id,
				expiry_date, auto_reset, last_loaded, reset_month, last_updated)
				SELECT organisation_id, id, CAST($2 AS BIGINT), CAST($2 AS BIGINT), 0, 1, 0, FALSE, 0, 0, CAST($3 AS BIGINT)
				FROM endpoint WHERE organisation_id = $1`, organisation, int64(1e16), now)
			return err
		}))
	}
}

func benchCredit(b *testing.B, d *db.DB, f fleet, sessions bool, inFlight int) {
	ctx, stop := context.WithCancel(context.Background())
	flow, err := usage.New(ctx, d, clock.System(), dbtest.Quiet(), usage.DefaultSettings())
	must(b, err)
	var running, asking sync.WaitGroup
	running.Go(func() { flow.Run(ctx) })
	defer running.Wait()
	defer stop()
	var next atomic.Int64
	ask := func(kind usage.RequestType, imsi, id string, number, used int64) {
		now := clock.System().Micros()
		done := make(chan usage.Answer, 1)
		if !flow.Credit(usage.Credit{
			Report: usage.Report{
				Protocol: usage.Gy, NAS: "smf", Peer: "smf", SessionID: id, ChargingID: -1, IMSI: imsi, APN: apn, PLMN: "26201", RAT: 6, Time: -1,
				EventTime: now, Received: now,
			},
			Type: kind, Number: number,
			Services: []usage.Service{{RatingGroup: -1, ServiceID: -1, Requests: kind < usage.Terminate, Requested: 250_500, Down: used}},
		}, func(a usage.Answer) { done <- a }) {
			b.Error("queue full")
			return
		}
		if a := <-done; a.Result != usage.Granted {
			b.Errorf("answered %+v", a)
		}
	}
	b.ResetTimer()
	began := time.Now()
	for range inFlight {
		asking.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				imsi, id := f.imsis[int(i*7919)%len(f.imsis)], fmt.Sprint("s;", i)
				if !sessions {
					ask(usage.Event, imsi, id, 0, 250_500)
					continue
				}
				ask(usage.Initial, imsi, id, 0, 0)
				for n := range int64(3) {
					ask(usage.Update, imsi, id, n+1, 250_500)
				}
				ask(usage.Terminate, imsi, id, 4, 250_500)
			}
		})
	}
	asking.Wait()
	took := time.Since(began)
	b.StopTimer()
	b.ReportMetric(float64(flow.Counters.Credits.Load())/took.Seconds(), "requests/s")
	b.ReportMetric(float64(flow.Counters.Records.Load())/took.Seconds(), "records/s")
	b.ReportMetric(float64(flow.Counters.Reports.Load())/float64(flow.Counters.Batches.Load()), "requests/batch")
}
