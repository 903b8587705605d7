package charging_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/test/cases"
)

// few draws an amount that is more often small, and a bound in some cases.
func few(t *rapid.T, name string, none int64) int64 {
	return rapid.OneOf(rapid.Just(none), rapid.Just(int64(0)), rapid.Int64Range(0, 3000), rapid.Int64Range(0, 1<<34)).Draw(t, name)
}

// means draws what is left, of which others hold a part.
func means(t *rapid.T) charging.Means {
	m := charging.Means{
		AllBytes: few(t, "bytes", charging.NoLimit), AllMoney: few(t, "money", balance.Unlimited), Pool: few(t, "pool", 0),
		Sharers: rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 5)).Draw(t, "sharers"),
	}
	m.Bytes, m.Money = m.AllBytes, m.AllMoney
	if m.AllBytes < charging.NoLimit {
		m.Bytes = max(m.AllBytes-few(t, "held", 0), 0)
	}
	if m.AllMoney < balance.Unlimited {
		m.Money = max(m.AllMoney-few(t, "money held", 0), 0)
	}
	return m
}

// reach is how many bytes a sum pays for, by trying.
func reach(l session.Line, money, pool int64) int64 {
	if money >= balance.Unlimited || !l.Rated() {
		return charging.NoLimit
	}
	return most(rating.MaxVolume-l.Volume, func(bytes int64) bool { return pays(l, bytes, money, pool) })
}

// A sum pays for exactly as many bytes as it pays for; more of it, or of the pool, never for fewer.
func TestAffordable(t *testing.T) {
	cases.Check(t, 1000, func(t *rapid.T) {
		l, m := used(t), means(t)
		got, want := charging.Affordable(l, m.Money, m.Pool), reach(l, m.Money, m.Pool)
		// The last block below the largest volume may be cut short by it.
		if got > want || got < want && l.Volume+want+l.Block <= rating.MaxVolume {
			t.Fatalf("%d and %d inclusive bytes pay for %d bytes, want %d: %+v", m.Money, m.Pool, got, want, l)
		}
		if m.Money < balance.Unlimited {
			richer := charging.Affordable(l, m.Money+few(t, "more money", 0), m.Pool+few(t, "more inclusive", 0))
			if richer < got {
				t.Fatalf("more money pays for %d bytes, less for %d", richer, got)
			}
		}
	})
}

// An offer is never more than what is left and not held by others; nothing is offered only when nothing is left; it is the
// last one exactly when nothing is left beyond it; and what is held for it is what its use costs.
func TestOffer(t *testing.T) {
	cases.Check(t, 2000, func(t *rapid.T) {
		l, m := used(t), means(t)
		rules := charging.GrantRules{Slice: rapid.Int64Range(1, 1<<33).Draw(t, "slice"), Least: rapid.Int64Range(1, 20_000).Draw(t, "least")}
		want := rapid.OneOf(rapid.Int64Range(1, 5000), rapid.Int64Range(1, 1<<34)).Draw(t, "wanted")
		o := rules.Offer(l, m, want)
		all, rest := min(m.AllBytes, reach(l, m.AllMoney, m.Pool)), min(m.Bytes, reach(l, m.Money, m.Pool))
		want = min(want, rules.Slice)
		switch {
		case o.Bytes > min(rest, want) || o.Bytes < 0:
			t.Fatalf("%d bytes are offered of %d that are wanted and %d that are left", o.Bytes, want, rest)
		case m.Sharers == 0 && o.Bytes != min(rest, want):
			t.Fatalf("%d bytes are offered, %d are wanted and %d left", o.Bytes, want, rest)
		case o.Bytes < min(rest, want, rules.Least):
			t.Fatalf("%d bytes are offered of %d that are left and %d that are wanted: less than is worth asking for", o.Bytes, rest, want)
		case o.Bytes > 0 && o.Final != (o.Bytes >= all), o.Bytes == 0 && o.Final:
			t.Fatalf("%d bytes are offered, the last ones: %t; %d are left", o.Bytes, o.Final, all)
		}
		held(t, l, m, o)
	})
}

// held makes sure that what is held for an offer is what its use takes.
func held(t *rapid.T, l session.Line, m charging.Means, o charging.Offer) {
	if m.Money >= balance.Unlimited || o.Bytes == 0 {
		if o.Cost != 0 || o.Pool != 0 {
			t.Fatalf("nothing is scarce and %+v is held", o)
		}
		return
	}
	if o.Cost > m.Money || o.Pool > m.Pool || !pays(l, o.Bytes, o.Cost, o.Pool) || o.Cost > 0 && pays(l, o.Bytes, o.Cost-1, o.Pool) {
		t.Fatalf("%+v holds what does not pay for it, or more: %+v, %+v", o, l, m)
	}
}
