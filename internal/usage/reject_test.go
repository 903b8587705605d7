package usage

import (
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rating"
)

// rejects lists what waits of an IMSI.
func (s *site) rejects(imsi string) (list []Reject) {
	s.Helper()
	s.must(s.db.Read(s.context(), func(q db.Queryer) (err error) { list, err = waiting(q, imsi, 0, 1000); return err }))
	return list
}

func (s *site) replay(imsi string, want int) {
	s.Helper()
	n, err := s.flow.Replay(s.context(), imsi)
	if err != nil || n != want {
		s.Fatalf("replayed %d, %v, want %d", n, err, want)
	}
}

// batch puts reports through the flow in one batch and waits for the answers.
func (s *site) batch(reports ...Report) {
	s.Helper()
	items, errs := make([]item, len(reports)), make(chan error, 2*len(reports))
	for i, r := range reports {
		items[i] = item{Report: r, done: func(err error) { errs <- err }}
	}
	s.flow.process(s.context(), items)
	for range reports {
		s.must(<-errs)
	}
}

// counted is what reports add to what the audit expects, once they are taken.
func (s *site) counted(d *data, up, down int64) { s.total[d.imsi+" "+d.name] = [2]int64{up, down} }

// unknownStory: reports of nobody's IMSI wait until somebody has it.
func unknownStory(t *testing.T, s *site) {
	imsi := s.imsi()
	d := s.session(device{imsi: imsi}, "a", 0)
	sent := []Report{d.report(Start, 0, 0, 0), d.report(Interim, 60, 200_000, 0), d.report(Stop, 90, 250_000, 7)}
	other := s.session(s.device(s.first, s.imsi()), "b", 0)
	s.counted(other, 5, 5)
	s.batch(sent[0], other.report(Stop, 5, 5, 5), sent[1], sent[2], sent[1])
	s.batch(later(sent, 30)...) // the same ones are kept once
	if got := s.rejects(imsi); len(got) != 3 || got[0].IMSI != imsi || got[0].NAS != d.nas || !strings.Contains(got[0].Reason, "no SIM") {
		t.Fatalf("rejects: %+v", got)
	}
	if got := s.flow.Counters.UnknownIMSI.Load(); got != 7 {
		t.Errorf("%d reports of unknown IMSIs", got)
	}
	s.replay(imsi, 0)
	if got := s.rejects(imsi); len(got) != 3 {
		t.Fatalf("after a replay in vain: %+v", got)
	}

	s.advance(1000)
	d.device = s.device(s.first, imsi)
	s.replay(s.imsi(), 0) // another's
	s.replay(imsi, 3)
	s.counted(d, 250_000, 7)
	s.same([]part{{0, 60, 200_000, 0, kb(200), 0, 1, 6, true}, {60, 90, 50_000, 7, kb(51), 200_000, 1, 6, true}},
		parts(s.records(s.first)[1:]))
	if got := s.rejects(imsi); len(got) != 0 {
		t.Errorf("still waiting: %+v", got)
	}
	s.unchanged("a second replay", s.first, func() { s.replay("", 0) })
	s.unchanged("repeats of what was replayed", s.first, func() { s.submit(sent...) })
}

// poisonStory: what no record can hold goes aside and holds up nothing else, not even of its own session.
func poisonStory(t *testing.T, s *site) {
	abroadZone := s.tariff.Zones[1].ID
	reprice := func(rate int64) {
		s.exec(s.operator, `UPDATE ratezone_rate SET rate = $1 WHERE tariff_id = $2 AND ratezone_id = $3`, rate, s.tariff.ID, abroadZone)
		s.exec(s.operator, `UPDATE catalogue SET version = version + 1 WHERE id = 1`)
	}
	reprice(rating.MaxCost)
	good, huge := s.session(s.device(s.first, s.imsi()), "good", 0), s.session(s.device(s.first, s.imsi()), "huge", 0)
	costly := s.session(s.device(s.second, s.imsi()), "costly", 0)
	costly.plmn = abroad
	s.batch(
		huge.report(Start, 0, rating.MaxVolume+1, 0), // opens nothing
		good.report(Start, 0, 0, 0), costly.report(Start, 0, 0, 0),
		huge.report(Interim, 60, -1, 0), good.report(Interim, 60, 1000, 0), costly.report(Interim, 60, 2_000_000, 0),
		huge.report(Start, 0, 0, 0), good.report(Stop, 90, 2000, 0), costly.report(Interim, 90, 1_000_000, 0),
	)
	s.counted(good, 2000, 0)
	s.counted(costly, 1_000_000, 0)
	s.audit()
	for imsi, want := range map[string]int{huge.imsi: 2, good.imsi: 0, costly.imsi: 1} {
		if got := s.rejects(imsi); len(got) != want || want > 0 && !strings.Contains(got[0].Reason, rating.ErrRange.Error()) {
			t.Errorf("rejects: %+v, want %d", got, want)
		}
	}
	if got := len(s.events(s.first, 3)); got != 2 {
		t.Errorf("%d sessions were opened", got)
	}
	s.batch(huge.report(Stop, 120, 10, 0))
	s.counted(huge, 10, 0)
	s.replay(huge.imsi, 1) // the negative one was overtaken, the other is still too large
	s.replay(costly.imsi, 0)
	reprice(abroadRate)
	s.replay(costly.imsi, 1)
	s.counted(costly, 2_000_000, 0)
}

// failingStory: what the database refuses is found by halves, whatever stands beside it.
func failingStory(t *testing.T, s *site) {
	bad := s.session(s.device(s.first, s.imsi()), "bad", 0)
	var reports []Report
	for i := range 9 {
		d := s.session(s.device([]int64{s.first, s.second}[i%2], s.imsi()), "good", 0)
		reports = append(reports, d.report(Stop, 10, int64(i+1), 1))
		s.counted(d, int64(i+1), 1)
	}
	reports = append(reports[:4], append([]Report{bad.report(Start, 0, 5, 5)}, reports[4:]...)...)

	trigger := `CREATE TRIGGER poison BEFORE INSERT ON session WHEN NEW.acct_session_id = 'bad' BEGIN SELECT RAISE(ABORT, 'poison'); END`
	drop := `DROP TRIGGER poison`
	if s.db.Dialect() == "postgres" {
		s.exec0(`CREATE FUNCTION poison() RETURNS trigger AS $body$ BEGIN RAISE EXCEPTION 'poison'; END $body$ LANGUAGE plpgsql`)
		trigger = `CREATE TRIGGER poison BEFORE INSERT ON session FOR EACH ROW WHEN (NEW.acct_session_id = 'bad') EXECUTE FUNCTION poison()`
		drop += ` ON session`
	}
	s.exec0(trigger)
	s.batch(reports...)
	s.exec0(drop)
	if got := s.rejects(bad.imsi); len(got) != 1 || !strings.Contains(got[0].Reason, "poison") {
		t.Fatalf("rejects: %+v", got)
	}
	s.audit()
	s.replay(bad.imsi, 1)
	s.counted(bad, 5, 5)
}

// brokenStory: when nothing can be stored, reports are answered with the error, so that their gateways send them again.
func brokenStory(t *testing.T, s *site) {
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	unknown := s.session(device{imsi: s.imsi()}, "b", 0)
	s.exec0(`ALTER TABLE usage_reject RENAME TO usage_reject_away`)
	s.exec0(`ALTER TABLE endpoint_day RENAME TO endpoint_day_away`)
	errs := s.submit(d.report(Start, 0, 1, 1), unknown.report(Start, 0, 1, 1))
	s.exec0(`ALTER TABLE endpoint_day_away RENAME TO endpoint_day`)
	s.exec0(`ALTER TABLE usage_reject_away RENAME TO usage_reject`)
	if errs[0] == nil || errs[1] == nil {
		t.Fatalf("answered with %v", errs)
	}
	if got := s.records(s.first); len(got) != 0 {
		t.Errorf("records: %+v", got)
	}
	s.send(d, d.report(Start, 0, 1, 1))
}
