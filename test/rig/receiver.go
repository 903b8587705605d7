package rig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Receiver is the customer's end of a data stream. It remembers all that arrived, in order of arrival.
type Receiver struct {
	Slim    bool          // keeps ids only
	Delay   time.Duration // that a request takes, half of it before what came is kept; until Hurry
	address string

	mu       sync.Mutex
	server   *http.Server
	contacts int // connections that were opened
	requests int
	header   http.Header // of the last request
	status   int         // to answer with
	arrivals []Arrival
	changed  chan struct{} // closed at the next arrival
	hurries  bool
}

// Hurry ends the delay.
func (r *Receiver) Hurry() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hurries = true
}

func (r *Receiver) dawdle() {
	r.mu.Lock()
	hurries := r.hurries
	r.mu.Unlock()
	if !hurries {
		time.Sleep(r.Delay / 2)
	}
}

// Arrival is a record that came and was confirmed.
type Arrival struct {
	ID   int64
	At   time.Time
	Body json.RawMessage
}

// NewReceiver opens a receiver at a port of its own.
func NewReceiver() (*Receiver, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	r := &Receiver{address: address, status: http.StatusOK, changed: make(chan struct{})}
	return r, r.Open()
}

// URL is where the receiver is, or would be.
func (r *Receiver) URL() string { return "http://" + r.address + "/" }

// Open listens, again after a Close at the same address.
func (r *Receiver) Open() error {
	listener, err := net.Listen("tcp", r.address)
	if err != nil {
		return fmt.Errorf("open receiver: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	server := &http.Server{Handler: r, ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.contacts++
		}
	}}
	r.server = server
	go func() { _ = server.Serve(listener) }()
	return nil
}

// Close stops listening: nobody is there any more.
func (r *Receiver) Close() {
	r.mu.Lock()
	server := r.server
	r.mu.Unlock()
	_ = server.Close()
}

// Answer sets the status of the answers to come. What comes with another than 2xx is not kept.
func (r *Receiver) Answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // cut off: nothing is confirmed
	}
	arrivals, err := read(body)
	r.dawdle()
	defer r.dawdle()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	r.header = req.Header
	switch {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	case r.status/100 == 2:
		for i := range arrivals {
			if r.Slim {
				arrivals[i].Body = nil
			}
		}
		r.arrivals = append(r.arrivals, arrivals...)
		close(r.changed)
		r.changed = make(chan struct{})
		fallthrough
	default:
		w.WriteHeader(r.status)
	}
}

// read takes one object or an array of them.
func read(body []byte) ([]Arrival, error) {
	if body = bytes.TrimSpace(body); len(body) > 0 && body[0] != '[' {
		body = fmt.Appendf(nil, "[%s]", body)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, err
	}
	now := time.Now()
	arrivals := make([]Arrival, len(raw))
	for i, one := range raw {
		var record struct {
			ID int64 `json:"id"`
		}
		if err := json.Unmarshal(one, &record); err != nil || record.ID == 0 {
			return nil, fmt.Errorf("a record without id: %s", one)
		}
		arrivals[i] = Arrival{record.ID, now, one}
	}
	return arrivals, nil
}

// Arrivals returns all that arrived so far, repeats included.
func (r *Receiver) Arrivals() []Arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.arrivals[:len(r.arrivals):len(r.arrivals)]
}

// Contacts is how many connections were opened to the receiver.
func (r *Receiver) Contacts() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.contacts
}

// Requests is how many requests came.
func (r *Receiver) Requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// Header returns a header of the last request.
func (r *Receiver) Header(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.header.Get(name)
}

// Await waits until enough is true of what arrived, and reports whether it became so in time.
func (r *Receiver) Await(within time.Duration, enough func([]Arrival) bool) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		r.mu.Lock()
		changed := r.changed
		r.mu.Unlock()
		if enough(r.Arrivals()) {
			return true
		}
		select {
		case <-changed:
		case <-timer.C:
			return enough(r.Arrivals())
		}
	}
}

// Distinct is the arrivals without repeats, in the order in which each first came.
func Distinct(arrivals []Arrival) []Arrival {
	seen := make(map[int64]bool, len(arrivals))
	var out []Arrival
	for _, a := range arrivals {
		if !seen[a.ID] {
			seen[a.ID] = true
			out = append(out, a)
		}
	}
	return out
}
