package profile

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/tariff"
)

// ChangeTariff changes what is given of a tariff profile. Another tariff takes with it what belonged to the old one: the
// selection of rate zones, the inclusive volume and the profile's own prices. user is who does it, 0 for an application
// token; now is in µs.
func ChangeTariff(tx *db.Tx, now, user, organisation, id int64, f TariffFields) error {
	p, err := GetTariff(tx, organisation, id)
	if err != nil || f == (TariffFields{}) {
		return err
	}
	name, description := or(f.Name, p.Name), or(f.Description, p.Description)
	wrong := fault.NameAndDescription("Tariff profile", name.Value, description.Value)
	next := int64(p.Tariff.ID)
	if f.Tariff.Set {
		bad, err := f.checkTariff(tx, organisation, next)
		if err != nil {
			return err
		}
		wrong, next = append(wrong, bad...), int64(f.Tariff.Value.ID.Value)
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE tariff_profile SET name = $3, description = $4 WHERE organisation_id = $1 AND id = $2`,
		organisation, id, name.Value, description.Value)
	if err != nil {
		return fmt.Errorf("change tariff profile: %w", err)
	}
	tx.Head(organisation).Changed()
	if next == int64(p.Tariff.ID) {
		return nil
	}
	if err := MoveTariff(tx, now, organisation, id, next); err != nil {
		return err
	}
	return event.Append(tx, now, event.Event{
		Organisation: organisation, Time: now, Type: event.UsageTariffUpdated, User: user,
		Description: fmt.Sprintf("Tariff profile %d (%s) has tariff %d in place of %d.", id, name.Value, next, p.Tariff.ID),
	})
}

// checkTariff holds the tariff that a profile is to have against those of the organisation. One that it has already may stay
// though it is deprecated.
func (f TariffFields) checkTariff(q db.Queryer, organisation, current int64) ([]*fault.Error, error) {
	if !f.Tariff.Has() || !f.Tariff.Value.ID.Has() {
		return []*fault.Error{fault.New(fault.Required, "Tariff profile - tariff is required")}, nil
	}
	id := int64(f.Tariff.Value.ID.Value)
	if id == current {
		return nil, nil
	}
	known, err := exists(q, `SELECT t.id FROM organisation_tariff o JOIN tariff t ON t.id = o.tariff_id
		WHERE o.organisation_id = $1 AND o.tariff_id = $2 AND t.status_id = $3`, organisation, id, tariff.Active)
	if err != nil {
		return nil, fmt.Errorf("check tariff of profile: %w", err)
	}
	if !known {
		return []*fault.Error{fault.New(fault.InvalidReference, "Tariff profile - tariff %d does not exist", id)}, nil
	}
	return nil, nil
}

// MoveTariff gives a tariff profile another tariff, without what belonged to the old one. Nothing that was charged changes:
// custom rates end, those that have not begun are gone.
func MoveTariff(tx *db.Tx, now, organisation, id, next int64) error {
	tx.Head(organisation).Changed()
	err := inclusive.AroundProfile(tx, now, organisation, id, func() error {
		_, err := tx.Exec(`UPDATE tariff_profile SET tariff_id = $3, inclusive_volume_id = 0, zones_selected = FALSE
			WHERE organisation_id = $1 AND id = $2`, organisation, id, next)
		return err
	})
	if err != nil {
		return fmt.Errorf("move tariff profile: %w", err)
	}
	if _, err := tx.Exec(`DELETE FROM ratezone_selection WHERE organisation_id = $1 AND tariff_profile_id = $2`, organisation, id); err != nil {
		return fmt.Errorf("drop rate zones of tariff profile: %w", err)
	}
	if _, err := tx.Exec(`DELETE FROM custom_rate WHERE organisation_id = $1 AND tariff_profile_id = $2 AND valid_from >= $3`, organisation, id, now); err != nil {
		return fmt.Errorf("end custom rates: %w", err)
	}
	_, err = tx.Exec(`UPDATE custom_rate SET valid_until = $3 WHERE organisation_id = $1 AND tariff_profile_id = $2
		AND (valid_until = 0 OR valid_until > $3)`, organisation, id, now)
	if err != nil {
		return fmt.Errorf("end custom rates: %w", err)
	}
	return nil
}

// DeleteTariff removes a tariff profile that no endpoint has, with all that belongs to it.
func DeleteTariff(tx *db.Tx, organisation, id int64) error {
	p, err := GetTariff(tx, organisation, id)
	if err != nil {
		return err
	}
	if p.UsedCount > 0 {
		return fault.New(fault.NotAllowed, "Tariff profile %d is used by %d endpoints", id, p.UsedCount)
	}
	for _, statement := range []string{
		`DELETE FROM ratezone_selection WHERE organisation_id = $1 AND tariff_profile_id = $2`,
		`DELETE FROM custom_rate WHERE organisation_id = $1 AND tariff_profile_id = $2`,
		`DELETE FROM tariff_profile_block WHERE organisation_id = $1 AND tariff_profile_id = $2`,
		`DELETE FROM tariff_profile WHERE organisation_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(statement, organisation, id); err != nil {
			return fmt.Errorf("delete tariff profile: %w", err)
		}
	}
	tx.Head(organisation).Changed()
	return nil
}

func mustExistTariff(q db.Queryer, organisation, id int64) error {
	known, err := TariffExists(q, organisation, id)
	if err == nil && !known {
		err = fault.Missing("Tariff profile", id)
	}
	return err
}
