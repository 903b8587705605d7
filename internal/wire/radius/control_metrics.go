package radius

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"layeh.com/radius"

	"github.com/simstead/simstead/internal/usage"
)

// controlMetrics are the counters of Control.
type controlMetrics struct {
	sent     map[radius.Code]prometheus.Counter
	outcomes map[radius.Code]map[string]prometheus.Counter
	dropped  map[reason]prometheus.Counter
	waiting  prometheus.Gauge
	told     sparing
}

func newControlMetrics(registry prometheus.Registerer) (*controlMetrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "simstead_radius_control_" + name, Help: help}, labels)
	}
	sent := counter("sent_total", "Disconnect- and CoA-Requests sent, with repeats.", "request")
	outcomes := counter("requests_total", "Disconnect- and CoA-Requests by their end.", "request", "outcome")
	dropped := counter("dropped_total", "Datagrams of gateways that answer no request, by reason.", "reason")
	m := &controlMetrics{
		sent: map[radius.Code]prometheus.Counter{}, outcomes: map[radius.Code]map[string]prometheus.Counter{},
		dropped: map[reason]prometheus.Counter{},
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "simstead_radius_control_waiting", Help: "Disconnect- and CoA-Requests whose end is not known yet.",
		}),
	}
	for code, name := range map[radius.Code]string{radius.CodeDisconnectRequest: "disconnect", radius.CodeCoARequest: "coa"} {
		m.sent[code], m.outcomes[code] = sent.WithLabelValues(name), map[string]prometheus.Counter{}
		for _, outcome := range []string{"ack", "nak", "gone", "silent", "busy", "failed"} {
			m.outcomes[code][outcome] = outcomes.WithLabelValues(name, outcome)
		}
	}
	for _, why := range []reason{unknownNAS, malformed, unservedCode, wrongAuthenticator, wrongSignature, unmatched, notRead} {
		m.dropped[why] = dropped.WithLabelValues(why.String())
	}
	if registry == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{sent, outcomes, dropped, m.waiting} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return m, nil
}

// ended counts a request by what became of it.
func (m *controlMetrics) ended(code radius.Code, err error) {
	outcome := "failed"
	switch nak := (NAK{}); {
	case err == nil:
		outcome = "ack"
	case errors.Is(err, usage.ErrGone):
		outcome = "gone"
	case errors.As(err, &nak):
		outcome = "nak"
	case errors.Is(err, usage.ErrSilent):
		outcome = "silent"
	case errors.Is(err, usage.ErrBusy):
		outcome = "busy"
	}
	m.outcomes[code][outcome].Inc()
}
