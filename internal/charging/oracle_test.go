package charging_test

import (
	"math/big"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/session"
)

// schoolbook is what a line of so many bytes costs when so many of the billed ones are inclusive: blocks counted,
// multiplied and divided with numbers of any size.
func schoolbook(volume, inclusive int64, l session.Line) *big.Int {
	excess := new(big.Int).Sub(billed(volume, l), big.NewInt(inclusive))
	cost := excess.Mul(excess, big.NewInt(l.Rate)).Add(excess, big.NewInt(999_999))
	return cost.Div(cost, big.NewInt(1_000_000))
}

// billed is a volume in whole blocks.
func billed(volume int64, l session.Line) *big.Int {
	blocks := new(big.Int).Add(big.NewInt(volume), big.NewInt(l.Block-1))
	blocks.Div(blocks, big.NewInt(l.Block))
	return blocks.Mul(blocks, big.NewInt(l.Block))
}

// most is the largest number up to a bound for which something holds that holds for every smaller one; -1 for none.
func most(bound int64, holds func(int64) bool) int64 {
	low, high := int64(-1), bound // it holds for low, or low is -1
	for low < high {
		middle := low + (high-low+1)/2
		if holds(middle) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

// pays reports whether a sum pays for further bytes of a line, of which so many billed ones may be inclusive.
func pays(l session.Line, bytes, money, pool int64) bool {
	added := new(big.Int).Sub(billed(l.Volume+bytes, l), billed(l.Volume, l))
	free := pool
	if added.IsInt64() {
		free = min(pool, added.Int64())
	}
	cost := schoolbook(l.Volume+bytes, l.Inclusive+free, l)
	return cost.Sub(cost, big.NewInt(l.Cost)).Cmp(big.NewInt(money)) <= 0
}

// used draws a line that something was used of.
func used(t *rapid.T) session.Line {
	l := line(t)
	l.Volume = rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 5000), rapid.Int64Range(0, 1<<36)).Draw(t, "used")
	l.Inclusive = rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, rating.Billed(l.Volume, l.Block))).Draw(t, "inclusive")
	l.Cost = schoolbook(l.Volume, l.Inclusive, l).Int64()
	return l
}
