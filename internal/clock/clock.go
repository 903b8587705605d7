// Package clock is the one source of time. Times are microseconds since the Unix epoch, UTC, everywhere behind the
// edge: in tables, in reports and in records. SQL never asks the database for the time.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time. The zero value is not usable: take System or NewFake.
type Clock struct{ now func() time.Time }

// System is the machine's clock.
func System() Clock { return Clock{now: time.Now} }

// Now returns the current time in UTC.
func (c Clock) Now() time.Time { return c.now().UTC() }

// Micros returns the current time as microseconds since the Unix epoch.
func (c Clock) Micros() int64 { return c.now().UnixMicro() }

// Fake is a clock that moves only when it is told to.
type Fake struct {
	mu sync.Mutex
	at time.Time
}

// NewFake returns a fake clock standing at the given time.
func NewFake(at time.Time) *Fake { return &Fake{at: at} }

// Clock returns the Clock that reads this fake.
func (f *Fake) Clock() Clock {
	return Clock{now: func() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.at }}
}

// Advance moves the fake clock forward.
func (f *Fake) Advance(d time.Duration) { f.mu.Lock(); defer f.mu.Unlock(); f.at = f.at.Add(d) }

// Microseconds in the units of the calendar that do not depend on a time zone.
const (
	Second int64 = 1_000_000
	Minute       = 60 * Second
	Hour         = 60 * Minute
	Day          = 24 * Hour
)

// DayNumber returns the number of whole days since the Unix epoch (UTC) at the given time in microseconds.
func DayNumber(micros int64) int64 { return micros / Day }

// FromMicros returns the UTC time of a number of microseconds since the Unix epoch.
func FromMicros(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// MonthIn returns the month that it is in a time zone at the given time in microseconds, as 202611.
func MonthIn(zone *time.Location, micros int64) int64 {
	year, month, _ := time.UnixMicro(micros).In(zone).Date()
	return int64(year)*100 + int64(month)
}

// MonthStart returns the instant, in microseconds, at which a month, as 202611, begins in a time zone. The one after
// December may be called 202613. Where clocks go forward at its midnight, it begins with the hour after.
func MonthStart(zone *time.Location, month int64) int64 {
	start := time.Date(int(month/100), time.Month(month%100), 1, 0, 0, 0, 0, zone)
	if start.Day() != 1 {
		_, start = start.ZoneBounds()
	}
	return start.UnixMicro()
}

// DayIn returns the number of days since the epoch of the date that it is in a time zone at the given time in
// microseconds.
func DayIn(zone *time.Location, micros int64) int64 {
	year, month, day := time.UnixMicro(micros).In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).UnixMicro() / Day
}

// Behind is a clock that tells an earlier time: by a number of microseconds.
func (c Clock) Behind(micros int64) Clock {
	return Clock{now: func() time.Time { return c.now().Add(-time.Duration(micros) * time.Microsecond) }}
}
