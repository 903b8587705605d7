// Package money holds the two fixed-point quantities of the product: costs in 1e-10 of a currency unit and volumes in
// bytes. Neither ever passes through a float. Text in and out is decimal and exact: more places than the quantity has
// are refused, not rounded.
package money

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Places of the quantities as they are written in the API: a cost has ten, a balance and a volume in MB have six.
const (
	CostPlaces    = 10
	BalancePlaces = 6
	VolumePlaces  = 6
	Unit          = 10_000_000_000 // one currency unit
	MB            = 1_000_000      // bytes in the contract's megabyte
)

// ErrPlaces says that a decimal has more places than the quantity can hold.
var ErrPlaces = errors.New("too many decimal places")

// ErrRange says that a decimal does not fit.
var ErrRange = errors.New("number out of range")

// Format writes n / 10^places as a decimal without trailing zeros: Format(6172500, 10) is "0.00061725".
func Format(n int64, places int) string {
	return string(Append(nil, n, places))
}

// FormatFixed writes n / 10^places with every place: FormatFixed(6172500, 10) is "0.0006172500".
func FormatFixed(n int64, places int) string { return string(AppendFixed(nil, n, places)) }

// Append appends Format(n, places) to buf.
func Append(buf []byte, n int64, places int) []byte {
	buf = AppendFixed(buf, n, places)
	if places == 0 {
		return buf
	}
	return bytes.TrimSuffix(bytes.TrimRight(buf, "0"), []byte{'.'})
}

// AppendFixed appends FormatFixed(n, places) to buf.
func AppendFixed(buf []byte, n int64, places int) []byte {
	u := uint64(n)
	if n < 0 {
		buf = append(buf, '-')
		u = -u
	}
	var digits [24]byte
	at := len(digits)
	for i := 0; u > 0 || i <= places; i++ {
		if i == places && i > 0 {
			at--
			digits[at] = '.'
		}
		at--
		digits[at] = byte('0' + u%10)
		u /= 10
	}
	return append(buf, digits[at:]...)
}

// Parse reads a decimal such as "0.00061725", "-3", "1e-4" or "1.50" into n * 10^places.
func Parse(text string, places int) (int64, error) {
	mantissa, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		e, err := strconv.Atoi(text[i+1:])
		if errors.Is(err, strconv.ErrSyntax) {
			return 0, fmt.Errorf("%q is not a decimal number", text)
		}
		if err != nil || e < -40 || e > 40 {
			return 0, fmt.Errorf("%q: %w", text, ErrRange)
		}
		mantissa, exponent = text[:i], e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	whole, negative := strings.CutPrefix(whole, "-")
	if !negative {
		whole = strings.TrimPrefix(whole, "+")
	}
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Errorf("%q is not a decimal number", text)
	}
	shift := places + exponent - len(fraction)
	for ; shift < 0 && strings.HasSuffix(digits, "0"); shift++ {
		digits = digits[:len(digits)-1]
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return 0, nil
	}
	if shift < 0 {
		return 0, fmt.Errorf("%q: %w, at most %d", text, ErrPlaces, places)
	}
	if len(digits)+shift > 19 {
		return 0, fmt.Errorf("%q: %w", text, ErrRange)
	}
	if negative {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", shift), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", text, ErrRange)
	}
	return n, nil
}

// MulDivCeil returns ceil(a*b/c) for non-negative a and b and positive c, through 128 bits; ok is false on overflow.
func MulDivCeil(a, b, c int64) (result int64, ok bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	lo, carry := bits.Add64(lo, uint64(c-1), 0)
	hi += carry
	if hi >= uint64(c) {
		return 0, false
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	if q > 1<<63-1 {
		return 0, false
	}
	return int64(q), true
}
