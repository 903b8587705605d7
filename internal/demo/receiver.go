package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

const shown = 50

// receiver is the customer's end of the demo's data streams: it takes what arrives, remembers the last of it and shows
// it to whoever opens its address.
type receiver struct {
	listener net.Listener
	server   *http.Server

	mu      sync.Mutex
	counts  map[string]int64
	last    []arrival // newest last
	records map[string]json.RawMessage
}

type arrival struct {
	Kind string
	At   string
	Text string
}

func newReceiver() (*receiver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the demo's receiver: %w", err)
	}
	r := &receiver{listener: listener, counts: map[string]int64{}, records: map[string]json.RawMessage{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{kind}", r.take)
	mux.HandleFunc("GET /{$}", r.show)
	r.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return r, nil
}

func (r *receiver) url() string { return "http://" + r.listener.Addr().String() }

func (r *receiver) serve() { _ = r.server.Serve(r.listener) }

func (r *receiver) close() { _ = r.server.Close() }

// delivered is one record, as far as the demo reads it.
type delivered struct {
	Timestamp string `json:"timestamp"`
	End       string `json:"end_timestamp"`
	EventType struct {
		Description string `json:"description"`
	} `json:"event_type"`
	Description string `json:"description"`
	Endpoint    struct {
		Name string `json:"name"`
	} `json:"endpoint"`
	Operator struct {
		Name string `json:"name"`
	} `json:"operator"`
	Volume struct {
		Total json.Number `json:"total"`
	} `json:"volume"`
	Cost     json.Number `json:"cost"`
	Currency struct {
		Code string `json:"code"`
	} `json:"currency"`
}

func (r *receiver) take(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 64<<20))
	var raw []json.RawMessage
	if err != nil || json.Unmarshal(body, &raw) != nil {
		http.Error(w, "a JSON array is expected", http.StatusBadRequest)
		return
	}
	kind := req.PathValue("kind")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[kind] += int64(len(raw))
	for _, one := range raw[max(0, len(raw)-shown):] {
		var d delivered
		if json.Unmarshal(one, &d) != nil {
			continue
		}
		a := arrival{Kind: kind, At: d.Timestamp, Text: fmt.Sprintf("%s  %s", d.EventType.Description, d.Endpoint.Name)}
		if kind == "usage" {
			a.At, a.Text = d.End, fmt.Sprintf("%s MB  %s %s  %s  in %s", d.Volume.Total, d.Cost, d.Currency.Code, d.Endpoint.Name, d.Operator.Name)
		}
		r.last = append(r.last, a)
		r.records[kind] = one
	}
	r.last = r.last[max(0, len(r.last)-shown):]
}

func (r *receiver) show(w http.ResponseWriter, _ *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Refresh", "2")
	fmt.Fprintf(w, "Received: %d events, %d usage records. Newest first:\n\n", r.counts["events"], r.counts["usage"])
	for i := len(r.last) - 1; i >= 0; i-- {
		fmt.Fprintf(w, "%s  %-6s  %s\n", r.last[i].At, r.last[i].Kind, r.last[i].Text)
	}
	for kind, record := range r.records {
		fmt.Fprintf(w, "\nThe last of %s as it came:\n%s\n", kind, record)
	}
}

// recent returns the newest arrivals of a kind, newest first.
func (r *receiver) recent(kind string, n int) (out []arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.last) - 1; i >= 0 && len(out) < n; i-- {
		if r.last[i].Kind == kind {
			out = append(out, r.last[i])
		}
	}
	return out
}
