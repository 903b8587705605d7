package usage

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/tariff"
)

// givenAnswer is an answer to a request that belongs to no session.
type givenAnswer struct {
	hour int64
	text string
}

func requestName(c *Credit) string { return fmt.Sprint(c.SessionID, " ", c.Number) }

func (o *oracle) ownerOf(imsi string) *owner {
	for _, w := range o.owners {
		if w.imsi == imsi {
			return w
		}
	}
	return nil
}

func (o *oracle) sessionOf(id string) *running {
	for _, s := range slices.Backward(o.sessions) {
		if s.id == id {
			return s
		}
	}
	return nil
}

// credit takes a request and what it was answered.
func (o *oracle) credit(c *Credit, a Answer) {
	o.Helper()
	w := o.ownerOf(c.IMSI)
	if c.Type == Event {
		o.event(w, c, a)
		return
	}
	s := o.sessionOf(c.SessionID)
	if s != nil && s.seenNumber(c.Number) {
		o.sameAnswer(s, c, a)
		return
	}
	if g, ok := o.given[requestName(c)]; ok && c.Type == Initial && o.now/clock.Hour-g.hour <= 1 {
		o.wantText(c, a, g.text)
		return
	}
	up, down := sum(c)
	lost := s == nil && c.Type != Initial || s != nil && !s.open()
	if s == nil {
		if c.Type == Initial && o.refused(w, c, a) {
			return
		}
		s = o.begin(w, c.Report)
	}
	testing := s.test
	o.charge(s, c, up, down)
	if testing && !s.test && s.open() && c.Type != Terminate && !lost { // what it is granted next costs
		o.cut(s, when(c.Report))
		o.move(s, c.Report)
	}
	o.answered(s, c, a, lost)
	o.keep(s, c, a)
}

func sum(c *Credit) (up, down int64) {
	for _, service := range c.Services {
		up, down = up+service.Up, down+service.Down
	}
	return up, down
}

// refused holds the answer to a first request against what the device may do.
func (o *oracle) refused(w *owner, c *Credit, a Answer) bool {
	o.Helper()
	operator := operators[c.PLMN]
	_, _, priced := o.rate(w, operator, dataService, when(c.Report))
	r := o.rule(w, dataService, operator, priced)
	if !r.closed {
		return false
	}
	if a.Result != r.result || granted(a) > 0 {
		o.Fatalf("%+v of %s is answered %+v, want result %d", c.Services, c.SessionID, a, r.result)
	}
	for _, g := range a.Services {
		if g.Result != r.result {
			o.Fatalf("a service of a refused session is answered %+v", g)
		}
	}
	o.given[requestName(c)] = givenAnswer{o.now / clock.Hour, a.text()}
	o.reject(w, a.Reason)
	return true
}

// reject counts the events of refused sessions: one a minute for each device and reason.
func (o *oracle) reject(w *owner, reason string) {
	key := rejection{w.sim, reason}
	if last, ok := o.rejected[key]; ok && o.now-last < o.rules.Reject.Microseconds() {
		return
	}
	o.rejected[key] = o.now
	o.noted++
}

// begin opens a session at its first report.
func (o *oracle) begin(w *owner, r Report) *running {
	s := o.newRunning(w, r.SessionID)
	s.radius, s.can = r.Protocol == RADIUS, r.Abilities
	s.began = when(r) - max(r.Time, 0)*clock.Second
	s.seen, s.sliceBegan = s.began, s.began
	o.sessions = append(o.sessions, s)
	return s
}

// charge counts what a request tells.
func (o *oracle) charge(s *running, c *Credit, up, down int64) {
	at := when(c.Report)
	s.up, s.down = s.up+up, s.down+down
	moved := o.move(s, c.Report)
	o.use(s, at, up, down)
	s.seen, s.eventTime = max(s.seen, at), max(s.eventTime, c.EventTime)
	o.announce(s, at, moved)
}

// answered holds an answer against what the session may do next, and ends what is over.
func (o *oracle) answered(s *running, c *Credit, a Answer, lost bool) {
	o.Helper()
	at := when(c.Report)
	ends := s.open() && (c.Type == Terminate || lost)
	if !ends && (!s.open() || len(o.notices) > 0 || o.due(s, at)) {
		o.cut(s, at)
	}
	o.grant(s, c, a, lost)
	if ends {
		o.end(s, at)
	}
	o.tell()
}

// seenNumber reports whether a request of this number was taken, or is too old to tell.
func (s *running) seenNumber(n int64) bool { return s.numbers[n] || n <= s.highest-window }

// keep remembers a request and its answer.
func (o *oracle) keep(s *running, c *Credit, a Answer) {
	s.numbers[c.Number] = true
	s.highest = max(s.highest, c.Number)
	s.kept = append(s.kept, keptAnswer{c.Number, a.text()})
	s.kept = s.kept[max(len(s.kept)-keptAnswers, 0):]
}

// sameAnswer holds the answer to a repeated request against the first one.
func (o *oracle) sameAnswer(s *running, c *Credit, a Answer) {
	o.Helper()
	for _, k := range s.kept {
		if k.number == c.Number {
			o.wantText(c, a, k.text)
			return
		}
	}
	o.nothing(c, a, Failed, Failed)
}

func (o *oracle) wantText(c *Credit, a Answer, text string) {
	o.Helper()
	if a.text() != text {
		o.Fatalf("request %d of %s was answered %s and is answered %s again", c.Number, c.SessionID, text, a.text())
	}
}

func granted(a Answer) (units int64) {
	for _, g := range a.Services {
		units += max(g.Units, 0)
	}
	return units
}

// event takes a one-time request.
func (o *oracle) event(w *owner, c *Credit, a Answer) {
	o.Helper()
	if g, ok := o.given[requestName(c)]; ok && o.now/clock.Hour-g.hour <= 1 {
		o.wantText(c, a, g.text)
		return
	}
	r := o.takeEvent(w, c)
	if a.Result != r.result {
		o.Fatalf("a one-time request %+v is answered %+v, want result %d", c.Services, a, r.result)
	}
	for i, service := range c.Services {
		want := Absent
		if service.Requests && service.Up+service.Down == 0 && service.Requested > 0 && !r.closed {
			want = service.Requested
		}
		if a.Services[i].Units != want || a.Services[i].Result != r.result {
			o.Fatalf("service %d of a one-time request %+v is answered %+v, want %d units", i, c.Services, a.Services[i], want)
		}
	}
	if !c.Enquiry {
		o.given[requestName(c)] = givenAnswer{o.now / clock.Hour, a.text()}
	}
}

// takeEvent decides on a one-time request and charges it. What was used is charged even where nothing may be used.
func (o *oracle) takeEvent(w *owner, c *Credit) ruling {
	if c.Refund {
		return no(NotApplicable)
	}
	service := dataService
	if c.SMS {
		if service = tariff.SMSMO; c.Incoming {
			service = tariff.SMSMT
		}
	}
	up, down := sum(c)
	asked := int64(0)
	for _, s := range c.Services {
		if s.Requests && s.Up+s.Down == 0 {
			asked += max(s.Requested, 0)
		}
	}
	s := o.newRunning(w, "")
	s.began, s.seen, s.sliceBegan = when(c.Report), when(c.Report), when(c.Report)
	s.circumstances = o.placed(s, c.Report)
	_, rate, priced := o.rate(w, s.operator, service, when(c.Report))
	r := o.rule(w, service, s.operator, priced)
	if !r.closed && asked > 0 && !o.affords(s, service, rate, asked) {
		r = no(LimitReached)
	}
	if r.closed && up+down == 0 {
		return r
	}
	used := r
	if r.result != NotRated { // it is recorded without a price
		used.result = Granted
	}
	if c.Enquiry {
		return used
	}
	switch {
	case r.closed:
	case service == tariff.SMSMO:
		up += asked
	default:
		down += asked
	}
	o.chargeEvent(s, c, service, rate, up, down)
	return used
}

// affords reports whether all that is asked for may be used.
func (o *oracle) affords(s *running, service, rate, asked int64) bool {
	_, money := o.moneyLeft(s)
	if service != dataService {
		left := o.underLimits(s.owner, service)
		if q := s.quotas[quotaSMS]; s.conditions.smsQuota && q != nil && q.block {
			left = min(left, max(q.left(), 0))
		}
		return asked <= left && (money == nil || new(big.Int).Mul(big.NewInt(rate), big.NewInt(asked)).Cmp(money) <= 0)
	}
	return asked <= o.bytesFree(s) && (money == nil || o.pays(s, asked, money))
}

// chargeEvent charges a one-time use and records it.
func (o *oracle) chargeEvent(s *running, c *Credit, service, rate, up, down int64) {
	at := when(c.Report)
	if up+down == 0 {
		return
	}
	if service == dataService {
		o.use(s, at, up, down)
		o.cut(s, at)
		o.tell()
		return
	}
	zone, _, priced := o.rate(s.owner, s.operator, service, at)
	s.owner.purse.settle(o.zone, o.now)
	cost := new(big.Int).Mul(big.NewInt(rate), big.NewInt(up+down))
	e := entry{
		Event: aRecord, Device: s.name, Tx: up, Rx: down, At: at, Start: at, Traffic: record.SMS, Operator: s.operator, RAT: s.rat,
		Zone: zone, Month: monthIn(o.zone, at), Rated: true, Rate: rate, Block: 1, Cost: cost.String(), LineCost: "0", Debited: "0",
	}
	if !priced {
		e.Rated, e.Block = false, 0
	}
	if s.conditions.prepaid && s.purse != nil {
		s.purse.debited = plus(s.purse.debited, cost)
		e.Debited, e.Balance = cost.String(), s.purse.amount().String()
	}
	o.log = append(o.log, e)
	o.consume(s.owner, at, e.Month, cost, service, up+down)
	if s.test {
		o.tested(s, at, 0, up+down)
	}
	o.tell()
}

// report takes a report of cumulative counters.
func (o *oracle) report(r Report) {
	w, s := o.ownerOf(r.IMSI), o.sessionOf(r.SessionID)
	at := when(r)
	switch {
	case s == nil && r.Time > 0 && r.Received-r.Time*clock.Second < r.Received-o.rules.KeepClosed.Microseconds()-clock.Second:
		return // it may be one that was forgotten: set aside
	case s == nil:
		s = o.begin(w, r)
	case s.knows(r):
		return
	}
	up, down := max(r.Uplink-s.up, 0), max(r.Downlink-s.down, 0)
	s.up, s.down = s.up+up, s.down+down
	moved := o.move(s, r)
	o.use(s, at, up, down)
	s.seen, s.eventTime, s.time = max(s.seen, at), max(s.eventTime, r.EventTime), max(s.time, r.Time)
	o.announce(s, at, moved)
	switch {
	case r.Kind == Stop && s.open():
		o.end(s, at)
	case !s.open(), len(o.notices) > 0, o.due(s, at):
		o.cut(s, at)
	}
	o.tell()
	if s.open() {
		o.enforce(s, o.rule(w, dataService, s.operator, s.line.rated))
	}
}

// knows reports whether a report tells nothing that is not known of its session.
func (s *running) knows(r Report) bool {
	older := r.Kind == Start || r.EventTime <= s.eventTime && r.Time <= s.time
	return !(r.Kind == Stop && s.open()) && older && r.Uplink <= s.up && r.Downlink <= s.down
}
