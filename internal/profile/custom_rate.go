package profile

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// CustomRate is a price of a tariff profile's own, in place of the one of its tariff.
type CustomRate struct {
	ID         value.ID         `json:"id"`
	Ratezone   value.Named      `json:"ratezone"`
	Service    value.Described  `json:"service"`
	Rate       value.Cost       `json:"rate" doc:"Per MB, or per SMS."`
	ValidFrom  value.EntityTime `json:"valid_from"`
	ValidUntil value.EntityTime `json:"valid_until" doc:"null when it is open."`
}

// CustomRates lists a profile's own prices, those that are over too.
func CustomRates(q db.Queryer, organisation, id int64) ([]CustomRate, error) {
	list, err := db.All(q, func(r *db.Row) CustomRate {
		c := CustomRate{
			ID: value.ID(r.Int()), Ratezone: value.Named{ID: value.ID(r.Int()), Name: r.Text()}, Service: value.Described{ID: value.ID(r.Int())},
			Rate: value.Cost(r.Int()), ValidFrom: value.EntityTime(r.Int()), ValidUntil: value.EntityTime(r.Int()),
		}
		c.Service.Description = serviceName(int64(c.Service.ID))
		return c
	}, `SELECT c.id, c.ratezone_id, COALESCE((SELECT MIN(z.name) FROM ratezone z WHERE z.id = c.ratezone_id), ''), c.service_id, c.rate,
			c.valid_from, c.valid_until FROM custom_rate c
		WHERE c.organisation_id = $1 AND c.tariff_profile_id = $2 ORDER BY c.id`, organisation, id)
	if err != nil {
		return nil, fmt.Errorf("list custom rates: %w", err)
	}
	return list, nil
}

// CustomFields are what is said of a price of a tariff profile's own.
type CustomFields struct {
	Ratezone   value.Opt[value.Ref]        `json:"ratezone" doc:"One of the profile's tariff."`
	Service    value.Opt[value.Ref]        `json:"service" doc:"38 Data, 6 SMS MT, 32 SMS MO."`
	Rate       value.Opt[value.Cost]       `json:"rate" doc:"Per MB, or per SMS, in the tariff's currency."`
	ValidFrom  value.Opt[value.EntityTime] `json:"valid_from" doc:"Not in the past; by default now."`
	ValidUntil value.Opt[value.EntityTime] `json:"valid_until" doc:"Exclusive; null: open, or until the next one."`
}

// AddCustomRate gives a tariff profile of an organisation, whose head tx holds, a price of its own from a time on. It ends the one
// before it and lasts until the one after it. The id comes from db.NextID of the kind "custom_rate"; now is in µs.
func AddCustomRate(tx *db.Tx, now, organisation, profile, id int64, f CustomFields) error {
	p, err := GetTariff(tx, organisation, profile)
	if err != nil {
		return err
	}
	c, wrong := f.rate(now, p)
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	for _, o := range p.CustomRates {
		if o.Ratezone.ID != c.Ratezone.ID || o.Service.ID != c.Service.ID || o.ValidUntil != 0 && o.ValidUntil <= c.ValidFrom {
			continue
		}
		switch {
		case o.ValidFrom == c.ValidFrom:
			return fault.New(fault.Duplicated, "Custom rate %d begins at the same time", o.ID)
		case o.ValidFrom < c.ValidFrom:
			if err := endCustomRate(tx, organisation, profile, int64(o.ID), int64(c.ValidFrom)); err != nil {
				return err
			}
		case c.ValidUntil == 0 || o.ValidFrom < c.ValidUntil:
			c.ValidUntil = o.ValidFrom
		}
	}
	_, err = tx.Exec(`INSERT INTO custom_rate (organisation_id, tariff_profile_id, id, ratezone_id, service_id, rate, valid_from, valid_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, organisation, profile, id, int64(c.Ratezone.ID), int64(c.Service.ID), int64(c.Rate),
		int64(c.ValidFrom), int64(c.ValidUntil))
	if err != nil {
		return fmt.Errorf("add custom rate: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

func (f CustomFields) rate(now int64, p *Tariff) (c CustomRate, wrong []*fault.Error) {
	bad := func(is bool, code fault.Code, text string) {
		if is {
			wrong = append(wrong, fault.New(code, "Custom rate - %s", text))
		}
	}
	c = CustomRate{
		Ratezone: value.Named{ID: f.Ratezone.Value.ID.Value}, Service: value.Described{ID: f.Service.Value.ID.Value}, Rate: f.Rate.Value,
		ValidFrom: value.EntityTime(now), ValidUntil: f.ValidUntil.Value,
	}
	if f.ValidFrom.Has() {
		c.ValidFrom = f.ValidFrom.Value
	}
	known := entry(p.Zones, func(z Zone) bool { return z.ID == c.Ratezone.ID }) != nil
	bad(!f.Ratezone.Has(), fault.Required, "ratezone is required")
	bad(f.Ratezone.Has() && !known, fault.InvalidReference, "ratezone is none of the tariff's")
	service := int64(c.Service.ID)
	bad(!f.Service.Has(), fault.Required, "service is required")
	bad(f.Service.Has() && service != Data && service != SMSMT && service != SMSMO, fault.InvalidReference, "service does not exist or has no price")
	bad(!f.Rate.Has(), fault.Required, "rate is required")
	bad(c.Rate < 0 || c.Rate > 1<<53, fault.InvalidFormat, "rate must not be negative, nor above 900000")
	bad(int64(c.ValidFrom) < now, fault.InvalidFormat, "valid_from must not be in the past")
	bad(c.ValidUntil != 0 && c.ValidUntil <= c.ValidFrom, fault.InvalidFormat, "valid_until must be after valid_from")
	return c, wrong
}

func endCustomRate(tx *db.Tx, organisation, profile, id, until int64) error {
	_, err := tx.Exec(`UPDATE custom_rate SET valid_until = $4 WHERE organisation_id = $1 AND tariff_profile_id = $2 AND id = $3`,
		organisation, profile, id, until)
	if err != nil {
		return fmt.Errorf("end custom rate: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

// RemoveCustomRate ends a price of a tariff profile's own now, or removes it where it has not begun.
func RemoveCustomRate(tx *db.Tx, now, organisation, profile, id int64) error {
	if err := mustExistTariff(tx, organisation, profile); err != nil {
		return err
	}
	list, err := CustomRates(tx, organisation, profile)
	if err != nil {
		return err
	}
	c := entry(list, func(c CustomRate) bool { return int64(c.ID) == id && (c.ValidUntil == 0 || int64(c.ValidUntil) > now) })
	switch {
	case c == nil:
		return fault.Missing("Custom rate", id)
	case int64(c.ValidFrom) < now:
		return endCustomRate(tx, organisation, profile, id, now)
	}
	tx.Head(organisation).Changed()
	_, err = tx.Exec(`DELETE FROM custom_rate WHERE organisation_id = $1 AND tariff_profile_id = $2 AND id = $3`, organisation, profile, id)
	if err != nil {
		return fmt.Errorf("remove custom rate: %w", err)
	}
	return nil
}
