package network

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Code is something that names an operator: of its three texts one is there.
type Code struct {
	ID         int64  `json:"id"`
	MNC        string `json:"mnc,omitempty" doc:"Two or three digits."`
	TAPCode    string `json:"tapcode,omitempty" doc:"TADIG code of five characters."`
	CCNDC      string `json:"ccndc,omitempty" doc:"Country code and national destination code: how its numbers begin."`
	OperatorID int64  `json:"operator_id"`
	MCC        string `json:"mcc,omitempty" doc:"Of an MNC: the country code that it stands behind."`
}

// CodeFields are what clients may say of a code: the text of its kind.
type CodeFields struct {
	MNC     string `json:"mnc" doc:"Of /mnc: two or three digits."`
	MCC     string `json:"mcc" doc:"Of /mnc: three digits, where it is not that of the operator's country."`
	TAPCode string `json:"tapcode" doc:"Of /tapcode: TADIG code, three letters of the country and two more letters or digits."`
	CCNDC   string `json:"ccndc" doc:"Of /ccndc: 1 to 15 digits of E.164, without leading zeros or +."`
}

// codeKind is a kind of code, by its word in the path. Each text belongs to one operator, and its id follows from the
// text, so that it is the same wherever it was entered.
type codeKind struct {
	table, column string
	id            func(text string) int64
	text          func(operatorRow, CodeFields) (text, wrong string)
}

func kindOf(word string) (codeKind, error) {
	switch word {
	case "mnc":
		return codeKind{"operator_plmn", "plmn", digits, plmnOf}, nil
	case "tapcode":
		return codeKind{"operator_tapcode", "tapcode", tapCodeID, tapCodeOf}, nil
	case "ccndc":
		return codeKind{"operator_ccndc", "ccndc", digits, ccndcOf}, nil
	}
	return codeKind{}, fault.New(fault.NotFound, "operators have mnc, tapcode and ccndc, but no %s", word)
}

func plmnOf(o operatorRow, f CodeFields) (text, wrong string) {
	if f.MCC == "" {
		f.MCC = o.mcc
	}
	if (len(f.MNC) != 2 && len(f.MNC) != 3) || !isDigits(f.MNC) {
		return "", "two or three digits expected"
	}
	if len(f.MCC) != mccLength || !isPLMN(f.MCC+f.MNC) {
		return "", "its mcc must have three digits"
	}
	return f.MCC + f.MNC, ""
}

func tapCodeOf(_ operatorRow, f CodeFields) (text, wrong string) {
	code := strings.ToUpper(f.TAPCode)
	if len(code) != tapCodeLength || strings.Trim(code, tapCodeAlphabet) != "" {
		return "", "five letters or digits expected"
	}
	return code, ""
}

func tapCodeID(code string) int64 {
	id, _ := strconv.ParseInt(code, len(tapCodeAlphabet), 64) // five characters of the alphabet
	return id
}

const maxPrefix = 15 // digits of E.164

func ccndcOf(_ operatorRow, f CodeFields) (text, wrong string) {
	if f.CCNDC == "" || len(f.CCNDC) > maxPrefix || f.CCNDC[0] == '0' || !isDigits(f.CCNDC) {
		return "", "1 to 15 digits without a leading zero expected"
	}
	return f.CCNDC, ""
}

func (k codeKind) code(r *db.Row) Code {
	text, c := r.Text(), Code{ID: r.Int(), OperatorID: r.Int()}
	switch k.column {
	case "plmn":
		c.MCC, c.MNC = text[:mccLength], text[mccLength:]
	case "tapcode":
		c.TAPCode = text
	default:
		c.CCNDC = text
	}
	return c
}

// Codes lists an operator's codes of a kind ("mnc", "tapcode" or "ccndc"), in the order of their text.
func Codes(q db.Queryer, operator int64, kind string) ([]Code, error) {
	k, err := kindOf(kind)
	if err != nil {
		return nil, err
	}
	if _, err := getOperator(q, operator); err != nil {
		return nil, err
	}
	return db.All(q, k.code, `SELECT `+k.column+`, id, operator_id FROM `+k.table+` WHERE operator_id = $1 ORDER BY `+k.column, operator)
}

// AddCode gives an operator another code of a kind and returns its id.
func AddCode(tx *db.Tx, operator int64, kind string, f CodeFields) (int64, error) {
	k, err := kindOf(kind)
	if err != nil {
		return 0, err
	}
	o, err := getOperator(tx, operator)
	if err != nil {
		return 0, err
	}
	text, wrong := k.text(o, f)
	if wrong != "" {
		return 0, fault.Invalid(fault.New(fault.InvalidFormat, "Operator - %s: %s", kind, wrong))
	}
	owner, err := db.One(tx, db.Int, `SELECT operator_id FROM `+k.table+` WHERE `+k.column+` = $1`, text)
	if err == nil {
		return 0, fault.New(fault.Duplicated, "%s %s belongs to operator %d already", kind, text, owner)
	}
	if !errors.Is(err, db.ErrNone) {
		return 0, fmt.Errorf("add %s: %w", kind, err)
	}
	id := k.id(text)
	if _, err = tx.Exec(`INSERT INTO `+k.table+` (`+k.column+`, id, operator_id) VALUES ($1, $2, $3)`, text, id, operator); err != nil {
		return 0, fmt.Errorf("add %s: %w", kind, err)
	}
	return id, Changed(tx)
}

// RemoveCode takes a code from an operator.
func RemoveCode(tx *db.Tx, operator int64, kind string, id int64) error {
	k, err := kindOf(kind)
	if err != nil {
		return err
	}
	if _, err := getOperator(tx, operator); err != nil {
		return err
	}
	removed, err := tx.Exec(`DELETE FROM `+k.table+` WHERE operator_id = $1 AND id = $2`, operator, id)
	if err != nil {
		return fmt.Errorf("remove %s: %w", kind, err)
	}
	if removed == 0 {
		return fault.Missing("Operator "+kind, value.ID(id))
	}
	return Changed(tx)
}
