package clock

import (
	"testing"
	"time"
)

func TestAddMonths(t *testing.T) {
	for _, test := range []struct{ month, n, want int64 }{
		{202611, 0, 202611}, {202611, 1, 202612}, {202612, 1, 202701}, {202701, -1, 202612}, {202603, -2, 202601}, {202612, 25, 202901},
	} {
		if got := AddMonths(test.month, test.n); got != test.want || !IsMonth(got) {
			t.Errorf("%d and %d are %d, want %d", test.month, test.n, got, test.want)
		}
	}
	for _, n := range []int64{0, 196912, 202600, 202613, 1000001} {
		if IsMonth(n) {
			t.Errorf("%d is a month", n)
		}
	}
}

// A month of a time zone begins at one instant and ends where the next one begins, whatever clocks do.
func TestMonthStart(t *testing.T) {
	for name, starts := range map[string]map[int64]string{
		"UTC":              {202601: "2026-01-01T00:00:00Z", 202513: "2026-01-01T00:00:00Z"},
		"Europe/Berlin":    {202603: "2026-02-28T23:00:00Z", 202604: "2026-03-31T22:00:00Z", 202610: "2026-09-30T22:00:00Z", 202611: "2026-10-31T23:00:00Z"},
		"America/New_York": {202603: "2026-03-01T05:00:00Z", 202604: "2026-04-01T04:00:00Z", 202611: "2026-11-01T04:00:00Z", 202612: "2026-12-01T05:00:00Z"},
		"Asia/Kathmandu":   {202611: "2026-10-31T18:15:00Z"},
		"America/Asuncion": {201710: "2017-10-01T04:00:00Z"}, // there was no midnight
		"Pacific/Apia":     {201201: "2011-12-31T10:00:00Z"}, // a day was left out in the month before
	} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for month, want := range starts {
			if got := FromMicros(MonthStart(zone, month)).Format(time.RFC3339); got != want {
				t.Errorf("%d in %s begins at %s, not %s", month, name, got, want)
			}
		}
		for month := int64(200001); month < 203000; month = AddMonths(month, 1) {
			start := MonthStart(zone, month)
			if at, before := MonthIn(zone, start), MonthIn(zone, start-1); at != month || before != AddMonths(month, -1) {
				t.Errorf("%s: at the start of %d it is %d, just before %d", name, month, at, before)
			}
		}
	}
}
