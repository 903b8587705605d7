package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/mail"
	"github.com/simstead/simstead/internal/value"
)

const (
	activationPrefix = "sta_"
	activationLife   = 3 * clock.Day
	resetLife        = clock.Hour
	resendEvery      = 5 * clock.Minute // a mailbox gets no more than one letter in this time
)

// ErrKey says that an activation key is not good: never made, used, or too old.
var ErrKey = errors.New("the activation key is not good")

// newKey makes the one key with which a user accepts an organisation, and the letter that brings it. Only a hash is kept.
func (g *Guard) newKey(tx *db.Tx, kind mail.Kind, p place, workspace, life int64) (*mail.Letter, error) {
	text := fmt.Sprintf("%s%d.%d.%s", activationPrefix, p.home, p.user, newSecret())
	name, err := db.One(tx, db.Text, `SELECT name FROM organisation WHERE id = $1`, workspace)
	if err != nil {
		return nil, err
	}
	now := g.clock.Micros()
	_, err = tx.Exec(`INSERT INTO user_activation (organisation_id, user_id, workspace_id, hash, sent, expires) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (organisation_id, user_id, workspace_id) DO UPDATE SET hash = excluded.hash, sent = excluded.sent, expires = excluded.expires`,
		p.home, p.user, workspace, fingerprint(text), now, now+life)
	return &mail.Letter{Kind: kind, To: p.username, Name: p.name, Organisation: name, Key: text}, err
}

// Acceptance is what comes with an activation key.
type Acceptance struct {
	Key      string            `json:"activationKey" required:"true"`
	Password value.Opt[string] `json:"password" format:"password" doc:"SHA-1 of the password, as 40 hexadecimal digits. An account that has one already may leave it out."`
	Name     value.Opt[string] `json:"name"`
}

// Activate accepts an invitation or sets a new password. It answers ErrKey for a key that is not good.
func (g *Guard) Activate(ctx context.Context, a Acceptance) error {
	k, ok := parseKey(activationPrefix, a.Key)
	if !ok {
		return ErrKey
	}
	if err := fault.Invalid(fault.Text("User", "name", a.Name.Value, fault.MaxText)...); err != nil {
		return err
	}
	found, err := g.keyOf(ctx, k, a.Key)
	if err != nil {
		return err
	}
	hash := ""
	if a.Password.Has() {
		if err := checkPassword("password", a.Password.Value, found.username); err != nil {
			return err
		}
		if hash, err = g.passwords.hash(ctx, a.Password.Value); err != nil {
			return err
		}
	}
	return everywhere(ctx, g.db, k.organisation, k.id, func(tx *db.Tx, p place, in []int64) error {
		n, err := tx.Exec(`DELETE FROM user_activation WHERE organisation_id = $1 AND user_id = $2 AND workspace_id = $3 AND hash = $4`,
			p.home, p.user, found.workspace, fingerprint(a.Key))
		if err != nil {
			return err
		}
		if n == 0 { // of two at once, one is the first
			return ErrKey
		}
		if p.status == UserPending && hash == "" {
			return fault.Invalid(fault.New(fault.Required, "User - password is required"))
		}
		return g.accept(tx, p, found.workspace, hash, a.Name, in)
	})
}

// keyFound is what a good key stands for.
type keyFound struct {
	workspace int64
	username  string
}

func (g *Guard) keyOf(ctx context.Context, k tokenKey, text string) (found keyFound, err error) {
	err = g.db.Read(ctx, func(q db.Queryer) (err error) {
		found, err = db.One(q, func(r *db.Row) keyFound { return keyFound{r.Int(), r.Text()} },
			`SELECT a.workspace_id, u.username FROM user_activation a
			JOIN account_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id AND u.status_id <> $5
			WHERE a.organisation_id = $1 AND a.user_id = $2 AND a.hash = $3 AND a.expires > $4`,
			k.organisation, k.id, fingerprint(text), g.clock.Micros(), UserSuspended)
		return err
	})
	if errors.Is(err, db.ErrNone) {
		err = ErrKey
	}
	return found, err
}

// accept makes a user active where it was invited. The key has come by mail, so it proves the address: the account itself
// becomes active with it, too.
func (g *Guard) accept(tx *db.Tx, p place, workspace int64, hash string, name value.Opt[string], in []int64) error {
	if hash != "" {
		if err := setPassword(tx, p.home, p.user, hash); err != nil {
			return err
		}
	}
	if name.Has() && name.Value != "" {
		p.name = name.Value
	}
	if err := rename(tx, p.user, p.name, in); err != nil { // a guest is named as at home from now on
		return err
	}
	if _, err := tx.Exec(`UPDATE account_user SET username = $3 WHERE organisation_id = $1 AND id = $2`, workspace, p.user, p.username); err != nil {
		return err
	}
	activated := int64(0)
	for _, organisation := range []int64{p.home, workspace} {
		n, err := tx.Exec(`UPDATE account_user SET status_id = $3 WHERE organisation_id = $1 AND id = $2 AND status_id = $4`,
			organisation, p.user, UserActive, UserPending)
		if err != nil {
			return err
		}
		activated += n
	}
	if activated == 0 {
		return nil
	}
	now := g.clock.Micros()
	return event.Append(tx, now, event.Event{
		Organisation: workspace, Time: now, Type: event.UserVerified, User: p.user, Description: fmt.Sprintf("User %s has confirmed the address", p.username),
	})
}

// Resend makes a letter for somebody who cannot get in: with an activation key, or with one for a new password. Whether
// there is such a user is for the mailbox alone to learn; no letter is none of an error.
func (g *Guard) Resend(ctx context.Context, username string, from netip.Addr, agent string) (letter *mail.Letter, err error) {
	acc, found, err := g.findAccount(ctx, username)
	if err != nil || !found || acc.status == UserSuspended || acc.organisationStatus != OrganisationActive {
		return nil, err
	}
	err = g.db.Write(ctx, []int64{acc.home}, func(tx *db.Tx) error {
		letter = nil
		now := g.clock.Micros()
		p, err := findPlace(tx, acc.home, acc.user)
		if err != nil {
			return err
		}
		recent, err := db.All(tx, db.Int, `SELECT sent FROM user_activation WHERE organisation_id = $1 AND user_id = $2 AND workspace_id = $1 AND sent > $3`,
			acc.home, acc.user, now-resendEvery)
		if err != nil || len(recent) > 0 {
			return err
		}
		kind, life, told := mail.Reset, resetLife, event.PasswordResetRequested
		if p.status == UserPending {
			kind, life, told = mail.Activation, activationLife, event.UserVerificationRequested
		}
		if letter, err = g.newKey(tx, kind, p, p.home, life); err != nil {
			return err
		}
		detail, err := json.Marshal(map[string]any{
			"id": p.user, "username": p.username, "name": p.name, "organisationId": p.home, "sourceIp": from.String(), "userAgent": printable(agent, 255),
		})
		if err != nil {
			return err
		}
		return event.Append(tx, now, event.Event{
			Organisation: p.home, Time: now, Type: told, User: p.user, Detail: string(detail), Description: told.Description + " for " + p.username,
		})
	})
	return letter, err
}

// parseKey reads whose a secret text of the form prefix, organisation, id, secret claims to be.
func parseKey(prefix, text string) (k tokenKey, ok bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok || len(text) > 128 {
		return tokenKey{}, false
	}
	parts := strings.Split(rest, ".")
	if len(parts) < 3 || len(parts[len(parts)-1]) != secretText {
		return tokenKey{}, false
	}
	organisation, err1 := strconv.ParseUint(parts[0], 10, 53)
	id, err2 := strconv.ParseUint(parts[1], 10, 53)
	if err1 != nil || err2 != nil || organisation == 0 || id == 0 {
		return tokenKey{}, false
	}
	return tokenKey{int64(organisation), int64(id)}, true
}

// printable is a text of a stranger as it may be stored.
func printable(text string, most int) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, text)
	if len(clean) > most {
		clean = strings.ToValidUTF8(clean[:most], "")
	}
	return clean
}
