package doctor

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/simstead/simstead/internal/db"
)

// round is one look at the books of a group of organisations: the first, or a second one at what looked wrong.
type round struct {
	*examination
	second bool
	months
	kept  int64 // the first day that retention removed nothing from
	books []*book

	days, sessions, pools, balances tally

	wrong  map[int64]bool // organisations whose own sums do not add up
	chains *chains
	gaps   []gap
	open   marked // sessions that are compared
}

// book is what is known of an organisation while its books are read.
type book struct {
	id, currency, created int64
	pooled                map[int64]bool // its inclusive volumes, and whether all SIMs share them
	log                   journal
	read                  int64 // position up to which the log was read
	more                  bool  // the log goes on

	// Up to where each kind of subject was compared: what the log says beyond counts no more.
	endpoint int64
	pool     key
	closed   bool // the organisation's own sums

	sums     sums
	bills    bills
	earliest int64 // day of its statistics
}

func (x *examination) round(ids []int64, second bool) *round {
	r := &round{examination: x, second: second, wrong: map[int64]bool{}, chains: newChains()}
	if !second {
		r.days, r.sessions, r.pools, r.balances = mixing(), mixing(), mixing(), mixing()
	}
	for _, id := range ids {
		r.books = append(r.books, &book{
			id: id, log: journal{organisation: id, month: x.Month, pages: x.pace(firstPage, largestPage)}, endpoint: math.MinInt64,
			pool: key{a: math.MinInt64}, sums: sums{}, bills: bills{}, earliest: math.MaxInt64,
		})
	}
	return r
}

// suspects are the parts of the books that a round found uneven.
type suspects struct {
	days, sessions, pools, balances []uint32
	wrong                           map[int64]bool
}

func (r *round) suspects() suspects {
	return suspects{r.days.uneven(), r.sessions.uneven(), r.pools.uneven(), r.balances.uneven(), r.wrong}
}

func (s suspects) none() bool {
	return len(s.days)+len(s.sessions)+len(s.pools)+len(s.balances)+len(s.wrong) == 0
}

// narrow makes this a second look at some of the suspects and returns the others. How many buckets fit is a matter of how many
// subjects are in one: an endpoint has some for each month.
func (r *round) narrow(s suspects, of *round) suspects {
	r.wrong = s.wrong
	some := func(t *tally, first *tally, buckets []uint32, most int) []uint32 {
		n := min(len(buckets), most)
		*t = first.again(buckets[:n])
		return buckets[n:]
	}
	return suspects{
		days: some(&r.days, &of.days, s.days, 1<<14), sessions: some(&r.sessions, &of.sessions, s.sessions, 1<<16),
		pools: some(&r.pools, &of.pools, s.pools, 1<<15), balances: some(&r.balances, &of.balances, s.balances, 1<<16),
	}
}

// run reads everything once.
func (r *round) run(ctx context.Context) error {
	if err := r.begin(ctx); err != nil {
		return err
	}
	if err := r.scan(ctx); err != nil {
		return err
	}
	for i, step := range []func(context.Context, *book) error{r.endpointsOf, r.sessionsOf, r.poolsOf, r.accountOf} {
		r.turn(endpointsRead+i, r.second)
		for _, b := range r.books {
			if err := step(ctx, b); err != nil {
				return fmt.Errorf("organisation %d: %w", b.id, err)
			}
		}
	}
	r.done()
	return r.fillGaps(ctx)
}

// begin reads what must be known before the log is read.
func (r *round) begin(ctx context.Context) error {
	kept, err := r.keptFrom(ctx)
	if err != nil {
		return err
	}
	r.kept, r.months = kept, monthsOf(r.Month, kept)
	if !r.whole(r.only) && r.only != 0 {
		r.note("The records of month %d are not all kept any more: each is checked alone, and no sums.", r.only)
	}
	for _, b := range r.books {
		if r.only != 0 {
			b.log.day = firstDay(r.only) - 1 // nothing of the month can be recorded before
		}
		if err := r.meet(ctx, b); err != nil {
			return fmt.Errorf("organisation %d: %w", b.id, err)
		}
	}
	r.open.sort()
	return nil
}

// keptFrom is the first day whose records are all kept.
func (r *round) keptFrom(ctx context.Context) (day int64, err error) {
	err = r.read(ctx, r.DB.ReadByKey, func(q db.Queryer) (err error) {
		day, err = db.KeptFrom(q, "usage_record")
		return err
	})
	if err != nil {
		err = fmt.Errorf("read what retention removed: %w", err)
	}
	return day, err
}

// meet reads an organisation's head and what does not change while its books are read.
func (r *round) meet(ctx context.Context, b *book) error {
	err := r.read(ctx, r.DB.ReadByKey, func(q db.Queryer) error {
		head, err := db.One(q, func(row *db.Row) bool {
			b.read, b.currency, b.created = row.Int(), row.Int(), row.Int()
			return true
		}, `SELECT h.position, o.currency_id, o.created FROM organisation_head h JOIN organisation o ON o.id = h.organisation_id
			WHERE h.organisation_id = $1`, b.id)
		if err != nil || !head {
			return err
		}
		b.pooled = map[int64]bool{}
		return q.Each(func(row *db.Row) { id := row.Int(); b.pooled[id] = row.Bool() },
			`SELECT id, pooled FROM inclusive_volume WHERE organisation_id = $1`, b.id)
	})
	if err != nil || r.only != 0 {
		return err
	}
	return r.listSessions(ctx, b)
}

// scan reads the logs up to where their heads stood at the beginning, day by day.
func (r *round) scan(ctx context.Context) (err error) {
	r.turn(recordsRead, r.second)
	for _, b := range r.books {
		if b.more, err = b.log.seek(ctx, r.examination, b.read); err != nil {
			return err
		}
		r.watch.goal += b.read - b.log.position
	}
	for {
		day, more := int64(math.MaxInt64), false
		for _, b := range r.books {
			if b.more {
				day, more = min(day, b.log.day), true
			}
		}
		if !more {
			return nil
		}
		for _, b := range r.books {
			for b.more && b.log.day == day {
				if err := r.readDay(ctx, b, b.read); err != nil {
					return err
				}
			}
		}
	}
}

// readDay takes the rest of the day that the log stands on, and finds the next.
func (r *round) readDay(ctx context.Context, b *book, until int64) (err error) {
	for {
		from := b.log.position
		n, err := b.log.page(ctx, r.examination, until, func(v *row) { r.enter(b, v) })
		if err != nil {
			return err
		}
		r.tell(recordsRead, n, b.log.position-from)
		if b.log.over {
			break
		}
	}
	b.more, err = b.log.seek(ctx, r.examination, until)
	return err
}

// follow reads the log up to a later position.
func (r *round) follow(ctx context.Context, b *book, until int64) (err error) {
	if until <= b.read {
		return nil
	}
	b.read = until
	if b.more, err = b.log.seek(ctx, r.examination, until); err != nil {
		return err
	}
	for b.more {
		if err := r.readDay(ctx, b, until); err != nil {
			return err
		}
	}
	return nil
}

// enter takes a record into account.
func (r *round) enter(b *book, v *row) {
	if !r.second {
		r.judge(v)
	}
	if r.balanced(v.BillingMonth) {
		if v.Endpoint > b.endpoint {
			r.days.log(dayKey(b.id, v.Endpoint, v.SIM, v.TrafficType, ratedCurrency(v), v.BillingMonth), amounts{v.VolumeTx, v.VolumeRx, v.Cost})
		}
		if v.InclusiveID != 0 && v.Inclusive != 0 {
			if k := b.poolKey(v.InclusiveID, v.BillingMonth, v.SIM); k.after(b.pool) {
				r.pools.log(k, amounts{v.Inclusive})
			}
		}
		if !b.closed {
			b.sums.add(sumKey{v.BillingMonth, v.TrafficType, ratedCurrency(v)}, v.VolumeTx, v.VolumeRx, wideOf(v.Cost))
			b.bills.enter(v)
		}
	}
	if r.only != 0 {
		return
	}
	if v.Debited != 0 && v.Endpoint > b.endpoint {
		r.balances.log(key{organisation: b.id, a: v.Endpoint}, amounts{v.Debited})
	}
	if v.Session != 0 && r.open.has(v.Session) {
		r.sessions.log(key{organisation: b.id, a: v.Session}, amounts{v.VolumeTx, v.VolumeRx})
	}
}

// judge checks a record by itself and against the one before it.
func (r *round) judge(v *row) {
	r.result.Records++
	wrong := v.wrong()
	if wrong != "" {
		r.find(v.Organisation, Price, v.subject(), "%s", wrong)
	}
	if v.Session == 0 {
		return
	}
	switch text, missing := r.chains.follow(v, r.only == 0, wrong != ""); {
	case missing && r.whole(v.BillingMonth) && !r.chains.lost && len(r.gaps) < mostGaps:
		r.gaps = append(r.gaps, gap{v.BillingMonth, Finding{v.Organisation, Chain, v.subject(), text}})
	case text != "" && !missing:
		r.find(v.Organisation, Chain, v.subject(), "%s", text)
	}
}

const mostGaps = 10_000

// gap is a record that is missed, unless retention has removed it meanwhile.
type gap struct {
	month int64
	Finding
}

// fillGaps tells which records are missed.
func (r *round) fillGaps(ctx context.Context) error {
	kept, err := r.keptFrom(ctx)
	now := monthsOf(r.only, kept)
	for _, g := range r.gaps {
		if now.whole(g.month) {
			r.find(g.Organisation, g.Check, g.Subject, "%s", g.Text)
		}
	}
	r.gaps = nil
	return err
}

func dayKey(organisation, endpoint, sim, traffic, currency, month int64) key {
	return key{organisation, endpoint, sim, traffic, currency, month}
}

// ratedCurrency is the currency that statistics count a record in: 0 for what was not rated.
func ratedCurrency(v *row) int64 {
	if !v.Rated {
		return 0
	}
	return v.Currency
}

// marked are ids, each of which can be crossed off.
type marked struct {
	ids  []int64
	done []bool
}

func (m *marked) sort() {
	slices.Sort(m.ids)
	m.done = make([]bool, len(m.ids))
}

// has reports whether an id is there and not crossed off.
func (m *marked) has(id int64) bool {
	at, found := slices.BinarySearch(m.ids, id)
	return found && !m.done[at]
}

// cross crosses an id off, if it is there and was not.
func (m *marked) cross(id int64) bool {
	at, found := slices.BinarySearch(m.ids, id)
	if !found || m.done[at] {
		return false
	}
	m.done[at] = true
	return true
}
