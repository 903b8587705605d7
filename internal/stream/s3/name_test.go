package s3

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

// TestNamesWait gives out a minute's names at once, then one a second; other buckets do not wait.
func TestNamesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &names{clock: clock.System(), taken: map[string]int64{}}
		began := time.Now()
		seen := map[time.Time]bool{}
		var last time.Time
		for i := range 100 {
			second, err := n.next(t.Context(), "bucket/cdr")
			if err != nil || seen[second] || !second.After(last) {
				t.Fatalf("name %d is %v after %v, %v", i, second, last, err)
			}
			if early := second.Sub(time.Now()); early > ahead {
				t.Errorf("name %d is %v ahead", i, early)
			}
			seen[second], last = true, second
		}
		if took := time.Since(began); took < 38*time.Second || took > 41*time.Second {
			t.Errorf("100 names took %v", took)
		}
		before := time.Now()
		if second, _ := n.next(t.Context(), "other/cdr"); second.After(time.Now()) || time.Now() != before {
			t.Errorf("another bucket's is %v", second)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := n.next(ctx, "bucket/cdr"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		time.Sleep(2 * time.Minute)
		if second, _ := n.next(t.Context(), "bucket/cdr"); time.Since(second) > time.Second || second.After(time.Now()) {
			t.Errorf("after a pause it is %v", second)
		}
	})
}
