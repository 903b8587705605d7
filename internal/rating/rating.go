// Package rating is the price of usage: pure functions of values, no clock, no storage, integers only.
//
// A rating line is a session's use in one rate zone, under one tariff, in one month. What it costs is a function of its
// cumulative volume, and each report is charged the difference; so the price does not depend on how often a gateway
// reports, and block rounding happens once a line.
package rating

import (
	"errors"
	"math"

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

// Cost is what a line of the given cumulative volume costs in all, in 1e-10 of the currency, rounded up at the last
// place. rate is per MB of 10^6 bytes.
func Cost(volume, block, rate int64) (int64, error) {
	if volume < 0 || volume > MaxVolume || block < 1 || block > math.MaxInt64-MaxVolume || rate < 0 {
		return 0, ErrRange
	}
	cost, ok := money.MulDivCeil(Billed(volume, block), rate, money.MB)
	if !ok || cost > MaxCost {
		return 0, ErrRange
	}
	return cost, nil
}
