package profile

import (
	"fmt"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/value"
)

// InclusiveVolume is the volume that each SIM of a tariff profile brings a month.
type InclusiveVolume struct {
	inclusive.Basics
	Ratezone value.Named `json:"ratezone"`
	Currency Currency    `json:"currency"`
}

// SetInclusive puts an inclusive volume into a tariff profile that has none. tx holds the organisation's head; now is in
// µs. It must be of the profile's tariff and not over.
func SetInclusive(tx *db.Tx, now, organisation, id, volume int64) error {
	p, err := GetTariff(tx, organisation, id)
	if err != nil {
		return err
	}
	v, err := inclusive.Get(tx, organisation, volume)
	if err != nil {
		return err
	}
	month, err := account.Month(tx, organisation, now)
	switch {
	case err != nil:
		return err
	case p.InclusiveVolume != nil:
		return fault.New(fault.Duplicated, "Tariff profile %d has inclusive volume %d already", id, p.InclusiveVolume.ID)
	case v.Tariff != int64(p.Tariff.ID):
		return fault.New(fault.NotAllowed, "Inclusive volume %d is of another tariff than tariff profile %d", volume, id).WithStatus(400)
	case v.Last != 0 && v.Last < month:
		return fault.New(fault.NotAllowed, "Inclusive volume %d is over", volume).WithStatus(400)
	}
	return storeInclusive(tx, now, organisation, id, volume)
}

// RemoveInclusive takes its inclusive volume from a tariff profile.
func RemoveInclusive(tx *db.Tx, now, organisation, id, volume int64) error {
	p, err := GetTariff(tx, organisation, id)
	if err == nil && (p.InclusiveVolume == nil || int64(p.InclusiveVolume.ID) != volume) {
		err = fault.Missing("Inclusive volume", volume)
	}
	if err != nil {
		return err
	}
	return storeInclusive(tx, now, organisation, id, 0)
}

func storeInclusive(tx *db.Tx, now, organisation, id, volume int64) error {
	tx.Head(organisation).Changed()
	err := inclusive.AroundProfile(tx, now, organisation, id, func() error {
		_, err := tx.Exec(`UPDATE tariff_profile SET inclusive_volume_id = $1 WHERE organisation_id = $2 AND id = $3`, volume, organisation, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("change inclusive volume of tariff profile: %w", err)
	}
	return nil
}
