package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/provision"
)

// tree is a running platform with an operator, two resellers and an enterprise of each.
type tree struct {
	t       *testing.T
	app     *app.App
	clock   *clock.Fake
	orgs    map[string]int64  // by name
	bearers map[string]string // auth tokens by who holds them
}

// What stands in the tree. Harbour is the organisation that is looked at; Shop is above it, Outland is a stranger.
const plan = `
tariffs:
  - {name: Fleet, currency: EUR, apns: [internet], zones: [{name: Home, networks: ["26201"], data_rate: "0.05", sms_rate: "0.04"}]}
  - {name: Spare, currency: EUR, zones: [{name: Home, networks: ["26201"], data_rate: "1"}]}
organisations:
  - {name: Shop, type: reseller, currency: EUR, tariffs: [Fleet]}
  - {name: Far, type: reseller, currency: EUR, tariffs: [Fleet]}
  - {name: Harbour, type: enterprise, parent: Shop, tariffs: [Fleet], address_space: 100.65.0.0/24, sims: "harbour.csv",
     inclusive_volumes: [{tariff: Fleet, zone: Home, volume: 10, rate: "1"}]}
  - {name: Outland, type: enterprise, parent: Far, tariffs: [Fleet], address_space: 100.66.0.0/24, sims: "outland.csv",
     inclusive_volumes: [{tariff: Fleet, zone: Home, volume: 10, rate: "1"}]}
`

// onTrees runs a test on a tree on each database.
func onTrees(t *testing.T, test func(*tree)) {
	t.Run("sqlite", func(t *testing.T) { test(newTree(t, "")) })
	t.Run("postgres", func(t *testing.T) { test(newTree(t, dbtest.PostgresURL(t))) })
}

func newTree(t *testing.T, database string) *tree {
	t.Helper()
	w := &tree{t: t, clock: clock.NewFake(time.Now().Add(-5 * time.Hour)), orgs: map[string]int64{}, bearers: map[string]string{}}
	c := app.Defaults()
	c.HTTPAddr, c.RADIUSAuthAddr, c.RADIUSAcctAddr, c.DiameterAddr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", ""
	c.DataDir, c.DatabaseURL, c.DatabaseConns, c.Limits = t.TempDir(), database, 6, app.LimitConfig{}
	var err error
	w.app, err = app.New(t.Context(), c, w.clock.Clock(), dbtest.Quiet())
	w.must(err)
	w.grow()
	w.must(w.app.Listen())
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.app.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	w.login()
	return w
}

func (w *tree) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// grow makes the organisations with their SIMs, endpoints and profiles.
func (w *tree) grow() {
	w.t.Helper()
	ctx := context.Background()
	operator, err := account.CreateOrganisation(ctx, w.app.DB, w.clock.Clock(), account.Organisation{Type: account.Operator, Name: "Mast"})
	w.must(err)
	folder := w.t.TempDir()
	for n, name := range []string{"harbour.csv", "outland.csv"} {
		text := "iccid,imsi,msisdn,eid,endpoint name\n"
		for i := range 3 {
			text += fmt.Sprintf("89490000000000%05d,2620190000%05d,49150%07d,,%s-%d\n", 100*n+i, 100*n+i, 100*n+i, name[:7], i)
		}
		w.must(os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	path := filepath.Join(folder, "plan.yaml")
	w.must(os.WriteFile(path, []byte(plan), 0o600))
	file, err := provision.Open(path)
	w.must(err)
	w.must((&provision.Provisioner{DB: w.app.DB, Clock: w.clock.Clock(), Out: io.Discard}).Apply(ctx, file))
	w.orgs["Mast"] = operator
	w.must(w.app.DB.Read(ctx, func(q db.Queryer) error {
		for _, name := range []string{"Shop", "Far", "Harbour", "Outland"} {
			if w.orgs[name], err = db.One(q, db.Int, `SELECT id FROM organisation WHERE name = $1`, name); err != nil {
				return err
			}
		}
		return nil
	}))
}

// login gives each caller of the tests an auth token: for each organisation its administrator's, for Harbour one of each
// role, one that has expired, one that is revoked, and one of a token that no user stands behind.
func (w *tree) login() {
	w.t.Helper()
	late, _ := w.token("Harbour", account.RoleAdministrator)
	w.bearers["expired"] = late
	w.clock.Advance(5 * time.Hour)
	for name := range w.orgs {
		w.bearers[name], _ = w.token(name, account.RoleAdministrator)
	}
	for name, role := range map[string]int64{"observer": account.RoleObserver, "user": account.RoleUser} {
		w.bearers[name], _ = w.token("Harbour", role)
	}
	text, err := account.CreateToken(context.Background(), w.app.DB, w.clock.Clock(), account.Owner{Organisation: w.orgs["Harbour"], Role: account.RoleAdministrator}, account.NewToken{})
	w.must(err)
	w.bearers["application token"] = w.trade(text)
	revoked, id := w.token("Harbour", account.RoleAdministrator)
	w.bearers["revoked"] = revoked
	if got := w.send("Harbour", "PATCH", fmt.Sprintf("/api/v1/application_token/%d", id), `{"status":{"id":1}}`); got.status != 204 {
		w.t.Fatal(got)
	}
}

// token makes a user of a role with a token, and an auth token from that. It returns the token's id as well.
func (w *tree) token(organisation string, role int64) (bearer string, id int64) {
	w.t.Helper()
	ctx, owner := context.Background(), w.orgs[organisation]
	user, err := account.CreateUser(ctx, w.app.DB, w.clock.Clock(), account.User{
		Organisation: owner, Username: fmt.Sprintf("u%d-%d@%s.example", w.clock.Clock().Micros(), role, strings.ToLower(organisation)), Name: "User", Role: role,
	})
	if err != nil { // a second one of the same kind
		user, err = account.CreateUser(ctx, w.app.DB, w.clock.Clock(), account.User{
			Organisation: owner, Username: fmt.Sprintf("second-%d@%s.example", role, strings.ToLower(organisation)), Name: "User", Role: role,
		})
	}
	w.must(err)
	text, err := account.CreateToken(ctx, w.app.DB, w.clock.Clock(), account.Owner{Organisation: owner, Creator: user}, account.NewToken{})
	w.must(err)
	w.must(w.app.DB.Read(ctx, func(q db.Queryer) error {
		id, err = db.One(q, db.Int, `SELECT max(id) FROM application_token WHERE organisation_id = $1`, owner)
		return err
	}))
	return w.trade(text), id
}

func (w *tree) trade(text string) string {
	w.t.Helper()
	var out struct {
		Token string `json:"auth_token"`
	}
	got := w.send("", "POST", "/api/v1/authenticate", fmt.Sprintf(`{"application_token":%q}`, text))
	if json.Unmarshal([]byte(got.body), &out) != nil || out.Token == "" {
		w.t.Fatalf("authenticate: %v", got)
	}
	return out.Token
}

type answer struct {
	status int
	header http.Header
	body   string
}

// send asks as somebody; "" is nobody.
func (w *tree) send(who, method, path, body string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.app.URL()+path, bytes.NewBufferString(body))
	w.must(err)
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+w.bearers[who])
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	w.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	w.must(err)
	return answer{res.StatusCode, res.Header, string(text)}
}

// firstID is the id of the last row of a list; 0 when there is none.
func (w *tree) lastID(who, list string) int64 {
	w.t.Helper()
	got := w.send(who, "GET", list, "")
	var rows []struct{ ID json.Number }
	if json.Unmarshal([]byte(got.body), &rows) != nil || len(rows) == 0 {
		return 0
	}
	id, _ := strconv.ParseInt(rows[len(rows)-1].ID.String(), 10, 64)
	return id
}
