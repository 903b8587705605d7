package value_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/value"
	"github.com/simstead/simstead/test/cases"
)

// decimal draws a decimal as a client may write it, often with just as many places as there are.
func decimal(t *rapid.T, places int) string {
	text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,8})`).Draw(t, "whole")
	if n := rapid.IntRange(0, places+3).Draw(t, "places"); n > 0 {
		text += "." + rapid.StringMatching(fmt.Sprintf(`[0-9]{%d}`, n)).Draw(t, "fraction")
	}
	if rapid.IntRange(0, 4).Draw(t, "written") == 0 {
		text += rapid.SampledFrom([]string{"e0", "E1", "e-1", "e2", "e-3"}).Draw(t, "exponent")
	}
	return text
}

// holds makes sure that what the API takes is the decimal itself: the same number comes out again, and one with more places
// is refused, not rounded.
func holds(t *rapid.T, places int, field string, read func([]byte) ([]byte, error)) {
	text := decimal(t, places)
	want, _ := new(big.Rat).SetString(text)
	unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))
	whole := new(big.Rat).Mul(want, unit)
	out, err := read([]byte(text))
	fits := whole.IsInt() && whole.Num().IsInt64()
	switch {
	case fits != (err == nil):
		t.Fatalf("%s of %s: %v", field, text, err)
	case err != nil:
		return
	}
	got, ok := new(big.Rat).SetString(string(out))
	if !ok || got.Cmp(want) != 0 || strings.ContainsAny(string(out), "eE+") {
		t.Fatalf("%s of %s comes out as %s", field, text, out)
	}
}

// through reads a value and writes it again.
func through[T any](data []byte) ([]byte, error) {
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// Invariant 17 of the charging model: decimals go through the API exactly, or not at all.
func TestDecimalsAreExact(t *testing.T) {
	cases.Check(t, 800, func(t *rapid.T) {
		holds(t, 10, "cost", through[value.Cost])
		holds(t, 6, "MB", through[value.MB])
		holds(t, 0, "count", func(data []byte) ([]byte, error) {
			out, err := through[value.Text](data)
			return []byte(strings.Trim(string(out), `"`)), err
		})
	})
}

// A balance has six places in the API and ten inside: what is loaded comes out again.
func TestAmountsAreExact(t *testing.T) {
	cases.Check(t, 400, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,7})(\.[0-9]{1,9})?`).Draw(t, "amount")
		want, _ := new(big.Rat).SetString(text)
		out, err := through[value.Amount]([]byte(text))
		fits := new(big.Rat).Mul(want, big.NewRat(1_000_000, 1)).IsInt()
		if fits != (err == nil) {
			t.Fatalf("%s: %v", text, err)
		}
		if got, ok := new(big.Rat).SetString(string(out)); err == nil && (!ok || got.Cmp(want) != 0) {
			t.Fatalf("%s comes out as %s", text, out)
		}
	})
}
