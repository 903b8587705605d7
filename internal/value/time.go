package value

import (
	"fmt"
	"strings"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

// The ways the contract writes a time.
const (
	entityLayout = "2006-01-02T15:04:05.000+0000"
	eventLayout  = "2006-01-02T15:04:05.000Z"
)

// EntityTime is a time in µs since the epoch as entities show it: 2020-07-20T12:07:09.000+0000. Zero is written as null.
type EntityTime int64

// MarshalJSON implements json.Marshaler.
func (t EntityTime) MarshalJSON() ([]byte, error) { return writeTime(int64(t), entityLayout), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (t *EntityTime) UnmarshalJSON(data []byte) error { return readTime((*int64)(t), data) }

// EventTime is a time in µs since the epoch as the event API shows it: 2020-07-20T12:07:09.000Z. Zero is written as null.
type EventTime int64

// MarshalJSON implements json.Marshaler.
func (t EventTime) MarshalJSON() ([]byte, error) { return writeTime(int64(t), eventLayout), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (t *EventTime) UnmarshalJSON(data []byte) error { return readTime((*int64)(t), data) }

func writeTime(micros int64, layout string) []byte {
	if micros == 0 {
		return []byte("null")
	}
	return clock.FromMicros(micros).AppendFormat(nil, `"`+layout+`"`)
}

func readTime(into *int64, data []byte) error {
	if string(data) == "null" { // how zero is written
		*into = 0
		return nil
	}
	t, err := ParseTime(strings.Trim(string(data), `"`))
	if err == nil {
		*into = t.UnixMicro()
	}
	return err
}

var accepted = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00",
	time.DateTime, "2006-01-02 15:04:05Z07:00", time.DateOnly,
}

// ParseTime reads a time in any of the forms the contract's clients send; without a zone it is UTC.
func ParseTime(text string) (time.Time, error) {
	for _, layout := range accepted {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date and time", text)
}
