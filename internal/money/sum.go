package money

import (
	"math/big"
	"strings"
)

// Sum is a sum of costs. It can be larger than a single cost: its whole units and its 1e-10 of a unit are counted apart, as
// a database adds them up without overflow.
type Sum struct{ units, rest int64 }

// Add adds a cost in 1e-10 of a unit.
func (s *Sum) Add(cost int64) { s.AddParts(cost/Unit, cost%Unit) }

// AddParts adds sums of whole units and of the parts of costs that are no whole unit, in 1e-10. Either may be negative.
func (s *Sum) AddParts(units, rest int64) {
	s.units += units + rest/Unit
	if s.rest += rest % Unit; s.rest >= Unit || s.rest <= -Unit {
		s.units += s.rest / Unit
		s.rest %= Unit
	}
	switch { // both have one sign
	case s.units > 0 && s.rest < 0:
		s.units, s.rest = s.units-1, s.rest+Unit
	case s.units < 0 && s.rest > 0:
		s.units, s.rest = s.units+1, s.rest-Unit
	}
}

// AddSum adds another sum.
func (s *Sum) AddSum(o Sum) { s.AddParts(o.units, o.rest) }

// SubSum takes another sum away.
func (s *Sum) SubSum(o Sum) { s.AddParts(-o.units, -o.rest) }

// Append writes the sum as a decimal with ten places, without trailing zeros when trim is set.
func (s Sum) Append(buf []byte, trim bool) []byte {
	if s.units < 0 || s.rest < 0 {
		buf = append(buf, '-')
		s.units, s.rest = -s.units, -s.rest
	}
	buf = AppendFixed(buf, s.units, 0)
	fraction := AppendFixed(nil, s.rest, CostPlaces)[1:] // behind the 0
	if trim {
		for len(fraction) > 1 && fraction[len(fraction)-1] == '0' {
			fraction = fraction[:len(fraction)-1]
		}
		if len(fraction) == 1 {
			return buf
		}
	}
	return append(buf, fraction...)
}

// Part is the sum times n / d, to the nearest 1e-10, halves away from zero. d is above 0.
func (s Sum) Part(n, d int64) Sum {
	whole := new(big.Int).Mul(big.NewInt(s.units), big.NewInt(Unit))
	whole.Add(whole, big.NewInt(s.rest)).Mul(whole, big.NewInt(2*n))
	whole.Add(whole, big.NewInt(int64(whole.Sign())*d)).Quo(whole, big.NewInt(2*d))
	units, rest := whole.QuoRem(whole, big.NewInt(Unit), new(big.Int))
	return Sum{units.Int64(), rest.Int64()}
}

// IsZero reports whether the sum is nothing.
func (s Sum) IsZero() bool { return s == Sum{} }

// Fixed writes the sum with all ten places.
func (s Sum) Fixed() string { return string(s.Append(nil, false)) }

// ParseSum reads what Append writes: a decimal with at most ten places.
func ParseSum(text string) (s Sum, err error) {
	whole, fraction, _ := strings.Cut(text, ".")
	if s.units, err = Parse(whole, 0); err != nil {
		return Sum{}, err
	}
	if fraction == "" {
		return s, nil
	}
	if s.rest, err = Parse("0."+fraction, CostPlaces); err != nil || s.rest < 0 || s.rest >= Unit {
		return Sum{}, ErrRange
	}
	if strings.HasPrefix(whole, "-") {
		s.rest = -s.rest
	}
	return s, nil
}
