package account

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

func newFuzzClock() clock.Clock { return clock.NewFake(time.Unix(1_700_000_000, 0)).Clock() }

func revoke(w *world, status int64) {
	w.Helper()
	w.write(func(tx *db.Tx) error {
		return PatchToken(tx, w.enterprise, w.token.id, TokenPatch{Status: value.Some(value.Ref{ID: value.Some(value.ID(status))})})
	})
}

func TestIdentity(t *testing.T) {
	each(t, func(w *world) {
		got, err := w.guard.Authenticate(w.Context(), w.login(), home)
		w.must(err)
		want := Identity{Organisation: w.enterprise, Type: Enterprise, Role: RoleAdministrator, Token: w.token.id, Session: got.Session}
		if diff := cmp.Diff(want, got); diff != "" || len(got.Session) != 16 {
			w.Error(diff, got.Session)
		}
	})
}

// Whatever makes a token good can end; in this process that is felt at once, on another node within half a second.
func TestWithdrawal(t *testing.T) {
	withdrawals := map[string]struct{ take, give func(w *world) }{
		"revoked": {func(w *world) { revoke(w, TokenRevoked) }, func(w *world) { revoke(w, TokenActivated) }},
		"organisation suspended": {
			func(w *world) {
				w.write(func(tx *db.Tx) error { return SetStatus(tx, w.enterprise, OrganisationSuspended) })
			},
			func(w *world) {
				w.write(func(tx *db.Tx) error { return SetStatus(tx, w.enterprise, OrganisationActive) })
			},
		},
		"creator suspended": {
			func(w *world) {
				w.write(func(tx *db.Tx) error { return SetUser(tx, w.enterprise, w.admin, UserSuspended, RoleAdministrator) })
			},
			func(w *world) {
				w.write(func(tx *db.Tx) error { return SetUser(tx, w.enterprise, w.admin, UserActive, RoleAdministrator) })
			},
		},
		"creator demoted": {
			func(w *world) {
				w.write(func(tx *db.Tx) error { return SetUser(tx, w.enterprise, w.admin, UserActive, RoleObserver) })
			},
			func(w *world) {
				w.write(func(tx *db.Tx) error { return SetUser(tx, w.enterprise, w.admin, UserActive, RoleAdministrator) })
			},
		},
	}
	for name, c := range withdrawals {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *world) {
				node := newGuard(w.db, w.at.Clock(), w.guard.signer.key) // it does not hear of this process's commits
				bearer := w.login()
				try := func(when string, g *Guard, good bool) {
					w.Helper()
					if _, err := g.Authenticate(w.Context(), bearer, home); good != (err == nil) || !good && !fault.Is(err, fault.InvalidToken) {
						w.Errorf("%s: %v", when, err)
					}
				}
				try("before", w.guard, true)
				try("before, other node", node, true)
				c.take(w)
				try("after", w.guard, false)
				w.at.Advance(500 * time.Millisecond)
				try("after, other node", node, false)
				c.give(w)
				try("given back", w.guard, true)
				w.at.Advance(500 * time.Millisecond)
				try("given back, other node", node, true)
			})
		})
	}
}

// Calls in between do not keep an old state alive, and a clock that is set back does not either.
func TestStateIsReadAgain(t *testing.T) {
	each(t, func(w *world) {
		node := newGuard(w.db, w.at.Clock(), w.guard.signer.key)
		bearer := w.login()
		_, err := node.Authenticate(w.Context(), bearer, home)
		w.must(err)
		revoke(w, TokenRevoked)
		for range 10 {
			w.at.Advance(50 * time.Millisecond)
			_, err = node.Authenticate(w.Context(), bearer, home)
		}
		if !fault.Is(err, fault.InvalidToken) {
			w.Errorf("after half a second of calls: %v", err)
		}
		revoke(w, TokenActivated)
		w.at.Advance(-2 * time.Second)
		if _, err := node.Authenticate(w.Context(), bearer, home); err != nil {
			w.Errorf("after the clock was set back: %v", err)
		}
	})
}

// Without the database nobody gets in, not even who was in before.
func TestClosedWithoutDatabase(t *testing.T) {
	each(t, func(w *world) {
		bearer := w.login()
		_, err := w.guard.Authenticate(w.Context(), bearer, home)
		w.must(err)
		w.at.Advance(time.Second)
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`ALTER TABLE application_token RENAME TO gone`)
			return err
		})
		if who, err := w.guard.Authenticate(w.Context(), bearer, home); err == nil || fault.Is(err, fault.InvalidToken) {
			w.Errorf("got %v, %v", who, err)
		}
	})
}

func TestTokenLimits(t *testing.T) {
	each(t, func(w *world) {
		w.text = w.newToken(NewToken{
			ExpiryDate: value.Some(value.EntityTime(w.at.Clock().Micros() + clock.Hour)), IP: value.Some("192.0.2.0/24"),
		})
		bearer := w.login()
		away := netip.MustParseAddr("198.51.100.1")
		if _, err := w.guard.Authenticate(w.Context(), bearer, away); !fault.Is(err, fault.InvalidToken) {
			w.Errorf("session from elsewhere: %v", err)
		}
		if _, err := w.guard.Login(w.Context(), w.text, away); err != ErrRefused {
			w.Errorf("login from elsewhere: %v", err)
		}
		if _, err := w.guard.Authenticate(w.Context(), bearer, netip.MustParseAddr("::ffff:192.0.2.9")); err != nil {
			w.Errorf("mapped address: %v", err)
		}
		w.at.Advance(time.Hour)
		if _, err := w.guard.Authenticate(w.Context(), bearer, home); !fault.Is(err, fault.InvalidToken) {
			w.Errorf("session of an expired token: %v", err)
		}
		if _, err := w.guard.Login(w.Context(), w.text, home); err != ErrRefused {
			w.Errorf("login with an expired token: %v", err)
		}
	})
}

func TestCanonicalIP(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"", "", true},
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.7/24", "192.0.2.0/24", true},
		{"2001:db8::1/32", "2001:db8::/32", true},
		{"::ffff:192.0.2.7", "192.0.2.7", true},
		{"::ffff:192.0.2.7/96", "", false},
		{"fe80::1%eth0", "", false},
		{"192.0.2.7/33", "", false},
		{"192.0.2", "", false},
		{"localhost", "", false},
		{"192.0.2.7, 192.0.2.8", "", false},
	} {
		if got, ok := canonicalIP(c.in); ok != c.ok || ok && got != c.want {
			t.Errorf("%q: %q, %v", c.in, got, ok)
		}
	}
	if allows("192.0.2.0/24", netip.Addr{}) || allows("192.0.2.7", netip.Addr{}) {
		t.Error("an unknown address is let in")
	}
}
