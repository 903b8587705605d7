package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"sync"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/mail"
	"github.com/simstead/simstead/internal/secret"
)

// Identity is who holds an auth token.
type Identity struct {
	Organisation int64
	Type         int64
	Role         int64
	User         int64  // whose own it is; 0 when a program or a supporter holds it
	Username     string // of that user
	Token        int64  // the application token behind it, 0 = none
	Support      bool   // somebody of an organisation above is looking after it
	Session      string // names the auth token in the logs; nobody can use it as one
}

const (
	kept  = 10_000           // entries of each memory, at least
	stale = clock.Second / 2 // µs: an older state is read again, so other nodes' changes are seen within that
	quiet = clock.Minute     // µs between two events about the same token

	hashesAtOnce = 2 // each takes 19 MiB
)

// Guard lets callers in. Make one for a process, before the first Write.
type Guard struct {
	Keys   *secret.Keys // seal the secrets of second factors; nil leaves them clear
	Office *mail.Office // does what nobody is to wait for; nil: it is done at once

	db        *db.DB
	clock     clock.Clock
	signer    *signer
	passwords *hasher

	mu       sync.Mutex
	verified *recent[[sha256.Size]byte, claims]
	states   *recent[tokenKey, state]
	users    *recent[tokenKey, userState] // by organisation and user
	versions *recent[int64, int64]        // of organisations, as this process committed them
	failures *recent[suspect, failure]
	told     *recent[tokenKey, int64] // when the last event about a token was written, µs
}

// NewGuard returns a Guard with the signing key of the database.
func NewGuard(ctx context.Context, d *db.DB, c clock.Clock) (*Guard, error) {
	key, err := signingKey(ctx, d)
	if err != nil {
		return nil, err
	}
	g := newGuard(d, c, key)
	d.Watch(g.notice)
	return g, nil
}

func newGuard(d *db.DB, c clock.Clock, key []byte) *Guard {
	return &Guard{
		db: d, clock: c, signer: newSigner(key, c), passwords: newHasher(hashesAtOnce), users: newRecent[tokenKey, userState](kept),
		verified: newRecent[[sha256.Size]byte, claims](kept), states: newRecent[tokenKey, state](kept),
		versions: newRecent[int64, int64](kept), failures: newRecent[suspect, failure](kept), told: newRecent[tokenKey, int64](kept),
	}
}

// Authenticate tells who holds an auth token that came from an address. It answers ErrGarbled, the faults InvalidToken
// and TokenExpired, or an internal error: what cannot be read lets nobody in.
func (g *Guard) Authenticate(ctx context.Context, bearer string, from netip.Addr) (Identity, error) {
	if len(bearer) > maxBearer {
		return Identity{}, ErrGarbled
	}
	sum := sha256.Sum256([]byte(bearer))
	c, err := g.verify(sum, bearer)
	if err != nil {
		return Identity{}, err
	}
	now := g.clock.Micros()
	if now >= c.ExpiresAt.UnixMicro() {
		return Identity{}, errExpired()
	}
	session := hex.EncodeToString(sum[:8])
	if c.User != 0 {
		return g.authenticateUser(ctx, c, session)
	}
	s, found, err := g.stateOf(ctx, c.key())
	if err != nil {
		return Identity{}, err
	}
	if !found || s.role != c.Role || s.refusal(now, from) != "" {
		return Identity{}, errInvalid()
	}
	return Identity{Organisation: c.Organisation, Type: s.organisationType, Role: s.role, Token: c.Token, Session: session}, nil
}

// verify is signer.verify with a memory of what has passed.
func (g *Guard) verify(sum [sha256.Size]byte, bearer string) (claims, error) {
	g.mu.Lock()
	c, ok := g.verified.get(sum)
	g.mu.Unlock()
	if ok {
		return c, nil
	}
	c, err := g.signer.verify(bearer)
	if err == nil {
		g.mu.Lock()
		g.verified.put(sum, c)
		g.mu.Unlock()
	}
	return c, err
}

// stateOf is a token as it was half a second ago at most, and never from before the last change by this process.
func (g *Guard) stateOf(ctx context.Context, k tokenKey) (state, bool, error) {
	now := g.clock.Micros()
	g.mu.Lock()
	s, ok := g.states.get(k)
	newest, _ := g.versions.get(k.organisation)
	g.mu.Unlock()
	if age := now - s.read; ok && s.version >= newest && age >= 0 && age < stale {
		return s, true, nil
	}
	found := false
	err := g.db.Read(ctx, func(q db.Queryer) (err error) { s, found, err = readState(q, k); return err })
	if err != nil {
		return state{}, false, fmt.Errorf("read application token: %w", err)
	}
	s.read = now
	g.mu.Lock()
	defer g.mu.Unlock()
	if found {
		g.states.put(k, s)
	} else {
		g.states.drop(k)
	}
	return s, found, nil
}

// notice hears of every commit of this process.
func (g *Guard) notice(heads []db.Head) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, h := range heads {
		if newest, _ := g.versions.get(h.Organisation); newest < h.ConfigVersion {
			g.versions.put(h.Organisation, h.ConfigVersion)
		}
	}
}
