package db

import (
	"fmt"
	"strings"
	"sync"
)

// Kind is the type of a bulk column.
type Kind uint8

// The kinds of bulk column.
const (
	BIGINT Kind = iota
	TEXT
	BOOLEAN
)

var pgTypes = [...]string{BIGINT: "bigint", TEXT: "text", BOOLEAN: "boolean"}

// Bulk is a statement that takes many rows at once. Make it once, with NewInsert or NewLookup.
type Bulk struct {
	names []string
	kinds []Kind
	lite  string // one row: $1..$n
	pg    string // all rows: $1..$n are arrays
}

// NewInsert makes an INSERT into a table. columns reads "organisation_id bigint, name text, alert boolean"; suffix is
// what follows the values, such as "ON CONFLICT (id) DO UPDATE SET name = excluded.name". Two rows of one call must not
// have the same key.
func NewInsert(table, columns, suffix string) *Bulk {
	b := newBulk(columns)
	list := strings.Join(b.names, ", ")
	head := "INSERT INTO " + table + " (" + list + ") "
	b.lite = head + "VALUES (" + b.each("$%d", ", ") + ") " + suffix
	b.pg = head + "SELECT * FROM unnest(" + b.arrays() + ") " + suffix
	return b
}

// NewUpdate makes an UPDATE of many rows, each found by its key columns. A column of the type "text null" is set to null by
// an empty text.
func NewUpdate(table, keys, columns string) *Bulk {
	nullable := map[string]bool{}
	for column := range strings.SplitSeq(columns, ",") {
		if name, ok := strings.CutSuffix(strings.TrimSpace(column), " text null"); ok {
			nullable[name] = true
		}
	}
	k, c := newBulk(keys), newBulk(strings.ReplaceAll(columns, " text null", " text"))
	b := &Bulk{names: append(k.names, c.names...), kinds: append(k.kinds, c.kinds...)}
	set, setPG, where, wherePG := make([]string, len(c.names)), make([]string, len(c.names)), make([]string, len(k.names)), make([]string, len(k.names))
	for i, name := range k.names {
		where[i] = fmt.Sprintf("%s = $%d", name, i+1)
		wherePG[i] = fmt.Sprintf("t.%s = v.%s", name, name)
	}
	for i, name := range c.names {
		form := "%s = %s"
		if nullable[name] {
			form = "%s = NULLIF(%s, '')"
		}
		set[i] = fmt.Sprintf(form, name, fmt.Sprintf("$%d", len(k.names)+i+1))
		setPG[i] = fmt.Sprintf(form, name, "v."+name)
	}
	b.lite = "UPDATE " + table + " SET " + strings.Join(set, ", ") + " WHERE " + strings.Join(where, " AND ")
	b.pg = "UPDATE " + table + " AS t SET " + strings.Join(setPG, ", ") + " FROM unnest(" + b.arrays() + ") AS v(" +
		strings.Join(b.names, ", ") + ") WHERE " + strings.Join(wherePG, " AND ")
	return b
}

// NewLookup makes a query that is answered for many keys at once: query uses $1..$n for one key's columns.
func NewLookup(columns, query string) *Bulk {
	b := newBulk(columns)
	inner := query
	for i := len(b.names); i >= 1; i-- {
		inner = strings.ReplaceAll(inner, fmt.Sprintf("$%d", i), "k."+b.names[i-1])
	}
	b.lite = query
	b.pg = "SELECT k.row_number, q.* FROM unnest(" + b.arrays() + ") WITH ORDINALITY AS k(" +
		strings.Join(b.names, ", ") + ", row_number), LATERAL (" + inner + " OFFSET 0) q" // the offset keeps the planner from
	// joining all keys at once: each is looked up by the index that the query is made for
	return b
}

func newBulk(columns string) *Bulk {
	b := &Bulk{}
	for _, column := range strings.Split(columns, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(column), " ")
		b.names = append(b.names, name)
		switch kind {
		case "bigint":
			b.kinds = append(b.kinds, BIGINT)
		case "text":
			b.kinds = append(b.kinds, TEXT)
		case "boolean":
			b.kinds = append(b.kinds, BOOLEAN)
		default:
			panic("bulk column without a type: " + column)
		}
	}
	return b
}

func (b *Bulk) each(format, separator string) string {
	parts := make([]string, len(b.names))
	for i := range parts {
		parts[i] = fmt.Sprintf(format, i+1)
	}
	return strings.Join(parts, separator)
}

func (b *Bulk) arrays() string {
	parts := make([]string, len(b.names))
	for i, kind := range b.kinds {
		parts[i] = fmt.Sprintf("$%d::%s[]", i+1, pgTypes[kind])
	}
	return strings.Join(parts, ", ")
}

// Rows are the values of a bulk statement, filled column by column in the statement's order.
type Rows struct {
	bulk *Bulk
	at   int
	ints []([]int64)
	txts []([]string)
	bits []([]bool)
}

var rowsPool = sync.Pool{New: func() any { return new(Rows) }}

// New starts an empty set of rows.
func (b *Bulk) New() *Rows {
	n := len(b.names)
	r := rowsPool.Get().(*Rows)
	if cap(r.ints) < n {
		r.ints, r.txts, r.bits = make([][]int64, n), make([][]string, n), make([][]bool, n)
	}
	r.ints, r.txts, r.bits = r.ints[:n], r.txts[:n], r.bits[:n]
	for i := range n {
		r.ints[i], r.txts[i], r.bits[i] = r.ints[i][:0], r.txts[i][:0], r.bits[i][:0]
	}
	r.bulk, r.at = b, 0
	return r
}

// Free gives the rows back for reuse; only their maker calls it, when nothing refers to them any more.
func (r *Rows) Free() { rowsPool.Put(r) }

// Int appends a value to the next column, a BIGINT.
func (r *Rows) Int(values ...int64) *Rows {
	for _, v := range values {
		i := r.column(BIGINT)
		r.ints[i] = append(r.ints[i], v)
	}
	return r
}

// Text appends a value to the next column, a TEXT.
func (r *Rows) Text(values ...string) *Rows {
	for _, v := range values {
		i := r.column(TEXT)
		r.txts[i] = append(r.txts[i], v)
	}
	return r
}

// Bool appends a value to the next column, a BOOLEAN.
func (r *Rows) Bool(v bool) *Rows {
	i := r.column(BOOLEAN)
	r.bits[i] = append(r.bits[i], v)
	return r
}

func (r *Rows) column(kind Kind) int {
	i := r.at % len(r.bulk.kinds)
	if r.bulk.kinds[i] != kind {
		panic(fmt.Sprintf("column %s of %s is not %s", r.bulk.names[i], r.bulk.lite, pgTypes[kind]))
	}
	r.at++
	return i
}

// Len is the number of complete rows.
func (r *Rows) Len() int {
	if r.at%len(r.bulk.kinds) != 0 {
		panic("incomplete row of " + r.bulk.lite)
	}
	return r.at / len(r.bulk.kinds)
}

// columns gives the values as PostgreSQL takes them: one array a column.
func (r *Rows) columns() []any {
	args := make([]any, len(r.bulk.kinds))
	for i, kind := range r.bulk.kinds {
		switch kind {
		case BIGINT:
			args[i] = r.ints[i]
		case TEXT:
			args[i] = r.txts[i]
		case BOOLEAN:
			args[i] = r.bits[i]
		}
	}
	return args
}
