package rest

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/simstead/simstead/internal/value"
)

// wantsCSV reports whether a caller asks for a table: its Accept header names text/csv before any JSON.
func wantsCSV(r *http.Request) bool {
	for kind := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		kind, _, _ = strings.Cut(kind, ";")
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "text/csv":
			return true
		case "application/json", "application/*", "*/*":
			return false
		}
	}
	return false
}

// export is an answer that is written as a table of comma-separated values, page by page: no page waits for another, and each
// shows its rows as they are then. Which rows there are is settled with the first page, where the list can: see value.Walk.
type export struct {
	columns []column
	first   any                                             // rows of the first page
	next    func(page int) (rows any, more bool, err error) // of further pages; nil when there is one page only
}

// column is a column of a table: a field of the rows, or of an object in them, named as in JSON with dots between.
type column struct {
	name string
	path []int // indexes of fields, from the row inwards
}

// exportPages makes the answer of a list as a table. The list is asked for one page after the other.
func exportPages[In, T any](ctx context.Context, x *exchange, in *In, handle func(context.Context, Caller, *In) (Page[T], error)) (any, error) {
	paging := reflect.ValueOf(in).Elem()
	number, size, walk := paging.FieldByName("Page"), paging.FieldByName("PerPage"), paging.FieldByName("Walk")
	paged := number.IsValid() && number.Type() == reflect.TypeFor[Number]() && size.IsValid() && size.Type() == number.Type()
	if paged && walk.IsValid() {
		walk.Set(reflect.ValueOf(new(value.Walk)))
	}
	ask := func(page int) (Page[T], error) {
		if paged {
			number.SetString(fmt.Sprint(page))
			size.SetString(exportPage)
		}
		return handle(ctx, x.caller, in)
	}
	first, err := ask(1)
	if err != nil {
		return nil, err
	}
	out := export{columns: columnsOf(reflect.TypeFor[T](), "", nil), first: first.Items}
	if paged && first.Pages > 1 {
		out.next = func(page int) (any, bool, error) {
			p, err := ask(page)
			return p.Items, p.Page == page && page < p.Pages, err
		}
	}
	return out, nil
}

// exportPage is how many rows are read at a time.
const exportPage = "1000"

// send writes the table. What fails after the first page breaks the connection, so that nobody takes a part for the whole.
func (e export) send(a *API, x *exchange) error {
	h := x.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+x.op.ID+`.csv"`)
	h.Set("Vary", "Accept")
	x.status, x.written = http.StatusOK, true
	x.w.WriteHeader(http.StatusOK)
	if x.r.Method == http.MethodHead {
		return nil
	}
	out := csv.NewWriter(x.w)
	names := make([]string, len(e.columns))
	for i, c := range e.columns {
		names[i] = c.name
	}
	err := out.Write(names)
	if err == nil {
		err = e.rows(out, e.first)
	}
	for page, more := 2, e.next != nil; more && err == nil; page++ {
		var rows any
		if rows, more, err = e.next(page); err == nil {
			err = e.rows(out, rows)
		}
	}
	if err == nil {
		return nil
	}
	if x.r.Context().Err() == nil {
		a.Log.LogAttrs(x.r.Context(), slog.LevelError, "export broke off", append(x.attrs(), slog.Any("error", err))...)
	}
	panic(http.ErrAbortHandler)
}

func (e export) rows(out *csv.Writer, rows any) error {
	list, cells := reflect.ValueOf(rows), make([]string, len(e.columns))
	for i := range list.Len() {
		for n, c := range e.columns {
			text, err := c.cell(list.Index(i))
			if err != nil {
				return err
			}
			cells[n] = text
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// columnsOf lists the columns of a type of rows: objects in them have one for each of their fields, lists are JSON.
func columnsOf(t reflect.Type, prefix string, path []int) []column {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || writesItself(t) || len(path) > deepest {
		return []column{{strings.TrimSuffix(prefix, "."), path}}
	}
	var columns []column
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := append(append([]int{}, path...), i)
		switch {
		case f.Anonymous && name == "":
			columns = append(columns, columnsOf(f.Type, prefix, at)...)
		case f.IsExported() && name != "" && name != "-":
			columns = append(columns, columnsOf(f.Type, prefix+name+".", at)...)
		}
	}
	return columns
}

const deepest = 5 // objects within objects that get columns of their own

func writesItself(t reflect.Type) bool {
	marshaler := reflect.TypeFor[json.Marshaler]()
	return t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler)
}

// cell is the text of a column in a row; nothing is empty.
func (c column) cell(v reflect.Value) (string, error) {
	for _, i := range c.path {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return "", nil
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return "", nil
	}
	data, err := json.Marshal(v.Interface())
	if err != nil || string(data) == "null" {
		return "", err
	}
	if data[0] != '"' {
		return string(data), nil
	}
	var text string
	err = json.Unmarshal(data, &text)
	return harmless(text), err
}

// harmless keeps a spreadsheet from taking a text for a formula: it gets an apostrophe before it. A number is none, nor is a
// telephone number. A text that has an apostrophe there of its own gets another, so that taking one away gives every text back.
func harmless(text string) string {
	if !value.IsFormula(text) || isNumber(text) {
		return text
	}
	return "'" + text
}

// isNumber reports whether a text is digits, perhaps with a sign before them and a point among them.
func isNumber(text string) bool {
	whole, fraction, _ := strings.Cut(strings.TrimLeft(text[:1], "+-")+text[1:], ".")
	return whole != "" && strings.Trim(whole+fraction, "0123456789") == ""
}
