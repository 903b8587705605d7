package diameter

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// Longest texts, in bytes, and the digits of identities (TS 23.003, E.164 with room for prefixes).
const (
	maxText     = 255
	minIMSI     = 6
	maxIMSI     = 15
	maxMSISDN   = 20
	maxLocation = 64
)

// text reads a name that has to come back, or be compared, as it is: valid UTF-8, no NUL, bounded.
func text(a packet.AVP, into *string) error {
	if len(a.Data) == 0 || len(a.Data) > maxText || !utf8.Valid(a.Data) || bytes.IndexByte(a.Data, 0) >= 0 {
		return a.Invalid()
	}
	*into = string(a.Data)
	return nil
}

// digits returns "" for anything that is not that many decimal digits.
func digits(b []byte, least, most int) string {
	if len(b) < least || len(b) > most {
		return ""
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return string(b)
}

// msisdn reads an E.164 number.
func msisdn(b []byte) string { return digits(bytes.TrimPrefix(b, []byte("+")), 1, maxMSISDN) }

// apn reads a Called-Station-Id; names of access points are compared without regard to case (TS 23.003 section 9.1).
func apn(b []byte) string {
	if len(b) > maxText || !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return ""
	}
	return strings.ToLower(string(b))
}

// imeisv reads a User-Equipment-Info-Value: decimal digits as some send them, else the digits in nibbles, low one first,
// as TS 29.274 section 8.10 packs them; a nibble of 15 fills the last octet.
func imeisv(b []byte) string {
	if len(b) >= 14 {
		return digits(b, 14, 16)
	}
	if len(b) != 7 && len(b) != 8 {
		return ""
	}
	out := make([]byte, 0, 16)
	for _, o := range b {
		out = append(out, '0'+o&15, '0'+o>>4)
	}
	if out[len(out)-1] == '0'+15 {
		out = out[:len(out)-1]
	}
	return digits(out, 14, 16)
}

// plmnOfLocation reads the serving network from a 3GPP-User-Location-Info: one octet of type, then for each of the types
// below a location that begins with MCC and MNC (TS 29.061 section 16.4.7.2, TS 29.274 section 8.21). "" when there is none.
func plmnOfLocation(b []byte) string {
	if len(b) < 4 {
		return ""
	}
	switch b[0] {
	case 0, 1, 2: // CGI, SAI, RAI
	case 128, 129, 130: // TAI, ECGI, TAI and ECGI
	case 135, 136, 137: // NCGI, 5GS TAI, 5GS TAI and NCGI
	default:
		return ""
	}
	plmn := []byte{b[1] & 15, b[1] >> 4, b[2] & 15, b[3] & 15, b[3] >> 4, b[2] >> 4}
	if plmn[5] == 15 {
		plmn = plmn[:5]
	}
	for i := range plmn {
		plmn[i] += '0'
	}
	return digits(plmn, 5, 6)
}

// ratOfRADIUS reads a 3GPP-RAT-Type: one octet (TS 29.061 section 16.4.7.2), or four as some write the number.
func ratOfRADIUS(b []byte) int64 {
	switch len(b) {
	case 1:
		return int64(b[0])
	case 4:
		if v := binary.BigEndian.Uint32(b); v < 256 {
			return int64(v)
		}
	}
	return 0
}

// ratOfGx maps a RAT-Type (TS 29.212 section 5.3.31) to the numbers of 3GPP-RAT-Type; 0 for one that has none.
func ratOfGx(v uint32) int64 {
	switch v {
	case 0: // WLAN
		return 3
	case 1: // VIRTUAL
		return 7
	case 1000: // UTRAN
		return 1
	case 1001: // GERAN
		return 2
	case 1002: // GAN
		return 4
	case 1003: // HSPA_EVOLUTION
		return 5
	case 1004: // EUTRAN
		return 6
	case 1005: // EUTRAN-NB-IoT
		return 8
	case 1006: // NR
		return 51
	case 1007: // LTE-M
		return 9
	}
	return 0
}

// nsapi reads a 3GPP-NSAPI: a hexadecimal digit (TS 29.061 section 16.4.7.2), or the number itself as Open5GS sends it; 0 for
// anything else.
func nsapi(b []byte) int64 {
	if len(b) == 1 && b[0] < 16 {
		return int64(b[0])
	}
	v, err := strconv.ParseUint(string(b), 16, 4)
	if err != nil || len(b) != 1 {
		return 0
	}
	return int64(v)
}
