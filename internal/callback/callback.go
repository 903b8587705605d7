// Package callback holds the API callbacks of the contract: URLs that an organisation names once and refers to by id.
package callback

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Callback is a named URL, as the API shows it.
type Callback struct {
	ID           value.ID         `json:"id"`
	URL          string           `json:"url"`
	Organisation value.Text       `json:"organisation_id"`
	Purpose      string           `json:"purpose"`
	Created      value.EntityTime `json:"created"`
}

// Fields are what a customer says of a callback.
type Fields struct {
	URL     value.Opt[string] `json:"url"`
	Purpose value.Opt[string] `json:"purpose" doc:"What it is for, in words."`
}

// Longest texts, in bytes.
const (
	maxURL     = 2048
	maxPurpose = 255
)

// Check says what is wrong with the form of the fields. Whether the URL may be connected to is for its user to say.
func (f Fields) Check() (wrong []*fault.Error) {
	u, err := url.Parse(f.URL.Value)
	switch {
	case f.URL.Value == "":
		wrong = append(wrong, fault.New(fault.Required, "APICallback - url is required"))
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(f.URL.Value) > maxURL:
		wrong = append(wrong, fault.New(fault.InvalidFormat, "APICallback - url must be an https address of at most %d bytes", maxURL))
	}
	if len(f.Purpose.Value) > maxPurpose {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "APICallback - purpose must have at most %d bytes", maxPurpose))
	}
	return wrong
}

const columns = `id, url, organisation_id, purpose, created`

func scan(r *db.Row) Callback {
	return Callback{ID: value.ID(r.Int()), URL: r.Text(), Organisation: value.Text(r.Int()), Purpose: r.Text(), Created: value.EntityTime(r.Int())}
}

// List returns an organisation's callbacks by id.
func List(q db.Queryer, organisation int64) ([]Callback, error) {
	return db.All(q, scan, `SELECT `+columns+` FROM api_callback WHERE organisation_id = $1 ORDER BY id`, organisation)
}

// Get returns one of an organisation's callbacks.
func Get(q db.Queryer, organisation, id int64) (Callback, error) {
	c, err := db.One(q, scan, `SELECT `+columns+` FROM api_callback WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return c, fault.Missing("api callback", id)
	}
	return c, err
}

// Add stores a callback; its fields passed Check. now is in µs.
func Add(tx *db.Tx, organisation, id, now int64, f Fields) error {
	_, err := tx.Exec(`INSERT INTO api_callback (organisation_id, id, url, purpose, created) VALUES ($1, $2, $3, $4, $5)`,
		organisation, id, f.URL.Value, f.Purpose.Value, now)
	if err != nil {
		return fmt.Errorf("add callback: %w", err)
	}
	return nil
}

// Delete removes a callback. What was made for it keeps its URL.
func Delete(tx *db.Tx, organisation, id int64) error {
	n, err := tx.Exec(`DELETE FROM api_callback WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if err == nil && n == 0 {
		return fault.Missing("api callback", id)
	}
	return err
}
