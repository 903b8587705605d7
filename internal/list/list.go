// Package list is the grammar of the contract's lists: what q, sort, page and per_page may say, and how it becomes SQL
// that SQLite and PostgreSQL read alike.
//
//	q    = piece *( "," piece )      every piece must hold
//	piece = field ":" value          the value may hold further colons: from:2024-01-01T00:00:00Z
//	value = one *( "|" one )         up to six, any of which may hold; only for the fields that say Many
//	sort = key *( "," key )
//	key  = [ "-" | "+" ] field       "-" descends; a raw "+" arrives as a space
//
// Spaces around fields and values mean nothing. The contract has no escape: a value can hold neither a comma nor, in
// a Many field, a "|"; and a "*" in a Text value is always a wildcard, which finds a literal "*" among others.
//
// Only columns of the Spec and placeholders reach the SQL; what the caller wrote travels as arguments.
package list

import "github.com/simstead/simstead/internal/value"

// Kind says how a field is compared with what the caller wrote.
type Kind uint8

// The kinds of fields.
const (
	Number Kind = iota // a BIGINT: equality with a whole number, written as ids are (7, 7.0)
	Text               // part of the value in any case; "*" is any run of characters
	Exact              // equality of strings
	Flag               // a BOOLEAN: true or false
	Day                // a BIGINT in µs since the epoch: within the UTC year, month or day of 2024, 2024-05 or 2024-05-01
	From               // a BIGINT in µs since the epoch: at or after; filters only, and only beside an Until
	Until              // a BIGINT in µs since the epoch: before, or within the day of a bare date; only beside a From
)

// Field is a name that q and sort may use.
type Field struct {
	Column   string // a column, or an expression in brackets
	Kind     Kind
	Many     bool // up to six values joined by "|"
	Nullable bool // the column may be NULL, also through an outer join: NULL then sorts as the lowest value
	NoSort   bool
	NoFilter bool
	// Check, when set, turns each value into what the column holds before the kind reads it: it drops a Luhn digit,
	// or turns a word into its number. Its error is told to the caller.
	Check func(value string) (string, error)
}

// Spec describes one list.
type Spec struct {
	Fields     map[string]Field // by the contract's names
	Default    string           // the sort of a request without one, among Fields; "id" when empty
	IDColumn   string           // breaks ties, the same way as the last key; never NULL
	PerPage    int              // rows on a page by default; 0 when the list has no pages
	MaxPerPage int              // a larger per_page is cut to this; PerPage when that is larger
	Strict     bool             // the event lists: bad paging and bad sorting are 400 BadRequest
}

// Query is a request for a list, read and checked. It comes from Spec.Parse.
type Query struct {
	Page    int    // from 1, not yet held against the number of rows: see Window
	PerPage int    // 0 when the list has no pages
	Filter  string // q for the X-Filter header; empty when there is none
	Sort    string // the sort keys for the X-Sort header, without the tie breaker
	// Walk is set when the whole list is read page by page: its rows are settled in it.
	Walk    *value.Walk
	terms   []term
	orderBy string
}

// Parse reads the four parameters of a list; an empty one is absent.
func (s Spec) Parse(q, sort, page, perPage string) (Query, error) {
	var query Query
	var err error
	if query.Page, query.PerPage, err = s.paging(page, perPage); err != nil {
		return Query{}, err
	}
	if query.Sort, query.orderBy, err = s.sorting(sort); err != nil {
		return Query{}, err
	}
	if query.Filter, query.terms, err = s.filter(q); err != nil {
		return Query{}, err
	}
	return query, nil
}

// Bounds of what is read; the contract names only the number of values.
const (
	maxText   = 4096 // bytes of q or sort
	maxPieces = 32   // pieces of q, keys of sort
	maxValues = 6    // values of one Many field
)
