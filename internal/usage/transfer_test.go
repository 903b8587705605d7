package usage

import (
	"testing"
)

// transferStory: a SIM moves in mid-session. What was used so far is the old organisation's, the rest the new one's, and
// old packets charge nobody again.
func transferStory(t *testing.T, s *site) {
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	done := s.session(d.device, "b", 0)
	old := []Report{d.report(Start, 0, 0, 0), d.report(Interim, 60, 1500, 500)}
	s.send(d, old...)
	closed := []Report{done.report(Start, 0, 0, 0), done.report(Stop, 30, 700, 0)}
	s.send(done, closed...)

	s.advance(100)
	s.transfer(&d.device, s.second)
	s.same([]part{{0, 30, 700, 0, kb(1), 0, 1, 6, true}, {0, 100, 1500, 500, kb(2), 0, 1, 6, true}}, parts(s.records(s.first)))
	if got := s.events(s.first, 3, 5); len(got) != 4 || got[3].Type != 5 || got[3].Time != at(100) {
		t.Fatalf("events of the old owner: %+v", got)
	}
	volume := decoded(t, s.events(s.first, 5)[1].Detail)["volume"]
	s.same(map[string]any{"total": 0.002, "tx": 0.0015, "rx": 0.0005}, volume)

	repeats := append(later(old, 100), later(closed, 100)...)
	for _, organisation := range []int64{s.first, s.second} {
		s.unchanged("repeats", organisation, func() { s.submit(repeats...) })
	}
	s.restart()
	if got := s.events(s.second, 3, 5); len(got) != 0 {
		t.Fatalf("events of the new owner before anything came: %+v", got)
	}

	s.send(d, d.report(Interim, 160, 1600, 500))
	s.send(done, done.report(Interim, 29, 710, 0)) // overtaken by its stop, and now the new owner's
	s.send(d, d.report(Stop, 200, 1900, 600))
	s.same([]part{{30, 30, 10, 0, kb(1), 0, 1, 6, true}, {100, 200, 400, 100, kb(1), 0, 1, 6, true}}, parts(s.records(s.second)))
	if got := len(s.records(s.first)); got != 2 {
		t.Errorf("the old owner has %d records", got)
	}
	events := s.events(s.second, 3, 5)
	if len(events) != 2 || events[0].Type != 3 || events[1].Type != 5 || events[1].Endpoint != d.endpoint {
		t.Fatalf("events of the new owner: %+v", events)
	}
	s.same(map[string]any{"total": 0.0005, "tx": 0.0004, "rx": 0.0001}, decoded(t, events[1].Detail)["volume"])
	for _, organisation := range []int64{s.first, s.second} {
		s.unchanged("repeats", organisation, func() { s.submit(append(repeats, d.report(Stop, 200, 1900, 600))...) })
	}
}

// handToHandStory: a SIM that goes back and forth takes its sessions along once, not every row that they left behind.
func handToHandStory(t *testing.T, s *site) {
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	done := s.session(d.device, "b", 0)
	all := []Report{d.report(Start, 0, 0, 0), done.report(Start, 0, 0, 0), done.report(Stop, 30, 700, 0)}
	s.counted(done, 700, 0)
	s.batch(all...)
	const moves = 10
	for i := range int64(moves) {
		to := []int64{s.second, s.first}[i%2]
		r := d.report(Interim, 60*(i+1), 100*(i+1), 0)
		s.send(d, r)
		all = append(all, r)
		s.transfer(&d.device, to)
		for _, organisation := range []int64{s.first, s.second} {
			s.unchanged("repeats", organisation, func() { s.submit(later(all, 5)...) })
		}
	}
	r := d.report(Stop, 1000, 5000, 0)
	s.send(d, r)
	s.send(done, done.report(Interim, 29, 701, 0))
	for _, organisation := range []int64{s.first, s.second} {
		s.unchanged("repeats", organisation, func() { s.submit(append(later(all, 5), r)...) })
		if got := len(s.sessions(organisation)); got > moves+2 {
			t.Errorf("%d sessions are kept", got)
		}
		if opened, closed := len(s.events(organisation, 3)), len(s.events(organisation, 5)); opened != closed {
			t.Errorf("%d sessions were opened and %d closed", opened, closed)
		}
	}
}

// passedOnStory: an organisation that never heard of a session that its SIM brought along has no events of it.
func passedOnStory(t *testing.T, s *site) {
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	s.send(d, d.report(Start, 0, 10, 10))
	s.transfer(&d.device, s.second)
	s.advance(30 * 3600)
	s.must(s.flow.Sweep(s.context()))
	if got := s.events(s.second, 3, 5); len(got) != 0 {
		t.Errorf("events: %+v", got)
	}
	for _, one := range s.sessions(s.second) {
		if one.Open() {
			t.Error("the session is open")
		}
	}
	s.send(d, d.report(Interim, 30*3600, 15, 10))
	if got := s.records(s.second); len(got) != 1 || got[0].Tx != 5 {
		t.Errorf("records: %+v", got)
	}
}

// namesakeStory: another SIM's session of the same name may wait in the organisation that a SIM moves to.
func namesakeStory(_ *testing.T, s *site) {
	d, other := s.session(s.device(s.first, s.imsi()), "a", 0), s.session(s.device(s.second, s.imsi()), "a", 0)
	s.send(d, d.report(Start, 0, 0, 0), d.report(Interim, 60, 1000, 0))
	s.send(other, other.report(Start, 0, 0, 0), other.report(Interim, 60, 300, 0))
	s.transfer(&d.device, s.second)
	s.send(d, d.report(Interim, 70, 1100, 0))
	s.send(other, other.report(Stop, 80, 500, 0))
	s.send(d, d.report(Stop, 90, 1200, 0))
	s.same(map[int64]used{d.sim: {200, 0, kb(1)}, other.sim: {500, 0, kb(1)}}, s.days(s.second))
}

// staleRouteStory: a SIM moved on another node, and this one learns of it only under the lock, in a batch that holds the
// new owner's head for other reasons.
func staleRouteStory(t *testing.T, s *site) {
	d, other := s.session(s.device(s.first, s.imsi()), "a", 0), s.session(s.device(s.second, s.imsi()), "b", 0)
	s.send(d, d.report(Start, 0, 0, 0), d.report(Interim, 60, 1000, 0))
	remembered := s.flow.subscribers.get(d.imsi)
	s.transfer(&d.device, s.second)
	s.flow.subscribers.mu.Lock()
	s.flow.subscribers.byIMSI[d.imsi] = remembered
	s.flow.subscribers.versions[s.first] = remembered.version
	s.flow.subscribers.mu.Unlock()
	s.counted(d, 1100, 0)
	s.counted(other, 5, 0)
	s.batch(other.report(Start, 100, 0, 0), d.report(Interim, 100, 1100, 0), other.report(Interim, 110, 5, 0))
	s.same(map[int64]used{d.sim: {100, 0, kb(1)}, other.sim: {5, 0, kb(1)}}, s.days(s.second))
	if got := s.flow.subscribers.get(d.imsi); got.organisation != s.second {
		t.Errorf("the route still leads to organisation %d", got.organisation)
	}
}
