package account

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/simstead/simstead/internal/fault"
)

// forge makes a token as ours would be but for what change does to it.
func (w *world) forge(method jwt.SigningMethod, key any, change func(header map[string]any, c *claims)) string {
	w.Helper()
	now := w.at.Clock().Now()
	c := &claims{RegisteredClaims: jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{issuer}, Subject: "application_token:1",
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
	}, Organisation: w.enterprise, Token: w.token.id, Role: RoleAdministrator}
	token := jwt.NewWithClaims(method, c)
	change(token.Header, c)
	text, err := token.SignedString(key)
	w.must(err)
	return text
}

func asIs(map[string]any, *claims) {}

func TestForgedSessions(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	each(t, func(w *world) {
		key := w.guard.signer.key
		hs := func(change func(map[string]any, *claims)) string { return w.forge(jwt.SigningMethodHS256, key, change) }
		inHeader := func(name, v string) string { return hs(func(h map[string]any, _ *claims) { h[name] = v }) }
		inClaims := func(change func(*claims)) string { return hs(func(_ map[string]any, c *claims) { change(c) }) }
		at := func(d time.Duration) *jwt.NumericDate { return jwt.NewNumericDate(w.at.Clock().Now().Add(d)) }

		good := hs(asIs)
		if _, err := w.guard.Authenticate(w.Context(), good, home); err != nil {
			w.Fatalf("the token that the attacks start from: %v", err)
		}
		parts := strings.Split(good, ".")
		none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
		for name, c := range map[string]struct {
			text string
			want fault.Code // 0 = garbled
		}{
			"alg none":             {w.forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, asIs), fault.InvalidToken},
			"alg none, signed":     {none + "." + parts[1] + "." + parts[2], fault.InvalidToken},
			"alg None":             {inHeader("alg", "None"), fault.InvalidToken},
			"RS256":                {w.forge(jwt.SigningMethodRS256, rsaKey, asIs), fault.InvalidToken},
			"ES256":                {w.forge(jwt.SigningMethodES256, ecKey, asIs), fault.InvalidToken},
			"HS256 by public key":  {w.forge(jwt.SigningMethodHS256, public, asIs), fault.InvalidToken},
			"HS512":                {w.forge(jwt.SigningMethodHS512, key, asIs), fault.InvalidToken},
			"HS256 as HS512":       {inHeader("alg", "HS512"), fault.InvalidToken},
			"another key":          {w.forge(jwt.SigningMethodHS256, make([]byte, 32), asIs), fault.InvalidToken},
			"empty key":            {w.forge(jwt.SigningMethodHS256, []byte{}, asIs), fault.InvalidToken},
			"kid":                  {inHeader("kid", "../../dev/null"), fault.InvalidToken},
			"kid with SQL":         {inHeader("kid", "x' UNION SELECT 'key"), fault.InvalidToken},
			"jku":                  {inHeader("jku", "https://evil.example/keys"), fault.InvalidToken},
			"x5u":                  {inHeader("x5u", "https://evil.example/cert"), fault.InvalidToken},
			"wrong issuer":         {inClaims(func(c *claims) { c.Issuer = "other" }), fault.InvalidToken},
			"no issuer":            {inClaims(func(c *claims) { c.Issuer = "" }), fault.InvalidToken},
			"wrong audience":       {inClaims(func(c *claims) { c.Audience = jwt.ClaimStrings{"other"} }), fault.InvalidToken},
			"no audience":          {inClaims(func(c *claims) { c.Audience = nil }), fault.InvalidToken},
			"expired":              {inClaims(func(c *claims) { c.ExpiresAt = at(-time.Hour) }), fault.TokenExpired},
			"just expired":         {inClaims(func(c *claims) { c.ExpiresAt = at(-time.Second) }), fault.TokenExpired},
			"no expiry":            {inClaims(func(c *claims) { c.ExpiresAt = nil }), fault.InvalidToken},
			"issued in the future": {inClaims(func(c *claims) { c.IssuedAt = at(time.Hour) }), fault.InvalidToken},
			"valid in the future":  {inClaims(func(c *claims) { c.NotBefore = at(time.Hour) }), fault.InvalidToken},
			"no organisation":      {inClaims(func(c *claims) { c.Organisation = 0 }), fault.InvalidToken},
			"another organisation": {inClaims(func(c *claims) { c.Organisation = w.other }), fault.InvalidToken},
			"no such token":        {inClaims(func(c *claims) { c.Token = 999 }), fault.InvalidToken},
			"another role":         {inClaims(func(c *claims) { c.Role = RoleObserver }), fault.InvalidToken},
			"empty signature":      {parts[0] + "." + parts[1] + ".", fault.InvalidToken},
			"truncated signature":  {good[:len(good)-3], fault.InvalidToken},
			"signature of another": {parts[0] + "." + strings.Split(inClaims(func(c *claims) { c.Token = 2 }), ".")[1] + "." + parts[2], fault.InvalidToken},
			"no signature":         {parts[0] + "." + parts[1], 0},
			"truncated claims":     {parts[0] + "." + parts[1][:20] + "." + parts[2], 0},
			"a part more":          {good + ".e30", 0},
			"empty":                {"", 0},
			"dots":                 {"..", 0},
			"words":                {"hello", 0},
			"padding":              {good + "=", 0},
			"a line end":           {good + "\n", 0},
			"claims are a list":    {parts[0] + ".W10." + parts[2], 0},
			"header is null":       {"bnVsbA." + parts[1] + "." + parts[2], fault.InvalidToken},
			"a megabyte":           {good + strings.Repeat("A", 1<<20), 0},
			"an application token": {w.text, 0},
		} {
			_, err := w.guard.Authenticate(w.Context(), c.text, home)
			if c.want == 0 && !errors.Is(err, ErrGarbled) || c.want != 0 && !fault.Is(err, c.want) {
				w.Errorf("%s: got %v", name, err)
			}
		}
	})
}

// The only header that is let through is the one that issue writes.
func TestHeader(t *testing.T) {
	each(t, func(w *world) {
		if bearer := w.login(); !strings.HasPrefix(bearer, header) {
			w.Errorf("header of %s", bearer)
		}
	})
}

func TestSessionsSurviveARestart(t *testing.T) {
	each(t, func(w *world) {
		bearer := w.login()
		again, err := NewGuard(w.Context(), w.db, w.at.Clock())
		w.must(err)
		who, err := again.Authenticate(w.Context(), bearer, home)
		w.must(err)
		if who.Organisation != w.enterprise {
			w.Errorf("got %+v", who)
		}
	})
}

func TestSessionExpires(t *testing.T) {
	each(t, func(w *world) {
		bearer := w.login()
		w.at.Advance(lifetime - 2*time.Second)
		if _, err := w.guard.Authenticate(w.Context(), bearer, home); err != nil {
			w.Fatal(err)
		}
		w.at.Advance(3 * time.Second) // now from memory
		if _, err := w.guard.Authenticate(w.Context(), bearer, home); !fault.Is(err, fault.TokenExpired) {
			w.Errorf("got %v", err)
		}
	})
}

func FuzzSession(f *testing.F) {
	s := newSigner(make([]byte, 32), newFuzzClock())
	good, err := s.issue(tokenKey{1, 2}, RoleUser)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("e30.e30.")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := s.verify(text); err == nil && text != good {
			t.Errorf("%q was accepted", text)
		}
	})
}
