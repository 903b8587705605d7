package money_test

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/money"
)

func TestFormat(t *testing.T) {
	tests := []struct {
		name        string
		n           int64
		places      int
		short, full string
	}{
		{"zero", 0, 10, "0", "0.0000000000"},
		{"the smallest cost", 1, 10, "0.0000000001", "0.0000000001"},
		{"a cost", 6172500, 10, "0.00061725", "0.0006172500"},
		{"one unit", money.Unit, 10, "1", "1.0000000000"},
		{"ten units keep their zero", 10 * money.Unit, 10, "10", "10.0000000000"},
		{"negative", -15_000_000_000, 10, "-1.5", "-1.5000000000"},
		{"the smallest negative cost", -1, 10, "-0.0000000001", "-0.0000000001"},
		{"a volume", 100_000, 6, "0.1", "0.100000"},
		{"one MB", money.MB, 6, "1", "1.000000"},
		{"largest", math.MaxInt64, 10, "922337203.6854775807", "922337203.6854775807"},
		{"least", math.MinInt64, 10, "-922337203.6854775808", "-922337203.6854775808"},
		{"no places", 5, 0, "5", "5"},
		{"no places with zeros", 100, 0, "100", "100"},
		{"no places, zero", 0, 0, "0", "0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := money.Format(test.n, test.places); got != test.short {
				t.Errorf("Format: got %s, want %s", got, test.short)
			}
			if got := money.FormatFixed(test.n, test.places); got != test.full {
				t.Errorf("FormatFixed: got %s, want %s", got, test.full)
			}
			if got := string(money.Append([]byte("x=0.0"), test.n, test.places)); got != "x=0.0"+test.short {
				t.Errorf("Append: got %s, want x=0.0%s", got, test.short)
			}
		})
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		places     int
		want       int64
	}{
		{"zero", "0", 10, 0},
		{"negative zero", "-0.0", 10, 0},
		{"zero with more places", "0.000000000000", 6, 0},
		{"whole", "3", 10, 3 * money.Unit},
		{"plus", "+3", 10, 3 * money.Unit},
		{"places", "0.00061725", 10, 6172500},
		{"trailing zeros beyond the places", "1.50000000000000", 6, 1_500_000},
		{"negative", "-1.5", 6, -1_500_000},
		{"no whole part", ".5", 6, 500_000},
		{"no fraction", "5.", 6, 5_000_000},
		{"negative exponent", "1e-4", 10, 1_000_000},
		{"positive exponent", "1.5E+3", 0, 1500},
		{"exponent that takes zeros away", "1500e-2", 0, 15},
		{"leading zeros", "000000000000000000000000000001", 0, 1},
		{"largest", "922337203.6854775807", 10, math.MaxInt64},
		{"least", "-922337203.6854775808", 10, math.MinInt64},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := money.Parse(test.text, test.places); err != nil || got != test.want {
				t.Errorf("got %d, %v, want %d", got, err, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, text string
		places     int
		want       error // nil for a text that is no number
	}{
		{"nothing", "", 10, nil},
		{"sign alone", "-", 10, nil},
		{"point alone", ".", 10, nil},
		{"exponent alone", "e5", 10, nil},
		{"two signs", "-+1", 10, nil},
		{"two minus signs", "--1", 10, nil},
		{"sign in the fraction", "1.-5", 10, nil},
		{"two points", "1.2.3", 10, nil},
		{"comma", "1,5", 10, nil},
		{"space", " 1", 10, nil},
		{"word", "NaN", 10, nil},
		{"hexadecimal", "0x10", 10, nil},
		{"grouped", "1_000", 10, nil},
		{"broken exponent", "1e", 10, nil},
		{"fraction in the exponent", "1e1.5", 10, nil},
		{"other digits", "١", 10, nil},
		{"eleven places", "0.00000000001", 10, money.ErrPlaces},
		{"a part of a whole number", "1.5", 0, money.ErrPlaces},
		{"exponent below the places", "1e-11", 10, money.ErrPlaces},
		{"one above the largest", "922337203.6854775808", 10, money.ErrRange},
		{"one below the least", "-922337203.6854775809", 10, money.ErrRange},
		{"large exponent", "1e30", 0, money.ErrRange},
		{"absurd exponent", "1e999999999", 10, money.ErrRange},
		{"exponent beyond 64 bits", "1e99999999999999999999", 10, money.ErrRange},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := money.Parse(test.text, test.places)
			switch {
			case err == nil:
				t.Errorf("read as %d", got)
			case test.want != nil && !errors.Is(err, test.want):
				t.Errorf("got %v, want %v", err, test.want)
			case test.want == nil && (errors.Is(err, money.ErrRange) || errors.Is(err, money.ErrPlaces)):
				t.Errorf("got %v for what is no number", err)
			}
		})
	}
}

func TestParseReadsWhatFormatWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, places := rapid.Int64().Draw(t, "n"), rapid.IntRange(0, 18).Draw(t, "places")
		for _, text := range []string{money.Format(n, places), money.FormatFixed(n, places)} {
			if got, err := money.Parse(text, places); err != nil || got != n {
				t.Fatalf("%s: got %d, %v, want %d", text, got, err, n)
			}
		}
	})
}

// oracle reads the same decimals with math/big.
func oracle(text string, places int) (n int64, ok bool) {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)))
	return r.Num().Int64(), r.IsInt() && r.Num().IsInt64()
}

func TestParseAgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[+-]?[0-9]{1,12}(\.[0-9]{1,12})?0{0,3}(e[+-]?[0-9])?`).Draw(t, "text")
		places := rapid.SampledFrom([]int{0, money.VolumePlaces, money.CostPlaces}).Draw(t, "places")
		want, ok := oracle(text, places)
		got, err := money.Parse(text, places)
		if ok != (err == nil) || ok && got != want {
			t.Fatalf("%s with %d places: got %d, %v, want %d, %v", text, places, got, err, want, ok)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"0", "-1.5", "1e-4", ".5", "5.", "922337203.6854775807", "-+1", "1e", "", "0x1p4"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := money.Parse(text, money.CostPlaces)
		if err != nil {
			return
		}
		if want, ok := oracle(text, money.CostPlaces); !ok || got != want {
			t.Fatalf("%q: got %d, want %d, %v", text, got, want, ok)
		}
		if again, err := money.Parse(money.Format(got, money.CostPlaces), money.CostPlaces); err != nil || again != got {
			t.Fatalf("%q: %d comes back as %d, %v", text, got, again, err)
		}
	})
}

func TestMulDivCeil(t *testing.T) {
	tests := []struct {
		name          string
		a, b, c, want int64
		ok            bool
	}{
		{"exact", 6, 4, 3, 8, true},
		{"rounds up", 7, 1, 2, 4, true},
		{"zero", 0, math.MaxInt64, 5, 0, true},
		{"through 128 bits", math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64, true},
		{"largest divisor rounds up", 1, 1, math.MaxInt64, 1, true},
		{"one too large", 1 << 62, 2, 1, 0, false},
		{"just too large", math.MaxInt64, 2, 1, 0, false},
		{"too large after rounding up", math.MaxInt64, math.MaxInt64, math.MaxInt64 - 1, 0, false},
		{"far too large", math.MaxInt64, math.MaxInt64, 1, 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := money.MulDivCeil(test.a, test.b, test.c); got != test.want || ok != test.ok {
				t.Errorf("got %d, %v, want %d, %v", got, ok, test.want, test.ok)
			}
		})
	}
}

func TestMulDivCeilAgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Min(0).Draw(t, "a"), rapid.Int64Min(0).Draw(t, "b")
		c := rapid.Int64Min(1).Draw(t, "c")
		want := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		want.Add(want, big.NewInt(c-1)).Quo(want, big.NewInt(c))
		got, ok := money.MulDivCeil(a, b, c)
		if ok != want.IsInt64() || ok && got != want.Int64() {
			t.Fatalf("got %d, %v, want %s", got, ok, want)
		}
	})
}

func TestErrorsNameTheText(t *testing.T) {
	_, err := money.Parse("0.12345678", money.VolumePlaces)
	if err == nil || !strings.Contains(err.Error(), `"0.12345678"`) || !strings.Contains(err.Error(), "at most 6") {
		t.Errorf("got %v", err)
	}
}
