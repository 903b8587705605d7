package clock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

func TestSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, start := clock.System(), time.Now()
		time.Sleep(time.Hour)
		if got := c.Now(); !got.Equal(start.Add(time.Hour)) || got.Location() != time.UTC {
			t.Errorf("got %v an hour after %v", got, start)
		}
		if got, want := c.Micros(), start.Add(time.Hour).UnixMicro(); got != want {
			t.Errorf("got %d µs, want %d", got, want)
		}
	})
}

func TestFake(t *testing.T) {
	fake := clock.NewFake(time.Date(2024, 5, 1, 2, 0, 0, 0, time.FixedZone("", 7200)))
	c := fake.Clock()
	if got := c.Now(); got != time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC) {
		t.Errorf("starts at %v", got)
	}
	fake.Advance(90 * time.Second)
	if got, want := c.Micros(), int64(1714521690_000_000); got != want {
		t.Errorf("got %d µs, want %d", got, want)
	}
	if got := clock.FromMicros(c.Micros()); got != c.Now() {
		t.Errorf("%v comes back as %v", c.Now(), got)
	}
}

func TestUnits(t *testing.T) {
	for name, test := range map[string]struct {
		micros int64
		want   time.Duration
	}{
		"second": {clock.Second, time.Second}, "minute": {clock.Minute, time.Minute},
		"hour": {clock.Hour, time.Hour}, "day": {clock.Day, 24 * time.Hour},
	} {
		if got := time.Duration(test.micros) * time.Microsecond; got != test.want {
			t.Errorf("%s is %v", name, got)
		}
	}
}

func TestDayNumber(t *testing.T) {
	for name, test := range map[string]struct{ micros, want int64 }{
		"epoch": {0, 0}, "last of the first day": {clock.Day - 1, 0}, "second day": {clock.Day, 1},
		"1 May 2024": {time.Date(2024, 5, 1, 23, 59, 59, 0, time.UTC).UnixMicro(), 19844},
	} {
		if got := clock.DayNumber(test.micros); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}
