// Package value holds the small types of the contract's JSON: lenient in what they read, exact in what they write.
// Each owns its JSON form and its OpenAPI schema.
package value

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/simstead/simstead/internal/money"
)

// ID is a number that names an object. It is read from 1, 1.0 or "1" and written as 1.
type ID int64

// ErrID says that a JSON value cannot be an id.
var ErrID = errors.New("id must be a whole number")

// UnmarshalJSON implements json.Unmarshaler.
func (id *ID) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	n, err := ParseID(text)
	if err != nil {
		return err
	}
	*id = n
	return nil
}

// ParseID reads an id as it may come in a path or a body: 1, 1.0 or 1e3. It is exact, beyond what a float can hold too.
func ParseID(text string) (ID, error) {
	n, err := money.Parse(text, 0)
	if err != nil {
		return 0, ErrID
	}
	return ID(n), nil
}

// Ref names another object by its id. Whatever else comes beside the id is ignored.
type Ref struct {
	ID Opt[ID] `json:"id"`
}

// RefTo refers to an object.
func RefTo(id ID) Ref { return Ref{ID: Some(id)} }

// Named is a reference as it is answered, with the object's name.
type Named struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// Described is an entry of a look-up table: a status, a type, a service.
type Described struct {
	ID          ID     `json:"id"`
	Description string `json:"description"`
}

// Find is the entry of a look-up table with an id; the id alone and false where there is none.
func Find(table []Described, id int64) (Described, bool) {
	for _, entry := range table {
		if int64(entry.ID) == id {
			return entry, true
		}
	}
	return Described{ID: ID(id)}, false
}

// Opt is a field of a request body that may be absent, null or have a value: PATCH acts differently on each.
type Opt[T any] struct {
	Set   bool // the key was there
	Null  bool // and its value was null
	Value T
}

// Some returns a field with a value.
func Some[T any](v T) Opt[T] { return Opt[T]{Set: true, Value: v} }

// Has reports whether the field carries a value.
func (o Opt[T]) Has() bool { return o.Set && !o.Null }

// UnmarshalJSON implements json.Unmarshaler; it is called only when the key is there.
func (o *Opt[T]) UnmarshalJSON(data []byte) error {
	o.Set = true
	if string(data) == "null" {
		o.Null = true
		return nil
	}
	return json.Unmarshal(data, &o.Value)
}

// MarshalJSON implements json.Marshaler.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.Has() {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}
