package charging_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/test/cases"
)

// fleet is some SIMs in one rate zone, with what their gateways will report.
type fleet struct {
	line    session.Line
	volume  int64 // that each SIM brings
	pooled  bool
	reports [][][2]int64 // of each SIM: ascending counters
}

func drawFleet(t *rapid.T) fleet {
	f := fleet{line: line(t), volume: rapid.OneOf(rapid.Int64Range(0, 5000), rapid.Int64Range(0, 1<<33)).Draw(t, "volume"), pooled: rapid.Bool().Draw(t, "pooled")}
	for range rapid.IntRange(1, 4).Draw(t, "SIMs") {
		f.reports = append(f.reports, counters(t))
	}
	return f
}

// packet is a report of a SIM.
type packet struct {
	sim      int
	up, down int64
}

// sent draws an order in which the reports arrive, some of them twice.
func (f fleet) sent(t *rapid.T) (list []packet) {
	for sim, reports := range f.reports {
		for _, r := range reports {
			for range rapid.IntRange(1, 2).Draw(t, "times") {
				list = append(list, packet{sim, r[0], r[1]})
			}
		}
	}
	return rapid.Permutation(list).Draw(t, "sent")
}

// outcome is a fleet after its reports.
type outcome struct {
	sessions []session.Session
	pools    []*inclusive.Pool // one, or one a SIM
}

// charge lets reports arrive. joins tells after how many reports another SIM, which uses nothing, brings its share to the pool;
// -1 = none does.
func (f fleet) charge(t *rapid.T, sent []packet, joins int) outcome {
	o := outcome{sessions: make([]session.Session, len(f.reports))}
	for i := range f.reports {
		charging.Enter(&o.sessions[i], charging.Slice{Endpoint: int64(i), Line: f.line})
		if i == 0 || !f.pooled {
			o.pools = append(o.pools, &inclusive.Pool{Volume: f.volume, SIMs: 1})
		} else {
			o.pools[0].SIMs++
		}
	}
	for n, p := range sent {
		if n == joins && f.pooled {
			o.pools[0].SIMs++
		}
		s, pool := &o.sessions[p.sim], o.pools[0]
		if !f.pooled {
			pool = o.pools[p.sim]
		}
		up, down, err := charging.Accumulate(s, p.up, p.down)
		if err != nil {
			t.Fatal(err)
		}
		before, taken := s.Line, pool.Used
		cost, err := charging.Charge(s, up, down, pool)
		if err != nil {
			t.Fatal(err)
		}
		if cost < 0 || s.Line.Cost != before.Cost+cost || s.Line.Inclusive-before.Inclusive != pool.Used-taken || pool.Used > pool.Capacity() {
			t.Fatalf("%d and %d bytes for %d of the pool %+v: %+v then %+v", up, down, cost, *pool, before, s.Line)
		}
	}
	return o
}

// total adds up what all SIMs were billed, what of it was inclusive, and what it cost.
func (o outcome) total() (all, free, cost int64) {
	for _, s := range o.sessions {
		all += billed(s.Line.Volume, s.Line).Int64()
		free, cost = free+s.Line.Inclusive, cost+s.Line.Cost
	}
	return all, free, cost
}

// Invariants 3 and 5 of the charging model: a pool is used to the last byte before anything costs, by whomever, and what is
// billed and used beyond it does not depend on the order of reports nor on how often they come.
func TestPools(t *testing.T) {
	cases.Check(t, 1500, func(t *rapid.T) {
		f := drawFleet(t)
		one, other := f.charge(t, f.sent(t), -1), f.charge(t, f.sent(t), -1)
		for i, s := range one.sessions {
			last := f.reports[i][len(f.reports[i])-1]
			if s.Line.Volume != last[0]+last[1] {
				t.Fatalf("SIM %d used %d bytes, counted are %d", i, last[0]+last[1], s.Line.Volume)
			}
			if want := schoolbook(s.Line.Volume, s.Line.Inclusive, s.Line); want.Cmp(big.NewInt(s.Line.Cost)) != 0 {
				t.Fatalf("SIM %d is charged %d, want %s: %+v", i, s.Line.Cost, want, s.Line)
			}
			all := billed(s.Line.Volume, s.Line).Int64()
			if !f.pooled && s.Line.Inclusive != min(f.volume, all) {
				t.Fatalf("SIM %d has %d inclusive of %d, it brings %d", i, s.Line.Inclusive, all, f.volume)
			}
		}
		all, free, cost := one.total()
		if f.pooled && free != min(f.volume*int64(len(f.reports)), all) {
			t.Fatalf("%d of %d bytes are inclusive, the pool has %d", free, all, f.volume*int64(len(f.reports)))
		}
		// Each line's price is rounded up by itself, by less than 1e-10.
		otherAll, otherFree, otherCost := other.total()
		if all != otherAll || free != otherFree || max(cost-otherCost, otherCost-cost) >= int64(len(f.reports)) {
			t.Fatalf("in one order %d, %d inclusive, for %d; in another %d, %d, for %d", all, free, cost, otherAll, otherFree, otherCost)
		}
		if !f.pooled && cost != otherCost {
			t.Fatalf("alone, the SIMs pay %d or %d", cost, otherCost)
		}
	})
}

// A pool that grows covers what comes after, and nothing before.
func TestPoolGrows(t *testing.T) {
	cases.Check(t, 500, func(t *rapid.T) {
		f := drawFleet(t)
		f.pooled = true
		sent := f.sent(t)
		joins := rapid.IntRange(0, len(sent)-1).Draw(t, "joins")
		before := f.charge(t, sent[:joins], -1)
		after := f.charge(t, sent, joins)
		billedThen, freeThen, _ := before.total()
		capacity := f.volume * int64(len(f.reports))
		all, free, _ := after.total()
		late := min(capacity+f.volume-freeThen, all-billedThen)
		if free != freeThen+late || freeThen != min(capacity, billedThen) {
			t.Fatalf("%d of %d were inclusive, then %d of %d, of %d that grew by %d", freeThen, billedThen, free, all, capacity, f.volume)
		}
	})
}
