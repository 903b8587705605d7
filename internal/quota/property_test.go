package quota_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/test/cases"
)

const begin = 20_000 * clock.Day // a midnight UTC

// instance is a quota by schoolbook, between two refills.
type instance struct {
	given, used          int64
	threshold            int64 // -1 = none
	low, over, expired   bool  // it was told, and it is over
	day, expiry          int64
	refill               bool
	told                 [2]int // how often each mark was passed
	lastChange, lastUsed int64
}

// advance goes from midnight to midnight up to a time.
func (i *instance) advance(now int64) {
	for !i.expired {
		midnight := (i.day + 1) * clock.Day
		switch {
		case i.expiry <= min(now, midnight) || i.expiry <= now && !i.refill:
			i.expired = true
		case now < midnight:
			return
		case i.refill:
			i.used, i.low, i.over, i.told = 0, false, false, [2]int{}
			i.day++
		default:
			i.day++
		}
	}
}

// take uses some and returns whether the threshold, and the end, are passed for the first time.
func (i *instance) take(n int64) (low, over bool) {
	if n == 0 {
		return false, false
	}
	i.used += n
	left := i.given - i.used
	low, over = i.threshold >= 0 && left < i.threshold && !i.low && !i.over, left <= 0 && !i.over
	i.low, i.over = i.low || low, i.over || over
	return low, over
}

// Invariant 9 of the charging model: each instance of a quota passes its threshold once and its end once, in that order; a
// midnight that refills it makes a new one; after its expiry nothing does.
func TestQuota(t *testing.T) {
	cases.Check(t, 1500, func(t *rapid.T) {
		volume := rapid.OneOf(rapid.Int64Range(0, 10), rapid.Int64Range(0, 1<<40)).Draw(t, "volume")
		percentage, refill := rapid.Int64Range(-1, 100).Draw(t, "per cent"), rapid.Bool().Draw(t, "refill")
		now := begin + rapid.Int64Range(0, clock.Day).Draw(t, "since midnight")
		expiry := rapid.OneOf(rapid.Int64Range(now+1, now+5*clock.Day), rapid.Just(begin+2*clock.Day)).Draw(t, "expiry")
		q := quota.New(1, 2, quota.Data, volume, expiry, percentage, now)
		q.AutoRefill = refill
		naive := &instance{given: volume, threshold: -1, day: now / clock.Day, expiry: expiry, refill: refill}
		if percentage >= 0 {
			naive.threshold = (volume/100)*percentage + (volume%100*percentage+99)/100
		}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			now += rapid.OneOf(rapid.Int64Range(0, clock.Hour), rapid.Int64Range(0, 2*clock.Day), rapid.Just(clock.Day-now%clock.Day)).Draw(t, "time")
			n := rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, volume/2+1)).Draw(t, "used")
			naive.advance(now)
			low, over := naive.take(n)
			passed := q.Take(n, now)
			if (passed&quota.ThresholdReached != 0) != low || (passed&quota.UsedUp != 0) != over {
				t.Fatalf("passed %d, want threshold %t and end %t: %+v", passed, low, over, q)
			}
			status, left := quota.Active, max(naive.given-naive.used, 0)
			switch {
			case naive.expired:
				status, left = quota.Expired, 0
			case naive.given-naive.used <= 0:
				status = quota.Exhausted
			}
			if q.Status != status || q.Volume != naive.given-naive.used || q.Left() != left {
				t.Fatalf("status %d, %d of %d and %d left, want %d, %d and %d", q.Status, q.Volume, volume, q.Left(), status, naive.given-naive.used, left)
			}
			if again := q.At(now); again != q {
				t.Fatalf("at the same time it is %+v, then %+v", q, again)
			}
		}
	})
}
