package network

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// FirstOwn is the lowest id of operators that people add: those below are kept for later reference data.
const FirstOwn = 1_000_000

// OperatorFields are what clients may say of an operator.
type OperatorFields struct {
	Name    value.Opt[string]    `json:"name" doc:"1 to 255 characters."`
	Country value.Opt[value.Ref] `json:"country" doc:"Where its networks are; International when it is not told."`
}

// NewOperator is the body that adds an operator. What it is known by may come at once, or later by AddCode.
type NewOperator struct {
	OperatorFields
	MNC     value.Opt[[]string] `json:"mnc" doc:"Its networks in the country: two or three digits each."`
	TAPCode value.Opt[[]string] `json:"tapcode" doc:"Its TADIG codes."`
	CCNDC   value.Opt[[]string] `json:"ccndc" doc:"How its numbers begin."`
}

// Create adds the operator with its networks and codes. The id is FirstOwn and one from db.NextID of the kind "operator".
func (n NewOperator) Create(tx *db.Tx, id int64) error {
	if err := CreateOperator(tx, id, n.OperatorFields); err != nil {
		return err
	}
	for _, mnc := range n.MNC.Value {
		if _, err := AddCode(tx, id, "mnc", CodeFields{MNC: mnc}); err != nil {
			return err
		}
	}
	for _, code := range n.TAPCode.Value {
		if _, err := AddCode(tx, id, "tapcode", CodeFields{TAPCode: code}); err != nil {
			return err
		}
	}
	for _, prefix := range n.CCNDC.Value {
		if _, err := AddCode(tx, id, "ccndc", CodeFields{CCNDC: prefix}); err != nil {
			return err
		}
	}
	return nil
}

// GetOperator reads one operator as Operators lists it.
func GetOperator(q db.Queryer, id int64) (*Operator, error) {
	list, err := Operators(q)
	if err != nil {
		return nil, err
	}
	at, found := slices.BinarySearchFunc(list, id, func(o Operator, id int64) int { return cmp.Compare(o.ID, id) })
	if !found {
		return nil, fault.Missing("Operator", id)
	}
	return &list[at], nil
}

// check says what is wrong with what was told; country is the id that was meant, 0 when none was.
func (f OperatorFields) check(q db.Queryer) (country int64, wrong []*fault.Error, err error) {
	if f.Name.Set {
		wrong = fault.RequiredText("Operator", "name", strings.TrimSpace(f.Name.Value), fault.MaxText)
	}
	if !f.Country.Set {
		return 0, wrong, nil
	}
	country = int64(f.Country.Value.ID.Value)
	_, err = db.One(q, db.Int, `SELECT id FROM country WHERE id = $1`, country)
	if errors.Is(err, db.ErrNone) {
		return 0, append(wrong, fault.New(fault.InvalidReference, "Operator - country: there is none with id %d", country)), nil
	}
	return country, wrong, err
}

// CreateOperator adds an operator without networks. The id is FirstOwn and one from db.NextID of the kind "operator".
func CreateOperator(tx *db.Tx, id int64, f OperatorFields) error {
	f.Name.Set = true
	country, wrong, err := f.check(tx)
	if err != nil {
		return fmt.Errorf("create operator: %w", err)
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	if country == 0 {
		if country, err = db.One(tx, db.Int, `SELECT id FROM country WHERE iso_code = $1`, ISOInternational); err != nil {
			return fmt.Errorf("create operator: %w", err)
		}
	}
	_, err = tx.Exec(`INSERT INTO operator (id, name, country_id) VALUES ($1, $2, $3)`, id, strings.TrimSpace(f.Name.Value), country)
	if err != nil {
		return fmt.Errorf("create operator: %w", err)
	}
	return Changed(tx)
}

// PatchOperator changes what is told of an operator.
func PatchOperator(tx *db.Tx, id int64, f OperatorFields) error {
	was, err := getOperator(tx, id)
	if err != nil {
		return err
	}
	country, wrong, err := f.check(tx)
	if err != nil {
		return fmt.Errorf("change operator: %w", err)
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	if f.Name.Set {
		was.name = strings.TrimSpace(f.Name.Value)
	}
	if country != 0 {
		was.country = country
	}
	if _, err = tx.Exec(`UPDATE operator SET name = $1, country_id = $2 WHERE id = $3`, was.name, was.country, id); err != nil {
		return fmt.Errorf("change operator: %w", err)
	}
	return Changed(tx)
}

// uses are the tables that name operators, with the words for it.
func uses() map[string]string {
	return map[string]string{
		"ratezone_operator":      "a rate zone",
		"network_coverage_entry": "a network coverage",
		"operator_blacklist":     "the blacklist of an endpoint",
		"tariff_profile_block":   "the block list of a tariff profile",
		"inter_operator_tariff":  "an inter-operator tariff",
		"sms_routing_data":       "an SMS routing",
	}
}

// DeleteOperator removes an operator that nothing names, with its networks and codes. What it was used for stays in the
// log, without its name.
func DeleteOperator(tx *db.Tx, id int64) error {
	if _, err := getOperator(tx, id); err != nil {
		return err
	}
	for table, what := range uses() {
		_, err := db.One(tx, db.Int, `SELECT operator_id FROM `+table+` WHERE operator_id = $1 LIMIT 1`, id)
		if err == nil {
			return fault.New(fault.NotAllowed, "operator %d is in %s", id, what)
		}
		if !errors.Is(err, db.ErrNone) {
			return fmt.Errorf("delete operator: %w", err)
		}
	}
	for _, statement := range []string{
		`DELETE FROM operator_plmn WHERE operator_id = $1`, `DELETE FROM operator_tapcode WHERE operator_id = $1`,
		`DELETE FROM operator_ccndc WHERE operator_id = $1`, `DELETE FROM operator WHERE id = $1`,
	} {
		if _, err := tx.Exec(statement, id); err != nil {
			return fmt.Errorf("delete operator: %w", err)
		}
	}
	return Changed(tx)
}

type operatorRow struct {
	name    string
	country int64
	mcc     string // of its country, "" for none
}

func getOperator(q db.Queryer, id int64) (operatorRow, error) {
	row, err := db.One(q, func(r *db.Row) operatorRow { return operatorRow{r.Text(), r.Int(), r.Text()} },
		`SELECT o.name, o.country_id, COALESCE(c.mcc, '') FROM operator o LEFT JOIN country c ON c.id = o.country_id WHERE o.id = $1`, id)
	if errors.Is(err, db.ErrNone) {
		err = fault.Missing("Operator", id)
	}
	return row, err
}
