package webhook

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/format"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func loopback() egress.Policy {
	return egress.Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
}

func open(t testing.TB, c Credentials, policy egress.Policy) *Sink {
	t.Helper()
	if c.Method == "" {
		c.Method = DefaultMethod
	}
	s, err := New(c, ours(format.New, ""), policy, clock.NewFake(noon).Clock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func records(n int) []stream.Record {
	out := make([]stream.Record, n)
	for i := range out {
		out[i].Data = fmt.Appendf(nil, `{"id":%d}`, i+1)
	}
	return out
}

func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		status int
		after  string // Retry-After
		text   string // of the failure; "" when delivered
		wait   time.Duration
	}{
		{status: 200},
		{status: 201},
		{status: 202},
		{status: 204},
		{status: 299},
		{status: 300, text: "300 Multiple Choices"},
		{status: 301, text: "301 Moved Permanently"},
		{status: 302, text: "302 Found"},
		{status: 303, text: "303 See Other"},
		{status: 304, text: "304 Not Modified"},
		{status: 307, text: "307 Temporary Redirect"},
		{status: 308, text: "308 Permanent Redirect"},
		{status: 400, text: "400 Bad Request"},
		{status: 401, text: "401 Unauthorized"},
		{status: 403, text: "403 Forbidden"},
		{status: 404, text: "404 Not Found"},
		{status: 410, text: "410 Gone"},
		{status: 413, text: "413 Request Entity Too Large"},
		{status: 429, text: "429 Too Many Requests"},
		{status: 429, after: "17", text: "429 Too Many Requests", wait: 17 * time.Second},
		{status: 429, after: "86400", text: "429 Too Many Requests", wait: 10 * time.Minute},
		{status: 429, after: "99999999999999999999", text: "429 Too Many Requests", wait: 10 * time.Minute},
		{status: 429, after: "-5", text: "429 Too Many Requests"},
		{status: 429, after: "soon", text: "429 Too Many Requests"},
		{status: 503, after: "Sun, 01 Mar 2026 12:02:00 GMT", text: "503 Service Unavailable", wait: 2 * time.Minute},
		{status: 503, after: "Sun, 01 Mar 2026 11:00:00 GMT", text: "503 Service Unavailable"},
		{status: 503, after: "Sun, 01 Mar 2027 12:00:00 GMT", text: "503 Service Unavailable", wait: 10 * time.Minute},
		{status: 500, after: "17", text: "500 Internal Server Error"},
		{status: 502, text: "502 Bad Gateway"},
		{status: 504, text: "504 Gateway Timeout"},
		{status: 599, text: "599"},
	} {
		t.Run(fmt.Sprint(tt.status, " ", tt.after), func(t *testing.T) {
			var requests atomic.Int64
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				if tt.after != "" {
					w.Header().Set("Retry-After", tt.after)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tt.status)
			})
			n, err := open(t, Credentials{URL: server.URL, Size: 10}, loopback()).Send(t.Context(), records(3))
			if requests.Load() != 1 {
				t.Errorf("%d requests, want 1", requests.Load())
			}
			if tt.text == "" {
				if n != 3 || err != nil {
					t.Errorf("got %d, %v", n, err)
				}
				return
			}
			want := &stream.Failure{Text: tt.text, After: tt.wait}
			if diff := cmp.Diff(want, stream.AsFailure(err)); diff != "" || n != 0 {
				t.Errorf("confirmed %d: %s", n, diff)
			}
		})
	}
}

func TestRequest(t *testing.T) {
	type request struct {
		Method, URI, Host, Proto, Body string
		Header                         http.Header
		Length                         int64
	}
	var got request
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got = request{r.Method, r.RequestURI, r.Host, r.Proto, string(data), r.Header, r.ContentLength}
	})
	custom := []string{
		"Authorization: Basic aHVzaA==", "x-key:a:b", "x-key:second", "USER-AGENT:mine", "accept:text/html",
		"accept-encoding:br", "content-type:text/plain",
	}
	header := func(length string, more ...string) http.Header {
		h := http.Header{
			"User-Agent": {"DataStreamer/2.0"}, "Accept": {"application/json"}, "Accept-Encoding": {"gzip, deflate"},
			"Content-Type": {"application/json"}, "Content-Length": {length},
		}
		for i := 0; i < len(more); i += 2 {
			h.Add(more[i], more[i+1])
		}
		return h
	}
	host := strings.TrimPrefix(server.URL, "http://")
	for _, tt := range []struct {
		name string
		c    Credentials
		want request
	}{
		{
			"plain",
			Credentials{URL: server.URL, Size: 1},
			request{"POST", "/", host, "HTTP/1.1", `{"id":1}`, header("8"), 8},
		}, {
			"array, other method, path and query",
			Credentials{URL: server.URL + "/in/a%2Fb?k=v", Method: "PUT", Size: 3000},
			request{"PUT", "/in/a%2Fb?k=v", host, "HTTP/1.1", `[{"id":1}]`, header("10"), 10},
		}, {
			"custom headers",
			Credentials{URL: server.URL, Method: "PATCH", Size: 1, Headers: custom},
			request{
				"PATCH", "/", host, "HTTP/1.1", `{"id":1}`,
				header("8", "Authorization", "Basic aHVzaA==", "X-Key", "a:b", "X-Key", "second"), 8,
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if n, err := open(t, tt.c, loopback()).Send(t.Context(), records(1)); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFraming(t *testing.T) {
	for _, tt := range []struct {
		size, records int
		want          []int // records in each request, 0 for a bare object
	}{
		{1, 3, []int{0, 0, 0}}, {2, 1, []int{1}}, {2, 2, []int{2}}, {2, 5, []int{2, 2, 1}}, {10000, 2500, []int{2500}}, {5, 0, nil},
	} {
		t.Run(fmt.Sprint(tt.size, " of ", tt.records), func(t *testing.T) {
			var got []int
			next := 1
			server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				type record struct{ ID int }
				data, _ := io.ReadAll(r.Body)
				batch := []record{{}}
				if data[0] == '{' {
					got = append(got, 0)
					_ = json.Unmarshal(data, &batch[0])
				} else {
					_ = json.Unmarshal(data, &batch)
					got = append(got, len(batch))
				}
				for _, r := range batch {
					if r.ID != next {
						t.Errorf("record %d came when %d was due", r.ID, next)
					}
					next++
				}
			})
			n, err := open(t, Credentials{URL: server.URL, Size: tt.size}, loopback()).Send(t.Context(), records(tt.records))
			if n != tt.records || err != nil {
				t.Errorf("got %d, %v", n, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPartialFailure(t *testing.T) {
	for _, tt := range []struct{ size, fails, want int }{{1, 1, 0}, {1, 4, 3}, {3, 2, 3}, {4, 3, 8}} {
		t.Run(fmt.Sprintf("size %d, request %d fails", tt.size, tt.fails), func(t *testing.T) {
			requests := 0
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if requests++; requests == tt.fails {
					w.WriteHeader(http.StatusInternalServerError)
				}
			})
			s := open(t, Credentials{URL: server.URL, Size: tt.size}, loopback())
			all := records(10)
			n, err := s.Send(t.Context(), all)
			if n != tt.want || stream.AsFailure(err) == nil || requests != tt.fails {
				t.Fatalf("confirmed %d after %d requests, %v; want %d", n, requests, err, tt.want)
			}
			if m, err := s.Send(t.Context(), all[n:]); m != 10-n || err != nil {
				t.Errorf("again: %d, %v", m, err)
			}
		})
	}
}

// TestBadDestinations are answers that do not come, do not end, or are not to be trusted.
func TestBadDestinations(t *testing.T) {
	hang := func(r *http.Request) { <-r.Context().Done() } // until the client goes away
	endless := func(w http.ResponseWriter) {
		junk := make([]byte, 4096)
		for {
			if _, err := w.Write(junk); err != nil {
				return
			}
		}
	}
	hijack := func(w http.ResponseWriter) *net.TCPConn {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
		}
		return conn.(*net.TCPConn)
	}
	const late = "the destination did not answer in time"
	const closed = "connection closed by the destination"
	for _, tt := range []struct {
		name   string
		handle http.HandlerFunc
		text   string // "" when delivered
	}{
		{"slow headers", func(_ http.ResponseWriter, r *http.Request) { hang(r) }, late},
		{"slow body of a success", func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			hang(r)
		}, ""},
		{"slow body of a failure", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_ = http.NewResponseController(w).Flush()
			hang(r)
		}, "502 Bad Gateway"},
		{"endless body of a success", func(w http.ResponseWriter, _ *http.Request) { endless(w) }, ""},
		{"endless body of a failure", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			endless(w)
		}, "418 I'm a teapot"},
		{"broken body of a success", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("x"))
		}, ""},
		{"endless headers", func(w http.ResponseWriter, _ *http.Request) {
			conn := hijack(w)
			defer conn.Close()
			line := []byte("X: " + strings.Repeat("x", 1000) + "\r\n")
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n"))
			for {
				if _, err := conn.Write(line); err != nil {
					return
				}
			}
		}, "the request failed"},
		{"reset", func(w http.ResponseWriter, _ *http.Request) {
			conn := hijack(w)
			_ = conn.SetLinger(0)
			_ = conn.Close()
		}, "connection reset by the destination"},
		{"hang-up", func(w http.ResponseWriter, _ *http.Request) { _ = hijack(w).Close() }, closed},
		{"no HTTP", func(w http.ResponseWriter, _ *http.Request) {
			conn := hijack(w)
			_, _ = io.WriteString(conn, "220 mail.example ESMTP\r\n")
			_ = conn.Close()
		}, "the destination did not answer with valid HTTP"},
		{"redirect without a target", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(302) }, "302 Found"},
		{"redirect to nonsense", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://%zz/")
			w.WriteHeader(307)
		}, "307 Temporary Redirect"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				tt.handle(w, r)
			})
			s := open(t, Credentials{URL: server.URL, Size: 10}, loopback())
			s.timeout = 300 * time.Millisecond
			n, err := s.Send(t.Context(), records(2))
			check(t, n, err, 2, tt.text)
		})
	}
}

// A body that lasts delays nothing: what it belongs to is decided.
func TestSlowBodyIsNotAwaited(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	s := open(t, Credentials{URL: server.URL, Size: 1}, loopback())
	began := time.Now()
	n, err := s.Send(t.Context(), records(2))
	check(t, n, err, 2, "")
	if took := time.Since(began); took > s.timeout/2 {
		t.Errorf("it took %v", took)
	}
}

func check(t *testing.T, n int, err error, want int, text string) {
	t.Helper()
	if text == "" {
		if n != want || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
		return
	}
	if f := stream.AsFailure(err); n != 0 || f == nil || f.Text != text || f.Final || f.After != 0 {
		t.Errorf("got %d, %+v (%v), want %q", n, f, err, text)
	}
}

func TestConnectionRefused(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	n, err := open(t, Credentials{URL: server.URL, Size: 1}, loopback()).Send(t.Context(), records(2))
	check(t, n, err, 2, "connection refused")
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the failed handshake
	server.StartTLS()
	t.Cleanup(server.Close)
	policy := loopback()
	n, err := open(t, Credentials{URL: server.URL, Size: 10}, policy).Send(t.Context(), records(2))
	check(t, n, err, 2, "the certificate is signed by an unknown authority")

	policy.Roots = x509.NewCertPool()
	policy.Roots.AddCert(server.Certificate())
	n, err = open(t, Credentials{URL: server.URL, Size: 10}, policy).Send(t.Context(), records(2))
	check(t, n, err, 2, "")
}

// TestNeverReads sends more than the sockets hold to a destination that does not read. The records are overwritten
// after Send, for the race detector.
func TestNeverReads(t *testing.T) {
	for _, tt := range []struct {
		name, answer, text string
	}{
		{"and does not answer", "", "the destination did not answer in time"},
		{"and says no at once", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "500 Internal Server Error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			over := make(chan struct{})
			served := make(chan struct{})
			go func() {
				defer close(served)
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = bufio.NewReader(conn).ReadString('\n')
				_, _ = io.WriteString(conn, tt.answer)
				<-over
			}()
			s := open(t, Credentials{URL: "http://" + l.Addr().String(), Size: 10}, loopback())
			s.timeout = 300 * time.Millisecond
			big := []stream.Record{{Data: make([]byte, 16<<20)}, {Data: make([]byte, 16<<20)}}
			n, err := s.Send(t.Context(), big)
			for _, record := range big {
				clear(record.Data)
			}
			check(t, n, err, 2, tt.text)
			close(over)
			<-served
		})
	}
}

func TestRefusedIsPermanent(t *testing.T) {
	if _, err := New(Credentials{URL: "http://e.example"}, ours(format.New, ""), egress.Policy{}, clock.System()); stream.AsFailure(err) == nil {
		t.Errorf("got %v", err)
	}
	s := open(t, Credentials{URL: "http://e.example", Size: 1}, egress.Policy{AllowHTTP: true})
	s.line.url.Host = "127.0.0.1:1" // what the name may have come to lead to
	n, err := s.Send(t.Context(), records(1))
	if f := stream.AsFailure(err); n != 0 || f == nil || !f.Final || f.Text != "the host leads to an address that is not public" {
		t.Errorf("got %d, %+v", n, f)
	}
}

func TestUnresolved(t *testing.T) {
	policy := egress.Policy{AllowHTTP: true, Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("10.9.8.7: no answer")
	}}}
	n, err := open(t, Credentials{URL: "http://e.example", Size: 1}, policy).Send(t.Context(), records(1))
	check(t, n, err, 1, "the host name could not be resolved")
}

// TestCancelled is the engine stopping: not the destination's failure.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stuck := make(chan struct{})
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-stuck
	})
	n, err := open(t, Credentials{URL: server.URL, Size: 1}, loopback()).Send(ctx, records(2))
	close(stuck)
	if n != 0 || !errors.Is(err, context.Canceled) || stream.AsFailure(err) != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestKeepsConnection(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(make([]byte, maxReply-1))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	s := open(t, Credentials{URL: server.URL, Size: 1}, loopback())
	for range 3 {
		if n, err := s.Send(t.Context(), records(5)); n != 5 || err != nil {
			t.Fatal(n, err)
		}
	}
	if connections.Load() != 1 {
		t.Errorf("%d connections, want 1", connections.Load())
	}
}

func BenchmarkSend(b *testing.B) {
	server := serve(b, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	record := []byte(`{"x":"` + strings.Repeat("x", 800) + `"}`)
	batch := make([]stream.Record, 1000)
	for i := range batch {
		batch[i].Data = record
	}
	for _, size := range []int{1, 1000} {
		b.Run(fmt.Sprint("size ", size), func(b *testing.B) {
			s := open(b, Credentials{URL: server.URL, Size: size}, loopback())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Send(b.Context(), batch[:size]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
