package usage

import (
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/session"
)

// noon is when the stories of this package's tests begin, µs.
const noon = 1_794_744_000 * clock.Second // 2026-11-15 12:00:00 UTC

// at is so many seconds after noon.
func at(seconds int64) int64 { return noon + seconds*clock.Second }

// known is a session of SIM 1 that began so many seconds after noon, was last reported at seen and closed at closed
// (0 = open), of a gateway whose clock is right.
func known(generation, began, seen, closed int64) *session.Session {
	s := &session.Session{
		Generation: generation, SIM: 1, ChargingID: -1, Opened: at(began), Started: at(began), Seen: at(seen), EventTime: at(seen), Began: at(began),
		Time: seen - began, Uplink: 1000, Downlink: 2000,
	}
	if closed > 0 {
		s.Closed = at(closed)
	}
	return s
}

// told is a report that was sent so many seconds after noon, elapsed seconds into its session (-1 = not told).
func told(kind Kind, sent, elapsed int64) Report {
	return Report{Kind: kind, ChargingID: -1, Time: elapsed, EventTime: at(sent), Received: at(sent), Uplink: 3000, Downlink: 4000}
}

func TestMatch(t *testing.T) {
	with := func(s *session.Session, change func(*session.Session)) *session.Session { change(s); return s }
	sent := func(r Report, change func(*Report)) Report { change(&r); return r }
	charged := func(s *session.Session, id int64) *session.Session {
		return with(s, func(s *session.Session) { s.ChargingID = id })
	}
	clockless := func(s *session.Session) *session.Session {
		return with(s, func(s *session.Session) { s.EventTime, s.Time, s.Began = 0, 0, 0 })
	}
	bare := func(r Report) Report { return sent(r, func(r *Report) { r.EventTime, r.Time = 0, -1 }) }
	late := func(r Report, seconds int64) Report {
		return sent(r, func(r *Report) { r.Received += seconds * clock.Second })
	}
	const day = 24 * 60 * 60
	tests := []struct {
		name      string
		known     []*session.Session
		report    Report
		restarted int64 // s after noon, 0 = never
		want      int64 // generation, 0 = a new session
	}{
		{"nothing is known", nil, told(Start, 0, -1), 0, 0},
		{"an interim of an open session", []*session.Session{known(1, 0, 300, 0)}, told(Interim, 600, 600), 0, 1},
		{"the start again", []*session.Session{known(1, 0, 300, 0)}, late(told(Start, 0, -1), 301), 0, 1},
		{"the start again, after the stop", []*session.Session{known(1, 0, 300, 300)}, late(told(Start, 0, -1), 400), 0, 1},
		{"the start again, a day later", []*session.Session{known(1, 0, 300, 300)}, late(told(Start, 0, -1), day), 0, 1},
		{
			"the start again, after the stop, of a gateway without a clock",
			[]*session.Session{clockless(known(1, 0, 300, 300))},
			bare(told(Start, 400, -1)), 0, 1,
		},
		{"a start later than the stop", []*session.Session{known(1, 0, 300, 300)}, told(Start, 301, -1), 0, 0},
		{"a start later than all that is known, before the stop", []*session.Session{known(1, 0, 300, 0)}, told(Start, 301, -1), 0, 0},
		{
			"the stop that such a start has overtaken",
			[]*session.Session{known(1, 0, 300, 0), known(2, 400, 400, 0)},
			late(told(Stop, 390, 390), 20), 0, 1,
		},
		{
			"such a start again, after that stop",
			[]*session.Session{known(1, 0, 390, 390), known(2, 400, 400, 0)},
			late(told(Start, 400, -1), day), 0, 2,
		},
		{"an interim after the stop", []*session.Session{known(1, 0, 300, 300)}, told(Interim, 301, 301), 0, 1},
		{"the start of a session whose stop was stamped later", []*session.Session{known(1, 0, 300, 300)}, told(Start, 299, -1), 0, 1},

		{
			"a new charging id",
			[]*session.Session{charged(known(1, 0, 300, 0), 7)},
			sent(told(Start, 200, -1), func(r *Report) { r.ChargingID = 8 }), 0, 0,
		},
		{
			"the old charging id, after a new one",
			[]*session.Session{charged(known(1, 0, 300, 0), 7), charged(known(2, 400, 500, 0), 8)},
			sent(told(Interim, 600, 600), func(r *Report) { r.ChargingID = 7 }), 0, 1,
		},
		{"no charging id in the report", []*session.Session{charged(known(1, 0, 300, 0), 7)}, told(Interim, 600, 600), 0, 1},
		{
			"no charging id in the session",
			[]*session.Session{known(1, 0, 300, 0)},
			sent(told(Interim, 600, 600), func(r *Report) { r.ChargingID = 7 }), 0, 1,
		},
		{
			"charging id 0 is one",
			[]*session.Session{charged(known(1, 0, 300, 0), 0)},
			sent(told(Start, 600, -1), func(r *Report) { r.ChargingID = 1 }), 0, 0,
		},

		{"the same name after a restart", []*session.Session{known(1, 0, 300, 0)}, told(Start, 402, -1), 400, 0},
		{"an interim of a new session after a restart", []*session.Session{known(1, 0, 300, 0)}, told(Interim, 500, 60), 400, 0},
		{"after a restart, of a gateway without a clock", []*session.Session{clockless(known(1, 0, 300, 0))}, bare(told(Start, 402, -1)), 400, 0},
		{"a late interim of the old session after a restart", []*session.Session{known(1, 0, 300, 0)}, late(told(Interim, 390, 390), 20), 400, 1},
		{"the start again, after a restart", []*session.Session{known(1, 0, 300, 0)}, late(told(Start, 0, -1), 402), 400, 1},
		{"a repeated interim, a day after a restart", []*session.Session{known(1, 0, 300, 0)}, late(told(Interim, 200, 200), day), 400, 1},
		{
			"a late interim of the old session beside the new one",
			[]*session.Session{known(1, 0, 300, 300), known(2, 402, 402, 0)},
			late(told(Interim, 390, 390), 20), 400, 1,
		},
		{
			"the same without a clock, by its session time",
			[]*session.Session{clockless(known(1, 0, 300, 300)), clockless(known(2, 402, 402, 0))},
			sent(told(Interim, 410, 390), func(r *Report) { r.EventTime = 0 }), 400, 1,
		},
		{
			"a repeat of the old session beside the new one, a day later",
			[]*session.Session{known(1, 0, 300, 300), known(2, 402, 702, 702)},
			late(told(Interim, 200, 200), day), 400, 1,
		},
		{
			"the old stop beside the new session",
			[]*session.Session{known(1, 0, 300, 300), known(2, 402, 702, 0)},
			late(told(Stop, 395, 395), 400), 400, 1,
		},
		{
			"a last interim of the old session, hours after a restart",
			[]*session.Session{known(1, 0, 300, 0)},
			late(told(Interim, 390, 390), 7200), 400, 1,
		},
		{"a report delayed for hours began a session, its next came at once", []*session.Session{
			known(1, 0, 300, 300), with(known(2, 402, 4300, 0), func(s *session.Session) { s.Started = at(4202) }),
		}, late(told(Interim, 602, 200), 4000), 400, 2},
		{
			"an interim of the new session beside the old one",
			[]*session.Session{known(1, 0, 300, 300), known(2, 402, 702, 0)},
			told(Interim, 1002, 600), 400, 2,
		},
		{"a second restart", []*session.Session{known(1, 0, 300, 300), known(2, 402, 702, 0)}, told(Start, 801, -1), 800, 0},

		{
			"session time fell while the clock went on: the stop got lost",
			[]*session.Session{known(1, 0, 300, 0)},
			sent(told(Interim, 600, 60), func(r *Report) { r.Uplink, r.Downlink = 10, 20 }), 0, 0,
		},
		{"the same, with counters above the old ones", []*session.Session{known(1, 0, 300, 0)}, told(Interim, 600, 60), 0, 0},
		{"the same, after the stop", []*session.Session{known(1, 0, 300, 300)}, told(Interim, 600, 60), 0, 0},
		{
			"counters fell alone",
			[]*session.Session{known(1, 0, 300, 0)},
			sent(told(Interim, 600, 600), func(r *Report) { r.Uplink, r.Downlink = 10, 20 }), 0, 1,
		},
		{"an interim overtaken by a newer one", []*session.Session{known(1, 0, 300, 0)}, late(told(Interim, 200, 200), 110), 0, 1},
		{
			"a repeat that the gateway stamped with its delay",
			[]*session.Session{known(1, 0, 300, 0)},
			sent(told(Start, 0, -1), func(r *Report) { r.EventTime -= 30 * clock.Second }), 0, 1,
		},

		{
			"another SIM under the same name",
			[]*session.Session{with(known(1, 0, 300, 0), func(s *session.Session) { s.SIM = 2 })},
			told(Interim, 600, 600), 0, 0,
		},
		{
			"between two SIMs",
			[]*session.Session{known(1, 0, 300, 0), with(known(2, 100, 300, 0), func(s *session.Session) { s.SIM = 2 })},
			told(Interim, 600, 600), 0, 1,
		},
		{"a gateway whose clock is an hour behind", []*session.Session{
			with(known(1, 0, 300, 0), func(s *session.Session) { s.EventTime, s.Began = s.EventTime-clock.Hour, s.Began-clock.Hour }),
		}, sent(told(Interim, 600, 600), func(r *Report) { r.EventTime -= clock.Hour }), 0, 1},
		{"the newer of two, by a clock that is an hour behind", []*session.Session{
			with(known(1, 0, 300, 300), func(s *session.Session) { s.EventTime, s.Began = s.EventTime-clock.Hour, s.Began-clock.Hour }),
			with(known(2, 400, 700, 0), func(s *session.Session) { s.EventTime, s.Began = s.EventTime-clock.Hour, s.Began-clock.Hour }),
		}, sent(told(Interim, 1000, 600), func(r *Report) { r.EventTime -= clock.Hour }), 0, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			restarted := int64(0)
			if test.restarted > 0 {
				restarted = at(test.restarted)
			}
			got := int64(0)
			if s := match(test.known, 1, test.report, restarted); s != nil {
				got = s.Generation
			}
			if got != test.want {
				t.Errorf("got generation %d, want %d", got, test.want)
			}
		})
	}
}

func TestBeginning(t *testing.T) {
	const minute = 60
	began := func(began, seen, elapsed int64) *session.Session {
		s := known(1, began, seen, 0)
		s.Time = elapsed
		return s
	}
	bare := told(Interim, 700, -1)
	bare.EventTime = 0
	tests := []struct {
		name    string
		session *session.Session
		report  Report
		want    int64 // s after noon
	}{
		{"the first", &session.Session{}, told(Start, 300, -1), 300},
		{"the first, in mid-session", &session.Session{}, told(Interim, 600, 300), 300},
		{"the first, without its session time", &session.Session{}, told(Interim, 600, -1), 600},
		{"no clock", began(300, 600, 300), bare, 300},
		{"the next", began(300, 600, 300), told(Interim, 900, 600), 300},
		{"the next, by a second off", began(300, 600, 300), told(Interim, 900, 601), 299},
		{"the next, by a second off to the other side", began(300, 600, 300), told(Interim, 900, 599), 300},
		{"the next, without its session time", began(300, 600, 300), told(Interim, 900, -1), 300},
		{"the start, told last", began(7200, 7200, 0), told(Start, 300, -1), 300},
		{"the first session time", began(7200, 7200, 0), told(Interim, 7500, 7200), 300},
		{"an older one does not count against a session time", began(90*minute, 91*minute, minute), told(Start, minute, -1), 90 * minute},
		{"the clock was set after the start", began(0, 0, 0), told(Interim, 100*minute, 5*minute), 95 * minute},
		{"and the start again", began(95*minute, 100*minute, 5*minute), told(Start, 0, -1), 95 * minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := beginning(test.session, test.report); got != at(test.want) {
				t.Errorf("got %d, want %d", got, at(test.want))
			}
		})
	}
}

func TestAt(t *testing.T) {
	tests := []struct {
		name              string
		stamped, received int64
		want              int64
	}{
		{"no clock", 0, noon, noon},
		{"the gateway's clock", at(-5), noon, at(-5)},
		{"a little ahead", at(5), noon, at(5)},
		{"just near enough", at(-899), noon, at(-899)},
		{"too far behind", at(-900), noon, noon},
		{"too far ahead", at(900), noon, noon},
		{"never set", 1, noon, noon},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := (Report{EventTime: test.stamped, Received: test.received}).at(); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestRepeatsKnown(t *testing.T) {
	open, closed := known(1, 0, 300, 0), known(1, 0, 300, 300)
	with := func(r Report, change func(*Report)) Report { change(&r); return r }
	same := with(told(Interim, 300, 300), func(r *Report) { r.Uplink, r.Downlink = 1000, 2000 })
	tests := []struct {
		name    string
		session *session.Session
		report  Report
		want    bool
	}{
		{"the same again", open, same, true},
		{"the same, much later", open, with(same, func(r *Report) { r.Received += clock.Day }), true},
		{"a byte more", open, with(same, func(r *Report) { r.Downlink++ }), false},
		{"a byte more in one direction and fewer in the other", open, with(same, func(r *Report) { r.Downlink++; r.Uplink = 0 }), false},
		{"a sign of life", open, with(same, func(r *Report) { r.Time++ }), false},
		{"a sign of life by the gateway's clock alone", open, with(same, func(r *Report) { r.Time = -1; r.EventTime += clock.Second }), false},
		{"without times", open, with(same, func(r *Report) { r.Time = -1; r.EventTime = 0 }), true},
		{"an older one", open, with(told(Interim, 200, 200), func(r *Report) { r.Uplink, r.Downlink = 900, 2000 }), true},
		{"a start, whenever it was stamped", open, with(told(Start, 400, -1), func(r *Report) { r.Uplink, r.Downlink = 0, 0 }), true},
		{"the end of what is open", open, with(same, func(r *Report) { r.Kind = Stop }), false},
		{"the end of what is closed", closed, with(same, func(r *Report) { r.Kind = Stop }), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := repeats(test.session, test.report); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
