package charging_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/value"
	"github.com/simstead/simstead/test/cases"
)

const smsService = 32

// holding is an endpoint's account in some state, with the terms that it is held against.
type holding struct {
	terms   charging.Terms
	account charging.Account
	spent   balance.Account
	now     int64
}

func drawHolding(t *rapid.T) *holding {
	h := &holding{now: someday, account: charging.Account{Quotas: map[int64]*quota.Quota{}, Use: map[int64]*limit.Use{}}}
	h.terms = charging.Terms{
		DataQuota: rapid.Bool().Draw(t, "data quota"), SMSQuota: rapid.Bool().Draw(t, "SMS quota"), Prepaid: rapid.Bool().Draw(t, "prepaid"),
		OrgPrepaid: rapid.Bool().Draw(t, "organisation prepaid"), Currency: 1,
	}
	if rapid.Bool().Draw(t, "cost limit") {
		most := few(t, "cost limit", 0)
		h.terms.CostLimit = &most
	}
	h.spent = balance.Account{Prepaid: h.terms.OrgPrepaid, Amount: few(t, "organisation", 0) - 1000, MonthCost: few(t, "month", 0), Month: 202511}
	for _, traffic := range []int64{quota.Data, quota.SMS} {
		if rapid.IntRange(0, 3).Draw(t, "quota") > 0 {
			h.account.Quotas[traffic] = drawQuota(t, traffic)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "balance") > 0 {
		h.account.Balance = &balance.Balance{
			Amount: few(t, "amount", 0) - 1000, Currency: rapid.SampledFrom([]int64{1, 1, 1, 2}).Draw(t, "currency"),
			Expiry: rapid.SampledFrom([]int64{0, 0, someday, someday + 1}).Draw(t, "balance expiry"),
		}
	}
	for _, service := range []int64{dataService, smsService} {
		for range rapid.IntRange(0, 2).Draw(t, "limits") {
			h.terms.Limits = append(h.terms.Limits, limit.Limit{Service: service, Volume: few(t, "limit", 0), Satellite: rapid.Bool().Draw(t, "satellite only")})
		}
		if used := few(t, "used", 0); used > 0 {
			h.account.Use[service] = &limit.Use{Month: limit.MonthOf(someday), Service: service, Used: used, Satellite: used / 2}
		}
		if rapid.IntRange(0, 3).Draw(t, "extension") == 0 {
			h.account.Extensions = append(h.account.Extensions, limit.Extension{
				Service: service, Satellite: rapid.Bool().Draw(t, "of satellite"), Volume: few(t, "extra", 0),
				Expires: value.EntityTime(rapid.SampledFrom([]int64{someday, someday + 1}).Draw(t, "extension expiry")),
			})
		}
	}
	return h
}

func drawQuota(t *rapid.T, traffic int64) *quota.Quota {
	began := someday - rapid.Int64Range(2, 3*clock.Day).Draw(t, "age")
	q := quota.New(1, 1, traffic, few(t, "volume", 0), someday+rapid.SampledFrom([]int64{-clock.Hour, 0, 1, clock.Day}).Draw(t, "expiry"),
		rapid.Int64Range(-1, 100).Draw(t, "per cent"), began)
	q.AutoRefill = rapid.Bool().Draw(t, "refill")
	if q.Action = rapid.SampledFrom([]int64{quota.Block, quota.Throttle}).Draw(t, "action"); q.Action == quota.Throttle {
		q.Throughput = 128_000
	}
	q.Take(few(t, "taken", 0), began+1)
	return &q
}

// use takes of everything that the use of a service is counted against, apart from money.
func (h *holding) use(service, n int64, satellite bool) {
	traffic := quota.Data
	if service != dataService {
		traffic = quota.SMS
	}
	if q := h.account.Quotas[traffic]; q != nil {
		q.Take(n, h.now)
	}
	u := h.account.Use[service]
	if u == nil {
		u = &limit.Use{}
		h.account.Use[service] = u
	}
	u.Add(n, satellite)
}

func (h *holding) judge(service int64, satellite bool) charging.Verdict {
	return h.terms.Judge(&h.account, &h.spent, service, h.now, satellite)
}

// What is said to be left is left: one byte less changes nothing, all of it closes a gate or slows down, and where a gate is
// closed that counts volumes nothing is left.
func TestLeftIsWhatTheGatesLeave(t *testing.T) {
	cases.Check(t, 1520, func(t *rapid.T) {
		h, satellite := drawHolding(t), rapid.Bool().Draw(t, "satellite")
		before := h.judge(dataService, satellite)
		until, end := h.terms.Left(&h.account, h.now, satellite)
		switch {
		case until > end:
			t.Fatalf("something changes after %d bytes, all ends after %d", until, end)
		case before.Gate == charging.Open && until <= 0, (before.Gate == charging.ByLimit || before.Gate == charging.ByQuota) && end > 0:
			t.Fatalf("gate %d, until %d, end %d", before.Gate, until, end)
		case before.Gate != charging.Open || until >= charging.NoLimit:
			return
		}
		h.use(dataService, until-1, satellite)
		if got := h.judge(dataService, satellite); got != before {
			t.Fatalf("one byte before %d: %+v, before that %+v", until, got, before)
		}
		h.use(dataService, 1, satellite)
		after := h.judge(dataService, satellite)
		if after == before || after.Gate == charging.Open && until == end {
			t.Fatalf("after all %d bytes, where the end is %d: %+v", until, end, after)
		}
	})
}

// The same with SMS.
func TestLeftSMS(t *testing.T) {
	cases.Check(t, 500, func(t *rapid.T) {
		h := drawHolding(t)
		before := h.judge(smsService, false)
		left := h.terms.LeftSMS(&h.account, smsService, h.now)
		switch {
		case before.Rate != 0:
			t.Fatalf("SMS are slowed down to %d", before.Rate)
		case before.Gate == charging.Open && left <= 0, (before.Gate == charging.ByLimit || before.Gate == charging.ByQuota) && left > 0:
			t.Fatalf("gate %d, left %d", before.Gate, left)
		case before.Gate != charging.Open || left >= charging.NoLimit:
			return
		}
		h.use(smsService, left-1, false)
		if got := h.judge(smsService, false); got != before {
			t.Fatalf("one before the last of %d: %+v, before that %+v", left, got, before)
		}
		h.use(smsService, 1, false)
		if after := h.judge(smsService, false); after.Gate == charging.Open {
			t.Fatalf("after all %d: %+v", left, after)
		}
	})
}

// Money closes before volumes do: the organisation's first, then the endpoint's. Nothing but what the terms ask for closes.
func TestJudge(t *testing.T) {
	cases.Check(t, 1000, func(t *rapid.T) {
		h := drawHolding(t)
		b := h.account.Balance
		poor := h.terms.Prepaid && (b == nil || b.Currency != 1 || b.Amount <= 0 || b.Expiry != 0 && b.Expiry <= h.now)
		spent := h.terms.CostLimit != nil && h.spent.MonthCost >= *h.terms.CostLimit || h.terms.OrgPrepaid && h.spent.Amount <= 0
		q := h.account.Quotas[quota.Data]
		got := h.judge(dataService, false)
		switch {
		case spent:
			expect(t, got, charging.ByOrganisation, 0)
		case poor:
			expect(t, got, charging.ByBalance, 0)
		case got.Gate == charging.ByLimit:
			if len(h.terms.Limits) == 0 {
				t.Fatalf("a limit that is not there: %+v", got)
			}
		case !h.terms.DataQuota:
			expect(t, got, charging.Open, 0)
		case q == nil:
			expect(t, got, charging.ByNoQuota, 0)
		case q.Expiry <= h.now:
			expect(t, got, charging.ByExpiredQuota, 0)
		case q.At(h.now).Volume > 0:
			expect(t, got, charging.Open, 0)
		case q.Action == quota.Throttle:
			expect(t, got, charging.Open, 128_000)
		default:
			expect(t, got, charging.ByQuota, 0)
		}
	})
}

func expect(t *rapid.T, got charging.Verdict, gate charging.Gate, rate int64) {
	t.Helper()
	if got != (charging.Verdict{Gate: gate, Rate: rate}) {
		t.Fatalf("judged %+v, want gate %d and rate %d", got, gate, rate)
	}
}
