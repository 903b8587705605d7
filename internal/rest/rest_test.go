package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

// tokens is an Authenticator that knows its tokens by name.
type tokens struct{}

func (tokens) Authenticate(_ context.Context, bearer string, _ netip.Addr) (rest.Caller, error) {
	c := rest.Caller{Organisation: 7, Type: rest.Enterprise, User: 70, Username: "ada@example.org"}
	switch bearer {
	case "observer":
		c.Role = rest.Observer
	case "user":
		c.Role = rest.User
	case "admin":
		c.Role = rest.Administrator
	case "operator":
		c.Role, c.Type = rest.Administrator, rest.Operator
	case "expired":
		return c, fault.New(fault.TokenExpired, "the token has expired")
	case "revoked":
		return c, fault.New(fault.InvalidToken, "the token is not valid")
	default:
		return c, rest.ErrGarbled
	}
	return c, nil
}

// The things of the tests: an object with one field of each of the contract's types.
type Thing struct {
	ID      value.ID         `json:"id"`
	Name    string           `json:"name"`
	Tags    *string          `json:"tags"`
	Created value.EntityTime `json:"created"`
	Status  value.Described  `json:"status"`
	Profile *value.Named     `json:"profile"`
	Volume  value.MB         `json:"volume"`
	Cost    value.Cost       `json:"cost"`
	Used    value.Text       `json:"used_count"`
	Labels  []string         `json:"labels"`
}

type Change struct {
	Name    value.Opt[string]           `json:"name" maxLength:"10"`
	Status  value.Opt[value.Ref]        `json:"status"`
	Profile value.Ref                   `json:"profile" required:"true"`
	Count   value.Opt[int64]            `json:"count" minimum:"0"`
	Volume  value.MB                    `json:"volume"`
	Used    value.Text                  `json:"used_count"`
	Until   value.Opt[value.EntityTime] `json:"until"`
	Refill  value.Opt[value.Flag]       `json:"refill" enum:"0,1"`
	Sims    []value.Ref                 `json:"sims"`
}

type fixture struct {
	*httptest.Server
	t    testing.TB
	api  *rest.API
	fake *clock.Fake
	mu   sync.Mutex
	got  any // what the last handler was called with
	log  bytes.Buffer
}

func start(t testing.TB, register ...func(*fixture)) *fixture {
	f := &fixture{t: t, fake: clock.NewFake(time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC))}
	f.api = rest.New(rest.Config{
		Title: "Test", Version: "1", Authenticator: tokens{}, Clock: f.fake.Clock(),
		Log: slog.New(slog.NewTextHandler(&f.log, nil)),
	})
	for _, r := range register {
		r(f)
	}
	f.Server = httptest.NewServer(f.api.Handler())
	t.Cleanup(f.Close)
	return f
}

func (f *fixture) saw(v any) { f.mu.Lock(); defer f.mu.Unlock(); f.got = v }

type answer struct {
	Status int
	Header http.Header
	Body   string
}

// do sends a request; headers come as "Name: value". A user's token is sent unless an Authorization header is given.
func (f *fixture) do(method, path, body string, headers ...string) answer {
	f.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, f.URL+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer admin")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, text, _ := strings.Cut(h, ": ")
		req.Header.Del(name)
		if text != "" {
			req.Header.Set(name, text)
		}
	}
	resp, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

func sameJSON(t testing.TB, want, got string) {
	t.Helper()
	var w, g any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("want: %v", err)
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("got %q: %v", got, err)
	}
	if d := cmp.Diff(w, g); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

type byID struct {
	ID rest.PathID `path:"thing_id"`
}

type one struct {
	ID   rest.PathID `path:"thing_id"`
	Body Change
}

func things(f *fixture) {
	at := clock.NewFake(time.Date(2020, 7, 20, 12, 7, 9, 0, time.UTC)).Clock().Micros()
	rest.Get(f.api, rest.Op{Path: "/api/v1/thing/{thing_id}", ID: "getThing", Tag: "Thing", Role: rest.Observer},
		func(_ context.Context, c rest.Caller, in *byID) (*Thing, error) {
			f.saw(c)
			if in.ID != 12 {
				return nil, fault.Missing("Thing", in.ID)
			}
			return &Thing{ID: 12, Name: "a<b>&c", Created: value.EntityTime(at), Volume: 1_500_000, Used: 3, Labels: []string{}}, nil
		})
	rest.List(f.api, rest.Op{Path: "/api/v1/thing", ID: "listThings", Role: rest.Observer, PerPage: 1000},
		func(_ context.Context, _ rest.Caller, in *struct{ rest.Paging }) (rest.Page[Thing], error) {
			f.saw(in.Paging)
			if in.Q == "none" {
				return rest.Page[Thing]{Page: 1, PerPage: 2, Pages: 1, Sort: "id", Filter: "name:ü"}, nil
			}
			return rest.Page[Thing]{Items: make([]Thing, 2), Total: 5, Page: 2, PerPage: 2, Pages: 3, Sort: "id"}, nil
		})
	rest.Table(f.api, rest.Op{Path: "/api/v1/thing/status", ID: "listStatuses", Role: rest.Observer},
		func(context.Context, rest.Caller, *struct{}) ([]value.Described, error) { return nil, nil })
	rest.Create(f.api, rest.Op{Path: "/api/v1/thing", ID: "createThing", Role: rest.User},
		func(_ context.Context, _ rest.Caller, in *struct{ Body Change }) (rest.Created[rest.Empty], error) {
			f.saw(in.Body)
			return rest.Created[rest.Empty]{ID: 99}, nil
		})
	rest.Create(f.api, rest.Op{Path: "/api/v1/token", ID: "createToken", Role: rest.User, Status: 200},
		func(context.Context, rest.Caller, *struct{}) (rest.Created[map[string]string], error) {
			return rest.Created[map[string]string]{Key: "a/b", Body: map[string]string{"token": "x"}}, nil
		})
	rest.Do(f.api, rest.Op{Method: "PATCH", Path: "/api/v1/thing/{thing_id}", ID: "patchThing", Role: rest.User},
		func(_ context.Context, _ rest.Caller, in *one) error { f.saw(in.Body); return nil })
	rest.Do(f.api, rest.Op{Method: "DELETE", Path: "/api/v1/thing/{thing_id}", ID: "deleteThing", Role: rest.Administrator, Status: 200},
		func(_ context.Context, _ rest.Caller, in *byID) error { f.saw(in.ID); return nil })
}
