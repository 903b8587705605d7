package usage

import (
	"fmt"
	"math/big"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
)

// steps are what may happen. What it is all about comes more often.
func (w *world) steps() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"open":       func(*rapid.T) { w.send(w.request(w.call(false), Initial)) },
		"open2":      func(*rapid.T) { w.send(w.request(w.call(false), Initial)) },
		"update":     func(*rapid.T) { w.send(w.request(w.ready(), Update)) },
		"update2":    func(*rapid.T) { w.send(w.request(w.ready(), Update)) },
		"update3":    func(*rapid.T) { w.send(w.request(w.ready(), Update)) },
		"terminate":  func(*rapid.T) { w.terminate(w.ready()) },
		"one-time":   func(*rapid.T) { w.oneTime() },
		"start":      func(*rapid.T) { w.send(w.count(w.call(true), Start)) },
		"interim":    func(*rapid.T) { w.send(w.count(w.counting(), Interim)) },
		"stop":       func(*rapid.T) { w.send(w.count(w.counting(), Stop)) },
		"move":       func(*rapid.T) { w.moves() },
		"arrive":     func(*rapid.T) { w.arrive() },
		"again":      func(*rapid.T) { w.repeat() },
		"wait":       func(*rapid.T) { w.wait(rapid.Int64Range(1, 400).Draw(w.t, "seconds")) },
		"wait2":      func(*rapid.T) { w.wait(rapid.Int64Range(1, 3600).Draw(w.t, "seconds")) },
		"midnight":   func(*rapid.T) { w.midnight() },
		"crash":      func(*rapid.T) { w.crashes() },
		"sweep":      func(*rapid.T) { w.sweeps() },
		"access":     func(*rapid.T) { w.access() },
		"quota":      func(*rapid.T) { w.changesQuota() },
		"load":       func(*rapid.T) { w.loads() },
		"extend":     func(*rapid.T) { w.extends() },
		"cost limit": func(*rapid.T) { w.changesLimit() },
		"device":     func(*rapid.T) { w.changesDevice() },
	}
}

// ready draws a session whose gateway can send a request.
func (w *world) ready() *call {
	return w.oneOf(func(c *call) bool { return !c.radius && !c.over && (!c.obedient || c.waiting == 0) })
}

func (w *world) counting() *call { return w.oneOf(func(c *call) bool { return c.radius && !c.over }) }

func (w *world) oneOf(fits func(*call) bool) *call {
	if slices.ContainsFunc(w.batch, func(m message) bool { return m.of != nil && m.of.waiting > 0 }) {
		w.flush() // who waits for an answer gets it
	}
	var some []*call
	for _, c := range w.sessions {
		if fits(c) {
			some = append(some, c)
		}
	}
	if len(some) == 0 {
		w.t.Skip("no session")
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(w.t, "session")]
}

func (w *world) terminate(c *call) {
	m := w.request(c, Terminate)
	c.over = true
	w.send(m)
}

// oneTime is a request outside of any session.
func (w *world) oneTime() {
	t := w.t
	if w.book.volume != nil {
		w.onlyWild()
	}
	w.serial++
	c := &call{owner: w.someone(), id: fmt.Sprint("e", w.serial), plmn: w.network(), rat: 6}
	r := &Credit{Report: w.about(c), Type: Event, SMS: rapid.Bool().Draw(t, "SMS")}
	r.Incoming = r.SMS && rapid.Bool().Draw(t, "to the device")
	r.Refund, r.Enquiry = chance(t, 10, "refund"), chance(t, 6, "enquiry")
	for range rapid.IntRange(1, 2).Draw(t, "services") {
		s := Service{RatingGroup: Absent, ServiceID: Absent, Requested: Absent}
		n := volume(t, "units")
		if r.SMS {
			n %= 4
		}
		if s.Requests = w.calm || rapid.Bool().Draw(t, "asks"); s.Requests {
			s.Requested = n
		}
		if !s.Requests || !w.calm && chance(t, 6, "reports as well") {
			if s.Up = n; r.Incoming {
				s.Up, s.Down = 0, n
			}
		}
		r.Services = append(r.Services, s)
	}
	w.send(message{credit: r, report: r.Report, first: true})
}

// moves brings a session to another network.
func (w *world) moves() {
	w.onlyWild()
	c := w.oneOf(func(c *call) bool { return !c.over })
	c.plmn = w.network()
	c.rat = rapid.SampledFrom([]int64{6, 8}).Draw(w.t, "RAT")
}

// arrive delivers something that was on its way for long.
func (w *world) arrive() {
	if len(w.air) == 0 {
		w.t.Skip("nothing is on its way")
	}
	i := rapid.IntRange(0, len(w.air)-1).Draw(w.t, "which")
	m := w.air[i]
	w.air = slices.Delete(w.air, i, i+1)
	w.join(m)
	w.flush()
}

// repeat delivers something again.
func (w *world) repeat() {
	if len(w.past) == 0 {
		w.t.Skip("nothing was sent")
	}
	m := w.past[rapid.IntRange(0, len(w.past)-1).Draw(w.t, "which")]
	if m.credit != nil && m.credit.Enquiry {
		w.t.Skip("it is decided anew")
	}
	w.join(m)
	if rapid.Bool().Draw(w.t, "at once") {
		w.flush()
	}
}

// wait lets time pass.
func (w *world) wait(seconds int64) {
	w.flush()
	for _, zone := range []*time.Location{w.book.zone, time.UTC} { // what was promised in one period is used in another
		if dayIn(zone, w.book.now) != dayIn(zone, w.book.now+seconds*clock.Second) && w.running() {
			w.onlyWild()
		}
	}
	if w.running() && slices.ContainsFunc(w.book.owners, func(one *owner) bool {
		return one.purse != nil && one.purse.expiry > w.book.now && one.purse.expiry <= w.book.now+seconds*clock.Second
	}) {
		w.onlyWild() // what was used of a balance is told when it has lapsed
	}
	w.clock.Advance(time.Duration(seconds) * time.Second)
	w.book.now = w.clock.Clock().Micros()
	w.t.Logf("it is %s", clock.FromMicros(w.book.now).In(w.book.zone))
}

// midnight is the next one of the organisation, or of UTC, or just before or after it.
func (w *world) midnight() {
	zone := w.book.zone
	if rapid.Bool().Draw(w.t, "UTC") {
		zone = time.UTC
	}
	year, month, day := time.UnixMicro(w.book.now).In(zone).Date()
	next := time.Date(year, month, day+1, 0, 0, 0, 0, zone).UnixMicro()
	seconds := (next-w.book.now)/clock.Second + rapid.Int64Range(-1, 1).Draw(w.t, "off")
	if seconds <= 0 {
		w.t.Skip("it is midnight")
	}
	w.wait(seconds)
}

// crashes ends the process, or the machine, between two steps or in the midst of one.
func (w *world) crashes() {
	if w.dir != "" && chance(w.t, 40, "power") {
		w.outage()
	}
	w.flush()
	w.crash(false, func() {})
	clear(w.book.rejected)
	w.compare()
}

// outage ends the machine while it works. Who got no answer asks again; what the process would have done by itself after its
// last commit, and had not, is done at the next occasion: the events of refusals may be lost.
func (w *world) outage() {
	if len(w.batch) == 0 {
		w.crash(true, func() {})
		return
	}
	items := w.items()
	w.crash(true, func() { w.process(items) })
	again := w.items()
	w.process(again)
	w.flow.RecheckOrganisation(w.organisation)
	w.settle()
	before := w.book.noted
	clear(w.book.rejected)
	w.outages, w.book.again = true, true
	w.learn(again)
	w.outages = false
	w.mayLack += w.book.noted - before
}

// sweeps ends what fell silent.
func (w *world) sweeps() {
	w.flush()
	if w.running() {
		w.onlyWild()
	}
	w.stored()
	w.must(w.flow.Sweep(w.context()))
	w.settle()
	w.sorted = append(w.sorted, [2]int{len(w.book.log), 0})
	open := len(w.book.log)
	w.forget(w.book.sweep())
	w.sorted[len(w.sorted)-1] = [2]int{open, len(w.book.log)}
	w.follow()
}

// access asks as a gateway does that opens a session without asking for credit.
func (w *world) access() {
	w.flush()
	one := w.someone()
	plmn := w.network()
	got := w.flow.Admit(w.context(), Access{NAS: "gateway", IMSI: one.imsi, APN: "internet", PLMN: plmn, RAT: 6, Received: w.book.now})
	w.settle()
	_, _, priced := w.book.rate(one, operators[plmn], dataService, w.book.now)
	before := w.book.account
	r := w.book.rule(one, dataService, operators[plmn], priced)
	w.book.account = before // who only asks lifts no block
	if got.Accept == r.closed {
		w.t.Fatalf("asked for access: %+v, want %+v", got, r)
	}
	if r.closed {
		w.book.reject(one, got.Reason)
	}
}

func (w *world) changesQuota() {
	w.flush()
	if w.running() {
		w.onlyWild()
	}
	one := w.someone()
	traffic := rapid.SampledFrom([]int64{quota.Data, quota.Data, quota.SMS}).Draw(w.t, "traffic")
	w.giveQuota(one, traffic)
	w.recheck(one)
}

// recheck judges sessions anew, as the API does after a change.
func (w *world) recheck(one *owner) {
	w.flow.Recheck(w.organisation, one.endpoint)
	w.settle()
	w.book.judgeAnew(func(s *running) bool { return s.owner == one })
	w.follow()
}

func (w *world) loads() {
	w.flush()
	one, n := w.someone(), amount(w.t, "load")
	if !w.calm && chance(w.t, 5, "take") {
		n = -n
	}
	w.load(one, n, rapid.SampledFrom([]int64{3_000_000, 3_000_000, 1800}).Draw(w.t, "balance expires"))
	w.recheck(one)
}

// extends lets a device use more than its limit until the month ends.
func (w *world) extends() {
	w.flush()
	one := w.someone()
	_, end := bounds(time.UTC, monthIn(time.UTC, w.book.now))
	e := extra{service: rapid.SampledFrom([]int64{tariff.Data, tariff.SMSMO}).Draw(w.t, "service"), volume: volume(w.t, "extra"), expires: end}
	one.extensions = append(one.extensions, e)
	w.write(func(tx *db.Tx) error {
		_, err := limit.Extend(tx, w.organisation, one.endpoint, int64(len(one.extensions)), limit.Limit{Service: e.service}, e.volume, w.book.now)
		return err
	}, w.organisation)
	w.recheck(one)
}

func (w *world) changesLimit() {
	w.flush()
	if w.book.account.prepaid && rapid.Bool().Draw(w.t, "pay") {
		w.pay(amount(w.t, "payment"))
	} else {
		w.onlyWild()
		w.limitCost(amount(w.t, "cost limit"))
	}
	w.flow.RecheckOrganisation(w.organisation)
	w.settle()
	w.book.judgeAnew(func(*running) bool { return true })
	w.follow()
}

// changesDevice changes something about a device that has nothing to do with what it has left.
func (w *world) changesDevice() {
	w.flush()
	one := w.someone()
	switch rapid.SampledFrom([]string{"endpoint", "SIM", "blacklist", "service", "new"}).Draw(w.t, "what") {
	case "endpoint":
		one.disabled = !one.disabled
		status := 0
		if one.disabled {
			status = 1
		}
		w.exec(w.organisation, `UPDATE endpoint SET status_id = $1 WHERE organisation_id = $2 AND id = $3`, status, w.organisation, one.endpoint)
	case "SIM":
		w.changesSIM(one)
	case "blacklist":
		if one.blacklist[1] {
			w.exec(w.organisation, `DELETE FROM operator_blacklist WHERE organisation_id = $1 AND endpoint_id = $2`, w.organisation, one.endpoint)
		} else {
			w.exec(w.organisation, `INSERT INTO operator_blacklist (organisation_id, endpoint_id, operator_id) VALUES ($1, $2, 1)`, w.organisation, one.endpoint)
		}
		one.blacklist[1] = !one.blacklist[1]
	case "new":
		if len(w.book.owners) < 5 {
			w.addDevice()
		}
		return
	}
	w.recheck(one)
}

// changesSIM suspends a SIM or activates it.
func (w *world) changesSIM(one *owner) {
	if one.test {
		return
	}
	to := sim.Suspended
	if one.suspended {
		to = sim.Activated
	}
	w.write(func(tx *db.Tx) error {
		card, err := sim.Load(tx, one.sim)
		if err != nil {
			return err
		}
		return card.SetStatus(tx, w.book.now, 0, to)
	}, w.organisation)
	w.book.suspend(one, !one.suspended)
}

// finish ends all sessions; then nothing is held any more, and the books must balance.
func (w *world) finish() {
	w.flush()
	w.compare()
	for _, c := range w.sessions {
		if c.over || c.refused {
			continue
		}
		if c.radius {
			w.join(w.count(c, Stop))
		} else {
			w.join(w.request(c, Terminate))
		}
	}
	for _, m := range w.air {
		w.join(m)
	}
	w.compare()
	for _, s := range w.book.sessions {
		if s.open() || s.held.text() != (holding{cost: new(big.Int), share: new(big.Int)}).text() {
			w.t.Fatalf("in the end session %s holds %s", s.id, s.held.text())
		}
	}
}
