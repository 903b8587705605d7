package profile

import (
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Blocked is what a tariff profile blocks of an operator. The operator as a whole and its RAT types are blocked apart: taking
// away one leaves the other.
type Blocked struct {
	Operator value.Named `json:"operator"`
	Profile  struct {
		ID value.ID `json:"id"`
	} `json:"tariff_profile"`
	List struct {
		Operator bool              `json:"operator" doc:"The operator as a whole."`
		RATTypes []network.RATType `json:"rat_types"`
	} `json:"blocklist"`
}

// Blocklist lists the operators of which a tariff profile blocks something.
func Blocklist(q db.Queryer, organisation, id int64) ([]Blocked, error) {
	if err := mustExistTariff(q, organisation, id); err != nil {
		return nil, err
	}
	return readBlocked(q, organisation, id, `SELECT b.operator_id, o.name, b.rat_type_id FROM tariff_profile_block b
		JOIN operator o ON o.id = b.operator_id WHERE b.organisation_id = $1 AND b.tariff_profile_id = $2
		ORDER BY b.operator_id, b.rat_type_id`, organisation, id)
}

// BlockedOf is what a tariff profile blocks of an operator, be it nothing.
func BlockedOf(q db.Queryer, organisation, id, operator int64) (*Blocked, error) {
	if err := mustExistTariff(q, organisation, id); err != nil {
		return nil, err
	}
	list, err := readBlocked(q, organisation, id, `SELECT o.id, o.name, COALESCE(b.rat_type_id, -1) FROM operator o
		LEFT JOIN tariff_profile_block b ON b.organisation_id = $1 AND b.tariff_profile_id = $2 AND b.operator_id = o.id
		WHERE o.id = $3 ORDER BY b.rat_type_id`, organisation, id, operator)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.Missing("Operator", operator)
	}
	return &list[0], nil
}

// readBlocked gathers rows of operator, name and RAT type: 0 is the operator as a whole, -1 nothing.
func readBlocked(q db.Queryer, organisation, id int64, query string, args ...any) ([]Blocked, error) {
	var list []Blocked
	err := q.Each(func(r *db.Row) {
		operator, rat := value.Named{ID: value.ID(r.Int()), Name: r.Text()}, r.Int()
		if n := len(list); n == 0 || list[n-1].Operator != operator {
			b := Blocked{Operator: operator}
			b.Profile.ID, b.List.RATTypes = value.ID(id), []network.RATType{}
			list = append(list, b)
		}
		b := &list[len(list)-1]
		if t := ratType(rat); t != nil {
			b.List.RATTypes = append(b.List.RATTypes, *t)
		}
		b.List.Operator = b.List.Operator || rat == 0
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read operator blocklist of organisation %d: %w", organisation, err)
	}
	return list, nil
}

// ratType is a RAT type that can be blocked, nil for none.
func ratType(id int64) *network.RATType {
	return entry(network.RATTypes(), func(t network.RATType) bool { return t.ID == id && t.Blacklistable })
}

// BlockOperator keeps the endpoints of a tariff profile from an operator. Doing it twice changes nothing.
func BlockOperator(tx *db.Tx, organisation, id, operator int64) error {
	return addBlocks(tx, organisation, id, operator, 0)
}

// BlockRATs keeps them from RAT types in its networks.
func BlockRATs(tx *db.Tx, organisation, id, operator int64, rats []value.Ref) error {
	var ids []int64
	var wrong []*fault.Error
	for _, ref := range rats {
		switch {
		case !ref.ID.Has():
			wrong = append(wrong, fault.New(fault.Required, "RAT type - id is required"))
		case ratType(int64(ref.ID.Value)) == nil:
			wrong = append(wrong, fault.New(fault.InvalidReference, "RAT type - %d does not exist or cannot be blocked", ref.ID.Value))
		default:
			ids = append(ids, int64(ref.ID.Value))
		}
	}
	if len(rats) == 0 {
		wrong = append(wrong, fault.New(fault.Required, "rat_types is required"))
	}
	if err := mustExistTariff(tx, organisation, id); err != nil {
		return err
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	slices.Sort(ids)
	return addBlocks(tx, organisation, id, operator, slices.Compact(ids)...)
}

func addBlocks(tx *db.Tx, organisation, id, operator int64, rats ...int64) error {
	if _, err := BlockedOf(tx, organisation, id, operator); err != nil {
		return err
	}
	for _, rat := range rats {
		_, err := tx.Exec(`INSERT INTO tariff_profile_block (organisation_id, tariff_profile_id, operator_id, rat_type_id) VALUES ($1, $2, $3, $4)
			ON CONFLICT (organisation_id, tariff_profile_id, operator_id, rat_type_id) DO NOTHING`, organisation, id, operator, rat)
		if err != nil {
			return fmt.Errorf("block operator: %w", err)
		}
	}
	tx.Head(organisation).Changed()
	return nil
}

// Unblock takes away the block of an operator as a whole (rat 0) or of one RAT type.
func Unblock(tx *db.Tx, organisation, id, operator, rat int64) error {
	if err := mustExistTariff(tx, organisation, id); err != nil {
		return err
	}
	removed, err := tx.Exec(`DELETE FROM tariff_profile_block WHERE organisation_id = $1 AND tariff_profile_id = $2 AND operator_id = $3
		AND rat_type_id = $4`, organisation, id, operator, rat)
	if err != nil {
		return fmt.Errorf("unblock operator: %w", err)
	}
	if removed == 0 && rat == 0 {
		return fault.Missing("Blocked operator", operator)
	}
	if removed == 0 {
		return fault.Missing("Blocked RAT type", rat)
	}
	tx.Head(organisation).Changed()
	return nil
}
