package roaming_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/roaming"
)

// What use costs is its blocks at the price of a MB, or its pieces, rounded up to 1e-10: as whole numbers without bounds say.
func TestCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := roaming.Price{
			TrafficType: rapid.SampledFrom([]int64{5, 6}).Draw(t, "traffic type"), Rate: rapid.Int64Range(0, 1e15).Draw(t, "rate"),
			Volume: rapid.Int64Range(1, 1e9).Draw(t, "volume"), Block: rapid.Int64Range(1, 1e7).Draw(t, "block"),
		}
		amount := rapid.Int64Range(0, 1e13).Draw(t, "amount")
		n, per := big.NewInt(amount), big.NewInt(p.Volume)
		if p.TrafficType == 5 {
			block := big.NewInt(p.Block)
			n.Add(n, block).Sub(n, big.NewInt(1)).Div(n, block).Mul(n, block)
			per.Mul(per, big.NewInt(1_000_000))
		}
		want := n.Mul(n, big.NewInt(p.Rate))
		want.Add(want, per).Sub(want, big.NewInt(1)).Div(want, per)
		got, ok := p.Cost(amount)
		if ok != want.IsInt64() || ok && got != want.Int64() {
			t.Errorf("%+v: %d cost %d, %v, want %s", p, amount, got, ok, want)
		}
	})
}
