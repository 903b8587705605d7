package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/rest"
)

// fixture is a served API over a database with an operator, its reseller and the reseller's two enterprises.
type fixture struct {
	t                                     *testing.T
	db                                    *db.DB
	api                                   *API
	clock                                 *clock.Fake
	url                                   string
	operator, reseller, enterprise, other int64
}

// began is where a fixture's clock stands at first.
var began = time.Date(2026, 11, 15, 12, 0, 30, 0, time.UTC)

// onEach runs a test against SQLite and against PostgreSQL, with the given operations served.
func onEach(t *testing.T, routes func(*API, *rest.API), test func(*fixture)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		c := clock.NewFake(began)
		test(newFixture(t, dbtest.SQLite(t, c.Clock()), c, routes))
	})
	t.Run("postgres", func(t *testing.T) {
		c := clock.NewFake(began)
		test(newFixture(t, dbtest.Postgres(t, c.Clock()), c, routes))
	})
}

func newFixture(t *testing.T, d *db.DB, c *clock.Fake, routes func(*API, *rest.API)) *fixture {
	t.Helper()
	f := &fixture{t: t, db: d, clock: c, api: &API{DB: d, Clock: c.Clock(), Log: dbtest.Quiet()}}
	data, err := network.Reference()
	f.must(err)
	f.must(network.Load(context.Background(), d, data))
	f.operator = f.organisation("Operator", account.Operator, 0)
	f.reseller = f.organisation("Reseller", account.Reseller, f.operator)
	f.enterprise = f.organisation("Enterprise", account.Enterprise, f.reseller)
	f.other = f.organisation("Other", account.Enterprise, f.reseller)
	r := rest.New(rest.Config{Title: "Test", Version: "1", Authenticator: named{}, Log: dbtest.Quiet(), Clock: c.Clock()})
	routes(f.api, r)
	server := httptest.NewServer(r.Handler())
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *fixture) organisation(name string, kind, parent int64) int64 {
	f.t.Helper()
	id, err := account.CreateOrganisation(context.Background(), f.db, f.clock.Clock(), account.Organisation{
		Name: name, Type: kind, Parent: parent, Country: 1, TimeZone: "Europe/Berlin",
	})
	f.must(err)
	return id
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// write runs a change under the head of an organisation.
func (f *fixture) write(organisation int64, fn func(tx *db.Tx) error) {
	f.t.Helper()
	f.must(f.db.Write(context.Background(), []int64{organisation}, fn))
}

// exec runs one statement.
func (f *fixture) exec(statement string, args ...any) {
	f.t.Helper()
	f.write(f.operator, func(tx *db.Tx) error { _, err := tx.Exec(statement, args...); return err })
}

// named is an authenticator whose tokens say who their holder is: "organisation-type-role", with the contract's ids, and
// "-user" behind them for a user's own.
type named struct{}

func (named) Authenticate(_ context.Context, bearer string, from netip.Addr) (rest.Caller, error) {
	c := rest.Caller{From: from, Session: "test"}
	var role int64
	if _, err := fmt.Sscanf(bearer, "%d-%d-%d", &c.Organisation, &c.Type, &role); err != nil {
		return c, rest.ErrGarbled
	}
	c.Role = rest.RoleByID(role)
	_, _ = fmt.Sscanf(bearer, "%d-%d-%d-%d", new(int64), new(int64), new(int64), &c.User) // 0 for an application token
	return c, nil
}

// token names an administrator of an organisation of the fixture.
func (f *fixture) token(organisation int64) string {
	kind := account.Enterprise
	switch organisation {
	case f.operator:
		kind = account.Operator
	case f.reseller:
		kind = account.Reseller
	}
	return fmt.Sprintf("%d-%d-%d", organisation, kind, account.RoleAdministrator)
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
}

// into decodes the answer, which must have the given status.
func (a answer) into(t *testing.T, status int, out any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), out); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

// fails asserts a status and the contract's error code.
func (a answer) fails(t *testing.T, status, code int) {
	t.Helper()
	var e rest.Error
	_ = json.Unmarshal([]byte(a.body), &e)
	if a.status != status || int(e.Code) != code {
		t.Errorf("got %d with code %d, want %d with %d: %s", a.status, e.Code, status, code, a.body)
	}
}

// get asks as an administrator of the first enterprise.
func (f *fixture) get(path string) answer {
	f.t.Helper()
	return f.call(f.token(f.enterprise), http.MethodGet, path, "")
}

// call sends a request with the given token; path follows /api.
func (f *fixture) call(token, method, path, body string) answer {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.url+"/api"+path, bytes.NewBufferString(body))
	f.must(err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	f.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	f.must(err)
	return answer{res.StatusCode, res.Header, string(text)}
}
