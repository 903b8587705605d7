package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func TestBodyErrors(t *testing.T) {
	f := start(t, things)
	nested := func(code int, token, message string) string {
		return fmt.Sprintf(`{"error_code":1400,"error_token":"InputValidationFailed","message":"Input validation failed: %s",
			"errors":[{"error_code":%d,"error_token":%q,"message":%q}]}`, message, code, token, message)
	}
	bad := func(message string) string {
		return fmt.Sprintf(`{"error_code":1000,"error_token":"BadRequest","message":%q}`, message)
	}
	for _, c := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"not JSON", "{\n \"a\": ?", 400, bad("the body is not JSON: invalid character '?' looking for beginning of value at line 2 column 7")},
		{"cut off", `{"a"`, 400, bad("the body is not JSON: unexpected end of JSON input at line 1 column 4")},
		{"two values", `{} {}`, 400, bad("the body is not JSON: invalid character '{' after top-level value at line 1 column 4")},
		{"nothing", ``, 400, bad("a JSON body is required")},
		{"an array", `[]`, 422, nested(1403, "InvalidFormat", "body: expected object")},
		{"null", `null`, 422, nested(1403, "InvalidFormat", "body: expected object")},
		{"required", `{}`, 422, nested(1402, "Required", "profile is required")},
		{"wrong id", `{"profile":{"id":"x"}}`, 422, nested(1403, "InvalidFormat", "profile.id: expected integer")},
		{"half id", `{"profile":{"id":1.5}}`, 422, nested(1403, "InvalidFormat", "profile.id: expected integer")},
		{"huge id", `{"profile":{"id":1e300}}`, 422, nested(1403, "InvalidFormat", "body: id must be a whole number")},
		{"not an object", `{"profile":1}`, 422, nested(1403, "InvalidFormat", "profile: expected object")},
		{"number for a text", `{"profile":{},"name":5}`, 422, nested(1403, "InvalidFormat", "name: expected string")},
		{"object for a text", `{"profile":{},"name":{}}`, 422, nested(1403, "InvalidFormat", "name: expected string")},
		{"too long", `{"profile":{},"name":"12345678901"}`, 422, nested(1403, "InvalidFormat", "name: expected length <= 10")},
		{"too small", `{"profile":{},"count":-1}`, 422, nested(1403, "InvalidFormat", "count: expected number >= 0")},
		{"in an array", `{"profile":{},"sims":[{"id":1},{"id":[]}]}`, 422, nested(1403, "InvalidFormat", "sims[1].id: expected integer")},
		{"nul", `{"profile":{},"sims":[{"id":1,"a":{"b":"x\u0000"}}]}`, 422, nested(1403, "InvalidFormat", "sims[0].a.b: expected text without the character U+0000")},
		{"nul in a name", `{"profile":{},"a\u0000":1}`, 422, nested(1403, "InvalidFormat", "body: expected text without the character U+0000")},
		{"no nul", `{"profile":{},"name":"\\\\u0000","until":1}`, 422, nested(1403, "InvalidFormat", "until: expected string")},
		{"no time", `{"profile":{},"until":"soon"}`, 422, nested(1403, "InvalidFormat", "until: expected string to be RFC 3339 date-time")},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := f.do("PATCH", "/api/v1/thing/1", c.body)
			if got.Status != c.status {
				t.Errorf("status %d", got.Status)
			}
			sameJSON(t, c.want, got.Body)
		})
	}
}

func TestManyErrorsAreCut(t *testing.T) {
	f := start(t, things)
	got := f.do("PATCH", "/api/v1/thing/1", `{"profile":{},"sims":[`+strings.Repeat(`{"id":[]},`, 999)+`{}]}`)
	if n := strings.Count(got.Body, `"error_code":1403`); got.Status != 422 || n != 100 {
		t.Errorf("%d with %d errors", got.Status, n)
	}
}

func TestRoutingErrors(t *testing.T) {
	f := start(t, things)
	for _, c := range []struct {
		method, path, body string
		status, code       int
		allow              string
	}{
		{"GET", "/api/v1/nothing", "", 404, 1201, ""},
		{"GET", "/", "", 404, 1201, ""},
		{"GET", "/api//v1/thing", "", 404, 1201, ""},
		{"GET", "/api/v1/thing/zwölf", "", 400, 1000, ""},
		{"GET", "/api/v1/thing/12.5", "", 400, 1000, ""},
		{"GET", "/api/v1/thing/my", "", 400, 1000, ""},
		{"GET", "/api/v1/thing/13", "", 404, 1401, ""},
		{"PUT", "/api/v1/thing/13", "", 405, 1000, "DELETE, GET, HEAD, PATCH"},
	} {
		got := f.do(c.method, c.path, c.body)
		if got.Status != c.status || got.Header.Get("Allow") != c.allow || !strings.HasPrefix(got.Body, fmt.Sprintf(`{"error_code":%d,`, c.code)) {
			t.Errorf("%s %s: %d %v %s", c.method, c.path, got.Status, got.Header["Allow"], got.Body)
		}
	}
}

func TestOversizeBodies(t *testing.T) {
	f := start(t, things, func(f *fixture) {
		rest.Do(f.api, rest.Op{Method: "POST", Path: "/api/v1/thing/multi", ID: "multi", Role: rest.User, MaxBody: rest.Bulk},
			func(context.Context, rest.Caller, *struct{ Body []value.Ref }) error { return nil })
	})
	padding := func(n int) string { return "[" + strings.Repeat(" ", n-2) + "]" }
	if got := f.do("PATCH", "/api/v1/thing/1", padding(1<<20+1)); got.Status != http.StatusRequestEntityTooLarge ||
		!strings.Contains(got.Body, `"error_code":1000`) {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := f.do("PATCH", "/api/v1/thing/1", padding(1<<20)); got.Status != 422 {
		t.Errorf("at the limit: %d %s", got.Status, got.Body)
	}
	if got := f.do("POST", "/api/v1/thing/multi", padding(5<<20)); got.Status != 204 {
		t.Errorf("bulk: %d %s", got.Status, got.Body)
	}
	if got := f.do("POST", "/api/v1/thing/multi", padding(9<<20)); got.Status != 413 {
		t.Errorf("bulk over: %d %s", got.Status, got.Body)
	}
}

func TestOversizeChunkedBody(t *testing.T) {
	f := start(t, things)
	endless := strings.NewReader(strings.Repeat(" ", 3<<20))
	req, err := http.NewRequestWithContext(context.Background(), "PATCH", f.URL+"/api/v1/thing/1", struct{ *strings.Reader }{endless})
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = -1
	req.Header.Set("Authorization", "Bearer admin")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 413 {
		t.Errorf("%d", resp.StatusCode)
	}
}

func TestHandlerErrors(t *testing.T) {
	var err error
	f := start(t, func(f *fixture) {
		rest.Get(f.api, rest.Op{Path: "/api/v1/err", ID: "err", Role: rest.Observer},
			func(context.Context, rest.Caller, *struct{}) (*struct{ F func() }, error) {
				if err == nil {
					return &struct{ F func() }{}, nil // cannot be JSON
				}
				if err.Error() == "panic" {
					panic("secret panic")
				}
				return nil, err
			})
	})
	for _, c := range []struct {
		name   string
		err    error
		status int
		want   string // part of the body; "" for an empty one
		logged string
	}{
		{"fault", fault.New(fault.Duplicated, "twice"), 409, `{"error_code":1405,"error_token":"Duplicated","message":"twice"}`, ""},
		{"wrapped fault", fmt.Errorf("doing: %w", fault.New(fault.NotFound, "gone")), 404, `"gone"`, ""},
		{"fault with another status", fault.New(fault.InvalidReference, "no").WithStatus(404), 404, `"error_code":1401`, ""},
		{"plain", rest.Plain{Status: 422, Message: "no"}, 422, `{"message":"no"}`, ""},
		{"no body", rest.Plain{Status: 401}, 401, "", ""},
		{"internal", errors.New("secret detail"), 500, `"error_token":"InternalError"`, "secret detail"},
		{"panic", errors.New("panic"), 500, `"error_token":"InternalError"`, "secret panic"},
		{"not JSON", nil, 500, `"error_token":"InternalError"`, "encode answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err = c.err
			f.log.Reset()
			got := f.do("GET", "/api/v1/err", "")
			if got.Status != c.status || !strings.Contains(got.Body, c.want) || (c.want == "") != (got.Body == "") {
				t.Errorf("%d %q", got.Status, got.Body)
			}
			if strings.Contains(got.Body, "secret") {
				t.Errorf("leak: %s", got.Body)
			}
			log := f.log.String()
			if !strings.Contains(log, c.logged) || c.logged == "" && log != "" || strings.Count(log, "level=ERROR") > 1 {
				t.Errorf("log %q", log)
			}
			if c.logged != "" && (!strings.Contains(log, got.Header.Get("X-Request-Id")) || !strings.Contains(log, "operation=err")) {
				t.Errorf("log without request id or operation: %s", log)
			}
		})
	}
}
