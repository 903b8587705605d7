package rest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
)

func TestGet(t *testing.T) {
	f := start(t, things)
	for _, id := range []string{"12", "12.0"} {
		got := f.do("GET", "/api/v1/thing/"+id, "")
		const want = `{"id":12,"name":"a<b>&c","tags":null,"created":"2020-07-20T12:07:09.000+0000",` +
			`"status":{"id":0,"description":""},"profile":null,"volume":1.5,"cost":0,"used_count":"3","labels":[]}`
		if got.Status != 200 || got.Body != want {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if kind := got.Header.Get("Content-Type"); kind != "application/json" {
			t.Errorf("content type %q", kind)
		}
	}
	if c := f.got.(rest.Caller); c.Organisation != 7 || c.From.String() != "127.0.0.1" {
		t.Errorf("caller %+v", c)
	}
}

func TestCommonHeaders(t *testing.T) {
	f := start(t, things)
	for _, path := range []string{"/api/v1/thing/12", "/api/v1/nothing", "/api/v1/thing/x"} {
		h := f.do("GET", path, "").Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
			"Access-Control-Allow-Origin": "*",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if exposed := h.Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, "X-Total-Count") || !strings.Contains(exposed, "Location") {
			t.Errorf("exposed %q", exposed)
		}
		if len(h.Get("X-Request-Id")) < 20 {
			t.Errorf("request id %q", h.Get("X-Request-Id"))
		}
	}
}

func TestPreflight(t *testing.T) {
	f := start(t, things)
	got := f.do("OPTIONS", "/api/v1/thing/12", "", "Authorization: ", "Origin: https://app.example", "Access-Control-Request-Method: PATCH")
	if got.Status != 204 || got.Body != "" {
		t.Errorf("%d %q", got.Status, got.Body)
	}
	if !strings.Contains(got.Header.Get("Access-Control-Allow-Methods"), "PATCH") ||
		!strings.Contains(got.Header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("%v", got.Header)
	}
}

func TestListHeaders(t *testing.T) {
	f := start(t, things)
	got := f.do("GET", "/api/v1/thing?q=name:a&sort=+name,-id&page=2&per_page=2.0", "")
	if d := cmp.Diff(rest.Paging{Q: "name:a", Sort: " name,-id", Page: "2", PerPage: "2.0"}, f.got); d != "" {
		t.Errorf("input (-want +got)\n%s", d)
	}
	want := map[string]string{
		"X-Total-Count": "5", "X-Total-Pages": "3", "X-Current-Page": "2", "X-Count-Per-Page": "2", "X-Sort": "id", "X-Filter": "",
	}
	for name, text := range want {
		if h := got.Header.Get(name); h != text {
			t.Errorf("%s is %q, want %q", name, h, text)
		}
	}
	base := "<" + f.URL + "/api/v1/thing?q=name:a&sort=+name,-id&per_page=2.0&page="
	links := base + `1>; rel="first", ` + base + `1>; rel="prev", ` + base + `3>; rel="next", ` + base + `3>; rel="last"`
	if d := cmp.Diff(links, got.Header.Get("Link")); d != "" {
		t.Errorf("Link (-want +got)\n%s", d)
	}
	if !strings.HasPrefix(got.Body, `[{"id":0,`) {
		t.Errorf("body %.40s", got.Body)
	}
}

func TestEmptyList(t *testing.T) {
	f := start(t, things)
	got := f.do("GET", "/api/v1/thing?q=none&evil=<x>", "")
	if got.Body != "[]" || got.Header.Get("X-Filter") != "name%3A%C3%BC" || got.Header.Get("X-Total-Count") != "0" {
		t.Errorf("%q %v", got.Body, got.Header)
	}
	base := "<" + f.URL + "/api/v1/thing?q=none&evil=%3Cx%3E&page=1>"
	if link := got.Header.Get("Link"); link != base+`; rel="first", `+base+`; rel="last"` {
		t.Errorf("Link %q", link)
	}
}

func TestTable(t *testing.T) {
	f := start(t, things)
	got := f.do("GET", "/api/v1/thing/status", "")
	if got.Status != 200 || got.Body != "[]" {
		t.Errorf("%d %q", got.Status, got.Body)
	}
	for _, name := range []string{"X-Total-Count", "Link", "X-Sort"} {
		if h := got.Header.Get(name); h != "" {
			t.Errorf("%s is %q", name, h)
		}
	}
}

func TestCreate(t *testing.T) {
	f := start(t, things)
	got := f.do("POST", "/api/v1/thing", `{"profile":{"id":1}}`)
	if got.Status != 201 || got.Body != "" || got.Header.Get("Location") != f.URL+"/api/v1/thing/99" {
		t.Errorf("%d %q %v", got.Status, got.Body, got.Header)
	}
	got = f.do("POST", "/api/v1/token", "")
	if got.Status != 200 || got.Body != `{"token":"x"}` || got.Header.Get("Location") != f.URL+"/api/v1/token/a%2Fb" {
		t.Errorf("%d %q %v", got.Status, got.Body, got.Header)
	}
}

// What there is one of stands at the path itself; an operation may call wrong values by another status than 422.
func TestCreateHere(t *testing.T) {
	f := start(t, func(f *fixture) {
		rest.Create(f.api, rest.Op{Path: "/api/v1/thing/{thing_id}/lid", ID: "setLid", Role: rest.User, Invalid: 400},
			func(_ context.Context, _ rest.Caller, in *one) (rest.Created[rest.Empty], error) {
				if in.Body.Name.Value == "bad" {
					return rest.Created[rest.Empty]{}, fault.Invalid(fault.New(fault.InvalidFormat, "name"))
				}
				return rest.Created[rest.Empty]{Here: true}, nil
			})
	})
	got := f.do("POST", "/api/v1/thing/12.0/lid", `{"profile":{"id":1}}`)
	if got.Status != 201 || got.Body != "" || got.Header.Get("Location") != f.URL+"/api/v1/thing/12.0/lid" {
		t.Errorf("%d %q %v", got.Status, got.Body, got.Header)
	}
	for _, body := range []string{`{"profile":{"id":1},"name":"bad"}`, `{"profile":{"id":1},"name":5}`} {
		if got := f.do("POST", "/api/v1/thing/12/lid", body); got.Status != 400 || !strings.Contains(got.Body, `"error_code":1400`) {
			t.Errorf("%d %q", got.Status, got.Body)
		}
	}
	if document := f.do("GET", "/api/openapi.json", "").Body; strings.Contains(document, `"422"`) {
		t.Error("the document still speaks of 422")
	}
}

func TestDo(t *testing.T) {
	f := start(t, things)
	if got := f.do("PATCH", "/api/v1/thing/1", `{"profile":{"id":1}}`); got.Status != 204 || got.Body != "" {
		t.Errorf("%d %q", got.Status, got.Body)
	}
	if got := f.do("DELETE", "/api/v1/thing/-1", ""); got.Status != 200 || got.Body != "" || f.got != rest.PathID(-1) {
		t.Errorf("%d %q %v", got.Status, got.Body, f.got)
	}
}

func TestPathIDs(t *testing.T) {
	type in struct {
		Org  rest.OrgID  `path:"org_id"`
		User rest.UserID `path:"user_id"`
		Type string      `query:"type" enum:"a,b"`
		Flag bool        `query:"flag"`
		N    int         `query:"n" minimum:"1"`
	}
	f := start(t, func(f *fixture) {
		rest.Do(f.api, rest.Op{Method: "GET", Path: "/api/v1/organisation/{org_id}/user/{user_id}", ID: "x", Role: rest.Observer},
			func(_ context.Context, c rest.Caller, in *in) error {
				f.saw([]any{in.Org.Of(c), in.User.Of(c), in.User.Username, in.Type, in.Flag, in.N})
				return nil
			})
	})
	for _, c := range []struct {
		path   string
		status int
		want   []any
	}{
		{"my/user/my", 204, []any{int64(7), int64(70), "", "", false, 0}},
		{"9/user/3.0?type=b&flag=true&n=2.0", 204, []any{int64(9), int64(3), "", "b", true, 2}},
		{"9/user/a@b.example", 204, []any{int64(9), int64(0), "a@b.example", "", false, 0}},
		{"mine/user/3", 400, nil},
		{"9/user/3?type=c", 422, nil},
		{"9/user/3?flag=maybe", 422, nil},
		{"9/user/3?n=0", 422, nil},
		{"9/user/3?n=x", 422, nil},
	} {
		f.saw(nil)
		got := f.do("GET", "/api/v1/organisation/"+c.path, "")
		if got.Status != c.status {
			t.Errorf("%s: %d %s", c.path, got.Status, got.Body)
		}
		if seen, _ := f.got.([]any); !cmp.Equal(c.want, seen) {
			t.Errorf("%s: %v", c.path, seen)
		}
	}
}

func TestOverlappingPaths(t *testing.T) {
	f := start(t, func(f *fixture) {
		for id, path := range map[string]string{
			"operation": "/api/v1/sim/operation/{operation_id}", "event": "/api/v1/sim/{sim_id}/event", "stats": "/api/v1/sim/{sim_id}/stats",
		} {
			rest.Do(f.api, rest.Op{Method: "GET", Path: path, ID: id, Role: rest.Observer},
				func(context.Context, rest.Caller, *struct{}) error { f.saw(id); return nil })
		}
	})
	for path, want := range map[string]string{"operation/7f": "operation", "12/event": "event", "12/stats": "stats"} {
		if got := f.do("GET", "/api/v1/sim/"+path, ""); got.Status != 204 || f.got != want {
			t.Errorf("%s: %d %v", path, got.Status, f.got)
		}
	}
	if got := f.do("POST", "/api/v1/sim/12/event", ""); got.Status != 405 || got.Header.Get("Allow") == "" {
		t.Errorf("%d %v", got.Status, got.Header)
	}
}
