package usage

import (
	"slices"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
)

// TestFound are cases that the oracle has found.
func TestFound(t *testing.T) {
	onEach(t, map[string]func(*testing.T, *site){
		"what a run that failed has learnt":          learntInVain,
		"consequences in order":                      inOrder,
		"several grants near the end of money":       heldInFull,
		"a one-time request of a blocked device":     blockedOneTime,
		"a grant after a record that is rounded":     roundedRecord,
		"a one-time use in a network without rate":   oneTimeUncovered,
		"what is granted when a SIM becomes active":  activatedByUse,
		"a device is learnt as its SIM is activated": learntAsActivated,
		"a refusal in a run that failed":             refusedOnce,
		"a start that overtakes the stop before it":  overtakenStop,
		"a late start, repeated after a restart":     lateStart,
		"a restart after the start was told last":    startToldLast,
		"a refusal of one service of two":            heldByTheOther,
	})
}

// SMS are counted by the piece, which the audit does not know.
func TestFoundSMS(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(clock.Clock) (*db.DB, error)) {
		s := newSite(t, open)
		defer s.close()
		unpaidSMS(t, s)
	})
}

// The first use of a new organisation's log leases ids for it, for which the transaction runs again.
func learntInVain(_ *testing.T, s *site) {
	o := s.enterprise("UTC")
	d := s.device(o, s.imsi())
	s.exec(o, `UPDATE sim SET status_id = $1, activation_date = 0 WHERE id = $2`, sim.FactoryTest, d.sim)
	one := s.online(d, "a")
	c := one.request(Event, 0, 250_000)
	c.Services[0].Requests = false
	one.want(one.again(c), Granted, Absent, false)
	s.same([]int64{8}, s.kinds(o))
	if r := s.records(o)[0]; r.Cost != 0 {
		s.Errorf("the test is paid for: %+v", r)
	}
	status := query(s, db.Int, `SELECT status_id FROM sim WHERE id = $1`, d.sim)
	s.same([]int64{sim.Activated}, status)
}

// What one report causes is told in the order quota, limit, organisation, SIM.
func inOrder(_ *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.dataQuota(d, 100_000, 50, quota.Block)
	s.exec(s.first, `INSERT INTO service_profile_limit (organisation_id, service_profile_id, id, service_id, volume, satellite_only,
		warning_percent, own) VALUES ($1, $2, 1, $3, 50000, FALSE, 0, TRUE)`, s.first, s.services[s.first], tariff.Data)
	s.exec(s.first, `UPDATE organisation SET monthly_cost_limit = 1 WHERE id = $1`, s.first)
	one := s.session(d, "a", 0)
	s.send(one, one.report(Start, 0, 0, 0), one.report(Stop, 10, 120_000, 0))
	s.same([]int64{3, 18, 19, 11, 12, 5}, s.kinds(s.first))
}

// Where several sessions share the end of the organisation's money, all that a session was granted is held, not a part of it.
func heldInFull(_ *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `UPDATE organisation SET monthly_cost_limit = $1 WHERE id = $2`, 3*homeRate, s.first)
	other, o := s.online(d, "other"), s.online(d, "a")
	other.ask(other.request(Initial, 0, 0))
	c := o.request(Initial, 0, 0)
	c.Services = append(c.Services, c.Services[0])
	c.Services[0].RatingGroup, c.Services[1].RatingGroup = 1, 2
	a := o.ask(c)
	units := a.Services[0].Units + max(a.Services[1].Units, 0)
	for _, one := range s.sessions(s.first) {
		if one.SessionID == o.id && (one.Reserved != units || one.ReservedShare != units*homeRate/1_000_000) {
			s.Fatalf("%d units are granted, %d are held for %d", units, one.Reserved, one.ReservedShare)
		}
	}
}

// A refusal reaches the service that asks. What another one was granted may still be used: it stays held, and nobody else is
// granted it.
func heldByTheOther(_ *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `INSERT INTO service_profile_limit (organisation_id, service_profile_id, id, service_id, volume, satellite_only,
		warning_percent, own) VALUES ($1, $2, 900002, 38, 1000, FALSE, 0, TRUE)`, s.first, s.services[s.first])
	o, other := s.online(d, "a"), s.online(d, "b")
	c := o.request(Initial, 0, 0)
	c.Services[0].RatingGroup = 1
	o.want(o.ask(c), Granted, 1000, true)
	s.exec(s.first, `UPDATE endpoint SET status_id = 1 WHERE organisation_id = $1 AND id = $2`, s.first, d.endpoint)
	c = o.request(Update, 0, 0)
	c.Services[0].RatingGroup = 2
	o.want(o.ask(c), Denied, Absent, false)
	s.exec(s.first, `UPDATE endpoint SET status_id = 0 WHERE organisation_id = $1 AND id = $2`, s.first, d.endpoint)
	other.want(other.ask(other.request(Initial, 0, 0)), LimitReached, Absent, false)
	c = o.request(Update, 1000, 0)
	c.Services[0].RatingGroup = 1
	o.want(o.ask(c), LimitReached, Absent, false)
	for _, one := range s.sessions(s.first) {
		if one.Reserved != 0 {
			s.Errorf("session %s holds %d bytes, of none that are left", one.SessionID, one.Reserved)
		}
	}
}

// What a blocked device has used is charged; what it asks for beside that is neither debited nor granted.
func blockedOneTime(_ *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `UPDATE endpoint SET status_id = 1 WHERE organisation_id = $1 AND id = $2`, s.first, d.endpoint)
	o := s.online(d, "a")
	c := o.request(Event, 0, 5_000)
	c.Services = append(c.Services, Service{RatingGroup: 7, ServiceID: Absent, Requests: true, Requested: 100_000})
	a := o.again(c)
	if a.Services[0].Units != Absent || a.Services[1].Units != Absent {
		s.Errorf("granted %+v", a.Services)
	}
	if list := s.records(s.first); len(list) != 1 || list[0].Rx != 5_000 {
		s.Errorf("recorded %+v", list)
	}
	s.total[d.imsi+" event"] = [2]int64{0, 5_000}
}

// What was used in a network without a price is recorded without one, once, and the gateway is told.
func oneTimeUncovered(_ *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	o := s.online(d, "a")
	o.plmn = uncovered
	c := o.request(Event, 0, 5_000)
	c.Services[0].Requests = false
	for range 2 {
		o.want(o.again(c), NotRated, Absent, false)
	}
	if list := s.records(s.first); len(list) != 1 || list[0].Rx != 5_000 || list[0].Rated {
		s.Errorf("recorded %+v", list)
	}
	s.total[d.imsi+" event"] = [2]int64{0, 5_000}
}

// Where each record is rounded by itself, what is granted after one costs whole blocks of its own, and that is held.
func roundedRecord(_ *testing.T, s *site) {
	s.retariff(func(t *tariff.Tariff) { t.Rounding = tariff.RoundRecord })
	d := s.device(s.first, s.imsi())
	s.prepaid(d, homeRate)
	o := s.online(d, "a")
	o.ask(o.request(Initial, 0, 0))
	s.advance(60)
	c := o.request(Update, 100_500, 0)
	c.Services[0].Requested = 500
	o.want(o.ask(c), Granted, 500, false)
	if one := s.sessions(s.first)[0]; one.ReservedCost != homeRate/1000 {
		s.Errorf("%d are held", one.ReservedCost)
	}
}

// What the use of a factory test is followed by costs, and is granted as far as it can be paid.
func activatedByUse(_ *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.prepaid(d, homeRate/10)
	s.exec(s.first, `UPDATE sim SET status_id = $1, activation_date = 0 WHERE id = $2`, sim.FactoryTest, d.sim)
	o := s.online(d, "a")
	o.want(o.ask(o.request(Initial, 0, 0)), Granted, 100_000, false) // what is free, and no more
	o.want(o.ask(o.request(Update, 60_000, 0)), Granted, 40_000, false)
	o.want(o.ask(o.request(Update, 40_000, 0)), Granted, 100_000, true)
	o.want(o.ask(o.request(Update, 100_000, 0)), LimitReached, Absent, false)
	s.same([]int64{3, 8}, s.kinds(s.first))
	if left := s.balance(d); left != 0 {
		s.Errorf("the balance is %d", left)
	}
}

// Reports that follow in the transaction that has activated the SIM are paid for, though it has learnt the device as well.
func learntAsActivated(_ *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `UPDATE sim SET status_id = $1, activation_date = 0 WHERE id = $2`, sim.FactoryTest, d.sim)
	one := s.session(d, "a", 0)
	s.advance(120)
	s.counted(one, 250_000, 0)
	first, second := one.report(Interim, 60, 150_000, 0), one.report(Stop, 120, 250_000, 0)
	first.IMEISV = "3567890123456701"
	s.batch(first, second)
	cost := int64(0)
	for _, r := range s.records(s.first) {
		cost += r.Cost
	}
	if cost != homeRate/10 {
		s.Errorf("100 kB cost %d", cost)
	}
}

// A refusal is told once, whatever becomes of the transaction that it is part of.
func refusedOnce(_ *testing.T, s *site) {
	o := s.enterprise("UTC")
	bad, good := s.device(o, s.imsi()), s.device(o, s.imsi())
	s.exec(o, `UPDATE endpoint SET status_id = 1 WHERE organisation_id = $1 AND id = $2`, o, bad.endpoint)
	var items []item
	done := make(chan error, 2)
	for _, d := range []device{bad, good} {
		one := s.online(d, "a")
		c := one.request(Initial, 0, 0)
		items = append(items, item{Report: c.Report, credit: &c, answer: &Answer{}, done: func(err error) { done <- err }})
	}
	s.flow.process(s.context(), items)
	s.must(<-done)
	s.must(<-done)
	s.advance(90)
	again := s.online(bad, "b")
	if a := again.ask(again.request(Initial, 0, 0)); a.Result != Denied {
		s.Errorf("answered %+v", a)
	}
	s.stop() // what is to be told is told
	told := 0
	for _, e := range s.events(o, 3) {
		if strings.Contains(e.Description, "refused") {
			told++
		}
		if strings.Contains(e.Description, "further") {
			s.Errorf("%s", e.Description)
		}
	}
	if told != 2 {
		s.Errorf("told %d times", told)
	}
}

// A gateway gives the name of a session that ended to the next, whose Start overtakes the Stop: its repeat after the Stop finds
// the session that it has begun.
func overtakenStop(_ *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	first := s.session(d, "a", 0)
	s.send(first, first.report(Start, 0, 0, 0), first.report(Interim, 60, 1000, 0))
	second := s.session(d, "a", 70)
	start := second.report(Start, 70, 0, 0)
	s.send(second, start)
	s.send(first, first.report(Stop, 65, 2000, 0))
	s.unchanged("the repeat of a start", s.first, func() { s.send(second, start) })
	s.send(second, second.report(Stop, 130, 500, 0))
	s.same([]int64{3, 3, 5, 5}, s.kinds(s.first))
}

// The network kept a Start for long and does not tell so: its repeats find the session when the gateway has restarted since.
func lateStart(_ *testing.T, s *site) {
	one := s.session(s.device(s.first, s.imsi()), "a", 0)
	start := one.report(Start, 0, 0, 0)
	start.Received = at(2000)
	s.send(one, start)
	s.advance(3000)
	s.must(s.flow.Restarted(s.context(), one.nas, at(3000)))
	s.must(s.flow.closeRestarted(s.context(), one.nas, at(3000)))
	s.unchanged("a repeat of a start", s.first, func() { s.send(one, later([]Report{start}, 2000)...) })
}

// The first that is heard of a session of a gateway that tells no session times is not its beginning: when that is told, its
// repeats find the session as well.
func startToldLast(_ *testing.T, s *site) {
	one := s.session(s.device(s.first, s.imsi()), "a", 0)
	one.noSessions = true
	start := one.report(Start, 0, 0, 0)
	s.send(one, one.report(Interim, 2000, 1000, 0), later([]Report{start}, 2010)[0])
	s.advance(3000)
	s.must(s.flow.Restarted(s.context(), one.nas, at(3000)))
	s.must(s.flow.closeRestarted(s.context(), one.nas, at(3000)))
	s.unchanged("a repeat of a start", s.first, func() { s.send(one, later([]Report{start}, 4000)...) })
}

// retariff gives the first enterprise a tariff of its own.
func (s *site) retariff(change func(*tariff.Tariff)) {
	s.Helper()
	t := s.tariff
	t.ID, t.Zones = 0, slices.Clone(t.Zones)
	for z := range t.Zones {
		t.Zones[z].ID, t.Zones[z].Rates = 0, slices.Clone(t.Zones[z].Rates)
	}
	change(&t)
	s.must(tariff.Number(s.context(), s.db, &t))
	s.write(func(tx *db.Tx) error { return tariff.Create(tx, t) }, s.operator)
	s.must(s.flow.Refresh(s.context()))
	s.exec(s.first, `UPDATE tariff_profile SET tariff_id = $1 WHERE organisation_id = $2`, t.ID, s.first)
}

// SMS are paid before they are sent: as many as the balance pays for, not as many as are asked for.
func unpaidSMS(t *testing.T, s *site) {
	const price = homeRate
	s.retariff(func(t *tariff.Tariff) {
		for z := range t.Zones {
			t.Zones[z].Rates = []tariff.ZoneRate{{Service: tariff.SMSMO, Rate: price}}
		}
	})
	s.exec(s.first, `INSERT INTO service_profile_service (organisation_id, service_profile_id, service_id) VALUES ($1, $2, $3)`,
		s.first, s.services[s.first], tariff.SMSMO)
	d := s.device(s.first, s.imsi())
	s.prepaid(d, 2*price)
	o := s.online(d, "a")
	ask := func(n int64) Answer {
		c := o.request(Event, 0, 0)
		c.SMS, c.Services[0].Requested = true, n
		return o.again(c)
	}
	o.want(ask(3), LimitReached, Absent, false)
	o.want(ask(2), Granted, 2, false)
	if left := s.balance(d); left != 0 {
		t.Errorf("the balance is %d", left)
	}
}
