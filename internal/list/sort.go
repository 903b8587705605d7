package list

import (
	"cmp"
	"strings"

	"github.com/simstead/simstead/internal/fault"
)

// OrderBy returns the keys of an ORDER BY clause, such as "name DESC, id". The order is total: it ends in the id.
func (q Query) OrderBy() string { return q.orderBy }

// sorting reads sort into its canonical text and its ORDER BY keys. A key that repeats a column orders nothing and is
// dropped.
func (s Spec) sorting(text string) (canonical, orderBy string, err error) {
	if strings.TrimSpace(text) == "" {
		text = cmp.Or(s.Default, "id")
	}
	if len(text) > maxText || strings.Count(text, ",") >= maxPieces {
		return "", "", s.badSort("A sort may have at most %d keys and %d bytes", maxPieces, maxText)
	}
	var names, keys []string
	used := map[string]bool{}
	for key := range strings.SplitSeq(text, ",") {
		name, descending := strings.CutPrefix(strings.TrimSpace(key), "-")
		if !descending {
			name = strings.TrimPrefix(name, "+")
		}
		field, known := s.Fields[name]
		if !known || !field.sorts() {
			return "", "", s.badSort("Cannot sort by %q; known fields: %s", name, s.names(Field.sorts))
		}
		if used[field.Column] {
			continue
		}
		used[field.Column] = true
		keys = append(keys, field.orderKey(descending))
		if descending {
			name = "-" + name
		}
		names = append(names, name)
	}
	if !used[s.IDColumn] { // the way of the last key, so that an index gives the whole order
		id := s.IDColumn
		if strings.HasPrefix(names[len(names)-1], "-") {
			id += " DESC"
		}
		keys = append(keys, id)
	}
	return strings.Join(names, ","), strings.Join(keys, ", "), nil
}

// orderKey says where NULL goes only when there can be one: the two databases differ in it, and saying it keeps
// PostgreSQL from using a plain index.
func (f Field) orderKey(descending bool) string {
	switch {
	case descending && f.Nullable:
		return f.Column + " DESC NULLS LAST"
	case descending:
		return f.Column + " DESC"
	case f.Nullable:
		return f.Column + " NULLS FIRST"
	default:
		return f.Column
	}
}

func (f Field) sorts() bool { return !f.NoSort && f.Kind != From && f.Kind != Until }

func (s Spec) badSort(format string, args ...any) error {
	if s.Strict {
		return fault.New(fault.BadRequest, format, args...)
	}
	return fault.New(fault.InvalidSortCriteria, format, args...)
}
