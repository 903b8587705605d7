package account

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

var home = netip.MustParseAddr("192.0.2.7")

// world is a small tree of organisations with an administrator and a token in one of them.
type world struct {
	*testing.T
	db                                    *db.DB
	at                                    *clock.Fake
	guard                                 *Guard
	operator, reseller, enterprise, other int64
	admin                                 int64
	text                                  string // of a token of the enterprise's administrator
	token                                 tokenKey
}

func each(t *testing.T, test func(w *world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{T: t, db: d, at: clock.NewFake(time.Now())}
		var err error
		if w.guard, err = NewGuard(t.Context(), d, w.at.Clock()); err != nil {
			t.Fatal(err)
		}
		w.operator = w.organisation(Organisation{Type: Operator, Name: "Mast"})
		w.reseller = w.organisation(Organisation{Type: Reseller, Name: "Shop", Parent: w.operator})
		w.enterprise = w.organisation(Organisation{Type: Enterprise, Name: "Fleet", Parent: w.reseller})
		w.other = w.organisation(Organisation{Type: Enterprise, Name: "Meters", Parent: w.operator})
		w.admin = w.user(User{Organisation: w.enterprise, Username: "a@fleet.example", Role: RoleAdministrator})
		w.text = w.newToken(NewToken{})
		w.token, _ = parseTokenText(w.text)
		test(w)
	})
}

func (w *world) organisation(o Organisation) int64 {
	w.Helper()
	id, err := CreateOrganisation(w.Context(), w.db, w.at.Clock(), o)
	w.must(err)
	return id
}

func (w *world) user(u User) int64 {
	w.Helper()
	id, err := CreateUser(w.Context(), w.db, w.at.Clock(), u)
	w.must(err)
	return id
}

func (w *world) newToken(n NewToken) string {
	w.Helper()
	text, err := CreateToken(w.Context(), w.db, w.at.Clock(), Owner{Organisation: w.enterprise, Creator: w.admin, Role: RoleAdministrator}, n)
	w.must(err)
	return text
}

func (w *world) write(fn func(tx *db.Tx) error) {
	w.Helper()
	w.must(w.db.Write(context.Background(), []int64{w.enterprise}, fn))
}

func (w *world) login() string {
	w.Helper()
	bearer, err := w.guard.Login(w.Context(), w.text, home)
	w.must(err)
	return bearer
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// read runs a query for one integer.
func (w *world) count(query string, args ...any) (n int64) {
	w.Helper()
	w.must(w.db.Read(context.Background(), func(q db.Queryer) (err error) { n, err = db.One(q, db.Int, query, args...); return err }))
	return n
}
