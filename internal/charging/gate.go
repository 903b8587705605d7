package charging

import (
	"math"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/quota"
)

// Terms are what a service profile and an organisation ask of an endpoint. They do not change while they are used.
type Terms struct {
	Services   map[int64]bool // that the profile has
	Barred     map[int64]bool // radio access types that it does not allow
	DataQuota  bool           // data needs a quota
	SMSQuota   bool           // SMS need a quota
	Prepaid    bool           // everything is paid from the endpoint's balance
	Limits     []limit.Limit
	CostLimit  *int64 // of the organisation, a month; 1e-10, nil = none
	OrgPrepaid bool   // the organisation pays from a balance of its own
	Currency   int64  // of the organisation
}

// Counted reports whether an endpoint's use has to be held against something of its own.
func (t *Terms) Counted() bool { return t.DataQuota || t.SMSQuota || t.Prepaid || len(t.Limits) > 0 }

// Shared reports whether it has to be held against something that its organisation shares.
func (t *Terms) Shared() bool { return t.CostLimit != nil || t.OrgPrepaid }

// Account is what an endpoint has left, as it is known under its organisation's head. What is nil is not there.
type Account struct {
	Quotas     map[int64]*quota.Quota // by traffic type
	Balance    *balance.Balance
	Use        map[int64]*limit.Use // by service, of the running month
	Extensions []limit.Extension
	Held       map[int64]Hold // by session: what the endpoint's sessions hold of it
}

// Hold is what a running session was promised.
type Hold struct{ Bytes, Cost int64 }

// others adds up what the endpoint's other sessions hold.
func (a *Account) others(session int64) (h Hold) {
	for id, held := range a.Held {
		if id != session {
			h.Bytes, h.Cost = h.Bytes+held.Bytes, h.Cost+held.Cost
		}
	}
	return h
}

// Gate is what closes.
type Gate uint8

// The gates that depend on what was used. The worst one counts; among closed ones the first in this order.
const (
	Open Gate = iota
	ByOrganisation
	ByBalance
	ByLimit
	ByQuota
	ByNoQuota
	ByExpiredQuota
)

// reasons are what a gate says to a person.
var reasons = [...]string{
	Open: "", ByOrganisation: "the organisation has used up its cost limit or its balance", ByBalance: "the prepaid balance is used up",
	ByLimit: "the monthly traffic limit is used up", ByQuota: "the quota is used up", ByNoQuota: "there is no quota",
	ByExpiredQuota: "the quota has expired",
}

// String is the gate's reason in words for a person.
func (g Gate) String() string { return reasons[g] }

// Verdict is what the gates let through.
type Verdict struct {
	Gate Gate  // Open, or the one that is closed
	Rate int64 // bit/s that is left, 0 = unlimited
}

// NoLimit is more than anything can use.
const NoLimit int64 = math.MaxInt64 / 4

// SatelliteRAT is the radio access type of the contract's satellite network (NB-IoT GEO).
const SatelliteRAT int64 = 17

// services of traffic types; SMS have one a direction.
const (
	dataService   int64 = 38
	smsToDevice   int64 = 6
	smsFromDevice int64 = 32
)

// ServiceOf is the service of SMS in a direction.
func ServiceOf(fromDevice bool) int64 {
	if fromDevice {
		return smsFromDevice
	}
	return smsToDevice
}

// Judge decides whether a service may be used at a time.
func (t *Terms) Judge(a *Account, spent *balance.Account, service, now int64, satellite bool) (v Verdict) {
	switch {
	case t.Shared() && spent != nil && spent.Left(t.CostLimit) <= 0:
		v.Gate = ByOrganisation
	case t.Prepaid && (a.Balance == nil || a.Balance.Currency != t.Currency || a.Balance.Usable(now) <= 0):
		v.Gate = ByBalance
	case t.limitLeft(a, service, now, satellite) <= 0:
		v.Gate = ByLimit
	default:
		v = t.judgeQuota(a, service, now)
	}
	return v
}

// judgeQuota holds the use against the quota that the service profile asks for.
func (t *Terms) judgeQuota(a *Account, service, now int64) (v Verdict) {
	traffic, needed := quota.Data, t.DataQuota
	if service != dataService {
		traffic, needed = quota.SMS, t.SMSQuota
	}
	q := a.Quotas[traffic]
	switch {
	case !needed:
	case q == nil:
		v.Gate = ByNoQuota
	default:
		switch at := q.At(now); {
		case at.Status == quota.Expired:
			v.Gate = ByExpiredQuota
		case at.Left() > 0:
		case at.Action == quota.Throttle && traffic == quota.Data:
			v.Rate = at.Throughput
		case at.Action != quota.Throttle:
			v.Gate = ByQuota
		}
	}
	return v
}

// limitLeft is the least that the limits of a service leave.
func (t *Terms) limitLeft(a *Account, service, now int64, satellite bool) int64 {
	left := NoLimit
	for _, l := range t.Limits {
		if l.Service == service && (!l.Satellite || satellite) {
			var use limit.Use
			if u := a.Use[service]; u != nil {
				use = *u
			}
			left = min(left, use.Left(l, limit.Extra(l, a.Extensions, now)))
		}
	}
	return left
}

// Left is how many bytes may still be used until something has to be decided anew, and until a gate closes; reservations
// not counted.
func (t *Terms) Left(a *Account, now int64, satellite bool) (until, end int64) {
	end = t.limitLeft(a, dataService, now, satellite)
	until = end
	if q := a.Quotas[quota.Data]; t.DataQuota && q != nil {
		switch at := q.At(now); {
		case at.Action == quota.Throttle && at.Status == quota.Active:
			until = min(until, at.Left())
		case at.Action == quota.Throttle && at.Status == quota.Exhausted:
		default:
			end = min(end, at.Left())
			until = min(until, end)
		}
	}
	return until, end
}

// LeftSMS is how many SMS of a direction may still be used before a gate closes.
func (t *Terms) LeftSMS(a *Account, service, now int64) int64 {
	left := t.limitLeft(a, service, now, false)
	if q := a.Quotas[quota.SMS]; t.SMSQuota && q != nil {
		if at := q.At(now); at.Action != quota.Throttle || at.Status == quota.Expired {
			left = min(left, at.Left())
		}
	}
	return left
}
