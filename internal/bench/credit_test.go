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
	"github.com/simstead/simstead/internal/simulate"
)

// BenchmarkCredit measures credit control end to end: Diameter Gy over TCP in, committed rows out, 10,000 accounts in 10
// organisations, client, program and database on the same machine, in a closed loop. A1 are direct debits of 250,500 bytes,
// rated in blocks of 1 kB and recorded; A2 the same with a prepaid balance; A3 prepaid sessions of an Initiate, three
// Updates and a Terminate, with what is granted held. Beside each stands the raw insert of usage records with their daily
// counters into the same database. The 3-times runs send every request three times and check that nothing is paid twice.
func BenchmarkCredit(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		for _, work := range []string{"A1", "A2", "A3"} {
			for _, inFlight := range []int{16, 256} {
				b.Run(fmt.Sprintf("%s/%s/in-flight=%d", database, work, inFlight), func(b *testing.B) {
					creditOverGy(b, database, work, inFlight, 1)
				})
			}
		}
		b.Run(database+"/A3/3-times", func(b *testing.B) { creditOverGy(b, database, "A3", 64, 3) })
	}
}

// warmUp is what passes before anything is measured: subscribers are read for the first time, and tables grow out of the
// plans that were made while they were empty.
const warmUp = 4 * time.Second

func creditOverGy(b *testing.B, database, work string, inFlight, repeat int) {
	c := app.Defaults()
	c.HTTPAddr, c.RADIUSAuthAddr, c.RADIUSAcctAddr, c.DiameterAddr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	c.DataDir = b.TempDir()
	c.DiameterPeers = []app.DiameterPeer{{OriginHost: "*", Address: "127.0.0.0/8", Dialect: "open5gs"}}
	if database == "postgres" {
		c.DatabaseURL = dbtest.PostgresURL(b)
	}
	ctx := context.Background()
	a, err := app.New(ctx, c, clock.System(), dbtest.Quiet())
	must(b, err)
	f := fill(b, a.DB, 10, devices)
	if work != "A1" {
		prepay(b, a.DB, f)
	}
	must(b, a.Flow.Refresh(ctx))
	must(b, a.Listen())
	running, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		if err := a.Run(running); err != nil {
			b.Error(err)
		}
	})
	load := simulate.CreditLoad{
		Addr: a.DiameterAddr().String(), IMSIs: f.imsis, APN: apn, PLMN: "26201", InFlight: inFlight, For: warmUp,
		Mode: simulate.Events, Updates: 3, Repeat: repeat, Account: true, Clock: clock.System(),
	}
	if work == "A3" {
		load.Mode = simulate.Sessions
	}
	first, err := load.Run(running)
	must(b, err)
	load.For = time.Duration(b.N) * time.Second
	b.ResetTimer()
	result, err := load.Run(running)
	b.StopTimer()
	must(b, err)
	for device, bytes := range first.Usage {
		result.Usage[device] += bytes
	}
	if result.Different > 0 || result.Lost > 0 {
		b.Errorf("%d answers were different, %d requests lost", result.Different, result.Lost)
	}
	paidOnce(b, a.DB, result.Usage, work != "A1")
	b.ReportMetric(result.Rate, "requests/s")
	b.ReportMetric(float64(result.Requests.P50)/1e6, "p50-ms")
	b.ReportMetric(float64(result.Requests.P99)/1e6, "p99-ms")
	b.ReportMetric(rawInsert(b, a.DB, f, 3*time.Second), "raw-rows/s")
	b.Logf("\n%s", result.Table())
	stop()
	done.Wait()
}

// paidOnce holds what devices used against what was recorded, and what was debited against the records.
func paidOnce(b *testing.B, d *db.DB, used map[string]int64, prepaid bool) {
	b.Helper()
	var want, recorded, cost, debited int64
	for _, bytes := range used {
		want += bytes
	}
	must(b, d.Read(context.Background(), func(q db.Queryer) error {
		err := q.Each(func(r *db.Row) { recorded, cost = recorded+r.Int(), cost+r.Int() },
			`SELECT volume_tx + volume_rx, cost FROM usage_record`)
		if err == nil {
			err = q.Each(func(r *db.Row) { debited += r.Int() }, `SELECT debited FROM endpoint_balance`)
		}
		return err
	}))
	if recorded != want || prepaid && debited != cost {
		b.Errorf("devices used %d bytes, %d are recorded; they cost %d, %d are debited", want, recorded, cost, debited)
	}
}
