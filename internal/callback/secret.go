package callback

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/secret"
	"github.com/simstead/simstead/internal/value"
)

// Secret is what calls to a customer can be signed with, as the API shows it: never the text itself.
type Secret struct {
	ID           value.ID   `json:"id"`
	Organisation value.Text `json:"organisation_id"`
	Purpose      string     `json:"purpose"`
}

// SecretFields are what a customer says of a secret.
type SecretFields struct {
	Purpose value.Opt[string] `json:"purpose" doc:"What it is for, in words."`
	Secret  value.Opt[string] `json:"secret" doc:"At least 16 characters. Without it one is made, and shown once."`
}

// Lengths of a secret, in bytes.
const (
	minSecret = 16
	maxSecret = 512
)

// Check says what is wrong with the fields.
func (f SecretFields) Check() (wrong []*fault.Error) {
	if len(f.Purpose.Value) > maxPurpose {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "APISecret - purpose must have at most %d bytes", maxPurpose))
	}
	if n := len(f.Secret.Value); f.Secret.Has() && (n < minSecret || n > maxSecret) {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "APISecret - secret must have %d to %d bytes", minSecret, maxSecret))
	}
	return wrong
}

func place(organisation, id int64) string { return fmt.Sprintf("api_secret/%d/%d", organisation, id) }

const secretColumns = `id, organisation_id, purpose`

func scanSecret(r *db.Row) Secret {
	return Secret{ID: value.ID(r.Int()), Organisation: value.Text(r.Int()), Purpose: r.Text()}
}

// Secrets returns an organisation's secrets by id.
func Secrets(q db.Queryer, organisation int64) ([]Secret, error) {
	return db.All(q, scanSecret, `SELECT `+secretColumns+` FROM api_secret WHERE organisation_id = $1 ORDER BY id`, organisation)
}

// GetSecret returns one of an organisation's secrets.
func GetSecret(q db.Queryer, organisation, id int64) (Secret, error) {
	s, err := db.One(q, scanSecret, `SELECT `+secretColumns+` FROM api_secret WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return s, fault.Missing("api secret", id)
	}
	return s, err
}

// SecretText is the text of one of an organisation's secrets, to sign with.
func SecretText(q db.Queryer, keys *secret.Keys, organisation, id int64) (string, error) {
	sealed, err := db.One(q, db.Text, `SELECT secret FROM api_secret WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return "", fault.Missing("api secret", id)
	}
	if err != nil {
		return "", err
	}
	return keys.Open(sealed, place(organisation, id))
}

// AddSecret stores a secret; its fields passed Check. made is its text when the customer gave none, else "".
func AddSecret(tx *db.Tx, keys *secret.Keys, organisation, id int64, f SecretFields) (made string, err error) {
	text := f.Secret.Value
	if !f.Secret.Has() {
		made = rand.Text()
		text = made
	}
	sealed, err := keys.Seal(text, place(organisation, id))
	if err != nil {
		return "", fmt.Errorf("seal API secret: %w", err)
	}
	_, err = tx.Exec(`INSERT INTO api_secret (organisation_id, id, purpose, secret) VALUES ($1, $2, $3, $4)`, organisation, id, f.Purpose.Value, sealed)
	return made, err
}

// DeleteSecret removes a secret.
func DeleteSecret(tx *db.Tx, organisation, id int64) error {
	n, err := tx.Exec(`DELETE FROM api_secret WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if err == nil && n == 0 {
		return fault.Missing("api secret", id)
	}
	return err
}

// Reseal seals all secrets with the newest master key, and returns how many it changed and how many it could not read.
func Reseal(ctx context.Context, d *db.DB, keys *secret.Keys) (sealed, unreadable int, err error) {
	type row struct {
		organisation, id int64
		text             string
	}
	var all []row
	err = d.Read(ctx, func(q db.Queryer) (err error) {
		all, err = db.All(q, func(r *db.Row) row { return row{r.Int(), r.Int(), r.Text()} },
			`SELECT organisation_id, id, secret FROM api_secret ORDER BY organisation_id, id`)
		return err
	})
	for _, s := range all {
		if err != nil || keys.Current(s.text) {
			continue
		}
		fresh, bad := keys.Seal(s.text, place(s.organisation, s.id))
		if bad != nil {
			unreadable++
			continue
		}
		sealed++
		err = d.Write(ctx, []int64{s.organisation}, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE api_secret SET secret = $3 WHERE organisation_id = $1 AND id = $2`, s.organisation, s.id, fresh)
			return err
		})
	}
	return sealed, unreadable, err
}
