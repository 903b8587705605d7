package list

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/simstead/simstead/internal/value"
)

// read turns one value into the arguments that term.each expects: two for a Day, else one.
func (f Field) read(text string) ([]any, error) {
	if text == "" {
		return nil, errors.New("a value is missing")
	}
	if f.Check != nil {
		var err error
		if text, err = f.Check(text); err != nil {
			return nil, err
		}
	}
	switch f.Kind {
	case Number:
		id, err := value.ParseID(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a whole number", text)
		}
		return []any{int64(id)}, nil
	case Text:
		return []any{pattern(text)}, nil
	case Exact:
		return []any{text}, nil
	case Flag:
		flag, err := strconv.ParseBool(strings.ToLower(text))
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", text)
		}
		return []any{flag}, nil
	case Day:
		return readDay(text)
	case From:
		from, _, err := readBound(text)
		return []any{from}, err
	case Until:
		_, until, err := readBound(text)
		return []any{until}, err
	}
	return nil, fmt.Errorf("kind %d is unknown", f.Kind)
}

// escape takes the meaning from the characters that LIKE gives one.
var escape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// pattern is the LIKE pattern that finds text as a part of a value, with "*" for any run of characters.
func pattern(text string) string {
	var b strings.Builder
	b.WriteByte('%')
	for run := range strings.SplitSeq(text, "*") {
		if run != "" {
			_, _ = escape.WriteString(&b, run) // a Builder never fails
			b.WriteByte('%')
		}
	}
	return b.String()
}

// readDay gives the first microsecond of a UTC year, month or day and the first one after it.
func readDay(text string) ([]any, error) {
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{time.DateOnly, 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if t, err := time.Parse(form.layout, text); err == nil {
			return []any{t.UnixMicro(), t.AddDate(form.years, form.months, form.days).UnixMicro()}, nil
		}
	}
	return nil, fmt.Errorf("%q is not a date such as 2024, 2024-05 or 2024-05-01", text)
}

// readBound gives the time that text names as both bounds. A bare date is the whole day: the later bound is then its
// end. The "+" of a zone may have become a space.
func readBound(text string) (from, until int64, err error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.UnixMicro(), t.AddDate(0, 0, 1).UnixMicro(), nil
	}
	t, err := value.ParseTime(text)
	if at := strings.LastIndexByte(text, ' '); err != nil && at >= 0 {
		t, err = value.ParseTime(text[:at] + "+" + text[at+1:])
	}
	if err != nil {
		return 0, 0, fmt.Errorf("%q is not a time such as 2024-05-01T00:00:00Z", text)
	}
	return t.UnixMicro(), t.UnixMicro(), nil
}
