package format

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// appendASCII writes any string as a JSON string of ASCII: each other character, and each byte that is not UTF-8,
// becomes a blank.
func appendASCII(buf []byte, s string) []byte {
	buf = append(buf, '"')
	for _, r := range s {
		switch {
		case r >= utf8.RuneSelf:
			buf = append(buf, ' ')
		case r < ' ' || r == '"' || r == '\\':
			buf = appendEscaped(buf, byte(r))
		default:
			buf = append(buf, byte(r))
		}
	}
	return append(buf, '"')
}

// appendASCIIObject writes a JSON text with a blank for each character that is not ASCII, be it written as it is or
// escaped. Such characters stand in strings only, and a blank is as good in a string: the text stays JSON.
func appendASCIIObject(buf, object []byte) []byte {
	start, i := 0, 0
	for i < len(object) {
		if c := object[i]; c < utf8.RuneSelf && c != '\\' {
			i++
			continue
		}
		buf = append(buf, object[start:i]...)
		if object[i] == '\\' {
			var size int
			buf, size = appendASCIIEscape(buf, object[i:])
			i += size
		} else {
			_, size := utf8.DecodeRune(object[i:])
			buf = append(buf, ' ')
			i += size
		}
		start = i
	}
	return append(buf, object[start:]...)
}

// appendASCIIEscape writes the escape that a JSON text begins with and returns how long it was there. A surrogate pair
// is one character.
func appendASCIIEscape(buf, text []byte) (appended []byte, size int) {
	r, ok := escapedUnit(text)
	switch {
	case !ok && len(text) > 1 && text[1] < utf8.RuneSelf:
		return append(buf, text[:2]...), 2
	case !ok:
		return append(buf, text[0]), 1
	case r < utf8.RuneSelf:
		return append(buf, text[:6]...), 6
	}
	if low, ok := escapedUnit(text[6:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
		return append(buf, ' '), 12
	}
	return append(buf, ' '), 6
}

// escapedUnit reads \u20ac: one unit of UTF-16.
func escapedUnit(text []byte) (r rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}
