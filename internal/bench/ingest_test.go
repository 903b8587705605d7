package bench

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/simulate"
	"github.com/simstead/simstead/internal/stats"
)

const devices = 10_000

// BenchmarkIngest measures durable rated reports per second end to end: real UDP in, committed rows out, every report
// cutting a record, client and database on the same machine. Beside it stands the raw insert of the same rows with
// their counters into the same database.
func BenchmarkIngest(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		for _, organisations := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("%s/organisations=%d", database, organisations), func(b *testing.B) {
				c := app.Defaults()
				c.HTTPAddr, c.RADIUSAuthAddr, c.RADIUSAcctAddr, c.DiameterAddr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", ""
				c.DataDir = b.TempDir()
				c.RADIUSClients = []app.RADIUSClient{{Address: "127.0.0.0/8", Secret: "bench"}}
				if database == "postgres" {
					c.DatabaseURL = dbtest.PostgresURL(b)
				}
				ingest(b, c, organisations)
			})
		}
	}
}

func ingest(b *testing.B, c app.Config, organisations int) {
	ctx := context.Background()
	a, err := app.New(ctx, c, clock.System(), dbtest.Quiet())
	must(b, err)
	f := fill(b, a.DB, organisations, devices)
	must(b, a.Flow.Refresh(ctx))
	must(b, a.Listen())
	running, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		if err := a.Run(running); err != nil {
			b.Error(err)
		}
	})
	auth, acct := a.RADIUS.Addrs()
	load := simulate.Load{
		AuthAddr: auth.String(), AcctAddr: acct.String(), Secret: "bench", IMSIs: f.imsis, APN: apn, PLMN: "26201", InFlight: 1024,
		For: time.Duration(b.N) * time.Second, RecordEvery: true, Leave: true, Clock: clock.System(),
	}
	b.ResetTimer()
	result, err := load.Run(running)
	b.StopTimer()
	must(b, err)
	raw := rawInsert(b, a.DB, f, time.Duration(b.N)*time.Second)
	rate := float64(result.Answered) / result.Elapsed.Seconds()
	b.ReportMetric(rate, "reports/s")
	b.ReportMetric(raw, "raw-rows/s")
	b.ReportMetric(rate/raw, "of-raw")
	b.ReportMetric(float64(a.Flow.Counters.Records.Load()), "records")
	b.ReportMetric(float64(result.Lost), "lost")
	b.Logf("\n%s", result.Table())
	stop()
	done.Wait()
}

// rawInsert stores usage records and their day counters as fast as the database takes them from one writer: bulk rows,
// a thousand a transaction, no rating, no sessions, no network.
func rawInsert(b *testing.B, d *db.DB, f fleet, limit time.Duration) float64 {
	ctx, c := context.Background(), clock.System()
	const size = 1000
	rows := 0
	began := time.Now()
	for at := 0; time.Since(began) < limit; at += size {
		heads := map[int64]bool{}
		var list []int64
		for i := range size {
			if o := f.organisations[(at+i)%len(f.organisations)]; !heads[o] {
				heads[o] = true
				list = append(list, o)
			}
		}
		must(b, d.Write(ctx, list, func(tx *db.Tx) error {
			records, days := record.NewBatch(), make([]stats.Day, 0, size)
			now := c.Micros()
			for i := range size {
				n := at + i
				o, endpoint := f.organisations[n%len(f.organisations)], int64(1_000_000+n%devices)
				records.Bill(o, record.Billing{Parent: 1})
				records.Add(tx, now, record.Record{
					Organisation: o, Endpoint: endpoint, SIM: endpoint, IMSI: endpoint, Session: int64(n), Start: now - 60, End: now,
					TrafficType: record.Data, Operator: 1, Country: 1, RAT: 6, Tariff: 1, Ratezone: 1, Currency: 1, BillingMonth: 202611,
					VolumeTx: 30_000, VolumeRx: 90_000, Cost: 123456, Rated: true, Rate: 123_456_789, Block: 1000, LineVolume: int64(n), PLMN: "26201",
				})
				days = append(days, stats.Day{
					Organisation: o, Endpoint: endpoint, Day: clock.DayNumber(now), SIM: endpoint, TrafficType: record.Data, Currency: 1,
					Tx: 30_000, Rx: 90_000, Cost: 123456, Updated: now,
				})
			}
			if err := records.Store(tx); err != nil {
				return err
			}
			return stats.Store(tx, days)
		}))
		rows += size
	}
	return float64(rows) / time.Since(began).Seconds()
}
