package usage

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
)

// gateways is a network that does as it is told, or not, and remembers what it was told.
type gateways struct {
	mu   sync.Mutex
	told []string
	fail error
}

func (g *gateways) note(t Target, what string, done func(error)) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.told = append(g.told, fmt.Sprintf("%s %s", t.SessionID, what))
	done(g.fail)
	return nil
}

func (g *gateways) End(t Target, reason string, done func(error)) error {
	if t.Abilities&CanEnd == 0 {
		return ErrCannot
	}
	return g.note(t, "end: "+reason, done)
}

func (g *gateways) SetRate(t Target, rate Rate, done func(error)) error {
	if t.Abilities&CanChangeRate == 0 {
		return ErrCannot
	}
	return g.note(t, fmt.Sprintf("rate %d/%d", rate.Up, rate.Down), done)
}

func (g *gateways) Reauthorise(t Target, interval int64, done func(error)) error {
	if t.Abilities&CanReauthorise == 0 {
		return ErrCannot
	}
	return g.note(t, fmt.Sprintf("report every %d", interval), done)
}

// take returns what was told since the last time, once it is at least so many things.
func (s *site) taken(g *gateways, least int) []string {
	s.Helper()
	for range 15_000 {
		g.mu.Lock()
		if len(g.told) >= least {
			told := g.told
			g.told = nil
			g.mu.Unlock()
			return told
		}
		g.mu.Unlock()
		time.Sleep(2 * time.Millisecond) // orders are given beside the flow
	}
	s.Fatalf("%d orders were expected, there are %v", least, g.told)
	return nil
}

// ordered makes the flow tell a network what it decides.
func (s *site) ordered() *gateways {
	g := &gateways{}
	s.stop()
	s.start()
	s.flow.Networks = map[Protocol]Network{RADIUS: g, Gy: g, Gx: g}
	return g
}

const allAbilities = CanEnd | CanChangeRate | CanReauthorise

// able lets a gateway that reports be told anything.
func able(r Report) Report {
	r.Peer, r.Abilities = "192.0.2.1", allAbilities
	return r
}

func TestGates(t *testing.T) {
	onEach(t, map[string]func(*testing.T, *site){
		"a quota over RADIUS":             quotaOverRADIUS,
		"a throttled session":             throttled,
		"throttled without being told":    throttledBlind,
		"a monthly limit":                 monthlyLimit,
		"an organisation's cost limit":    costLimit,
		"pooled inclusive volume":         pooledVolume,
		"inclusive volume of each SIM":    ownVolume,
		"factory test":                    testMode,
		"where devices may be":            whereabouts,
		"a change in mid-session":         changeInMidSession,
		"a lapsed session":                lapsedSession,
		"prices of a tariff profile":      ownPrices,
		"quality of service":              qualityOfService,
		"the device is learnt":            learntDevice,
		"connectivity is reset":           resetConnectivity,
		"a quota that expires in between": expiringQuota,
		"lifted in time":                  liftedInTime,
		"another currency":                foreignCurrency,
		"a balance that comes back":       resetBalance,
	})
}

// SMS are counted by the piece, which the audit does not know.
func TestSMS(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(clock.Clock) (*db.DB, error)) {
		s := newSite(t, open)
		defer s.close()
		messages(t, s)
	})
}

func quotaOverRADIUS(t *testing.T, s *site) {
	g := s.ordered()
	d := s.device(s.first, s.imsi())
	s.dataQuota(d, 2_000_000, 50, quota.Block)
	access := Access{NAS: "pgw", IMSI: d.imsi, APN: "internet", PLMN: home, RAT: 6, Received: noon}
	if a := s.flow.Admit(s.context(), access); !a.Accept || a.Interim != 60 {
		t.Errorf("admitted: %+v", a)
	}
	one := s.session(d, "a", 0)
	s.send(one, able(one.report(Start, 0, 0, 0)), able(one.report(Interim, 60, 400_000, 100_000)))
	if told := s.taken(g, 0); len(told) != 0 {
		t.Errorf("told %v", told)
	}
	s.send(one, able(one.report(Interim, 120, 1_100_000, 100_000)))
	s.same([]string{"a report every 60"}, s.taken(g, 1))
	s.same([]int64{3, 18}, s.kinds(s.first))
	s.send(one, able(one.report(Interim, 180, 1_900_000, 200_000)))
	s.same([]string{"a end: the quota is used up"}, s.taken(g, 1))
	s.same([]int64{3, 18, 19}, s.kinds(s.first))
	s.send(one, able(one.report(Stop, 190, 1_900_000, 200_001)))
	s.same([]int64{3, 18, 19, 5}, s.kinds(s.first))
	if a := s.flow.Admit(s.context(), access); a.Accept || a.Reason != "the quota is used up" {
		t.Errorf("admitted again: %+v", a)
	}
}

func throttled(t *testing.T, s *site) {
	g := s.ordered()
	d := s.device(s.first, s.imsi())
	s.dataQuota(d, 500_000, -1, quota.Throttle)
	one := s.session(d, "a", 0)
	s.send(one, able(one.report(Start, 0, 0, 0)), able(one.report(Interim, 60, 0, 500_001)))
	told := s.taken(g, 1)
	if !slices.Contains(told, "a rate 128000/128000") {
		t.Errorf("told %v", told)
	}
	s.send(one, able(one.report(Interim, 120, 0, 700_000)))
	s.same([]int64{3, 19}, s.kinds(s.first))
	a := s.flow.Admit(s.context(), Access{NAS: "pgw", IMSI: d.imsi, APN: "internet", PLMN: home, Received: noon})
	if !a.Accept || a.Rate != (Rate{128_000, 128_000}) {
		t.Errorf("admitted: %+v", a)
	}
	s.taken(g, 0)
	s.giveQuota(d, 5_000_000, -1, quota.Throttle)
	s.flow.Recheck(s.first, d.endpoint)
	s.same([]string{"a rate 0/0"}, s.taken(g, 1))
}

func throttledBlind(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.dataQuota(d, 500_000, -1, quota.Throttle)
	o := s.online(d, "a")
	o.want(o.ask(o.request(Initial, 0, 0)), Granted, 500_000, false)
	o.want(o.ask(o.request(Update, 500_000, 0)), LimitReached, Absent, false) // so that it comes back slower
	o.ask(o.request(Terminate, 0, 0))
	p := s.online(d, "b")
	p.want(p.ask(p.request(Initial, 0, 0)), Granted, 1_000_000, false)
	p.want(p.ask(p.request(Update, 1_000_000, 0)), Granted, 1_000_000, false)
}

func monthlyLimit(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `INSERT INTO service_profile_limit (organisation_id, service_profile_id, id, service_id, volume, satellite_only,
		warning_percent, own) VALUES ($1, $2, 900001, 38, 1000000, FALSE, 80, TRUE)`, s.first, s.services[s.first])
	o := s.online(d, "a")
	o.want(o.ask(o.request(Initial, 0, 0)), Granted, 1_000_000, true)
	o.want(o.ask(o.request(Update, 850_000, 0)), Granted, 150_000, true)
	o.want(o.ask(o.request(Update, 100_000, 50_000)), LimitReached, Absent, false)
	s.same([]int64{3, 0, 11}, s.kinds(s.first))
	s.exec(s.first, `INSERT INTO limit_extension (organisation_id, endpoint_id, id, traffic_limit_id, service_id, satellite_only, volume,
		expiration_date, created_at) VALUES ($1, $2, 1, 0, 38, FALSE, 500, $3, $4)`, s.first, d.endpoint, noon+clock.Day, noon)
	p := s.online(d, "b")
	p.want(p.ask(p.request(Initial, 0, 0)), Granted, 500, true)
	s.advance(40 * 24 * 3600) // another month
	q := s.online(d, "c")
	q.want(q.ask(q.request(Initial, 0, 0)), Granted, 999_500, false) // what the other session holds is not granted twice
}

func costLimit(t *testing.T, s *site) {
	g := s.ordered()
	d, e := s.device(s.first, s.imsi()), s.device(s.first, s.imsi())
	s.exec(s.first, `UPDATE organisation SET monthly_cost_limit = $1 WHERE id = $2`, int64(homeRate), s.first)
	other := s.session(e, "b", 0)
	s.send(other, able(other.report(Start, 0, 0, 0)))
	one := s.session(d, "a", 0)
	s.send(one, able(one.report(Start, 0, 0, 0)), able(one.report(Interim, 60, 1_000_000, 0)))
	told := s.taken(g, 2)
	slices.Sort(told)
	s.same([]string{"a end: " + "the organisation has used up its cost limit or its balance"}, told[:1])
	if last := told[len(told)-1]; !strings.HasPrefix(last, "b end: ") {
		t.Errorf("told %v", told)
	}
	s.same([]int64{12}, s.kinds(s.first, 12))
	if a := s.flow.Admit(s.context(), Access{NAS: "pgw", IMSI: d.imsi, PLMN: home, Received: noon}); a.Accept {
		t.Error("admitted")
	}
	s.exec(s.first, `UPDATE organisation SET monthly_cost_limit = $1 WHERE id = $2`, int64(10*homeRate), s.first)
	if a := s.flow.Admit(s.context(), Access{NAS: "pgw", IMSI: d.imsi, PLMN: home, Received: noon}); !a.Accept {
		t.Errorf("not admitted: %s", a.Reason)
	}
}

// inclusive gives an organisation's SIMs a megabyte each in the home zone.
func (s *site) inclusive(organisation int64, pooled bool) {
	s.exec(organisation, `INSERT INTO inclusive_volume (organisation_id, id, tariff_id, ratezone_id, volume, rate, currency_id, pooled,
		first_month, last_month) VALUES ($1, 77, $2, $3, 1000000, 10000000000, 1, $4, 202001, 0)`, organisation, s.tariff.ID, s.tariff.Zones[0].ID, pooled)
	s.exec(organisation, `UPDATE tariff_profile SET inclusive_volume_id = 77 WHERE organisation_id = $1`, organisation)
}

// The seed's example: five active SIMs with 1 MB each make 5 MB; one uses 4 MB, another 1 MB, and whatever comes then is paid.
func pooledVolume(t *testing.T, s *site) {
	s.inclusive(s.first, true)
	var devices []device
	for range 5 {
		devices = append(devices, s.device(s.first, s.imsi()))
	}
	use := func(d device, id string, bytes int64) int64 {
		one := s.session(d, id, 0)
		s.send(one, one.report(Start, 0, 0, 0), one.report(Stop, 60, bytes, 0))
		all := s.records(s.first)
		return all[len(all)-1].Cost
	}
	for i, test := range []struct{ device, bytes, cost int64 }{
		{0, 4_000_000, 0}, {1, 1_000_000, 0}, {2, 1_000_000, homeRate}, {0, 500, homeRate / 1000},
	} {
		if got := use(devices[test.device], fmt.Sprint(i), test.bytes); got != test.cost {
			t.Errorf("use %d costs %d, want %d", i, got, test.cost)
		}
	}
	pool := query(s, func(r *db.Row) [3]int64 { return [3]int64{r.Int(), r.Int(), r.Int()} },
		`SELECT sims, volume, used FROM inclusive_pool WHERE organisation_id = $1 AND sims > 0`, s.first)
	s.same([][3]int64{{5, 1_000_000, 5_000_000}}, pool)
	abroad1 := s.session(devices[3], "abroad", 0)
	abroad1.plmn = abroad
	s.send(abroad1, abroad1.report(Start, 0, 0, 0), abroad1.report(Stop, 60, 1_000, 0))
	if all := s.records(s.first); all[len(all)-1].Cost != abroadRate/1000 {
		t.Errorf("in another zone: %+v", all[len(all)-1])
	}
}

func ownVolume(t *testing.T, s *site) {
	s.inclusive(s.first, false)
	d, e := s.device(s.first, s.imsi()), s.device(s.first, s.imsi())
	for i, d := range []device{d, e} {
		one := s.session(d, fmt.Sprint(i), 0)
		s.send(one, one.report(Start, 0, 0, 0), one.report(Stop, 60, 1_500_000, 0))
	}
	for _, r := range s.records(s.first) {
		if r.Cost != homeRate/2 || r.Inclusive != 1_000_000 {
			t.Errorf("%+v", r)
		}
	}
}

func testMode(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `UPDATE sim SET status_id = 4, activation_date = 0 WHERE owner_id = $1`, s.first)
	o := s.online(d, "a")
	o.want(o.ask(o.request(Initial, 0, 0)), Granted, 100_000, false)
	o.ask(o.request(Update, 99_000, 999))
	s.same([]int64{}, s.kinds(s.first, 8))
	o.ask(o.request(Update, 1, 0))
	o.ask(o.request(Update, 1_000, 0))
	o.ask(o.request(Terminate, 0, 0))
	s.same([]int64{8}, s.kinds(s.first, 8))
	if e := s.events(s.first, 8)[0]; !strings.Contains(e.Detail, `"from":{"id":4,"description":"FACTORY TEST"},"to":{"id":1,"description":"ACTIVATED"}`) {
		t.Errorf("detail %s", e.Detail)
	}
	var cost int64
	for _, r := range s.records(s.first) {
		cost += r.Cost
	}
	if cost != homeRate/1000 {
		t.Errorf("it costs %d", cost)
	}
	if got := query(s, db.Int, `SELECT status_id FROM sim WHERE owner_id = $1`, s.first)[0]; got != sim.Activated {
		t.Errorf("status %d", got)
	}
}

func whereabouts(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	admit := func(plmn string, rat int64) string {
		return s.flow.Admit(s.context(), Access{NAS: "pgw", IMSI: d.imsi, PLMN: plmn, RAT: rat, Received: noon}).Reason
	}
	refused := func(plmn string, rat int64, reason string) {
		t.Helper()
		if got := admit(plmn, rat); !strings.Contains(got, reason) || (reason == "") != (got == "") {
			t.Errorf("in %s with %d: %q", plmn, rat, got)
		}
	}
	refused(home, 6, "")
	s.exec(s.first, `INSERT INTO operator_blacklist (organisation_id, endpoint_id, operator_id) VALUES ($1, $2, 1)`, s.first, d.endpoint)
	refused(home, 6, "blacklist")
	refused(neighbour, 6, "")
	s.exec(s.first, `INSERT INTO tariff_profile_block (organisation_id, tariff_profile_id, operator_id, rat_type_id) VALUES ($1, $2, 2, 8)`, s.first, s.prices[s.first])
	refused(neighbour, 8, "tariff profile blocks")
	refused(neighbour, 6, "")
	coverage := s.id("network_coverage", s.operator)
	s.write(func(tx *db.Tx) error {
		for _, statement := range []string{
			`INSERT INTO network_coverage (id, organisation_id, name, imsi_pool_id) VALUES (%d, %d, 'All', 0)`,
			`INSERT INTO network_coverage_entry (coverage_id, operator_id, id, status_id) VALUES (%d, 2, %d, 1)`,
			`INSERT INTO network_coverage_entry (coverage_id, operator_id, id, status_id) VALUES (%d, 3, %d + 1, 0)`,
		} {
			if _, err := tx.Exec(fmt.Sprintf(statement, coverage, s.operator)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(fmt.Sprintf(`INSERT INTO network_coverage_rat (coverage_id, operator_id, rat_type_id) VALUES (%d, 2, 10)`, coverage)); err != nil {
			return err
		}
		return network.Changed(tx)
	})
	s.must(s.flow.Refresh(s.context()))
	refused(abroad, 6, "disabled")
	refused(uncovered, 6, "does not have")
	refused("99999", 6, notCovered)
	stranger := s.online(d, "a")
	stranger.plmn = "99999"
	if a := stranger.again(stranger.request(Initial, 0, 0)); a.Result != NotRated {
		t.Errorf("in a network that nobody knows: %+v", a)
	}
	refused(neighbour, 51, "blacklisted") // NR by its other number
	refused(neighbour, 6, "")
}

func changeInMidSession(t *testing.T, s *site) {
	g := s.ordered()
	d := s.device(s.first, s.imsi())
	one := s.session(d, "a", 0)
	s.send(one, able(one.report(Start, 0, 0, 0)))
	s.exec(s.first, `UPDATE endpoint SET status_id = 1 WHERE organisation_id = $1`, s.first)
	s.flow.Recheck(s.first, d.endpoint)
	s.same([]string{"a end: the endpoint is disabled"}, s.taken(g, 1))
	s.flow.RecheckOrganisation(s.first)
	s.flow.RecheckProfile(s.first, s.services[s.first])
	s.stop()
	s.start()
	s.same([]string{"Data session is ended: the endpoint is disabled."}, func() (list []string) {
		for _, e := range s.events(s.first, 0) {
			list = append(list, e.Description)
		}
		return list
	}())
	o := s.online(d, "b")
	if a := o.ask(o.request(Initial, 0, 0)); a.Result != Denied {
		t.Errorf("%+v", a)
	}
}

func lapsedSession(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.dataQuota(d, 10_000_000, -1, quota.Block)
	o := s.online(d, "a")
	o.ask(o.request(Initial, 0, 0))
	s.advance(300 + 590)
	s.must(s.flow.Sweep(s.context()))
	if one := s.sessions(s.first)[0]; !one.Open() {
		t.Error("closed too early")
	}
	s.advance(300 + 910)
	s.must(s.flow.Sweep(s.context()))
	if one := s.sessions(s.first)[0]; one.Open() || one.Reserved != 0 {
		t.Errorf("open %t, %d held", one.Open(), one.Reserved)
	}
	if a := o.ask(o.request(Update, 700, 0)); a.Result != UnknownSession {
		t.Errorf("%+v", a)
	}
	s.same([]int64{3, 5}, s.kinds(s.first))
}

func ownPrices(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `INSERT INTO custom_rate (organisation_id, tariff_profile_id, id, ratezone_id, service_id, rate, valid_from, valid_until)
		VALUES ($1, $2, 1, $3, 38, 5, 0, 0)`, s.first, s.prices[s.first], s.tariff.Zones[0].ID)
	o := s.online(d, "a")
	o.ask(o.request(Initial, 0, 0))
	o.ask(o.request(Terminate, 1_000_000, 0))
	if r := s.records(s.first)[0]; r.Cost != 5 {
		t.Errorf("it costs %d", r.Cost)
	}
	s.exec(s.first, `INSERT INTO ratezone_selection (organisation_id, tariff_profile_id, ratezone_id) VALUES ($1, $2, $3)`,
		s.first, s.prices[s.first], s.tariff.Zones[1].ID)
	p := s.online(d, "b")
	if a := p.ask(p.request(Initial, 0, 0)); a.Result != NotRated {
		t.Errorf("in a zone that is not selected: %+v", a)
	}
}

func qualityOfService(t *testing.T, s *site) {
	g := s.ordered()
	d := s.device(s.first, s.imsi())
	s.write(func(tx *db.Tx) error {
		if _, err := tx.Exec(fmt.Sprintf(`INSERT INTO qos_definition (definition_id, rat_type_id, max_bandwidth_dl, max_bandwidth_ul)
			VALUES (%d, 6, 2000000, 1000000)`, s.tariff.Definitions[0].ID)); err != nil {
			return err
		}
		return network.Changed(tx)
	})
	s.must(s.flow.Refresh(s.context()))
	o := s.online(d, "a")
	o.can = allAbilities
	ask := func(kind RequestType, number int64) PolicyAnswer {
		p := Policy{Report: o.request(kind, 0, 0).Report, Type: kind, Number: number}
		p.SessionID = "gx;" + d.imsi
		got := make(chan PolicyAnswer, 1)
		if !s.flow.Policy(p, func(a PolicyAnswer) { got <- a }) {
			t.Fatal("the queue is full")
		}
		return <-got
	}
	want := PolicyAnswer{Result: Granted, Rate: Rate{Up: 1_000_000, Down: 2_000_000}, QCI: 9, Priority: 8}
	s.same(want, ask(Initial, 0))
	s.dataQuota(d, 100_000, -1, quota.Throttle)
	s.same(want, ask(Initial, 0)) // a repeat
	o.number = 0
	o.want(o.ask(o.request(Initial, 0, 0)), Granted, 100_000, false)
	o.want(o.ask(o.request(Update, 100_000, 0)), Granted, 1_000_000, false)
	s.same([]string{"gx;" + d.imsi + " rate 128000/128000"}, s.taken(g, 1))
	if a := ask(Update, 1); a.Rate != (Rate{128_000, 128_000}) {
		t.Errorf("%+v", a)
	}
	ask(Terminate, 2)
	o.ask(o.request(Terminate, 0, 0))
	unknown := Policy{Report: Report{NAS: "smf", SessionID: "x", IMSI: "1", ChargingID: -1, Received: noon}, Type: Initial}
	got := make(chan PolicyAnswer, 1)
	s.flow.Policy(unknown, func(a PolicyAnswer) { got <- a })
	if a := <-got; a.Result != UnknownUser {
		t.Errorf("%+v", a)
	}
}

func messages(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.write(func(tx *db.Tx) error {
		if _, err := tx.Exec(fmt.Sprintf(`INSERT INTO ratezone_rate (tariff_id, ratezone_id, id, service_id, rate, valid_from, valid_until)
			VALUES (%d, %d, 990001, 32, 400000000, 0, 0)`, s.tariff.ID, s.tariff.Zones[0].ID)); err != nil {
			return err
		}
		return network.Changed(tx)
	})
	s.exec(s.first, `INSERT INTO service_profile_service (organisation_id, service_profile_id, service_id) VALUES ($1, $2, $3)`,
		s.first, s.services[s.first], tariff.SMSMO)
	s.exec(s.first, `UPDATE service_profile SET apply_sms_quota = TRUE WHERE organisation_id = $1`, s.first)
	q := quota.New(s.first, d.endpoint, quota.SMS, 2, noon+clock.Day, 60, noon)
	s.write(func(tx *db.Tx) error { return quota.Store(tx, []quota.Quota{q}) }, s.first)
	s.must(s.flow.Refresh(s.context()))
	o := s.online(d, "sms")
	send := func() Answer {
		c := o.request(Event, 1, 0)
		c.SMS, c.Services[0].Requests = true, false
		return o.again(c)
	}
	s.same(Granted, send().Result)
	s.same(Granted, send().Result)
	s.same([]int64{20, 21}, s.kinds(s.first))
	if e := s.events(s.first, 21)[0].Detail; !strings.Contains(e, `"threshold_volume":2,"volume":0,"traffic_type":{"id":6`) {
		t.Errorf("detail %s", e)
	}
	rows := query(s, func(r *db.Row) [4]int64 { return [4]int64{r.Int(), r.Int(), r.Int(), r.Int()} },
		`SELECT traffic_type_id, volume_tx, volume_rx, cost FROM usage_record WHERE organisation_id = $1`, s.first)
	s.same([][4]int64{{6, 1, 0, 400000000}, {6, 1, 0, 400000000}}, rows)
}

func learntDevice(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `UPDATE endpoint SET imei_lock = TRUE WHERE organisation_id = $1`, s.first)
	o := s.online(d, "a")
	o.ask(o.request(Initial, 0, 0))
	if got := query(s, db.Text, `SELECT imei FROM endpoint WHERE organisation_id = $1`, s.first)[0]; got != "3567890123456701" {
		t.Errorf("learnt %s", got)
	}
	p := s.online(d, "b")
	c := p.request(Initial, 0, 0)
	c.IMEISV = "3567890123456799" // another software version
	p.want(p.ask(c), Granted, 1_000_000, false)
	q := s.online(d, "c")
	c = q.request(Initial, 0, 0)
	c.IMEISV = "3567890123456001"
	if a := q.ask(c); a.Result != Denied {
		t.Errorf("another device: %+v", a)
	}
}

func resetConnectivity(t *testing.T, s *site) {
	g := s.ordered()
	d := s.device(s.first, s.imsi())
	one := s.session(d, "a", 0)
	s.send(one, able(one.report(Start, 0, 0, 0)))
	s.flow.Disconnect(s.first, d.endpoint)
	s.same([]string{"a end: the connectivity is reset"}, s.taken(g, 1))
	o := s.online(d, "gy")
	o.ask(o.request(Initial, 0, 0))
	s.flow.Disconnect(s.first, d.endpoint)
	s.taken(g, 1)
	o.want(o.ask(o.request(Update, 10, 0)), Denied, Absent, false)
	o.ask(o.request(Terminate, 0, 0))
	p := s.online(d, "gy again")
	p.want(p.ask(p.request(Initial, 0, 0)), Granted, 1_000_000, false)
}

func expiringQuota(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.dataQuota(d, 10_000_000, -1, quota.Block)
	s.exec(s.first, `UPDATE endpoint_quota SET expiry_date = $1 WHERE organisation_id = $2`, noon+100*clock.Second, s.first)
	o := s.online(d, "a")
	a := o.ask(o.request(Initial, 0, 0))
	o.want(a, Granted, 1_000_000, false)
	if a.Services[0].Validity != 100 {
		t.Errorf("it is good for %d s", a.Services[0].Validity)
	}
	s.advance(100)
	o.want(o.ask(o.request(Update, 5, 5)), Denied, Absent, false)
	o.ask(o.request(Terminate, 0, 0))
}

// What a gateway that cannot be told is to end, and is allowed again before it asks, goes on.
func liftedInTime(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	o := s.online(d, "a")
	o.ask(o.request(Initial, 0, 0))
	enforced := func() int64 { return s.sessions(s.first)[0].Enforced }
	for _, status := range []int64{1, 0} {
		s.exec(s.first, `UPDATE endpoint SET status_id = $1 WHERE organisation_id = $2`, status, s.first)
		s.flow.Recheck(s.first, d.endpoint)
		for range 500 {
			if enforced() == -status {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	o.want(o.ask(o.request(Update, 10, 10)), Granted, 1_000_000, false)
	o.ask(o.request(Terminate, 1, 1))
}

// Who pays in one currency cannot use a tariff in another.
func foreignCurrency(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `UPDATE organisation SET currency_id = 2 WHERE id = $1`, s.first)
	o := s.online(d, "a")
	o.want(o.ask(o.request(Initial, 0, 0)), Granted, 1_000_000, false)
	s.prepaid(d, homeRate)
	o.want(o.ask(o.request(Update, 1_000, 0)), NotRated, Absent, false)
	p := s.online(d, "b")
	if a := p.ask(p.request(Initial, 0, 0)); a.Result != NotRated || a.Reason != otherCurrency {
		t.Errorf("%+v", a)
	}
}

// A balance with auto reset is what was loaded last when the organisation's month begins, whoever asks first.
func resetBalance(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.prepaid(d, homeRate)
	s.exec(s.first, `UPDATE endpoint_balance SET auto_reset = TRUE, last_loaded = amount, reset_month = 202611 WHERE organisation_id = $1`, s.first)
	o := s.online(d, "a")
	o.ask(o.request(Initial, 0, 0))
	o.want(o.ask(o.request(Update, 1_000_000, 0)), LimitReached, Absent, false)
	s.advance(30 * 24 * 3600)
	if a := s.flow.Admit(s.context(), Access{NAS: "pgw", IMSI: d.imsi, PLMN: home, Received: at(30 * 24 * 3600)}); !a.Accept {
		t.Errorf("not admitted: %s", a.Reason)
	}
	p := s.online(d, "b")
	p.want(p.ask(p.request(Initial, 0, 0)), Granted, 1_000_000, true)
	p.ask(p.request(Terminate, 1_000, 0))
	if got := s.balance(d); got != homeRate-homeRate/1000 {
		t.Errorf("the balance is %d", got)
	}
	entries := query(s, func(r *db.Row) string { return fmt.Sprint(r.Text(), r.Int()) }, `SELECT kind, amount FROM balance_entry WHERE organisation_id = $1`, s.first)
	s.same([]string{fmt.Sprint("auto_reset", homeRate)}, entries)
}
