package datadog_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/datadog"
	"github.com/simstead/simstead/internal/stream/streamtest"
)

const apiKey = "0123456789abcdef0123456789abcdef01234567" // 40 characters

// peer is as much of Datadog as takes metrics and events.
type peer struct {
	mu       sync.Mutex
	got      []string // the series of a record joined again, or an event
	requests []string // "path body"
	most     int      // bytes of a packed request, 512,000 when 0
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	packed, _ := io.ReadAll(r.Body)
	body := packed
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacker, err := gzip.NewReader(strings.NewReader(string(packed)))
		if err == nil {
			body, err = io.ReadAll(unpacker)
		}
		if err != nil {
			answer(w, 400, `{"errors":["cannot unpack"]}`)
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	most := p.most
	if most == 0 {
		most = 512_000
	}
	switch {
	case r.Header.Get("DD-API-KEY") != apiKey:
		answer(w, 403, `{"errors":["Forbidden `+r.Header.Get("DD-API-KEY")+`"]}`)
		return
	case r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || !json.Valid(body):
		answer(w, 400, `{"errors":["bad request"]}`)
		return
	case len(packed) > most || len(body) > 5<<20:
		answer(w, 413, `{"errors":["Payload too large"]}`)
		return
	}
	switch r.URL.Path {
	case "/api/v2/series":
		var in struct {
			Series []json.RawMessage `json:"series"`
		}
		if json.Unmarshal(body, &in) != nil || len(in.Series) == 0 || len(in.Series)%4 != 0 {
			answer(w, 400, `{"errors":["bad series"]}`)
			return
		}
		for i := 0; i < len(in.Series); i += 4 {
			var parts []string
			for _, one := range in.Series[i : i+4] {
				parts = append(parts, string(one))
			}
			p.got = append(p.got, strings.Join(parts, ","))
		}
		answer(w, 202, `{"errors":[]}`)
	case "/api/v1/events":
		p.got = append(p.got, string(body))
		answer(w, 202, `{"status":"ok"}`)
	default:
		answer(w, 404, `{"errors":["not found"]}`)
		return
	}
	p.requests = append(p.requests, r.URL.Path+" "+string(body))
}

func answer(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func (p *peer) records() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.got...)
}

// now is when the tests play.
func now() time.Time { return time.Date(2021, 9, 14, 6, 20, 0, 0, time.UTC) }

func destination(url string) datadog.Destination {
	return datadog.Destination{
		Policy: egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, Clock: clock.NewFake(now()).Clock(),
		URLs: map[string]string{"US": url, "EU": url},
	}
}

func stored(t *testing.T, d datadog.Destination, given string) json.RawMessage {
	t.Helper()
	text, problems := d.Check(json.RawMessage(given), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return text
}

func open(t *testing.T, d datadog.Destination) stream.Sink {
	t.Helper()
	sink, err := d.Open(&stream.Stream{Generation: stream.NewFormat, Credentials: stored(t, d, `{"api_key":"`+apiKey+`"}`)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.Close)
	return sink
}

func behave(proxy *streamtest.Proxy) func(*testing.T, streamtest.Trouble) bool {
	return func(_ *testing.T, how streamtest.Trouble) bool {
		requests := 0
		behaviour, ok := map[streamtest.Trouble]streamtest.Behaviour{
			streamtest.None: nil, streamtest.Refused: streamtest.Answer(503, nil, apiKey),
			streamtest.Throttle: streamtest.Answer(429, map[string]string{"X-RateLimit-Reset": "60"}, ""),
			streamtest.Slow:     streamtest.Hang, streamtest.Reset: streamtest.HangUp, streamtest.Lost: streamtest.LoseAnswer,
			streamtest.Partial: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if requests++; requests%4 == 0 {
					streamtest.Answer(502, nil, "")(w, r, next)
					return
				}
				next.ServeHTTP(w, r)
			},
		}[how]
		proxy.Behave(behaviour)
		return ok
	}
}
