package usage

import (
	"math/big"
	"slices"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/session"
)

// send lets a message arrive at once, together with others, or some time.
func (w *world) send(m message) {
	switch rapid.SampledFrom([]string{"now", "now", "now", "together", "late"}).Draw(w.t, "arrives") {
	case "late":
		w.air = append(w.air, m)
	case "together":
		w.join(m)
	default:
		w.join(m)
		w.flush()
	}
}

// join adds a message to what arrives together. Protocols do not mix: what a session without grants holds is for the flow to
// say, and is looked up after each transaction.
func (w *world) join(m message) {
	if len(w.batch) > 0 && (w.batch[0].credit == nil) != (m.credit == nil) {
		w.flush()
	}
	w.batch = append(w.batch, m)
}

// flush lets arrive what is to arrive together.
func (w *world) flush() {
	if len(w.batch) == 0 {
		return
	}
	items := w.items()
	w.process(items)
	w.learn(items)
}

// items are what the flow is handed for the messages that arrive together.
func (w *world) items() []item {
	items := make([]item, len(w.batch))
	for i, m := range w.batch {
		items[i] = item{Report: m.report}
		if m.credit != nil {
			c := *m.credit
			c.Services = slices.Clone(c.Services)
			items[i].credit, items[i].answer = &c, &Answer{}
			items[i].credit.Received = w.book.now
		}
		items[i].Report.Received = w.book.now
	}
	return items
}

// learn tells the oracle and the gateways what has arrived and what it was answered.
func (w *world) learn(items []item) {
	for i, m := range w.batch {
		if m.credit == nil {
			m.report.Received = w.book.now
			w.t.Logf("%s counts %d and %d, kind %d", m.report.SessionID, m.report.Uplink, m.report.Downlink, m.report.Kind)
			w.book.report(m.report)
		} else {
			c := *m.credit
			c.Received = w.book.now
			w.t.Logf("%s asks %d: type %d %+v -> %s %s", c.SessionID, c.Number, c.Type, c.Services, items[i].answer.text(), items[i].answer.Reason)
			w.book.credit(&c, *items[i].answer)
			if m.of != nil && (m.first || m.of.refused) {
				m.of.answered(&c, *items[i].answer)
			}
		}
		if m.first {
			m.first = false
			w.past = append(w.past, m)
		}
	}
	w.batch = nil
	if w.book.again {
		w.book.again = false
		w.book.judgeAnew(func(*running) bool { return true })
	}
	w.follow()
}

// follow makes sure of what must hold after every transaction.
func (w *world) follow() {
	told := w.orders.take()
	slices.Sort(told)
	slices.Sort(w.book.ended)
	if diff := cmp.Diff(w.book.ended, told); diff != "" && !w.outages && len(told)+len(w.book.ended) > 0 {
		w.t.Fatalf("sessions that are to be ended (-) and were told to end (+):\n%s", diff)
	}
	w.book.ended = nil
	w.observe()
	if w.calm && !w.book.repriced {
		w.solvent()
	}
}

// stored are the session rows of the organisation by the name that the network gave them.
func (w *world) stored() map[string]*session.Session {
	rows := map[string]*session.Session{}
	query(w.site, func(r *db.Row) int64 {
		s := session.Scan(r)
		rows[s.SessionID] = s
		w.names[s.ID], w.uuids[s.UUID()] = s.SessionID, s.SessionID
		return s.ID
	}, `SELECT `+session.Columns+` FROM session WHERE organisation_id = $1`, w.organisation)
	return rows
}

// observe holds what sessions hold against what they were granted. What one without grants holds is for the flow to choose.
func (w *world) observe() {
	rows := w.stored()
	for _, s := range w.book.sessions {
		row := rows[s.id]
		if row == nil {
			w.t.Fatalf("session %s is not stored", s.id)
		}
		h := holding{bytes: row.Reserved, pool: row.ReservedPool, cost: big.NewInt(row.ReservedCost), share: big.NewInt(row.ReservedShare)}
		if s.until < 0 || s.radius {
			s.until = row.GrantedUntil
		}
		if s.radius && s.open() {
			s.held = h
			continue
		}
		if h.text() != s.held.text() {
			w.t.Fatalf("session %s holds %s, it was promised %s", s.id, h.text(), s.held.text())
		}
	}
}

func (h holding) text() string {
	return number(h.bytes) + " bytes, " + number(h.pool) + " of the pool, " + h.cost.String() + " of the balance, " + h.share.String() + " of the organisation's"
}

// solvent makes sure that obedient gateways have overdrawn nothing.
func (w *world) solvent() {
	a := w.book.account
	if a.limit != nil && a.cost.Cmp(a.limit) > 0 || a.prepaid && minus(a.credited, a.debited).Sign() < 0 {
		w.t.Fatalf("the organisation spent %s of %s in the month, and %s of %s in all", a.cost, a.limit, a.debited, a.credited)
	}
	for _, one := range w.book.owners {
		if p := one.purse; one.conditions.prepaid && p != nil && p.amount().Sign() < 0 {
			w.t.Fatalf("a balance of %s is debited %s", p.credited, p.debited)
		}
		if q := one.quotas[quota.Data]; one.conditions.dataQuota && q != nil && q.block && q.left() < 0 {
			w.t.Fatalf("%d are used of a quota of %d", q.used, q.given)
		}
		for _, l := range one.conditions.limits {
			if u := one.usedOf(l.service, w.book.now); l.service == dataService && u.volume > one.allowed(l, w.book.now) {
				w.t.Fatalf("%d are used of a limit of %d", u.volume, one.allowed(l, w.book.now))
			}
		}
	}
}
