package balance_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/test/cases"
)

func TestAt(t *testing.T) {
	const month = 202612
	now := december + 1000
	loaded := balance.Balance{Organisation: 1, Endpoint: 2, Amount: 70, Credited: 100, Debited: 30, Currency: 1, LastLoad: 100, Month: 202611, Updated: 5}
	with := func(change func(*balance.Balance)) balance.Balance { b := loaded; change(&b); return b }
	entry := func(kind string, amount, after, at int64) []balance.Entry {
		return []balance.Entry{{Organisation: 1, Endpoint: 2, At: at, Kind: kind, Amount: amount, Balance: after, Currency: 1}}
	}
	for name, test := range map[string]struct {
		in, want balance.Balance
		entries  []balance.Entry
	}{
		"nothing is due":    {loaded, loaded, nil},
		"not expired":       {with(func(b *balance.Balance) { b.Expiry = now + 1 }), with(func(b *balance.Balance) { b.Expiry = now + 1 }), nil},
		"same month":        {with(func(b *balance.Balance) { b.AutoReset, b.Month = true, month }), with(func(b *balance.Balance) { b.AutoReset, b.Month = true, month }), nil},
		"a month goes back": {with(func(b *balance.Balance) { b.AutoReset, b.Month = true, 202701 }), with(func(b *balance.Balance) { b.AutoReset, b.Month = true, 202701 }), nil},
		"a new month": {
			with(func(b *balance.Balance) { b.AutoReset = true }),
			with(func(b *balance.Balance) {
				b.AutoReset, b.Month, b.Amount, b.Credited, b.Updated = true, month, 100, 130, december
			}),
			entry(balance.AutoReset, 30, 100, december),
		},
		"a new month after a debt": {
			with(func(b *balance.Balance) { b.AutoReset, b.Amount, b.Debited = true, -20, 120 }),
			with(func(b *balance.Balance) {
				b.AutoReset, b.Month, b.Amount, b.Credited, b.Debited, b.Updated = true, month, 100, 220, 120, december
			}),
			entry(balance.AutoReset, 120, 100, december),
		},
		"expired as the month began": {
			with(func(b *balance.Balance) { b.Expiry, b.AutoReset = december, true }),
			with(func(b *balance.Balance) {
				b.Expiry, b.AutoReset, b.Amount, b.Credited, b.Updated = december, true, 0, 30, december
			}),
			entry(balance.Lapsed, -70, 0, december),
		},
		"a debt is reset before the expiry that comes later": {
			with(func(b *balance.Balance) { b.Expiry, b.AutoReset, b.Amount, b.Debited = december+10, true, -20, 120 }),
			with(func(b *balance.Balance) {
				b.Expiry, b.AutoReset, b.Month, b.Amount, b.Credited, b.Debited, b.Updated = december+10, true, month, 0, 120, 120, december+10
			}),
			append(entry(balance.AutoReset, 120, 100, december), entry(balance.Lapsed, -100, 0, december+10)...),
		},
		"a debt does not lapse": {
			with(func(b *balance.Balance) { b.Expiry, b.Amount, b.Debited = 10, -20, 120 }),
			with(func(b *balance.Balance) { b.Expiry, b.Amount, b.Debited = 10, -20, 120 }), nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, entries := test.in.At(time.UTC, now)
			if diff := cmp.Diff(test.want, got) + cmp.Diff(test.entries, entries); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever happens to a balance and however often it is looked at, it is what was credited less what was debited, its
// entries add up to what was credited, and what may be spent is what is left and not expired. One that is looked at every
// day stands as one that is only looked at when something happens to it.
func TestBalanceStands(t *testing.T) {
	zone := time.FixedZone("", -5*3600)
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).UnixMicro()
	cases.Check(t, 500, func(t *rapid.T) {
		b := balance.Balance{Month: 202601}
		watched, now := b, begin
		var credited, debited int64
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			for range rapid.IntRange(0, 40).Draw(t, "days") {
				now += clock.Day
				watched, _ = watched.At(zone, now)
			}
			next, entries := b.At(zone, now)
			if again, more := next.At(zone, now); again != next || len(more) > 0 {
				t.Fatalf("%+v becomes %+v and then %+v", b, next, again)
			}
			for _, e := range entries {
				if credited += e.Amount; e.Balance != credited-debited || e.At > now {
					t.Fatalf("entry %+v, %d was debited", e, debited)
				}
			}
			if b = next; watched.Amount != b.Amount || watched.Updated != b.Updated {
				t.Fatalf("looked at every day it is %+v, else %+v", watched, b)
			}
			n := rapid.Int64Range(-50, 100).Draw(t, "amount")
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				b.Credit(n, now)
				b.Expiry, b.AutoReset, b.LastLoad = now+rapid.Int64Range(1, 90).Draw(t, "valid")*clock.Day, rapid.Bool().Draw(t, "auto"), max(n, b.LastLoad)
				b.Month = clock.MonthIn(zone, now)
				credited += n
			case 1:
				b.Debit(max(n, 0), now)
				debited += max(n, 0)
			}
			watched = b
			usable := max(b.Amount, 0)
			if b.Expiry > 0 && now >= b.Expiry {
				usable = 0
			}
			if b.Amount != credited-debited || b.Credited != credited || b.Debited != debited || b.Usable(now) != usable {
				t.Fatalf("credited %d, debited %d: %+v", credited, debited, b)
			}
		}
	})
}
