package list

import (
	"strconv"
	"strings"
)

// term is one condition of a filter; it holds when any of its values does.
type term struct {
	column string
	kind   Kind
	args   []any
}

// Where returns the filter as conditions to append to a WHERE clause that has one already, and their arguments:
// " AND a = $3 AND LOWER(b) LIKE LOWER($4) ESCAPE '\'". Placeholders count up from first. It is empty without a filter.
func (q Query) Where(first int) (sql string, args []any) {
	var b strings.Builder
	for _, c := range q.Conditions(first) {
		b.WriteString(" AND ")
		b.WriteString(c.SQL)
		args = append(args, c.Args...)
	}
	return b.String(), args
}

// Condition is one condition of a filter.
type Condition struct {
	Column string // the column of the Field that the filter names
	Kind   Kind
	SQL    string
	Args   []any
}

// Conditions returns the conditions of the filter, all of which must hold. Placeholders count up from first.
func (q Query) Conditions(first int) []Condition {
	all := make([]Condition, len(q.terms))
	for i, t := range q.terms {
		all[i] = Condition{Column: t.column, Kind: t.kind, SQL: t.condition(first), Args: t.args}
		first += len(t.args)
	}
	return all
}

func (t term) condition(first int) string {
	width := 1 // arguments of one value
	if t.kind == Day {
		width = 2
	}
	if len(t.args) == width {
		return t.each(first)
	}
	var alternatives []string
	for i := 0; i < len(t.args); i += width {
		alternatives = append(alternatives, t.each(first+i))
	}
	return "(" + strings.Join(alternatives, " OR ") + ")"
}

// each is the condition of one value whose arguments begin at placeholder n. Both sides of a Text comparison are
// folded by the database: SQLite folds ASCII only, PostgreSQL what its locale says, so folding one side here would
// make "Ä" miss itself.
func (t term) each(n int) string {
	switch at := "$" + strconv.Itoa(n); t.kind {
	case Text:
		return "LOWER(" + t.column + ") LIKE LOWER(" + at + `) ESCAPE '\'`
	case Day:
		return t.column + " >= " + at + " AND " + t.column + " < $" + strconv.Itoa(n+1)
	case From:
		return t.column + " >= " + at
	case Until:
		return t.column + " < " + at
	case Number, Exact, Flag:
		return t.column + " = " + at
	}
	return "FALSE" // Parse lets no other kind through
}
