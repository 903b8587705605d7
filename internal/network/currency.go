package network

// EUR is the id of the Euro in the contract.
const EUR int64 = 1

// Currency is a currency of ISO 4217.
type Currency struct {
	ID     int64  `json:"id"`
	Code   string `json:"code"`
	Symbol string `json:"symbol"` // the code where there is no symbol
	Name   string `json:"-"`
	Digits int64  `json:"-"` // decimal places of its minor unit, 0 to 4
}
