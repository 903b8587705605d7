package network

import (
	"embed"
	"fmt"
)

// files never change: an embedded file system is read-only.
//
//go:embed data/countries.csv data/currencies.csv data/operators.csv data/NOTICE.md
var files embed.FS

// Data is the reference data, each list by ascending id.
type Data struct {
	Countries  []Country
	Currencies []Currency
	Operators  []Operator
}

// Reference reads the embedded reference data. It does so at every call: call it once and hand on the result.
func Reference() (Data, error) {
	var text [3][]byte
	for i, name := range []string{"countries.csv", "currencies.csv", "operators.csv"} {
		var err error
		if text[i], err = files.ReadFile("data/" + name); err != nil {
			return Data{}, fmt.Errorf("open reference data: %w", err)
		}
	}
	return parse(text[0], text[1], text[2])
}

// Notice returns the licence notices that must go with every copy of the reference data, and so with the program.
func Notice() (string, error) {
	text, err := files.ReadFile("data/NOTICE.md")
	if err != nil {
		return "", fmt.Errorf("open notice: %w", err)
	}
	return string(text), nil
}

func parse(countries, currencies, operators []byte) (Data, error) {
	var d Data
	var err error
	if d.Countries, err = parseCountries(countries); err != nil {
		return Data{}, err
	}
	if d.Currencies, err = parseCurrencies(currencies); err != nil {
		return Data{}, err
	}
	if d.Operators, err = parseOperators(operators, d.Countries); err != nil {
		return Data{}, err
	}
	return d, nil
}
