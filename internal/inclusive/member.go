package inclusive

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// active are the SIMs that bring an inclusive volume now: activated and in an endpoint whose tariff profile has it.
const active = ` FROM tariff_profile t
	JOIN endpoint e ON e.organisation_id = t.organisation_id AND e.tariff_profile_id = t.id AND e.status_id <> 2 AND e.sim_id > 0
	JOIN sim s ON s.id = e.sim_id AND s.status_id = 1
	WHERE t.organisation_id = $1 AND t.inclusive_volume_id = $2`

// Open is a month's pool as it begins, with the share of every SIM that was active in the month so far. It counts right
// when nothing but Around changed who is active.
func Open(q db.Queryer, v Volume, key Key) (Pool, error) {
	p := Pool{Key: key, SIMs: 1, Volume: v.Volume}
	if key.SIM != 0 {
		return p, nil
	}
	now, err := db.One(q, db.Int, `SELECT COUNT(*)`+active, key.Organisation, key.Inclusive)
	if err != nil {
		return p, fmt.Errorf("count the SIMs of an inclusive volume: %w", err)
	}
	before, err := db.One(q, db.Int, `SELECT COUNT(*) FROM inclusive_member m WHERE m.organisation_id = $1 AND m.inclusive_volume_id = $2
		AND m.billing_month = $3 AND NOT EXISTS (SELECT 1`+active+` AND s.id = m.sim_id)`, key.Organisation, key.Inclusive, key.Month)
	if err != nil {
		return p, fmt.Errorf("count the SIMs of an inclusive volume: %w", err)
	}
	p.SIMs = now + before
	return p, nil
}

// member is a SIM that brings a volume.
type member struct{ inclusive, sim int64 }

var lookupActive = db.NewLookup("k_organisation bigint, k_sim bigint", `SELECT t.inclusive_volume_id FROM sim s
	JOIN endpoint e ON e.organisation_id = $1 AND e.id = s.endpoint_id AND e.status_id <> 2
	JOIN tariff_profile t ON t.organisation_id = $1 AND t.id = e.tariff_profile_id AND t.inclusive_volume_id > 0
	WHERE s.id = $2 AND s.owner_id = $1 AND s.status_id = 1 AND s.endpoint_id > 0`)

// activeOf finds which of some SIMs bring a volume now.
func activeOf(tx *db.Tx, organisation int64, sims []int64) (map[member]bool, error) {
	keys, found := lookupActive.New(), map[member]bool{}
	for _, sim := range sims {
		keys.Int(organisation, sim)
	}
	err := tx.Lookup(db.Read{Bulk: lookupActive, Keys: keys, Each: func(i int, r *db.Row) { found[member{r.Int(), sims[i]}] = true }})
	return found, err
}

// activeUnder finds which SIMs bring a volume by a tariff profile.
func activeUnder(tx *db.Tx, organisation, profile int64) (map[member]bool, error) {
	found := map[member]bool{}
	err := tx.Each(func(r *db.Row) { found[member{r.Int(), r.Int()}] = true }, `SELECT t.inclusive_volume_id, s.id FROM tariff_profile t
		JOIN endpoint e ON e.organisation_id = t.organisation_id AND e.tariff_profile_id = t.id AND e.status_id <> 2 AND e.sim_id > 0
		JOIN sim s ON s.id = e.sim_id AND s.status_id = 1
		WHERE t.organisation_id = $1 AND t.id = $2 AND t.inclusive_volume_id > 0`, organisation, profile)
	return found, err
}

var (
	insertMember = db.NewInsert("inclusive_member", `organisation_id bigint, inclusive_volume_id bigint, billing_month bigint,
		sim_id bigint`, "ON CONFLICT (organisation_id, inclusive_volume_id, billing_month, sim_id) DO NOTHING")
	lookupMember = db.NewLookup("k_organisation bigint, k_inclusive bigint, k_month bigint, k_sim bigint", `SELECT 1 FROM inclusive_member
		WHERE organisation_id = $1 AND inclusive_volume_id = $2 AND billing_month = $3 AND sim_id = $4`)
)
