package network

// Operator is a company or brand that runs mobile networks in one country.
type Operator struct {
	ID             int64          `json:"id"`
	Name           string         `json:"name"`
	Country        NumericCountry `json:"country"`
	CountryName    string         `json:"country_name"`
	NameAndCountry string         `json:"name_and_country"`
	// The contract names this field but not its type; a boolean is inferred.
	InboundRoamersAllowed bool      `json:"inbound_roamers_allowed"`
	MNC                   []MNC     `json:"mnc"`
	TAPCode               []TAPCode `json:"tapcode"`
}

// MNC is one network of an operator.
type MNC struct {
	ID         int64  `json:"id"`
	MNC        string `json:"mnc"` // two or three digits, leading zeros kept
	OperatorID int64  `json:"operator_id"`
	PLMN       string `json:"-"` // MCC then MNC: an operator's networks may have several MCCs
}

// TAPCode is a code by which roaming partners name an operator in their accounts (TADIG code).
type TAPCode struct {
	ID         int64  `json:"id"`
	TAPCode    string `json:"tapcode"`
	OperatorID int64  `json:"operator_id"`
}

// NameAndCountry is the text of an operator's name_and_country; its form is inferred.
func NameAndCountry(name, country string) string { return name + ", " + country }
