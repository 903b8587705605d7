package streamtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/streamtest"
	"github.com/simstead/simstead/internal/stream/webhook"
)

// keeping keeps what is stored when nothing is given.
type keeping struct{ webhook.Destination }

func (k keeping) Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error) {
	if string(given) == "{}" && stored != nil {
		given = stored
	}
	return k.Destination.Check(given, nil)
}

// TestWebhook plays the suite against a destination that takes arrays over HTTP.
func TestWebhook(t *testing.T) {
	streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
		var mu sync.Mutex
		var got []string
		proxy := streamtest.NewProxy(t, "", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			var records []json.RawMessage
			if err := json.Unmarshal(body, &records); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, one := range records {
				got = append(got, string(one))
			}
		}))
		d := keeping{webhook.Destination{
			Policy: egress.Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
			Clock:  clock.System(),
		}}
		stored, problems := d.Check(fmt.Appendf(nil, `{"url":"%s","headers":["authorization:hush"],"size":5}`, proxy.URL), nil)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return &streamtest.Subject{
			Destination: d, Stream: stream.Stream{Credentials: stored}, Secret: "hush",
			Record: func(n int) stream.Record {
				return stream.Record{Kind: stream.EventStream, Key: int64(n % 3), Data: fmt.Appendf(nil, `{"id":%d}`, n)}
			},
			Received: func(*testing.T) []string {
				mu.Lock()
				defer mu.Unlock()
				return got
			},
			Behave: func(_ *testing.T, how streamtest.Trouble) bool {
				requests := 0
				behaviour, ok := map[streamtest.Trouble]streamtest.Behaviour{
					streamtest.None: nil, streamtest.Refused: streamtest.Answer(500, nil, "hush"),
					streamtest.Throttle: streamtest.Answer(429, map[string]string{"Retry-After": "3"}, ""),
					streamtest.Slow:     streamtest.Hang, streamtest.Reset: streamtest.HangUp, streamtest.Lost: streamtest.LoseAnswer,
					streamtest.Partial: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
						if requests++; requests%2 == 0 {
							streamtest.Answer(502, nil, "")(w, r, next)
							return
						}
						next.ServeHTTP(w, r)
					},
				}[how]
				proxy.Behave(behaviour)
				return ok
			},
			After: 3e9,
			Texts: map[streamtest.Trouble]string{
				streamtest.Refused: "500 Internal Server Error", streamtest.Throttle: "429", streamtest.Reset: "reset", streamtest.Lost: "reset",
				streamtest.Partial: "502",
			},
		}
	})
}
