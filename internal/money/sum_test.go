package money_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/money"
)

// A sum is that of numbers of any size, however it was added up.
func TestSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		costs := rapid.SliceOf(rapid.Int64()).Draw(t, "costs")
		want := new(big.Int)
		var one, parts, halves, half money.Sum
		var units, rest int64
		for i, c := range costs {
			want.Add(want, big.NewInt(c))
			one.Add(c)
			units, rest = units+c/money.Unit, rest+c%money.Unit
			if half.Add(c); i == len(costs)/2 {
				halves.AddSum(half)
				half = money.Sum{}
			}
		}
		halves.AddSum(half)
		parts.AddParts(units, rest)
		if one != parts || one != halves {
			t.Fatalf("%v is %v, %v and %v", costs, one, parts, halves)
		}
		exact := new(big.Rat).SetFrac(want, big.NewInt(money.Unit))
		if got := string(one.Append(nil, false)); got != exact.FloatString(money.CostPlaces) {
			t.Fatalf("got %s, want %s", got, exact.FloatString(money.CostPlaces))
		}
		short, ok := new(big.Rat).SetString(string(one.Append(nil, true)))
		if !ok || short.Cmp(exact) != 0 {
			t.Fatalf("got %s, want %s", one.Append(nil, true), exact)
		}
	})
}

func TestSumIsWritten(t *testing.T) {
	for want, costs := range map[string][]int64{
		"0": nil, "5": {50_000_000_000}, "0.0000000035": {35}, "-0.5": {-5_000_000_000}, "-1.5": {-20_000_000_000, 5_000_000_000},
		"1844674407.3709551614": {math.MaxInt64, math.MaxInt64}, "0.1": {10_000_000_000, -9_000_000_000},
	} {
		var s money.Sum
		for _, c := range costs {
			s.Add(c)
		}
		if got := string(s.Append(nil, true)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A part is the nearest 1e-10 to the exact product.
func TestPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cost, n, d := rapid.Int64().Draw(t, "cost"), rapid.Int64Range(0, 1_000_000).Draw(t, "n"), rapid.Int64Range(1, 1_000_000).Draw(t, "d")
		var s money.Sum
		s.Add(cost)
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(cost), big.NewInt(n)), new(big.Int).Mul(big.NewInt(d), big.NewInt(money.Unit)))
		part := s.Part(n, d)
		want := exact.FloatString(money.CostPlaces)
		if got := part.Fixed(); got != want && (want != "-0.0000000000" || !part.IsZero()) {
			t.Fatalf("%d * %d / %d: got %s, want %s", cost, n, d, got, want)
		}
		back, err := money.ParseSum(part.Fixed())
		if err != nil || back != part {
			t.Fatalf("%s comes back as %s, %v", part.Fixed(), back.Fixed(), err)
		}
	})
}
