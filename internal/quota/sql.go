package quota

import (
	"errors"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

const columns = `q.organisation_id, q.endpoint_id, q.traffic_type_id, q.status_id, q.volume, q.expiry_date, q.auto_refill,
	q.threshold_percentage, q.threshold_volume, q.last_volume_added, q.last_status_change, q.action_id, q.peak_throughput, q.told,
	q.refilled_day, q.taken`

// Columns is what Scan reads, of endpoint_quota q.
const Columns = columns

// Scan reads a row of Columns.
func Scan(r *db.Row) Quota {
	return Quota{
		Organisation: r.Int(), Endpoint: r.Int(), Traffic: r.Int(), Status: r.Int(), Volume: r.Int(), Expiry: r.Int(),
		AutoRefill: r.Bool(), Percentage: r.Int(), Threshold: r.Int(), LastAdded: r.Int(), LastChange: r.Int(), Action: r.Int(),
		Throughput: r.Int(), Told: Mark(r.Int()), Refilled: r.Int(), Taken: r.Int(),
	}
}

// Lookup finds both quotas of many endpoints.
var Lookup = db.NewLookup("k_organisation bigint, k_endpoint bigint", `SELECT `+columns+` FROM endpoint_quota q
	WHERE organisation_id = $1 AND endpoint_id = $2`)

// Get reads the quota of an endpoint as it is stored; nil when there is none.
func Get(q db.Queryer, organisation, endpoint, traffic int64) (*Quota, error) {
	found, err := db.One(q, Scan, `SELECT `+columns+` FROM endpoint_quota q
		WHERE organisation_id = $1 AND endpoint_id = $2 AND traffic_type_id = $3`, organisation, endpoint, traffic)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	return &found, err
}

var store = db.NewInsert("endpoint_quota", `organisation_id bigint, endpoint_id bigint, traffic_type_id bigint, status_id bigint,
	volume bigint, expiry_date bigint, auto_refill boolean, threshold_percentage bigint, threshold_volume bigint,
	last_volume_added bigint, last_status_change bigint, action_id bigint, peak_throughput bigint, told bigint,
	refilled_day bigint, taken bigint`, `ON CONFLICT (organisation_id, endpoint_id, traffic_type_id) DO UPDATE SET status_id = excluded.status_id,
	volume = excluded.volume, expiry_date = excluded.expiry_date, auto_refill = excluded.auto_refill,
	threshold_percentage = excluded.threshold_percentage, threshold_volume = excluded.threshold_volume,
	last_volume_added = excluded.last_volume_added, last_status_change = excluded.last_status_change,
	action_id = excluded.action_id, peak_throughput = excluded.peak_throughput, told = excluded.told,
	refilled_day = excluded.refilled_day, taken = excluded.taken`)

// Store writes new and changed quotas; no two of one call may be the same endpoint's and type's.
func Store(tx *db.Tx, quotas []Quota) error {
	rows := store.New()
	for _, q := range quotas {
		rows.Int(q.Organisation, q.Endpoint, q.Traffic, q.Status, q.Volume, q.Expiry).Bool(q.AutoRefill).
			Int(q.Percentage, q.Threshold, q.LastAdded, q.LastChange, q.Action, q.Throughput, int64(q.Told), q.Refilled, q.Taken)
	}
	return tx.Insert(rows)
}

// Delete removes the quota of an endpoint.
func Delete(tx *db.Tx, organisation, endpoint, traffic int64) error {
	n, err := tx.Exec(`DELETE FROM endpoint_quota WHERE organisation_id = $1 AND endpoint_id = $2 AND traffic_type_id = $3`,
		organisation, endpoint, traffic)
	if err == nil && n == 0 {
		err = fault.Missing("Quota of endpoint", endpoint)
	}
	return err
}
