package doctor

import (
	"math"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

// firstDay is the number of the day that a month (202611) begins with.
func firstDay(month int64) int64 {
	return clock.MonthStart(time.UTC, month) / clock.Day
}

// after is the month after one.
func after(month int64) int64 { return monthOf(firstDay(month) + 31) }

// monthOf is the month of a day.
func monthOf(day int64) int64 {
	year, month, _ := clock.FromMicros(day * clock.Day).Date()
	return int64(year)*100 + int64(month)
}

// months says which months are balanced: those whose records are all there.
type months struct {
	only int64 // 0 = every one
	from int64 // the first one whose records are all kept
}

// monthsOf finds them. kept is the first day that retention removed nothing from. A month's records were recorded when it had
// begun in the organisation's time zone, which may be half a day before it began in UTC.
func monthsOf(only, kept int64) months {
	m := months{only: only}
	if kept > 0 {
		if m.from = monthOf(kept); firstDay(m.from)-1 < kept {
			m.from = after(m.from)
		}
	}
	return m
}

// whole reports whether all records of a month are kept.
func (m months) whole(month int64) bool { return month >= m.from }

// balanced reports whether a month's sums are compared.
func (m months) balanced(month int64) bool {
	return month > 0 && m.whole(month) && (m.only == 0 || month == m.only)
}

// span is the first and the last day of the months that are balanced.
func (m months) span() (first, last int64) {
	switch {
	case m.only != 0:
		return firstDay(m.only), firstDay(after(m.only)) - 1
	case m.from == 0:
		return math.MinInt64, math.MaxInt64
	}
	return firstDay(m.from), math.MaxInt64
}
