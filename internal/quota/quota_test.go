package quota

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/clock"
)

func at(text string) int64 {
	t, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		panic(err)
	}
	return t.UnixMicro()
}

// refilled is a quota of 1000 that is filled up each day and was made at noon of the first.
func refilled() Quota {
	q := New(1, 2, Data, 1000, at("2026-11-10 18:00:00"), 20, at("2026-11-01 12:00:00"))
	q.AutoRefill = true
	return q
}

func TestNew(t *testing.T) {
	for _, c := range []struct {
		name                                  string
		volume, percentage, threshold, status int64
	}{
		{"plain", 1000, -1, 0, Active},
		{"threshold", 1000, 15, 150, Active},
		{"threshold between two units", 10, 15, 2, Active}, // less than 2 is less than 1.5
		{"threshold at nothing", 1000, 0, 0, Active},
		{"threshold at everything", 1000, 100, 1000, Active},
		{"nothing", 0, 50, 0, Exhausted},
		{"the largest", 1<<63 - 1, 100, 1<<63 - 1, Active},
	} {
		q := New(1, 2, Data, c.volume, at("2026-12-01 00:00:00"), c.percentage, at("2026-11-01 12:00:00"))
		if q.Threshold != c.threshold || q.Status != c.status || q.Volume != c.volume || q.LastAdded != c.volume {
			t.Errorf("%s: %+v", c.name, q)
		}
	}
}

func TestDeclare(t *testing.T) {
	for status, left := range map[int64]int64{Active: 1000, Exhausted: 0, Expired: 0} {
		q := refilled()
		q.declare(status)
		if q.Status != status || q.Left() != left {
			t.Errorf("declared %d: %+v leaves %d", status, q, q.Left())
		}
	}
	q := refilled()
	q.declare(Exhausted)
	if passed := q.Take(1000, at("2026-11-01 13:00:00")); passed != 0 {
		t.Errorf("what its owner said is told again: %d", passed)
	}
	if q = q.At(at("2026-11-02 00:00:00")); q.Status != Active || q.Told != 0 {
		t.Errorf("the next day does not begin anew: %+v", q)
	}
	q.declare(Expired)
	if q = q.At(at("2026-11-03 00:00:00")); q.Status != Expired {
		t.Errorf("an expired quota comes back: %+v", q)
	}
}

func TestAt(t *testing.T) {
	for _, c := range []struct {
		name, now                string
		status, volume, refilled int64
		told                     Mark
		changed                  string
	}{
		{"the same day", "2026-11-01 23:59:59", Exhausted, -5, at("2026-11-01 00:00:00"), 3, "2026-11-01 13:00:00"},
		{"earlier", "2026-10-31 23:59:59", Exhausted, -5, at("2026-11-01 00:00:00"), 3, "2026-11-01 13:00:00"},
		{"midnight", "2026-11-02 00:00:00", Active, 1000, at("2026-11-02 00:00:00"), 0, "2026-11-02 00:00:00"},
		{"days later", "2026-11-05 07:00:00", Active, 1000, at("2026-11-05 00:00:00"), 0, "2026-11-05 00:00:00"},
		{"the last moment", "2026-11-10 17:59:59", Active, 1000, at("2026-11-10 00:00:00"), 0, "2026-11-10 00:00:00"},
		{"the end", "2026-11-10 18:00:00", Expired, 1000, at("2026-11-10 00:00:00"), 0, "2026-11-10 18:00:00"},
		{"after it", "2026-12-24 00:00:00", Expired, 1000, at("2026-11-10 00:00:00"), 0, "2026-11-10 18:00:00"},
	} {
		q := refilled()
		q.Take(1005, at("2026-11-01 13:00:00"))
		want := q
		want.Status, want.Volume, want.Refilled, want.Told, want.LastChange = c.status, c.volume, clock.DayNumber(c.refilled), c.told, at(c.changed)
		want.Taken = 1000 - c.volume
		if diff := cmp.Diff(want, q.At(at(c.now))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
	q := New(1, 2, Data, 1000, at("2026-11-10 00:00:00"), -1, at("2026-11-01 12:00:00"))
	q.AutoRefill = true
	q.Take(10, at("2026-11-09 12:00:00"))
	if q = q.At(at("2026-11-10 00:00:00")); q.Volume != 990 || q.Status != Expired {
		t.Errorf("a quota that ends at midnight is filled up at its end: %+v", q)
	}
	q = refilled()
	q.AutoRefill = false
	if q.Take(10, at("2026-11-02 12:00:00")); q.Volume != 990 {
		t.Errorf("a quota is filled up unasked: %+v", q)
	}
}

func TestTake(t *testing.T) {
	noon := at("2026-11-01 12:00:00")
	for _, c := range []struct {
		name       string
		percentage int64
		used       []int64
		passed     []Mark
	}{
		{"at the threshold", 20, []int64{800}, []Mark{0}},
		{"below the threshold", 20, []int64{800, 1, 1}, []Mark{0, ThresholdReached, 0}},
		{"everything at once", 20, []int64{5000, 1}, []Mark{ThresholdReached | UsedUp, 0}},
		{"one after the other", 20, []int64{900, 100, 1}, []Mark{ThresholdReached, UsedUp, 0}},
		{"without a threshold", -1, []int64{999, 1, 1}, []Mark{0, UsedUp, 0}},
		{"threshold at nothing", 0, []int64{1000, 1}, []Mark{UsedUp, 0}},
		{"threshold at nothing, passed", 0, []int64{1001}, []Mark{ThresholdReached | UsedUp}},
		{"threshold at everything", 100, []int64{1}, []Mark{ThresholdReached}},
		{"nothing", 20, []int64{0, -5}, []Mark{0, 0}},
	} {
		q := New(1, 2, Data, 1000, at("2026-12-01 00:00:00"), c.percentage, noon)
		for i, used := range c.used {
			if passed := q.Take(used, noon); passed != c.passed[i] {
				t.Errorf("%s: step %d passes %d, want %d", c.name, i, passed, c.passed[i])
			}
		}
	}
}

// naive is a quota kept by hand: it lives through every midnight one by one.
type naive struct {
	q                 Quota
	seen              int64
	volume            int64
	status            int64
	threshold, usedUp bool
}

func (n *naive) advance(now int64) {
	for n.seen < now {
		next := min(now, (n.seen/clock.Day+1)*clock.Day)
		if n.seen < n.q.Expiry && next >= n.q.Expiry {
			n.status = Expired
		}
		if n.status != Expired && n.q.AutoRefill && next%clock.Day == 0 {
			n.volume, n.status, n.threshold, n.usedUp = n.q.LastAdded, Active, false, false
		}
		n.seen = next
	}
}

// A quota that is looked at in any order and at any time is the one that lives through every midnight: it is filled up once
// each, expires once for all, and passes each mark once an instance, the threshold first.
func TestQuotaAgainstTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin := at("2026-11-01 12:00:00") + rapid.Int64Range(0, clock.Day).Draw(t, "begin")
		expiry := begin + rapid.OneOf(rapid.Int64Range(1, 3*clock.Day), rapid.Just(3*clock.Day-begin%clock.Day)).Draw(t, "expiry")
		volume := rapid.Int64Range(1, 1000).Draw(t, "volume")
		q := New(1, 2, Data, volume, expiry, rapid.Int64Range(-1, 100).Draw(t, "percentage"), begin)
		q.AutoRefill = rapid.Bool().Draw(t, "refill")
		n := naive{q: q, seen: begin, volume: volume, status: Active}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now := begin + rapid.Int64Range(-clock.Day, 5*clock.Day).Draw(t, "now")
			if rapid.Bool().Draw(t, "look") {
				q = q.At(now)
				n.advance(now)
			} else {
				used := rapid.Int64Range(0, volume).Draw(t, "used")
				passed := q.Take(used, now)
				n.advance(now)
				n.take(t, used, passed)
			}
			if q.Volume != n.volume || q.Status != n.status {
				t.Fatalf("volume %d, status %d; by the calendar %d, %d", q.Volume, q.Status, n.volume, n.status)
			}
			if left := q.Left(); left < 0 || left > 0 && q.Status != Active {
				t.Fatalf("%d is left in status %d", left, q.Status)
			}
			if again := q.At(now); again != q {
				t.Fatalf("a second look changes it: %+v, %+v", q, again)
			}
		}
	})
}

// take counts use and holds what the quota said it passed against what it had to.
func (n *naive) take(t *rapid.T, used int64, passed Mark) {
	n.volume -= used
	if n.status == Active && n.volume <= 0 {
		n.status = Exhausted
	}
	var want Mark
	if used > 0 && n.q.Percentage >= 0 && n.volume*100 < n.q.Percentage*n.q.LastAdded && !n.threshold && !n.usedUp {
		want, n.threshold = ThresholdReached, true
	}
	if used > 0 && n.volume <= 0 && !n.usedUp {
		want, n.usedUp = want|UsedUp, true
	}
	if passed != want {
		t.Fatalf("passed %d, want %d at %d of %d", passed, want, n.volume, n.q.LastAdded)
	}
}
