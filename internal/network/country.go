package network

// ISO codes of the two country rows that are no country; they are from the part of ISO 3166-1 left to its users.
const (
	ISOInternational = "xz" // networks of MCC 901 and the like: satellite, maritime, airborne, global SIMs
	ISOTest          = "xt" // test networks, MCC 001 and 999
)

// Country is a country as lists and events show it: with its codes as text.
type Country struct {
	ID          int64    `json:"id"`
	Name        string   `json:"name"`
	CountryCode string   `json:"country_code"` // E.164 digits without "+", "" when there is none
	MCC         string   `json:"mcc"`          // the lowest of its own, "" when there is none
	ISOCode     string   `json:"iso_code"`     // ISO 3166-1 alpha-2 in lower case
	Latitude    *float64 `json:"latitude"`     // degrees north, null when not known
	Longitude   *float64 `json:"longitude"`    // degrees east, null when not known
}

// Geographic reports whether the country is a place.
func (c Country) Geographic() bool { return c.ISOCode != ISOInternational && c.ISOCode != ISOTest }

// Numeric returns the country as it stands inside an operator.
func (c Country) Numeric() NumericCountry {
	return NumericCountry{
		ID: c.ID, Name: c.Name, CountryCode: digits(c.CountryCode), MCC: digits(c.MCC), ISOCode: c.ISOCode,
		Latitude: c.Latitude, Longitude: c.Longitude,
	}
}

// NumericCountry is a country as it stands inside another object: the contract has its codes as numbers there. A code
// that is missing is 0.
type NumericCountry struct {
	ID          int64    `json:"id"`
	Name        string   `json:"name"`
	CountryCode int64    `json:"country_code"`
	MCC         int64    `json:"mcc"`
	ISOCode     string   `json:"iso_code"`
	Latitude    *float64 `json:"latitude"`
	Longitude   *float64 `json:"longitude"`
}

// digits reads a code that Reference has checked; none is longer than six digits.
func digits(text string) int64 {
	var n int64
	for _, d := range []byte(text) {
		n = n*10 + int64(d-'0')
	}
	return n
}
