package value

import "github.com/simstead/simstead/internal/money"

// Percent is a share in 1e-4 of a percent, written as percent with up to four places.
type Percent int64

const percentPlaces = 4

// MarshalJSON implements json.Marshaler.
func (p Percent) MarshalJSON() ([]byte, error) {
	return money.Append(nil, int64(p), percentPlaces), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *Percent) UnmarshalJSON(data []byte) error { return parse((*int64)(p), data, percentPlaces) }
