package account

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/fault"
)

func eachEmpty(t *testing.T, test func(t *testing.T, d *db.DB, g *Guard, at *clock.Fake)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := clock.NewFake(time.Now())
		g, err := NewGuard(t.Context(), d, at.Clock())
		if err != nil {
			t.Fatal(err)
		}
		test(t, d, g, at)
	})
}

func wish(token string) Setup {
	return Setup{SetupToken: token, Organisation: SetupOrganisation{Name: "Mast"}, Username: "a@mast.example"}
}

func TestSetup(t *testing.T) {
	eachEmpty(t, func(t *testing.T, d *db.DB, g *Guard, at *clock.Fake) {
		old, err := SetupToken(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		token, err := SetupToken(t.Context(), d) // the next start
		if err != nil || token == old || !strings.HasPrefix(token, setupPrefix) {
			t.Fatalf("got %q after %q: %v", token, old, err)
		}
		if _, err := g.Setup(t.Context(), home, wish(old)); err != ErrRefused {
			t.Errorf("token of the start before: %v", err)
		}
		bad := wish(token)
		bad.Username = "nobody"
		if _, err := g.Setup(t.Context(), home, bad); !fault.Is(err, fault.InputValidationFailed) {
			t.Errorf("bad username: %v", err)
		}
		made, err := g.Setup(t.Context(), home, wish(token))
		if err != nil {
			t.Fatal(err)
		}
		bearer, err := g.Login(t.Context(), made.ApplicationToken, home)
		if err != nil {
			t.Fatal(err)
		}
		who, err := g.Authenticate(t.Context(), bearer, home)
		if err != nil || who.Type != Operator || who.Role != RoleAdministrator || who.Organisation != int64(made.Organisation.ID) {
			t.Errorf("%+v: %v", who, err)
		}
		if _, err := g.Setup(t.Context(), home, wish(token)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("second time: %v", err)
		}
		if again, err := SetupToken(t.Context(), d); again != "" || err != nil {
			t.Errorf("setup token of a platform that is set up: %q, %v", again, err)
		}
	})
}

func TestSetupOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, d *db.DB, g *Guard, _ *clock.Fake) {
		token, err := SetupToken(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var group sync.WaitGroup
		made := 0
		for range 8 {
			group.Go(func() {
				_, err := g.Setup(t.Context(), home, wish(token))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					made++
				} else if !fault.Is(err, fault.Forbidden) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		w := world{T: t, db: d}
		if n := w.count(`SELECT COUNT(*) FROM organisation`); n != 1 || made != 1 {
			t.Errorf("%d organisations, %d told so", n, made)
		}
	})
}

func TestSetupLockout(t *testing.T) {
	eachEmpty(t, func(t *testing.T, d *db.DB, g *Guard, at *clock.Fake) {
		if _, err := g.Setup(t.Context(), home, wish("")); err != ErrRefused {
			t.Errorf("before there is a token: %v", err)
		}
		token, err := SetupToken(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := g.Setup(t.Context(), home, wish("sss_guess")); err != ErrRefused {
				t.Errorf("got %v", err)
			}
		}
		if _, err := g.Setup(t.Context(), home, wish(token)); !fault.Is(err, fault.TooManyRequests) {
			t.Errorf("got %v", err)
		}
		at.Advance(5 * time.Minute)
		if _, err := g.Setup(t.Context(), home, wish(token)); err != nil {
			t.Error(err)
		}
	})
}
