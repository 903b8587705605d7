// Package rating is the price of usage: pure functions of values, no clock, no storage, integers only.
//
// A rating line is a session's use in one rate zone, under one tariff, in one month. What it costs is a function of its
// cumulative volume, and each report is charged the difference; so the price does not depend on how often a gateway
// reports, and block rounding happens once a line.
package rating

import (
	"errors"
	"math"
	"math/bits"

	"github.com/simstead/simstead/internal/money"
)

// ErrRange says that a volume or a price is beyond what can be stored.
var ErrRange = errors.New("volume or cost out of range")

// MaxVolume is the largest cumulative volume of a session in bytes that is believed; 2^53, nine petabytes.
const MaxVolume int64 = 1 << 53

// MaxCost is the most that one line may cost, in 1e-10 of the currency: 900,719 units. A day or a month of many such lines
// still fits an int64.
const MaxCost int64 = math.MaxInt64 / 1024

// Billed rounds a cumulative volume up to whole blocks. volume is at most MaxVolume, block at least 1 byte.
func Billed(volume, block int64) int64 {
	if rest := volume % block; rest > 0 {
		volume += block - rest
	}
	return volume
}

// Price is what a line costs: data by the MB, SMS by the piece.
type Price struct {
	Rate  int64 // 1e-10 per unit
	Block int64 // what use is rounded up to: bytes, or 1 SMS; 0 = not rated
	Unit  int64 // what Rate is the price of: PerMB or PerPiece
}

// The units of prices.
const (
	PerMB    = money.MB
	PerPiece = 1
)

// Cost is what a line of the given cumulative volume costs in all, in 1e-10 of the currency, rounded up at the last place.
// inclusive is how much of the billed volume is paid for otherwise.
func (p Price) Cost(volume, inclusive int64) (int64, error) {
	if volume < 0 || volume > MaxVolume || p.Block < 1 || p.Block > math.MaxInt64-MaxVolume || p.Rate < 0 || p.Unit < 1 {
		return 0, ErrRange
	}
	excess := Billed(volume, p.Block) - inclusive
	if inclusive < 0 || excess < 0 {
		return 0, ErrRange
	}
	cost, ok := money.MulDivCeil(excess, p.Rate, p.Unit)
	if !ok || cost > MaxCost {
		return 0, ErrRange
	}
	return cost, nil
}

// Reach is the largest cumulative volume, at most MaxVolume, that costs no more than the given amount when so much of the
// billed volume is paid for otherwise. The amount and inclusive are those of the whole line.
func (p Price) Reach(amount, inclusive int64) int64 {
	if p.Rate == 0 || p.Block < 1 {
		return MaxVolume
	}
	// The excess e costs ceil(e * rate / unit), which is at most the amount where e <= floor(amount * unit / rate).
	excess := MaxVolume
	if high, low := bits.Mul64(uint64(max(amount, 0)), uint64(p.Unit)); high < uint64(p.Rate) {
		quotient, _ := bits.Div64(high, low, uint64(p.Rate))
		excess = int64(min(quotient, uint64(MaxVolume)))
	}
	billed := min(excess+inclusive, MaxVolume)
	return billed - billed%p.Block
}
