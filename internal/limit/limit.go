// Package limit is the monthly traffic limits of service profiles: how much of a service an endpoint may use until the
// first of the next month, 00:00 UTC, and what a single endpoint was given beyond that.
package limit

import (
	"slices"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
)

// Limit is what a service profile allows of a service in a month.
type Limit struct {
	ID        int64
	Service   int64 // 38 data, 32 SMS from the device, 6 SMS to it
	Volume    int64 // bytes or SMS
	Satellite bool  // counts use over satellite only
	Warning   int64 // per cent of Volume at which a warning is due, 0 = none
}

// Tightest leaves of several limits of a service the one that is reached first: one of all use, and one of use over
// satellite.
func Tightest(list []Limit) (out []Limit) {
	for _, l := range list {
		i := slices.IndexFunc(out, func(o Limit) bool { return o.Service == l.Service && o.Satellite == l.Satellite })
		switch {
		case i < 0:
			out = append(out, l)
		case l.Volume < out[i].Volume || l.Volume == out[i].Volume && l.Warning > 0 && out[i].Warning == 0:
			out[i] = l
		}
	}
	return out
}

// MonthOf is the month that limits count at a time (µs), as 202611.
func MonthOf(at int64) int64 {
	t := clock.FromMicros(at)
	return int64(t.Year())*100 + int64(t.Month())
}

// Use is what an endpoint used of a service in a month.
type Use struct {
	Organisation, Endpoint, Month, Service int64

	Used      int64
	Satellite int64 // what of it went by satellite
	Told      Mark
}

// Mark is something that a limit is told of once a month; several add up. The numbers are stored.
type Mark int64

// The marks of a limit, in the order in which they are passed.
const (
	Warned Mark = 1 << iota
	Exceeded
	satelliteWarned
	satelliteExceeded
)

// Add counts use.
func (u *Use) Add(n int64, satellite bool) {
	u.Used += n
	if satellite {
		u.Satellite += n
	}
}

// of is what counts against a limit.
func (u Use) of(l Limit) int64 {
	if l.Satellite {
		return u.Satellite
	}
	return u.Used
}

// Left is what a limit leaves in the month, extra being what the endpoint was given beyond it.
func (u Use) Left(l Limit, extra int64) int64 { return max(l.Volume+extra-u.of(l), 0) }

// Pass returns what the use made the limit pass for the first time this month, and notes that it was told. A limit that was
// extended beyond the use can be passed again.
func (u *Use) Pass(l Limit, extra int64) (passed Mark) {
	volume, used := l.Volume+extra, u.of(l)
	reached := Mark(0)
	if at, ok := money.MulDivCeil(volume, l.Warning, 100); ok && l.Warning > 0 && used >= at {
		reached |= Warned
	}
	if used >= volume {
		reached |= Exceeded
	}
	shift := 0
	if l.Satellite {
		shift = 2
	}
	told := u.Told >> shift & 3
	u.Told = u.Told&^(3<<shift) | reached<<shift
	return reached &^ told
}

// LookupUse finds what many endpoints used in a month, of every service.
var LookupUse = db.NewLookup("k_organisation bigint, k_endpoint bigint, k_month bigint", `SELECT organisation_id, endpoint_id,
	month, service_id, used, satellite, told FROM limit_use WHERE organisation_id = $1 AND endpoint_id = $2 AND month = $3`)

// ScanUse reads a row of LookupUse.
func ScanUse(r *db.Row) Use {
	return Use{
		Organisation: r.Int(), Endpoint: r.Int(), Month: r.Int(), Service: r.Int(), Used: r.Int(), Satellite: r.Int(), Told: Mark(r.Int()),
	}
}

var storeUse = db.NewInsert("limit_use", `organisation_id bigint, endpoint_id bigint, month bigint, service_id bigint, used bigint,
	satellite bigint, told bigint`, `ON CONFLICT (organisation_id, endpoint_id, month, service_id) DO UPDATE SET
	used = excluded.used, satellite = excluded.satellite, told = excluded.told`)

// StoreUse writes new and changed use; no two of one call may have the same key.
func StoreUse(tx *db.Tx, list []Use) error {
	rows := storeUse.New()
	for _, u := range list {
		rows.Int(u.Organisation, u.Endpoint, u.Month, u.Service, u.Used, u.Satellite, int64(u.Told))
	}
	return tx.Insert(rows)
}
