package stats_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones of these tests, whatever the machine has

	"github.com/simstead/simstead/internal/stats"
)

func TestDayIn(t *testing.T) {
	tests := []struct {
		name, zone, at, want string
	}{
		{"UTC, last moment of a day", "UTC", "2026-11-15T23:59:59.999999Z", "2026-11-15"},
		{"UTC, first moment of a day", "UTC", "2026-11-16T00:00:00Z", "2026-11-16"},
		{"east, in summer time", "Europe/Berlin", "2026-07-15T22:00:00Z", "2026-07-16"},
		{"east, in winter time", "Europe/Berlin", "2026-11-15T22:59:59Z", "2026-11-15"},
		{"day of 25 hours", "Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25"},
		{"west", "America/Los_Angeles", "2026-11-16T07:59:59Z", "2026-11-15"},
		{"half an hour's zone", "Asia/Kolkata", "2026-11-15T18:30:00Z", "2026-11-16"},
		{"east of the date line", "Pacific/Kiritimati", "2026-11-15T10:00:00Z", "2026-11-16"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			zone, err := time.LoadLocation(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339Nano, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			want, err := time.Parse(time.DateOnly, tt.want)
			if err != nil {
				t.Fatal(err)
			}
			if got := stats.DayIn(zone, at.UnixMicro()); got != want.Unix()/(24*60*60) {
				t.Errorf("day %d, want %d", got, want.Unix()/(24*60*60))
			}
		})
	}
}
