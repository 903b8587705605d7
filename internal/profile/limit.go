package profile

import (
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// Period is how long a limit counts before it begins anew.
type Period struct {
	ID    value.ID `json:"id"`
	Units int64    `json:"time_units"`
	Unit  string   `json:"unit"`
}

// monthly is a calendar month, UTC: the only period that there is.
const monthly = 2

func month() Period { return Period{ID: monthly, Units: 1, Unit: "Months"} }

// TrafficLimit is a limit as it stands beside its service.
type TrafficLimit struct {
	ID     value.ID `json:"id"`
	Volume value.MB `json:"volume" doc:"MB of data, or a number of SMS."`
	Period Period   `json:"period"`
}

// trafficLimit is a limit in the units of a look-up: MB and SMS.
func trafficLimit(l limit.Limit) TrafficLimit {
	volume := l.Volume
	if l.Service != Data {
		volume *= money.MB // a number of SMS is written as it is
	}
	return TrafficLimit{ID: value.ID(l.ID), Volume: value.MB(volume), Period: month()}
}

// SystemLimit is a limit that every profile may choose.
type SystemLimit struct {
	TrafficLimit
	Service value.Described `json:"service"`
}

// SystemLimits lists the limits that profiles may choose from, by id.
func SystemLimits() (list []SystemLimit) {
	for _, l := range limit.System() {
		list = append(list, SystemLimit{trafficLimit(l), value.Described{ID: value.ID(l.Service), Description: serviceName(l.Service)}})
	}
	return list
}

// SystemLimitsOf lists those of one service.
func SystemLimitsOf(service int64) (list []TrafficLimit, err error) {
	if serviceName(service) == "" {
		return nil, fault.Missing("Service", service)
	}
	for _, l := range limit.System() {
		if l.Service == service {
			list = append(list, trafficLimit(l))
		}
	}
	return list, nil
}

// ChooseLimit gives a service of a profile one of the system's limits. Choosing it again changes nothing.
func ChooseLimit(tx *db.Tx, organisation, id, service, chosen int64) error {
	if err := serviceOf(tx, organisation, id, service); err != nil {
		return err
	}
	i := slices.IndexFunc(limit.System(), func(l limit.Limit) bool { return l.ID == chosen })
	if i < 0 {
		return fault.Missing("Traffic limit", chosen)
	}
	l := limit.System()[i]
	if l.Service != service {
		return fault.Invalid(fault.New(fault.InvalidReference, "Traffic limit %d is not one of %s", chosen, serviceName(service)))
	}
	if err := storeLimit(tx, organisation, id, l, false); err != nil {
		return err
	}
	tx.Head(organisation).Changed()
	return nil
}

// DropLimit takes a chosen limit from a service of a profile.
func DropLimit(tx *db.Tx, organisation, id, service, chosen int64) error {
	if err := serviceOf(tx, organisation, id, service); err != nil {
		return err
	}
	n, err := tx.Exec(`DELETE FROM service_profile_limit WHERE organisation_id = $1 AND service_profile_id = $2 AND service_id = $3
		AND id = $4`, organisation, id, service, chosen)
	if err == nil && n == 0 {
		return fault.Missing("Traffic limit", chosen)
	}
	if err != nil {
		return fmt.Errorf("drop traffic limit: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

// serviceOf makes sure that a profile has a service.
func serviceOf(tx *db.Tx, organisation, id, service int64) error {
	if err := mustExist(tx, organisation, id); err != nil {
		return err
	}
	if serviceName(service) == "" {
		return fault.Missing("Service", service)
	}
	has, err := exists(tx, `SELECT service_id FROM service_profile_service WHERE organisation_id = $1 AND service_profile_id = $2
		AND service_id = $3`, organisation, id, service)
	if err != nil {
		return fmt.Errorf("read service: %w", err)
	}
	if !has {
		return fault.Invalid(fault.New(fault.InvalidReference, "Service profile %d does not have %s", id, serviceName(service)))
	}
	return nil
}

const selectLimit = `SELECT id, service_id, volume, satellite_only, warning_percent FROM service_profile_limit
	WHERE organisation_id = $1 AND service_profile_id = $2 ORDER BY id`

func scanLimit(r *db.Row) limit.Limit {
	return limit.Limit{ID: r.Int(), Service: r.Int(), Volume: r.Int(), Satellite: r.Bool(), Warning: r.Int()}
}

func storeLimit(tx *db.Tx, organisation, id int64, l limit.Limit, own bool) error {
	_, err := tx.Exec(`INSERT INTO service_profile_limit (organisation_id, service_profile_id, id, service_id, volume, satellite_only,
		warning_percent, own) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (organisation_id, service_profile_id, id) DO NOTHING`,
		organisation, id, l.ID, l.Service, l.Volume, l.Satellite, l.Warning, own)
	if err != nil {
		return fmt.Errorf("store traffic limit: %w", err)
	}
	return nil
}
