package network

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A TADIG code is a country's three letters and two more characters.
const (
	tapCodeLength   = 5
	tapCodeAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// operatorFile is what reading one operator must know of the rest of the file.
type operatorFile struct {
	countries map[int64]Country
	plmns     map[string]int64 // owner of each PLMN so far
	tapcodes  map[string]int64 // owner of each TAP code so far
}

func parseOperators(text []byte, countries []Country) ([]Operator, error) {
	columns := []string{"id", "name", "country_id", "mnc", "tapcodes"}
	file := operatorFile{countries: map[int64]Country{}, plmns: map[string]int64{}, tapcodes: map[string]int64{}}
	for _, c := range countries {
		file.countries[c.ID] = c
	}
	var list []Operator
	err := eachRow("operators.csv", text, columns, func(id int64, f []string) error {
		o, err := file.operator(id, f)
		list = append(list, o)
		return err
	})
	return list, err
}

func (file operatorFile) operator(id int64, f []string) (Operator, error) {
	if f[1] == "" {
		return Operator{}, errors.New("name is empty")
	}
	countryID, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil {
		return Operator{}, fmt.Errorf("read country_id: %w", err)
	}
	country, ok := file.countries[countryID]
	if !ok {
		return Operator{}, fmt.Errorf("there is no country %d", countryID)
	}
	o := Operator{
		ID: id, Name: f[1], Country: country.Numeric(), CountryName: country.Name,
		NameAndCountry: NameAndCountry(f[1], country.Name), InboundRoamersAllowed: true,
	}
	if o.MNC, err = file.mncs(id, f[3]); err != nil {
		return Operator{}, err
	}
	o.TAPCode, err = file.tapCodes(id, f[4])
	return o, err
}

// mncs reads the PLMNs of an operator. The id of each is the PLMN as a number: it lasts, and no two PLMNs have the
// same as long as no MCC but that of test networks begins with a zero (isPLMN).
func (file operatorFile) mncs(operatorID int64, text string) ([]MNC, error) {
	list := []MNC{} // an operator that is gone has none, which is written as []
	for _, plmn := range entries(text) {
		if !isPLMN(plmn) {
			return nil, fmt.Errorf("PLMN %q is not an MCC of three digits and an MNC of two or three", plmn)
		}
		if owner, taken := file.plmns[plmn]; taken {
			return nil, fmt.Errorf("PLMN %s is operator %d's already", plmn, owner)
		}
		file.plmns[plmn] = operatorID
		list = append(list, MNC{ID: digits(plmn), MNC: plmn[mccLength:], OperatorID: operatorID, PLMN: plmn})
	}
	return list, nil
}

// tapCodes reads the TAP codes of an operator. The id of each is the code as a number of base 36.
func (file operatorFile) tapCodes(operatorID int64, text string) ([]TAPCode, error) {
	list := []TAPCode{}
	for _, code := range entries(text) {
		if len(code) != tapCodeLength || strings.Trim(code, tapCodeAlphabet) != "" {
			return nil, fmt.Errorf("TAP code %q is not five capital letters or digits", code)
		}
		id, err := strconv.ParseInt(code, len(tapCodeAlphabet), 64)
		if err != nil {
			return nil, fmt.Errorf("number TAP code: %w", err)
		}
		if owner, taken := file.tapcodes[code]; taken {
			return nil, fmt.Errorf("TAP code %s is operator %d's already", code, owner)
		}
		file.tapcodes[code] = operatorID
		list = append(list, TAPCode{ID: id, TAPCode: code, OperatorID: operatorID})
	}
	return list, nil
}

// entries splits a column that holds several values.
func entries(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "|")
}
