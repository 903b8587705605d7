package limit

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/value"
)

func TestMonths(t *testing.T) {
	for _, c := range []struct {
		at    time.Time
		month int64
		end   time.Time
	}{
		{time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 202611, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
		{time.Date(2026, 11, 30, 23, 59, 59, 999_999_000, time.UTC), 202611, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
		{time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC), 202612, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		{time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC), 202802, time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if month, end := MonthOf(c.at.UnixMicro()), MonthEnd(c.at.UnixMicro()); month != c.month || end != c.end.UnixMicro() {
			t.Errorf("%v is in %d until %d", c.at, month, end)
		}
	}
}

func TestTightest(t *testing.T) {
	data := func(id, volume, warning int64) Limit {
		return Limit{ID: id, Service: 38, Volume: volume, Warning: warning}
	}
	satellite := Limit{ID: 9, Service: 38, Volume: 5, Satellite: true}
	sms := Limit{ID: 10, Service: 6, Volume: 1}
	for name, c := range map[string]struct{ in, want []Limit }{
		"none":       {nil, nil},
		"one":        {[]Limit{data(1, 10, 0)}, []Limit{data(1, 10, 0)}},
		"the lower":  {[]Limit{data(1, 10, 80), data(2, 9, 0), data(3, 11, 0)}, []Limit{data(2, 9, 0)}},
		"equals":     {[]Limit{data(1, 10, 0), data(2, 10, 80)}, []Limit{data(2, 10, 80)}},
		"kept apart": {[]Limit{data(1, 10, 0), satellite, sms}, []Limit{data(1, 10, 0), satellite, sms}},
	} {
		if diff := cmp.Diff(c.want, Tightest(c.in)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestExtra(t *testing.T) {
	now := int64(1000)
	all := Limit{Service: 38, Volume: 10}
	list := []Extension{
		{Service: 38, Volume: 1, Expires: 1001},
		{Service: 38, Volume: 2, Expires: value.EntityTime(now)}, // over
		{Service: 38, Volume: 4, Expires: 1001, Satellite: true},
		{Service: 6, Volume: 8, Expires: 1001},
		{Service: 38, Volume: 16, Expires: 2000, Limit: 77}, // of another profile's limit
	}
	if extra := Extra(all, list, now); extra != 17 {
		t.Errorf("beyond the limit: %d, want 17", extra)
	}
	all.Satellite = true
	if extra := Extra(all, list, now); extra != 4 {
		t.Errorf("beyond the satellite limit: %d, want 4", extra)
	}
}

func TestPass(t *testing.T) {
	l := Limit{Service: 38, Volume: 1000, Warning: 80}
	type step struct {
		used, extra int64
		satellite   bool
		passed      Mark
	}
	for name, c := range map[string]struct {
		limit Limit
		steps []step
	}{
		"below":            {l, []step{{799, 0, false, 0}}},
		"warning, then up": {l, []step{{800, 0, false, Warned}, {199, 0, false, 0}, {1, 0, false, Exceeded}, {1, 0, false, 0}}},
		"both at once":     {l, []step{{5000, 0, false, Warned | Exceeded}, {1, 0, false, 0}}},
		"no warning":       {Limit{Service: 38, Volume: 1000}, []step{{999, 0, false, 0}, {1, 0, false, Exceeded}}},
		"extended":         {l, []step{{1000, 0, false, Warned | Exceeded}, {0, 1000, false, 0}, {600, 1000, false, Warned}, {400, 1000, false, Exceeded}}},
		"satellite": {Limit{Service: 38, Volume: 10, Satellite: true},
			[]step{{500, 0, false, 0}, {9, 0, true, 0}, {1, 0, true, Exceeded}, {1, 0, true, 0}}},
	} {
		u := Use{}
		for i, s := range c.steps {
			u.Add(s.used, s.satellite)
			if passed := u.Pass(c.limit, s.extra); passed != s.passed {
				t.Errorf("%s: step %d passes %d, want %d", name, i, passed, s.passed)
			}
		}
	}
}

// Whatever is used, over satellite or not, each limit's marks come once and in order, when the use has got there and not
// before; what is left is what keeps the use below the limit.
func TestLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := []Limit{
			{ID: 1, Service: 38, Volume: rapid.Int64Range(1, 1000).Draw(t, "volume"), Warning: rapid.Int64Range(0, 100).Draw(t, "warning")},
			{ID: 2, Service: 38, Volume: rapid.Int64Range(1, 1000).Draw(t, "satellite volume"), Satellite: true, Warning: rapid.Int64Range(0, 100).Draw(t, "satellite warning")},
		}
		u, sums, seen := Use{}, [2]int64{}, [2]Mark{}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			n, satellite := rapid.Int64Range(0, 200).Draw(t, "used"), rapid.Bool().Draw(t, "satellite")
			sums[0] += n
			if satellite {
				sums[1] += n
			}
			u.Add(n, satellite)
			for i, l := range limits {
				var reached Mark
				if l.Warning > 0 && sums[i]*100 >= l.Volume*l.Warning {
					reached |= Warned
				}
				if sums[i] >= l.Volume {
					reached |= Exceeded
				}
				if passed := u.Pass(l, 0); passed != reached&^seen[i] {
					t.Fatalf("limit %d at %d of %d passes %d, want %d", l.ID, sums[i], l.Volume, passed, reached&^seen[i])
				}
				seen[i] |= reached
				if left := u.Left(l, 0); left != max(l.Volume-sums[i], 0) {
					t.Fatalf("limit %d leaves %d at %d of %d", l.ID, left, sums[i], l.Volume)
				}
			}
		}
	})
}
