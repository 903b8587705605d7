// Package inclusive is the volume that each active SIM of a tariff profile brings a month at a fixed price, for one rate
// zone of the tariff: shared by all of the organisation's SIMs (pooled), or each SIM's own.
//
// A pool is a row a month. It grows as SIMs become active in the month and never shrinks. What is not used lapses.
package inclusive

import "github.com/simstead/simstead/internal/db"

// Volume is what a SIM brings.
type Volume struct {
	ID       int64
	Tariff   int64
	Ratezone int64
	Volume   int64 // bytes a SIM
	Rate     int64 // 1e-10 a SIM and month
	Currency int64
	Pooled   bool
	First    int64 // month, 202611
	Last     int64 // inclusive, 0 = open
	Offer    int64 // of the tariff that it was taken from, 0 = made to measure
}

// In reports whether the volume is there in a month.
func (v Volume) In(month int64) bool { return month >= v.First && (v.Last == 0 || month <= v.Last) }

// Pool is one month of an inclusive volume.
type Pool struct {
	Key
	SIMs     int64 // how many brought their share
	Volume   int64 // bytes a SIM
	Used     int64
	Reserved int64 // held by running sessions
}

// Key names a pool.
type Key struct {
	Organisation, Inclusive, Month int64
	SIM                            int64 // 0 = pooled
}

// Capacity is all that the pool ever had in the month.
func (p Pool) Capacity() int64 { return p.SIMs * p.Volume }

// Left is what is neither used nor, but for held bytes of the asking session itself, held.
func (p Pool) Left(held int64) int64 { return max(p.Capacity()-p.Used-p.Reserved+held, 0) }

// Take uses as much of n bytes as there is and returns it.
func (p *Pool) Take(n int64) int64 {
	n = min(n, max(p.Capacity()-p.Used, 0))
	p.Used += n
	return n
}

const selectPool = `SELECT organisation_id, inclusive_volume_id, billing_month, sim_id, sims, volume, used, reserved FROM inclusive_pool
	WHERE organisation_id = $1 AND inclusive_volume_id = $2 AND billing_month = $3 AND sim_id = $4`

// Lookup finds many pools.
var Lookup = db.NewLookup("k_organisation bigint, k_inclusive bigint, k_month bigint, k_sim bigint", selectPool)

// Scan reads a row of Lookup.
func Scan(r *db.Row) Pool {
	return Pool{
		Key:  Key{Organisation: r.Int(), Inclusive: r.Int(), Month: r.Int(), SIM: r.Int()},
		SIMs: r.Int(), Volume: r.Int(), Used: r.Int(), Reserved: r.Int(),
	}
}

var store = db.NewInsert("inclusive_pool", `organisation_id bigint, inclusive_volume_id bigint, billing_month bigint, sim_id bigint,
	sims bigint, volume bigint, used bigint, reserved bigint`, `ON CONFLICT (organisation_id, inclusive_volume_id, billing_month, sim_id)
	DO UPDATE SET sims = excluded.sims, used = excluded.used, reserved = excluded.reserved`)

// Store writes new and changed pools; no two of one call may have the same key.
func Store(tx *db.Tx, pools []Pool) error {
	rows := store.New()
	for _, p := range pools {
		rows.Int(p.Organisation, p.Inclusive, p.Month, p.SIM, p.SIMs, p.Volume, p.Used, p.Reserved)
	}
	return tx.Insert(rows)
}
