package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

// bare is Thing without any type that marshals itself: what encoding/json alone costs.
type bare struct {
	ID      int64           `json:"id"`
	Name    string          `json:"name"`
	Tags    *string         `json:"tags"`
	Created string          `json:"created"`
	Status  value.Described `json:"status"`
	Profile *value.Named    `json:"profile"`
	Volume  int64           `json:"volume"`
	Cost    int64           `json:"cost"`
	Used    string          `json:"used_count"`
	Labels  []string        `json:"labels"`
}

func aThousand() ([]Thing, []bare) {
	full, plain := make([]Thing, 1000), make([]bare, 1000)
	for i := range full {
		p := &value.Named{ID: 3, Name: "Default profile"}
		full[i] = Thing{ID: value.ID(i), Name: "Device <7>", Created: 1_595_246_829_000_000, Volume: 1_500_000, Cost: 123_456_789, Used: 4, Profile: p}
		plain[i] = bare{ID: int64(i), Name: "Device <7>", Created: "2020-07-20T12:07:09.000+0000", Volume: 1_500_000, Cost: 123_456_789, Used: "4", Profile: p}
	}
	return full, plain
}

// BenchmarkList prints a list of a thousand objects through the whole handler beside encoding/json alone, with the
// value types and without them.
func BenchmarkList(b *testing.B) {
	full, plain := aThousand()
	a := rest.New(rest.Config{Title: "Test", Version: "1", Authenticator: tokens{}, Clock: clock.System()})
	rest.List(a, rest.Op{Path: "/api/thing", ID: "list", Role: rest.Observer}, func(context.Context, rest.Caller, *struct{ rest.Paging }) (rest.Page[Thing], error) {
		return rest.Page[Thing]{Items: full, Total: 1000, Page: 1, PerPage: 1000, Pages: 1}, nil
	})
	h := a.Handler()
	b.Run("handler", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r := httptest.NewRequestWithContext(context.Background(), "GET", "/api/thing?q=name:a&sort=id", nil)
			r.Header.Set("Authorization", "Bearer user")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			b.SetBytes(int64(w.Body.Len()))
		}
	})
	for name, v := range map[string]any{"json": full, "json without value types": plain} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e := json.NewEncoder(io.Discard)
				e.SetEscapeHTML(false)
				if err := e.Encode(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPatch prints what reading and checking a small body costs.
func BenchmarkPatch(b *testing.B) {
	a := rest.New(rest.Config{Title: "Test", Version: "1", Authenticator: tokens{}, Clock: clock.System()})
	rest.Do(a, rest.Op{Method: "PATCH", Path: "/api/thing/{thing_id}", ID: "patch", Role: rest.User},
		func(context.Context, rest.Caller, *one) error { return nil })
	h := a.Handler()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(context.Background(), "PATCH", "/api/thing/12",
			strings.NewReader(`{"name":"x","status":{"id":"1"},"profile":{"id":2.0,"name":"y"}}`))
		r.Header.Set("Authorization", "Bearer user")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 204 {
			b.Fatal(w.Body)
		}
	}
}
