package charging_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/test/cases"
)

// purse is what parallel sessions of one endpoint draw on, and how it began.
type purse struct {
	terms    charging.Terms
	account  charging.Account
	spent    balance.Account
	pool     *inclusive.Pool
	sessions []*session.Session
	granted  []int64

	balance, quota, limit int64
	// What others used of the pool while a session held it costs that session money that it does not hold: inclusive volume is
	// first come, first served, so that none of it is left while somebody pays. It is at most the price of what was held, rounded
	// up by each that pays it.
	declared int64
}

const someday = int64(1_764_000_000_000_000) // µs

func drawPurse(t *rapid.T) *purse {
	p := &purse{
		terms: charging.Terms{DataQuota: rapid.Bool().Draw(t, "quota"), Prepaid: rapid.Bool().Draw(t, "prepaid"), Currency: 1},
		account: charging.Account{
			Quotas: map[int64]*quota.Quota{}, Use: map[int64]*limit.Use{dataService: {Month: limit.MonthOf(someday)}}, Held: map[int64]charging.Hold{},
		},
		spent: balance.Account{Month: 202511},
		pool:  &inclusive.Pool{SIMs: 1, Volume: few(t, "pool", 0)},
	}
	if rapid.Bool().Draw(t, "cost limit") {
		most := few(t, "limit of cost", 1)
		p.terms.CostLimit = &most
	}
	p.balance, p.quota, p.limit = few(t, "balance", 1), few(t, "quota volume", 1), few(t, "limit volume", charging.NoLimit)
	p.account.Balance = &balance.Balance{Amount: p.balance, Currency: 1}
	q := quota.New(1, 1, quota.Data, p.quota, someday+1, -1, someday)
	p.account.Quotas[quota.Data] = &q
	if p.limit < charging.NoLimit {
		p.terms.Limits = []limit.Limit{{ID: 1, Service: dataService, Volume: p.limit}}
	}
	l := line(t)
	for i := range rapid.IntRange(1, 4).Draw(t, "sessions") {
		s := &session.Session{ID: int64(i + 1), Line: l}
		p.sessions, p.granted = append(p.sessions, s), append(p.granted, 0)
	}
	return p
}

const dataService = 38

func (p *purse) means(s *session.Session) charging.Means {
	return p.terms.MeansOf(&p.account, s, &p.spent, p.pool, someday, false)
}

// release gives back what a session holds.
func (p *purse) release(s *session.Session) {
	delete(p.account.Held, s.ID)
	if p.spent.Reserved -= s.ReservedShare; s.ReservedShare > 0 {
		p.spent.Holders--
	}
	p.pool.Reserved -= s.ReservedPool
	s.Reserved, s.ReservedCost, s.ReservedShare, s.ReservedPool = 0, 0, 0, 0
}

// ask grants a session its next slice and holds it.
func (p *purse) ask(t *rapid.T, i int) {
	s := p.sessions[i]
	p.release(s)
	rules := charging.GrantRules{Slice: rapid.Int64Range(1, 1<<33).Draw(t, "slice"), Least: 1000}
	o := rules.Offer(s.Line, p.means(s), rules.Slice)
	p.granted[i], s.Reserved = o.Bytes, o.Bytes
	if p.terms.Prepaid {
		s.ReservedCost = o.Cost
	}
	p.account.Held[s.ID] = charging.Hold{Bytes: o.Bytes, Cost: s.ReservedCost}
	if p.terms.CostLimit != nil && o.Cost > 0 {
		s.ReservedShare = o.Cost
		p.spent.Reserved += o.Cost
		p.spent.Holders++
	}
	s.ReservedPool = o.Pool
	p.pool.Reserved += o.Pool
}

// use uses a part of what a session was granted, or all.
func (p *purse) use(t *rapid.T, i int) {
	s := p.sessions[i]
	bytes := rapid.OneOf(rapid.Just(p.granted[i]), rapid.Int64Range(0, p.granted[i])).Draw(t, "bytes")
	p.granted[i] = 0
	free, taken := p.pool.Left(s.ReservedPool), s.Line.Inclusive
	cost, err := charging.Charge(s, bytes, 0, p.pool)
	if err != nil {
		t.Fatal(err)
	}
	if beyond := s.Line.Inclusive - taken - free; beyond > 0 {
		price := s.Line.Price()
		price.Block = 1
		more, err := price.Cost(beyond, 0)
		if err != nil {
			t.Fatal(err)
		}
		p.declared += more + int64(len(p.sessions)) // each that pays instead rounds up for itself
	}
	if p.terms.Prepaid {
		p.account.Balance.Debit(cost, someday)
	}
	p.spent.Charge(cost, 202511, someday)
	p.account.Use[dataService].Add(bytes, false)
	p.account.Quotas[quota.Data].Take(bytes, someday)
}

// check makes sure that nothing is overdrawn, nor would be if all that is promised were used.
func (p *purse) check(t *rapid.T) {
	var held charging.Hold
	for _, h := range p.account.Held {
		held.Bytes, held.Cost = held.Bytes+h.Bytes, held.Cost+h.Cost
	}
	switch {
	case p.terms.Prepaid && p.account.Balance.Amount+p.declared < held.Cost:
		t.Fatalf("%d of the balance of %d are held, %d are left", held.Cost, p.balance, p.account.Balance.Amount)
	case p.terms.CostLimit != nil && p.spent.MonthCost+p.spent.Reserved > *p.terms.CostLimit+p.declared:
		t.Fatalf("%d spent and %d held of a limit of %d", p.spent.MonthCost, p.spent.Reserved, *p.terms.CostLimit)
	case p.terms.DataQuota && p.account.Quotas[quota.Data].Volume < held.Bytes:
		t.Fatalf("%d of the quota of %d are held, %d are left", held.Bytes, p.quota, p.account.Quotas[quota.Data].Volume)
	case p.account.Use[dataService].Used+held.Bytes > p.limit:
		t.Fatalf("%d used and %d held of a limit of %d", p.account.Use[dataService].Used, held.Bytes, p.limit)
	case p.pool.Used > p.pool.Capacity():
		t.Fatalf("%d used of a pool of %d", p.pool.Used, p.pool.Capacity())
	}
}

// Invariants 6 and 7 of the charging model: whatever parallel sessions with obedient gateways do, what is used and held never
// exceeds what there is, and in the end nothing is held.
func TestReservations(t *testing.T) {
	cases.Check(t, 2000, func(t *rapid.T) {
		p := drawPurse(t)
		for range rapid.IntRange(1, 40).Draw(t, "requests") {
			i := rapid.IntRange(0, len(p.sessions)-1).Draw(t, "session")
			p.use(t, i)
			p.release(p.sessions[i])
			p.check(t)
			if !rapid.Bool().Draw(t, "ends") {
				p.ask(t, i)
			}
			p.check(t)
		}
		for i, s := range p.sessions {
			p.use(t, i)
			p.release(s)
		}
		p.check(t)
		if p.spent.Reserved != 0 || p.spent.Holders != 0 || p.pool.Reserved != 0 || len(p.account.Held) != 0 {
			t.Fatalf("held in the end: %+v, %+v, %+v", p.spent, *p.pool, p.account.Held)
		}
	})
}
