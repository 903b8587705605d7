package radius

import (
	"fmt"
	"net/netip"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"layeh.com/radius"

	"github.com/simstead/simstead/internal/clock"
)

// reason says why a packet was dropped.
type reason uint8

const (
	none reason = iota
	unknownNAS
	malformed
	unservedCode
	wrongAuthenticator
	unsigned
	wrongSignature
	inFlight
	noStatusType
	noSessionID
	volumeRange
	queueFull
	notStored
	answerTooLong
	notSent
	notRead
	panicked
	unmatched // of answers to our own requests only
	reasons
)

// String is the reason's label in the metrics.
func (r reason) String() string {
	return [reasons]string{
		"none", "unknown_nas", "malformed", "code", "authenticator", "message_authenticator_missing", "message_authenticator",
		"in_flight", "no_status_type", "no_session_id", "volume_range", "queue_full", "not_stored", "answer_too_long",
		"not_sent", "not_read", "panic", "unmatched",
	}[r]
}

// metrics are the server's counters, resolved once so that a packet costs no look-up.
type metrics struct {
	received  map[radius.Code]prometheus.Counter // by the request code the socket serves
	answered  map[radius.Code]prometheus.Counter
	repeated  prometheus.Counter
	ignored   prometheus.Counter
	unhandled prometheus.Counter
	dropped   [reasons]prometheus.Counter
	told      sparing
}

func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "simstead_radius_" + name, Help: help}, labels)
	}
	received := counter("received_total", "Datagrams received, by socket.", "port")
	answered := counter("answered_total", "Answers sent, by code.", "code")
	dropped := counter("dropped_total", "Packets left without an answer, by reason.", "reason")
	repeated := counter("repeated_total", "Repeated packets that got their stored answer.")
	ignored := counter("ignored_attributes_total", "Attributes that could not be read and were ignored.")
	unhandled := counter("unhandled_status_types_total", "Accounting-Requests answered without effect.")
	m := &metrics{
		received: map[radius.Code]prometheus.Counter{
			radius.CodeAccessRequest:     received.WithLabelValues("auth"),
			radius.CodeAccountingRequest: received.WithLabelValues("acct"),
		},
		answered: map[radius.Code]prometheus.Counter{
			radius.CodeAccessAccept:       answered.WithLabelValues("access_accept"),
			radius.CodeAccessReject:       answered.WithLabelValues("access_reject"),
			radius.CodeAccountingResponse: answered.WithLabelValues("accounting_response"),
		},
		repeated:  repeated.WithLabelValues(),
		ignored:   ignored.WithLabelValues(),
		unhandled: unhandled.WithLabelValues(),
	}
	for r := none + 1; r < unmatched; r++ {
		m.dropped[r] = dropped.WithLabelValues(r.String())
	}
	if registry == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{received, answered, dropped, repeated, ignored, unhandled} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return m, nil
}

// drop counts a packet that gets no answer, and tells the log sparingly.
func (s *Server) drop(why reason, from netip.AddrPort, detail any) {
	s.metrics.dropped[why].Inc()
	if why == inFlight || !s.metrics.told.due(why, s.Clock.Micros()) {
		return
	}
	log := s.Log.With("reason", why.String(), "from", from)
	if nas := s.gateways.find(from.Addr()); nas != nil {
		log = log.With("nas", nas.Name)
	}
	if detail != nil {
		log = log.With("detail", detail)
	}
	log.Warn("RADIUS packet dropped")
}

// sparing lets one message through in ten seconds and reason: anybody can send bad packets at line rate.
type sparing [reasons]atomic.Int64 // when the reason was last logged, µs

func (s *sparing) due(why reason, now int64) bool {
	last := s[why].Load()
	return (last == 0 || now-last >= 10*clock.Second) && s[why].CompareAndSwap(last, now)
}
