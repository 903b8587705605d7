package usage

import (
	"fmt"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/quota"
)

// online is a device's session with a gateway that asks for credit.
type online struct {
	*site
	device
	id     string
	number int64
	plmn   string
	rat    int64
	can    Ability
}

func (s *site) online(d device, id string) *online {
	return &online{site: s, device: d, id: fmt.Sprint(id, ";", d.imsi), plmn: home, rat: 6}
}

// request is the gateway's next request; up and down are what was used since the last.
func (o *online) request(kind RequestType, up, down int64) Credit {
	now := o.clock.Clock().Micros()
	c := Credit{
		Report: Report{
			Kind: Interim, Protocol: Gy, NAS: "smf.example", Peer: "smf.example", Realm: "example", SessionID: o.id, ChargingID: -1, IMSI: o.device.imsi,
			APN: "internet", PLMN: o.plmn, RAT: o.rat, Time: -1, EventTime: now, Received: now, Abilities: o.can, IMEISV: "3567890123456701",
		},
		Type: kind, Number: o.number,
		Services: []Service{{RatingGroup: Absent, ServiceID: Absent, Requests: kind != Terminate, Requested: 1_000_000, Up: up, Down: down}},
	}
	o.number++
	return c
}

// ask sends a request and keeps what it reports for the audit.
func (o *online) ask(c Credit) Answer {
	o.Helper()
	key := o.device.imsi + " " + o.id
	seen := fmt.Sprint(key, " ", c.Number)
	if o.asked == nil {
		o.asked = map[string]bool{}
	}
	if !o.asked[seen] {
		o.asked[seen] = true
		total := o.total[key]
		for _, service := range c.Services {
			total[0], total[1] = total[0]+service.Up, total[1]+service.Down
		}
		o.total[key] = total
	}
	return o.again(c)
}

// again sends a request without counting it.
func (o *online) again(c Credit) Answer {
	o.Helper()
	c.Services = append([]Service(nil), c.Services...)
	got := make(chan Answer, 1)
	if !o.flow.Credit(c, func(a Answer) { got <- a }) {
		o.Fatal("the queue is full")
	}
	return <-got
}

func (o *online) want(a Answer, result Result, units int64, final bool) {
	o.Helper()
	if len(a.Services) != 1 || a.Services[0].Result != result || a.Services[0].Units != units || a.Services[0].Final != final {
		o.Fatalf("answered %+v, want a service with result %d, %d units, final %t", a, result, units, final)
	}
}

// dataQuota turns on the quota of an organisation's service profile and gives an endpoint one.
func (s *site) dataQuota(d device, volume, percentage, action int64) {
	s.Helper()
	s.exec(d.organisation, `UPDATE service_profile SET apply_data_quota = TRUE WHERE organisation_id = $1`, d.organisation)
	s.giveQuota(d, volume, percentage, action)
}

func (s *site) giveQuota(d device, volume, percentage, action int64) {
	s.Helper()
	now := s.clock.Clock().Micros()
	q := quota.New(d.organisation, d.endpoint, quota.Data, volume, now+30*clock.Day, percentage, now)
	if q.Action = action; action == quota.Throttle {
		q.Throughput = 128_000
	}
	s.write(func(tx *db.Tx) error { return quota.Store(tx, []quota.Quota{q}) }, d.organisation)
}

// prepaid turns on prepaid and loads a balance.
func (s *site) prepaid(d device, amount int64) {
	s.Helper()
	s.exec(d.organisation, `UPDATE service_profile SET prepaid = TRUE WHERE organisation_id = $1`, d.organisation)
	b := balance.Balance{Organisation: d.organisation, Endpoint: d.endpoint, Currency: 1}
	b.Credit(amount, s.clock.Clock().Micros())
	s.write(func(tx *db.Tx) error { return balance.Store(tx, []balance.Balance{b}) }, d.organisation)
}

func (s *site) balance(d device) int64 {
	s.Helper()
	return query(s, db.Int, `SELECT amount FROM endpoint_balance WHERE organisation_id = $1 AND endpoint_id = $2`, d.organisation, d.endpoint)[0]
}

func (s *site) kinds(organisation int64, types ...int64) (list []int64) {
	for _, e := range s.events(organisation, types...) {
		list = append(list, e.Type)
	}
	return list
}

func TestCredit(t *testing.T) {
	onEach(t, map[string]func(*testing.T, *site){
		"a quota cuts where it ends":          quotaCuts,
		"a refused session":                   refusedSession,
		"repeats":                             repeatedRequests,
		"a prepaid balance":                   prepaidBalance,
		"two sessions on a balance":           sharedBalance,
		"requests of an unknown session":      unknownSession,
		"out of order":                        overtaken,
		"an event":                            oneTime,
		"what cannot be stored":               creditPoison,
		"a transfer in mid-session":           creditTransfer,
		"no bytes are held after all is over": heldNothing,
	})
}

func (s *site) slices(bytes int64) {
	s.stop()
	s.settings.Grants.Slice = bytes
	s.start()
}

func quotaCuts(t *testing.T, s *site) {
	s.slices(100_000)
	d := s.device(s.first, s.imsi())
	s.dataQuota(d, 250_000, 20, quota.Block)
	o := s.online(d, "a")
	a := o.ask(o.request(Initial, 0, 0))
	o.want(a, Granted, 100_000, false)
	if g := a.Services[0]; g.Threshold != 20_000 || g.Validity != 300 {
		t.Errorf("threshold %d, validity %d", g.Threshold, g.Validity)
	}
	o.want(o.ask(o.request(Update, 40_000, 60_000)), Granted, 100_000, false)
	o.want(o.ask(o.request(Update, 50_000, 50_000)), Granted, 50_000, true)
	s.same([]int64{3}, s.kinds(s.first))
	o.want(o.ask(o.request(Update, 50_000, 0)), LimitReached, Absent, false)
	s.same([]int64{3, 18, 19}, s.kinds(s.first))
	o.ask(o.request(Terminate, 0, 0))
	s.same([]int64{3, 18, 19, 5}, s.kinds(s.first))
	if detail := s.events(s.first, 19)[0].Detail; detail != `{"quota":{"threshold_percentage":20,"threshold_volume":0.05,"volume":0}}` {
		t.Errorf("detail %s", detail)
	}
	again := s.online(d, "b")
	if a := again.ask(again.request(Initial, 0, 0)); a.Result != LimitReached {
		t.Errorf("a new session gets %+v", a)
	}
	s.giveQuota(d, 1, -1, quota.Block)
	third := s.online(d, "c")
	third.want(third.ask(third.request(Initial, 0, 0)), Granted, 1, true)
}

func refusedSession(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `UPDATE service_profile SET apply_data_quota = TRUE WHERE organisation_id = $1`, s.first)
	o := s.online(d, "a")
	first := o.request(Initial, 0, 0)
	if a := o.ask(first); a.Result != Denied || !strings.Contains(a.Reason, "no quota") {
		t.Errorf("without a quota: %+v", a)
	}
	s.giveQuota(d, 1_000_000, -1, quota.Block)
	if a := o.again(first); a.Result != Denied {
		t.Errorf("the same request is answered differently: %+v", a)
	}
	next := s.online(d, "b")
	next.want(next.ask(next.request(Initial, 0, 0)), Granted, 1_000_000, true)
	away := s.online(d, "c")
	away.plmn = uncovered
	if a := away.ask(away.request(Initial, 0, 0)); a.Result != NotRated {
		t.Errorf("in a network without a price: %+v", a)
	}
	nobody := s.online(device{imsi: "999990000000001"}, "d")
	if a := nobody.again(nobody.request(Initial, 0, 0)); a.Result != UnknownUser {
		t.Errorf("nobody's IMSI: %+v", a)
	}
	s.exec(s.first, `UPDATE endpoint SET imei = '3567890123456700', imei_lock = TRUE WHERE organisation_id = $1`, s.first)
	locked := s.online(d, "e")
	c := locked.request(Initial, 0, 0)
	c.IMEISV = "9999990123456700"
	if a := locked.ask(c); a.Result != Denied || !strings.Contains(a.Reason, "locked") {
		t.Errorf("another device: %+v", a)
	}
}

func repeatedRequests(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.prepaid(d, 100_0000000000)
	o := s.online(d, "a")
	var requests []Credit
	var answers []Answer
	for i := range 4 {
		c := o.request([]RequestType{Initial, Update, Update, Terminate}[i], int64(i)*10_000, int64(i))
		a := o.ask(c)
		for range 3 {
			s.same(a.text(), o.again(c).text())
		}
		requests, answers = append(requests, c), append(answers, a)
	}
	paid := s.balance(d)
	s.restart()
	for i := range requests {
		s.same(answers[i].text(), o.again(requests[i]).text())
	}
	if s.balance(d) != paid {
		t.Errorf("repeats were paid: %d then %d", paid, s.balance(d))
	}
}

func prepaidBalance(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.prepaid(d, 0)
	o := s.online(d, "a")
	if a := o.ask(o.request(Initial, 0, 0)); a.Result != LimitReached {
		t.Errorf("with nothing loaded: %+v", a)
	}
	s.prepaid(d, 3*homeRate/10) // 300 kB
	s.slices(200_000)
	o = s.online(d, "b")
	o.want(o.ask(o.request(Initial, 0, 0)), Granted, 200_000, false)
	o.want(o.ask(o.request(Update, 0, 200_000)), Granted, 100_000, true)
	o.want(o.ask(o.request(Update, 0, 100_000)), LimitReached, Absent, false)
	o.ask(o.request(Terminate, 0, 500)) // what was on its way is paid, too
	if got := s.balance(d); got != -homeRate/1000 {
		t.Errorf("the balance is %d", got)
	}
}

func sharedBalance(t *testing.T, s *site) {
	s.slices(200_000)
	d := s.device(s.first, s.imsi())
	s.prepaid(d, 3*homeRate/10) // 300 kB
	a, b := s.online(d, "a"), s.online(d, "b")
	a.want(a.ask(a.request(Initial, 0, 0)), Granted, 200_000, false)
	b.want(b.ask(b.request(Initial, 0, 0)), Granted, 100_000, false)
	a.want(a.ask(a.request(Update, 200_000, 0)), LimitReached, Absent, false) // the rest is held by the other
	b.want(b.ask(b.request(Update, 0, 50_000)), Granted, 50_000, true)
	b.want(b.ask(b.request(Update, 0, 50_000)), LimitReached, Absent, false)
	if got := s.balance(d); got != 0 {
		t.Errorf("the balance is %d", got)
	}
	a.ask(a.request(Terminate, 0, 0))
	b.ask(b.request(Terminate, 0, 0))
}

func unknownSession(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	o := s.online(d, "a")
	o.number = 3
	u := o.request(Update, 5_000, 0)
	if a := o.ask(u); a.Result != UnknownSession {
		t.Errorf("an update: %+v", a)
	}
	if a := o.again(u); a.Result != UnknownSession {
		t.Errorf("repeated: %+v", a)
	}
	p := s.online(d, "b")
	p.number = 9
	if a := p.ask(p.request(Terminate, 1, 2)); a.Result != Granted {
		t.Errorf("a termination: %+v", a)
	}
	if n := len(s.events(s.first, 5)); n != 2 {
		t.Errorf("%d sessions ended", n)
	}
}

func overtaken(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	o := s.online(d, "a")
	o.ask(o.request(Initial, 0, 0))
	first, second := o.request(Update, 100, 0), o.request(Update, 10, 0)
	o.want(o.ask(second), Granted, 1_000_000, false)
	o.want(o.ask(first), Granted, Absent, false)
	o.want(o.again(second), Granted, 1_000_000, false)
	if one := s.sessions(s.first)[0]; one.Uplink != 110 || one.Reserved != 1_000_000 {
		t.Errorf("%d bytes up, %d held", one.Uplink, one.Reserved)
	}
}

func oneTime(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	s.prepaid(d, homeRate)
	o := s.online(d, "a")
	c := o.request(Event, 0, 250_500)
	c.Services[0].Requests = false
	if a := o.again(c); a.Result != Granted {
		t.Fatalf("%+v", a)
	}
	o.again(c)
	if got, want := s.balance(d), int64(homeRate-homeRate*251/1000); got != want {
		t.Errorf("the balance is %d, want %d", got, want)
	}
	asks := o.request(Event, 0, 0)
	asks.Services[0].Requested = 10_000_000
	if a := o.again(asks); a.Result != LimitReached {
		t.Errorf("more than there is: %+v", a)
	}
	asks = o.request(Event, 0, 0)
	asks.Services[0].Requested = 100_000
	asks.Enquiry = true
	before := s.balance(d)
	if a := o.again(asks); a.Result != Granted || s.balance(d) != before {
		t.Errorf("an enquiry: %+v", a)
	}
	records := s.records(s.first)
	if len(records) != 1 || records[0].Rx != 250_500 || records[0].Cost != homeRate*251/1000 {
		t.Errorf("%+v", records)
	}
	s.total[d.imsi+" event"] = [2]int64{0, 250_500}
	for _, one := range s.sessions(s.first) {
		t.Errorf("an event made session %d", one.ID)
	}
}

func creditTransfer(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	o := s.online(d, "a")
	o.ask(o.request(Initial, 0, 0))
	u := o.request(Update, 1_000, 2_000)
	o.ask(u)
	s.transfer(&d, s.second)
	o.device = d
	o.again(u)
	o.want(o.ask(o.request(Update, 10, 20)), Granted, 1_000_000, false)
	o.ask(o.request(Terminate, 1, 1))
	if n := len(s.events(s.second, 5)); n != 1 {
		t.Errorf("the new owner's session ended %d times", n)
	}
}

func heldNothing(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	limit := int64(50 * homeRate)
	s.exec(s.first, `UPDATE organisation SET monthly_cost_limit = $1 WHERE id = $2`, limit, s.first)
	o, p := s.online(d, "a"), s.online(d, "b")
	for _, one := range []*online{o, p} {
		one.ask(one.request(Initial, 0, 0))
		one.ask(one.request(Update, 300_000, 0))
	}
	shared := func() []int64 {
		return query(s, func(r *db.Row) int64 { return r.Int()<<8 | r.Int() }, `SELECT reserved, holders FROM organisation_account WHERE organisation_id = $1`, s.first)
	}
	if got := shared(); got[0]&255 != 2 || got[0]>>8 < 2*homeRate {
		t.Errorf("held: %d", got)
	}
	o.ask(o.request(Terminate, 0, 0))
	p.ask(p.request(Terminate, 0, 0))
	if got := shared(); got[0] != 0 {
		t.Errorf("held: %d", got)
	}
	cost := query(s, db.Int, `SELECT month_cost FROM organisation_account WHERE organisation_id = $1`, s.first)[0]
	if cost != 6*homeRate/10 {
		t.Errorf("the month cost %d", cost)
	}
}

// What cannot be stored is answered so, set aside, and can be replayed.
func creditPoison(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	o := s.online(d, "a")
	o.ask(o.request(Initial, 0, 0))
	c := o.request(Update, -1, 0)
	if a := o.again(c); a.Result != Failed {
		t.Errorf("negative use: %+v", a)
	}
	unknown := s.online(device{imsi: "999990000000009"}, "b")
	unknown.number = 1
	if a := unknown.again(unknown.request(Update, 5, 0)); a.Result != UnknownUser {
		t.Errorf("nobody's use: %+v", a)
	}
	waiting := query(s, db.Int, `SELECT COUNT(*) FROM usage_reject WHERE imsi IN ($1, $2)`, d.imsi, "999990000000009")[0]
	if waiting != 2 {
		t.Errorf("%d are set aside", waiting)
	}
	s.exec0(`DELETE FROM usage_reject`)
	o.number = 1
	o.ask(o.request(Update, 3, 4))
	for range keptAnswers + 1 {
		o.ask(o.request(Update, 1, 0))
	}
	o.number = 1
	if a := o.again(o.request(Update, 3, 4)); a.Result != Failed {
		t.Errorf("a repeat whose answer is forgotten: %+v", a)
	}
}
