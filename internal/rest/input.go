package rest

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/queryparam"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// input is how the input struct of an operation is read from a request.
type input struct {
	params  []param
	body    []int        // index of the field Body; nil when there is none
	content *huma.Schema // of the body
	needed  bool         // an empty body is an error: Body is not a pointer
}

// param is a field that is read from the path or the query.
type param struct {
	name, in string
	index    []int
	required bool
	schema   *huma.Schema
}

// newInput reads a struct type: fields tagged path or query, and a field Body. Embedded structs count as their fields.
func (a *API) newInput(op *Op, t reflect.Type) *input {
	in := &input{}
	if f, ok := t.FieldByName("Body"); ok {
		in.body, in.needed = f.Index, f.Type.Kind() != reflect.Pointer
		a.schemas.receive(f.Type)
		in.content = a.schemas.of(f.Type, op.ID+"Body")
	}
	for _, f := range reflect.VisibleFields(t) {
		p := param{name: f.Tag.Get("path"), in: "path", index: f.Index, required: true}
		if p.name == "" {
			p.name, p.in, p.required = f.Tag.Get("query"), "query", f.Tag.Get("required") == "true"
		}
		if p.name == "" {
			continue
		}
		if !settable(f.Type) {
			panic(fmt.Sprintf("%s: %s cannot be a parameter of type %s", op.ID, p.name, f.Type))
		}
		p.schema = a.schemas.field(f, "")
		if op.PerPage > 0 && f.Type == reflect.TypeFor[Number]() {
			p.schema.Default = map[string]int{"page": 1, "per_page": op.PerPage}[p.name]
		}
		in.params = append(in.params, p)
	}
	return in
}

// read fills an input struct from a request.
func (a *API) read(x *exchange, in *input, into reflect.Value) error {
	var wrong []*fault.Error
	for _, p := range in.params {
		bad, err := a.readParam(x, p, into.FieldByIndex(p.index))
		if err != nil {
			return err
		}
		wrong = append(wrong, bad...)
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	if in.body == nil {
		return nil
	}
	return a.readBody(x, in, into.FieldByIndex(in.body))
}

// readParam sets one field. A path that cannot be read is 400 BadRequest, a query is 422 InputValidationFailed.
func (a *API) readParam(x *exchange, p param, into reflect.Value) ([]*fault.Error, error) {
	if p.in == "path" {
		if err := set(into, x.r.PathValue(p.name)); err != nil {
			return nil, fault.New(fault.BadRequest, "%s in the path: %v", p.name, err)
		}
		return nil, nil
	}
	text := queryparam.Get(x.r.URL.RawQuery, p.name)
	if text == "" {
		if p.required {
			return []*fault.Error{fault.New(fault.Required, "%s is required", p.name)}, nil
		}
		return nil, nil
	}
	if err := set(into, text); err != nil {
		return []*fault.Error{fault.New(fault.InvalidFormat, "%s: %v", p.name, err)}, nil
	}
	if into.Type() == reflect.TypeFor[Number]() {
		return nil, nil // its reader is lenient and says itself what it cannot use
	}
	return a.check(p.schema, p.name, a.schemas.loosen(p.schema, plain(into, text))), nil
}

// settable reports whether set knows a type. Times and amounts are numbers to reflect, but not in a query: read them
// from a string.
func settable(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[int](), reflect.TypeFor[int64](), reflect.TypeFor[value.ID]():
		return true
	}
	return t.Kind() == reflect.String || t.Kind() == reflect.Bool ||
		reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// set writes a text into a field of a settable type.
func set(into reflect.Value, text string) error {
	if u, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch into.Kind() {
	case reflect.String:
		into.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("expected true or false")
		}
		into.SetBool(b)
	default:
		id, err := value.ParseID(text)
		if err != nil {
			return errors.New("expected a whole number")
		}
		into.SetInt(int64(id))
	}
	return nil
}

// plain is a parameter as JSON would have it, which is what schemas are held against.
func plain(v reflect.Value, text string) any {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int64:
		return float64(v.Int())
	default:
		return text
	}
}
