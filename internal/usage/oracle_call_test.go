package usage

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/clock"
)

// call is a session as its gateway sees it.
type call struct {
	*owner
	id        string
	radius    bool
	obedient  bool // uses no more than it was granted, and waits for answers
	can       Ability
	plmn      string
	rat       int64
	number    int64
	groups    []int64
	granted   map[int64]int64
	began     int64
	up, down  int64
	waiting   int // requests without an answer
	over      bool
	refused   bool
	announced bool
}

// message is a report or a request on its way.
type message struct {
	of     *call
	credit *Credit // nil for a report
	report Report
	first  bool // it was not delivered before
}

// begin draws a new session.
func (w *world) call(radius bool) *call {
	if radius || w.book.volume != nil && w.running() { // what one holds of a pool, others may use
		w.onlyWild()
	}
	one := w.someone()
	if one.test && slices.ContainsFunc(w.sessions, func(c *call) bool { return c.owner == one }) { // what one is granted free, others' use may end
		w.onlyWild()
	}
	w.serial++
	c := &call{
		owner: one, id: fmt.Sprint("s", w.serial), radius: radius, plmn: w.network(), rat: 6, began: w.book.now,
		can: rapid.SampledFrom([]Ability{0, CanEnd, CanReauthorise | CanEnd, CanReauthorise | CanEnd | CanChangeRate}).Draw(w.t, "abilities"),
	}
	if !radius {
		c.obedient = w.calm || !chance(w.t, 4, "disobedient")
		c.granted = map[int64]int64{}
		c.groups = []int64{Absent}
		if chance(w.t, 4, "rating groups") {
			c.groups = []int64{1, 2}
		}
	}
	w.sessions = append(w.sessions, c)
	return c
}

func (w *world) network() string {
	return rapid.SampledFrom([]string{home, home, home, home, neighbour, abroad, uncovered}).Draw(w.t, "network")
}

// about is what every message of a session says.
func (w *world) about(c *call) Report {
	r := Report{
		Kind: Interim, NAS: "gateway", Peer: "gateway", SessionID: c.id, ChargingID: Absent, IMSI: c.imsi, APN: "internet", PLMN: c.plmn,
		RAT: c.rat, Time: Absent, EventTime: w.book.now, Received: w.book.now, Abilities: c.can, Protocol: Gy,
	}
	if chance(w.t, 3, "device") {
		r.IMEISV = "3567890123456701"
	}
	if c.radius {
		r.Protocol, r.ChargingID, r.Time = RADIUS, int64(w.serialOf(c)), (w.book.now-c.began)/clock.Second
		r.Uplink, r.Downlink = c.up, c.down
	}
	return r
}

func (w *world) serialOf(c *call) int {
	var n int
	_, _ = fmt.Sscanf(c.id, "s%d", &n)
	return n
}

// request makes a session's next request for credit.
func (w *world) request(c *call, kind RequestType) message {
	t := w.t
	r := &Credit{Report: w.about(c), Type: kind, Number: c.number}
	c.number++
	for _, group := range c.groups {
		if kind == Update && len(c.groups) > 1 && chance(t, 3, "leave out a group") {
			continue
		}
		s := Service{RatingGroup: group, ServiceID: Absent, Requested: Absent, Requests: kind != Terminate && !chance(t, 8, "asks for nothing")}
		if s.Requests {
			s.Requested = rapid.SampledFrom([]int64{Absent, 1_000_000, 50_000, 1}).Draw(t, "requested")
		}
		if kind != Initial {
			s.Up, s.Down = w.used(c, group)
			c.granted[group] = 0
		}
		r.Services = append(r.Services, s)
	}
	c.waiting++
	return message{of: c, credit: r, report: r.Report, first: true}
}

// used draws what a session has used of a rating group since its last request.
func (w *world) used(c *call, group int64) (up, down int64) {
	n := volume(w.t, "used")
	if c.obedient {
		n = c.granted[group]
		if !chance(w.t, 2, "used up") {
			n = rapid.Int64Range(0, n).Draw(w.t, "used")
		}
	}
	up = rapid.Int64Range(0, n).Draw(w.t, "of it up")
	return up, n - up
}

// answered is a gateway that gets an answer.
func (c *call) answered(r *Credit, a Answer) {
	if c.refused { // it asked again, much later
		c.over = false
	} else {
		c.waiting--
	}
	for i, g := range a.Services {
		if i < len(r.Services) && g.Units > 0 && r.Number == c.number-1 {
			c.granted[r.Services[i].RatingGroup] = g.Units
		}
	}
	if c.refused = r.Type == Initial && a.Result != Granted; c.refused {
		c.over = true
	}
}

// count makes a session's next report of its counters.
func (w *world) count(c *call, kind Kind) message {
	if kind != Start {
		c.up, c.down = c.up+volume(w.t, "up"), c.down+volume(w.t, "down")
	}
	r := w.about(c)
	r.Kind = kind
	if kind == Start {
		r.Time = Absent
	}
	c.over = kind == Stop
	return message{of: c, report: r, first: true}
}
