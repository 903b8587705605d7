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

// Open makes a month's pool, with the share of every SIM that was active in the month so far.
func Open(tx *db.Tx, v Volume, key Key) (Pool, error) {
	p := Pool{Key: key, SIMs: 1, Volume: v.Volume}
	if key.SIM != 0 {
		return p, nil
	}
	now, err := db.One(tx, db.Int, `SELECT COUNT(*)`+active, key.Organisation, key.Inclusive)
	if err != nil {
		return p, fmt.Errorf("count the SIMs of an inclusive volume: %w", err)
	}
	before, err := db.One(tx, db.Int, `SELECT COUNT(*) FROM inclusive_member m WHERE m.organisation_id = $1 AND m.inclusive_volume_id = $2
		AND m.billing_month = $3 AND NOT EXISTS (SELECT 1`+active+` AND s.id = m.sim_id)`, key.Organisation, key.Inclusive, key.Month)
	if err != nil {
		return p, fmt.Errorf("count the SIMs of an inclusive volume: %w", err)
	}
	p.SIMs = now + before
	return p, nil
}
