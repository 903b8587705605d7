package rest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/rest"
)

func TestBearer(t *testing.T) {
	f := start(t, things)
	onlyMessage := func(body string) bool {
		return strings.HasPrefix(body, `{"message":"`) && !strings.Contains(body, "error_code")
	}
	for _, c := range []struct {
		name, header string
		status       int
		body         string // part of it; "" means only a message
	}{
		{"missing", "", 401, ""},
		{"another scheme", "Basic YTpi", 401, ""},
		{"no token", "Bearer ", 401, ""},
		{"no token of ours", "Bearer garbage", 401, ""},
		{"strange characters", "Bearer a/b", 401, ""},
		{"words", "Bearer user user", 401, ""},
		{"expired", "Bearer expired", 401, `"error_code":1103,"error_token":"TokenExpired"`},
		{"revoked", "Bearer revoked", 401, `"error_code":1102,"error_token":"InvalidToken"`},
		{"scheme in another case", "bearer user", 200, `[`},
		{"two spaces", "Bearer  user", 200, `[`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := f.do("GET", "/api/v1/thing", "", "Authorization: "+c.header)
			if got.Status != c.status || !strings.Contains(got.Body, c.body) || c.body == "" && !onlyMessage(got.Body) {
				t.Errorf("%d %s", got.Status, got.Body)
			}
			if (got.Status == 401) != (got.Header.Get("WWW-Authenticate") == "Bearer") {
				t.Errorf("WWW-Authenticate %q", got.Header.Get("WWW-Authenticate"))
			}
		})
	}
}

// A token of a megabyte must cost nothing: neither the Authenticator nor the body is reached.
func TestHugeToken(t *testing.T) {
	a := rest.New(rest.Config{Title: "Test", Version: "1", Authenticator: untouchable{t}, Clock: clock.System()})
	rest.Do(a, rest.Op{Method: "POST", Path: "/api/v1/x", ID: "x", Role: rest.Observer},
		func(context.Context, rest.Caller, *struct{ Body Change }) error { return nil })
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(context.Background(), "POST", "/api/v1/x", unreadable{t})
	r.Header.Set("Authorization", "Bearer "+strings.Repeat("a", 1<<20))
	a.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Body.String(), `{"message"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type untouchable struct{ t *testing.T }

func (u untouchable) Authenticate(context.Context, string, netip.Addr) (rest.Caller, error) {
	u.t.Error("the authenticator was asked")
	return rest.Caller{}, rest.ErrGarbled
}

type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, http.ErrBodyReadAfterClose
}

// Every role against every least role, and every organisation type against an operation of operators.
func TestRoles(t *testing.T) {
	roles := []rest.Role{rest.Public, rest.Observer, rest.User, rest.Administrator}
	f := start(t, func(f *fixture) {
		for _, r := range roles {
			rest.Do(f.api, rest.Op{Method: "GET", Path: "/api/" + r.String(), ID: r.String(), Role: r},
				func(_ context.Context, c rest.Caller, _ *struct{}) error { f.saw(c); return nil })
		}
		rest.Do(f.api, rest.Op{Method: "GET", Path: "/api/Operators", ID: "o", Role: rest.Observer, For: []rest.OrganisationType{rest.Operator, rest.Reseller}},
			func(context.Context, rest.Caller, *struct{}) error { return nil })
	})
	const forbidden = `{"error_code":1104,"error_token":"Forbidden",`
	for token, level := range map[string]rest.Role{"observer": rest.Observer, "user": rest.User, "admin": rest.Administrator} {
		for _, need := range roles {
			got := f.do("GET", "/api/"+need.String(), "", "Authorization: Bearer "+token)
			if level >= need && got.Status != 204 || level < need && (got.Status != 403 || !strings.HasPrefix(got.Body, forbidden)) {
				t.Errorf("%s at %s: %d %s", token, need, got.Status, got.Body)
			}
		}
	}
	for token, want := range map[string]int{"admin": 403, "operator": 204} {
		if got := f.do("GET", "/api/Operators", "", "Authorization: Bearer "+token); got.Status != want {
			t.Errorf("%s: %d", token, got.Status)
		}
	}
	f.do("GET", "/api/Public", "", "Authorization: Bearer admin")
	if c := f.got.(rest.Caller); c.Organisation != 0 || !c.From.IsValid() {
		t.Errorf("a public operation was given %+v", c)
	}
	for id, want := range map[int64]rest.Role{1: rest.Administrator, 2: rest.User, 3: rest.Observer, 0: rest.Public, 4: rest.Public} {
		if got := rest.RoleByID(id); got != want || got != rest.Public && got.ID() != id {
			t.Errorf("role %d is %v", id, got)
		}
	}
}

func TestOrigin(t *testing.T) {
	for _, c := range []struct {
		name, peer      string
		headers         map[string]string
		location, whose string
	}{
		{"direct", "198.51.100.1:4", nil, "http://sim.example/api/x/5", "198.51.100.1"},
		{"a stranger's headers", "198.51.100.1:4", map[string]string{
			"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example",
		}, "http://sim.example/api/x/5", "198.51.100.1"},
		{"a trusted proxy", "10.0.0.1:4", map[string]string{
			"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.0.0.2", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example:8443",
		}, "https://api.example:8443/api/x/5", "203.0.113.9"},
		{"nonsense from a trusted proxy", "10.0.0.1:4", map[string]string{
			"X-Forwarded-For": "unknown", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "a/b",
		}, "http://sim.example/api/x/5", "10.0.0.1"},
		{"mapped IPv4", "[::ffff:10.0.0.1]:4", map[string]string{"X-Forwarded-For": "2001:db8::1"}, "http://sim.example/api/x/5", "2001:db8::1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var from netip.Addr
			a := rest.New(rest.Config{Title: "Test", Version: "1", Clock: clock.System(), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
			rest.Create(a, rest.Op{Path: "/api/x", ID: "x"}, func(_ context.Context, c rest.Caller, _ *struct{}) (rest.Created[rest.Empty], error) {
				from = c.From
				return rest.Created[rest.Empty]{ID: 5}, nil
			})
			r := httptest.NewRequestWithContext(context.Background(), "POST", "http://sim.example/api/x", nil)
			r.RemoteAddr = c.peer
			for name, text := range c.headers {
				r.Header.Set(name, text)
			}
			w := httptest.NewRecorder()
			a.Handler().ServeHTTP(w, r)
			if got := w.Header().Get("Location"); got != c.location || from.String() != c.whose {
				t.Errorf("%s from %s", got, from)
			}
		})
	}
}
