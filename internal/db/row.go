package db

import (
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
	"zombiezen.com/go/sqlite"
)

// Row is one row of a result; its columns are read in order, once each, with the method of their type. Whatever Text
// or Bytes returns is the caller's own.
type Row struct {
	at   int
	lite *sqlite.Stmt
	raw  [][]byte
	oids []uint32
}

// Int reads a BIGINT; null is 0.
func (r *Row) Int() int64 {
	i := r.next()
	if r.lite != nil {
		return r.lite.ColumnInt64(i)
	}
	b := r.raw[i]
	switch {
	case b == nil:
		return 0
	case r.oids[i] == pgtype.Int8OID && len(b) == 8:
		return int64(binary.BigEndian.Uint64(b))
	case r.oids[i] == pgtype.Int4OID && len(b) == 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	}
	panic(fmt.Sprintf("column %d of type %d is not an integer", i, r.oids[i]))
}

// Text reads a TEXT; null is "".
func (r *Row) Text() string {
	i := r.next()
	if r.lite != nil {
		return r.lite.ColumnText(i)
	}
	return string(r.raw[i])
}

// OptText reads a TEXT that may be null.
func (r *Row) OptText() *string {
	if r.Null() {
		r.at++
		return nil
	}
	s := r.Text()
	return &s
}

// OptInt reads a BIGINT that may be null.
func (r *Row) OptInt() *int64 {
	if r.Null() {
		r.at++
		return nil
	}
	n := r.Int()
	return &n
}

// Bool reads a BOOLEAN; null is false.
func (r *Row) Bool() bool {
	i := r.next()
	if r.lite != nil {
		return r.lite.ColumnInt64(i) != 0
	}
	return len(r.raw[i]) == 1 && r.raw[i][0] != 0
}

// Bytes reads a BYTEA.
func (r *Row) Bytes() []byte {
	i := r.next()
	if r.lite != nil {
		b := make([]byte, r.lite.ColumnLen(i))
		return b[:r.lite.ColumnBytes(i, b)]
	}
	return append([]byte(nil), r.raw[i]...)
}

// Null reports whether the next column is null, without reading it.
func (r *Row) Null() bool {
	if r.lite != nil {
		return r.lite.ColumnIsNull(r.at)
	}
	return r.raw[r.at] == nil
}

// Skip passes over n columns.
func (r *Row) Skip(n int) { r.at += n }

func (r *Row) next() int { r.at++; return r.at - 1 }

// All runs a query and collects what scan makes of each row.
func All[T any](q Queryer, scan func(*Row) T, query string, args ...any) ([]T, error) {
	var out []T
	err := q.Each(func(r *Row) { out = append(out, scan(r)) }, query, args...)
	return out, err
}

// One runs a query for one row; ErrNone when there is none.
func One[T any](q Queryer, scan func(*Row) T, query string, args ...any) (T, error) {
	var out T
	found := false
	err := q.Each(func(r *Row) {
		if !found {
			out, found = scan(r), true
		}
	}, query, args...)
	if err == nil && !found {
		err = ErrNone
	}
	return out, err
}

// Queryer runs queries: a reader or a running transaction.
type Queryer interface {
	// Each calls fn with every row of the result. The row is good only during the call.
	Each(fn func(*Row), query string, args ...any) error
}

// Int scans a single integer.
func Int(r *Row) int64 { return r.Int() }

// Text scans a single text.
func Text(r *Row) string { return r.Text() }
