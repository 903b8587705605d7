package value

import (
	"errors"
	"math"
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

// Sum is a sum of costs, written with up to ten places.
type Sum money.Sum

// MarshalJSON implements json.Marshaler.
func (s Sum) MarshalJSON() ([]byte, error) { return money.Sum(s).Append(nil, true), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (s *Sum) UnmarshalJSON(data []byte) error {
	sum, err := money.ParseSum(strings.Trim(string(data), `"`))
	if err == nil {
		*s = Sum(sum)
	}
	return err
}

// Amount is a balance in 1e-10 of a currency unit, written with at most six places, the others being cut off, and read
// with no more than six.
type Amount int64

const hidden = 10_000 // what the places that are not written make up

// MarshalJSON implements json.Marshaler.
func (a Amount) MarshalJSON() ([]byte, error) {
	return money.Append(nil, a.shown(), money.BalancePlaces), nil
}

// shown rounds towards less money.
func (a Amount) shown() int64 {
	n := int64(a) / hidden
	if int64(a)%hidden < 0 {
		n--
	}
	return n
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Amount) UnmarshalJSON(data []byte) error {
	var n int64
	if err := parse(&n, data, money.BalancePlaces); err != nil {
		return err
	}
	if n > math.MaxInt64/hidden || n < math.MinInt64/hidden {
		return money.ErrRange
	}
	*a = Amount(n * hidden)
	return nil
}

// Text is a number that the contract writes as a string ("used_count": "3").
type Text int64

// MarshalJSON implements json.Marshaler.
func (n Text) MarshalJSON() ([]byte, error) {
	return append(money.Append([]byte{'"'}, int64(n), 0), '"'), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Text) UnmarshalJSON(data []byte) error { return parse((*int64)(n), data, 0) }

// Flag is a yes or no that the contract writes as 1 or 0. It is read from true and false as well.
type Flag bool

// MarshalJSON implements json.Marshaler.
func (f Flag) MarshalJSON() ([]byte, error) {
	if f {
		return []byte{'1'}, nil
	}
	return []byte{'0'}, nil
}

// ErrFlag says that a JSON value is neither yes nor no.
var ErrFlag = errors.New("flag must be 0 or 1")

// UnmarshalJSON implements json.Unmarshaler.
func (f *Flag) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if text == "true" || text == "false" {
		*f = text == "true"
		return nil
	}
	n, err := money.Parse(text, 0)
	if err != nil || n != 0 && n != 1 {
		return ErrFlag
	}
	*f = n == 1
	return nil
}

func parse(into *int64, data []byte, places int) error {
	n, err := money.Parse(strings.Trim(string(data), `"`), places)
	if err == nil {
		*into = n
	}
	return err
}
