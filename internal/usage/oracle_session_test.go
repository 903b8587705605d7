package usage

import (
	"math/big"
	"strconv"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/tariff"
)

// bookLine is what the price of some bytes depends on.
type bookLine struct {
	endpoint, tariff, zone, rate, block, month, scope, day, allowance int64
	pooled, rated                                                     bool
}

// circumstances are what all bytes of a record have in common.
type circumstances struct {
	operator, rat int64
	plmn          string
	line          bookLine
}

// running is a session, or a one-time use.
type running struct {
	*owner
	id            string // "" for a one-time use
	radius        bool
	circumstances // of the running slice
	can           Ability

	began, seen, closed       int64
	eventTime, time           int64
	sliceBegan, sliceTime     int64
	up, down                  int64
	pendingUp, pendingDown    int64
	pendingCost, pendingDebit *big.Int
	pendingFree               int64
	announced                 bool

	volume, free int64 // of the line: bytes, and billed ones that were inclusive
	cost         *big.Int

	enforced int64
	numbers  map[int64]bool // requests that were taken
	highest  int64
	kept     []keptAnswer
	grants   map[int64]int64 // by rating group
	until    int64           // when they end
	held     holding
}

// holding is what a session has been promised.
type holding struct {
	bytes, pool int64
	cost, share *big.Int
}

type keptAnswer struct {
	number int64
	text   string
}

func (o *oracle) newRunning(w *owner, id string) *running {
	return &running{
		owner: w, id: id, pendingCost: new(big.Int), pendingDebit: new(big.Int), cost: new(big.Int), numbers: map[int64]bool{},
		highest: -1, grants: map[int64]int64{}, held: holding{cost: new(big.Int), share: new(big.Int)},
	}
}

func (s *running) open() bool { return s.closed == 0 }

func (s *running) pending() int64 { return s.pendingUp + s.pendingDown }

// operators are the networks of the tests.
var operators = map[string]int64{home: 1, neighbour: 2, abroad: 3, uncovered: 4}

// entry is a usage record or an event, as the log must have it.
type entry struct {
	Event    int64 // type, -1 = a record
	Severity int64
	Session  string
	Device   int64 // counted from 1, 0 = none
	Tx, Rx   int64
	At       int64

	Traffic, Operator, RAT, Zone, Month, Start     int64
	Rated                                          bool
	Rate, Block, Scope, LineVolume, LineFree, Free int64
	Cost, LineCost, Debited                        string
	Balance                                        string // "" = not shown
}

const aRecord = -1

// places finds under which circumstances a report's bytes were used.
func (o *oracle) placed(s *running, r Report) circumstances {
	c := circumstances{operator: s.operator, rat: s.rat, plmn: s.plmn}
	if r.RAT > 0 {
		c.rat = r.RAT
	}
	if r.PLMN != "" {
		c.plmn, c.operator = r.PLMN, operators[r.PLMN]
	}
	c.line = o.lineAt(s.owner, c.operator, when(r))
	return c
}

// when is when a reported thing happened: by the gateway's clock, where that is near ours.
func when(r Report) int64 {
	if r.EventTime > 0 && max(r.EventTime-r.Received, r.Received-r.EventTime) < 15*clock.Minute {
		return r.EventTime
	}
	return r.Received
}

// rate finds the price of a service.
func (o *oracle) rate(w *owner, operator, service, at int64) (zone, rate int64, ok bool) {
	for _, z := range o.tariff.Zones {
		for _, r := range z.Rates {
			for _, covered := range z.Operators {
				if covered == operator && r.Service == service {
					zone, rate, ok = z.ID, r.Rate, true
				}
			}
		}
	}
	for _, own := range o.own {
		if own.zone == zone && service == dataService && at >= own.from && (own.until == 0 || at < own.until) {
			rate = own.rate
		}
	}
	if w.test {
		rate = 0
	}
	return zone, rate, ok
}

func (o *oracle) lineAt(w *owner, operator, at int64) bookLine {
	l := bookLine{endpoint: w.endpoint, month: monthIn(o.zone, at)}
	zone, rate, ok := o.rate(w, operator, dataService, at)
	if !ok {
		return l
	}
	l.tariff, l.zone, l.rate, l.block, l.scope, l.rated = o.tariff.ID, zone, rate, o.tariff.Block, o.tariff.Rounding, true
	if l.scope == tariff.RoundDay {
		l.day = dayIn(o.zone, at)
	}
	if v := o.volume; v != nil && !w.test && v.zone == zone && v.tariff == o.tariff.ID && l.month >= v.first {
		l.allowance, l.pooled = v.id, v.pooled
	}
	return l
}

// inBlocks is a volume in whole blocks.
func inBlocks(volume, block int64) int64 {
	blocks := ceil(big.NewInt(volume), block)
	return blocks.Mul(blocks, big.NewInt(block)).Int64()
}

// priced is what so many bytes of a line cost in all, so many of the billed ones being inclusive.
func (l bookLine) priced(volume, free int64) *big.Int {
	excess := big.NewInt(inBlocks(volume, l.block) - free)
	return ceil(excess.Mul(excess, big.NewInt(l.rate)), 1_000_000)
}

// pool finds what a line draws on; nil for nothing. A month's pool has the share of each SIM that was active in it, and gets
// that of each that becomes so.
func (o *oracle) pool(s *running) *pool {
	l := s.line
	if l.allowance == 0 {
		return nil
	}
	name := poolName{month: l.month}
	if !l.pooled {
		name.sim = s.sim
	}
	p := o.pools[name]
	if p == nil {
		p = &pool{sims: map[int64]bool{}, perSIM: o.volume.bytes, namesake: name}
		o.pools[name] = p
		for _, w := range o.owners {
			if w.wasActive(bounds(o.zone, l.month)) && l.pooled || w == s.owner && !l.pooled {
				p.sims[w.sim] = true
			}
		}
	}
	return p
}

// wasActive reports whether a SIM was, or may still be, active at any moment of a month.
func (w *owner) wasActive(from, until int64) bool {
	for _, s := range w.active {
		if s.from < until && (s.until == 0 || s.until >= from) {
			return true
		}
	}
	return false
}

// activate notes that a SIM is active from now on.
func (o *oracle) activate(w *owner) {
	w.active = append(w.active, span{from: o.now})
	for name, p := range o.pools {
		if name.sim == 0 && name.month >= monthIn(o.zone, o.now) {
			p.sims[w.sim] = true
		}
	}
}

func text(n *big.Int) string { return n.String() }

func number(n int64) string { return strconv.FormatInt(n, 10) }
