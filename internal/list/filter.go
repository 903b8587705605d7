package list

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/simstead/simstead/internal/fault"
)

// filter reads q into its trimmed text and its terms.
func (s Spec) filter(q string) (string, []term, error) {
	q = strings.TrimSpace(q)
	if q == "" {
		return "", nil, nil
	}
	if len(q) > maxText {
		return "", nil, badFilter("A filter may have at most %d bytes", maxText)
	}
	// PostgreSQL refuses NUL and broken UTF-8; the other control characters have no place in the X-Filter header.
	if !utf8.ValidString(q) || strings.ContainsFunc(q, unicode.IsControl) {
		return "", nil, badFilter("A filter must be UTF-8 text without control characters")
	}
	pieces := strings.Split(q, ",")
	if len(pieces) > maxPieces {
		return "", nil, badFilter("A filter may have at most %d conditions", maxPieces)
	}
	terms := make([]term, 0, len(pieces))
	var from, until bool
	for _, piece := range pieces {
		t, err := s.piece(piece)
		if err != nil {
			return "", nil, err
		}
		from, until = from || t.kind == From, until || t.kind == Until
		terms = append(terms, t)
	}
	if from != until {
		return "", nil, badFilter("The two bounds of a time range can only be given together")
	}
	return q, terms, nil
}

func (s Spec) piece(piece string) (term, error) {
	name, text, found := strings.Cut(piece, ":")
	name, text = strings.TrimSpace(name), strings.TrimSpace(text)
	if !found || name == "" || text == "" {
		return term{}, badFilter("Filter %q is not of the form field:value", piece)
	}
	field, known := s.Fields[name]
	if !known || field.NoFilter {
		return term{}, badFilter("Cannot filter by %q; known fields: %s", name, s.names(Field.filters))
	}
	values := []string{text}
	if field.Many {
		values = strings.Split(text, "|")
	}
	if len(values) > maxValues {
		return term{}, badFilter("Filter %s may have at most %d values", name, maxValues)
	}
	t := term{column: field.Column, kind: field.Kind}
	for _, v := range values {
		args, err := field.read(strings.TrimSpace(v))
		if err != nil {
			return term{}, badFilter("Filter %s: %v", name, err)
		}
		t.args = append(t.args, args...)
	}
	return t, nil
}

func (f Field) filters() bool { return !f.NoFilter }

// names lists the names of the fields that can be used in some way.
func (s Spec) names(usable func(Field) bool) string {
	names := slices.Sorted(maps.Keys(s.Fields))
	return strings.Join(slices.DeleteFunc(names, func(name string) bool { return !usable(s.Fields[name]) }), ", ")
}

func badFilter(format string, args ...any) error {
	return fault.New(fault.InvalidQueryCriteria, format, args...)
}
