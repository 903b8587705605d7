package doctor

import (
	"math"
	"testing"
	"time"
)

func dayOf(text string) int64 {
	t, _ := time.Parse(time.DateOnly, text)
	return t.Unix() / 86400
}

func TestMonths(t *testing.T) {
	if first := firstDay(202512); first != dayOf("2025-12-01") || monthOf(first) != 202512 || monthOf(first-1) != 202511 || after(202512) != 202601 {
		t.Errorf("December 2025 begins on day %d", first)
	}
	for _, test := range []struct {
		only        int64
		kept        string
		month       int64
		want        bool
		first, last string
	}{
		{0, "", 197001, true, "", ""},
		{0, "2025-10-31", 202511, true, "2025-11-01", ""}, // half a day of it may have been recorded on the day before it began
		{0, "2025-11-01", 202511, false, "2025-12-01", ""},
		{0, "2025-11-01", 202512, true, "2025-12-01", ""},
		{0, "2025-11-15", 202510, false, "2025-12-01", ""},
		{202511, "", 202511, true, "2025-11-01", "2025-11-30"},
		{202511, "", 202512, false, "2025-11-01", "2025-11-30"},
		{202511, "2025-11-02", 202511, false, "2025-11-01", "2025-11-30"},
		{0, "", 0, false, "", ""},
	} {
		kept, first, last := int64(0), int64(math.MinInt64), int64(math.MaxInt64)
		if test.kept != "" {
			kept = dayOf(test.kept)
		}
		if test.first != "" {
			first = dayOf(test.first)
		}
		if test.last != "" {
			last = dayOf(test.last)
		}
		m := monthsOf(test.only, kept)
		if got := m.balanced(test.month); got != test.want {
			t.Errorf("%+v: balanced %t", test, got)
		}
		if from, to := m.span(); from != first || to != last {
			t.Errorf("%+v: days %d to %d", test, from, to)
		}
	}
}
