package doctor

import (
	"testing"

	"github.com/simstead/simstead/internal/db"
)

// An installation that only the flow has written to has nothing wrong with it, as a whole, by organisation and by month.
func TestClean(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		s.live()
		all := s.clean()
		if all.Organisations != 3 || all.Endpoints != 13 || all.Sessions < 14 {
			t.Errorf("%+v", all)
		}
		records := query(s, db.Int, `SELECT COUNT(*) FROM usage_record`)[0]
		if all.Records != records || records < 100 {
			t.Errorf("%d records were checked of %d", all.Records, records)
		}
		for _, page := range []int64{1, 2, 3} {
			if r := s.clean(func(d *Doctor) { d.page = page }); r.Records != records || r.Endpoints != all.Endpoints || r.Sessions != all.Sessions {
				t.Errorf("by %d rows: %+v", page, r)
			}
		}
		first := s.clean(func(d *Doctor) { d.Organisation = s.first })
		second := s.clean(func(d *Doctor) { d.Organisation = s.second })
		if first.Records+second.Records != records || first.Records*second.Records == 0 {
			t.Errorf("%d and %d records of %d", first.Records, second.Records, records)
		}
		november := s.clean(func(d *Doctor) { d.Month = 202511 })
		december := s.clean(func(d *Doctor) { d.Month = 202512 })
		if november.Records+december.Records != records || november.Records*december.Records == 0 {
			t.Errorf("%d and %d records of %d", november.Records, december.Records, records)
		}
	})
}

// query reads rows.
func query[T any](s *site, scan func(*db.Row) T, statement string, args ...any) (rows []T) {
	s.Helper()
	s.must(s.db.Read(s.Context(), func(q db.Queryer) (err error) {
		rows, err = db.All(q, scan, statement, args...)
		return err
	}))
	return rows
}
