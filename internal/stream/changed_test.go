package stream_test

import (
	"context"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/stream"
)

// A customer names another destination while the one of before confirms: the new one has to prove itself all the same, so
// it fails within seconds when it does not work.
func TestConfirmationOfAFormerDestination(t *testing.T) {
	each(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		f.behave(func(_ context.Context, records []stream.Record) (int, error) {
			now := s.status(one)
			now.Confirmed = false
			s.write(func(tx *db.Tx) error { return s.store.Update(tx, now) })
			return len(records), nil
		})
		s.log(1, "e")
		s.settle(time.Second)
		if s.status(one).Confirmed {
			s.t.Error("the new destination counts as one that works")
		}
		f.behave(away)
		s.must(s.engine.Reload(s.organisation, one.ID))
		s.log(1, "e")
		s.settle(14 * time.Second)
		if now := s.status(one); now.Status != stream.Broken {
			s.t.Errorf("status %d", now.Status)
		}
	})
}
