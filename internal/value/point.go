package value

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Point is a volume at a time of day, written as a pair: ["14:05", 0.25].
type Point struct {
	Time   string // HH:mm
	Volume MB
}

// MarshalJSON implements json.Marshaler.
func (p Point) MarshalJSON() ([]byte, error) { return json.Marshal([]any{p.Time, p.Volume}) }

// UnmarshalJSON implements json.Unmarshaler.
func (p *Point) UnmarshalJSON(data []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("%d values are no pair of a time and a volume", len(pair))
	}
	p.Time = strings.Trim(string(pair[0]), `"`)
	return json.Unmarshal(pair[1], &p.Volume)
}
