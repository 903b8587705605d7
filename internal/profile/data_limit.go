package profile

import (
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/value"
)

// DataLimit is a limit that an organisation makes for one of its profiles, beside those that the profile chose.
type DataLimit struct {
	ID        value.ID        `json:"id"`
	Service   value.Described `json:"service"`
	Satellite bool            `json:"satellite_only" doc:"Counts use over satellite only."`
	Period    Period          `json:"period"`
	Volume    int64           `json:"volume" doc:"Bytes."`
	Warning   int64           `json:"warning_percent" doc:"Of the volume, when an event warns. 0: never."`
}

// DataLimitFields are what clients say of such a limit.
type DataLimitFields struct {
	Service   value.Opt[value.Ref] `json:"service" doc:"38 Data."`
	Satellite value.Opt[bool]      `json:"satellite_only" doc:"Count use over satellite only; by default false."`
	Period    value.Opt[value.Ref] `json:"period" doc:"2, a calendar month that begins at 00:00 UTC."`
	Volume    value.Opt[value.ID]  `json:"volume" doc:"Bytes."`
	Warning   value.Opt[value.ID]  `json:"warning_percent" doc:"1 to 100."`
}

// maxLimit is the largest limit in bytes, so that extensions can be added.
const maxLimit = 1e18

// read makes a limit of the fields.
func (f DataLimitFields) read() (l limit.Limit, err error) {
	var wrong []*fault.Error
	bad := func(code fault.Code, text string) { wrong = append(wrong, fault.New(code, "Traffic limit - %s", text)) }
	switch service := f.Service.Value.ID; {
	case !service.Has():
		bad(fault.Required, "service.id is required")
	case int64(service.Value) != Data:
		bad(fault.InvalidReference, "service: only 38 (Data) can have one")
	}
	if f.Period.Value.ID.Has() && f.Period.Value.ID.Value != monthly {
		bad(fault.InvalidReference, "period: only 2 (monthly) is possible")
	}
	switch {
	case !f.Volume.Has():
		bad(fault.Required, "volume is required")
	case f.Volume.Value <= 0 || f.Volume.Value > maxLimit:
		bad(fault.InvalidFormat, "volume: a number of bytes from 1 to 10^18 expected")
	}
	if f.Warning.Has() && (f.Warning.Value < 1 || f.Warning.Value > 100) {
		bad(fault.InvalidFormat, "warning_percent: 1 to 100 expected")
	}
	return limit.Limit{
		Service: Data, Volume: int64(f.Volume.Value), Satellite: f.Satellite.Value, Warning: int64(f.Warning.Value),
	}, fault.Invalid(wrong...)
}

// DataLimits lists the limits that an organisation made for a profile.
func DataLimits(q db.Queryer, organisation, id int64) (list []DataLimit, err error) {
	if err := mustExist(q, organisation, id); err != nil {
		return nil, err
	}
	list, err = db.All(q, func(r *db.Row) DataLimit {
		l := scanLimit(r)
		return DataLimit{
			ID: value.ID(l.ID), Service: value.Described{ID: value.ID(l.Service), Description: serviceName(l.Service)},
			Satellite: l.Satellite, Period: month(), Volume: l.Volume, Warning: l.Warning,
		}
	}, `SELECT id, service_id, volume, satellite_only, warning_percent FROM service_profile_limit
		WHERE organisation_id = $1 AND service_profile_id = $2 AND own ORDER BY id`, organisation, id)
	if err != nil {
		return nil, fmt.Errorf("list data limits: %w", err)
	}
	return list, nil
}

// AddDataLimit makes a limit for a profile: one of all data, and one of data over satellite. number comes from db.NextID
// of the kind "traffic_limit"; the limit's id is returned.
func AddDataLimit(tx *db.Tx, organisation, id, number int64, f DataLimitFields) (int64, error) {
	there, err := DataLimits(tx, organisation, id)
	if err != nil {
		return 0, err
	}
	l, err := f.read()
	if err != nil {
		return 0, err
	}
	if slices.ContainsFunc(there, func(o DataLimit) bool { return o.Satellite == l.Satellite }) {
		return 0, fault.New(fault.Duplicated, "Service profile %d has such a limit, which must be deleted first", id)
	}
	l.ID = limit.FirstOwn + number
	tx.Head(organisation).Changed()
	return l.ID, storeLimit(tx, organisation, id, l, true)
}

// DeleteDataLimit removes a limit that was made for a profile.
func DeleteDataLimit(tx *db.Tx, organisation, id, which int64) error {
	if err := mustExist(tx, organisation, id); err != nil {
		return err
	}
	n, err := tx.Exec(`DELETE FROM service_profile_limit WHERE organisation_id = $1 AND service_profile_id = $2 AND id = $3 AND own`,
		organisation, id, which)
	if err == nil && n == 0 {
		return fault.Missing("Traffic limit", which)
	}
	if err != nil {
		return fmt.Errorf("delete data limit: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

// DeleteDataLimits removes all of them; those that the profile chose stay.
func DeleteDataLimits(tx *db.Tx, organisation, id int64) error {
	if err := mustExist(tx, organisation, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM service_profile_limit WHERE organisation_id = $1 AND service_profile_id = $2 AND own`, organisation, id)
	if err != nil {
		return fmt.Errorf("delete data limits: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

// LimitToExtend finds the limit that an extension for an endpoint of a profile is for: the one named, or else the data
// limit, the one of all data first.
func LimitToExtend(q db.Queryer, organisation, id int64, named value.Opt[value.ID]) (limit.Limit, error) {
	all, err := db.All(q, scanLimit, selectLimit, organisation, id)
	if err != nil {
		return limit.Limit{}, fmt.Errorf("read traffic limits: %w", err)
	}
	if named.Has() {
		if l := entry(all, func(l limit.Limit) bool { return l.ID == int64(named.Value) }); l != nil {
			return *l, nil
		}
		return limit.Limit{}, fault.Invalid(fault.New(fault.InvalidReference, "Limit extension - traffic_limit_id %d is not a limit of the endpoint", named.Value))
	}
	all = limit.Tightest(all)
	for _, satellite := range []bool{false, true} {
		if l := entry(all, func(l limit.Limit) bool { return l.Service == Data && l.Satellite == satellite }); l != nil {
			return *l, nil
		}
	}
	return limit.Limit{}, fault.Invalid(fault.New(fault.NotAllowed, "Limit extension - the endpoint has no data limit"))
}
