package doctor

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// What retention removed is not missed, neither before the books are read nor while they are; what is kept is still checked.
func TestRetention(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		f := s.live()
		today := clock.DayNumber(s.now())
		count := func() int64 { return query(s, db.Int, `SELECT COUNT(*) FROM usage_record`)[0] }
		all, reads := count(), 0
		s.clean(func(d *Doctor) {
			d.before = func() {
				if reads++; reads == 12 {
					s.must(s.db.Forget(context.Background(), "usage_record", today))
				}
			}
		})
		left := count()
		if left == all || left == 0 {
			t.Fatalf("%d records of %d are left", left, all)
		}
		if r := s.clean(); r.Records != left {
			t.Errorf("%d records checked of %d", r.Records, left)
		}
		if r := s.clean(func(d *Doctor) { d.Month = 202511 }); len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "month 202511 are not all kept") {
			t.Errorf("notes %q", r.Notes)
		}
		// A balance of that time has debited more than the records say, which may be; less may not.
		owner := fmt.Sprintf("endpoint_id = %d", f.prepaid.endpoint)
		less := damage{"endpoint_balance", "debited", -query(s, db.Int, `SELECT debited FROM endpoint_balance WHERE `+owner)[0], owner, nil}
		undo := s.apply(t, less, s.first)
		wants(t, s.check(), []string{fmt.Sprintf("balance of endpoint %d: was debited 0,", f.prepaid.endpoint)})
		undo()
		// The next month is whole again.
		s.advance(31 * 24 * time.Hour)
		f.open.uses(time.Minute, 200_000, 300_000)
		f.open.uses(time.Second, 2, 3)
		s.load(f.plain, 0)
		s.clean()
		day := fmt.Sprintf("endpoint_id = %d AND day > %d", f.plain.endpoint, today+10)
		undo = s.apply(t, damage{"endpoint_day", "volume_tx", 1, day, nil}, s.first)
		wants(t, s.check(), []string{fmt.Sprintf("days: organisation %d, endpoint %d,", s.first, f.plain.endpoint)})
		undo()
		s.clean()
	})
}
