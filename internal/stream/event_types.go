package stream

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// EventTypes are the event types that the stream's filters choose; none when they choose none in particular. Version 1
// knows no other filter.
func (s *Stream) EventTypes() []value.Described {
	out := []value.Described{}
	_, ids, _ := s.eventTypes()
	for _, id := range ids {
		out = append(out, value.Described{ID: value.ID(id), Description: event.TypeName(id)})
	}
	return out
}

// AddEventType makes the stream carry one more event type, or only this one when it carried all.
func (s *Stream) AddEventType(id int64) error {
	if _, known := event.Types()[id]; !known {
		return fault.Missing("event type", id)
	}
	if s.Type == UsageStream {
		return fault.Invalid(fault.New(fault.InvalidReference, "DataStream - filters are for streams of events"))
	}
	items, ids, at := s.eventTypes()
	if slices.Contains(ids, id) {
		return fault.New(fault.Duplicated, "DataStream - the filter names event type %d already", id)
	}
	return s.setEventTypes(items, append(ids, id), at)
}

// RemoveEventType takes an event type out of the filter. Without the last one the stream carries all again.
func (s *Stream) RemoveEventType(id int64) error {
	items, ids, at := s.eventTypes()
	i := slices.Index(ids, id)
	if i < 0 {
		return fault.Missing("event type", id)
	}
	return s.setEventTypes(items, slices.Delete(ids, i, i+1), at)
}

// eventTypes finds the first element of the filters that names event types, and its ids; -1 when there is none.
func (s *Stream) eventTypes() (items []json.RawMessage, ids []int64, at int) {
	_ = json.Unmarshal(s.Filters, &items) // they were parsed before they were stored
	for i, item := range items {
		var e struct {
			Field string          `json:"field"`
			Value json.RawMessage `json:"value"`
		}
		if json.Unmarshal(item, &e) != nil || e.Field != fieldEventType {
			continue
		}
		for _, word := range words(e.Value) {
			if id, err := strconv.ParseFloat(word, 64); err == nil {
				ids = append(ids, int64(id))
			}
		}
		return items, ids, i
	}
	return items, nil, -1
}

func (s *Stream) setEventTypes(items []json.RawMessage, ids []int64, at int) error {
	element, err := json.Marshal(map[string]any{"field": fieldEventType, "value": ids})
	if err != nil {
		return err
	}
	switch {
	case at < 0:
		items = append(items, element)
	case len(ids) == 0:
		items = slices.Delete(items, at, at+1)
	default:
		items[at] = element
	}
	if len(items) == 0 {
		items = []json.RawMessage{}
	}
	s.Filters, err = json.Marshal(items)
	return err
}
