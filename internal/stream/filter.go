package stream

import (
	"encoding/json"
	"strings"

	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
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
// "true". A condition that no event can meet is wrong: a list without an event type, or an event type that is not in the
// catalogue.
func ParseFilter(text json.RawMessage) (Filter, []*fault.Error) {
	if len(text) == 0 || string(text) == "null" {
		return nil, nil
	}
	var items []filterItem
	if err := json.Unmarshal(text, &items); err != nil {
		return nil, []*fault.Error{fault.New(fault.InvalidFormat, "DataStream - filters must be an array of objects")}
	}
	var filter Filter
	var wrong []*fault.Error
	for _, item := range items {
		e, problems := item.parse()
		filter, wrong = append(filter, e), append(wrong, problems...)
	}
	return filter, wrong
}

type filterItem struct {
	Field string            `json:"field"`
	Value json.RawMessage   `json:"value"`
	Or    []json.RawMessage `json:"or"`
}

func (i filterItem) parse() (element, []*fault.Error) {
	switch {
	case i.Or != nil && (i.Field != "" || i.Value != nil):
		return element{}, wrongFilter(fault.InvalidFormat, "or stands in place of field and value, not beside them")
	case i.Or != nil && len(i.Or) == 0:
		return element{}, wrongFilter(fault.Required, "or needs at least one condition")
	case i.Or != nil:
		inner, err := json.Marshal(i.Or)
		if err != nil {
			return element{}, wrongFilter(fault.InvalidFormat, "or must be a list of conditions")
		}
		or, problems := ParseFilter(inner)
		return element{or: or}, problems
	case i.Field == fieldEventType:
		return parseEventTypes(i.Value)
	case i.Field == fieldAlert:
		flags := words(i.Value)
		if len(flags) != 1 || (flags[0] != "true" && flags[0] != "false") {
			return element{}, wrongFilter(fault.InvalidFormat, "alert must be true or false")
		}
		alert := flags[0] == "true"
		return element{alert: &alert}, nil
	}
	return element{}, wrongFilter(fault.InvalidFormat, "field %q is not one of %s, %s", i.Field, fieldEventType, fieldAlert)
}

func parseEventTypes(text json.RawMessage) (element, []*fault.Error) {
	e := element{types: map[int64]bool{}}
	given := words(text)
	if len(given) == 0 {
		return e, wrongFilter(fault.Required, "event_type_id needs at least one event type")
	}
	known := event.Types()
	for _, word := range given {
		id, err := value.ParseID(word)
		if err != nil {
			return e, wrongFilter(fault.InvalidFormat, "event_type_id must be a list of numbers")
		}
		if _, ok := known[int64(id)]; !ok {
			return e, wrongFilter(fault.InvalidReference, "there is no event type %d", id)
		}
		e.types[int64(id)] = true
	}
	return e, nil
}

func wrongFilter(code fault.Code, format string, args ...any) []*fault.Error {
	return []*fault.Error{fault.New(code, "DataStream - filters: "+format, args...)}
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
