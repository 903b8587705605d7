package list

import (
	"maps"
	"slices"
)

// Described is a field as the documentation shows it.
type Described struct {
	Name    string
	Filters string // what is compared and how; "" when q cannot name the field
	Sorts   bool
}

// Describe lists the fields of a list by name.
func (s Spec) Describe() []Described {
	var all []Described
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		f := s.Fields[name]
		d := Described{Name: name, Sorts: f.sorts()}
		if f.filters() {
			d.Filters = f.Kind.words()
			if f.Many {
				d.Filters += "; up to six, parted by |"
			}
		}
		all = append(all, d)
	}
	return all
}

// words says how a kind compares.
func (k Kind) words() string {
	return [...]string{
		Number: "this value", Text: "contains this text, in any case; * is any run of characters", Exact: "exactly this text",
		Flag: "true or false", Day: "within this year, month or day (UTC): 2024, 2024-05, 2024-05-01",
		From: "at or after this time; only with until", Until: "before this time, or within this day; only with from",
	}[k]
}
