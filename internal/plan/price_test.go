package plan_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/plan"
	"github.com/simstead/simstead/internal/value"
)

func TestApply(t *testing.T) {
	tiers := []plan.Tier{{Start: 1, Rate: 100}, {Start: 11, Rate: 80}, {Start: 101, Rate: 50}}
	tests := []struct {
		name    string
		model   int64
		tiers   []plan.Tier
		sims    int64
		amount  int64
		applied string
	}{
		{"no SIMs", plan.Graduated, tiers, 0, 0, "[]"},
		{"first tier", plan.Graduated, tiers, 10, 1000, "[{{1 100} 10}]"},
		{"the eleventh costs less", plan.Graduated, tiers, 11, 1080, "[{{1 100} 10} {{11 80} 1}]"},
		{"all tiers", plan.Graduated, tiers, 150, 1000 + 90*80 + 50*50, "[{{1 100} 10} {{11 80} 90} {{101 50} 50}]"},
		{"by volume: in the first", plan.ByVolume, tiers, 10, 1000, "[{{1 100} 10}]"},
		{"by volume: all at the second", plan.ByVolume, tiers, 11, 880, "[{{11 80} 11}]"},
		{"by volume: all at the last", plan.ByVolume, tiers, 150, 7500, "[{{101 50} 150}]"},
		{"none", plan.Graduated, nil, 150, 0, "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			amount, applied, err := plan.Apply(tt.model, tt.tiers, tt.sims)
			if err != nil || amount != tt.amount || fmt.Sprint(applied) != tt.applied {
				t.Errorf("got %d, %v, %v", amount, applied, err)
			}
		})
	}
	if _, _, err := plan.Apply(plan.Graduated, []plan.Tier{{Start: 1, Rate: 1 << 62}}, 3); !errors.Is(err, plan.ErrRange) {
		t.Errorf("got %v", err)
	}
}

// TestApplyIsTheSumOfItsSIMs prices SIM by SIM what Apply prices at once.
func TestApplyIsTheSumOfItsSIMs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tiers []plan.Tier
		for start := int64(1); len(tiers) < rapid.IntRange(1, 5).Draw(t, "tiers"); start += rapid.Int64Range(1, 20).Draw(t, "step") {
			tiers = append(tiers, plan.Tier{Start: value.ID(start), Rate: value.Cost(rapid.Int64Range(0, 1000).Draw(t, "rate"))})
		}
		sims := rapid.Int64Range(0, 120).Draw(t, "sims")
		at := func(n int64) (rate int64) {
			for _, tier := range tiers {
				if int64(tier.Start) <= n {
					rate = int64(tier.Rate)
				}
			}
			return rate
		}
		graduated := int64(0)
		for n := int64(1); n <= sims; n++ {
			graduated += at(n)
		}
		for model, want := range map[int64]int64{plan.Graduated: graduated, plan.ByVolume: sims * at(sims)} {
			amount, applied, err := plan.Apply(model, tiers, sims)
			if err != nil || amount != want {
				t.Fatalf("model %d: %d SIMs cost %d, want %d (%v)", model, sims, amount, want, err)
			}
			n, cost := int64(0), int64(0)
			for _, a := range applied {
				n, cost = n+int64(a.Volume), cost+int64(a.Volume)*int64(a.Rate)
			}
			if n != sims || cost != amount {
				t.Fatalf("model %d: the tiers make %d SIMs and %d", model, n, cost)
			}
		}
	})
}
