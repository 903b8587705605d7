package roaming

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Statuses of an operator in a coverage.
const (
	Disabled int64 = 0
	Enabled  int64 = 1
)

// Entry is an operator in a coverage.
type Entry struct {
	ID        value.ID          `json:"id"`
	Operator  Operator          `json:"operator"`
	Status    value.Described   `json:"status" doc:"0 Disabled: its networks are refused; 1 Enabled."`
	Blacklist []value.Described `json:"rat_type_blacklist" doc:"Radio access types that are refused in its networks."`
}

// Operator is an operator as it stands in an entry.
type Operator struct {
	ID      value.ID    `json:"id"`
	Name    string      `json:"name"`
	Country value.Named `json:"country"`
}

// EntryFields are what clients may say of an entry.
type EntryFields struct {
	Status value.Opt[value.Ref] `json:"status" doc:"0 Disabled, 1 Enabled."`
}

func status(id int64) value.Described {
	if id == Enabled {
		return value.Described{ID: 1, Description: "Enabled"}
	}
	return value.Described{ID: 0, Description: "Disabled"}
}

// Entries lists the operators of a coverage by their id.
func Entries(q db.Queryer, organisation, coverage int64) ([]Entry, error) {
	if _, err := GetCoverage(q, organisation, coverage); err != nil {
		return nil, err
	}
	list, err := db.All(q, func(r *db.Row) Entry {
		return Entry{
			ID: value.ID(r.Int()), Operator: Operator{value.ID(r.Int()), r.Text(), value.Named{ID: value.ID(r.Int()), Name: r.Text()}},
			Status: status(r.Int()), Blacklist: []value.Described{},
		}
	}, `SELECT e.id, e.operator_id, o.name, o.country_id, COALESCE(c.name, ''), e.status_id FROM network_coverage_entry e
		JOIN operator o ON o.id = e.operator_id LEFT JOIN country c ON c.id = o.country_id WHERE e.coverage_id = $1 ORDER BY e.operator_id`, coverage)
	if err != nil {
		return nil, fmt.Errorf("list coverage: %w", err)
	}
	names := map[int64]string{}
	for _, t := range network.RATTypes() {
		names[t.ID] = t.Description
	}
	err = q.Each(func(r *db.Row) {
		operator, rat := value.ID(r.Int()), r.Int()
		i, found := slices.BinarySearchFunc(list, operator, func(e Entry, id value.ID) int { return cmp.Compare(e.Operator.ID, id) })
		if found {
			list[i].Blacklist = append(list[i].Blacklist, value.Described{ID: value.ID(rat), Description: names[rat]})
		}
	}, `SELECT operator_id, rat_type_id FROM network_coverage_rat WHERE coverage_id = $1 ORDER BY operator_id, rat_type_id`, coverage)
	return list, err
}

// AddOperator brings an operator into a coverage, enabled. The id comes from db.NextID of the kind "network_coverage_data".
func AddOperator(tx *db.Tx, organisation, coverage, operator, id int64) error {
	if _, err := GetCoverage(tx, organisation, coverage); err != nil {
		return err
	}
	name, err := db.One(tx, db.Text, `SELECT name FROM operator WHERE id = $1`, operator)
	if errors.Is(err, db.ErrNone) {
		return fault.Missing("Operator", operator)
	}
	if err != nil {
		return fmt.Errorf("add operator to coverage: %w", err)
	}
	added, err := tx.Exec(`INSERT INTO network_coverage_entry (coverage_id, operator_id, id, status_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (coverage_id, operator_id) DO NOTHING`, coverage, operator, id, Enabled)
	if err != nil {
		return fmt.Errorf("add operator to coverage: %w", err)
	}
	if added == 0 {
		return fault.New(fault.Duplicated, "%s is in network coverage %d already", name, coverage)
	}
	return network.Changed(tx)
}

// SetStatus enables or disables an operator in a coverage.
func SetStatus(tx *db.Tx, organisation, coverage, operator int64, f EntryFields) error {
	if err := entryExists(tx, organisation, coverage, operator); err != nil || !f.Status.Set {
		return err
	}
	id := int64(f.Status.Value.ID.Value)
	if !f.Status.Value.ID.Has() || id != Disabled && id != Enabled {
		return fault.Invalid(fault.New(fault.InvalidReference, "Network coverage - status: 0 (disabled) or 1 (enabled) expected"))
	}
	_, err := tx.Exec(`UPDATE network_coverage_entry SET status_id = $1 WHERE coverage_id = $2 AND operator_id = $3`, id, coverage, operator)
	if err != nil {
		return fmt.Errorf("change coverage: %w", err)
	}
	return network.Changed(tx)
}

// RemoveOperator takes an operator out of a coverage, which none of its inter-operator tariffs may name.
func RemoveOperator(tx *db.Tx, organisation, coverage, operator int64) error {
	if err := entryExists(tx, organisation, coverage, operator); err != nil {
		return err
	}
	_, err := db.One(tx, db.Int, `SELECT id FROM inter_operator_tariff WHERE organisation_id = $1 AND coverage_id = $2 AND operator_id = $3 LIMIT 1`,
		organisation, coverage, operator)
	if err == nil {
		return fault.New(fault.NotAllowed, "operator %d has inter-operator tariffs in network coverage %d: disable it instead", operator, coverage)
	}
	if !errors.Is(err, db.ErrNone) {
		return fmt.Errorf("remove operator from coverage: %w", err)
	}
	for _, table := range []string{"network_coverage_rat", "network_coverage_entry"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE coverage_id = $1 AND operator_id = $2`, coverage, operator); err != nil {
			return fmt.Errorf("remove operator from coverage: %w", err)
		}
	}
	return network.Changed(tx)
}

// Blacklist forbids a radio access type in an operator's networks.
func Blacklist(tx *db.Tx, organisation, coverage, operator, rat int64) error {
	if err := entryExists(tx, organisation, coverage, operator); err != nil {
		return err
	}
	known := network.RATTypes()
	i := slices.IndexFunc(known, func(t network.RATType) bool { return t.ID == rat && t.Listed })
	switch {
	case i < 0:
		return fault.Missing("RAT type", rat)
	case !known[i].Blacklistable:
		return fault.Invalid(fault.New(fault.NotAllowed, "Network coverage - rat_type: %s cannot be blacklisted", known[i].Description))
	}
	added, err := tx.Exec(`INSERT INTO network_coverage_rat (coverage_id, operator_id, rat_type_id) VALUES ($1, $2, $3)
		ON CONFLICT (coverage_id, operator_id, rat_type_id) DO NOTHING`, coverage, operator, rat)
	if err != nil {
		return fmt.Errorf("blacklist RAT type: %w", err)
	}
	if added == 0 {
		return fault.New(fault.Duplicated, "%s of operator %d is blacklisted in network coverage %d already", known[i].Description, operator, coverage)
	}
	return network.Changed(tx)
}

// Allow lifts that.
func Allow(tx *db.Tx, organisation, coverage, operator, rat int64) error {
	if err := entryExists(tx, organisation, coverage, operator); err != nil {
		return err
	}
	removed, err := tx.Exec(`DELETE FROM network_coverage_rat WHERE coverage_id = $1 AND operator_id = $2 AND rat_type_id = $3`, coverage, operator, rat)
	if err != nil {
		return fmt.Errorf("allow RAT type: %w", err)
	}
	if removed == 0 {
		return fault.Missing("Blacklisted RAT type", rat)
	}
	return network.Changed(tx)
}

// entryExists is the error of an operator that is not in a coverage of the organisation's.
func entryExists(q db.Queryer, organisation, coverage, operator int64) error {
	if _, err := GetCoverage(q, organisation, coverage); err != nil {
		return err
	}
	_, err := db.One(q, db.Int, `SELECT id FROM network_coverage_entry WHERE coverage_id = $1 AND operator_id = $2`, coverage, operator)
	if errors.Is(err, db.ErrNone) {
		return fault.Missing("Operator", operator)
	}
	return err
}
