package charging_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/test/cases"
)

// line draws a price list entry whose costs stay in range for the volumes of counters.
func line(t *rapid.T) session.Line {
	return session.Line{
		Tariff: 1, Ratezone: 1, Currency: 1, BillingMonth: 202611,
		Rate:  rapid.OneOf(rapid.Int64Range(0, 10), rapid.Int64Range(0, 1<<33)).Draw(t, "rate"),
		Block: rapid.OneOf(rapid.SampledFrom([]int64{1, 1000, 1024, 100_000}), rapid.Int64Range(1, 1<<30)).Draw(t, "block"),
	}
}

// counters draws the ascending counters of a session as its gateway would report them.
func counters(t *rapid.T) (reports [][2]int64) {
	var up, down int64
	step := rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 5000), rapid.Int64Range(0, 1<<33))
	for range rapid.IntRange(1, 30).Draw(t, "reports") {
		up, down = up+step.Draw(t, "up"), down+step.Draw(t, "down")
		reports = append(reports, [2]int64{up, down})
	}
	return reports
}

// total is what a session's volume costs by schoolbook, with numbers of any size.
func total(volume int64, l session.Line) *big.Int {
	blocks := new(big.Int).Div(new(big.Int).Add(big.NewInt(volume), big.NewInt(l.Block-1)), big.NewInt(l.Block))
	product := blocks.Mul(blocks, big.NewInt(l.Block))
	product.Mul(product, big.NewInt(l.Rate)).Add(product, big.NewInt(999_999))
	return product.Div(product, big.NewInt(1_000_000))
}

// The same bytes cost the same however they are reported and cut: in any partition, in any order, any number of times.
// Every record's price follows from the record alone, and the records of a line follow on each other.
func TestSlicing(t *testing.T) {
	cases.Check(t, 800, func(t *rapid.T) {
		l := line(t)
		ascending := counters(t)
		sent := rapid.Permutation(append(ascending, ascending[:rapid.IntRange(0, len(ascending)).Draw(t, "repeated")]...)).Draw(t, "sent")
		s := session.Session{}
		charging.Enter(&s, charging.Slice{Endpoint: 1, RAT: 6, Line: l})
		var records []record.Record
		cut := func() {
			if r, ok := charging.Cut(&s, 0); ok {
				records = append(records, r)
			}
		}
		for _, r := range sent {
			up, down, err := charging.Accumulate(&s, r[0], r[1])
			if err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "other RAT") {
				next := charging.Slice{Endpoint: 1, RAT: s.RAT ^ 1, Line: l}
				cut()
				charging.Enter(&s, next)
			}
			before := s.Line.Cost
			cost, err := charging.Charge(&s, up, down, nil)
			if err != nil {
				t.Fatal(err)
			}
			if cost < 0 || before+cost != s.Line.Cost {
				t.Fatalf("a charge of %d makes %d of %d", cost, s.Line.Cost, before)
			}
			if rapid.Bool().Draw(t, "cut") {
				cut()
			}
		}
		cut()
		check(t, s, ascending[len(ascending)-1], records)
	})
}

func check(t *rapid.T, s session.Session, last [2]int64, records []record.Record) {
	var up, down, cost, volume int64
	for _, r := range records {
		if r.LineVolume != volume || r.LineCost != cost {
			t.Fatalf("a record begins at %d bytes and %d, the one before ends at %d and %d", r.LineVolume, r.LineCost, volume, cost)
		}
		l := session.Line{Rate: r.Rate, Block: r.Block}
		again := new(big.Int).Sub(total(r.LineVolume+r.VolumeTx+r.VolumeRx, l), total(r.LineVolume, l))
		if again.Cmp(big.NewInt(r.Cost)) != 0 {
			t.Fatalf("a record of %d recomputes as %s: %+v", r.Cost, again, r)
		}
		up, down, cost, volume = up+r.VolumeTx, down+r.VolumeRx, cost+r.Cost, volume+r.VolumeTx+r.VolumeRx
	}
	if up != last[0] || down != last[1] {
		t.Fatalf("records hold %d and %d bytes, the gateway counted %d and %d", up, down, last[0], last[1])
	}
	if want := total(last[0]+last[1], s.Line); want.Cmp(big.NewInt(cost)) != 0 {
		t.Fatalf("all records cost %d, one report of all would cost %s", cost, want)
	}
	if s.Line.Volume != volume || s.Line.Cost != cost {
		t.Fatalf("the line says %d bytes and %d, the records %d and %d", s.Line.Volume, s.Line.Cost, volume, cost)
	}
}
