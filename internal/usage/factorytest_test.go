package usage

import (
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/sim"
)

func TestFactoryTest(t *testing.T) {
	onEach(t, map[string]func(*testing.T, *site){"it ends within a batch that draws on the pool": testIntoPool})
}

// A SIM that is activated by its use brings its share to the pool that others of the same batch draw on.
func testIntoPool(_ *testing.T, s *site) {
	s.inclusive(s.first, true)
	busy, fresh := s.device(s.first, s.imsi()), s.device(s.first, s.imsi())
	s.exec(s.first, `UPDATE sim SET status_id = $1, activation_date = 0 WHERE id = $2`, sim.FactoryTest, fresh.sim)
	a, b := s.session(busy, "a", 0), s.session(fresh, "b", 0)
	s.advance(60)
	s.counted(a, 1_700_000, 0)
	s.counted(b, 150_000, 0)
	s.batch(a.report(Interim, 60, 600_000, 0), b.report(Stop, 60, 150_000, 0), a.report(Stop, 60, 1_700_000, 0))
	pool := query(s, func(r *db.Row) [2]int64 { return [2]int64{r.Int(), r.Int()} },
		`SELECT sims, used FROM inclusive_pool WHERE organisation_id = $1 AND sims > 0`, s.first)
	s.same([][2]int64{{2, 1_700_000}}, pool)
	for _, r := range s.records(s.first) {
		if r.Cost != 0 {
			s.Errorf("not inclusive: %+v", r)
		}
	}
}
