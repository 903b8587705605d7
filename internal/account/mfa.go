package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"math/big"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/mail"
	"github.com/simstead/simstead/internal/value"
)

// Kinds of second factors.
const (
	KeyTOTP  int64 = 0
	KeyEmail int64 = 1
)

// Statuses of second factors.
const (
	KeyPending int64 = 0
	KeyActive  int64 = 1
)

const codeLife = 10 * clock.Minute // of a code by e-mail

// KeyView is a second factor without its secret.
type KeyView struct {
	ID      value.ID         `json:"id"`
	Status  value.Described  `json:"status"`
	Type    value.Described  `json:"type"`
	Created value.EntityTime `json:"creation_date"`
}

// NewKey is a second factor when it is made: the secret is shown only then.
type NewKey struct {
	KeyView
	Secret  string       `json:"secret_key" doc:"Base32, for an authenticator app; empty for codes by e-mail."`
	OTPAuth string       `json:"otpauth" doc:"The same as a URI, which apps read as a QR code."`
	Letter  *mail.Letter `json:"-"`
}

// key is a second factor as it is stored.
type key struct {
	id, kind, status int64
	secret           string // sealed
	last             int64  // time step of the last code used
	code             string // hash of the code that was sent, "" = none
	expires          int64  // of that code, µs
	created          int64
}

func (k key) view() KeyView {
	return KeyView{value.ID(k.id), describe(KeyStatuses(), k.status), describe(KeyTypes(), k.kind), value.EntityTime(k.created)}
}

func keysOf(q db.Queryer, home, user int64) ([]key, error) {
	return db.All(q, func(r *db.Row) key {
		return key{r.Int(), r.Int(), r.Int(), r.Text(), r.Int(), r.Text(), r.Int(), r.Int()}
	}, `SELECT id, type_id, status_id, secret, last_step, code_hash, code_expires, created FROM user_mfa
		WHERE organisation_id = $1 AND user_id = $2 ORDER BY id`, home, user)
}

// keys lists a user's second factors.
func keys(q db.Queryer, home, user int64) ([]KeyView, error) {
	all, err := keysOf(q, home, user)
	views := make([]KeyView, len(all))
	for i, k := range all {
		views[i] = k.view()
	}
	return views, err
}

func sealedAt(home, user, id int64) string { return fmt.Sprintf("user_mfa/%d/%d/%d", home, user, id) }

// AddKey makes a second factor that a code has yet to activate. A pending one of its kind gives way; a second active one is
// Duplicated.
func (g *Guard) AddKey(ctx context.Context, who Self, kind int64, password string) (NewKey, error) {
	if kind != KeyTOTP && kind != KeyEmail {
		return NewKey{}, fault.Invalid(fault.New(fault.InvalidReference, "MFA - type: there is none with id %d", kind))
	}
	acc, err := g.confirm(ctx, who, "password", password)
	if err != nil {
		return NewKey{}, err
	}
	id, err := g.db.NextID(ctx, "user_mfa", acc.home)
	if err != nil {
		return NewKey{}, err
	}
	k := key{id: id, kind: kind, created: g.clock.Micros()}
	made := NewKey{KeyView: k.view()}
	if kind == KeyTOTP {
		secret := make([]byte, totpSecret)
		rand.Read(secret) // it never fails
		made.Secret = totpText(secret)
		made.OTPAuth = totpURI(made.Secret, acc.username)
		if k.secret, err = g.Keys.Seal(made.Secret, sealedAt(acc.home, acc.user, id)); err != nil {
			return NewKey{}, err
		}
	} else {
		k.code, k.expires, made.Letter = g.newCode(acc)
	}
	err = g.db.Write(ctx, []int64{acc.home}, func(tx *db.Tx) error {
		active, err := db.All(tx, db.Int, `SELECT id FROM user_mfa WHERE organisation_id = $1 AND user_id = $2 AND type_id = $3 AND status_id = $4`,
			acc.home, acc.user, kind, KeyActive)
		if err == nil && len(active) > 0 {
			err = fault.New(fault.Duplicated, "MFA - there is an active key of this type already")
		}
		if err == nil {
			_, err = tx.Exec(`DELETE FROM user_mfa WHERE organisation_id = $1 AND user_id = $2 AND type_id = $3`, acc.home, acc.user, kind)
		}
		if err == nil {
			_, err = tx.Exec(`INSERT INTO user_mfa (organisation_id, user_id, id, type_id, status_id, secret, last_step, code_hash, code_expires, created)
				VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)`, acc.home, acc.user, k.id, k.kind, KeyPending, k.secret, k.code, k.expires, k.created)
		}
		return err
	})
	return made, err
}

// newCode makes a code and the letter that brings it. Only a keyed hash is kept: a million codes are tried in no time.
func (g *Guard) newCode(acc holder) (hash string, expires int64, letter *mail.Letter) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // the reader never fails, and ends the process should it have to
	}
	code := fmt.Sprintf("%0*d", codeDigits, n)
	return g.hashCode(acc, code), g.clock.Micros() + codeLife, &mail.Letter{Kind: mail.Code, To: acc.username, Name: acc.name, Code: code}
}

func (g *Guard) hashCode(acc holder, code string) string {
	mac := hmac.New(sha256.New, g.signer.key)
	fmt.Fprintf(mac, "code/%d/%d/%s", acc.home, acc.user, code)
	return hex.EncodeToString(mac.Sum(nil))
}

// ActivateKey makes a second factor count, once a code shows that the user has it.
func (g *Guard) ActivateKey(ctx context.Context, who Self, id, status int64, code string) error {
	acc, err := g.self(ctx, who)
	if err != nil {
		return err
	}
	suspect := suspect{key: tokenKey{confirmKey, acc.user}}
	if err := g.locked(suspect); err != nil {
		return err
	}
	good := false
	err = g.db.Write(ctx, []int64{acc.home}, func(tx *db.Tx) error {
		k, err := keyByID(tx, acc, id)
		if err != nil {
			return err
		}
		switch {
		case status != KeyActive:
			return fault.Invalid(fault.New(fault.InvalidReference, "MFA - status: only 1 can be set"))
		case k.status == KeyActive:
			return fault.New(fault.Duplicated, "MFA - the key is active already")
		}
		if good, err = g.use(tx, acc, k, code); err != nil || !good {
			return err
		}
		_, err = tx.Exec(`UPDATE user_mfa SET status_id = $4 WHERE organisation_id = $1 AND user_id = $2 AND id = $3`, acc.home, acc.user, id, KeyActive)
		return err
	})
	if err == nil && !good {
		g.failed(suspect)
		return fault.New(fault.InvalidFormat, "MFA - the code is wrong")
	}
	if err == nil {
		g.passed(suspect)
	}
	return err
}

func keyByID(q db.Queryer, acc holder, id int64) (key, error) {
	all, err := keysOf(q, acc.home, acc.user)
	for _, k := range all {
		if k.id == id {
			return k, err
		}
	}
	if err == nil {
		err = fault.Missing("MFA key", id)
	}
	return key{}, err
}

// use reports whether a code is one of a key's, and sees to it that it is not good again.
func (g *Guard) use(tx *db.Tx, acc holder, k key, code string) (bool, error) {
	now := g.clock.Micros()
	if k.kind == KeyEmail {
		if k.code == "" || now >= k.expires || !hmac.Equal([]byte(g.hashCode(acc, code)), []byte(k.code)) {
			return false, nil
		}
		_, err := tx.Exec(`UPDATE user_mfa SET code_hash = '' WHERE organisation_id = $1 AND user_id = $2 AND id = $3`, acc.home, acc.user, k.id)
		return err == nil, err
	}
	text, err := g.Keys.Open(k.secret, sealedAt(acc.home, acc.user, k.id))
	if err != nil {
		return false, fmt.Errorf("open the secret of MFA key %d: %w", k.id, err)
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		return false, fmt.Errorf("read the secret of MFA key %d: %w", k.id, err)
	}
	step := totpAt(secret, code, now, k.last)
	if step == 0 {
		return false, nil
	}
	_, err = tx.Exec(`UPDATE user_mfa SET last_step = $4 WHERE organisation_id = $1 AND user_id = $2 AND id = $3`, acc.home, acc.user, k.id, step)
	return err == nil, err
}

// RemoveKey takes a second factor from a user of an organisation, with the devices that were trusted for it.
func (g *Guard) RemoveKey(ctx context.Context, by Actor, user, id int64) error {
	acc, err := g.self(ctx, Self{by.Organisation, user})
	if err != nil {
		return err
	}
	return g.db.Write(ctx, heads(acc.home, by.Organisation), func(tx *db.Tx) error {
		k, err := keyByID(tx, acc, id)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(`DELETE FROM user_mfa WHERE organisation_id = $1 AND user_id = $2 AND id = $3`, acc.home, user, id); err != nil {
			return err
		}
		if _, err = tx.Exec(`DELETE FROM user_device WHERE organisation_id = $1 AND user_id = $2`, acc.home, user); err != nil {
			return err
		}
		now := g.clock.Micros()
		return event.Append(tx, now, event.Event{
			Organisation: by.Organisation, Time: now, Type: event.MultiFactor, User: by.User,
			Description: fmt.Sprintf("The %s key of user %s was removed", describe(KeyTypes(), k.kind).Description, acc.username),
		})
	})
}

func heads(a, b int64) []int64 {
	if a == b {
		return []int64{a}
	}
	return []int64{a, b}
}
