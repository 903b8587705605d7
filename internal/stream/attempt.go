package stream

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/value"
)

const (
	attemptsKept = 20
	payloadKept  = 1 << 10  // bytes of an attempt's payload
	payloadsKept = 16 << 20 // bytes of payloads over all streams: the oldest go first
)

// Attempt is one try to deliver records, as the API shows it. Attempts are kept in memory: they are gone after a restart
// of the program, and their payloads, which are personal data, after as long as a backlog is kept.
type Attempt struct {
	Time      value.EntityTime `json:"time"`
	Delivered bool             `json:"delivered"`
	Status    string           `json:"status" doc:"delivered, or why not: the HTTP result or a message."`
	Duration  int64            `json:"duration" doc:"Milliseconds."`
	Records   int              `json:"records"`
	Confirmed int              `json:"confirmed" doc:"How many of the records the destination accepted."`
	Bytes     int64            `json:"bytes" doc:"Of the records, without what frames them."`
	Payload   string           `json:"payload" doc:"The first kilobyte of the records, without secrets; empty when it is not kept any more."`
	Test      bool             `json:"test" doc:"It was a test, not a delivery."`
}

// histories holds the last attempts of every stream.
type histories struct {
	mu       sync.Mutex
	of       map[int64]*history // by stream
	payloads []kept             // oldest first
	bytes    int
}

// history is a ring of attempts.
type history struct {
	ring [attemptsKept]*Attempt
	n    int
}

type kept struct {
	attempt *Attempt
	time    int64
}

// add notes an attempt of a stream.
func (h *histories) add(stream int64, a Attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of == nil {
		h.of = map[int64]*history{}
	}
	of := h.of[stream]
	if of == nil {
		of = &history{}
		h.of[stream] = of
	}
	if old := of.ring[of.n%attemptsKept]; old != nil {
		h.empty(old)
	}
	of.ring[of.n%attemptsKept] = &a
	of.n++
	h.payloads, h.bytes = append(h.payloads, kept{&a, int64(a.Time)}), h.bytes+len(a.Payload)
	h.trim(int64(a.Time) - Backlog*clock.Day)
}

// trim drops payloads that are too many or older than a time.
func (h *histories) trim(before int64) {
	for len(h.payloads) > 0 && (h.bytes > payloadsKept || h.payloads[0].time < before || h.payloads[0].attempt.Payload == "") {
		h.empty(h.payloads[0].attempt)
		h.payloads = h.payloads[1:]
	}
}

func (h *histories) empty(a *Attempt) { h.bytes, a.Payload = h.bytes-len(a.Payload), "" }

// sweep drops the payloads from before a time.
func (h *histories) sweep(before int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trim(before)
}

// forget drops a stream's attempts.
func (h *histories) forget(stream int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if of := h.of[stream]; of != nil {
		for _, a := range of.ring {
			if a != nil {
				h.empty(a)
			}
		}
	}
	delete(h.of, stream)
}

// list returns a stream's attempts, newest first.
func (h *histories) list(stream int64) []Attempt {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []Attempt{}
	of := h.of[stream]
	for i := 1; of != nil && i <= min(of.n, attemptsKept); i++ {
		out = append(out, *of.ring[(of.n-i)%attemptsKept])
	}
	return out
}

// Attempts returns the last tries to deliver records of a stream, newest first, at most 20. The caller has made sure that
// the stream is the organisation's.
func (e *Engine) Attempts(stream int64) []Attempt { return e.history.list(stream) }

// attempt describes a try; secrets are taken out of what the customer will see.
func attempt(began int64, took time.Duration, records []Record, confirmed int, err error, secrets []string) Attempt {
	a := Attempt{
		Time: value.EntityTime(began), Duration: took.Milliseconds(), Records: len(records), Confirmed: confirmed,
		Delivered: err == nil && confirmed == len(records), Status: "delivered",
	}
	payload := make([]byte, 0, payloadKept)
	for _, r := range records {
		a.Bytes += int64(len(r.Data))
		if room := payloadKept - len(payload); room > 0 {
			payload = append(payload, r.Data[:min(room, len(r.Data))]...)
		}
	}
	a.Payload = hide(string(bytes.ToValidUTF8(payload, nil)), secrets)
	if err != nil {
		a.Status = hide(textOf(err), secrets)
	}
	return a
}

// textOf is what the customer may read of an error.
func textOf(err error) string {
	if failure := AsFailure(err); failure != nil {
		return failure.Text
	}
	return "internal error"
}

const hidden = "***"

func hide(text string, secrets []string) string {
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return text
}

// secretsOf are the values in stored credentials that a masked view of them does not show.
func secretsOf(stored, masked json.RawMessage) []string {
	shown := map[string]bool{}
	for _, text := range leaves(masked) {
		shown[text] = true
	}
	var out []string
	for _, text := range leaves(stored) {
		if len(text) < 4 || shown[text] { // anything shorter is no secret and would be found everywhere
			continue
		}
		out = append(out, text)
		if _, part, ok := strings.Cut(text, ":"); ok && len(part) >= 8 { // the value of a header
			out = append(out, strings.TrimSpace(part))
		}
	}
	return out
}

// leaves are the texts anywhere in a JSON document.
func leaves(document json.RawMessage) (out []string) {
	var top any
	if json.Unmarshal(document, &top) != nil {
		return nil
	}
	var walk func(node any)
	walk = func(node any) {
		switch node := node.(type) {
		case string:
			out = append(out, node)
		case []any:
			for _, one := range node {
				walk(one)
			}
		case map[string]any:
			for _, one := range node {
				walk(one)
			}
		}
	}
	walk(top)
	return out
}
