package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/rest"
)

func accountRoutes(a *API, r *rest.API) {
	a.authenticateRoutes(r)
	a.setupRoutes(r)
	a.applicationTokenRoutes(r)
	a.organisationRoutes(r)
}

// guarded is a fixture that the real guard stands before. Its requests say where they come from.
type guarded struct {
	*fixture
	from  string // client address
	admin int64  // of the first enterprise
	text  string // application token of that administrator
}

func eachGuarded(t *testing.T, test func(g *guarded)) {
	onEach(t, accountRoutes, func(f *fixture) {
		g := guard(f)
		var err error
		g.admin, err = account.CreateUser(f.t.Context(), f.db, f.clock.Clock(),
			account.User{Organisation: f.enterprise, Username: "a@fleet.example", Name: "Ada", Role: account.RoleAdministrator})
		f.must(err)
		g.text, err = account.CreateToken(f.t.Context(), f.db, f.clock.Clock(), account.Owner{Organisation: f.enterprise, Creator: g.admin}, account.NewToken{})
		f.must(err)
		test(g)
	})
}

func guard(f *fixture) *guarded {
	f.t.Helper()
	var err error
	f.api.Guard, err = account.NewGuard(context.Background(), f.db, f.clock.Clock())
	f.must(err)
	r := rest.New(rest.Config{
		Title: "Test", Version: "1", Authenticator: Authenticator{f.api.Guard}, Log: dbtest.Quiet(), Clock: f.clock.Clock(),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	accountRoutes(f.api, r)
	server := httptest.NewServer(r.Handler())
	f.t.Cleanup(server.Close)
	f.url = server.URL
	return &guarded{fixture: f, from: "192.0.2.7"}
}

func (g *guarded) send(bearer, method, path, body string) answer {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+"/api/v1"+path, strings.NewReader(body))
	g.must(err)
	r.Header.Set("X-Forwarded-For", g.from)
	r.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := http.DefaultClient.Do(r)
	g.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	g.must(err)
	return answer{res.StatusCode, res.Header, string(text)}
}

func (g *guarded) authenticate(text string) answer {
	g.t.Helper()
	return g.send("", "POST", "/authenticate", fmt.Sprintf(`{"application_token": %q, "username": null}`, text))
}

func (g *guarded) login() string {
	g.t.Helper()
	var out struct {
		Token string `json:"auth_token"`
	}
	g.authenticate(g.text).into(g.t, 200, &out)
	return out.Token
}

func TestAuthenticate(t *testing.T) {
	eachGuarded(t, func(g *guarded) {
		bearer := g.login()
		same(g.t, row(g.t, g.send(bearer, "GET", "/application_token", ""), float64(1))["creator"],
			fmt.Sprintf(`{"id": %d, "username": "a@fleet.example", "name": "Ada"}`, g.admin))

		wrong := g.text[:len(g.text)-43] + strings.Repeat("A", 43)
		for range 3 {
			if a := g.authenticate(wrong); a.status != 401 || a.body != "" {
				g.t.Errorf("got %d %q", a.status, a.body)
			}
		}
		g.authenticate(g.text).fails(g.t, 401, 1105)
		g.from = "192.0.2.8"
		g.login()
		g.from = "192.0.2.7"
		g.clock.Advance(5 * time.Minute)
		g.login()

		for name, c := range map[string]struct {
			body         string
			status, code int
		}{
			"refresh token":    {`{"refresh_token": "x"}`, 401, 0},
			"mfa token":        {`{"mfa_token": "x", "code": "123456"}`, 401, 0},
			"user credentials": {`{"username": "a@fleet.example", "password": "x"}`, 403, 1104},
			"nothing":          {`{}`, 400, 1000},
			"null":             {`{"application_token": null}`, 400, 1000},
			"no text":          {`{"application_token": 5}`, 400, 1400},
			"no object":        {`["x"]`, 400, 1400},
			"no body":          {``, 400, 1000},
			"no JSON":          {`{"application_token": `, 400, 1000},
		} {
			a := g.send("", "POST", "/authenticate", c.body)
			if a.fails(g.t, c.status, c.code); a.status == 401 && a.body != "" {
				g.t.Errorf("%s: body %s", name, a.body)
			}
		}
		if a := g.send("", "POST", "/authenticate", `{"username":"a","password":"b"}`); !strings.Contains(a.body, "application token") {
			g.t.Errorf("the message names no application tokens: %s", a.body)
		}
	})
}

func TestBearer(t *testing.T) {
	eachGuarded(t, func(g *guarded) {
		bearer := g.login()
		try := func(bearer string) answer { return g.send(bearer, "GET", "/organisation/my", "") }
		var my map[string]any
		try(bearer).into(g.t, 200, &my)
		if my["organisation_type_id"] != "3" || my["currency_id"] != 1.0 || my["monthly_cost_limit"] != nil || my["name"] != "Enterprise" {
			g.t.Errorf("got %v", my)
		}
		for name, garbled := range map[string]string{"none": "", "garbled": "hello", "9 KiB": strings.Repeat("A", 9<<10), "cut": bearer[:40]} {
			if a := try(garbled); a.status != 401 || !strings.HasPrefix(a.body, `{"message":`) || strings.Contains(a.body, "error_code") {
				g.t.Errorf("%s: %d %s", name, a.status, a.body)
			}
		}
		try(bearer[:len(bearer)-3]).fails(g.t, 401, 1102)
		g.clock.Advance(240 * time.Minute)
		try(bearer).fails(g.t, 401, 1103)
	})
}

func TestRevocation(t *testing.T) {
	eachGuarded(t, func(g *guarded) {
		admin := g.login()
		var made newApplicationToken
		g.send(admin, "POST", "/application_token", ``).into(g.t, 200, &made)
		g.text = made.Text
		bearer := g.login()
		same(g.t, row(g.t, g.send(admin, "GET", "/application_token", ""), 2)["creator"],
			fmt.Sprintf(`{"id": %d, "username": "a@fleet.example", "name": "Ada"}`, g.admin)) // whoever made the first

		if a := g.send(admin, "PATCH", "/application_token/2", `{"status": {"id": "1", "description": "Revoked"}}`); a.status != 204 {
			g.t.Fatal(a)
		}
		g.send(bearer, "GET", "/organisation/my", "").fails(g.t, 401, 1102)
		if a := g.authenticate(made.Text); a.status != 401 || a.body != "" {
			g.t.Error(a)
		}
		if a := g.send(admin, "PATCH", "/application_token/2.0", `{"status": {"id": 0.0}}`); a.status != 204 {
			g.t.Fatal(a)
		}
		if a := g.send(bearer, "GET", "/organisation/my", ""); a.status != 200 {
			g.t.Error(a)
		}
	})
}

func TestAddressOfAToken(t *testing.T) {
	eachGuarded(t, func(g *guarded) {
		var made newApplicationToken
		g.send(g.login(), "POST", "/application_token", `{"ip": "198.51.100.0/24"}`).into(g.t, 200, &made)
		g.text = made.Text
		if a := g.authenticate(g.text); a.status != 401 || a.body != "" {
			g.t.Error(a)
		}
		g.from = "198.51.100.9"
		bearer := g.login()
		g.from = "192.0.2.7"
		g.send(bearer, "GET", "/organisation/my", "").fails(g.t, 401, 1102)
	})
}

func TestSetup(t *testing.T) {
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			c := clock.NewFake(began)
			g := guard(&fixture{t: t, db: open(t, c.Clock()), clock: c, api: &API{Clock: c.Clock(), Log: dbtest.Quiet()}})
			g.api.DB = g.db
			token, err := account.SetupToken(t.Context(), g.db)
			g.must(err)
			setup := func(token, rest string) answer {
				return g.send("", "POST", "/setup", fmt.Sprintf(`{"setup_token": %q, %s}`, token, rest))
			}
			if a := setup("sss_wrong", `"organisation": {"name": "Mast"}, "username": "a@mast.example"`); a.status != 401 || a.body != "" {
				t.Error(a)
			}
			setup(token, `"organisation": {"name": "", "time_zone": "Nowhere", "country": {"id": 9999}}, "username": "a"`).fails(t, 422, 1400)
			setup(token, `"username": "a@mast.example"`).fails(t, 422, 1400)
			a := setup(token, `"organisation": {"name": "Mast", "time_zone": "Europe/Berlin"}, "username": "a@mast.example", "name": "Ada"`)
			var made account.SetUp
			a.into(t, 201, &made)
			if made.Organisation.Name != "Mast" || made.Organisation.ID == 0 || made.User.ID == 0 {
				t.Errorf("got %s", a.body)
			}
			g.text = made.ApplicationToken
			if a := g.send(g.login(), "GET", "/organisation/my", ""); a.status != 200 {
				t.Error(a)
			}
			setup(token, `"organisation": {"name": "Mast"}, "username": "a@mast.example"`).fails(t, 403, 1104)
			setup("sss_wrong", `"organisation": {"name": "Mast"}, "username": "a@mast.example"`).fails(t, 403, 1104)
		})
	}
}

var _ rest.Authenticator = Authenticator{}
