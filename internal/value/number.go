package value

import (
	"strings"

	"github.com/simstead/simstead/internal/money"
)

// MB is a volume in bytes, written as megabytes of 10^6 bytes with up to six places.
type MB int64

// MarshalJSON implements json.Marshaler.
func (v MB) MarshalJSON() ([]byte, error) {
	return money.Append(nil, int64(v), money.VolumePlaces), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *MB) UnmarshalJSON(data []byte) error { return parse((*int64)(v), data, money.VolumePlaces) }

// Cost is an amount of money in 1e-10 of a currency unit, written with up to ten places.
type Cost int64

// MarshalJSON implements json.Marshaler.
func (c Cost) MarshalJSON() ([]byte, error) {
	return money.Append(nil, int64(c), money.CostPlaces), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Cost) UnmarshalJSON(data []byte) error { return parse((*int64)(c), data, money.CostPlaces) }

// Text is a number that the contract writes as a string ("used_count": "3").
type Text int64

// MarshalJSON implements json.Marshaler.
func (n Text) MarshalJSON() ([]byte, error) {
	return append(money.Append([]byte{'"'}, int64(n), 0), '"'), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Text) UnmarshalJSON(data []byte) error { return parse((*int64)(n), data, 0) }

func parse(into *int64, data []byte, places int) error {
	n, err := money.Parse(strings.Trim(string(data), `"`), places)
	if err == nil {
		*into = n
	}
	return err
}
