package profile

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Zone is a rate zone of the tariff of a profile.
type Zone struct {
	ID       value.ID `json:"id"`
	Name     string   `json:"name"`
	Selected bool     `json:"selected" doc:"Endpoints of the profile may be there."`
}

// SelectZone lets a tariff profile use a rate zone of its tariff. The first selection of a profile that uses all of them makes
// that the only one.
func SelectZone(tx *db.Tx, now, organisation, id, zone int64) error {
	if err := zoneOf(tx, now, organisation, id, zone, true); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO ratezone_selection (organisation_id, tariff_profile_id, ratezone_id) VALUES ($1, $2, $3)
		ON CONFLICT (organisation_id, tariff_profile_id, ratezone_id) DO NOTHING`, organisation, id, zone)
	if err != nil {
		return fmt.Errorf("select rate zone: %w", err)
	}
	return selected(tx, organisation, id)
}

// DeselectZone keeps the endpoints of a tariff profile from a rate zone. A profile that uses all of them uses the others then.
func DeselectZone(tx *db.Tx, now, organisation, id, zone int64) error {
	if err := zoneOf(tx, now, organisation, id, zone, false); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO ratezone_selection (organisation_id, tariff_profile_id, ratezone_id)
		SELECT p.organisation_id, p.id, z.id FROM tariff_profile p JOIN ratezone z ON z.tariff_id = p.tariff_id AND z.status_id <> 3
		WHERE p.organisation_id = $1 AND p.id = $2 AND NOT p.zones_selected
		ON CONFLICT (organisation_id, tariff_profile_id, ratezone_id) DO NOTHING`, organisation, id)
	if err != nil {
		return fmt.Errorf("deselect rate zone: %w", err)
	}
	removed, err := tx.Exec(`DELETE FROM ratezone_selection WHERE organisation_id = $1 AND tariff_profile_id = $2 AND ratezone_id = $3`,
		organisation, id, zone)
	if err != nil {
		return fmt.Errorf("deselect rate zone: %w", err)
	}
	if removed == 0 {
		return fault.Missing("Ratezone selection", zone)
	}
	return selected(tx, organisation, id)
}

func selected(tx *db.Tx, organisation, id int64) error {
	_, err := tx.Exec(`UPDATE tariff_profile SET zones_selected = TRUE WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if err != nil {
		return fmt.Errorf("select rate zone: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

// zoneOf says whether a zone is one of a profile's tariff and, where that is asked for, active.
func zoneOf(q db.Queryer, now, organisation, id, zone int64, active bool) error {
	if err := mustExistTariff(q, organisation, id); err != nil {
		return err
	}
	type state struct{ status, until int64 }
	z, err := db.One(q, func(r *db.Row) state { return state{r.Int(), r.Int()} }, `SELECT z.status_id, z.valid_until FROM tariff_profile p
		JOIN ratezone z ON z.tariff_id = p.tariff_id AND z.id = $3 AND z.status_id <> 3 WHERE p.organisation_id = $1 AND p.id = $2`,
		organisation, id, zone)
	switch {
	case errors.Is(err, db.ErrNone):
		return fault.Missing("Ratezone", zone)
	case err != nil:
		return fmt.Errorf("find rate zone: %w", err)
	case active && (z.status != tariff.Active || z.until != 0 && z.until <= now):
		return fault.New(fault.NotAllowed, "Ratezone %d is not active", zone)
	}
	return nil
}

// readZones reads the rate zones that a profile may select, for the single view.
func (p *Tariff) readZones(q db.Queryer, organisation int64) (err error) {
	p.Zones, err = db.All(q, func(r *db.Row) Zone { return Zone{ID: value.ID(r.Int()), Name: r.Text(), Selected: r.Bool()} },
		`SELECT z.id, z.name, CASE WHEN p.zones_selected THEN s.ratezone_id IS NOT NULL ELSE TRUE END FROM tariff_profile p
		JOIN ratezone z ON z.tariff_id = p.tariff_id AND z.status_id IN (1, 2)
		LEFT JOIN ratezone_selection s ON s.organisation_id = p.organisation_id AND s.tariff_profile_id = p.id AND s.ratezone_id = z.id
		WHERE p.organisation_id = $1 AND p.id = $2 ORDER BY z.id`, organisation, int64(p.ID))
	return err
}

// Covered is a country where endpoints of a tariff profile may be.
type Covered struct {
	Country    value.Named `json:"country"`
	Redundancy value.ID    `json:"redundancy_count" doc:"How many operators there are to choose from."`
}

// Coverage lists the countries that a tariff profile covers at a time in µs: operators of its rate zones that have a price and
// are not blocked.
func Coverage(q db.Queryer, now, organisation, id int64) ([]Covered, error) {
	if err := mustExistTariff(q, organisation, id); err != nil {
		return nil, err
	}
	list, err := db.All(q, func(r *db.Row) Covered {
		return Covered{Country: value.Named{ID: value.ID(r.Int()), Name: r.Text()}, Redundancy: value.ID(r.Int())}
	}, `SELECT c.id, c.name, COUNT(DISTINCT o.operator_id) FROM tariff_profile p
		JOIN ratezone z ON z.tariff_id = p.tariff_id AND z.status_id IN (1, 2) AND z.valid_from <= $3 AND (z.valid_until = 0 OR z.valid_until > $3)
		JOIN ratezone_operator o ON o.tariff_id = z.tariff_id AND o.ratezone_id = z.id
		JOIN operator n ON n.id = o.operator_id JOIN country c ON c.id = n.country_id
		WHERE p.organisation_id = $1 AND p.id = $2
			AND (NOT p.zones_selected OR EXISTS (SELECT 1 FROM ratezone_selection s WHERE s.organisation_id = $1 AND s.tariff_profile_id = $2
				AND s.ratezone_id = z.id))
			AND EXISTS (SELECT 1 FROM ratezone_rate r WHERE r.tariff_id = z.tariff_id AND r.ratezone_id = z.id AND r.valid_from <= $3
				AND (r.valid_until = 0 OR r.valid_until > $3))
			AND NOT EXISTS (SELECT 1 FROM tariff_profile_block b WHERE b.organisation_id = $1 AND b.tariff_profile_id = $2
				AND b.operator_id = o.operator_id AND b.rat_type_id = 0)
		GROUP BY c.id, c.name ORDER BY c.name, c.id`, organisation, id, now)
	if err != nil {
		return nil, fmt.Errorf("list coverage of tariff profile: %w", err)
	}
	return list, nil
}
