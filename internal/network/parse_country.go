package network

import (
	"errors"
	"fmt"
	"strconv"
)

// maxCountryCodeLength bounds an E.164 country code with the area codes of countries that share one (+1 441, +47 79).
const maxCountryCodeLength = 6

func parseCountries(text []byte) ([]Country, error) {
	columns := []string{"id", "name", "country_code", "mcc", "iso_code", "latitude", "longitude"}
	seen := map[string]bool{}
	var list []Country
	err := eachRow("countries.csv", text, columns, func(id int64, f []string) error {
		c := Country{ID: id, Name: f[1], CountryCode: f[2], MCC: f[3], ISOCode: f[4]}
		if err := c.check(); err != nil {
			return err
		}
		if seen[c.ISOCode] {
			return fmt.Errorf("iso_code %q is there twice", c.ISOCode)
		}
		seen[c.ISOCode] = true
		if f[5] == "" && f[6] == "" {
			list = append(list, c)
			return nil
		}
		var err error
		if c.Latitude, err = degrees(f[5], 90); err != nil {
			return fmt.Errorf("read latitude: %w", err)
		}
		if c.Longitude, err = degrees(f[6], 180); err != nil {
			return fmt.Errorf("read longitude: %w", err)
		}
		list = append(list, c)
		return nil
	})
	return list, err
}

func (c Country) check() error {
	switch {
	case c.Name == "":
		return errors.New("name is empty")
	case !isDigits(c.CountryCode) || len(c.CountryCode) > maxCountryCodeLength:
		return fmt.Errorf("country_code %q is not up to %d digits", c.CountryCode, maxCountryCodeLength)
	case c.MCC != "" && (len(c.MCC) != mccLength || !isDigits(c.MCC)):
		return fmt.Errorf("mcc %q is not three digits", c.MCC)
	case len(c.ISOCode) != 2 || !within(c.ISOCode, 'a', 'z'):
		return fmt.Errorf("iso_code %q is not two lower-case letters", c.ISOCode)
	}
	return nil
}

func degrees(text string, limit float64) (*float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, err
	}
	if !(n >= -limit && n <= limit) { // NaN is out of range too
		return nil, fmt.Errorf("%s is not within %g degrees of 0", text, limit)
	}
	return &n, nil
}

// within reports whether all bytes of the text are between two others.
func within(text string, low, high byte) bool {
	for _, c := range []byte(text) {
		if c < low || c > high {
			return false
		}
	}
	return true
}
