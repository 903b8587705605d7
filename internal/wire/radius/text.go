package radius

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// Longest texts handed on, in bytes, and the digits of identities (TS 23.003, E.164 with room for prefixes).
const (
	maxID     = 64
	maxText   = 255
	minIMSI   = 6
	maxIMSI   = 15
	maxMSISDN = 20
)

// What stands for an identifier that cannot be kept as it is.
const (
	digestPrefix = "sha256-"
	digestLength = 24 // octets
)

// text makes a string that any table can hold: valid UTF-8, no NUL, bounded.
func text(b []byte) string {
	if utf8.Valid(b) && len(b) <= maxText && bytes.IndexByte(b, 0) < 0 {
		return string(b)
	}
	return cut(strings.ToValidUTF8(strings.ReplaceAll(string(b), "\x00", ""), "\uFFFD"), maxText)
}

// cut shortens a text to a number of bytes without breaking a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// identifier keeps what can be kept as it is. Anything longer than 64 bytes or not text becomes its digest: cutting or
// mending it could make two sessions one.
func identifier(b []byte) string {
	if utf8.Valid(b) && len(b) <= maxID && bytes.IndexByte(b, 0) < 0 {
		return string(b)
	}
	sum := sha256.Sum256(b)
	return digestPrefix + hex.EncodeToString(sum[:digestLength])
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

// imsiOfUserName reads the names that gateways build from an IMSI: 14 or 15 digits, or a zero and 15 digits as in
// TS 23.003 section 19.3.2, each with or without a realm.
func imsiOfUserName(b []byte) string {
	name, _, _ := bytes.Cut(b, []byte("@"))
	if len(name) == maxIMSI+1 && name[0] == '0' {
		name = name[1:]
	}
	return digits(name, 14, maxIMSI)
}

// msisdn reads a Calling-Station-Id.
func msisdn(b []byte) string {
	return digits(bytes.TrimPrefix(b, []byte("+")), 1, maxMSISDN)
}

// apn reads a Called-Station-Id; names of access points are compared without regard to case (TS 23.003 section 9.1).
func apn(b []byte) string {
	return cut(strings.ToLower(text(b)), maxText)
}
