package format

import "strconv"

// appendNewEvent writes an event in the New generation: keys in alphabetical order, absent entities as null.
func appendNewEvent(buf []byte, e *Event) []byte {
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, e.ID)
	buf = append(buf, `,"alert":`...)
	buf = strconv.AppendBool(buf, e.Alert)
	buf = append(buf, `,"description":`...)
	buf = appendString(buf, e.Description)
	buf = append(buf, `,"detail":`...)
	if e.Detail == nil {
		buf = appendNull(buf)
	} else {
		buf = append(buf, e.Detail...)
	}
	buf = append(buf, `,"endpoint":`...)
	if e.Endpoint == nil {
		buf = appendNull(buf)
	} else {
		buf = append(appendNewEndpoint(buf, e.Endpoint), '}')
	}
	buf = append(buf, `,"event_severity":`...)
	buf = appendNewDescribed(buf, e.Severity)
	buf = append(buf, `,"event_source":`...)
	buf = appendNewDescribed(buf, e.Source)
	buf = append(buf, `,"event_type":`...)
	buf = appendNewDescribed(buf, e.Type)
	buf = append(buf, `,"imsi":`...)
	buf = appendNewIMSI(buf, e.IMSI)
	buf = append(buf, `,"organisation":`...)
	buf = appendNewNamed(buf, e.Organisation)
	buf = append(buf, `,"sim":`...)
	buf = appendNewSIM(buf, e.SIM)
	buf = append(buf, `,"timestamp":`...)
	buf = appendISOTime(buf, e.Time)
	buf = append(buf, `,"user":`...)
	buf = appendNewUser(buf, e.User)
	return append(buf, '}')
}
