package pubsub_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/pubsub"
)

// writeKey makes a key file as Google's console does.
func writeKey(t *testing.T, key *rsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "streams@operator.example", "private_key_id": "k1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	path := filepath.Join(t.TempDir(), "account.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The account logs in over TLS by tokens of its own, one for most of an hour.
func TestAccount(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.NewFake(time.Date(2021, 9, 14, 6, 0, 0, 0, time.UTC))
	var mu sync.Mutex
	seen := map[string]bool{}
	https := httptest.NewUnstartedServer(nil)
	https.StartTLS()
	defer https.Close()
	g := newGoogle(t, grpc.Creds(credentials.NewServerTLSFromCert(&https.TLS.Certificates[0])),
		grpc.UnaryInterceptor(func(ctx context.Context, in any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			md, _ := metadata.FromIncomingContext(ctx)
			text := strings.TrimPrefix(strings.Join(md["authorization"], ","), "Bearer ")
			token, err := jwt.Parse(text, func(token *jwt.Token) (any, error) {
				if token.Header["kid"] != "k1" {
					return nil, fmt.Errorf("signed with %v", token.Header["kid"])
				}
				return &key.PublicKey, nil
			}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience("https://pubsub.googleapis.com/"), jwt.WithIssuer("streams@operator.example"),
				jwt.WithSubject("streams@operator.example"), jwt.WithExpirationRequired(), jwt.WithTimeFunc(now.Clock().Now))
			if err != nil || !token.Valid {
				return nil, status.Error(codes.Unauthenticated, "token")
			}
			mu.Lock()
			seen[text] = true
			mu.Unlock()
			return next(ctx, in)
		}))
	d := destination(g)
	d.Plain = false
	if _, err := d.Open(&stream.Stream{Credentials: given(project, topic)}); stream.AsFailure(err) == nil || !stream.AsFailure(err).Final {
		t.Errorf("without an account: %v", err)
	}
	d.Policy.Roots = x509.NewCertPool()
	d.Policy.Roots.AddCert(https.Certificate())
	if d.Account, err = pubsub.ReadAccount(writeKey(t, key), now.Clock()); err != nil {
		t.Fatal(err)
	}
	sink := open(t, d)
	for _, tokens := range []int{1, 1, 2} {
		if n, err := sink.Send(t.Context(), []stream.Record{record(1), record(2)}); n != 2 || err != nil {
			t.Fatalf("confirmed %d, %v", n, err)
		}
		if len(seen) != tokens {
			t.Errorf("%d tokens were seen, want %d", len(seen), tokens)
		}
		now.Advance(28 * time.Minute)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	wrong := destination(g)
	wrong.Plain, wrong.Policy.Roots = false, d.Policy.Roots
	if wrong.Account, err = pubsub.ReadAccount(writeKey(t, other), now.Clock()); err != nil {
		t.Fatal(err)
	}
	n, err := open(t, wrong).Send(t.Context(), []stream.Record{record(1)})
	if f := stream.AsFailure(err); n != 0 || f == nil || f.Final || !strings.Contains(f.Text, "does not accept this installation's Google account") {
		t.Errorf("another key: confirmed %d, %v", n, err)
	}
}

func TestReadAccount(t *testing.T) {
	for name, text := range map[string]string{
		"": "", "not JSON": "hush", "a user's": `{"type":"authorized_user","client_email":"x"}`,
		"no key": `{"type":"service_account","client_email":"x","private_key":"hush"}`,
	} {
		path := filepath.Join(t.TempDir(), "account.json")
		if name != "" {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := pubsub.ReadAccount(path, clock.System()); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
