package usage

import (
	"fmt"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/quota"
)

// ledger is what the subscribers of a transaction have left: read once, changed in memory, stored once.
type ledger struct {
	now      int64
	accounts map[holder]*charging.Account // of endpoints whose use is counted
	shared   map[int64]*balance.Account   // of organisations whose use is counted
	pools    map[inclusive.Key]*inclusive.Pool
	tests    map[holder]*factoryTest // of SIMs: the second number is the SIM's

	quotas   map[*quota.Quota]bool // changed, as all that follows
	balances map[*balance.Balance]bool
	uses     map[*limit.Use]bool
	payers   map[*balance.Account]bool
	drawn    map[*inclusive.Pool]bool
	tested   map[*factoryTest]bool
}

// holder is an endpoint, or a SIM, of an organisation.
type holder struct{ organisation, id int64 }

// needs lists what a subscriber's use has to be held against, each thing once.
type needs struct {
	counted map[holder]*charging.Terms
	shared  map[int64]bool
	pools   map[inclusive.Key]bool
	tests   map[holder]bool
}

func newNeeds() needs {
	return needs{map[holder]*charging.Terms{}, map[int64]bool{}, map[inclusive.Key]bool{}, map[holder]bool{}}
}

func (n needs) add(sub *subscriber, month int64) {
	if sub.terms.Counted() && sub.endpoint != 0 {
		n.counted[holder{sub.organisation, sub.endpoint}] = sub.terms
	}
	if sub.terms.Shared() {
		n.shared[sub.organisation] = true
	}
	if key, ok := poolOf(sub, month); ok {
		n.pools[key] = true
	}
	if sub.inFactoryTest() {
		n.tests[holder{sub.organisation, sub.sim}] = true
	}
}

// poolOf names the pool that a subscriber's use in a month comes out of first.
func poolOf(sub *subscriber, month int64) (key inclusive.Key, ok bool) {
	v := sub.inclusive(month)
	if v == nil {
		return key, false
	}
	return poolKey(sub.organisation, v.ID, month, sub.sim, v.Pooled), true
}

func poolKey(organisation, id, month, sim int64, pooled bool) inclusive.Key {
	if pooled {
		sim = 0
	}
	return inclusive.Key{Organisation: organisation, Inclusive: id, Month: month, SIM: sim}
}

func (l *ledger) clear(now int64) {
	*l = ledger{
		now: now, accounts: map[holder]*charging.Account{}, shared: map[int64]*balance.Account{},
		pools: map[inclusive.Key]*inclusive.Pool{}, tests: map[holder]*factoryTest{}, quotas: map[*quota.Quota]bool{},
		balances: map[*balance.Balance]bool{}, uses: map[*limit.Use]bool{}, payers: map[*balance.Account]bool{},
		drawn: map[*inclusive.Pool]bool{}, tested: map[*factoryTest]bool{},
	}
}

var lookupHeld = db.NewLookup("k_organisation bigint, k_endpoint bigint", `SELECT id, reserved, reserved_cost FROM session
	WHERE organisation_id = $1 AND endpoint_id = $2 AND closed_at = 0 AND (reserved > 0 OR reserved_cost > 0)`)

// reads are the questions that fill the ledger with what is needed.
func (l *ledger) reads(n needs) (list []db.Read) {
	list = l.readCounted(n.counted)
	if len(n.shared) > 0 {
		keys := balance.LookupAccount.New()
		for organisation := range n.shared {
			keys.Int(organisation)
		}
		list = append(list, db.Read{Bulk: balance.LookupAccount, Keys: keys, Each: func(_ int, r *db.Row) {
			a := balance.ScanAccount(r)
			l.shared[a.Organisation] = &a
		}})
	}
	if len(n.pools) > 0 {
		keys := inclusive.Lookup.New()
		for k := range n.pools {
			keys.Int(k.Organisation, k.Inclusive, k.Month, k.SIM)
		}
		list = append(list, db.Read{Bulk: inclusive.Lookup, Keys: keys, Each: func(_ int, r *db.Row) {
			p := inclusive.Scan(r)
			l.pools[p.Key] = &p
		}})
	}
	return append(list, l.readTests(n.tests)...)
}

// readCounted asks for what endpoints have left, of that which their terms ask for.
func (l *ledger) readCounted(counted map[holder]*charging.Terms) (list []db.Read) {
	month := limit.MonthOf(l.now)
	for _, part := range []struct {
		bulk    *db.Bulk
		asked   func(*charging.Terms) bool
		monthly bool
		take    func(*charging.Account, *db.Row)
	}{
		{quota.Lookup, func(t *charging.Terms) bool { return t.DataQuota || t.SMSQuota }, false, func(a *charging.Account, r *db.Row) {
			q := quota.Scan(r)
			a.Quotas[q.Traffic] = &q
		}},
		{balance.Lookup, func(t *charging.Terms) bool { return t.Prepaid }, false, func(a *charging.Account, r *db.Row) {
			b := balance.Scan(r)
			a.Balance = &b
		}},
		{limit.LookupUse, limited, true, func(a *charging.Account, r *db.Row) {
			u := limit.ScanUse(r)
			a.Use[u.Service] = &u
		}},
		{limit.LookupExtensions, limited, false, func(a *charging.Account, r *db.Row) {
			_, e := limit.ScanExtension(r)
			a.Extensions = append(a.Extensions, e)
		}},
		{lookupHeld, (*charging.Terms).Counted, false, func(a *charging.Account, r *db.Row) {
			id := r.Int()
			a.Held[id] = charging.Hold{Bytes: r.Int(), Cost: r.Int()}
		}},
	} {
		var holders []holder
		keys := part.bulk.New()
		for h, terms := range counted {
			if !part.asked(terms) {
				continue
			}
			holders = append(holders, h)
			if keys.Int(h.organisation, h.id); part.monthly {
				keys.Int(month)
			}
		}
		if len(holders) > 0 {
			list = append(list, db.Read{Bulk: part.bulk, Keys: keys, Each: func(key int, r *db.Row) { part.take(l.open(holders[key]), r) }})
		}
	}
	return list
}

func limited(t *charging.Terms) bool { return len(t.Limits) > 0 }

// open returns the account of an endpoint, making an empty one.
func (l *ledger) open(h holder) *charging.Account {
	a := l.accounts[h]
	if a == nil {
		a = &charging.Account{Quotas: map[int64]*quota.Quota{}, Use: map[int64]*limit.Use{}, Held: map[int64]charging.Hold{}}
		l.accounts[h] = a
	}
	return a
}

// loaded notes that everything of the given needs was read: what has no row yet has nothing.
func (l *ledger) loaded(n needs) {
	for h := range n.counted {
		l.open(h)
	}
	for h := range n.tests {
		if l.tests[h] == nil {
			l.tests[h] = &factoryTest{holder: h}
		}
	}
}

// complete reads what a subscriber needs and nobody planned for, because its terms have changed since.
func (l *ledger) complete(from source, sub *subscriber, month int64) error {
	counted, tested := holder{sub.organisation, sub.endpoint}, holder{sub.organisation, sub.sim}
	missing := needs{}
	if sub.terms.Counted() && sub.endpoint != 0 && l.accounts[counted] == nil {
		missing.counted = map[holder]*charging.Terms{counted: sub.terms}
	}
	if sub.terms.Shared() && l.shared[sub.organisation] == nil {
		missing.shared = map[int64]bool{sub.organisation: true}
	}
	if key, ok := poolOf(sub, month); ok && l.pools[key] == nil {
		missing.pools = map[inclusive.Key]bool{key: true}
	}
	if sub.inFactoryTest() && l.tests[tested] == nil {
		missing.tests = map[holder]bool{tested: true}
	}
	for _, read := range l.reads(missing) {
		if err := from.lookup(read); err != nil {
			return fmt.Errorf("read what is left: %w", err)
		}
	}
	l.loaded(missing)
	if sub.terms.Shared() && l.shared[sub.organisation] == nil { // it begins with what the month has cost so far
		return from.read(func(q db.Queryer) error {
			a, err := balance.LoadAccount(q, sub.organisation, l.now)
			a.Prepaid = sub.terms.OrgPrepaid
			l.shared[sub.organisation] = &a
			return err
		})
	}
	return nil
}

// source is where the ledger reads from: a transaction, or the database as it is.
type source struct {
	lookup func(db.Read) error
	read   func(func(db.Queryer) error) error
}

func (w *work) source() source {
	return source{w.tx.Lookup, func(fn func(db.Queryer) error) error { return fn(w.tx) }}
}

// store writes what changed.
func (l *ledger) store(tx *db.Tx) error {
	if err := quota.Store(tx, values(l.quotas)); err != nil {
		return err
	}
	if err := balance.Store(tx, values(l.balances)); err != nil {
		return err
	}
	if err := limit.StoreUse(tx, values(l.uses)); err != nil {
		return err
	}
	if err := balance.StoreAccounts(tx, values(l.payers)); err != nil {
		return err
	}
	if err := inclusive.Store(tx, values(l.drawn)); err != nil {
		return err
	}
	return storeTests(tx, values(l.tested))
}

// putPools writes the pools and forgets them, so that they are read again when they are needed: for changes of them that
// are not the ledger's.
func (l *ledger) putPools(tx *db.Tx) error {
	err := inclusive.Store(tx, values(l.drawn))
	clear(l.pools)
	clear(l.drawn)
	return err
}

func values[T any](set map[*T]bool) []T {
	list := make([]T, 0, len(set))
	for p := range set {
		list = append(list, *p)
	}
	return list
}
