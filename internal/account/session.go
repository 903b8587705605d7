package account

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// ErrGarbled says that a bearer text is no token at all.
var ErrGarbled = errors.New("the bearer token cannot be read")

const (
	issuer    = "simstead"     // and audience
	halfway   = "simstead/mfa" // audience of MFA tokens
	lifetime  = 240 * time.Minute
	skew      = 5 * time.Second // how far the clocks of two nodes may differ
	maxBearer = 8 << 10         // bytes; ours have about 300

	// header is {"alg":"HS256","typ":"JWT"}, the only one we write. Whatever else a header may say (alg none, RS256, kid,
	// jku, x5u) is thereby refused.
	header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
)

// claims are what an auth token says (RFC 7519 4).
type claims struct {
	jwt.RegisteredClaims
	Organisation int64 `json:"org_id"`
	Token        int64 `json:"application_token_id,omitempty"` // of a program
	User         int64 `json:"user_id,omitempty"`              // of a user, or of whom a supporter looks after
	Epoch        int64 `json:"epoch,omitempty"`                // of the user's credentials
	Role         int64 `json:"role"`

	Support *supporter `json:"support,omitempty"`
}

func (c *claims) key() tokenKey { return tokenKey{c.Organisation, c.Token} }

// signer makes auth tokens and knows its own again.
type signer struct {
	key    []byte
	clock  clock.Clock
	parser *jwt.Parser // of auth tokens
	halves *jwt.Parser // of MFA tokens, which are no auth tokens
}

func newSigner(key []byte, c clock.Clock) *signer {
	return &signer{key: key, clock: c, parser: newParser(issuer, c), halves: newParser(halfway, c)}
}

func newParser(audience string, c clock.Clock) *jwt.Parser {
	return jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(skew), jwt.WithStrictDecoding(), jwt.WithTimeFunc(c.Now))
}

// issue makes the auth token of an application token.
func (s *signer) issue(k tokenKey, role int64) (string, error) {
	return s.sign(claims{Organisation: k.organisation, Token: k.id, Role: role}, "application_token:"+strconv.FormatInt(k.id, 10), issuer, lifetime)
}

// issueUser makes the auth token of a user.
func (s *signer) issueUser(c claims) (string, error) {
	return s.sign(c, "user:"+strconv.FormatInt(c.User, 10), issuer, lifetime)
}

func (s *signer) sign(c claims, subject, audience string, life time.Duration) (string, error) {
	now := s.clock.Now()
	c.RegisteredClaims = jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: subject,
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("sign auth token: %w", err)
	}
	return text, nil
}

// verify reads an auth token and says whether it is one of ours. Whether it has run out by now is for the caller to
// ask: an answer may be kept.
func (s *signer) verify(text string) (claims, error) {
	c, err := s.read(s.parser, text)
	if err == nil && (c.Token == 0) == (c.User == 0) {
		return claims{}, errInvalid()
	}
	return c, err
}

func (s *signer) read(parser *jwt.Parser, text string) (claims, error) {
	if len(text) > maxBearer || strings.ContainsAny(text, "\r\n") { // line ends, which encoding/base64 passes over
		return claims{}, ErrGarbled
	}
	var c claims
	_, err := parser.ParseWithClaims(text, &c, func(*jwt.Token) (any, error) { return s.key, nil })
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return claims{}, ErrGarbled
	case errors.Is(err, jwt.ErrTokenExpired):
		return claims{}, errExpired()
	case err != nil, !strings.HasPrefix(text, header), c.Organisation == 0:
		return claims{}, errInvalid()
	}
	return c, nil
}

func errInvalid() error { return fault.New(fault.InvalidToken, "the auth token is not valid") }

func errExpired() error { return fault.New(fault.TokenExpired, "the auth token has expired") }

const keySetting = "auth_signing_key"

// signingKey reads the key of all auth tokens; the first start makes it. Of two nodes that start at once, one wins.
func signingKey(ctx context.Context, d *db.DB) ([]byte, error) {
	read := func() (string, error) {
		var text string
		err := d.Read(ctx, func(q db.Queryer) (err error) {
			text, err = db.One(q, db.Text, `SELECT value FROM setting WHERE name = $1`, keySetting)
			return err
		})
		return text, err
	}
	text, err := read()
	if errors.Is(err, db.ErrNone) {
		fresh := newSecret()
		err = d.Write(ctx, nil, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, keySetting, fresh)
			return err
		})
		if err == nil {
			text, err = read()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(key) != secretBytes {
		return nil, fmt.Errorf("signing key: setting %s is damaged", keySetting)
	}
	return key, nil
}
