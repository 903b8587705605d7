package doctor

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/quota"
)

// Whatever a quota lives through, what it says about itself makes sense; and a quota that counted more than was used does not.
func TestQuota(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fake := clock.NewFake(clock.FromMicros(evening))
		now := func() int64 { return fake.Clock().Micros() }
		q := quota.New(1, 2, quota.Data, rapid.Int64Range(0, 1000).Draw(t, "volume"), now()+rapid.Int64Range(1, 4*clock.Day).Draw(t, "expiry"),
			rapid.Int64Range(-1, 100).Draw(t, "percentage"), now())
		q.AutoRefill = rapid.Bool().Draw(t, "refill")
		total := int64(0)
		found := func(most int64) []Finding {
			x := &examination{Doctor: &Doctor{Clock: fake.Clock(), Limit: 1}, result: &Result{}}
			r := &round{examination: x}
			r.judgeQuota(q, func(_, _, from, until int64) int64 {
				if from > now() || until != math.MaxInt64 {
					t.Fatalf("what was used since %d until %d", from, until)
				}
				return most
			})
			return x.result.Findings
		}
		for range rapid.IntRange(0, 10).Draw(t, "uses") {
			fake.Advance(clock.FromMicros(rapid.Int64Range(0, clock.Day).Draw(t, "time")).Sub(clock.FromMicros(0)))
			used := rapid.Int64Range(0, 500).Draw(t, "used")
			q.Take(used, now())
			total += used
			if f := found(total); len(f) > 0 {
				t.Fatalf("found %s: %+v", f[0], q)
			}
		}
		if taken := q.LastAdded - q.Volume; taken > 0 && len(found(taken-1)) == 0 {
			t.Fatalf("%+v has counted more than was used", q)
		}
	})
}
