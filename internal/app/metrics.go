package app

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/stream"
)

// latencies count deliveries for the metrics and the demo's terminal.
type latencies struct {
	total             atomic.Int64
	late              atomic.Int64 // usage records that Datadog may have dropped for their age
	delivered, failed *prometheus.CounterVec
	took              *prometheus.HistogramVec
}

func newLatencies() *latencies {
	label := []string{"connection_type"}
	return &latencies{
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "simstead_stream_delivered_total", Help: "Records that destinations confirmed.",
		}, label),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "simstead_stream_failures_total", Help: "Delivery attempts that failed.",
		}, label),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "simstead_stream_attempt_seconds", Help: "Duration of delivery attempts.",
			Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 30},
		}, label),
	}
}

func (l *latencies) observe(connectionType string, a stream.Attempt) {
	l.total.Add(int64(a.Confirmed))
	l.delivered.WithLabelValues(connectionType).Add(float64(a.Confirmed))
	l.took.WithLabelValues(connectionType).Observe((time.Duration(a.Duration) * time.Millisecond).Seconds())
	if !a.Delivered {
		l.failed.WithLabelValues(connectionType).Inc()
	}
}

func (a *App) registerMetrics() {
	c := &a.Flow.Counters
	counter := func(name, help string, value *atomic.Int64) {
		a.Metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "simstead_" + name, Help: help},
			func() float64 { return float64(value.Load()) }))
	}
	counter("usage_reports_total", "Usage reports that were committed.", &c.Reports)
	counter("usage_records_total", "Usage records that were cut.", &c.Records)
	counter("usage_unrated_total", "Usage records that nothing priced.", &c.Unrated)
	counter("usage_rejects_total", "Reports that were set aside in the reject table.", &c.Rejects)
	counter("usage_dropped_total", "Reports that were not taken because too many were waiting.", &c.Dropped)
	counter("usage_unknown_imsi_total", "Requests about an IMSI that no SIM has.", &c.UnknownIMSI)
	counter("usage_batches_total", "Transactions that stored reports.", &c.Batches)
	counter("events_total", "Events that the network side caused.", &c.Events)
	counter("access_accepted_total", "Access requests that were accepted.", &c.Accepted)
	counter("access_refused_total", "Access requests of known subscribers that were refused.", &c.Refused)
	counter("credit_requests_total", "Requests for credit that were decided, with repeats.", &c.Credits)
	counter("credit_repeats_total", "Requests for credit that got the answer of before.", &c.Repeats)
	counter("credit_overshoot_bytes_total", "Bytes used beyond what was granted.", &c.Overshoot)
	counter("orders_obeyed_total", "Orders to gateways that were carried out.", &c.Obeyed)
	counter("orders_disobeyed_total", "Orders to gateways that failed.", &c.Disobeyed)
	counter("orders_untold_total", "Orders that a gateway cannot be told: they hold from its next request on.", &c.Untold)
	counter("stream_datadog_late_total", "Usage records that Datadog was sent more than an hour after they ended: it drops them where historical metrics are off.", &a.latency.late)
	a.Metrics.MustRegister(newStreamProgress(a.Streams))
	a.Metrics.MustRegister(a.latency.delivered, a.latency.failed, a.latency.took, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// Delivered is how many records destinations confirmed since the start.
func (a *App) Delivered() int64 { return a.latency.total.Load() }

// Online is how many data sessions are open.
func (a *App) Online(ctx context.Context) (n int64, err error) {
	err = a.DB.Read(ctx, func(q db.Queryer) error { n, err = session.Online(q); return err })
	return n, err
}
