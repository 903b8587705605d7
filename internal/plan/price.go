// Package plan is what SIMs and the platform cost a month: tariff plans with prices that scale with the number of SIMs, and
// which organisation has which plan when. The price of use is the tariffs'.
package plan

import (
	"errors"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// ErrRange says that a price is beyond what can be stored.
var ErrRange = errors.New("price of SIMs out of range")

// How tiers count.
const (
	Graduated int64 = iota // each SIM costs what its own tier says
	ByVolume               // all SIMs cost what the tier of the last one says
)

// MaxSIMs is the most SIMs that are priced.
const MaxSIMs = 1 << 31

// Tier is the price of an activated SIM from a number of SIMs on.
type Tier struct {
	Start value.ID   `json:"scale_start" doc:"The first SIM that it counts for, from 1; 0 means 1."`
	Rate  value.Cost `json:"rate" doc:"A SIM and month."`
}

// Applied is a tier with the SIMs that were priced by it.
type Applied struct {
	Tier
	Volume value.ID `json:"volume" doc:"How many SIMs it was applied to."`
}

// Apply prices a number of activated SIMs, at most MaxSIMs, by tiers of rising Start, of which the first begins at 1. The
// amount is in 1e-10 of the currency. Without tiers it costs nothing.
func Apply(model int64, tiers []Tier, sims int64) (amount int64, applied []Applied, err error) {
	for i, t := range tiers {
		if int64(t.Start) > sims {
			break
		}
		n := sims
		if model == Graduated && i+1 < len(tiers) {
			n = min(n, int64(tiers[i+1].Start)-1)
		}
		if model == Graduated {
			n -= int64(t.Start) - 1
		} else if i+1 < len(tiers) && int64(tiers[i+1].Start) <= sims {
			continue
		}
		cost, ok := money.MulDivCeil(n, int64(t.Rate), 1)
		if !ok || amount+cost < amount {
			return 0, nil, ErrRange
		}
		amount += cost
		applied = append(applied, Applied{Tier: t, Volume: value.ID(n)})
	}
	return amount, applied, nil
}
