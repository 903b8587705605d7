package charging

import (
	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/session"
)

// GrantRules say how large the slices are in which credit is given.
type GrantRules struct {
	Slice int64 // bytes of an ordinary grant
	Least int64 // bytes below which a grant is not worth a request, unless they are all that is left
}

// Offer is what a session may use next.
type Offer struct {
	Bytes   int64 // 0 = nothing
	Final   bool  // nothing is left after it
	Pool    int64 // what of its billed bytes is held of the inclusive pool
	Cost    int64 // what it may cost at the most
	Limited bool  // something is running out
}

// Means are what an offer is made from, with what others hold already taken off.
type Means struct {
	Bytes    int64 // that the gates leave, NoLimit for no bound
	AllBytes int64 // the same with what others hold
	Money    int64 // 1e-10, balance.Unlimited for no bound
	AllMoney int64
	Pool     int64 // bytes of inclusive volume
	Sharers  int64 // how many other sessions hold money of the organisation's account
}

// MeansOf gathers what a session may draw on. spent and pool are nil where there is none.
func (t *Terms) MeansOf(a *Account, s *session.Session, spent *balance.Account, pool *inclusive.Pool, now int64, satellite bool) Means {
	others := a.others(s.ID)
	left, end := t.Left(a, now, satellite)
	m := Means{Bytes: left, AllBytes: end, Money: balance.Unlimited, AllMoney: balance.Unlimited}
	if left < NoLimit {
		m.Bytes = max(left-others.Bytes, 0)
	}
	if t.Prepaid {
		m.AllMoney = 0
		if a.Balance != nil && a.Balance.Currency == s.Line.Currency {
			m.AllMoney = a.Balance.Usable(now)
		}
		m.Money = max(m.AllMoney-others.Cost, 0)
	}
	if t.Shared() && spent != nil {
		all := spent.Left(t.CostLimit)
		rest := all
		if all < balance.Unlimited {
			rest = max(all-(spent.Reserved-s.ReservedShare), 0)
		}
		m.AllMoney, m.Money = min(m.AllMoney, all), min(m.Money, rest)
		if m.Sharers = spent.Holders; s.ReservedShare > 0 {
			m.Sharers--
		}
	}
	if pool != nil {
		m.Pool = pool.Left(s.ReservedPool)
	}
	return m
}

// Offer makes the next grant of a session of at most want bytes. Near the end of money that several sessions share, each
// gets a part, so that an idle one does not hold what the others need.
func (r GrantRules) Offer(l session.Line, m Means, want int64) Offer {
	want = max(min(want, r.Slice), 1)
	all := min(m.AllBytes, Affordable(l, m.AllMoney, m.Pool))
	rest := min(m.Bytes, Affordable(l, m.Money, m.Pool))
	bytes := min(want, rest)
	if m.Sharers > 0 && rest < 4*want*(m.Sharers+1) && m.Money < balance.Unlimited {
		bytes = min(bytes, max(Affordable(l, m.Money/(2*(m.Sharers+1)), m.Pool), min(r.Least, rest)))
	}
	if bytes <= 0 {
		return Offer{Limited: true}
	}
	o := Offer{Bytes: bytes, Final: bytes >= all, Limited: all < 2*want}
	if m.Money < balance.Unlimited && l.Rated() {
		o.Pool, o.Cost = promise(l, bytes, m.Pool)
	}
	return o
}

// Affordable is how many bytes of a line a sum pays for, when so much of them is inclusive.
func Affordable(l session.Line, money, pool int64) int64 {
	if money >= balance.Unlimited || !l.Rated() {
		return NoLimit
	}
	return max(l.Price().Reach(l.Cost+money, l.Inclusive+pool)-l.Volume, 0)
}

// promise is what so many bytes of a line will take at the most: of the pool, and in money.
func promise(l session.Line, bytes, pool int64) (inclusiveBytes, cost int64) {
	price := l.Price()
	inclusiveBytes = min(rating.Billed(l.Volume+bytes, l.Block)-rating.Billed(l.Volume, l.Block), pool)
	total, err := price.Cost(l.Volume+bytes, l.Inclusive+inclusiveBytes)
	if err != nil {
		return inclusiveBytes, balance.Unlimited
	}
	return inclusiveBytes, total - l.Cost
}
