package account

import (
	"context"
	"encoding/base32"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

const word = "0123456789abcdef0123456789abcdef01234567" // a SHA-1

// joined makes an active user with a password.
func (w *world) joined(organisation int64, username string) int64 {
	w.Helper()
	made, err := w.guard.Invite(w.Context(), Invitation{Username: username, Name: "Ada", Organisation: organisation})
	w.must(err)
	w.must(w.guard.Activate(w.Context(), Acceptance{Key: made.Letter.Key, Password: value.Some(word)}))
	return made.ID
}

func (w *world) enter(username string) Passage {
	w.Helper()
	p, err := w.guard.LoginUser(w.Context(), home, Credentials{Username: username, Password: word})
	w.must(err)
	return p
}

// The values of RFC 6238, appendix B, cut to six digits.
func TestTOTPVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := totp(secret, at/30); got != want {
			t.Errorf("%d: %s, want %s", at, got, want)
		}
	}
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(totpText(secret)); err != nil {
		t.Error(err)
	}
}

// A code is good within a step of its own, and never again once it was used.
func TestTOTPIsGoodOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "secret")
		step := rapid.Int64Range(1, 1<<32).Draw(t, "step")
		off := rapid.Int64Range(-5, 5).Draw(t, "off")
		last := step + rapid.Int64Range(-3, 3).Draw(t, "last")
		code := totp(secret, step)
		got := totpAt(secret, code, (step+off)*totpStep, last)
		if want := off >= -totpSkew && off <= totpSkew && step > last; want != (got == step) && totp(secret, got) != code {
			t.Fatalf("off by %d, last used %d: %d", off, last-step, got)
		}
		if got != 0 && got <= last {
			t.Fatal("a step before the last one used")
		}
	})
}

func TestPasswordsAreHashed(t *testing.T) {
	h := newHasher(1)
	one, err := h.hash(t.Context(), word)
	if err != nil {
		t.Fatal(err)
	}
	two, _ := h.hash(t.Context(), word)
	if one == two || strings.Contains(one, word) || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%s %s", one, two)
	}
	for password, want := range map[string]bool{word: true, strings.ToUpper(word): true, word[1:]: false, "": false} {
		if got, err := h.matches(t.Context(), password, one); err != nil || got != want {
			t.Errorf("%q: %v %v", password, got, err)
		}
		if got, err := h.matches(t.Context(), password, ""); err != nil || got {
			t.Errorf("%q matches nothing: %v %v", password, got, err)
		}
	}
	if got, err := h.matches(t.Context(), word, "$argon2id$v=19$m=1,t=1,p=1$AA$AA"); err == nil || got {
		t.Error("a weaker hash is taken")
	}
	full, cancel := context.WithCancel(t.Context())
	cancel()
	h.slots <- struct{}{}
	if _, err := h.hash(full, word); !errors.Is(err, context.Canceled) {
		t.Errorf("more at once than there are slots: %v", err)
	}
}

// Who does not exist takes as long to refuse as who does: both are a hash away.
func TestRefusalTakesAsLong(t *testing.T) {
	each(t, func(w *world) {
		w.joined(w.enterprise, "ada@fleet.example")
		const names, tries = 2, 100
		var least [names]time.Duration // the rest of a try is the machine's
		for try := range tries {
			who := try % names
			began := time.Now()
			_, err := w.guard.LoginUser(w.Context(), home, Credentials{Username: []string{"ada@fleet.example", "eve@fleet.example"}[who], Password: word[1:]})
			if took := time.Since(began); try < names || took < least[who] {
				least[who] = took
			}
			if err != ErrRefused {
				w.Fatal(err)
			}
			w.at.Advance(6 * time.Minute)
			if known, unknown := least[0], least[1]; try >= 2*names && unknown < 3*known && known < 3*unknown {
				return
			}
		}
		w.Errorf("known %v, unknown %v", least[0], least[1])
	})
}

func TestUserLockout(t *testing.T) {
	each(t, func(w *world) {
		w.joined(w.enterprise, "ada@fleet.example")
		try := func(username, password string, host byte) error {
			from := home.As4()
			from[2] = host
			_, err := w.guard.LoginUser(w.Context(), addr(from), Credentials{Username: username, Password: password})
			return err
		}
		for _, username := range []string{"ada@fleet.example", "eve@fleet.example"} { // whether it exists makes no difference
			for range 3 {
				if err := try(username, word[1:], 1); err != ErrRefused {
					w.Fatal(err)
				}
			}
			if err := try(strings.ToUpper(username), word, 1); !fault.Is(err, fault.TooManyRequests) {
				w.Errorf("%s: %v", username, err)
			}
		}
		if err := try("ada@fleet.example", word, 2); err != nil {
			w.Errorf("another client: %v", err)
		}
		for host := byte(3); host < 33; host++ {
			if err := try("ada@fleet.example", word[1:], host); err != ErrRefused {
				w.Fatal(err)
			}
		}
		if err := try("ada@fleet.example", word, 99); !fault.Is(err, fault.TooManyRequests) {
			w.Errorf("many clients guess: %v", err)
		}
		w.at.Advance(5 * time.Minute)
		if err := try("ada@fleet.example", word, 99); err != nil {
			w.Error(err)
		}
		if n := w.count(`SELECT COUNT(*) FROM event WHERE organisation_id = $1 AND type_id = 6`, w.enterprise); n != 1 {
			w.Errorf("%d events within a minute", n)
		}
	})
}

func TestRefreshTokens(t *testing.T) {
	each(t, func(w *world) {
		w.joined(w.enterprise, "ada@fleet.example")
		first := w.enter("ada@fleet.example")
		second, err := w.guard.Refresh(w.Context(), first.RefreshToken, home)
		w.must(err)
		if who, err := w.guard.Authenticate(w.Context(), second.AuthToken, home); err != nil || who.Username != "ada@fleet.example" {
			w.Errorf("%+v %v", who, err)
		}
		other := w.enter("ada@fleet.example")
		if _, err := w.guard.Refresh(w.Context(), first.RefreshToken, home); err != ErrRefused {
			w.Errorf("twice: %v", err)
		}
		if _, err := w.guard.Refresh(w.Context(), second.RefreshToken, home); err != ErrRefused {
			w.Errorf("after one came twice: %v", err)
		}
		next, err := w.guard.Refresh(w.Context(), other.RefreshToken, home) // another session goes on
		w.must(err)
		w.at.Advance(7 * 24 * time.Hour)
		if _, err := w.guard.Refresh(w.Context(), next.RefreshToken, home); err != ErrRefused {
			w.Errorf("after seven days: %v", err)
		}
		for _, text := range []string{"", "str_", "str_1.2.3.4", first.AuthToken, w.text, strings.Replace(next.RefreshToken, "str_", "sta_", 1)} {
			if _, err := w.guard.Refresh(w.Context(), text, addr([4]byte{192, 0, 2, 77})); err == nil {
				w.Errorf("%q", text)
			}
		}
		for range maxSessions + 5 {
			w.enter("ada@fleet.example")
		}
		if n := w.count(`SELECT COUNT(*) FROM user_session WHERE organisation_id = $1`, w.enterprise); n > maxSessions {
			w.Errorf("%d sessions", n)
		}
	})
}

// What is no user's auth token opens nothing, however it is made up.
func TestForgedUserTokens(t *testing.T) {
	each(t, func(w *world) {
		id := w.joined(w.enterprise, "ada@fleet.example")
		bearer := w.enter("ada@fleet.example").AuthToken
		c, err := w.guard.signer.verify(bearer)
		w.must(err)
		sign := func(change func(c *claims), audience string) string {
			forged := c
			change(&forged)
			text, err := w.guard.signer.sign(forged, "user:1", audience, lifetime)
			w.must(err)
			return text
		}
		if _, err := w.guard.Authenticate(w.Context(), sign(func(*claims) {}, issuer), home); err != nil {
			w.Fatalf("what the attacks start from: %v", err)
		}
		for name, text := range map[string]string{
			"another role":          sign(func(c *claims) { c.Role = RoleObserver }, issuer),
			"another epoch":         sign(func(c *claims) { c.Epoch++ }, issuer),
			"another user":          sign(func(c *claims) { c.User = id + 1 }, issuer),
			"another organisation":  sign(func(c *claims) { c.Organisation = w.other }, issuer),
			"a program as well":     sign(func(c *claims) { c.Token = w.token.id }, issuer),
			"nobody":                sign(func(c *claims) { c.User = 0 }, issuer),
			"half way":              sign(func(*claims) {}, halfway),
			"support by nobody":     sign(func(c *claims) { c.Support = &supporter{Organisation: w.operator} }, issuer),
			"support by a stranger": sign(func(c *claims) { c.Support = &supporter{Organisation: w.operator, User: 99} }, issuer),
			"alg none":              none(w, c),
		} {
			if _, err := w.guard.Authenticate(w.Context(), text, home); !fault.Is(err, fault.InvalidToken) {
				w.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.guard.LoginCode(w.Context(), home, bearer, "123456", nil); err != ErrRefused {
			w.Errorf("an auth token half way: %v", err)
		}
	})
}

func none(w *world, c claims) string {
	text, err := jwt.NewWithClaims(jwt.SigningMethodNone, c).SignedString(jwt.UnsafeAllowNoneSignatureType)
	w.must(err)
	return text
}

// Whatever lets a user in can end; in this process that is felt at once, on another node within half a second.
func TestUserWithdrawal(t *testing.T) {
	by := func(w *world) Actor { return Actor{Organisation: w.enterprise} }
	status := func(n int64) UserPatch {
		return UserPatch{Status: value.Some(value.Ref{ID: value.Some(value.ID(n))})}
	}
	for name, take := range map[string]func(w *world, id int64) error{
		"suspended": func(w *world, id int64) error {
			_, err := w.guard.PatchUser(w.Context(), by(w), id, status(UserSuspended))
			return err
		},
		"deleted":  func(w *world, id int64) error { return w.guard.DeleteUser(w.Context(), by(w), id) },
		"promoted": func(w *world, id int64) error { return w.guard.GiveRole(w.Context(), w.enterprise, id, RoleObserver) },
		"password": func(w *world, id int64) error {
			return w.guard.ChangePassword(w.Context(), Self{w.enterprise, id}, word, strings.Repeat("7", 40))
		},
		"renamed": func(w *world, id int64) error {
			_, err := w.guard.PatchUser(w.Context(), by(w), id, UserPatch{Username: value.Some("new@fleet.example")})
			return err
		},
		"organisation suspended": func(w *world, _ int64) error {
			return w.db.Write(w.Context(), []int64{w.enterprise}, func(tx *db.Tx) error { return SetStatus(tx, w.enterprise, OrganisationSuspended) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *world) {
				id := w.joined(w.enterprise, "ada@fleet.example")
				if name == "promoted" { // the strongest role counts, so it must change
					w.write(func(tx *db.Tx) error { return SetUser(tx, w.enterprise, id, UserActive, RoleAdministrator) })
				}
				node := newGuard(w.db, w.at.Clock(), w.guard.signer.key) // it does not hear of this process's commits
				bearer := w.enter("ada@fleet.example").AuthToken
				for _, g := range []*Guard{w.guard, node} {
					if _, err := g.Authenticate(w.Context(), bearer, home); err != nil {
						w.Fatal(err)
					}
				}
				w.must(take(w, id))
				good := name == "promoted" // an administrator who is an observer too still is one
				if _, err := w.guard.Authenticate(w.Context(), bearer, home); good != (err == nil) {
					w.Errorf("here: %v", err)
				}
				w.at.Advance(time.Duration(stale) * time.Microsecond)
				if _, err := node.Authenticate(w.Context(), bearer, home); good != (err == nil) {
					w.Errorf("there: %v", err)
				}
			})
		})
	}
}

// Of two who use a key at once, one is the first.
func TestKeysAreGoodOnce(t *testing.T) {
	each(t, func(w *world) {
		made, err := w.guard.Invite(w.Context(), Invitation{Username: "ada@fleet.example", Name: "Ada", Organisation: w.enterprise})
		w.must(err)
		errs := make(chan error, 4)
		for range cap(errs) {
			go func() {
				errs <- w.guard.Activate(context.Background(), Acceptance{Key: made.Letter.Key, Password: value.Some(word)})
			}()
		}
		good := 0
		for range cap(errs) {
			if err := <-errs; err == nil {
				good++
			} else if !errors.Is(err, ErrKey) {
				w.Error(err)
			}
		}
		if good != 1 {
			w.Errorf("%d got in", good)
		}
		if n := w.count(`SELECT COUNT(*) FROM user_activation`); n != 0 {
			w.Errorf("%d keys are left", n)
		}
	})
}

// A username is one account, whoever invites first; and an organisation that is gone keeps none.
func TestUsernamesAreUnique(t *testing.T) {
	each(t, func(w *world) {
		id := w.joined(w.enterprise, "ada@fleet.example")
		guest, err := w.guard.Invite(w.Context(), Invitation{Username: "ADA@fleet.example", Name: "A", Organisation: w.other})
		w.must(err)
		if guest.ID != id {
			w.Errorf("%d, %d", guest.ID, id)
		}
		if _, err := CreateUser(w.Context(), w.db, w.at.Clock(), User{Organisation: w.reseller, Username: "Ada@Fleet.example", Role: 1}); !fault.Is(err, fault.Duplicated) {
			w.Error(err)
		}
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE organisation SET status_id = $2 WHERE id = $1`, w.enterprise, OrganisationDeleted)
			return err
		})
		fresh, err := w.guard.Invite(w.Context(), Invitation{Username: "ada@fleet.example", Name: "A", Organisation: w.reseller})
		w.must(err)
		if fresh.ID == id {
			w.Error("the account of an organisation that is gone")
		}
	})
}

func addr(a [4]byte) netip.Addr { return netip.AddrFrom4(a) }
