package usage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/session"
)

// part is what the stories say of a record.
type part struct {
	From, Until, Tx, Rx, Cost, LineVolume int64 // times in s after noon
	Operator, RAT                         int64
	Rated                                 bool
}

func parts(rows []row) (list []part) {
	for _, r := range rows {
		list = append(list, part{
			(r.Start - noon) / 1e6, (r.End - noon) / 1e6, r.Tx, r.Rx, r.Cost, r.LineVolume, r.Operator, r.RAT, r.Rated,
		})
	}
	return list
}

func (s *site) same(want, got any) {
	s.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		s.Errorf("want (-), got (+):\n%s", diff)
	}
}

// kb is what so many blocks of 1000 bytes cost at home.
func kb(blocks int64) int64 { return blocks * homeRate / 1000 }

func sessionStory(t *testing.T, s *site) {
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	s.send(d, d.report(Start, 0, 0, 0))
	s.same([]part(nil), parts(s.records(s.first)))
	if got := s.events(s.first); len(got) != 1 || got[0].Type != 3 {
		t.Fatalf("after the start: %+v", got)
	}
	s.send(d, d.report(Interim, 30, 60_000, 60_000)) // too early for a record
	s.send(d, d.report(Interim, 60, 60_001, 60_000)) // due
	s.send(d, d.report(Interim, 600, 99_000, 99_000))
	s.send(d, d.report(Stop, 700, 99_500, 99_100)) // the rest
	s.same([]part{
		{0, 60, 60_001, 60_000, kb(121), 0, 1, 6, true},
		{60, 700, 39_499, 39_100, kb(78), 120_001, 1, 6, true},
	}, parts(s.records(s.first)))
	s.same(map[int64]used{d.sim: {99_500, 99_100, kb(199)}}, s.days(s.first))

	got := s.events(s.first)
	want := []happened{
		{Position: 1, Time: at(0), Type: 3, Severity: event.Info, Description: "PDP context opened."},
		{Position: 4, Time: at(700), Type: 5, Severity: event.Info, Description: "PDP context closed."},
	}
	for i := range want {
		want[i].Endpoint, want[i].SIM, want[i].Operator, want[i].Country, want[i].RAT = d.endpoint, d.sim, 1, 74, 6
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(happened{}, "ID", "Detail")); diff != "" {
		t.Error(diff)
	}
	first := s.records(s.first)[0]
	if first.TariffOf != s.tariff.ID || first.Ratezone != s.tariff.Zones[0].ID || first.Of != network.EUR || first.Month != 202611 ||
		first.Endpoint != d.endpoint || first.Rate != homeRate || first.Block != block {
		t.Errorf("record: %+v", first)
	}
	if c := &s.flow.Counters; c.Reports.Load() != 5 || c.Records.Load() != 2 || c.Events.Load() != 2 || c.Rejects.Load() != 0 {
		t.Errorf("counted %d reports, %d records, %d events, %d rejects", c.Reports.Load(), c.Records.Load(), c.Events.Load(), c.Rejects.Load())
	}
}

// state is all that a report may change.
type state struct {
	Records  []row
	Events   []happened
	Days     map[int64]used
	Sessions []any
}

func (s *site) state(organisation int64) state {
	s.Helper()
	now := state{Records: s.records(organisation), Events: s.events(organisation), Days: s.days(organisation)}
	for _, one := range s.sessions(organisation) {
		now.Sessions = append(now.Sessions, one.Copy())
	}
	return now
}

// unchanged runs what must change nothing at all.
func (s *site) unchanged(what string, organisation int64, do func()) {
	s.Helper()
	before := s.state(organisation)
	do()
	if diff := cmp.Diff(before, s.state(organisation), cmpopts.IgnoreUnexported(session.Session{})); diff != "" {
		s.Fatalf("%s changed (-was +is):\n%s", what, diff)
	}
}

// later is the same packets, sent again so many seconds later.
func later(reports []Report, seconds int64) (again []Report) {
	for _, r := range reports {
		r.Received += seconds * clock.Second
		again = append(again, r)
	}
	return again
}

// The same packets again change nothing: at once, out of order, a day later, after a restart, with the session open or
// closed.
func repeatsStory(t *testing.T, s *site) {
	const day = 24 * 60 * 60
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	var sent []Report
	send := func(r Report) { sent = append(sent, r); s.send(d, r) }
	again := func(when string) {
		t.Helper()
		s.unchanged("repeats "+when, s.first, func() { s.submit(sent...) })
		backwards := slices.Clone(sent)
		slices.Reverse(backwards)
		s.unchanged("repeats backwards "+when, s.first, func() { s.submit(backwards...) })
		s.unchanged("repeats a minute later "+when, s.first, func() { s.submit(later(sent, 60)...) })
	}
	send(d.report(Start, 0, 0, 0))
	again("after the start")
	send(d.report(Interim, 30, 60_000, 60_000)) // enough for a record but too early, as a repeat must be
	again("with a slice that is not due")
	d.plmn = abroad
	send(d.report(Interim, 40, 70_000, 70_000))
	d.rat = 1
	send(d.report(Interim, 50, 70_000, 80_000))
	again("in another zone")
	send(d.report(Interim, 300, 300_000, 300_000))
	s.restart()
	again("after a restart")
	send(d.report(Stop, 400, 300_001, 300_001))
	again("after the stop")
	s.unchanged("a day", s.first, func() { s.advance(day); s.must(s.flow.Sweep(t.Context())) })
	s.unchanged("repeats a day later", s.first, func() { s.submit(later(sent, day)...) })
	s.restart()
	s.unchanged("repeats a day later, to a new process", s.first, func() { s.submit(later(sent, day)...) })
}

// Whatever order the packets of a session come in, and however often, each byte is charged once. Only a gateway that
// tells no times at all may have more records.
func orderStory(t *testing.T, s *site) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 20 {
		d := s.session(s.device(s.first, s.imsi()), fmt.Sprint("s", i), 0)
		d.noClock, d.noSessions = i%2 == 1, i%4 >= 2
		sent := []Report{
			d.report(Start, 0, 0, 0), d.report(Interim, 60, 70_123, 50_000), d.report(Interim, 120, 90_456, 77_777),
			d.report(Interim, 180, 1_000_000, 1_000_000), d.report(Stop, 200, 1_000_001, 1_000_002),
		}
		sent = append(sent, sent[random.IntN(5):]...)
		random.Shuffle(len(sent), func(i, j int) { sent[i], sent[j] = sent[j], sent[i] })
		for len(sent) > 0 {
			n := 1 + random.IntN(len(sent))
			s.send(d, sent[:n]...)
			sent = sent[n:]
		}
		s.same(used{1_000_001, 1_000_002, kb(2001)}, s.days(s.first)[d.sim])
		if got := s.sessions(s.first)[i]; got.Open() {
			t.Errorf("session %d is open", i)
		}
	}
	if got := len(s.events(s.first, 3)); got != 20 {
		t.Errorf("%d sessions were opened", got)
	}
	if got := len(s.events(s.first, 5)); got != 20 {
		t.Errorf("%d sessions were closed", got)
	}
}

func missingStartStory(t *testing.T, s *site) {
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	s.advance(300)
	s.send(d, d.report(Interim, 300, 500_000, 500_000))
	s.same([]part{{0, 300, 500_000, 500_000, kb(1000), 0, 1, 6, true}}, parts(s.records(s.first)))
	opened := s.events(s.first, 3)
	if len(opened) != 1 || opened[0].Time != noon {
		t.Errorf("events: %+v", opened)
	}
	s.send(d, d.report(Start, 0, 0, 0)) // it was only late
	s.send(d, d.report(Stop, 310, 500_001, 500_000))
	s.same([]part{
		{0, 300, 500_000, 500_000, kb(1000), 0, 1, 6, true}, {300, 310, 1, 0, kb(1), 1_000_000, 1, 6, true},
	}, parts(s.records(s.first)))

	only := s.session(d.device, "b", 400) // nothing but the stop comes through
	s.send(only, only.report(Stop, 500, 10, 20))
	s.same(part{400, 500, 10, 20, kb(1), 0, 1, 6, true}, parts(s.records(s.first))[2])
	if got := len(s.events(s.first, 3, 5)); got != 4 {
		t.Errorf("%d events", got)
	}
}

func slicesStory(t *testing.T, s *site) {
	tests := []struct {
		name   string
		change func(*site, *data)
		want   []part // of 1500 bytes before and 1700 bytes after the change
	}{
		{"the zone: each line is rounded by itself", func(_ *site, d *data) { d.plmn = abroad }, []part{
			{0, 60, 1000, 500, kb(2), 0, 1, 6, true}, {60, 120, 900, 800, 7 * kb(2), 0, 3, 6, true},
		}},
		{"the operator inside a zone: the rounding goes on", func(_ *site, d *data) { d.plmn = neighbour }, []part{
			{0, 60, 1000, 500, kb(2), 0, 1, 6, true}, {60, 120, 900, 800, kb(2), 1500, 2, 6, true},
		}},
		{"the RAT: the rounding goes on", func(_ *site, d *data) { d.rat = 8 }, []part{
			{0, 60, 1000, 500, kb(2), 0, 1, 6, true}, {60, 120, 900, 800, kb(2), 1500, 1, 8, true},
		}},
		{"nothing that the gateway says: one slice", func(_ *site, d *data) { d.plmn, d.rat = "", 0 }, []part{
			{0, 120, 1900, 1300, kb(4), 0, 1, 6, true},
		}},
		{"to a network that is not covered: stored, not rated", func(_ *site, d *data) { d.plmn = uncovered }, []part{
			{0, 60, 1000, 500, kb(2), 0, 1, 6, true}, {60, 120, 900, 800, 0, 0, 4, 6, false},
		}},
		{"to a network that nobody knows: stored, not rated", func(_ *site, d *data) { d.plmn = "99999" }, []part{
			{0, 60, 1000, 500, kb(2), 0, 1, 6, true}, {60, 120, 900, 800, 0, 0, 0, 6, false},
		}},
		{"the endpoint", func(s *site, d *data) { d.endpoint = s.endpoint(d.device) }, []part{
			{0, 60, 1000, 500, kb(2), 0, 1, 6, true}, {60, 120, 900, 800, kb(2), 0, 1, 6, true},
		}},
		{"the SIM leaves its endpoint: stored, not rated", func(s *site, d *data) {
			s.exec(s.first, `UPDATE sim SET endpoint_id = 0 WHERE id = $1`, d.sim)
		}, []part{
			{0, 60, 1000, 500, kb(2), 0, 1, 6, true}, {60, 120, 900, 800, 0, 0, 1, 6, false},
		}},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			began := int64(i) * 1000
			seen := len(s.records(s.first))
			d := s.session(s.device(s.first, s.imsi()), fmt.Sprint("s", i), began)
			s.send(d, d.report(Start, began, 0, 0), d.report(Interim, began+60, 1000, 500))
			test.change(s, d)
			s.send(d, d.report(Stop, began+120, 1900, 1300))
			got := parts(s.records(s.first)[seen:])
			for n := range got {
				got[n].From, got[n].Until = got[n].From-began, got[n].Until-began
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A new endpoint takes the rest of a running session; what was used before stays where it was.
func endpointChangeStory(t *testing.T, s *site) {
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	old := d.endpoint
	s.send(d, d.report(Start, 0, 0, 0), d.report(Interim, 60, 100, 0))
	d.endpoint = s.endpoint(d.device)
	s.send(d, d.report(Stop, 120, 300, 0))
	days := map[int64]int64{}
	query(s, func(r *db.Row) int64 { id := r.Int(); days[id] = r.Int(); return 0 }, `SELECT endpoint_id, volume_tx FROM endpoint_day WHERE sim_id = $1`, d.sim)
	s.same(map[int64]int64{old: 100, d.endpoint: 200}, days)
	opened, closed := s.events(s.first, 3)[0], s.events(s.first, 5)[0]
	if opened.Endpoint != old || closed.Endpoint != d.endpoint {
		t.Errorf("opened at %d, closed at %d", opened.Endpoint, closed.Endpoint)
	}
}

// At midnight in the organisation's time zone a new day begins, and at the month's end a new line.
func midnightStory(t *testing.T, s *site) {
	const toMidnight = 15*24*3600 + 11*3600 // from noon of the 15th, UTC, to December in Berlin
	d := s.session(s.device(s.first, s.imsi()), "a", toMidnight-100)
	s.send(d, d.report(Start, toMidnight-100, 0, 0), d.report(Interim, toMidnight-1, 100, 0))
	s.send(d, d.report(Interim, toMidnight, 300, 0), d.report(Stop, toMidnight+10, 600, 0))
	type half struct{ month, tx, cost int64 }
	var got []half
	for _, r := range s.records(s.first) {
		got = append(got, half{r.Month, r.Tx, r.Cost})
	}
	if want := []half{{202611, 100, kb(1)}, {202612, 500, kb(1)}}; !slices.Equal(got, want) {
		t.Errorf("records: %v, want %v", got, want)
	}
	november30 := clock.DayNumber(at(toMidnight)) // UTC is a day behind
	s.same([][2]int64{{november30, 100}, {november30 + 1, 500}}, query(s, func(r *db.Row) [2]int64 { return [2]int64{r.Int(), r.Int()} },
		`SELECT day, volume_tx FROM endpoint_day WHERE sim_id = $1 ORDER BY day`, d.sim))
}
