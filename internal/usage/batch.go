package usage

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/tariff"
)

const (
	maxBatch  = 1000
	batchWork = 20 * time.Millisecond  // about how long one transaction may keep others waiting
	maxPause  = 500 * time.Microsecond // most that a batch waits when others wait already
)

// item is a report on its way through the flow.
type item struct {
	Report
	done  func(error) // told once, after the commit
	aside func()      // told before done when the report went to the reject table; may be nil

	credit  *Credit // a request for credit, nil for none
	answer  *Answer // where its answer goes
	policy  *Policy // a request for the quality of service, nil for none
	quality *PolicyAnswer
}

// Submit hands over a report. done is called once, from another goroutine, when the report is committed (nil) or could
// not be. False means that too much is waiting: the report was not taken and done will not be called.
func (f *Flow) Submit(r Report, done func(error)) bool { return f.submit(item{Report: r, done: done}) }

func (f *Flow) submit(it item) bool {
	select {
	case f.queue <- it:
		return true
	default:
		f.Counters.Dropped.Add(1)
		return false
	}
}

// batchLoop stores what arrived while the last commit ran: a lone report waits for nobody and a flood shares its commits.
// When reports wait already, the next batch begins a moment later: the answers that were just given bring the next requests
// of the same gateways, and without that half of them would always travel in the one batch and half in the other.
func (f *Flow) batchLoop(ctx context.Context) {
	stored := context.WithoutCancel(ctx)
	size := maxBatch
	for {
		var batch []item
		select {
		case first := <-f.queue:
			batch = append(batch, first)
		case <-ctx.Done():
			select { // what was taken is stored
			case first := <-f.queue:
				batch = append(batch, first)
			default:
				return
			}
		}
		for len(batch) < size && len(f.queue) > 0 {
			batch = append(batch, <-f.queue)
		}
		began := time.Now() //nolint:forbidigo // a duration, not a date
		f.process(stored, batch)
		took := time.Since(began)
		f.Counters.Batches.Add(1)
		f.Counters.CommitNanos.Add(took.Nanoseconds())
		size = nextSize(size, len(batch), took)
		if len(f.queue) > 0 {
			time.Sleep(min(took/6, maxPause))
		}
	}
}

// nextSize aims at batches of batchWork: a full batch that took longer makes the next ones smaller.
func nextSize(size, stored int, took time.Duration) int {
	switch {
	case stored < size:
		return size
	case took > 2*batchWork:
		return max(100, size*3/4)
	case took < batchWork:
		return min(maxBatch, size*5/4)
	}
	return size
}

// process stores a batch and answers it. A batch that cannot be stored is tried by halves, so that one bad report never
// holds up the others; a report that fails alone is set aside.
func (f *Flow) process(ctx context.Context, batch []item) {
	if len(batch) == 0 {
		return
	}
	left, err := f.storeBatch(ctx, batch)
	switch {
	case err == nil:
		f.process(ctx, left) // moved to another organisation in the meantime
	case db.Transient(err) || len(batch) == 1 && ctx.Err() != nil:
		f.Log.Error("reports could not be stored; their gateways will send them again", "reports", len(batch), "error", err)
		f.answer(batch, err)
	case len(batch) == 1:
		f.setAside(ctx, batch, err.Error())
	default:
		f.process(ctx, batch[:len(batch)/2])
		f.process(ctx, batch[len(batch)/2:])
	}
}

// answer tells the givers of reports what became of them. An answer is a system call or more, so it is given beside the
// next transaction, not before it.
func (f *Flow) answer(batch []item, err error) {
	if len(batch) > 0 {
		f.answers <- answered{batch, err}
	}
}

type answered struct {
	batch []item
	err   error
}

func (f *Flow) answerLoop() {
	for a := range f.answers {
		for _, it := range a.batch {
			it.done(a.err)
		}
	}
}

// storeBatch commits a batch and answers it. It returns what belongs to an organisation whose head was not locked,
// because a SIM moved since its route was read.
func (f *Flow) storeBatch(ctx context.Context, batch []item) (moved []item, err error) {
	if err := f.identify(ctx, batch); err != nil {
		return nil, err
	}
	found, err := f.find(ctx, imsis(batch))
	if err != nil {
		return nil, err
	}
	known, unknown := split(batch, found)
	p := plan(known, found)
	var w *work
	if len(known) > 0 {
		err = f.DB.Write(ctx, p.organisations, func(tx *db.Tx) error {
			current, err := f.current(tx, found, p.catalogue)
			if err != nil {
				return err
			}
			w = f.newWork(tx, p.sessions)
			p.ledger.loaded(p.needs)
			w.subscribers, w.ledger, w.answered, w.policies = current, &p.ledger, p.answered, p.policies
			w.now = p.ledger.now // what was read was asked for at that time, perhaps in another month
			for i, it := range known {
				p.verdicts[i] = w.try(w.subscribers[it.IMSI], found[it.IMSI].organisation, it)
			}
			return w.store()
		}, p.reads(f.Clock.Micros())...)
		if err != nil {
			return nil, err
		}
		w.committed()
	}
	stored := make([]item, 0, len(known))
	for i, it := range known {
		switch verdict := p.verdicts[i]; verdict {
		case taken:
			stored = append(stored, it)
		case elsewhere:
			moved = append(moved, it)
		default:
			f.setAside(ctx, []item{it}, string(verdict))
		}
	}
	f.answer(stored, nil)
	f.refuseUnknown(ctx, unknown)
	return moved, nil
}

// verdict is what became of a report in its transaction: taken, elsewhere, or why it could not be.
type verdict string

const (
	taken     verdict = ""
	elsewhere verdict = "its SIM belongs to another organisation than planned"
)

// try takes a report. Where its SIM has moved since the sessions were read, they are not the ones to match.
func (w *work) try(sub *subscriber, planned int64, it item) verdict {
	if sub.organisation != planned {
		return elsewhere
	}
	w.records.Bill(sub.organisation, sub.billing)
	key := keyOf(sub, it.Report)
	known := w.sessions[key]
	var err error
	switch {
	case it.credit != nil:
		*it.answer, err = w.takeCredit(sub, it.credit)
	case it.policy != nil:
		*it.quality, err = w.takePolicy(sub, it.policy)
	default:
		err = w.take(sub, it.Report)
	}
	w.looseSession, w.notices = nil, w.notices[:0]
	if err != nil {
		w.sessions[key] = known // without one that it opened
		return verdict(err.Error())
	}
	w.counts.reports++
	return taken
}

// refuseUnknown answers what nobody's IMSI asked. Only what was used has to be kept.
func (f *Flow) refuseUnknown(ctx context.Context, unknown []item) {
	if len(unknown) == 0 {
		return
	}
	f.Counters.UnknownIMSI.Add(int64(len(unknown)))
	var aside, refused []item
	for _, it := range unknown {
		result, reason := it.unknown()
		switch {
		case it.credit != nil:
			*it.answer = answerAll(it.credit, result, reason)
			if up, down, err := it.credit.used(); err == nil && up+down == 0 {
				refused = append(refused, it)
				continue
			}
		case it.policy != nil:
			*it.quality = PolicyAnswer{Result: result, Reason: reason}
			refused = append(refused, it)
			continue
		}
		aside = append(aside, it)
	}
	f.answer(refused, nil)
	if len(aside) > 0 {
		f.setAside(ctx, aside, nobody)
	}
}

const nobody = "no SIM has this IMSI or MSISDN"

// unknown says what is not known of a request of nobody's: the session, where it alone would have told who is meant.
func (it *item) unknown() (result Result, reason string) {
	if it.IMSI == "" && it.MSISDN == "" && it.goesOn() {
		return UnknownSession, "the session is not known, and the request names nobody"
	}
	return UnknownUser, nobody
}

func imsis(batch []item) []string {
	out := make([]string, len(batch))
	for i := range batch {
		out[i] = batch[i].IMSI
	}
	return out
}

func split(batch []item, found map[string]*subscriber) (known, unknown []item) {
	known = make([]item, 0, len(batch))
	for _, it := range batch {
		if found[it.IMSI] != nil {
			known = append(known, it)
		} else {
			unknown = append(unknown, it)
		}
	}
	return known, unknown
}

// planned is what a batch's transaction locks and reads first.
type planned struct {
	organisations []int64
	keys          *db.Rows
	names         []session.Key
	sessions      map[session.Key][]*session.Session
	catalogue     int64
	verdicts      []verdict

	needs    needs
	ledger   ledger
	asked    []eventKey // one-time requests, and first ones of sessions
	answered map[eventKey]string
	quality  []session.Key
	policies map[session.Key]*policySession
}

var catalogueVersion = db.NewLookup("k_id bigint", `SELECT version FROM catalogue WHERE id = $1`)

func plan(known []item, found map[string]*subscriber) *planned {
	p := &planned{keys: session.Lookup.New(), verdicts: make([]verdict, len(known)), needs: newNeeds()}
	organisations := map[int64]bool{}
	asked := make(map[session.Key]bool, len(known))
	for _, it := range known {
		sub := found[it.IMSI]
		if !organisations[sub.organisation] {
			organisations[sub.organisation] = true
			p.organisations = append(p.organisations, sub.organisation)
		}
		p.needs.add(sub, month(sub, it.at()))
		key := keyOf(sub, it.Report)
		switch {
		case it.policy != nil:
			p.quality = append(p.quality, key)
			continue
		case it.credit != nil && (it.credit.Type == Event || it.credit.Type == Initial):
			it.credit.key = keyOfRequest(sub.organisation, it.credit)
			p.asked = append(p.asked, it.credit.key)
			if it.credit.Type == Event {
				continue
			}
		}
		if !asked[key] {
			asked[key] = true
			p.names = append(p.names, key)
			p.keys.Int(key.Organisation).Text(key.NAS, key.SessionID)
		}
	}
	return p
}

// reads are the questions whose answers the transaction begins with.
func (p *planned) reads(now int64) []db.Read {
	p.ledger.clear(now)
	list := []db.Read{{
		Bulk: catalogueVersion, Keys: catalogueVersion.New().Int(1),
		Begin: func() {
			p.ledger.clear(now)
			p.sessions = make(map[session.Key][]*session.Session, len(p.names))
			p.answered, p.policies = map[eventKey]string{}, map[session.Key]*policySession{}
		},
		Each: func(_ int, r *db.Row) { p.catalogue = r.Int() },
	}}
	if len(p.names) > 0 {
		list = append(list, db.Read{Bulk: session.Lookup, Keys: p.keys, Each: func(key int, r *db.Row) {
			p.sessions[p.names[key]] = append(p.sessions[p.names[key]], session.Scan(r))
		}})
	}
	if len(p.asked) > 0 {
		keys := lookupAnswer.New()
		for _, k := range p.asked {
			keys.Int(k.organisation, now/clock.Hour, k.high, k.low)
			keys.Int(k.organisation, now/clock.Hour-1, k.high, k.low)
		}
		list = append(list, db.Read{Bulk: lookupAnswer, Keys: keys, Each: func(key int, r *db.Row) { p.answered[p.asked[key/2]] = r.Text() }})
	}
	if len(p.quality) > 0 {
		keys := lookupPolicy.New()
		for _, k := range p.quality {
			keys.Int(k.Organisation).Text(k.NAS, k.SessionID)
		}
		list = append(list, db.Read{Bulk: lookupPolicy, Keys: keys, Each: func(key int, r *db.Row) { p.policies[p.quality[key]] = scanPolicy(r) }})
	}
	return append(list, p.ledger.reads(p.needs)...)
}

// current holds what was remembered against what the locked heads and the catalogue's version say, and reads anew what
// is older: under the lock nothing can change any more but by the transaction itself, whose own map it returns: what a run
// that failed has learnt must not reach the next.
func (f *Flow) current(tx *db.Tx, found map[string]*subscriber, catalogue int64) (map[string]*subscriber, error) {
	if f.catalogue.Load().Version < catalogue {
		if err := f.reloadCatalogue(tx); err != nil {
			return nil, err
		}
	}
	stale := lookupSubscriber.New()
	for imsi, sub := range found {
		if head := tx.Head(sub.organisation); head == nil || head.ConfigVersion != sub.version {
			stale.Text(imsi)
		}
	}
	if stale.Len() == 0 {
		return maps.Clone(found), nil
	}
	fresh := map[string]*subscriber{}
	err := tx.Lookup(db.Read{Bulk: lookupSubscriber, Keys: stale, Each: func(_ int, r *db.Row) {
		sub := f.subscribers.scan(r)
		fresh[sub.imsi] = sub
	}})
	if err == nil {
		err = f.subscribers.give(func(fn func(db.Queryer) error) error { return fn(tx) }, fresh)
	}
	if err != nil {
		return nil, fmt.Errorf("read subscribers: %w", err)
	}
	f.subscribers.put(fresh)
	current := make(map[string]*subscriber, len(found))
	for imsi, sub := range found {
		if newer := fresh[imsi]; newer != nil {
			sub = newer
		}
		current[imsi] = sub
	}
	return current, nil
}

func (f *Flow) reloadCatalogue(q db.Queryer) error {
	version, err := tariff.Version(q)
	if err != nil || version <= f.catalogue.Load().Version {
		return err
	}
	catalogue, err := tariff.Load(q)
	if err == nil {
		f.catalogue.Store(catalogue)
	}
	return err
}
