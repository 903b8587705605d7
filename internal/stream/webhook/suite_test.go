package webhook_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/streamtest"
	"github.com/simstead/simstead/internal/stream/webhook"
)

// receiver keeps the records that it takes: of every request, or of so many more when it is to take a part only.
type receiver struct {
	size string
	mu   sync.Mutex
	got  []string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	records := []json.RawMessage{body}
	if r.size != "1" {
		_ = json.Unmarshal(body, &records)
	}
	if req.Header.Get("Authorization") != "hush-token" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range records {
		r.got = append(r.got, string(one))
	}
}

func TestSuite(t *testing.T) {
	for _, size := range []string{"1", "5"} {
		t.Run("size "+size, func(t *testing.T) { suite(t, size) })
	}
}

func suite(t *testing.T, size string) {
	streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
		r := &receiver{size: size}
		proxy := streamtest.NewProxy(t, "", r)
		d := webhook.Destination{
			Policy: egress.Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, Clock: clock.System(),
		}
		given := fmt.Sprintf(`{"url":"%s","method":"POST","headers":["Authorization:hush-token"],"size":%s}`, proxy.URL, size)
		stored, problems := d.Check(json.RawMessage(given), nil)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return &streamtest.Subject{
			Destination: d, Stream: stream.Stream{Generation: stream.NewFormat, Credentials: stored}, Secret: "hush-token",
			Record: func(n int) stream.Record {
				return stream.Record{Kind: stream.EventStream, Key: 1, Data: fmt.Appendf(nil, `{"id":%d}`, n)}
			},
			Received: func(*testing.T) []string {
				r.mu.Lock()
				defer r.mu.Unlock()
				return append([]string(nil), r.got...)
			},
			Behave: func(_ *testing.T, how streamtest.Trouble) bool {
				behaviour, ok := map[streamtest.Trouble]streamtest.Behaviour{
					streamtest.None: nil, streamtest.Refused: streamtest.Answer(503, nil, "no hush-token"), streamtest.Slow: streamtest.Hang,
					streamtest.Throttle: streamtest.Answer(429, map[string]string{"Retry-After": "60"}, ""),
					streamtest.Reset:    streamtest.HangUp, streamtest.Lost: streamtest.LoseAnswer, streamtest.Partial: everySecond(),
				}[how]
				proxy.Behave(behaviour)
				return ok
			},
			After: time.Minute,
			Texts: map[streamtest.Trouble]string{
				streamtest.Refused: "503 Service Unavailable", streamtest.Throttle: "429 Too Many Requests", streamtest.Reset: "reset",
				streamtest.Lost: "reset", streamtest.Partial: "500 Internal Server Error",
			},
			Wrong: []streamtest.Wrong{{
				Name: "token", Text: "401 Unauthorized",
				Credentials: json.RawMessage(fmt.Sprintf(`{"url":"%s","headers":["Authorization:another"],"size":%s}`, proxy.URL, size)),
			}},
		}
	})
}

// everySecond takes every second request.
func everySecond() streamtest.Behaviour {
	n := 0
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if n++; n%2 == 0 {
			streamtest.Answer(500, nil, "")(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	}
}
