package usage

import (
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// What another process changes is noticed, on SQLite too: tools work beside the server.
func TestOtherProcess(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(clock.Clock) (*db.DB, error)) {
		s := newSite(t, open)
		defer s.close()
		d := s.device(s.first, s.imsi())
		status := func() int64 {
			found, err := s.flow.find(s.context(), []string{d.imsi})
			s.must(err)
			return found[d.imsi].epStatus
		}
		if got := status(); got != 0 {
			t.Fatalf("status %d before", got)
		}
		other, err := open(s.clock.Clock())
		s.must(err)
		defer other.Close()
		s.must(other.Write(s.context(), []int64{s.first}, func(tx *db.Tx) error {
			tx.Head(s.first).Changed()
			_, err := tx.Exec(`UPDATE endpoint SET status_id = 1 WHERE organisation_id = $1 AND id = $2`, s.first, d.endpoint)
			return err
		}))
		for range 100 { // the look-out goes by the machine's clock
			if status() == 1 {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Error("the change was not noticed")
	})
}
