package stream

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/fault"
)

// Fields that filters of event streams may name.
const (
	fieldEventType = "event_type_id"
	fieldAlert     = "alert"
)

// Filter decides which events a stream carries. Every element must hold; an element {"or": [...]} holds when any of its
// own does. Without elements every event passes.
type Filter []element

type element struct {
	types map[int64]bool // event_type_id is one of these
	alert *bool
	or    Filter
}

// ParseFilter reads the filters of a data stream; lenient about how values are written: 5, "5", [5], ["5", 6], true,
// "true".
func ParseFilter(text json.RawMessage) (Filter, []*fault.Error) {
	if len(text) == 0 || string(text) == "null" {
		return nil, nil
	}
	var items []struct {
		Field string            `json:"field"`
		Value json.RawMessage   `json:"value"`
		Or    []json.RawMessage `json:"or"`
	}
	if err := json.Unmarshal(text, &items); err != nil {
		return nil, []*fault.Error{fault.New(fault.InvalidFormat, "DataStream - filters must be an array of objects")}
	}
	var filter Filter
	var wrong []*fault.Error
	for _, item := range items {
		switch {
		case item.Or != nil:
			inner, err := json.Marshal(item.Or)
			if err == nil {
				or, problems := ParseFilter(inner)
				wrong = append(wrong, problems...)
				filter = append(filter, element{or: or})
			}
		case item.Field == fieldEventType:
			types := map[int64]bool{}
			for _, word := range words(item.Value) {
				id, err := strconv.ParseFloat(word, 64)
				if err != nil {
					wrong = append(wrong, fault.New(fault.InvalidFormat, "DataStream - filters: event_type_id must be a list of numbers"))
					break
				}
				types[int64(id)] = true
			}
			filter = append(filter, element{types: types})
		case item.Field == fieldAlert:
			flags := words(item.Value)
			if len(flags) != 1 || (flags[0] != "true" && flags[0] != "false") {
				wrong = append(wrong, fault.New(fault.InvalidFormat, "DataStream - filters: alert must be true or false"))
				continue
			}
			alert := flags[0] == "true"
			filter = append(filter, element{alert: &alert})
		default:
			wrong = append(wrong, fault.New(fault.InvalidFormat, "DataStream - filters: field %q is not one of %s, %s", item.Field, fieldEventType, fieldAlert))
		}
	}
	return filter, wrong
}

// words gives the values of a scalar or an array as text, without quotes.
func words(value json.RawMessage) []string {
	var many []json.RawMessage
	if json.Unmarshal(value, &many) != nil {
		many = []json.RawMessage{value}
	}
	out := make([]string, len(many))
	for i, one := range many {
		out[i] = strings.Trim(string(one), `" `)
	}
	return out
}

// Passes reports whether an event of the given type goes to the stream.
func (f Filter) Passes(eventType int64, alert bool) bool {
	for _, e := range f {
		if !e.holds(eventType, alert) {
			return false
		}
	}
	return true
}

func (e element) holds(eventType int64, alert bool) bool {
	switch {
	case e.types != nil:
		return e.types[eventType]
	case e.alert != nil:
		return *e.alert == alert
	}
	for _, or := range e.or {
		if or.holds(eventType, alert) {
			return true
		}
	}
	return len(e.or) == 0
}
