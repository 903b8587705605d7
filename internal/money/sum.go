package money

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
