package profile

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/tariff"
)

// SwitchTariff gives an organisation, whose head tx holds, another tariff in place of the only one that it has. Its tariff profiles
// go over to it with every rate zone; inclusive volumes end with the month and custom rates now. caller is who asks: the tariff must
// be one that it may sell or have. user is 0 for an application token.
func SwitchTariff(tx *db.Tx, now, user, caller, organisation, id int64) error {
	old, err := onlyTariff(tx, organisation)
	if err != nil || int64(old.ID) == id {
		return err
	}
	next, err := assignable(tx, caller, id)
	if err != nil {
		return err
	}
	if next.Currency.ID != old.Currency.ID {
		return fault.Invalid(fault.New(fault.NotAllowed, "Organisation - tariff %d is in another currency than tariff %d", id, old.ID))
	}
	profiles, err := db.All(tx, db.Int, `SELECT id FROM tariff_profile WHERE organisation_id = $1 AND tariff_id = $2 ORDER BY id`, organisation, int64(old.ID))
	if err != nil {
		return fmt.Errorf("find tariff profiles: %w", err)
	}
	for _, profile := range profiles {
		if err := MoveTariff(tx, now, organisation, profile, id); err != nil {
			return err
		}
	}
	month, err := account.Month(tx, organisation, now)
	if err != nil {
		return err
	}
	if err := inclusive.EndOfTariff(tx, organisation, int64(old.ID), month); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM organisation_tariff WHERE organisation_id = $1 AND tariff_id = $2`, organisation, int64(old.ID)); err != nil {
		return fmt.Errorf("take tariff from organisation: %w", err)
	}
	if err := tariff.Assign(tx, organisation, id); err != nil {
		return err
	}
	return event.Append(tx, now, event.Event{
		Organisation: organisation, Time: now, Type: event.UsageTariffUpdated, User: user,
		Description: fmt.Sprintf("Tariff %d (%s) in place of tariff %d (%s).", id, next.Name, old.ID, old.Name),
	})
}

// onlyTariff is the tariff of an organisation that may change it: one that is active and has one.
func onlyTariff(q db.Queryer, organisation int64) (*tariff.View, error) {
	o, err := account.Get(q, organisation)
	if err != nil {
		return nil, err
	}
	if o.Status != account.OrganisationActive {
		return nil, fault.New(fault.NotAllowed, "Organisation %d is not active", organisation).WithStatus(400)
	}
	has, err := tariff.Assigned(q, organisation)
	if err != nil {
		return nil, err
	}
	if len(has) != 1 {
		return nil, fault.New(fault.NotAllowed, "Organisation %d has %d tariffs: only a single one can be switched", organisation, len(has)).WithStatus(400)
	}
	return &has[0], nil
}

// assignable is an active tariff that the caller may sell or have.
func assignable(q db.Queryer, caller, id int64) (*tariff.View, error) {
	v, err := tariff.Get(q, caller, id)
	if fault.Is(err, fault.InvalidReference) || err == nil && int64(v.Status.ID) != tariff.Active {
		return nil, fault.Invalid(fault.New(fault.InvalidReference, "Organisation - tariff %d does not exist or is not active", id))
	}
	return v, err
}

// GiveTariff lets an organisation, whose head tx holds, use a further tariff. Doing it twice changes nothing.
func GiveTariff(tx *db.Tx, now, caller, organisation, id int64) error {
	v, err := tariff.Get(tx, caller, id)
	if err != nil {
		return err
	}
	o, err := account.Get(tx, organisation)
	switch {
	case err != nil:
		return err
	case int64(v.Status.ID) != tariff.Active:
		return fault.New(fault.NotAllowed, "Tariff %d is not active", id)
	case v.Currency.ID != o.Currency:
		return fault.New(fault.NotAllowed, "Tariff %d is in another currency than the organisation", id)
	}
	has, err := exists(tx, `SELECT tariff_id FROM organisation_tariff WHERE organisation_id = $1 AND tariff_id = $2`, organisation, id)
	if err != nil || has {
		return err
	}
	if err := tariff.Assign(tx, organisation, id); err != nil {
		return err
	}
	return event.Append(tx, now, event.Event{
		Organisation: organisation, Time: now, Type: event.UsageTariffUpdated, Description: fmt.Sprintf("Tariff %d (%s) assigned.", id, v.Name),
	})
}

// TakeTariff takes a tariff from an organisation in which no tariff profile has it, and which has
// not sold it on.
func TakeTariff(tx *db.Tx, now, organisation, id int64) error {
	used, err := exists(tx, `SELECT id FROM tariff_profile WHERE organisation_id = $1 AND tariff_id = $2 LIMIT 1`, organisation, id)
	if err != nil {
		return fmt.Errorf("take tariff from organisation: %w", err)
	}
	if used {
		return fault.New(fault.NotAllowed, "Tariff %d is used by tariff profiles", id)
	}
	sold, err := exists(tx, `SELECT t.organisation_id FROM organisation_tariff t JOIN organisation o ON o.id = t.organisation_id
		JOIN tariff r ON r.id = t.tariff_id WHERE o.parent_id = $1 AND o.status_id <> 2 AND t.tariff_id = $2 AND r.organisation_id <> $1 LIMIT 1`, organisation, id)
	if err != nil {
		return fmt.Errorf("take tariff from organisation: %w", err)
	}
	if sold {
		return fault.New(fault.NotAllowed, "Tariff %d is had by organisations below", id)
	}
	removed, err := tx.Exec(`DELETE FROM organisation_tariff WHERE organisation_id = $1 AND tariff_id = $2`, organisation, id)
	if err != nil {
		return fmt.Errorf("take tariff from organisation: %w", err)
	}
	if removed == 0 {
		return fault.Missing("Tariff", id)
	}
	month, err := account.Month(tx, organisation, now)
	if err == nil {
		err = inclusive.EndOfTariff(tx, organisation, id, month)
	}
	return errors.Join(err, event.Append(tx, now, event.Event{
		Organisation: organisation, Time: now, Type: event.UsageTariffUpdated, Description: fmt.Sprintf("Tariff %d removed.", id),
	}))
}
