package sms

import (
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Fields are what clients say of an SMS to an endpoint.
type Fields struct {
	Payload     string                      `json:"payload" required:"true" doc:"160 characters of the GSM alphabet, or 70 where dcs is 8; fewer with a udh."`
	Source      value.Opt[string]           `json:"source_address" doc:"A number, or up to 11 characters with source_address_type 208."`
	SourceType  value.Opt[value.Ref]        `json:"source_address_type" doc:"145 International, 161 National (default) or 208 Alphanumeric."`
	Destination value.Opt[string]           `json:"dest_address" doc:"By default the number of the SIM."`
	UDH         value.Opt[string]           `json:"udh" doc:"User data header, hexadecimal: 050003XXYYZZ is part ZZ of YY of message XX."`
	DCS         value.Opt[value.ID]         `json:"dcs" doc:"Data coding scheme, 0 to 255 (TS 23.038)."`
	Expiry      value.Opt[value.EntityTime] `json:"expiry_date" doc:"When it is given up, in a day by default."`
}

const (
	day          = 24 * clock.Hour
	octets       = 140 // of user data in one SMS (TS 23.040 section 9.2.3.16)
	alphanumeric = 11  // characters of such an address
	numberDigits = 15  // ITU-T E.164
)

// reader gathers what is wrong with the fields, so that a client learns all of it at once.
type reader struct {
	m     row
	wrong []*fault.Error
}

func (r *reader) bad(format string, args ...any) {
	r.wrong = append(r.wrong, fault.New(fault.InvalidFormat, "SMS - "+format, args...))
}

// read checks the fields and puts them into a row.
func (f Fields) read(now int64) (row, error) {
	r := reader{m: row{
		status: Buffered, submitted: now, expiry: now + day, sourceType: National, payload: f.Payload, source: strings.TrimSpace(f.Source.Value),
		destination: strings.TrimPrefix(strings.TrimSpace(f.Destination.Value), "+"),
	}}
	r.addresses(f)
	if f.DCS.Has() {
		if r.m.dcs = int64(f.DCS.Value); r.m.dcs < 0 || r.m.dcs > 255 {
			r.bad("dcs: 0 to 255 expected")
		}
	}
	if f.Expiry.Has() && f.Expiry.Value != 0 {
		if r.m.expiry = int64(f.Expiry.Value); r.m.expiry <= now {
			r.bad("expiry_date: a time to come expected")
		}
	}
	r.text(f)
	return r.m, fault.Invalid(r.wrong...)
}

func (r *reader) addresses(f Fields) {
	if id := f.SourceType.Value.ID; f.SourceType.Has() && id.Has() {
		if r.m.sourceType = int64(id.Value); sourceName(r.m.sourceType) == "" {
			r.wrong = append(r.wrong, fault.New(fault.InvalidReference, "SMS - source_address_type %d does not exist", r.m.sourceType))
			return
		}
	}
	switch {
	case r.m.source == "":
	case r.m.sourceType == Alphanumeric:
		if utf8.RuneCountInString(r.m.source) > alphanumeric || !printable(r.m.source) {
			r.bad("source_address: at most %d characters expected", alphanumeric)
		}
	default:
		r.m.source = strings.TrimPrefix(r.m.source, "+")
		if !isNumber(r.m.source) {
			r.bad("source_address: at most %d digits expected; other characters need source_address_type 208", numberDigits)
		}
	}
	if r.m.destination != "" && !isNumber(r.m.destination) {
		r.bad("dest_address: at most %d digits expected", numberDigits)
	}
}

// text checks that payload and header fit into one SMS.
func (r *reader) text(f Fields) {
	r.m.udh = strings.ToLower(f.UDH.Value)
	header, err := hex.DecodeString(r.m.udh)
	if err != nil || len(header) > 0 && int(header[0]) != len(header)-1 || len(header) >= octets {
		r.bad("udh: hexadecimal octets expected, the first being how many follow")
		return
	}
	if r.m.payload == "" && len(header) == 0 {
		r.wrong = append(r.wrong, fault.New(fault.Required, "SMS - payload is required"))
	}
	if n, most := length(r.m.payload, r.m.dcs, octets-len(header)); n > most || strings.ContainsRune(r.m.payload, 0) {
		r.bad("payload: it takes %d places of the %d that there are: send it in parts, with a udh", n, most)
	}
}

// length counts the places that a text takes and how many fit into some octets: septets of the GSM alphabet, UTF-16 units or
// octets, as the coding scheme says (TS 23.038 section 4).
func length(text string, dcs int64, octets int) (n, most int) {
	switch alphabet := dcs >> 2 & 3; {
	case dcs < 0x80 && alphabet == 2:
		return len(utf16.Encode([]rune(text))), octets / 2
	case dcs < 0x80 && alphabet == 1 || dcs >= 0xf0 && dcs&4 != 0:
		return len(text), octets
	}
	for _, c := range text {
		n++
		if strings.ContainsRune("^{}\\[~]|€\f", c) { // they take an escape
			n++
		}
	}
	return n, octets * 8 / 7
}

func isNumber(text string) bool {
	return text != "" && len(text) <= numberDigits && strings.Trim(text, "0123456789") == ""
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f })
}
