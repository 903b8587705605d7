package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/webhook"
)

// configure makes organisations with streams of events each, to a URL, which have worked before.
func configure(b *testing.B, d *db.DB, organisations, each int, url func(n int) string) (ids []int64) {
	ctx := context.Background()
	root, err := account.CreateOrganisation(ctx, d, clock.System(), account.Organisation{Type: account.Operator, Name: "Operator"})
	must(b, err)
	reseller, err := account.CreateOrganisation(ctx, d, clock.System(), account.Organisation{Parent: root, Type: account.Reseller, Name: "Reseller"})
	must(b, err)
	for i := range organisations {
		organisation, err := account.CreateOrganisation(ctx, d, clock.System(), account.Organisation{Parent: reseller, Type: account.Enterprise, Name: fmt.Sprint("Enterprise ", i)})
		must(b, err)
		ids = append(ids, organisation)
		first, err := d.NextIDs(ctx, "data_stream", organisation, int64(each))
		must(b, err)
		must(b, d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
			for n := range each {
				credentials, err := json.Marshal(webhook.Credentials{URL: url(i*each + n), Method: webhook.DefaultMethod, Size: webhook.DefaultSize, Headers: []string{"Authorization:Bearer something"}})
				if err != nil {
					return err
				}
				err = stream.Store{}.Create(tx, &stream.Stream{
					Organisation: organisation, ID: first + int64(n), Name: "bench", Type: stream.EventStream, ConnectionType: stream.RestAPI, Format: "Json",
					Generation: stream.NewFormat, Credentials: credentials, Filters: json.RawMessage(`[]`), Relation: json.RawMessage("null"),
					Status: stream.Running, Confirmed: true, Created: clock.System().Micros(),
				}, 0)
				if err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return ids
}

// BenchmarkStreamsIdle tells what 10,000 configured streams cost that have nothing to do: resident memory, and how much of a
// core in ten seconds.
func BenchmarkStreamsIdle(b *testing.B) {
	const organisations, each = 1000, 10
	d := dbtest.SQLite(b, clock.System())
	configure(b, d, organisations, each, func(n int) string { return fmt.Sprintf("https://hooks-%d.example.com/events", n) })
	for range b.N {
		e := webhookEngine(d)
		before := resident(b)
		ctx, stop := context.WithCancel(context.Background())
		began := time.Now()
		must(b, e.Start(ctx))
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "start-ms")
		b.ReportMetric(resident(b)-before, "MB")
		used := cpu(b)
		const watched = 10 * time.Second
		time.Sleep(watched)
		b.ReportMetric((cpu(b)-used).Seconds()/watched.Seconds()*100, "%-of-a-core")
		b.ReportMetric(float64(runtime.NumGoroutine()), "goroutines")
		stop()
		e.Done()
	}
}

// resident is the memory of the process in MB, after what is free was given back.
func resident(b *testing.B) float64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	must(b, err)
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	must(b, err)
	return float64(pages*os.Getpagesize()) / 1e6
}

func cpu(b *testing.B) time.Duration {
	var use syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &use))
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// arrivals notes how long each event took from its commit to a receiver. Requests to /bad hang.
type arrivals struct {
	mu   sync.Mutex
	took []time.Duration
	over chan struct{}
}

func (a *arrivals) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/bad" {
		select {
		case <-a.over:
		case <-r.Context().Done():
		}
		return
	}
	now := time.Now()
	var records []struct {
		Description string `json:"description"`
	}
	_ = json.Unmarshal(body, &records)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range records {
		if sent, err := strconv.ParseInt(one.Description, 10, 64); err == nil {
			a.took = append(a.took, now.Sub(time.Unix(0, sent)))
		}
	}
}

// BenchmarkStreamsFair measures how late 200 streams are at 2,000 events a second over all, from before the commit to the
// receiver, when all destinations work, when one of them hangs, and when half of them do.
func BenchmarkStreamsFair(b *testing.B) {
	for _, bad := range []int{0, 1, 100} {
		b.Run(fmt.Sprint(bad, "-bad"), func(b *testing.B) {
			const streams, rounds = 200, 100
			a := &arrivals{over: make(chan struct{})}
			server := httptest.NewServer(a)
			defer server.Close()
			defer close(a.over)
			d := dbtest.SQLite(b, clock.System())
			organisations := configure(b, d, streams, 1, func(n int) string {
				if n < bad {
					return server.URL + "/bad"
				}
				return server.URL + "/good"
			})
			for range b.N {
				e := webhookEngine(d)
				ctx, stop := context.WithCancel(context.Background())
				must(b, e.Start(ctx))
				a.took = nil
				load(b, d, organisations, rounds)
				time.Sleep(time.Second)
				stop()
				e.Done()
				if want := (streams - bad) * rounds; len(a.took) != want {
					b.Fatalf("%d of %d arrived", len(a.took), want)
				}
				slices.Sort(a.took)
				b.ReportMetric(float64(a.took[len(a.took)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(a.took[len(a.took)*99/100].Microseconds())/1000, "p99-ms")
			}
		})
	}
}

// load appends an event to each log in each round of a tenth of a second, fifty logs a transaction.
func load(b *testing.B, d *db.DB, organisations []int64, rounds int) {
	began := time.Now()
	for round := range rounds {
		for part := range slices.Chunk(organisations, 50) {
			time.Sleep(time.Until(began.Add(time.Duration(round) * 100 * time.Millisecond)))
			now := time.Now()
			must(b, d.Write(context.Background(), part, func(tx *db.Tx) error {
				batch := event.NewBatch()
				for _, organisation := range part {
					batch.Add(tx, now.UnixMicro(), event.Event{Organisation: organisation, Time: now.UnixMicro(), Type: event.Generic, Description: fmt.Sprint(now.UnixNano())})
				}
				return batch.Store(tx)
			}))
		}
	}
}
