package usage

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/test/cases"
)

// TestMachine lets gateways, their network and the operator do whatever they do, in any order, and audits the books
// after each step. SIMSTEAD_CASES and -rapid.steps make it longer.
func TestMachine(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(clock.Clock) (*db.DB, error)) {
		m := &machine{}
		cases.Check(t, 15, func(t *rapid.T) {
			m.reset(t, open)
			t.Repeat(map[string]func(*rapid.T){ // what it is all about comes more often
				"start":    m.begin,
				"start2":   m.begin,
				"use":      m.use,
				"stop":     m.end,
				"stop2":    m.end,
				"deliver":  m.deliver,
				"deliver2": m.deliver,
				"deliver3": m.deliver,
				"repeat":   m.repeat,
				"process":  func(*rapid.T) { m.process() },
				"gateway":  m.restartGateway,
				"move":     m.move,
				"silence":  m.silence,
			})
			m.again()
			m.audit()
			m.fine = true
		})
		m.close()
	})
}

// What gateways tell about their sessions.
const (
	full    = iota // a charging id and times
	timed          // times; names of sessions come again when the last one ended or the gateway restarted
	bare           // nothing; names of sessions never come again
	dialect        // their number
)

// machine is a site and the network in front of it.
type machine struct {
	*site
	cases   int
	fine    bool // the case before ended well
	devices []device
	names   [dialect]map[string]*flight // the last session of each name, by gateway
	live    []*flight                   // what the gateways hold
	air     []packet                    // sent and not delivered
	past    []packet                    // delivered
	now     int64                       // s after noon
	days    int                         // since the last week
	weeks   int
}

// flight is a session as its gateway sees it.
type flight struct {
	*data
	gateway      int
	up, down     int64
	device       int
	heard, ended bool // something of it, and its stop, was delivered
}

type packet struct {
	of     *flight
	report Report
}

const casesOfSite = 4

// reset makes new devices for a case, on the site of the case before where that did no harm.
func (m *machine) reset(t *rapid.T, open func(clock.Clock) (*db.DB, error)) {
	if m.cases++; m.site != nil && m.fine && m.cases%casesOfSite > 0 {
		m.failer = t
		m.now += 100
		m.advance(m.now)
	} else {
		if m.site != nil {
			m.close()
		}
		m.site, m.now = newSite(t, open), 0
	}
	m.fine, m.devices, m.live, m.air, m.past, m.days, m.weeks = false, nil, nil, nil, nil, 0, 0
	for i := range 3 {
		m.devices = append(m.devices, m.device(organisations(m.site)[i%2], m.imsi()))
	}
	for g := range m.names {
		m.names[g] = map[string]*flight{}
	}
}

func organisations(s *site) []int64 { return []int64{s.first, s.second} }

func (m *machine) tick(t *rapid.T, atLeast, atMost int64) {
	m.now += rapid.Int64Range(atLeast, atMost).Draw(t, "seconds")
	m.advance(m.now)
}

// send puts a report on its way.
func (m *machine) send(f *flight, kind Kind) {
	f.imsi = m.devices[f.device].imsi
	m.air = append(m.air, packet{f, f.report(kind, m.now, f.up, f.down)})
}

func (m *machine) begin(t *rapid.T) {
	gateway := rapid.SampledFrom([]int{timed, full, timed, bare}).Draw(t, "gateway")
	name := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")
	last := m.names[gateway][name]
	free := last == nil || gateway == full || gateway == timed && last.heard && (last.ended || !slices.Contains(m.live, last))
	if len(m.live) > 4 || !free || slices.Contains(m.live, last) {
		t.Skip("not now")
	}
	if gateway == bare {
		m.serial++
		name = fmt.Sprint(name, m.serial)
	}
	m.tick(t, 3, 100)
	f := &flight{gateway: gateway, device: rapid.IntRange(0, len(m.devices)-1).Draw(t, "device")}
	if last != nil && rapid.Bool().Draw(t, "the device that had the name") {
		f.device = last.device
	}
	f.data = m.session(m.devices[f.device], name, m.now)
	f.nas = fmt.Sprint(f.nas, "-", gateway)
	if f.noClock = gateway == bare; gateway == full {
		f.charging = int64(m.serial)
	}
	m.names[gateway][name] = f
	m.live = append(m.live, f)
	m.send(f, Start)
}

func (m *machine) any(t *rapid.T) *flight {
	if len(m.live) == 0 {
		t.Skip("no session")
	}
	return m.live[rapid.IntRange(0, len(m.live)-1).Draw(t, "session")]
}

func (m *machine) spend(t *rapid.T, f *flight) {
	m.tick(t, 3, 400)
	volume := rapid.OneOf(rapid.Int64Range(0, 2), rapid.Int64Range(0, 3000), rapid.Int64Range(0, 1<<32))
	f.up, f.down = f.up+volume.Draw(t, "up"), f.down+volume.Draw(t, "down")
	if rapid.IntRange(0, 3).Draw(t, "moves") == 0 {
		f.plmn = rapid.SampledFrom([]string{home, neighbour, abroad, uncovered, ""}).Draw(t, "network")
		f.rat = rapid.SampledFrom([]int64{6, 8, 0}).Draw(t, "RAT")
	}
}

func (m *machine) use(t *rapid.T) {
	f := m.any(t)
	m.spend(t, f)
	m.send(f, Interim)
}

func (m *machine) end(t *rapid.T) {
	f := m.any(t)
	m.spend(t, f)
	m.send(f, Stop)
	m.live = slices.DeleteFunc(m.live, func(other *flight) bool { return other == f })
}

// deliver lets some packets arrive: late, in any order, and some of them again.
func (m *machine) deliver(t *rapid.T) {
	if len(m.air)+len(m.past) == 0 {
		t.Skip("nothing was sent")
	}
	var batch []packet
	for range rapid.IntRange(0, len(m.air)).Draw(t, "new") {
		i := rapid.IntRange(0, len(m.air)-1).Draw(t, "which")
		batch = append(batch, m.air[i])
		m.air = slices.Delete(m.air, i, i+1)
	}
	m.past = append(m.past, batch...)
	for range rapid.IntRange(0, min(5, len(m.past))).Draw(t, "again") {
		batch = append(batch, m.past[rapid.IntRange(0, len(m.past)-1).Draw(t, "which")])
	}
	reports := make([]Report, len(batch))
	for i, p := range batch {
		t.Logf("gateway %d: %d of session %s, %d bytes up and %d down", p.of.gateway, p.report.Kind, p.of.name, p.report.Uplink, p.report.Downlink)
		reports[i] = p.report
		if rapid.Bool().Draw(t, "the delay is not told") {
			reports[i].Received = at(m.now)
		}
		p.of.heard, p.of.ended = true, p.of.ended || p.report.Kind == Stop
		key := p.report.IMSI + " " + p.of.name
		m.total[key] = [2]int64{max(m.total[key][0], p.report.Uplink), max(m.total[key][1], p.report.Downlink)}
	}
	for _, err := range m.submit(reports...) {
		m.must(err)
	}
	m.check()
}

// restartGateway loses its sessions. One that tells nothing cannot send old packets after that.
func (m *machine) restartGateway(t *rapid.T) {
	m.tick(t, 3, 100)
	gateway := rapid.IntRange(0, dialect-1).Draw(t, "gateway")
	nas := fmt.Sprintf("pgw-%d-%d", m.operator, gateway)
	m.must(m.flow.storeRestart(m.context(), nas, at(m.now)))
	m.must(m.flow.closeRestarted(m.context(), nas, at(m.now))) // what opens later by a packet from before ends with the next sweep
	m.live = slices.DeleteFunc(m.live, func(f *flight) bool { return f.gateway == gateway })
	if gateway == bare {
		bares := func(p packet) bool { return p.of.gateway == bare }
		m.air, m.past = slices.DeleteFunc(m.air, bares), slices.DeleteFunc(m.past, bares)
	}
	m.check()
}

// process is a new one on the same database. It sweeps first.
func (m *machine) process() {
	m.stop()
	m.start()
	m.must(m.flow.Sweep(m.context()))
	m.check()
}

// move gives a device to the other organisation, or another endpoint.
func (m *machine) move(t *rapid.T) {
	d := &m.devices[rapid.IntRange(0, len(m.devices)-1).Draw(t, "device")]
	if rapid.Bool().Draw(t, "within the organisation") {
		d.endpoint = m.endpoint(*d)
		return
	}
	m.transfer(d, m.first+m.second-d.organisation)
	m.check()
}

func (m *machine) silence(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "for a week") == 2 {
		m.week(t)
	} else {
		m.day(t)
	}
}

// day passes in silence: what is open is taken for lost, though its gateway goes on. What was on its way is lost.
func (m *machine) day(t *rapid.T) {
	if m.days++; m.days > 3 {
		t.Skip("sessions live for less than a week")
	}
	m.now += 27 * 3600
	m.advance(m.now)
	m.must(m.flow.Sweep(m.context()))
	m.air = nil
	m.check()
}

// check audits after a step where reading all books is quick; the end of a case audits everywhere.
func (m *machine) check() {
	if m.db.Dialect() == "sqlite" {
		m.audit()
	}
}

// week passes: all is over and forgotten.
func (m *machine) week(t *rapid.T) {
	if m.weeks++; m.weeks > 1 {
		t.Skip("every day makes more partitions of the log to read")
	}
	m.now += 8 * 24 * 3600
	m.advance(m.now)
	m.must(m.flow.Sweep(m.context()))
	m.live, m.air, m.past, m.days = nil, nil, nil, 0
	for g := range m.names {
		m.names[g] = map[string]*flight{}
	}
	m.check()
}

// again sends everything once more to a new process, much later.
func (m *machine) again() {
	m.now += 3600
	m.advance(m.now)
	m.process()
	m.repeatAll()
}

// repeat sends everything once more at any time, where reading all books is quick.
func (m *machine) repeat(t *rapid.T) {
	if m.db.Dialect() != "sqlite" || len(m.past) == 0 {
		t.Skip("not here")
	}
	m.tick(t, 3, 100)
	m.repeatAll()
}

// repeatAll sends all that was delivered once more, out of order: nothing changes but when something was last heard of sessions
// without times.
func (m *machine) repeatAll() {
	var reports []Report
	for _, p := range slices.Backward(m.past) {
		p.report.Received = at(m.now)
		reports = append(reports, p.report)
	}
	for _, organisation := range organisations(m.site) {
		before := m.state(organisation)
		for _, err := range m.submit(reports...) {
			m.must(err)
		}
		diff := cmp.Diff(before, m.state(organisation), cmpopts.IgnoreUnexported(session.Session{}), cmpopts.IgnoreFields(session.Session{}, "Seen"))
		if diff != "" {
			m.Fatalf("repeats changed (-was +is):\n%s", diff)
		}
	}
}
