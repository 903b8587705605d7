package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/webhook"
	"github.com/simstead/simstead/internal/usage"
)

// BenchmarkDelivery measures how long a usage record takes from the report that caused it to the customer's webhook, at
// 1,000 records a second: commit, wake-up, encoding and HTTP included.
func BenchmarkDelivery(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		b.Run(database, func(b *testing.B) {
			c := app.Defaults()
			c.HTTPAddr, c.RADIUSAuthAddr, c.RADIUSAcctAddr, c.DiameterAddr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", ""
			c.DataDir, c.StreamAllow, c.StreamAllowHTTP, c.StreamAllowBareIP = b.TempDir(), []string{"127.0.0.0/8"}, true, true
			if database == "postgres" {
				c.DatabaseURL = dbtest.PostgresURL(b)
			}
			delivery(b, c)
		})
	}
}

const recordsPerSecond = 1000

// sink notes when the record of each IMSI arrived.
type sink struct {
	mu      sync.Mutex
	sent    map[string]time.Time
	latency []time.Duration
}

func (s *sink) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	now := time.Now()
	var records []struct {
		IMSI string `json:"imsi"`
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &records)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range records {
		if at, ok := s.sent[one.IMSI]; ok {
			s.latency = append(s.latency, now.Sub(at))
		}
	}
}

func delivery(b *testing.B, c app.Config) {
	ctx := context.Background()
	a, err := app.New(ctx, c, clock.System(), dbtest.Quiet())
	must(b, err)
	seconds := max(b.N, 5)
	f := fill(b, a.DB, 1, seconds*recordsPerSecond)
	must(b, a.Flow.Refresh(ctx))
	must(b, a.Listen())
	received := &sink{sent: map[string]time.Time{}}
	server := httptest.NewServer(received)
	defer server.Close()
	running, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() { must(b, a.Run(running)) })
	defer done.Wait()
	defer stop()
	addStream(b, a, f.organisations[0], server.URL)

	began := time.Now()
	for i, imsi := range f.imsis {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / recordsPerSecond)))
		now := time.Now()
		received.mu.Lock()
		received.sent[imsi] = now
		received.mu.Unlock()
		a.Flow.Submit(usage.Report{
			Kind: usage.Stop, NAS: "pgw", SessionID: "s" + imsi, ChargingID: -1, IMSI: imsi, APN: apn, PLMN: "26201", RAT: 6,
			Uplink: 50_000, Downlink: 70_000, Time: 60, Received: now.UnixMicro(),
		}, func(error) {})
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		received.mu.Lock()
		all := len(received.latency) >= len(f.imsis)
		received.mu.Unlock()
		if all {
			break
		}
	}
	received.mu.Lock()
	defer received.mu.Unlock()
	if len(received.latency) != len(f.imsis) {
		b.Fatalf("%d of %d records arrived", len(received.latency), len(f.imsis))
	}
	slices.Sort(received.latency)
	for name, share := range map[string]float64{"p50-ms": .5, "p99-ms": .99, "max-ms": 1} {
		at := min(int(share*float64(len(received.latency))), len(received.latency)-1)
		b.ReportMetric(float64(received.latency[at].Microseconds())/1000, name)
	}
}

func addStream(b *testing.B, a *app.App, organisation int64, url string) {
	credentials, err := json.Marshal(webhook.Credentials{URL: url, Method: webhook.DefaultMethod, Size: webhook.DefaultSize})
	must(b, err)
	id, err := a.DB.NextID(context.Background(), "data_stream", organisation)
	must(b, err)
	must(b, a.DB.Write(context.Background(), []int64{organisation}, func(tx *db.Tx) error {
		return a.Streams.Create(tx, &stream.Stream{
			Organisation: organisation, ID: id, Name: "bench", Type: stream.UsageStream, ConnectionType: "RestAPI", Format: "Json",
			Generation: stream.NewFormat, Credentials: credentials, Filters: json.RawMessage("[]"), Relation: json.RawMessage("null"),
			Status: stream.Running, Created: a.Clock.Micros(),
		}, 0)
	}))
	for range 100 { // the engine starts with Run
		if err = a.Streams.Reload(organisation, id); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	must(b, fmt.Errorf("stream did not start: %w", err))
}
