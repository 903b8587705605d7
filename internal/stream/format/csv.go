package format

import (
	"bytes"
	"time"
	"unicode/utf8"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// Every cell is written with the comma behind it; the end of the row takes the place of the last.

func appendRowEnd(buf []byte) []byte {
	buf[len(buf)-1] = '\n'
	return buf
}

// appendNullCells writes nothing between the commas, which only null is: an empty string is "".
func appendNullCells(buf []byte, n int) []byte {
	for range n {
		buf = append(buf, ',')
	}
	return buf
}

func appendCellEnd(buf []byte) []byte { return append(buf, `",`...) }

func appendIDCell(buf []byte, id value.ID) []byte {
	return appendCellEnd(appendID(append(buf, '"'), id))
}

// appendDecimalCell writes n / 10^places without zeros at its end.
func appendDecimalCell(buf []byte, n int64, places int) []byte {
	return appendCellEnd(money.Append(append(buf, '"'), n, places))
}

// appendFixedCell writes n / 10^places with every place.
func appendFixedCell(buf []byte, n int64, places int) []byte {
	return appendCellEnd(money.AppendFixed(append(buf, '"'), n, places))
}

// appendTextCell writes any string, with its quotes doubled. A byte that is not UTF-8 becomes U+FFFD.
func appendTextCell(buf []byte, s string) []byte {
	buf = append(buf, '"')
	if plain(s) {
		return appendCellEnd(append(buf, s...))
	}
	for _, r := range s {
		if r == '"' {
			buf = append(buf, '"')
		}
		buf = utf8.AppendRune(buf, r)
	}
	return appendCellEnd(buf)
}

// appendASCIICell writes any string, with its quotes doubled. What is not ASCII becomes a blank, as in appendASCII.
func appendASCIICell(buf []byte, s string) []byte {
	buf = append(buf, '"')
	if plain(s) {
		return appendCellEnd(append(buf, s...))
	}
	for _, r := range s {
		switch {
		case r >= utf8.RuneSelf:
			buf = append(buf, ' ')
		case r == '"':
			buf = append(buf, `""`...)
		default:
			buf = append(buf, byte(r))
		}
	}
	return appendCellEnd(buf)
}

// plain says whether a string is ASCII without quotes.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] == '"' {
			return false
		}
	}
	return true
}

// appendObjectCell writes a JSON text as it is, with its quotes doubled.
func appendObjectCell(buf, object []byte) []byte {
	buf = append(buf, '"')
	for {
		quote := bytes.IndexByte(object, '"')
		if quote < 0 {
			return appendCellEnd(append(buf, object...))
		}
		buf = append(buf, object[:quote+1]...)
		buf = append(buf, '"')
		object = object[quote+1:]
	}
}

// appendISODate writes µs since the epoch as 2021-09-14T06:15:42Z. The fraction is cut off.
func appendISODate(buf []byte, micros int64) []byte {
	return clock.FromMicros(micros).AppendFormat(buf, time.RFC3339)
}

// appendBlankDate writes µs since the epoch as 2021-09-14 06:15:42, UTC. The fraction is cut off.
func appendBlankDate(buf []byte, micros int64) []byte {
	return clock.FromMicros(micros).AppendFormat(buf, time.DateTime)
}
