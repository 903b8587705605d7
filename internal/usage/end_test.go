package usage

import (
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// restartStory: a gateway that lost its sessions ends them; what comes late still counts, and old names may come again.
func restartStory(t *testing.T, s *site) {
	lost, other := s.session(s.device(s.first, s.imsi()), "a", 0), s.session(s.device(s.second, s.imsi()), "b", 0)
	elsewhere := s.session(s.device(s.first, s.imsi()), "c", 0)
	elsewhere.nas += "-other"
	early := []Report{lost.report(Start, 0, 0, 0), lost.report(Interim, 60, 1000, 2000)}
	s.send(lost, early...)
	s.send(other, other.report(Start, 0, 0, 0))
	s.send(elsewhere, elsewhere.report(Start, 0, 0, 0), elsewhere.report(Interim, 60, 7, 7))

	s.advance(200)
	s.must(s.flow.Restarted(s.context(), lost.nas, at(200)))
	s.must(s.flow.closeRestarted(s.context(), lost.nas, at(200))) // returns when all are closed, whoever did it
	s.same([]part{{0, 60, 1000, 2000, kb(3), 0, 1, 6, true}}, parts(s.records(s.first)))
	if a, b := s.events(s.first, 5), s.events(s.second, 5); len(a) != 1 || a[0].SIM != lost.sim || a[0].Time != at(60) || len(b) != 1 {
		t.Fatalf("closed: %+v and %+v", a, b)
	}
	s.unchanged("a restart that is told again", s.first, func() {
		s.must(s.flow.Restarted(s.context(), lost.nas, at(200)))
		s.must(s.flow.Sweep(s.context()))
	})
	s.unchanged("repeats", s.first, func() { s.submit(later(early, 150)...) })

	again := s.session(lost.device, "a", 210) // the same name, another session
	s.send(again, again.report(Start, 210, 0, 0))
	s.restart()
	s.send(lost, later([]Report{lost.report(Interim, 190, 1500, 2000)}, 30)...) // late: the old session's
	s.send(again, again.report(Interim, 270, 10, 20), again.report(Stop, 300, 900, 20))
	s.unchanged("repeats of the old session", s.first, func() { s.submit(later(early, 300)...) })
	s.same([]part{
		{0, 60, 1000, 2000, kb(3), 0, 1, 6, true},
		{60, 190, 500, 0, kb(1), 3000, 1, 6, true},
		{210, 300, 900, 20, kb(1), 0, 1, 6, true},
	}, parts(s.records(s.first)))

	s.must(s.flow.Restarted(s.context(), lost.nas, at(100))) // an older restart, told late, ends nothing
	s.send(again, again.report(Start, 210, 0, 0))
	if got := len(s.sessions(s.first)); got != 3 {
		t.Errorf("%d sessions", got)
	}
	for _, one := range s.sessions(s.first) {
		if one.Open() != (one.SIM == elsewhere.sim) {
			t.Errorf("session %s of generation %d is open: %t", one.SessionID, one.Generation, one.Open())
		}
	}
}

// sweepStory: what falls silent is closed, what is closed is forgotten in time, and what was forgotten is not opened anew.
func sweepStory(t *testing.T, s *site) {
	const hour, day = 3600, 24 * 3600
	silent, ended := s.session(s.device(s.first, s.imsi()), "a", 0), s.session(s.device(s.first, s.imsi()), "b", 0)
	s.send(silent, silent.report(Start, 0, 0, 0), silent.report(Interim, 1800, 300, 0))
	s.send(ended, ended.report(Start, 0, 0, 0), ended.report(Stop, 60, 40, 2))
	s.unchanged("a sweep of what is not silent for long", s.first, func() {
		s.advance(25 * hour)
		s.must(s.flow.Sweep(s.context()))
	})
	s.advance(26*hour + 1) // sessions are looked at by the hour
	s.must(s.flow.Sweep(s.context()))
	s.same([]part{{0, 60, 40, 2, kb(1), 0, 1, 6, true}, {0, 1800, 300, 0, kb(1), 0, 1, 6, true}}, parts(s.records(s.first)))
	if closed := s.events(s.first, 5); len(closed) != 2 || closed[1].SIM != silent.sim || closed[1].Time != at(1800) {
		t.Fatalf("closed: %+v", closed)
	}
	s.unchanged("a second sweep", s.first, func() { s.must(s.flow.Sweep(s.context())) })

	s.send(silent, silent.report(Interim, 27*hour, 500, 0)) // it was alive: the bytes count, the session stays closed
	s.same(part{1800, 27 * hour, 200, 0, 0, 300, 1, 6, true}, parts(s.records(s.first))[2])

	s.advance(7*day + 2*hour)
	s.must(s.flow.Sweep(s.context()))
	if got := s.sessions(s.first); len(got) != 1 || got[0].SIM != silent.sim {
		t.Fatalf("after a week: %d sessions", len(got))
	}
	s.unchanged("a repeat within the week", s.first, func() { s.submit(silent.report(Interim, 27*hour, 500, 0)) })
	s.advance(9 * day)
	s.must(s.flow.Sweep(s.context()))
	if got := s.sessions(s.first); len(got) != 0 {
		t.Fatalf("after nine days: %d sessions", len(got))
	}
	before := len(s.records(s.first))
	s.submit(silent.report(Interim, 9*day+60, 600, 0))
	if got := s.rejects(silent.imsi); len(got) != 1 || !strings.Contains(got[0].Reason, "not known") {
		t.Errorf("a session of nine days that nobody knows: %+v", got)
	}
	if got := len(s.records(s.first)); got != before {
		t.Errorf("it was recorded")
	}
}

// forgottenStory: generations are not counted but continued, since the oldest are forgotten first.
func forgottenStory(t *testing.T, s *site) {
	const day = 24 * 3600
	dev := s.device(s.first, s.imsi())
	var all []*data
	for i, began := range []int64{0, 6 * day, 8 * day} {
		d := s.session(dev, "a", began)
		d.charging = int64(i)
		all = append(all, d)
	}
	s.send(all[0], all[0].report(Stop, 60, 1000, 0))
	s.send(all[1], all[1].report(Stop, 6*day+60, 2000, 0))
	s.advance(7*day + 7200)
	s.must(s.flow.Sweep(s.context()))
	s.send(all[2], all[2].report(Start, 8*day, 0, 0))
	s.send(all[2], all[2].report(Interim, 8*day+10, 500, 0))
	s.unchanged("a repeat of the second", s.first, func() { s.submit(all[1].report(Stop, 6*day+60, 2000, 0)) })
	generations := query(s, db.Int, `SELECT generation FROM session WHERE organisation_id = $1 ORDER BY generation`, s.first)
	s.same([]int64{2, 3}, generations)
}

// forgottenAnswersStory: answers are kept for an hour or two, policy sessions for a week after their end or a month of silence.
func forgottenAnswersStory(t *testing.T, s *site) {
	const hour, day = 3600, 24 * 3600
	o := s.online(s.device(s.first, s.imsi()), "a")
	one := o.request(Event, 0, 1000)
	o.ask(one)
	policy := func(id string, kind RequestType, number int64) {
		p := Policy{Report: o.request(kind, 0, 0).Report, Type: kind, Number: number}
		p.SessionID = id
		got := make(chan PolicyAnswer, 1)
		if !s.flow.Policy(p, func(a PolicyAnswer) { got <- a }) {
			t.Fatal("the queue is full")
		}
		<-got
	}
	policy("ended", Initial, 0)
	policy("ended", Terminate, 1)
	policy("silent", Initial, 0)
	after := func(seconds, answers int64, policies ...string) {
		t.Helper()
		s.advance(seconds)
		s.must(s.flow.Sweep(s.context()))
		s.same([]int64{answers}, query(s, db.Int, `SELECT count(*) FROM credit_event WHERE organisation_id = $1`, s.first))
		s.same(policies, query(s, db.Text, `SELECT session_id FROM policy_session WHERE organisation_id = $1 ORDER BY 1`, s.first))
	}
	after(hour, 1, "ended", "silent")
	s.unchanged("a repeat", s.first, func() { o.again(one) })
	after(3*hour, 0, "ended", "silent")
	after(7*day-hour, 0, "ended", "silent")
	after(7*day+hour, 0, "silent")
	after(30*day-hour, 0, "silent")
	after(30*day+hour, 0)
}

// processStory: a new process takes over between any two steps and nothing changes.
func processStory(t *testing.T, s *site) {
	steps := func(d *data) [][]Report {
		other := *d
		other.plmn = abroad
		return [][]Report{
			{d.report(Start, d.began, 0, 0)},
			{d.report(Interim, d.began+60, 150_000, 0)},
			{d.report(Interim, d.began+60, 150_000, 0)},
			{other.report(Interim, d.began+90, 160_000, 5)},
			{d.report(Interim, d.began+60, 150_000, 0), d.report(Interim, d.began+100, 160_001, 5)},
			{d.report(Stop, d.began+120, 160_500, 6)},
			{d.report(Start, d.began, 0, 0), d.report(Stop, d.began+120, 160_500, 6)},
		}
	}
	run := func(began int64, between func()) (list []part) {
		seen := len(s.records(s.first))
		d := s.session(s.device(s.first, s.imsi()), "a", began)
		for _, step := range steps(d) {
			s.send(d, step...)
			between()
		}
		for _, p := range parts(s.records(s.first)[seen:]) {
			p.From, p.Until = p.From-began, p.Until-began
			list = append(list, p)
		}
		return list
	}
	want := run(0, func() {})
	s.same(want, run(1000, s.restart))
	s.same(want, run(2000, func() { s.restart(); s.restart() }))
	if len(want) != 3 {
		t.Errorf("%d records: %+v", len(want), want)
	}
	if at := s.clock.Clock().Micros(); at != noon+2120*clock.Second {
		t.Errorf("the clock is at %d", at)
	}
}
