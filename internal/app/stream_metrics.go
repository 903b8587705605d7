package app

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/stream"
)

// streamProgress tells how each running stream is doing, and how many streams there are in each status. What a stream
// never did has no series, so that ten thousand idle streams have none.
type streamProgress struct {
	engine                                     *stream.Engine
	rows, age, success, delivered, retried, by *prometheus.Desc
}

func newStreamProgress(e *stream.Engine) streamProgress {
	one := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("simstead_stream_"+name, help, []string{"organisation", "stream"}, nil)
	}
	return streamProgress{
		engine:    e,
		rows:      one("lag_rows", "Rows of the log that a running stream has not looked at or delivered yet; streams that are behind only."),
		age:       one("lag_seconds", "How long ago the oldest record that waits was recorded; the 200 streams that are furthest behind only."),
		success:   one("last_success_timestamp_seconds", "When the destination of a running stream last accepted something."),
		delivered: one("records_total", "Records that the destination of a running stream accepted, with repeats, since the stream was made."),
		retried:   one("retries_total", "Attempts of a running stream that failed, since the stream was made."),
		by:        prometheus.NewDesc("simstead_streams", "Data streams in each status.", []string{"status"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (s streamProgress) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.rows, s.age, s.success, s.delivered, s.retried, s.by} {
		out <- d
	}
}

const countWithin = 2 * time.Second

// Collect implements prometheus.Collector. Without the database it tells what is known without.
func (s streamProgress) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), countWithin)
	defer cancel()
	all, _ := s.engine.Progress(ctx)
	for _, p := range all {
		organisation, id := strconv.FormatInt(p.Organisation, 10), strconv.FormatInt(p.Stream, 10)
		tell := func(d *prometheus.Desc, kind prometheus.ValueType, n int64) {
			if n > 0 {
				out <- prometheus.MustNewConstMetric(d, kind, float64(n), organisation, id)
			}
		}
		tell(s.rows, prometheus.GaugeValue, p.Rows)
		tell(s.age, prometheus.GaugeValue, p.Seconds)
		tell(s.success, prometheus.GaugeValue, p.LastSuccess/clock.Second)
		tell(s.delivered, prometheus.CounterValue, p.Delivered)
		tell(s.retried, prometheus.CounterValue, p.Retried)
	}
	counts, err := s.engine.Count(ctx)
	if err != nil {
		return
	}
	for status, n := range counts {
		out <- prometheus.MustNewConstMetric(s.by, prometheus.GaugeValue, float64(n), status)
	}
}
