package usage

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/quota"
)

// compare holds everything that is stored against the oracle's books.
func (w *world) compare() {
	w.flush()
	w.compareLog()
	w.compareSessions()
	w.compareOwners()
	w.comparePools()
	w.compareTreasury()
	w.compareDays()
}

// written is an organisation's log as it is stored, without the events of refused sessions, which follow when they can.
func (w *world) written() (list []entry, refusals int) {
	w.stored()
	type placed struct {
		position int64
		entry
	}
	rows := query(w.site, func(r *db.Row) placed {
		p := placed{position: r.Int()}
		p.entry = entry{
			Event: aRecord, Session: w.names[r.Int()], Device: w.named(r.Int()), Tx: r.Int(), Rx: r.Int(), Start: r.Int(), At: r.Int(), Traffic: r.Int(),
			Operator: r.Int(), RAT: r.Int(), Zone: r.Int(), Month: r.Int(), Rated: r.Bool(), Rate: r.Int(), Block: r.Int(), Scope: r.Int(),
			LineVolume: r.Int(), LineFree: r.Int(), Free: r.Int(), Cost: number(r.Int()), LineCost: number(r.Int()), Debited: number(r.Int()),
		}
		if currency, amount := r.Int(), r.Int(); currency != 0 {
			p.Balance = number(amount)
		}
		return p
	}, `SELECT position, session_id, endpoint_id, volume_tx, volume_rx, start_at, end_at, traffic_type_id, operator_id, rat_type_id,
		ratezone_id, billing_month, rated, rate, block, rounding_scope, line_volume, line_inclusive, inclusive, cost, line_cost, debited,
		balance_currency_id, balance_amount FROM usage_record WHERE organisation_id = $1`, w.organisation)
	rows = append(rows, query(w.site, func(r *db.Row) placed {
		p := placed{position: r.Int(), entry: entry{Event: r.Int(), Severity: r.Int(), Device: w.named(r.Int()), At: r.Int()}}
		w.detail(&p.entry, r.Text())
		return p
	}, `SELECT position, type_id, severity_id, endpoint_id, occurred_at, detail FROM event WHERE organisation_id = $1`, w.organisation)...)
	slices.SortFunc(rows, func(a, b placed) int { return int(a.position - b.position) })
	for i, p := range rows {
		switch {
		case p.position != int64(i+1):
			w.t.Fatalf("position %d is followed by %d", i, p.position)
		case p.Event == event.CreatePDPContextRejected.ID && p.Severity == event.CreatePDPContextRejected.Severity:
			refusals++
		case p.Event != event.SIMAssigned.ID:
			list = append(list, p.entry)
		}
	}
	return list, refusals
}

// named is a device's number. No message may name what differs from one run of a case to the next.
func (w *world) named(endpoint int64) int64 {
	for _, one := range w.book.owners {
		if one.endpoint == endpoint {
			return one.name
		}
	}
	return 0
}

// detail reads of an event's detail which session it is about and what that used.
func (w *world) detail(e *entry, text string) {
	if e.Event < event.CreatePDPContext.ID || e.Event > event.DeletePDPContext.ID || text == "" {
		return
	}
	var d struct {
		Session string `json:"session_id"`
		Volume  struct{ Tx, Rx json.Number }
	}
	w.must(json.Unmarshal([]byte(text), &d))
	e.Session = w.uuids[d.Session]
	if e.Event == event.DeletePDPContext.ID {
		e.Tx, e.Rx = w.bytes(d.Volume.Tx), w.bytes(d.Volume.Rx)
	}
}

// bytes reads a number of MB.
func (w *world) bytes(n json.Number) int64 {
	mb, ok := new(big.Rat).SetString(n.String())
	if !ok {
		w.t.Fatalf("%s is no volume", n)
	}
	mb.Mul(mb, big.NewRat(1_000_000, 1))
	if !mb.IsInt() {
		w.t.Fatalf("%s MB is a part of a byte", n)
	}
	return mb.Num().Int64()
}

// compareLog holds records and events against what must have been written, in order, and the prices against the records.
func (w *world) compareLog() {
	got, refusals := w.written()
	want := slices.Clone(w.book.log)
	if refusals > w.book.noted || refusals < w.book.noted-w.mayLack {
		w.t.Fatalf("%d refusals are in the log, want %d", refusals, w.book.noted)
	}
	if len(got) == len(want) {
		for _, part := range w.sorted { // what ends together does so in any order
			for _, list := range [][]entry{got[part[0]:part[1]], want[part[0]:part[1]]} {
				slices.SortStableFunc(list, func(a, b entry) int { return strings.Compare(a.Session, b.Session) })
			}
		}
	}
	for i := range min(len(got), len(want)) {
		swept := slices.ContainsFunc(w.sorted, func(part [2]int) bool { return i >= part[0] && i < part[1] })
		if want[i].Balance == "" || swept { // one that is not in use may be shown, and no sweep shows any
			got[i].Balance, want[i].Balance = "", ""
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Fatalf("the log must be (-) and is (+):\n%s", diff)
	}
	for _, e := range got {
		w.rerate(e)
	}
}

// rerate finds a record's price again from the record alone.
func (w *world) rerate(e entry) {
	if e.Event != aRecord || !e.Rated {
		return
	}
	unit := int64(1_000_000)
	if e.Traffic == quota.SMS {
		unit = 1
	}
	price := func(volume, free int64) *big.Int {
		excess := big.NewInt(inBlocks(volume, e.Block) - free)
		return ceil(excess.Mul(excess, big.NewInt(e.Rate)), unit)
	}
	before, after := price(e.LineVolume, e.LineFree), price(e.LineVolume+e.Tx+e.Rx, e.LineFree+e.Free)
	if before.String() != e.LineCost || minus(after, before).String() != e.Cost {
		w.t.Fatalf("a record recomputes as %s after %s: %+v", minus(after, before), before, e)
	}
	if volume := inBlocks(e.LineVolume+e.Tx+e.Rx, e.Block); e.LineFree+e.Free > volume || volume-e.LineVolume-e.Tx-e.Rx >= e.Block {
		w.t.Fatalf("a record is billed %d: %+v", volume, e)
	}
}

// compareSessions holds the session rows against the books.
func (w *world) compareSessions() {
	rows := w.stored()
	if len(rows) != len(w.book.sessions) {
		w.t.Fatalf("%d sessions are stored, want %d", len(rows), len(w.book.sessions))
	}
	type counted struct {
		Up, Down, PendingUp, PendingDown, PendingFree, Closed, Seen, Enforced, Number, LineVolume, LineFree int64
		PendingCost, PendingDebit, LineCost                                                                 string
	}
	for _, s := range w.book.sessions {
		row := rows[s.id]
		want := counted{
			s.up, s.down, s.pendingUp, s.pendingDown, s.pendingFree, s.closed, s.seen, s.enforced, s.highest, s.volume, s.free,
			text(s.pendingCost), text(s.pendingDebit), text(s.cost),
		}
		got := counted{
			row.Uplink, row.Downlink, row.PendingUp, row.PendingDown, row.PendingInclusive, row.Closed, row.Seen, row.Enforced, row.Number,
			row.Line.Volume, row.Line.Inclusive, number(row.PendingCost), number(row.PendingDebited), number(row.Line.Cost),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.t.Fatalf("session %s must be (-) and is (+):\n%s", s.id, diff)
		}
	}
	w.observe()
}

// compareOwners holds quotas, balances, limits and factory tests against the books.
func (w *world) compareOwners() {
	for _, one := range w.book.owners {
		for traffic, q := range one.quotas {
			q.at(w.book.now)
			var row *quota.Quota
			w.must(w.db.Read(w.context(), func(d db.Queryer) (err error) {
				row, err = quota.Get(d, w.organisation, one.endpoint, traffic)
				return err
			}))
			now := row.At(w.book.now)
			low, over := now.Told&quota.ThresholdReached != 0, now.Told&quota.UsedUp != 0
			if now.Volume != q.left() || (now.Status == quota.Expired) != q.expired || low != q.low || over != q.over {
				w.t.Fatalf("a quota must be %+v and is %+v", *q, now)
			}
		}
		if one.purse != nil {
			p := *one.purse
			p.settle(w.book.zone, w.book.now)
			rows := query(w.site, balance.Scan, `SELECT `+balance.Columns+` FROM endpoint_balance WHERE organisation_id = $1 AND endpoint_id = $2`,
				w.organisation, one.endpoint)
			now, _ := rows[0].At(w.book.zone, w.book.now)
			got := [3]string{number(now.Credited), number(now.Debited), number(now.Amount)}
			if want := [3]string{text(p.credited), text(p.debited), text(p.amount())}; got != want {
				w.t.Fatalf("a balance must be %s and is %s: credited, debited, left", want, got)
			}
			w.entries(one.endpoint, rows[0].Credited)
		}
		for service, u := range one.use {
			row := query(w.site, limit.ScanUse, `SELECT organisation_id, endpoint_id, month, service_id, used, satellite, told FROM limit_use
				WHERE organisation_id = $1 AND endpoint_id = $2 AND month = $3 AND service_id = $4`, w.organisation, one.endpoint, u.month, service)
			if len(row) == 0 && u.volume > 0 || len(row) > 0 && row[0].Used != u.volume {
				w.t.Fatalf("%d are used of a limit, want %d: %+v", row, u.volume, row)
			}
		}
		test := query(w.site, func(r *db.Row) [2]int64 { return [2]int64{r.Int(), r.Int()} },
			`SELECT bytes, sms FROM factory_test WHERE organisation_id = $1 AND sim_id = $2`, w.organisation, one.sim)
		if want := [2]int64{one.testBytes, one.testSMS}; len(test) > 0 && test[0] != want || len(test) == 0 && want != [2]int64{} {
			w.t.Fatalf("a factory test has used %v, want %v", test, want)
		}
	}
}

// entries makes sure that each credit of a balance has its entry: they add up to what was credited.
func (w *world) entries(endpoint, credited int64) {
	sum, last := new(big.Int), ""
	query(w.site, func(r *db.Row) int64 {
		sum, last = plus(sum, big.NewInt(r.Int())), number(r.Int())
		return 0
	}, `SELECT amount, balance FROM balance_entry WHERE organisation_id = $1 AND endpoint_id = $2 ORDER BY id`, w.organisation, endpoint)
	if text(sum) != number(credited) {
		w.t.Fatalf("the entries of a balance add up to %s, credited is %d; the last one leaves %s", sum, credited, last)
	}
}

// comparePools holds the inclusive volumes against the books.
func (w *world) comparePools() {
	rows := query(w.site, inclusive.Scan, `SELECT organisation_id, inclusive_volume_id, billing_month, sim_id, sims, volume, used, reserved
		FROM inclusive_pool WHERE organisation_id = $1`, w.organisation)
	stored := map[poolName]inclusive.Pool{}
	for _, p := range rows {
		stored[poolName{p.Month, p.SIM}] = p
	}
	for name, p := range w.book.pools {
		held := int64(0)
		for _, s := range w.book.sessions {
			if s.open() && s.held.pool > 0 && w.book.pool(s) == p {
				held += s.held.pool
			}
		}
		row, known := stored[name]
		if !known && p.used == 0 && held == 0 {
			continue
		}
		if row.Capacity() != p.capacity() || row.Used != p.used || row.Reserved != held || p.used > p.capacity() {
			w.t.Fatalf("pool %+v must have %d, %d used and %d held: %+v", name, p.capacity(), p.used, held, row)
		}
	}
}

// compareTreasury holds what the organisation spent against the books.
func (w *world) compareTreasury() {
	a := w.book.account // a copy: to look at a block does not lift it
	if !a.shared() {
		return
	}
	a.enter(monthIn(w.book.zone, w.book.now))
	var row balance.Account
	w.must(w.db.Read(w.context(), func(q db.Queryer) (err error) {
		row, err = balance.LoadAccount(q, w.organisation, w.book.now)
		return err
	}))
	share, holders := new(big.Int), int64(0)
	for _, s := range w.book.sessions {
		if s.open() && s.held.share.Sign() > 0 {
			share, holders = plus(share, s.held.share), holders+1
		}
	}
	if row = row.In(a.month); a.prepaid {
		w.entries(0, row.Credited)
	}
	if number(row.MonthCost) != text(a.cost) || number(row.Amount) != text(minus(a.credited, a.debited)) || number(row.Debited) != text(a.debited) ||
		number(row.Reserved) != text(share) || row.Holders != holders {
		w.t.Fatalf("the organisation must have spent %s in the month, %s in all, with %s held by %d: %+v", a.cost, a.debited, share, holders, row)
	}
}

// compareDays holds the statistics against the log.
func (w *world) compareDays() {
	type key struct{ Device, Traffic int64 }
	want, got := map[key]used{}, map[key]used{}
	add := func(k key, tx, rx int64, cost string) {
		n, _ := new(big.Int).SetString(cost, 10)
		if sum := want[k].plus(tx, rx, n.Int64()); sum != (used{}) {
			want[k] = sum
		}
	}
	for _, e := range w.book.log {
		if e.Event == aRecord {
			add(key{e.Device, e.Traffic}, e.Tx, e.Rx, e.Cost)
		}
	}
	for _, s := range w.book.sessions {
		add(key{s.name, quota.Data}, s.pendingUp, s.pendingDown, text(s.pendingCost))
	}
	query(w.site, func(r *db.Row) int64 {
		k := key{w.named(r.Int()), r.Int()}
		got[k] = got[k].plus(r.Int(), r.Int(), r.Int())
		return 0
	}, `SELECT endpoint_id, traffic_type_id, volume_tx, volume_rx, cost FROM endpoint_day WHERE organisation_id = $1`, w.organisation)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Fatalf("records and slices (-) are not the days (+):\n%s", diff)
	}
}
