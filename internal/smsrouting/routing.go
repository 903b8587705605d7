package smsrouting

import (
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Routing is a set of ways by country and operator.
type Routing struct {
	ID           value.ID    `json:"id"`
	Description  string      `json:"description"`
	Organisation value.Named `json:"organisation"`
}

// Fields are what clients may say of a routing.
type Fields struct {
	Description  value.Opt[string]    `json:"description" doc:"1 to 255 characters."`
	Organisation value.Opt[value.Ref] `json:"organisation" doc:"Yours, which need not be told: nobody makes routings for somebody else."`
}

// check says what is wrong with what an organisation says of a routing of its own.
func (f Fields) check(organisation int64) error {
	var wrong []*fault.Error
	if f.Description.Set {
		wrong = fault.RequiredText("SMS routing", "description", f.Description.Value, fault.MaxText)
	}
	if f.Organisation.Has() && int64(f.Organisation.Value.ID.Value) != organisation {
		wrong = append(wrong, fault.New(fault.InvalidReference, "SMS routing - organisation: %d is not yours", f.Organisation.Value.ID.Value))
	}
	return fault.Invalid(wrong...)
}

const selectRouting = `SELECT s.id, s.description, s.organisation_id, o.name FROM sms_routing s JOIN organisation o ON o.id = s.organisation_id
	WHERE s.organisation_id = $1`

func scanRouting(r *db.Row) Routing {
	return Routing{ID: value.ID(r.Int()), Description: r.Text(), Organisation: value.Named{ID: value.ID(r.Int()), Name: r.Text()}}
}

// List lists an organisation's routings by id.
func List(q db.Queryer, organisation int64) ([]Routing, error) {
	return db.All(q, scanRouting, selectRouting+` ORDER BY s.id`, organisation)
}

// Get reads one.
func Get(q db.Queryer, organisation, id int64) (*Routing, error) {
	s, err := db.One(q, scanRouting, selectRouting+` AND s.id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("SMS routing", id)
	}
	return &s, err
}

// Create makes a routing without data. The id comes from db.NextID of the kind "sms_routing".
func Create(tx *db.Tx, organisation, id int64, f Fields) error {
	f.Description.Set = true
	if err := f.check(organisation); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO sms_routing (organisation_id, id, description) VALUES ($1, $2, $3)`, organisation, id, f.Description.Value)
	if err != nil {
		return fmt.Errorf("create SMS routing: %w", err)
	}
	return nil
}

// Patch changes a routing.
func Patch(tx *db.Tx, organisation, id int64, f Fields) error {
	if _, err := Get(tx, organisation, id); err != nil {
		return err
	}
	if err := f.check(organisation); err != nil || !f.Description.Set {
		return err
	}
	_, err := tx.Exec(`UPDATE sms_routing SET description = $1 WHERE organisation_id = $2 AND id = $3`, f.Description.Value, organisation, id)
	if err != nil {
		return fmt.Errorf("change SMS routing: %w", err)
	}
	return nil
}

// Delete removes a routing with its data. One that is the default of an organisation stays.
func Delete(tx *db.Tx, organisation, id int64) error {
	if _, err := Get(tx, organisation, id); err != nil {
		return err
	}
	user, err := db.One(tx, db.Int, `SELECT id FROM organisation WHERE default_sms_routing_id = $1 LIMIT 1`, id)
	if err == nil {
		return fault.New(fault.NotAllowed, "SMS routing %d is the default of organisation %d", id, user)
	}
	if !errors.Is(err, db.ErrNone) {
		return fmt.Errorf("delete SMS routing: %w", err)
	}
	for _, statement := range []string{
		`DELETE FROM sms_routing_data WHERE organisation_id = $1 AND sms_routing_id = $2`, `DELETE FROM sms_routing WHERE organisation_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(statement, organisation, id); err != nil {
			return fmt.Errorf("delete SMS routing: %w", err)
		}
	}
	return nil
}

// checkDigits checks a text of digits, of which there may be none.
func checkDigits(object, field, text string, most int) []*fault.Error {
	if len(text) > most || strings.Trim(text, "0123456789") != "" {
		return []*fault.Error{fault.New(fault.InvalidFormat, "%s - %s: up to %d digits expected", object, field, most)}
	}
	return nil
}
