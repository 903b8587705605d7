package balance_test

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/test/cases"
)

// An organisation's account is what was credited less what was charged, a month costs what was charged for it while it ran,
// and what is left is the least of what both allow.
func TestAccount(t *testing.T) {
	cases.Check(t, 700, func(t *rapid.T) {
		a := balance.Account{Prepaid: rapid.Bool().Draw(t, "prepaid"), Month: 202611}
		a.Amount = rapid.Int64Range(-10, 1<<40).Draw(t, "loaded")
		a.Credited = a.Amount
		var most *int64
		if rapid.Bool().Draw(t, "limited") {
			n := rapid.Int64Range(0, 1<<40).Draw(t, "limit")
			most = &n
		}
		credited, charged := big.NewInt(a.Amount), new(big.Int)
		month, cost := int64(202611), new(big.Int) // the newest month, and what it costs
		for range rapid.IntRange(1, 20).Draw(t, "charges") {
			of, price := month+rapid.Int64Range(-1, 1).Draw(t, "month"), rapid.Int64Range(0, 1<<40).Draw(t, "cost")
			if of%100 == 13 {
				of += 88
			}
			if of%100 == 0 {
				of -= 88
			}
			a.Charge(price, of, 5)
			if a.Prepaid {
				charged.Add(charged, big.NewInt(price))
			}
			if of > month {
				month, cost = of, new(big.Int)
			}
			if of == month {
				cost.Add(cost, big.NewInt(price))
			}
			amount := new(big.Int).Sub(credited, charged)
			if big.NewInt(a.Amount).Cmp(amount) != 0 || a.Amount != a.Credited-a.Debited || a.Month != month || big.NewInt(a.MonthCost).Cmp(cost) != 0 {
				t.Fatalf("credited %s, charged %s, %s in %d: %+v", credited, charged, cost, month, a)
			}
			left := balance.Unlimited
			if most != nil {
				left = max(*most-a.MonthCost, 0)
			}
			if a.Prepaid {
				left = min(left, max(a.Amount, 0))
			}
			if got := a.Left(most); got != left {
				t.Fatalf("%d are left, want %d: %+v", got, left, a)
			}
			if a.In(of-1).MonthCost != a.MonthCost || a.In(month+100).MonthCost != 0 {
				t.Fatalf("a month goes back, or goes on in the next: %+v", a)
			}
		}
	})
}

var december = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// An endpoint's balance is what was credited less what was debited; nothing of an expired one, or of a debt, can be used;
// and a month's beginning credits exactly what brings it back to the last load, once.
func TestBalance(t *testing.T) {
	cases.Check(t, 500, func(t *rapid.T) {
		b := balance.Balance{AutoReset: rapid.Bool().Draw(t, "reset"), Month: 202611, LastLoad: rapid.Int64Range(0, 1<<40).Draw(t, "last load")}
		b.Expiry = rapid.SampledFrom([]int64{0, 10, 20, december, december + 1}).Draw(t, "expiry")
		sum := new(big.Int)
		for now := range rapid.Int64Range(1, 20).Draw(t, "steps") {
			amount := rapid.Int64Range(-(1<<30), 1<<40).Draw(t, "amount")
			if amount > 0 && rapid.Bool().Draw(t, "debit") {
				b.Debit(amount, now)
				sum.Sub(sum, big.NewInt(amount))
			} else {
				b.Credit(amount, now)
				sum.Add(sum, big.NewInt(amount))
			}
			expired := b.Expiry > 0 && now >= b.Expiry
			if sum.Cmp(big.NewInt(b.Amount)) != 0 || b.Amount != b.Credited-b.Debited || b.Updated != now {
				t.Fatalf("it is %s: %+v", sum, b)
			}
			if usable := b.Usable(now); usable < 0 || expired && usable != 0 || !expired && usable != max(b.Amount, 0) {
				t.Fatalf("%d can be used: %+v", usable, b)
			}
			due, month, ok := b.ResetDue(time.UTC, december+now)
			if ok != (b.AutoReset && (b.Expiry == 0 || b.Expiry > december)) || ok && (b.Amount+due != b.LastLoad || month != 202612) {
				t.Fatalf("%d are due since %d, %t: %+v", due, month, ok, b)
			}
			if due, _, ok := b.ResetDue(time.UTC, december-1); ok || due != 0 {
				t.Fatalf("%d are due in a month that was reset", due)
			}
		}
	})
}
