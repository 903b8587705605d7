package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/webhook"
	"github.com/simstead/simstead/internal/tariff"
)

const backlog = 200_000 // usage records that wait in the log

// BenchmarkDeliveryBacklog measures how fast a backlog of usage records reaches a webhook on loopback, with a durable
// cursor: in single POSTs and in arrays of 1000, on either database. Beside it, bare: net/http posting the same bytes to
// the same receiver, one after the other, out of memory.
func BenchmarkDeliveryBacklog(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		open := map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres}[database]
		d := open(b, clock.System())
		f := fill(b, d, 1, 1000)
		logUsage(b, d, f.organisations[0], backlog)
		var catalogue *tariff.Catalogue
		must(b, d.Read(context.Background(), func(q db.Queryer) (err error) { catalogue, err = tariff.Load(q); return err }))
		for _, size := range []int{1, 1000} {
			b.Run(fmt.Sprintf("%s/%d", database, size), func(b *testing.B) {
				for range b.N {
					r := &counting{keep: size == 1, want: backlog, done: make(chan struct{})}
					server := httptest.NewServer(r)
					e := webhookEngine(d)
					e.Catalogue = func() *tariff.Catalogue { return catalogue }
					credentials, err := json.Marshal(webhook.Credentials{URL: server.URL, Method: webhook.DefaultMethod, Size: size})
					must(b, err)
					took := deliver(b, d, e, f.organisations[0], stream.RestAPI, credentials, r.done)
					b.ReportMetric(float64(backlog)/took.Seconds(), "records/s")
					b.ReportMetric(float64(backlog)/bare(b, server.URL, r.sample(), size).Seconds(), "bare-records/s")
					server.Close()
				}
			})
		}
	}
}

// logUsage appends usage records of an organisation's first endpoint.
func logUsage(b *testing.B, d *db.DB, organisation int64, n int) {
	now := clock.System().Micros()
	for at := 0; at < n; at += 2000 {
		must(b, d.Write(context.Background(), []int64{organisation}, func(tx *db.Tx) error {
			batch := record.NewBatch()
			for i := range 2000 {
				batch.Add(tx, now, record.Record{
					Organisation: organisation, Endpoint: int64(1 + i%1000), SIM: int64(1 + i%1000), IMSI: int64(1 + i%1000), Start: now - clock.Minute,
					End: now, TrafficType: record.Data, Operator: 370, PLMN: "26201", Tariff: 1, Ratezone: 1, Currency: 1, BillingMonth: 202611,
					VolumeTx: 12_345, VolumeRx: 987_654, Cost: 1_234_567_890, Rated: true, IPAddress: "10.192.0.7", IMEI: "3520990017614823",
				})
			}
			return batch.Store(tx)
		}))
	}
}

// counting is a receiver that counts records and keeps the bytes of one request.
type counting struct {
	keep bool
	want int
	done chan struct{}

	mu   sync.Mutex
	got  int
	body []byte
	buf  bytes.Buffer
}

func (c *counting) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf.Reset()
	_, _ = c.buf.ReadFrom(r.Body)
	if c.body == nil {
		c.body = bytes.Clone(c.buf.Bytes())
	}
	before := c.got
	c.got += bytes.Count(c.buf.Bytes(), []byte(`"imsi_id":`))
	if before < c.want && c.got >= c.want {
		close(c.done)
	}
}

func (c *counting) sample() []byte { c.mu.Lock(); defer c.mu.Unlock(); return c.body }

// deliver lets an engine bring the backlog through a new stream, until the receiver has it, and returns how long that took.
func deliver(b *testing.B, d *db.DB, e *stream.Engine, organisation int64, connection string, credentials json.RawMessage, done chan struct{}) time.Duration {
	id, err := d.NextID(context.Background(), "data_stream", organisation)
	must(b, err)
	must(b, d.Write(context.Background(), []int64{organisation}, func(tx *db.Tx) error {
		return e.Create(tx, &stream.Stream{
			Organisation: organisation, ID: id, Type: stream.UsageStream, ConnectionType: connection, Format: "Json", Generation: stream.NewFormat,
			Credentials: credentials, Filters: json.RawMessage("[]"), Relation: json.RawMessage("null"), Status: stream.Running, Confirmed: true,
			Created: clock.System().Micros(),
		}, stream.Backlog)
	}))
	ctx, stop := context.WithCancel(context.Background())
	b.ResetTimer()
	began := time.Now()
	must(b, e.Start(ctx))
	<-done
	took := time.Since(began)
	b.StopTimer()
	var h stream.Health
	for end := time.Now().Add(30 * time.Second); h.Delivered != backlog; time.Sleep(10 * time.Millisecond) {
		h, err = e.Health(ctx, organisation, id)
		must(b, err)
		if time.Now().After(end) {
			b.Fatalf("%d delivered", h.Delivered)
		}
	}
	must(b, d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error { return stream.Delete(tx, organisation, id) }))
	stop()
	e.Done()
	return took
}

// bare posts the same bytes as often as the backlog needs.
func bare(b *testing.B, url string, body []byte, size int) time.Duration {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	began := time.Now()
	for range backlog / size {
		resp, err := client.Post(url, "application/json", bytes.NewReader(body))
		must(b, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		must(b, resp.Body.Close())
	}
	return time.Since(began)
}

// webhookEngine delivers to webhooks, on loopback as well.
func webhookEngine(d *db.DB) *stream.Engine {
	policy := egress.Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	return &stream.Engine{
		DB: d, Clock: clock.System(), Log: dbtest.Quiet(), Settings: stream.DefaultSettings(),
		Catalogue:    func() *tariff.Catalogue { return &tariff.Catalogue{} },
		Destinations: map[string]stream.Destination{stream.RestAPI: webhook.Destination{Policy: policy, Clock: clock.System()}},
	}
}
