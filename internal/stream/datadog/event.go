package datadog

import (
	"strconv"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/stream/format"
)

// Limits of Datadog's events, in characters.
const (
	maxTitle = 100
	maxText  = 4000
)

// appendEvent writes an event as one of Datadog's. Its text is the record as other destinations get it; the time comes
// last, where the sink can put a later one.
func appendEvent(buf []byte, e *format.Event, record func([]byte, *format.Event) []byte) []byte {
	buf = append(buf, `{"title":`...)
	buf = append(buf, quote(cut(title(e), maxTitle))...)
	buf = append(buf, `,"text":`...)
	buf = append(buf, quote(cut(string(record(nil, e)), maxText))...)
	buf = append(buf, `,"alert_type":"`...)
	buf = append(buf, alertType(e)...)
	buf = append(buf, `","tags":[`...)
	buf = append(buf, eventTags(e)...)
	buf = append(append(buf, ']'), happened...)
	buf = strconv.AppendInt(buf, e.Time/clock.Second, 10)
	return append(buf, '}')
}

const happened = `,"date_happened":`

func title(e *format.Event) string {
	if e.Description != "" {
		return e.Description
	}
	return e.Type.Description
}

func alertType(e *format.Event) string {
	switch e.Severity.ID {
	case 0:
		return "info"
	case 1:
		return "warning"
	}
	return "error"
}

func eventTags(e *format.Event) []byte {
	var t tags
	t.text("event_type", e.Type.Description)
	t.text("event_source", e.Source.Description)
	t.text("severity", e.Severity.Description)
	t.text("alert", strconv.FormatBool(e.Alert))
	if e.Endpoint != nil {
		t.id("endpoint_id", e.Endpoint.ID)
		t.text("endpoint", e.Endpoint.Name)
	}
	if e.SIM != nil {
		t.text("iccid", e.SIM.ICCID)
	}
	t.text("organisation", e.Organisation.Name)
	return t
}
