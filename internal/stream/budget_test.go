package stream

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// However many streams hold a share, and in whatever order they come and go, their memory stays within the half that is
// theirs, but for the little that each may have in any case; and nobody waits.
func TestBudgetHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBudget(rapid.Int64Range(1, 256).Draw(t, "MB") << 20)
		var held []share
		for range rapid.IntRange(1, 2000).Draw(t, "steps") {
			if len(held) > 0 && rapid.IntRange(0, 3).Draw(t, "end") == 0 {
				i := rapid.IntRange(0, len(held)-1).Draw(t, "which")
				b.give(held[i])
				held = append(held[:i], held[i+1:]...)
				continue
			}
			s := b.take(rapid.Int64Range(1, 64<<20).Draw(t, "want"))
			if s.bytes < leastShare {
				t.Fatalf("a share of %d bytes", s.bytes)
			}
			held = append(held, s)
		}
		sum := int64(0)
		for _, s := range held {
			sum += s.bytes
		}
		if limit := b.size + int64(len(held))*leastShare; sum > limit {
			t.Fatalf("%d holders have %d bytes of %d", len(held), sum, limit)
		}
	})
}

func TestBudgetOfLargeBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(64 << 20)
		first := b.takeLarge(t.Context(), 100<<20, time.Minute)
		if !first.large || first.bytes != 32<<20 {
			t.Fatalf("%+v", first)
		}
		began := time.Now()
		if s := b.takeLarge(t.Context(), 1<<20, time.Minute); s.large || s.bytes != 1<<20 || time.Since(began) != time.Minute {
			t.Errorf("%+v after %v", s, time.Since(began))
		}
		got := make(chan share)
		go func() { got <- b.takeLarge(t.Context(), 20<<20, time.Minute) }()
		time.Sleep(time.Second)
		b.give(first)
		if s := <-got; !s.large || s.bytes != 20<<20 {
			t.Errorf("%+v", s)
		}
	})
}
