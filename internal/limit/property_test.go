package limit_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/value"
	"github.com/simstead/simstead/test/cases"
)

// A month's use passes a limit's warning once and its end once, the warning not after the end; what it leaves and what was
// used are the limit with its extensions. One that is extended beyond the use can be passed again.
func TestLimit(t *testing.T) {
	cases.Check(t, 1000, func(t *rapid.T) {
		l := limit.Limit{
			Volume: rapid.OneOf(rapid.Int64Range(0, 10), rapid.Int64Range(0, 1<<40)).Draw(t, "volume"), Service: 38,
			Satellite: rapid.Bool().Draw(t, "satellite only"), Warning: rapid.Int64Range(0, 100).Draw(t, "warning"),
		}
		var use limit.Use
		var used, extra int64
		var extensions []limit.Extension
		warned, exceeded := false, false // at the last use
		for now := range rapid.Int64Range(1, 20).Draw(t, "steps") {
			if rapid.IntRange(0, 4).Draw(t, "step") == 0 {
				e := limit.Extension{
					Service: rapid.SampledFrom([]int64{38, 38, 32}).Draw(t, "service"), Satellite: rapid.Bool().Draw(t, "of satellite"),
					Volume: rapid.Int64Range(0, l.Volume+1).Draw(t, "extra"), Expires: value.EntityTime(rapid.Int64Range(now, 30).Draw(t, "expires")),
				}
				extensions = append(extensions, e)
			}
			extra = 0
			for _, e := range extensions {
				if e.Service == 38 && e.Satellite == l.Satellite && int64(e.Expires) > now {
					extra += e.Volume
				}
			}
			n, satellite := rapid.Int64Range(0, l.Volume/2+1).Draw(t, "used"), rapid.Bool().Draw(t, "by satellite")
			use.Add(n, satellite)
			if satellite || !l.Satellite {
				used += n
			}
			passed := use.Pass(l, limit.Extra(l, extensions, now))
			warns, ends := l.Warning > 0 && used*100 >= (l.Volume+extra)*l.Warning, used >= l.Volume+extra
			if (passed&limit.Warned != 0) != (warns && !warned) || (passed&limit.Exceeded != 0) != (ends && !exceeded) {
				t.Fatalf("passed %d, %d used of %d and %d: %+v", passed, used, l.Volume, extra, l)
			}
			if left := use.Left(l, limit.Extra(l, extensions, now)); left != max(l.Volume+extra-used, 0) {
				t.Fatalf("%d are left, %d used of %d and %d", left, used, l.Volume, extra)
			}
			warned, exceeded = warns, ends
		}
	})
}
