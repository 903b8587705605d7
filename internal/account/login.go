package account

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
)

// ErrRefused says that a credential is not good. Why is not told.
var ErrRefused = errors.New("the credential is not accepted")

// Login trades an application token for an auth token. It answers ErrRefused, or the fault TooManyRequests.
func (g *Guard) Login(ctx context.Context, text string, from netip.Addr) (string, error) {
	k, ok := parseTokenText(text)
	who := suspectOf(from, k)
	if err := g.locked(who); err != nil {
		return "", err
	}
	if !ok {
		g.failed(who)
		return "", ErrRefused
	}
	s, found, err := g.stateOf(ctx, k)
	if err != nil {
		return "", err
	}
	if !matches(s, found, text) {
		g.failed(who)
		return "", ErrRefused
	}
	if why := s.refusal(g.clock.Micros(), from); why != "" {
		g.failed(who)
		if err := g.tell(ctx, k, from, why); err != nil {
			return "", err
		}
		return "", ErrRefused
	}
	g.passed(who)
	return g.signer.issue(k, s.role)
}

// matches compares in the same time whether there is such a token or not.
func matches(s state, found bool, text string) bool {
	hash := s.hash
	if len(hash) != sha256.Size {
		hash, found = make([]byte, sha256.Size), false
	}
	return subtle.ConstantTimeCompare(hash, fingerprint(text)) == 1 && found
}

// tell writes the event of a token that is right and yet refused: its owner will want to know. A wrong secret is no
// event, or anybody could fill anybody's log.
func (g *Guard) tell(ctx context.Context, k tokenKey, from netip.Addr, why string) error {
	if !g.due(k) {
		return nil
	}
	now := g.clock.Micros()
	err := g.db.Write(ctx, []int64{k.organisation}, func(tx *db.Tx) error {
		return event.Append(tx, now, event.Event{
			Organisation: k.organisation, Time: now, Type: event.ApplicationAuthentication,
			Description: fmt.Sprintf("Application token %d was refused for %s: %s", k.id, from, why),
		})
	})
	if err != nil {
		return fmt.Errorf("record refused application token: %w", err)
	}
	return nil
}

// due reports whether an event about a token may be written by now; it is, then.
func (g *Guard) due(k tokenKey) bool {
	now := g.clock.Micros()
	g.mu.Lock()
	defer g.mu.Unlock()
	last, told := g.told.get(k)
	due := !told || now-last >= quiet || now < last
	if due {
		g.told.put(k, now)
	}
	return due
}
