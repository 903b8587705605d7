package webhook_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/webhook"
	"github.com/simstead/simstead/internal/tariff"
)

// answer is how a destination behaves while there is trouble.
type answer struct {
	name   string
	handle http.HandlerFunc // nil: the destination is url
	url    string
	text   string // that the stream shows; "" when it delivers
	final  bool   // it is in Error at once, also when it worked before
	fresh  bool   // a stream can only begin with it
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func hijacked(say string, linger int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, say)
		_ = conn.(*net.TCPConn).SetLinger(linger)
		_ = conn.Close()
	}
}

const late = "the destination did not answer in time"

func answers(plain string) (all []answer) {
	for _, code := range []int{200, 201, 202, 204, 206, 299} {
		all = append(all, answer{name: fmt.Sprint(code), handle: status(code)})
	}
	for _, code := range []int{300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 409, 410, 413, 429, 500, 501, 502, 503, 504} {
		all = append(all, answer{name: fmt.Sprint(code), handle: status(code, "Location", plain), text: fmt.Sprintf("%d %s", code, http.StatusText(code))})
	}
	return append(all,
		answer{name: "slow headers", handle: hang, text: late},
		answer{name: "slow body", handle: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			_ = http.NewResponseController(w).Flush()
			hang(w, r)
		}, text: "500 Internal Server Error"},
		answer{name: "endless body of a success", handle: func(w http.ResponseWriter, _ *http.Request) { endless(w) }},
		answer{name: "endless body of a failure", handle: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503); endless(w) }, text: "503 Service Unavailable"},
		answer{name: "reset", handle: hijacked("", 0), text: "connection reset by the destination"},
		answer{name: "hang-up", handle: hijacked("", -1), text: "connection closed by the destination"},
		answer{name: "no HTTP", handle: hijacked("220 mail.example ESMTP\r\n", -1), text: "the destination did not answer with valid HTTP"},
		answer{name: "bad TLS", url: "https://" + strings.TrimPrefix(plain, "http://"), text: "the destination does not speak TLS", fresh: true},
		answer{name: "unknown authority", url: "unknown authority", text: "the certificate is signed by an unknown authority", fresh: true},
		answer{name: "no such host", url: "https://nowhere.example/", text: "the host name could not be resolved", fresh: true},
		answer{name: "connection refused", url: "http://127.0.0.1:1/", text: "connection refused", fresh: true},
		answer{name: "address that is not public", url: "https://10.0.0.1/", text: "the address is not public (private network)", final: true, fresh: true},
	)
}

func endless(w http.ResponseWriter) {
	for {
		if _, err := w.Write(make([]byte, 4096)); err != nil {
			return
		}
	}
}

// network is a database with an engine over webhooks, and receivers that behave as they are told.
type network struct {
	t            *testing.T
	d            *db.DB
	engine       *stream.Engine
	organisation int64
	next         int64
}

func newNetwork(t *testing.T) *network {
	n := &network{t: t, d: dbtest.SQLite(t, clock.System())}
	var err error
	n.organisation, err = account.CreateOrganisation(t.Context(), n.d, clock.System(), account.Organisation{Type: account.Operator, Name: "Operator"})
	n.must(err)
	settings := stream.DefaultSettings()
	settings.FirstWithin, settings.Pause, settings.RetryFor, settings.CursorEvery = 400*time.Millisecond, 20*time.Millisecond, 1500*time.Millisecond, 10*time.Millisecond
	n.engine = &stream.Engine{
		DB: n.d, Clock: clock.System(), Log: dbtest.Quiet(), Settings: settings, Catalogue: func() *tariff.Catalogue { return &tariff.Catalogue{} },
		Destinations: map[string]stream.Destination{stream.RestAPI: webhook.Destination{Clock: clock.System(), Policy: egress.Policy{
			AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
			Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }},
		}}},
	}
	ctx, stop := context.WithCancel(context.Background())
	n.must(n.engine.Start(ctx))
	t.Cleanup(func() { stop(); n.engine.Done() })
	return n
}

func (n *network) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

func (n *network) stream(url string) *stream.Stream {
	n.t.Helper()
	n.next++
	s := &stream.Stream{
		Organisation: n.organisation, ID: n.next, Type: stream.EventStream, ConnectionType: stream.RestAPI, Format: "Json", Generation: stream.NewFormat,
		Credentials: json.RawMessage(`{"url":"` + url + `","method":"POST","size":10}`), Filters: json.RawMessage("[]"), Relation: json.RawMessage("null"),
		Status: stream.Running, Created: clock.System().Micros(),
	}
	n.must(n.d.Write(n.t.Context(), []int64{n.organisation}, func(tx *db.Tx) error { return n.engine.Create(tx, s, 0) }))
	n.must(n.engine.Reload(n.organisation, s.ID))
	return s
}

// log appends events and returns their ids.
func (n *network) log(count int) (ids []int64) {
	n.must(n.d.Write(n.t.Context(), []int64{n.organisation}, func(tx *db.Tx) error {
		ids = nil
		batch := event.NewBatch()
		for range count {
			ids = append(ids, batch.Add(tx, clock.System().Micros(), event.Event{Organisation: n.organisation, Type: event.Generic}).ID)
		}
		return batch.Store(tx)
	}))
	return ids
}

// await polls until the stream has a status and, when that is Running, everything has been delivered.
func (n *network) await(s *stream.Stream, want int64) (now *stream.Stream) {
	n.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		n.must(n.d.Read(n.t.Context(), func(q db.Queryer) (err error) { now, err = n.engine.Get(q, n.organisation, s.ID); return err }))
		h, err := n.engine.Health(n.t.Context(), n.organisation, s.ID)
		n.must(err)
		if now.Status == want && (want != stream.Running || h.LagRecords == 0) {
			return now
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("status %d, %q, %d records wait; want status %d", now.Status, now.Error, h.LagRecords, want)
		}
	}
}

// switched is a receiver whose answers can be changed. It keeps the ids of what it answered with 2xx.
type switched struct {
	*httptest.Server
	mu     sync.Mutex
	handle http.HandlerFunc
	ids    []int64
}

func newSwitched(t *testing.T, handle http.HandlerFunc) *switched {
	s := &switched{handle: handle}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *switched) set(handle http.HandlerFunc) { s.mu.Lock(); defer s.mu.Unlock(); s.handle = handle }

func (s *switched) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var records []struct{ ID int64 }
	_ = json.NewDecoder(r.Body).Decode(&records)
	s.mu.Lock()
	handle := s.handle
	if handle == nil {
		for _, one := range records {
			s.ids = append(s.ids, one.ID)
		}
	}
	s.mu.Unlock()
	if handle != nil {
		handle(w, r)
	}
}

func (s *switched) taken() []int64 { s.mu.Lock(); defer s.mu.Unlock(); return slices.Clone(s.ids) }

// A stream that begins with a failure is in Error soon and says why; restarted, it delivers everything.
func TestFirstAnswers(t *testing.T) {
	n := newNetwork(t)
	other := httptest.NewUnstartedServer(status(200))
	other.Config.ErrorLog = log.New(io.Discard, "", 0)
	other.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	other.StartTLS()
	t.Cleanup(other.Close)
	plain := newSwitched(t, status(400)) // what is no TLS, and where redirects would lead
	for _, a := range answers(plain.URL) {
		t.Run(a.name, func(t *testing.T) {
			n.t = t
			r, url := newSwitched(t, a.handle), a.url
			if url == "" {
				url = r.URL
			} else if url == a.name {
				url = other.URL
			}
			s := n.stream(url)
			ids := n.log(3)
			if a.text == "" {
				n.await(s, stream.Running)
				if len(n.engine.Attempts(s.ID)) != 1 {
					t.Errorf("%+v", n.engine.Attempts(s.ID))
				}
				return
			}
			if now := n.await(s, stream.Broken); now.Error != a.text {
				t.Errorf("it says %q", now.Error)
			}
			want := 3
			if a.final {
				want = 0
			}
			if tries := n.engine.Attempts(s.ID); len(tries) != want || want > 0 && tries[0].Status != a.text {
				t.Errorf("%d tries: %+v", len(tries), tries)
			}
			if a.fresh {
				return
			}
			r.set(nil)
			n.restart(s)
			n.await(s, stream.Running)
			if got := r.taken(); !slices.Equal(got, ids) {
				t.Errorf("%v came, want %v", got, ids)
			}
		})
	}
	if got := len(plain.taken()); got > 0 {
		t.Errorf("%d redirects were followed", got)
	}
}

func (n *network) restart(s *stream.Stream) {
	n.t.Helper()
	n.must(n.d.Write(n.t.Context(), []int64{n.organisation}, func(tx *db.Tx) error {
		now, err := n.engine.Get(tx, n.organisation, s.ID)
		if err == nil {
			err = now.Restart()
		}
		if err != nil {
			return err
		}
		return n.engine.Update(tx, now)
	}))
	n.must(n.engine.Reload(n.organisation, s.ID))
}

// A stream that worked outlasts each failure: nothing is lost or out of order, and its status does not change.
func TestLaterAnswers(t *testing.T) {
	n := newNetwork(t)
	for _, a := range answers("http://127.0.0.1:1/") {
		if a.fresh || a.text == "" || a.text == late || strings.HasPrefix(a.name, "slow") {
			continue // those that are slow take 30 seconds each
		}
		t.Run(a.name, func(t *testing.T) {
			n.t = t
			r := newSwitched(t, nil)
			s := n.stream(r.URL)
			ids := n.log(1)
			n.await(s, stream.Running)
			r.set(a.handle)
			ids = append(ids, n.log(25)...)
			for len(n.engine.Attempts(s.ID)) < 3 {
				time.Sleep(5 * time.Millisecond)
			}
			if last := n.engine.Attempts(s.ID)[0]; last.Status != a.text || last.Delivered {
				t.Errorf("%+v", last)
			}
			r.set(nil)
			if now := n.await(s, stream.Running); now.Error != "" {
				t.Errorf("it says %q", now.Error)
			}
			if got := r.taken(); !slices.Equal(got, ids) {
				t.Errorf("%v came, want %v", got, ids)
			}
			n.must(n.d.Write(t.Context(), []int64{n.organisation}, func(tx *db.Tx) error { return stream.Delete(tx, n.organisation, s.ID) }))
			n.must(n.engine.Reload(n.organisation, s.ID))
		})
	}
}
