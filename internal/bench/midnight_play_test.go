package bench

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/usage"
)

// midnight is the end of a month as gateways live through it, second by second of a clock that waits for the answers.
type midnight struct {
	testing.TB
	db       *db.DB
	clock    *clock.Fake
	settings usage.Settings
	flow     *usage.Flow
	fleet    fleet
	wards    []*ward // by index of their organisations
	opening  int     // seconds before the first midnight over which the sessions begin
	sessions []roamer
	due      [][]int32 // by second, which sessions have to ask
	began    int64     // µs of second 0
	waits    waits
}

// roamer is a device and its session.
type roamer struct {
	number     int32 // of the next request
	generation int32 // of the session
	granted    int64
	final      bool
	next       usage.RequestType
	using      volume    // what the request under way reports
	month      [2]volume // what was reported in the old and the new month of the organisation
	day        [2]int64  // bytes reported before and after midnight UTC
	asked      bool      // after the end of the month
}

type volume struct{ up, down int64 }

func (v volume) sum() int64 { return v.up + v.down }

const (
	untilUTC = 3600    // seconds between the two midnights
	after    = 20 * 60 // seconds that are looked at after the last
	heavy    = 37      // every so many-th device uses all it is granted, in two minutes
	light    = 200_000 // bytes that the others use at most
	retry    = 600     // seconds until a device that was refused tries again
	blind    = 50      // every so many-th session's gateway can be told nothing
)

func newMidnight(tb testing.TB, open func(testing.TB, clock.Clock) *db.DB, sessions, organisations int) *midnight {
	m := &midnight{TB: tb, opening: 3600, settings: usage.DefaultSettings(), sessions: make([]roamer, sessions)}
	m.clock = clock.NewFake(clock.FromMicros(newDay - 3*clock.Hour))
	m.db = open(tb, m.clock.Clock())
	began := time.Now()
	m.fleet = fill(tb, m.db, organisations, sessions)
	for i, organisation := range m.fleet.organisations {
		m.wards = append(m.wards, furnish(tb, m.db, m.clock.Clock().Micros(), organisation, i, (sessions-i+organisations-1)/organisations))
	}
	tb.Logf("%d devices made in %v", sessions, time.Since(began).Round(time.Second))
	return m
}

// pass opens the sessions and lets the midnights pass.
func (m *midnight) pass() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	seconds := m.opening + untilUTC + after
	m.began = newDay - int64(m.opening+untilUTC)*clock.Second
	m.due = make([][]int32, seconds+1)
	for i := range m.sessions {
		m.sessions[i].next = usage.Initial
		m.plan(i, int(mix(uint64(i), 1<<33)%uint64(m.opening)))
	}
	m.clock.Advance(time.Duration(m.began-m.clock.Clock().Micros()) * time.Microsecond)
	var err error
	m.flow, err = usage.New(ctx, m.db, m.clock.Clock(), dbtest.Quiet(), m.settings)
	must(m, err)
	var running, sweeping sync.WaitGroup
	running.Go(func() { m.flow.Run(ctx) })
	for second := range seconds {
		if second%60 == 0 {
			sweeping.Wait()
			sweeping.Go(func() {
				if err := m.flow.Sweep(ctx); err != nil {
					m.Error(err)
				}
			})
		}
		took := m.second(second)
		if second >= m.opening {
			m.waits.add(second-m.opening, len(m.due[second]), took)
		}
		m.due[second] = nil
		m.clock.Advance(time.Second)
	}
	sweeping.Wait()
	stop()
	running.Wait()
}

func (m *midnight) plan(session, second int) {
	if second < len(m.due) {
		m.due[second] = append(m.due[second], int32(session))
	}
}

// second sends all requests of a second at once and returns when all are answered.
func (m *midnight) second(second int) time.Duration {
	list := m.due[second]
	if len(list) == 0 {
		return 0
	}
	answers := make([]usage.Answer, len(list))
	var waiting sync.WaitGroup
	waiting.Add(len(list))
	began := time.Now()
	for n, session := range list {
		c := m.request(int(session))
		for !m.flow.Credit(c, func(a usage.Answer) { answers[n] = a; waiting.Done() }) {
			time.Sleep(time.Millisecond)
		}
	}
	waiting.Wait()
	took := time.Since(began)
	for n, session := range list {
		m.answered(int(session), second, answers[n])
	}
	return took
}

// request is a session's next one: it reports what the device used of its grant.
func (m *midnight) request(i int) usage.Credit {
	s, now := &m.sessions[i], m.clock.Clock().Micros()
	s.using = volume{}
	if s.next != usage.Initial {
		used := s.granted
		if i%heavy != 0 {
			used = int64(mix(uint64(i), uint64(s.number)) % uint64(min(used, light)+1))
		}
		s.using.up = used / 3
		s.using.down = used - s.using.up
	}
	gateway := "pgw" + strconv.Itoa(i%8)
	c := usage.Credit{
		Report: usage.Report{
			Kind: usage.Interim, Protocol: usage.Gy, NAS: gateway, Peer: gateway, Realm: "example", Abilities: usage.CanReauthorise | usage.CanEnd,
			SessionID: "s;" + strconv.Itoa(i) + ";" + strconv.Itoa(int(s.generation)), ChargingID: usage.Absent, IMSI: m.fleet.imsis[i],
			APN: apn, PLMN: "26201", RAT: 6, Time: usage.Absent, EventTime: now, Received: now,
		},
		Type: s.next, Number: int64(s.number),
		Services: []usage.Service{{
			RatingGroup: usage.Absent, ServiceID: usage.Absent, Requests: s.next != usage.Terminate, Requested: 1_000_000,
			Up: s.using.up, Down: s.using.down,
		}},
	}
	if mix(uint64(i), 1<<34)%blind == 0 {
		c.Abilities = 0
	}
	return c
}

// mix makes a number of two that looks like none of them.
func mix(a, b uint64) uint64 {
	x := a*0x9E3779B97F4A7C15 + b*0xBF58476D1CE4E5B9
	x ^= x >> 31
	x *= 0x94D049BB133111EB
	return x ^ x>>29
}

// answered goes on after an answer: the session asks again when its grant ends, a refused device later.
func (m *midnight) answered(i, second int, a usage.Answer) {
	s, now := &m.sessions[i], m.began+int64(second)*clock.Second
	if a.Result == usage.Failed || a.Result == usage.UnknownSession || a.Result == usage.Busy || len(a.Services) != 1 {
		m.Fatalf("session %d, request %d: %+v", i, s.number, a)
	}
	s.note(m.wards[i%len(m.wards)], now)
	g := a.Services[0]
	kind, refused := s.next, a.Result != usage.Granted || g.Result != usage.Granted
	switch {
	case kind == usage.Terminate, kind == usage.Initial && refused:
		s.next, s.number, s.granted = usage.Initial, 0, 0
		s.generation++
		m.plan(i, second+retry+int(mix(uint64(i), uint64(s.generation))%retry))
		return
	case refused:
		s.next, s.granted = usage.Terminate, 0
		m.plan(i, second+1)
	default:
		s.next, s.granted, s.final = usage.Update, max(g.Units, 0), g.Final
		wait := int(g.Validity)
		switch {
		case i%heavy == 0:
			if wait = min(wait, 120); g.Final {
				s.next = usage.Terminate
			}
		case kind == usage.Initial: // most report once before the month ends, whatever the grant
			wait = min(wait, int(mix(uint64(i), 1<<32)%uint64(m.opening/2)))
		}
		m.plan(i, second+max(wait, 1))
	}
	s.number++
}

// note adds what was reported to what the books must have.
func (s *roamer) note(w *ward, now int64) {
	month, day := 0, 0
	if now >= w.monthEnd {
		month, s.asked = 1, true
	}
	if now >= newDay {
		day = 1
	}
	s.month[month].up += s.using.up
	s.month[month].down += s.using.down
	s.day[day] += s.using.sum()
}
