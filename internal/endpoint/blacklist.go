package endpoint

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
)

// Blacklisted is an operator whose networks an endpoint may not use.
type Blacklisted struct {
	ID      int64                  `json:"id"`
	Name    string                 `json:"name"`
	Country network.NumericCountry `json:"country"`
	TAPCode []network.TAPCode      `json:"tapcode"`
	MNC     []network.MNC          `json:"mnc"`
}

// Blacklist lists the operators whose networks an endpoint may not use, by id.
func Blacklist(q db.Queryer, organisation, id int64) ([]Blacklisted, error) {
	if err := Exists(q, organisation, id); err != nil {
		return nil, err
	}
	ids, err := db.All(q, db.Int, `SELECT operator_id FROM operator_blacklist WHERE organisation_id = $1 AND endpoint_id = $2`, organisation, id)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	listed := make(map[int64]bool, len(ids))
	for _, operator := range ids {
		listed[operator] = true
	}
	operators, err := network.Operators(q)
	if err != nil {
		return nil, fmt.Errorf("list operator blacklist: %w", err)
	}
	var list []Blacklisted
	for _, o := range operators {
		if listed[o.ID] {
			list = append(list, Blacklisted{ID: o.ID, Name: o.Name, Country: o.Country, TAPCode: o.TAPCode, MNC: o.MNC})
		}
	}
	return list, nil
}

// AddToBlacklist keeps an endpoint from the networks of an operator. tx holds the organisation's head.
func AddToBlacklist(tx *db.Tx, organisation, id, operator int64) error {
	if err := Exists(tx, organisation, id); err != nil {
		return err
	}
	name, err := db.One(tx, db.Text, `SELECT name FROM operator WHERE id = $1`, operator)
	if errors.Is(err, db.ErrNone) {
		return fault.Missing("Operator", operator)
	}
	if err != nil {
		return fmt.Errorf("add to operator blacklist: %w", err)
	}
	added, err := tx.Exec(`INSERT INTO operator_blacklist (organisation_id, endpoint_id, operator_id) VALUES ($1, $2, $3)
		ON CONFLICT (organisation_id, endpoint_id, operator_id) DO NOTHING`, organisation, id, operator)
	if err != nil {
		return fmt.Errorf("add to operator blacklist: %w", err)
	}
	if added == 0 {
		return fault.New(fault.Duplicated, "%s is in the blacklist of endpoint %d already", name, id)
	}
	tx.Head(organisation).Changed()
	return nil
}

// RemoveFromBlacklist lifts that.
func RemoveFromBlacklist(tx *db.Tx, organisation, id, operator int64) error {
	if err := Exists(tx, organisation, id); err != nil {
		return err
	}
	removed, err := tx.Exec(`DELETE FROM operator_blacklist WHERE organisation_id = $1 AND endpoint_id = $2 AND operator_id = $3`,
		organisation, id, operator)
	if err != nil {
		return fmt.Errorf("remove from operator blacklist: %w", err)
	}
	if removed == 0 {
		return fault.Missing("Operator", operator)
	}
	tx.Head(organisation).Changed()
	return nil
}
