package bench

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/usage"
)

// BenchmarkFlow measures the flow without a network: reports handed over in the process, each cutting a record.
func BenchmarkFlow(b *testing.B) {
	for _, organisations := range []int{1, 100, 1000} {
		for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
			b.Run(fmt.Sprintf("%s/organisations=%d", name, organisations), func(b *testing.B) {
				d := open(b, clock.System())
				f := fill(b, d, organisations, 10_000)
				benchFlow(b, d, f)
			})
		}
	}
}

func benchFlow(b *testing.B, d *db.DB, f fleet) {
	ctx, stop := context.WithCancel(context.Background())
	flow, err := usage.New(ctx, d, clock.System(), dbtest.Quiet(), usage.DefaultSettings())
	must(b, err)
	var running sync.WaitGroup
	running.Go(func() { flow.Run(ctx) })
	defer running.Wait()
	defer stop()
	const inFlight = 1500
	slots := make(chan struct{}, inFlight)
	now := clock.System().Micros()
	b.ResetTimer()
	began := time.Now()
	for i := range b.N {
		slots <- struct{}{}
		round := int64(i/len(f.imsis)) + 1
		r := usage.Report{
			Kind: usage.Interim, NAS: "pgw", SessionID: fmt.Sprintf("s%d", i%len(f.imsis)), ChargingID: -1, IMSI: f.imsis[i%len(f.imsis)],
			APN: apn, PLMN: "26201", RAT: 6, Uplink: round * 50_000, Downlink: round * 70_000, Time: round * 60, Received: now,
		}
		if !flow.Submit(r, func(err error) {
			if err != nil {
				b.Error(err)
			}
			<-slots
		}) {
			b.Fatal("queue full")
		}
	}
	for range inFlight {
		slots <- struct{}{}
	}
	took := time.Since(began)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/took.Seconds(), "reports/s")
	b.ReportMetric(float64(flow.Counters.Records.Load()), "records")
	b.ReportMetric(float64(flow.Counters.Reports.Load())/float64(flow.Counters.Batches.Load()), "reports/batch")
}
