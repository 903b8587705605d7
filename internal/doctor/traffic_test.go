package doctor

import (
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/usage"
)

// radius is a session whose gateway reports its counters.
type radius struct {
	*site
	*device
	id       string
	plmn     string
	began    int64
	up, down int64
}

func (s *site) radius(d *device, id string) *radius {
	r := &radius{site: s, device: d, id: fmt.Sprint(id, d.sim), plmn: home, began: s.now()}
	r.send(usage.Start)
	return r
}

// uses reports more use after a time.
func (r *radius) uses(after time.Duration, up, down int64) {
	r.advance(after)
	r.up, r.down = r.up+up, r.down+down
	r.send(usage.Interim)
}

func (r *radius) ends() { r.advance(time.Second); r.send(usage.Stop) }

func (r *radius) report(kind usage.Kind) usage.Report {
	report := usage.Report{
		Kind: kind, NAS: "pgw", Peer: "127.0.0.1", SessionID: r.id, ChargingID: -1, IMSI: r.imsi, APN: "internet", PLMN: r.plmn, RAT: 6,
		Uplink: r.up, Downlink: r.down, Time: (r.now() - r.began) / clock.Second, EventTime: r.now(), Received: r.now(),
	}
	if kind == usage.Start {
		report.Time = -1
	}
	return report
}

func (r *radius) send(kind usage.Kind) {
	r.Helper()
	stored := make(chan error, 1)
	if !r.flow.Submit(r.report(kind), func(err error) { stored <- err }) {
		r.Fatal("the queue is full")
	}
	r.must(<-stored)
}

// gy is a session whose gateway asks for credit.
type gy struct {
	*site
	*device
	id     string
	number int64
}

func (s *site) gy(d *device, id string) *gy {
	g := &gy{site: s, device: d, id: fmt.Sprint(id, ";", d.sim)}
	g.ask(usage.Initial, 0, 0)
	return g
}

func (g *gy) request(kind usage.RequestType, up, down int64) usage.Credit {
	c := usage.Credit{
		Report: usage.Report{
			Kind: usage.Interim, Protocol: usage.Gy, NAS: "smf.example", Peer: "smf.example", Realm: "example", SessionID: g.id, ChargingID: -1,
			IMSI: g.imsi, APN: "internet", PLMN: home, RAT: 6, Time: -1, EventTime: g.now(), Received: g.now(),
		},
		Type: kind, Number: g.number,
		Services: []usage.Service{{RatingGroup: usage.Absent, ServiceID: usage.Absent, Requests: kind != usage.Terminate, Requested: 300_000, Up: up, Down: down}},
	}
	g.number++
	return c
}

func (g *gy) ask(kind usage.RequestType, up, down int64) usage.Answer {
	return g.submit(g.request(kind, up, down))
}

func (g *gy) submit(c usage.Credit) usage.Answer {
	g.Helper()
	got := make(chan usage.Answer, 1)
	if !g.flow.Credit(c, func(a usage.Answer) { got <- a }) {
		g.Fatal("the queue is full")
	}
	return <-got
}

// sms charges SMS that a device has sent, or that were sent to it.
func (s *site) sms(d *device, up, down int64) {
	s.Helper()
	s.serial++
	g := &gy{site: s, device: d, id: fmt.Sprint("sms;", s.serial)}
	c := g.request(usage.Event, up, down)
	c.SMS, c.Services[0].Requests = true, false
	g.submit(c)
}

// data charges data without a session.
func (s *site) data(d *device, down int64) {
	s.Helper()
	s.serial++
	g := &gy{site: s, device: d, id: fmt.Sprint("event;", s.serial)}
	c := g.request(usage.Event, 0, down)
	c.Services[0].Requests = false
	g.submit(c)
}

// transfer gives a device's SIM to another organisation.
func (s *site) transfer(d *device, to int64) {
	s.Helper()
	from := d.organisation
	s.write(func(tx *db.Tx) error {
		card, err := sim.Load(tx, d.sim)
		if err != nil {
			return err
		}
		if err := s.flow.Transfer(tx, d.sim, from, to); err != nil {
			return err
		}
		return card.Transfer(tx, s.now(), 0, s.operator, 0, to)
	}, from, to)
	d.organisation = to
	s.equip(d, terms{})
}

// fleet are the devices of a site that has seen everything.
type fleet struct {
	plain, prepaid, quota, limited, pooled, alone, daily, single, moved *device
	paying, sharing, owning                                             *device // in the middle of sessions that hold something
	open                                                                *radius // of plain
}

// live lets devices of all kinds use everything there is, over the end of a month.
func (s *site) live() *fleet {
	s.Helper()
	s.exec(s.first, `UPDATE organisation SET monthly_cost_limit = $1 WHERE id = $2`, int64(900*10_000_000_000), s.first)
	s.exec(s.second, `INSERT INTO organisation_account (organisation_id, prepaid, amount, credited, debited, last_updated, billing_month, month_cost, reserved, holders, told)
		VALUES ($1, TRUE, $2, $2, 0, 0, 0, 0, 0, 0, 0)`, s.second, int64(500*10_000_000_000))
	s.entry(s.second, 0, 500*10_000_000_000)
	f := &fleet{
		plain: s.device(s.first, terms{}), prepaid: s.device(s.first, terms{prepaid: true, inclusive: 200_000, pooled: true}),
		quota: s.device(s.first, terms{dataQuota: true, smsQuota: true}), limited: s.device(s.second, terms{limits: true}),
		pooled: s.device(s.second, terms{inclusive: 1_000_000, pooled: true}), alone: s.device(s.first, terms{inclusive: 700_000, prepaid: true}),
		daily: s.device(s.first, terms{rounding: 1}), single: s.device(s.second, terms{rounding: 2}), moved: s.device(s.first, terms{}),
	}
	s.advance(time.Minute)
	f.open = s.radius(f.plain, "open")
	held := s.gy(f.prepaid, "held")
	var others []*radius
	for _, d := range []*device{f.quota, f.limited, f.pooled, f.alone, f.daily, f.single, f.moved} {
		others = append(others, s.radius(d, "other"))
	}
	hop := func(r *radius, plmn string) {
		r.plmn = plmn
		r.uses(50*time.Second, 3, 4)
		r.uses(time.Second, 5, 6)
	}
	for round := range int64(12) { // five hours and more: Berlin's month ends, then New York's
		s.advance(time.Hour)
		f.open.uses(50*time.Second, 100_000+round, 3_001)
		f.open.uses(2*time.Second, 77, 0)
		held.ask(usage.Update, 10_001, 120_000)
		for i, r := range others {
			r.uses(time.Minute, 90_000*round+int64(i), 20_000)
			r.uses(time.Second, 11, 12)
		}
		if round%3 == 1 {
			hop(f.open, abroad)
			hop(f.open, uncovered)
			hop(f.open, home)
		}
		s.sms(f.quota, 1, 0)
		s.sms(f.limited, 0, 2)
		s.sms(f.prepaid, 1, 0)
		s.data(f.pooled, 12_345)
	}
	other := s.radius(f.plain, "brief")
	other.uses(time.Second, 1, 2)
	other.ends()
	s.transfer(f.moved, s.second)
	moved := others[len(others)-1]
	moved.uses(time.Minute, 100_000, 7)
	moved.uses(time.Second, 3, 7)
	for _, r := range others[:2] {
		r.ends()
	}
	f.open.uses(time.Second, 55, 66)
	f.paying = s.device(s.first, terms{prepaid: true})
	f.sharing = s.device(s.first, terms{prepaid: true, inclusive: 1_000_000, pooled: true})
	f.owning = s.device(s.second, terms{prepaid: true, inclusive: 150_000})
	for _, d := range []*device{f.paying, f.sharing, f.owning} {
		s.gy(d, "now").ask(usage.Update, 5_000, 40_000)
	}
	return f
}
