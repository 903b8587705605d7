package account

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// wrong is a token's text with another secret.
func wrong(text string) string { return text[:len(text)-43] + strings.Repeat("A", 43) }

func TestLockout(t *testing.T) {
	each(t, func(w *world) {
		try := func(text string, from netip.Addr) string {
			switch _, err := w.guard.Login(w.Context(), text, from); {
			case err == nil:
				return "in"
			case err == ErrRefused:
				return "refused"
			case fault.Is(err, fault.TooManyRequests):
				return "locked"
			default:
				return err.Error()
			}
		}
		expect := func(want, text string, from netip.Addr) {
			w.Helper()
			if got := try(text, from); got != want {
				w.Errorf("got %s, want %s", got, want)
			}
		}
		expect("refused", wrong(w.text), home)
		expect("refused", wrong(w.text), home)
		expect("in", w.text, home) // a success starts the count anew
		for range 3 {
			expect("refused", wrong(w.text), home)
		}
		expect("locked", w.text, home)
		expect("in", w.text, netip.MustParseAddr("192.0.2.8")) // somebody else's failures are not ours
		w.at.Advance(5*time.Minute - time.Second)
		expect("locked", w.text, home)
		w.at.Advance(time.Second)
		expect("refused", wrong(w.text), home) // the first of a new count
		expect("in", w.text, home)

		for range 2 { // too slow to be a row of failures
			expect("refused", wrong(w.text), home)
		}
		w.at.Advance(6 * time.Minute)
		expect("refused", wrong(w.text), home)
		expect("in", w.text, home)

		six := func(host int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", host)) }
		for i := range 3 { // a client with many addresses
			expect("refused", wrong(w.text), six(i+1))
		}
		expect("locked", wrong(w.text), six(4))
		for range 3 {
			expect("refused", "rubbish", home)
		}
		expect("locked", "other rubbish", home)
		expect("in", w.text, home)
	})
}

// Whoever tries a great many tokens makes the Guard remember no more than it may.
func TestLockoutIsBounded(t *testing.T) {
	g := newGuard(nil, newFuzzClock(), make([]byte, 32))
	for i := range int64(5 * kept) {
		g.failed(suspectOf(home, tokenKey{1, i + 1}))
	}
	if n := len(g.failures.young) + len(g.failures.old); n > 2*kept {
		t.Errorf("%d rows", n)
	}
}

// A right token that is refused is told to its organisation, once a minute; a wrong one is not.
func TestRefusalIsTold(t *testing.T) {
	each(t, func(w *world) {
		events := func() int64 {
			return w.count(`SELECT COUNT(*) FROM event WHERE organisation_id = $1 AND type_id = 7`, w.enterprise)
		}
		revoke(w, TokenRevoked)
		refuse := func(text, from string) {
			w.Helper()
			if _, err := w.guard.Login(w.Context(), text, netip.MustParseAddr(from)); err != ErrRefused {
				w.Errorf("got %v", err)
			}
		}
		refuse(wrong(w.text), "192.0.2.1")
		if n := events(); n != 0 {
			w.Errorf("%d events of a wrong secret", n)
		}
		for i := range 5 {
			refuse(w.text, fmt.Sprintf("192.0.2.%d", i+2))
		}
		if n := events(); n != 1 {
			w.Errorf("%d events within a minute", n)
		}
		w.at.Advance(time.Minute)
		refuse(w.text, "192.0.2.1")
		if n := events(); n != 2 {
			w.Errorf("%d events after a minute", n)
		}
	})
}

// The database keeps no text that would let anybody in.
func TestSecretsAreNotStored(t *testing.T) {
	each(t, func(w *world) {
		var stored []byte
		w.must(w.db.Read(w.Context(), func(q db.Queryer) error {
			return q.Each(func(r *db.Row) { stored = append(stored, r.Bytes()...) },
				`SELECT secret_hash FROM application_token WHERE organisation_id = $1 AND id = $2`, w.token.organisation, w.token.id)
		}))
		if !bytes.Equal(stored, fingerprint(w.text)) {
			w.Error("the hash is not the stored one")
		}
		secret := w.text[len(w.text)-43:]
		if n := w.count(`SELECT COUNT(*) FROM application_token WHERE description LIKE $1`, "%"+secret+"%"); n != 0 || bytes.Contains(stored, []byte(secret)) {
			w.Error("the secret is stored")
		}
	})
}
