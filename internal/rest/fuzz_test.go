package rest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/value"
)

// FuzzRequest sends any body, query, id and headers: never a 500, never a header that carries two lines.
func FuzzRequest(f *testing.F) {
	type change struct {
		Ref   value.Ref                     `json:"ref" required:"true"`
		Name  value.Opt[string]             `json:"name"`
		Until value.Opt[value.EntityTime]   `json:"until"`
		MB    value.MB                      `json:"mb"`
		Cost  value.Opt[value.Cost]         `json:"cost"`
		Text  value.Text                    `json:"text"`
		Deep  []map[string]value.Opt[int64] `json:"deep"`
	}
	a := New(Config{
		Title: "Test", Version: "1", Clock: clock.System(), Log: slog.New(slog.DiscardHandler),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
	})
	Create(a, Op{Path: "/api/thing/{id}", ID: "x"}, func(_ context.Context, _ Caller, in *struct {
		Paging
		ID   PathID `path:"id"`
		Body change
	},
	) (Created[change], error) {
		return Created[change]{Key: in.Q, Body: in.Body}, nil
	})
	List(a, Op{Path: "/api/thing", ID: "y"}, func(_ context.Context, _ Caller, in *struct{ Paging }) (Page[int], error) {
		return Page[int]{Sort: in.Sort, Filter: in.Q}, nil
	})
	h := a.Handler()
	f.Add("12", "q=a&page=1", `{"ref":{"id":"1"},"until":"2024-01-01","deep":[{"a":null}]}`, "a, 1.2.3.4", "host")
	f.Add("1.0", "sort=+a&q=%0d%0a", `{"ref":{},"mb":"1e3","cost":1e999,"text":null}`, "", "a\r\nb")
	f.Fuzz(func(t *testing.T, id, query, body, forwarded, host string) {
		if _, err := url.Parse("/?" + query); err != nil {
			return // net/http would not hand such a request on
		}
		for _, to := range []struct{ method, path, body string }{{"POST", "/api/thing/" + id, body}, {"GET", "/api/thing", ""}} {
			r := httptest.NewRequestWithContext(context.Background(), to.method, "/", strings.NewReader(to.body))
			r.URL.Path, r.URL.RawQuery = to.path, query
			r.Header = http.Header{"X-Forwarded-For": {forwarded}, "X-Forwarded-Host": {host}}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			for name, lines := range w.Header() {
				if strings.ContainsAny(lines[0], "\r\n\x00") {
					t.Errorf("%s: %q", name, lines[0])
				}
			}
		}
	})
}

// FuzzBearer checks that only what could stand in a token gets through.
func FuzzBearer(f *testing.F) {
	f.Add("Bearer a.b.c")
	f.Add("bearer  a")
	f.Add("Bearer a\x01b")
	f.Fuzz(func(t *testing.T, header string) {
		token, ok := bearer(header)
		if ok && (token == "" || strings.Trim(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_=") != "") {
			t.Errorf("%q from %q", token, header)
		}
	})
}
