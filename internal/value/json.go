package value

import "encoding/json"

// JSON is a JSON text that is kept as it came. The API's document shows it as a T.
type JSON[T any] struct {
	Text json.RawMessage
	As   [0]T `json:"-"`
}

// Raw returns a JSON text as such a value.
func Raw[T any](text json.RawMessage) JSON[T] { return JSON[T]{Text: text} }

// MarshalJSON implements json.Marshaler.
func (j JSON[T]) MarshalJSON() ([]byte, error) { return j.Text.MarshalJSON() }

// UnmarshalJSON implements json.Unmarshaler.
func (j *JSON[T]) UnmarshalJSON(data []byte) error { return j.Text.UnmarshalJSON(data) }
