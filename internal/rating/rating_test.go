package rating_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/test/cases"
)

func TestBilled(t *testing.T) {
	tests := []struct {
		name                string
		volume, block, want int64
	}{
		{"nothing is nothing", 0, 1000, 0},
		{"one byte fills a block", 1, 1000, 1000},
		{"a whole block", 1000, 1000, 1000},
		{"one byte more", 1001, 1000, 2000},
		{"exact bytes", 12_345, 1, 12_345},
		{"the block is larger than all", 5, 1 << 40, 1 << 40},
		{"the largest volume", rating.MaxVolume, 3, rating.MaxVolume + 1}, // 2^53 = 3n + 2
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := rating.Billed(test.volume, test.block); got != test.want {
				t.Errorf("Billed(%d, %d) = %d, want %d", test.volume, test.block, got, test.want)
			}
		})
	}
}

func TestCost(t *testing.T) {
	const euro = 10_000_000_000
	tests := []struct {
		name                string
		volume, block, rate int64
		want                int64
		err                 error
	}{
		{"nothing used", 0, 1000, euro, 0, nil},
		{"a megabyte costs its rate", 1_000_000, 1, euro, euro, nil},
		{"a kilobyte block of one byte", 1, 1000, euro, euro / 1000, nil},
		{"free", 1 << 40, 1000, 0, 0, nil},
		{"the smallest price is rounded up", 1, 1, 1, 1, nil},
		{"rounded up once, not per byte", 999_999, 1, 1, 1, nil},
		{"one byte past a whole unit", 1_000_001, 1, 1, 2, nil},
		{"a product of more than 64 bits", 1 << 50, 1, 1_000_000, 1 << 50, nil},
		{"negative volume", -1, 1, 1, 0, rating.ErrRange},
		{"the largest volume", rating.MaxVolume, 1, 1, 9_007_199_255, nil},
		{"more than the largest volume", rating.MaxVolume + 1, 1, 1, 0, rating.ErrRange},
		{"no block", 1, 0, 1, 0, rating.ErrRange},
		{"a negative block", 1, -1, 1, 0, rating.ErrRange},
		{"a block that rounding up would overflow", 1, math.MaxInt64 - rating.MaxVolume + 1, 1, 0, rating.ErrRange},
		{"the largest block", 1, math.MaxInt64 - rating.MaxVolume, 1, 9_214_364_837_601, nil},
		{"a negative rate", 1, 1, -1, 0, rating.ErrRange},
		{"a cost beyond what can be stored", rating.MaxVolume, 1, math.MaxInt64, 0, rating.ErrRange},
		{"the most a line may cost", 1_000_000, 1, rating.MaxCost, rating.MaxCost, nil},
		{"more than that", 1_000_000, 1, rating.MaxCost + 1, 0, rating.ErrRange},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := rating.Price{Rate: test.rate, Block: test.block, Unit: rating.PerMB}.Cost(test.volume, 0)
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("Cost(%d, %d, %d) = %d, %v, want %d, %v", test.volume, test.block, test.rate, got, err, test.want, test.err)
			}
		})
	}
}

// oracle is the price by schoolbook: blocks counted, multiplied, divided, each rounded up, with numbers of any size.
func oracle(volume, block, rate int64) (billed, cost *big.Int) {
	ceil := func(a, b *big.Int) *big.Int {
		q, rest := new(big.Int).QuoRem(a, b, new(big.Int))
		if rest.Sign() > 0 {
			q.Add(q, big.NewInt(1))
		}
		return q
	}
	blocks := ceil(big.NewInt(volume), big.NewInt(block))
	billed = blocks.Mul(blocks, big.NewInt(block))
	return billed, ceil(new(big.Int).Mul(billed, big.NewInt(rate)), big.NewInt(1_000_000))
}

var (
	volumes = rapid.OneOf(rapid.Int64Range(0, 5_000), rapid.Int64Range(0, 1<<36), rapid.Int64Range(0, rating.MaxVolume))
	blocks  = rapid.OneOf(rapid.SampledFrom([]int64{1, 1000, 1024, 10_000, 102_400, 1_000_000}), rapid.Int64Range(1, 1<<34))
	rates   = rapid.OneOf(rapid.Int64Range(0, 10), rapid.Int64Range(0, 1<<40), rapid.Int64Range(0, math.MaxInt64))
)

func TestCostIsTheOracles(t *testing.T) {
	cases.Check(t, 400, func(t *rapid.T) {
		volume, block, rate := volumes.Draw(t, "volume"), blocks.Draw(t, "block"), rates.Draw(t, "rate")
		billed, want := oracle(volume, block, rate)
		if got := rating.Billed(volume, block); billed.Cmp(big.NewInt(got)) != 0 {
			t.Fatalf("billed %d, want %s", got, billed)
		}
		got, err := rating.Price{Rate: rate, Block: block, Unit: rating.PerMB}.Cost(volume, 0)
		fits := want.Cmp(big.NewInt(rating.MaxCost)) <= 0
		switch {
		case fits && (err != nil || want.Cmp(big.NewInt(got)) != 0):
			t.Fatalf("cost %d, %v, want %s", got, err, want)
		case !fits && !errors.Is(err, rating.ErrRange):
			t.Fatalf("cost %d, %v, want out of range: %s", got, err, want)
		}
	})
}

// Invariant 10 of the charging model.
func TestMoreNeverCostsLess(t *testing.T) {
	cases.Check(t, 400, func(t *rapid.T) {
		less, block, rate := volumes.Draw(t, "volume"), blocks.Draw(t, "block"), rapid.Int64Range(0, 1<<19).Draw(t, "rate")
		more := rapid.Int64Range(less, rating.MaxVolume).Draw(t, "more")
		billed := rating.Billed(less, block)
		if billed < less || billed-less >= block {
			t.Fatalf("%d bytes are billed as %d in blocks of %d", less, billed, block)
		}
		if rating.Billed(more, block) < billed {
			t.Fatalf("%d bytes are billed as less than %d", more, less)
		}
		multiple := block * rapid.Int64Range(1, 50).Draw(t, "times")
		if rating.Billed(less, multiple) < billed {
			t.Fatalf("a block of %d bytes bills less than one of %d", multiple, block)
		}
		low, err := rating.Price{Rate: rate, Block: block, Unit: rating.PerMB}.Cost(less, 0)
		if err != nil {
			t.Fatal(err)
		}
		high, err := rating.Price{Rate: rate, Block: block, Unit: rating.PerMB}.Cost(more, 0)
		if err != nil {
			t.Fatal(err)
		}
		if high < low {
			t.Fatalf("%d bytes cost %d, %d bytes %d", less, low, more, high)
		}
	})
}

// What is paid for otherwise costs nothing, and the reach of a sum is exact: one block more would cost more.
func TestReach(t *testing.T) {
	cases.Check(t, 400, func(t *rapid.T) {
		p := rating.Price{Rate: rapid.Int64Range(1, 1<<40).Draw(t, "rate"), Block: blocks.Draw(t, "block"), Unit: rapid.SampledFrom([]int64{rating.PerMB, rating.PerPiece}).Draw(t, "unit")}
		inclusive := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 1<<40)).Draw(t, "inclusive")
		amount := rapid.OneOf(rapid.Int64Range(0, 1000), rapid.Int64Range(0, rating.MaxCost-1)).Draw(t, "amount")
		reach := p.Reach(amount, inclusive)
		if reach < 0 || reach > rating.MaxVolume || reach%p.Block != 0 {
			t.Fatalf("reach %d", reach)
		}
		cost := func(volume int64) int64 {
			billed := rating.Billed(volume, p.Block)
			cost, err := p.Cost(volume, min(billed, inclusive))
			if err != nil {
				return rating.MaxCost
			}
			return cost
		}
		if got := cost(reach); got > amount {
			t.Fatalf("%d bytes cost %d, more than %d", reach, got, amount)
		}
		if next := reach + 1; next+p.Block <= rating.MaxVolume && cost(next) <= amount {
			t.Fatalf("%d bytes cost %d as well", next, cost(next))
		}
	})
}

func TestInclusive(t *testing.T) {
	const euro = 10_000_000_000
	p := rating.Price{Rate: euro, Block: 1000, Unit: rating.PerMB}
	for _, test := range []struct {
		volume, inclusive, want int64
		err                     error
	}{
		{1_000_000, 1_000_000, 0, nil}, {1_000_001, 1_000_000, euro / 1000, nil}, {500, 1000, 0, nil},
		{500, 1001, 0, rating.ErrRange}, {500, -1, 0, rating.ErrRange},
	} {
		got, err := p.Cost(test.volume, test.inclusive)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("Cost(%d, %d) = %d, %v, want %d, %v", test.volume, test.inclusive, got, err, test.want, test.err)
		}
	}
	sms := rating.Price{Rate: euro / 20, Block: 1, Unit: rating.PerPiece}
	if got, err := sms.Cost(3, 0); got != 3*euro/20 || err != nil {
		t.Errorf("three SMS cost %d, %v", got, err)
	}
}

// A price costs the same work however many blocks it is made of.
func BenchmarkCost(b *testing.B) {
	for _, block := range []int64{250_500, 1000, 1} {
		b.Run(fmt.Sprint("blocks=", 250_500/block), func(b *testing.B) {
			p := rating.Price{Rate: 123_456_789, Block: block, Unit: rating.PerMB}
			for b.Loop() {
				if _, err := p.Cost(250_500, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
