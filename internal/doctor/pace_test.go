package doctor

import (
	"context"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

// A reader that takes too long is given up and tried with less.
func TestSlow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := &examination{Doctor: &Doctor{DB: d, Clock: clock.System()}}
		for _, open := range []reader{d.Snapshot, d.Read} {
			p, sizes := x.pace(64, 64), []int64{}
			err := p.read(context.Background(), x, open, func(q db.Queryer, size int64) error {
				if sizes = append(sizes, size); size < 10 {
					return nil
				}
				return q.Each(func(*db.Row) {}, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
					SELECT COUNT(*) FROM n`)
			})
			if err != nil || len(sizes) != 2 || sizes[1] != 8 {
				t.Errorf("sizes %d, %v", sizes, err)
			}
		}
		_, err := (&Doctor{DB: d, Clock: clock.System(), Organisation: 99}).Run(context.Background())
		if err == nil {
			t.Error("an organisation was checked that there is not")
		}
	})
}
