package pubsub

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/simstead/simstead/internal/clock"
)

const (
	audience   = "https://pubsub.googleapis.com/"
	tokenLife  = time.Hour // the longest that Google takes
	renewUntil = 5 * time.Minute
)

// Account is a service account of Google's with its key. It logs in by tokens that it signs itself (RFC 7523), so no
// login server is asked. It is a credentials.PerRPCCredentials of gRPC.
type Account struct {
	Email string
	clock clock.Clock
	keyID string
	key   *rsa.PrivateKey

	mu    sync.Mutex
	token string
	until time.Time
}

// ReadAccount reads the key file of a service account, as Google's console makes it.
func ReadAccount(path string, clk clock.Clock) (*Account, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read service account: %w", err)
	}
	var in struct {
		Type  string `json:"type"`
		Email string `json:"client_email"`
		KeyID string `json:"private_key_id"`
		Key   string `json:"private_key"`
	}
	if json.Unmarshal(text, &in) != nil || in.Type != "service_account" || in.Email == "" { // its errors may repeat the key
		return nil, errors.New("read service account: the file must be the JSON key of a service account")
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(in.Key))
	if err != nil {
		return nil, fmt.Errorf("read service account: private_key: %w", err)
	}
	return &Account{Email: in.Email, clock: clk, keyID: in.KeyID, key: key}, nil
}

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (a *Account) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := a.clock.Now(); !now.Before(a.until) {
		token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
			Issuer: a.Email, Subject: a.Email, Audience: jwt.ClaimStrings{audience},
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(tokenLife)),
		})
		token.Header["kid"] = a.keyID
		signed, err := token.SignedString(a.key)
		if err != nil {
			return nil, fmt.Errorf("sign in to Pub/Sub: %w", err)
		}
		a.token, a.until = signed, now.Add(tokenLife-renewUntil)
	}
	return map[string]string{"authorization": "Bearer " + a.token}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (a *Account) RequireTransportSecurity() bool { return true }
