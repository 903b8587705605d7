package account

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/mail"
)

// What failed attempts count for, in place of an organisation; see suspect.
const (
	loginKey   = -2 // of a username
	confirmKey = -3 // of a user who gives a password or a code again
)

// Credentials are a user's name and password, as its client sends them.
type Credentials struct {
	Username, Password string
	Fingerprint        string // of the device, "" = none
}

// Passage is what lets somebody in, or on to the second factor. What is not given is "".
type Passage struct {
	AuthToken    string
	RefreshToken string
	MFAToken     string       // to be sent with a code
	Letter       *mail.Letter // holds a code
}

// suspectUser is a client and the username it tries. Letters of either case are one name.
func suspectUser(from netip.Addr, username string) suspect {
	sum := sha256.Sum256([]byte(routed(username)))
	return suspectOf(from, tokenKey{loginKey, int64(binary.BigEndian.Uint64(sum[:8]))})
}

// LoginUser lets a user in. It answers ErrRefused whatever is wrong, after the same time, or the fault TooManyRequests.
func (g *Guard) LoginUser(ctx context.Context, from netip.Addr, c Credentials) (Passage, error) {
	who := suspectUser(from, c.Username)
	anywhere := suspect{key: who.key}
	for _, s := range []suspect{who, anywhere} {
		if err := g.locked(s); err != nil {
			return Passage{}, err
		}
	}
	acc, known, err := g.findAccount(ctx, c.Username)
	if err != nil {
		return Passage{}, err
	}
	right, err := g.passwords.matches(ctx, c.Password, acc.password)
	if err != nil {
		return Passage{}, err
	}
	why := "the password is wrong"
	if right {
		why = acc.refused()
	}
	if why != "" {
		g.failed(who)
		g.failedAmong(anywhere, maxAnywhere)
		if known {
			g.tellLogin(ctx, acc, from, why)
		}
		return Passage{}, ErrRefused
	}
	g.passed(who)
	g.passed(anywhere)
	return g.afterPassword(ctx, acc, c.Fingerprint)
}

// maxAnywhere is how many failures of one username, from whatever clients, lock it for all of them.
const maxAnywhere = 30

// tellLogin writes that a login of a user failed, at most once a minute, behind the caller's back: how long the answer takes
// tells nothing.
func (g *Guard) tellLogin(ctx context.Context, acc holder, from netip.Addr, why string) {
	key := tokenKey{-acc.home, acc.user}
	if !g.due(key) {
		return
	}
	g.behind(ctx, func(ctx context.Context) error {
		now := g.clock.Micros()
		return g.db.Write(ctx, []int64{acc.home}, func(tx *db.Tx) error {
			return event.Append(tx, now, event.Event{
				Organisation: acc.home, Time: now, Type: event.UserAuthentication, User: acc.user,
				Description: fmt.Sprintf("User %s was not let in from %s: %s", acc.username, from, why),
			})
		})
	})
}

// behind does work that nobody waits for.
func (g *Guard) behind(ctx context.Context, work func(context.Context) error) {
	if g.Office == nil {
		_ = work(ctx)
		return
	}
	g.Office.Do(func(ctx context.Context) (*mail.Letter, error) { return nil, work(ctx) })
}

// letIn gives a user an auth token for an organisation, and a refresh token.
func (g *Guard) letIn(ctx context.Context, acc holder, workspace int64) (Passage, error) {
	s, workspace, err := g.landing(ctx, acc, workspace)
	if err != nil {
		return Passage{}, err
	}
	id, err := g.db.NextID(ctx, "user_session", acc.home)
	if err != nil {
		return Passage{}, err
	}
	text := refreshText(acc.home, acc.user, id)
	now := g.clock.Micros()
	err = g.db.Write(ctx, []int64{acc.home}, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM user_session WHERE organisation_id = $1 AND user_id = $2 AND (expires <= $3 OR id IN (
			SELECT id FROM user_session WHERE organisation_id = $1 AND user_id = $2 ORDER BY id DESC LIMIT 1000 OFFSET $4))`,
			acc.home, acc.user, now, int64(maxSessions-1))
		if err == nil {
			_, err = tx.Exec(`INSERT INTO user_session (organisation_id, user_id, id, workspace_id, hash, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				acc.home, acc.user, id, workspace, fingerprint(text), now, now+refreshLife)
		}
		return err
	})
	if err != nil {
		return Passage{}, err
	}
	auth, err := g.signer.issueUser(claims{Organisation: workspace, User: acc.user, Epoch: acc.epoch, Role: s.role})
	return Passage{AuthToken: auth, RefreshToken: text}, err
}

// landing is the organisation that a user gets into: the wanted one, else the home, while the user may be there.
func (g *Guard) landing(ctx context.Context, acc holder, wanted int64) (userState, int64, error) {
	for _, workspace := range []int64{wanted, acc.home} {
		if workspace == 0 {
			continue
		}
		s, ok, err := g.userStateOf(ctx, tokenKey{workspace, acc.user})
		if err != nil {
			return userState{}, 0, err
		}
		if ok && s.refusal() == "" {
			return s, workspace, nil
		}
	}
	return userState{}, 0, ErrRefused
}

const (
	refreshPrefix = "str_"
	refreshLife   = 7 * clock.Day // after its last use
	maxSessions   = 20            // of a user; the oldest give way
)

func refreshText(home, user, id int64) string {
	return fmt.Sprintf("%s%d.%d.%d.%s", refreshPrefix, home, user, id, newSecret())
}

// Refresh trades a refresh token for an auth token and the refresh token after it. One that comes a second time was stolen
// from somebody, or by somebody: it ends the session.
func (g *Guard) Refresh(ctx context.Context, text string, from netip.Addr) (Passage, error) {
	k, ok := parseKey(refreshPrefix, text)
	var id int64
	if ok {
		_, err := fmt.Sscanf(text[len(refreshPrefix):], "%d.%d.%d.", new(int64), new(int64), &id)
		ok = err == nil
	}
	who := suspectOf(from, tokenKey{confirmKey, 0})
	if err := g.locked(who); err != nil {
		return Passage{}, err
	}
	if !ok {
		g.failed(who)
		return Passage{}, ErrRefused
	}
	acc, known, err := g.accountOf(ctx, k.organisation, k.id)
	if err != nil {
		return Passage{}, err
	}
	if !known || acc.refused() != "" {
		g.failed(who)
		return Passage{}, ErrRefused
	}
	fresh := refreshText(acc.home, acc.user, id)
	workspace, good, err := g.rotate(ctx, acc, id, text, fresh)
	if err != nil {
		return Passage{}, err
	}
	if !good {
		g.failed(who)
		return Passage{}, ErrRefused
	}
	g.passed(who)
	s, workspace, err := g.landing(ctx, acc, workspace)
	if err != nil {
		return Passage{}, err
	}
	auth, err := g.signer.issueUser(claims{Organisation: workspace, User: acc.user, Epoch: acc.epoch, Role: s.role})
	return Passage{AuthToken: auth, RefreshToken: fresh}, err
}

func (g *Guard) rotate(ctx context.Context, acc holder, id int64, old, fresh string) (workspace int64, good bool, err error) {
	now := g.clock.Micros()
	err = g.db.Write(ctx, []int64{acc.home}, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE user_session SET hash = $5, expires = $6 WHERE organisation_id = $1 AND user_id = $2 AND id = $3 AND hash = $4 AND expires > $7`,
			acc.home, acc.user, id, fingerprint(old), fingerprint(fresh), now+refreshLife, now)
		if err != nil {
			return err
		}
		if good = n == 1; !good {
			_, err = tx.Exec(`DELETE FROM user_session WHERE organisation_id = $1 AND user_id = $2 AND id = $3`, acc.home, acc.user, id)
			return err
		}
		workspace, err = db.One(tx, db.Int, `SELECT workspace_id FROM user_session WHERE organisation_id = $1 AND user_id = $2 AND id = $3`, acc.home, acc.user, id)
		return err
	})
	return workspace, good, err
}
