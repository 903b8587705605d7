package doctor

import (
	"testing"

	"pgregory.net/rapid"
)

// A tally is even exactly when both sides of every subject are, whatever the subjects and in whatever parts they come; the
// second look finds the very subjects that are not.
func TestTally(t *testing.T) {
	subjects := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) key {
		n := rapid.Int64Range(-3, 3)
		return key{n.Draw(t, "organisation"), n.Draw(t, "a"), n.Draw(t, "b"), n.Draw(t, "c"), n.Draw(t, "d"), n.Draw(t, "e")}
	}), 1, 20, func(k key) key { return k })
	amount := rapid.OneOf(rapid.Int64Range(-2, 2), rapid.Int64())
	type part struct {
		k     key
		v     amounts
		state bool
	}
	rapid.Check(t, func(t *rapid.T) {
		want := map[key]amounts{} // what both sides differ by
		var parts []part
		for _, k := range subjects.Draw(t, "subjects") {
			for range rapid.IntRange(0, 3).Draw(t, "parts") {
				v := amounts{amount.Draw(t, "tx"), amount.Draw(t, "rx"), amount.Draw(t, "cost")}
				parts = append(parts, part{k, v, true}, part{k, v, false})
			}
			if rapid.IntRange(0, 9).Draw(t, "wrong") == 0 {
				off := amounts{amount.Draw(t, "tx"), amount.Draw(t, "rx"), amount.Draw(t, "cost")}
				parts = append(parts, part{k, off, rapid.Bool().Draw(t, "side")})
				if off != (amounts{}) {
					want[k] = off
				}
			}
		}
		parts = rapid.Permutation(parts).Draw(t, "order")
		feed := func(to *tally) {
			for _, p := range parts {
				if p.state {
					to.state(p.k, p.v)
				} else {
					to.log(p.k, p.v)
				}
			}
		}
		first := mixing()
		feed(&first)
		uneven := first.uneven()
		if len(uneven) > len(want) || (len(uneven) == 0) != (len(want) == 0) {
			t.Fatalf("%d buckets are uneven for %d subjects", len(uneven), len(want))
		}
		second := first.again(uneven)
		feed(&second)
		got := 0
		for k, s := range second.exact {
			if s.stated == s.logged {
				continue
			}
			got++
			if _, wrong := want[k]; !wrong {
				t.Fatalf("%v is not wrong: %+v", k, *s)
			}
		}
		if got != len(want) {
			t.Fatalf("%d subjects are wrong, want %d", got, len(want))
		}
	})
}

// Wide sums hold what 64 bits do not.
func TestWide(t *testing.T) {
	var w wide
	for range 4 {
		w.add(wideOf(9_000_000_000_000_000_000))
	}
	if w.String() != "3600000000.0000000000" || w.below(9_000_000_000_000_000_000) {
		t.Errorf("%s", w)
	}
	for range 5 {
		w.add(wideOf(-9_000_000_000_000_000_000))
	}
	if w != wideOf(-9_000_000_000_000_000_000) || w.String() != "-900000000" || !w.below(-8_999_999_999_999_999_999) || w.below(-9_000_000_000_000_000_000) {
		t.Errorf("%s", w)
	}
}
