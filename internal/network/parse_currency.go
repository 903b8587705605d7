package network

import (
	"errors"
	"fmt"
)

func parseCurrencies(text []byte) ([]Currency, error) {
	columns := []string{"id", "code", "symbol", "name", "digits"}
	seen := map[string]bool{}
	var list []Currency
	err := eachRow("currencies.csv", text, columns, func(id int64, f []string) error {
		c := Currency{ID: id, Code: f[1], Symbol: f[2], Name: f[3]}
		switch {
		case len(c.Code) != 3 || !within(c.Code, 'A', 'Z'):
			return fmt.Errorf("code %q is not three capital letters", c.Code)
		case seen[c.Code]:
			return fmt.Errorf("code %q is there twice", c.Code)
		case (c.Code == "EUR") != (id == EUR):
			return fmt.Errorf("id %d for %s: EUR, and no other, is %d", id, c.Code, EUR)
		case c.Symbol == "" || c.Name == "":
			return errors.New("symbol or name is empty")
		case len(f[4]) != 1 || !within(f[4], '0', '4'):
			return fmt.Errorf("digits %q is not 0 to 4", f[4])
		}
		c.Digits = digits(f[4])
		seen[c.Code] = true
		list = append(list, c)
		return nil
	})
	return list, err
}
