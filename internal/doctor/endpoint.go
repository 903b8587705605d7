package doctor

import (
	"fmt"
	"math"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/tariff"
)

// compareEndpoints compares a page with the log, which was read up to the page's position.
func (r *round) compareEndpoints(b *book, p *endpointPage) {
	used := map[int64][]int{} // days by endpoint
	for i, d := range p.days {
		if month := monthOf(d.Day); r.balanced(month) {
			r.days.state(dayKey(b.id, d.Endpoint, d.SIM, d.TrafficType, d.Currency, month), amounts{d.Tx, d.Rx, d.Cost})
			b.earliest = min(b.earliest, d.Day)
		}
		if len(p.quotas)+len(p.uses) > 0 {
			used[d.Endpoint] = append(used[d.Endpoint], i)
		}
	}
	for _, s := range p.open {
		if r.balanced(s.month) {
			r.days.log(dayKey(b.id, s.endpoint, s.sim, dataTraffic, s.currency, s.month), s.use)
		}
		if r.only == 0 && s.debited != 0 {
			r.balances.log(key{organisation: b.id, a: s.endpoint}, amounts{s.debited})
		}
	}
	for _, v := range p.balances {
		entries := p.credits[v.Endpoint]
		since := b.created
		if entries.first > 0 {
			since = entries.first
		}
		sides := r.balances.state(key{organisation: b.id, a: v.Endpoint}, amounts{v.Debited})
		if sides != nil {
			sides.partly = clock.DayNumber(since) < r.kept
		}
		if !r.second {
			r.judgeBalance(v, entries.amount)
		}
	}
	if r.second {
		return
	}
	since := func(endpoint, traffic, from, until int64) (n int64) {
		for _, i := range used[endpoint] {
			if d := p.days[i]; d.TrafficType == traffic && d.Updated >= from && d.Day <= until {
				n += d.Tx + d.Rx
			}
		}
		return n
	}
	for _, q := range p.quotas {
		r.judgeQuota(q, since)
	}
	for _, u := range p.uses {
		r.judgeLimit(u, since)
	}
}

// usedSince is what an endpoint used of a traffic type, on days that were written to since a time (µs) and began before a day
// was over: at least what was counted in between.
type usedSince func(endpoint, traffic, from, until int64) int64

func (r *round) judgeBalance(v balance.Balance, credited int64) {
	subject := fmt.Sprintf("balance of endpoint %d", v.Endpoint)
	if v.Amount != v.Credited-v.Debited {
		r.find(v.Organisation, Balance, subject, "is %s; credited %s less debited %s is %s", cost(v.Amount), cost(v.Credited), cost(v.Debited),
			cost(v.Credited-v.Debited))
	}
	if v.Credited != credited {
		r.find(v.Organisation, Balance, subject, "was credited %s, its entries add up to %s", cost(v.Credited), cost(credited))
	}
}

// judgeQuota checks what a quota says about itself, and that it counted no more than was used since its instance began.
func (r *round) judgeQuota(q quota.Quota, used usedSince) {
	kind := "data"
	if q.Traffic == quota.SMS {
		kind = "SMS"
	}
	wrong := func(format string, args ...any) {
		r.find(q.Organisation, Quota, fmt.Sprintf("%s quota of endpoint %d", kind, q.Endpoint), format, args...)
	}
	taken := q.Taken
	threshold, usedUp := q.Told&quota.ThresholdReached != 0, q.Told&quota.UsedUp != 0
	switch { // one that was declared to be used up or expired when it was given has told so
	case q.Volume > q.LastAdded || q.Volume < -rating.MaxVolume:
		wrong("has %d left of %d", q.Volume, q.LastAdded)
	case q.LastAdded-q.Volume != taken:
		wrong("has %d left of %d, and has counted %d", q.Volume, q.LastAdded, taken)
	case q.Status < quota.Active || q.Status > quota.Expired:
		wrong("has the status %d", q.Status)
	case q.Status == quota.Active && (q.Volume <= 0 || usedUp):
		wrong("is active with %d left", q.Volume)
	case q.Status == quota.Exhausted && q.Volume > 0 && !usedUp:
		wrong("is exhausted with %d left", q.Volume)
	case q.Status == quota.Expired && q.Expiry > r.Clock.Micros()+clock.Hour && q.Told&quota.ExpiryTold == 0:
		wrong("has expired before its expiry date")
	case !usedUp && q.Volume <= 0 && taken > 0:
		wrong("has not told that it is used up")
	case !usedUp && threshold && (q.Percentage < 0 || q.Volume >= q.Threshold):
		wrong("has told that its threshold of %d is reached with %d left", q.Threshold, q.Volume)
	case !usedUp && !threshold && q.Percentage >= 0 && q.Volume < q.Threshold && taken > 0:
		wrong("has not told that its threshold of %d is reached", q.Threshold)
	default:
		if first, _ := r.span(); q.Refilled < first {
			return // what was used by then is not known
		}
		if most := used(q.Endpoint, q.Traffic, q.Refilled*clock.Day, math.MaxInt64); taken > most {
			wrong("has counted %d, but no more than %d were used since it began", taken, most)
		}
	}
}

// judgeLimit checks that a month of a limit counted no more than was used.
func (r *round) judgeLimit(u limit.Use, used usedSince) {
	subject := fmt.Sprintf("traffic limit of endpoint %d, service %d, month %d", u.Endpoint, u.Service, u.Month)
	if u.Satellite > u.Used || u.Satellite < 0 {
		r.find(u.Organisation, Limit, subject, "has counted %d, %d of them by satellite", u.Used, u.Satellite)
	}
	if !r.balanced(u.Month) {
		return
	}
	traffic := smsTraffic
	if u.Service == tariff.Data {
		traffic = dataTraffic
	}
	begins, ends := firstDay(u.Month), firstDay(after(u.Month))
	if most := used(u.Endpoint, traffic, begins*clock.Day, ends); u.Used > most {
		r.find(u.Organisation, Limit, subject, "has counted %d, but no more than %d were used in the month", u.Used, most)
	}
}
