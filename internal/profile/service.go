package profile

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Services that a service profile may hold.
const (
	USSD  int64 = 0
	Voice int64 = 3 // may be held; nothing comes of it
	SMSMT int64 = 6
	SMSMO int64 = 32
	Data  int64 = 38
)

// Services lists the services with their names, by id.
func Services() []value.Described {
	return []value.Described{
		{ID: value.ID(USSD), Description: "USSD"},
		{ID: value.ID(Voice), Description: "Voice"},
		{ID: value.ID(SMSMT), Description: "SMS MT"},
		{ID: value.ID(SMSMO), Description: "SMS MO"},
		{ID: value.ID(Data), Description: "Data"},
	}
}

func serviceName(id int64) string {
	for _, s := range Services() {
		if int64(s.ID) == id {
			return s.Description
		}
	}
	return ""
}

// AddService puts a service into a service profile.
func AddService(tx *db.Tx, organisation, id, service int64) error {
	if err := mustExist(tx, organisation, id); err != nil {
		return err
	}
	name := serviceName(service)
	if name == "" {
		return fault.Missing("Service", service)
	}
	added, err := tx.Exec(`INSERT INTO service_profile_service (organisation_id, service_profile_id, service_id)
		VALUES ($1, $2, $3) ON CONFLICT (organisation_id, service_profile_id, service_id) DO NOTHING`, organisation, id, service)
	if err != nil {
		return fmt.Errorf("add service: %w", err)
	}
	if added == 0 {
		return fault.New(fault.Duplicated, "Service profile %d has %s already", id, name)
	}
	tx.Head(organisation).Changed()
	return nil
}

// RemoveService takes a service from a service profile. Its limits must be gone.
func RemoveService(tx *db.Tx, organisation, id, service int64) error {
	if err := mustExist(tx, organisation, id); err != nil {
		return err
	}
	limited, err := exists(tx, `SELECT id FROM service_profile_limit WHERE organisation_id = $1 AND service_profile_id = $2
		AND service_id = $3 LIMIT 1`, organisation, id, service)
	if err != nil {
		return fmt.Errorf("remove service: %w", err)
	}
	if limited {
		return fault.New(fault.NotAllowed, "%s of service profile %d has traffic limits, which must be removed first", serviceName(service), id)
	}
	removed, err := tx.Exec(`DELETE FROM service_profile_service WHERE organisation_id = $1 AND service_profile_id = $2
		AND service_id = $3`, organisation, id, service)
	if err != nil {
		return fmt.Errorf("remove service: %w", err)
	}
	if removed == 0 {
		return fault.Missing("Service", service)
	}
	tx.Head(organisation).Changed()
	return nil
}

func mustExist(q db.Queryer, organisation, id int64) error {
	known, err := ServiceExists(q, organisation, id)
	if err == nil && !known {
		err = fault.Missing("Service profile", id)
	}
	return err
}

// ServiceExists tells whether an organisation has a service profile.
func ServiceExists(q db.Queryer, organisation, id int64) (bool, error) {
	return exists(q, `SELECT id FROM service_profile WHERE organisation_id = $1 AND id = $2`, organisation, id)
}

// TariffExists tells whether an organisation has a tariff profile.
func TariffExists(q db.Queryer, organisation, id int64) (bool, error) {
	return exists(q, `SELECT id FROM tariff_profile WHERE organisation_id = $1 AND id = $2`, organisation, id)
}

func exists(q db.Queryer, query string, args ...any) (bool, error) {
	_, err := db.One(q, db.Int, query, args...)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	return err == nil, err
}
