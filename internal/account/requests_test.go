package account

import (
	"context"
	"sync"
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

// Two nodes count for the same organisations, and a third one starts later.
func TestRequestsOfAMonth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		one, two := &Requests{DB: d}, &Requests{DB: d}
		var counting sync.WaitGroup
		for _, node := range []*Requests{one, two} {
			for range 4 {
				counting.Go(func() {
					for range 50 {
						node.Add(7, 202611)
						node.Add(8, 202611)
					}
				})
			}
			counting.Go(func() {
				for range 5 {
					if err := node.Store(ctx, 202611); err != nil {
						t.Error(err)
					}
				}
			})
		}
		counting.Wait()
		must(one.Store(ctx, 202611))
		must(two.Store(ctx, 202611))
		if n := two.Add(7, 202611); n != 401 {
			t.Errorf("%d requests, want those of both nodes and one", n)
		}
		two.Add(9, 202612)
		must(two.Store(ctx, 202612))

		ended, end := context.WithCancel(ctx)
		end()
		before := one.Add(8, 202611)
		if one.Store(ended, 202611) == nil {
			t.Error("stored although there was no time")
		}
		if n := one.Add(8, 202611); n != before+1 {
			t.Errorf("%d after a failure, want %d", n, before+1)
		}
		must(one.Store(ctx, 202611))

		later := &Requests{DB: d}
		must(later.Load(ctx, 202611))
		for organisation, want := range map[int64]int64{7: 402, 8: 403, 9: 1} {
			if n := later.Add(organisation, 202611); n != want {
				t.Errorf("organisation %d: %d after a start, want %d", organisation, n, want)
			}
		}
		must(later.Forget(ctx, 202612))
		fresh := &Requests{DB: d}
		must(fresh.Load(ctx, 202611))
		must(fresh.Load(ctx, 202612))
		if a, b := fresh.Add(7, 202611), fresh.Add(9, 202612); a != 1 || b != 2 {
			t.Errorf("%d and %d when the month before is forgotten", a, b)
		}
	})
}
