package diameter

import (
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// metrics are the server's counters.
type metrics struct {
	happened    [peer.Happenings]prometheus.Counter
	requests    map[uint32]*[Event + 1]prometheus.Counter // by application, then type
	answers     *prometheus.CounterVec
	connections prometheus.Gauge
	crowded     prometheus.Counter
	told        atomic.Int64 // when the log was last told of a bad connection, µs
}

func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "simstead_diameter_" + name, Help: help}, labels)
	}
	happened := counter("messages_total", "What happened to messages and connections.", "what")
	requests := counter("requests_total", "Credit-Control-Requests, by interface and type.", "interface", "type")
	answers := counter("answers_total", "Credit-Control-Answers, by interface and Result-Code of the command.", "interface", "result")
	crowded := counter("crowded_total", "Connections closed because there were too many.")
	m := &metrics{
		requests: map[uint32]*[Event + 1]prometheus.Counter{},
		answers:  answers,
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "simstead_diameter_connections", Help: "Connections, open or opening.",
		}),
		crowded: crowded.WithLabelValues(),
	}
	for h := range peer.Happenings {
		m.happened[h] = happened.WithLabelValues(h.String())
	}
	for _, application := range []uint32{packet.ApplicationGy, packet.ApplicationGx} {
		m.requests[application] = new([Event + 1]prometheus.Counter)
		for i, name := range []string{"initial", "update", "termination", "event"} {
			m.requests[application][Initial+RequestType(i)] = requests.WithLabelValues(interfaceName(application), name)
		}
	}
	if registry == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{happened, requests, answers, crowded, m.connections} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return m, nil
}

func interfaceName(application uint32) string {
	if application == packet.ApplicationGx {
		return "gx"
	}
	return "gy"
}

func (m *metrics) count(h peer.Happening) { m.happened[h].Inc() }

func (m *metrics) requested(application uint32, t RequestType) { m.requests[application][t].Inc() }

// answered counts an answer; its Result-Code is one that we chose.
func (m *metrics) answered(application, result uint32) {
	m.answers.WithLabelValues(interfaceName(application), strconv.FormatUint(uint64(result), 10)).Inc()
}

// mayTell lets the log hear of a bad connection once in ten seconds: anybody can make one.
func (m *metrics) mayTell(now int64) bool {
	last := m.told.Load()
	return (last == 0 || now-last >= 10*clock.Second) && m.told.CompareAndSwap(last, now)
}
