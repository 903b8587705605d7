package format

import (
	"strconv"
	"unicode/utf8"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

func appendID(buf []byte, id value.ID) []byte { return strconv.AppendInt(buf, int64(id), 10) }

func appendNull(buf []byte) []byte { return append(buf, "null"...) }

// appendCost writes 1e-10 of a currency unit as a number with up to ten places.
func appendCost(buf []byte, cost int64) []byte { return money.Append(buf, cost, money.CostPlaces) }

// appendBalance writes 1e-10 of a currency unit as a number with up to six places, rounded down: a balance is never
// shown higher than it is.
func appendBalance(buf []byte, amount int64) []byte {
	const rest = 10_000 // 1e-10 in 1e-6
	rounded := amount / rest
	if amount%rest < 0 {
		rounded--
	}
	return money.Append(buf, rounded, 6)
}

// appendISOTime writes µs since the epoch as 2021-09-14T06:15:42Z. The fraction is cut off.
func appendISOTime(buf []byte, micros int64) []byte {
	if micros == 0 {
		return appendNull(buf)
	}
	buf = append(buf, '"')
	buf = appendISODate(buf, micros)
	return append(buf, '"')
}

func appendOptional(buf []byte, s *string) []byte {
	if s == nil {
		return appendNull(buf)
	}
	return appendString(buf, *s)
}

// appendString writes any string as a JSON string (RFC 8259 7). Only what must be escaped is; a byte that is not
// UTF-8 becomes U+FFFD.
func appendString(buf []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return appendAnyString(buf, s, i)
		}
	}
	buf = append(buf, '"')
	buf = append(buf, s...)
	return append(buf, '"')
}

// appendAnyString is appendString when the first i bytes alone are known to need no escaping.
func appendAnyString(buf []byte, s string, i int) []byte {
	buf = append(buf, '"')
	start := 0
	for i < len(s) {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		buf = append(buf, s[start:i]...)
		buf = appendEscaped(buf, c)
		i++
		start = i
	}
	buf = append(buf, s[start:]...)
	return append(buf, '"')
}

func appendEscaped(buf []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(buf, '\\', c)
	case '\n':
		return append(buf, '\\', 'n')
	case '\r':
		return append(buf, '\\', 'r')
	case '\t':
		return append(buf, '\\', 't')
	}
	if c >= utf8.RuneSelf {
		return append(buf, "\uFFFD"...)
	}
	const hex = "0123456789abcdef"
	return append(buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
