package usage

import (
	"math/big"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/tariff"
)

// oracle keeps the books of one organisation by schoolbook: it is told what the flow took, in the order in which it was
// taken, and works out anew, with numbers of any size and without a look at the flow's own rules, what must have come of it.
type oracle struct {
	failer
	rules    Settings
	now      int64 // µs
	zone     *time.Location
	tariff   *tariff.Tariff
	own      []ownRate  // of the tariff profile: newest last
	volume   *allowance // inclusive, nil for none
	owners   []*owner   // devices
	sessions []*running // in the order in which they began
	pools    map[poolName]*pool
	account  treasury
	given    map[string]givenAnswer // to one-time requests and refused first ones, by session and number
	notices  []entry
	again    bool // all sessions are to be judged anew
	repriced bool // what was granted costs more when it is used
	log      []entry
	ended    []string // sessions whose gateways are told to end them
	rejected map[rejection]int64
	noted    int // events of refused sessions
}

// ownRate is a price of the tariff profile's own.
type ownRate struct{ zone, rate, from, until int64 }

// allowance is the inclusive volume of the tariff profile.
type allowance struct {
	id, tariff, zone, bytes, first int64
	pooled                         bool
}

type poolName struct{ month, sim int64 }

// pool is a month of an allowance.
type pool struct {
	sims      map[int64]bool
	used      int64
	perSIM    int64
	namesake  poolName
	allowance int64
}

func (p *pool) capacity() int64 { return int64(len(p.sims)) * p.perSIM }

// treasury is what the organisation spends.
type treasury struct {
	limit             *big.Int // a month; nil = none
	prepaid           bool
	credited, debited *big.Int
	month             int64
	cost              *big.Int // of that month
	told              bool
}

// conditions are those of a service profile.
type conditions struct {
	dataQuota, smsQuota, prepaid bool
	services                     map[int64]bool
	limits                       []monthly
}

func (c *conditions) counted() bool {
	return c.dataQuota || c.smsQuota || c.prepaid || len(c.limits) > 0
}

// monthly is a traffic limit.
type monthly struct{ service, volume, warning int64 }

// owner is a device with what it has left.
type owner struct {
	device
	name                int64 // counted from 1
	conditions          *conditions
	suspended, disabled bool
	test                bool // the SIM is in its factory test
	testBytes, testSMS  int64
	active              []span // when the SIM was activated
	blacklist           map[int64]bool
	quotas              map[int64]*allotment
	purse               *purse
	use                 map[int64]*used1 // by service
	extensions          []extra
}

// span is a time in which a SIM was active; until is 0 while it lasts.
type span struct{ from, until int64 }

// allotment is a quota, between two refills.
type allotment struct {
	given, used   int64
	percentage    int64 // -1 = none
	added         int64 // what it is refilled to
	expiry, day   int64
	refill, block bool
	rate          int64 // when it is used up, 0 = not given
	low, over     bool  // the events are written
	expired       bool
}

// purse is a prepaid balance.
type purse struct {
	credited, debited *big.Int
	expiry            int64
	reset             bool // to what was loaded last, each month
	loaded            *big.Int
	month             int64
}

// used1 is what was used of a service in a month.
type used1 struct {
	month, volume    int64
	warned, exceeded map[monthly]bool
}

type extra struct{ service, volume, expires int64 }

type rejection struct {
	sim    int64
	reason string
}

func (a *treasury) shared() bool { return a.limit != nil || a.prepaid }

func (a *treasury) left() *big.Int {
	left := big.NewInt(endless)
	if a.limit != nil {
		left = least(left, positive(minus(a.limit, a.cost)))
	}
	if a.prepaid {
		left = least(left, positive(minus(a.credited, a.debited)))
	}
	return left
}

// enter begins a month, in which a block is lifted if there is something left.
func (a *treasury) enter(month int64) {
	if month > a.month {
		a.month, a.cost = month, new(big.Int)
	}
	if a.told && a.left().Sign() > 0 {
		a.told = false
	}
}

// at brings a quota to a time: midnights refill it, its date ends it.
func (q *allotment) at(now int64) {
	for !q.expired {
		next := (q.day + 1) * clock.Day
		switch {
		case q.expiry <= now && q.expiry <= next:
			q.expired = true
		case now < next:
			return
		default:
			if q.day++; q.refill {
				q.given, q.used, q.low, q.over = q.added, 0, false, false
			}
		}
	}
}

func (q *allotment) left() int64 { return q.given - q.used }

// runsLow reports whether less is left than the customer wants to be told of.
func (q *allotment) runsLow() bool {
	share := new(big.Int).Mul(big.NewInt(q.added), big.NewInt(q.percentage))
	return q.percentage >= 0 && big.NewInt(q.left()).Cmp(ceil(share, 100)) < 0
}

func (p *purse) amount() *big.Int { return minus(p.credited, p.debited) }

// settle goes through what time does to a balance: each month that begins while it lasts brings the last load back, and when it
// expires what is left is taken.
func (p *purse) settle(zone *time.Location, now int64) {
	if p == nil {
		return
	}
	for p.reset {
		_, next := bounds(zone, p.month)
		if next > now || p.expiry > 0 && next >= p.expiry {
			break
		}
		p.credited, p.month = plus(p.debited, p.loaded), monthIn(zone, next)
	}
	if p.expiry > 0 && now >= p.expiry && p.amount().Sign() > 0 {
		p.credited = p.debited
	}
}

func (p *purse) usable(zone *time.Location, now int64) *big.Int {
	if p == nil {
		return new(big.Int)
	}
	then := *p
	then.settle(zone, now)
	return positive(then.amount())
}

// usedOf is what a device used of a service in the running month of limits, which is UTC's.
func (w *owner) usedOf(service, now int64) *used1 {
	month := monthIn(time.UTC, now)
	u := w.use[service]
	if u == nil || u.month != month {
		u = &used1{month: month, warned: map[monthly]bool{}, exceeded: map[monthly]bool{}}
		w.use[service] = u
	}
	return u
}

// allowed is a limit with its extensions.
func (w *owner) allowed(l monthly, now int64) int64 {
	volume := l.volume
	for _, e := range w.extensions {
		if e.service == l.service && now < e.expires {
			volume += e.volume
		}
	}
	return volume
}

// endless stands for what has no bound; it is more than anything can use.
const endless = int64(1) << 60

func minus(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }
func plus(a, b *big.Int) *big.Int  { return new(big.Int).Add(a, b) }

func positive(a *big.Int) *big.Int {
	if a.Sign() < 0 {
		return new(big.Int)
	}
	return a
}

func least(a, b *big.Int) *big.Int {
	if a.Cmp(b) <= 0 {
		return a
	}
	return b
}

// ceil divides and rounds up.
func ceil(a *big.Int, by int64) *big.Int {
	q, rest := new(big.Int).QuoRem(a, big.NewInt(by), new(big.Int))
	if rest.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

// monthIn and dayIn are the calendar's.
func monthIn(zone *time.Location, at int64) int64 {
	t := time.UnixMicro(at).In(zone)
	return int64(t.Year())*100 + int64(t.Month())
}

func dayIn(zone *time.Location, at int64) int64 {
	year, month, day := time.UnixMicro(at).In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// bounds are the first instant of a month and of the next.
func bounds(zone *time.Location, month int64) (from, until int64) {
	year, m := int(month/100), time.Month(month%100)
	return time.Date(year, m, 1, 0, 0, 0, 0, zone).UnixMicro(), time.Date(year, m+1, 1, 0, 0, 0, 0, zone).UnixMicro()
}

// suspend ends or begins that a SIM is active, which is an event.
func (o *oracle) suspend(w *owner, suspended bool) {
	w.suspended = suspended
	kind := event.SIMActivation
	if suspended {
		kind = event.SIMSuspension
		w.active[len(w.active)-1].until = o.now
	} else {
		o.activate(w)
	}
	o.notice(w, o.now, kind)
	o.tell()
}
