package tariff

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Price is what a service costs in a rate zone for a time. A price never changes: another one is another version, which
// ends the one before it.
type Price struct {
	ID         value.ID         `json:"id"`
	Rate       value.Cost       `json:"rate" doc:"Of so many MB or SMS as volume says."`
	Volume     value.ID         `json:"volume"`
	Currency   network.Currency `json:"currency"`
	Service    value.Described  `json:"service" doc:"38 Data, 6 SMS MT, 32 SMS MO."`
	ValidFrom  value.EntityTime `json:"valid_from"`
	ValidUntil value.EntityTime `json:"valid_until" doc:"Exclusive; null: open."`
}

// PriceFields are what an owner says of a new price.
type PriceFields struct {
	Rate       value.Opt[value.Cost]       `json:"rate"`
	Volume     value.Opt[value.ID]         `json:"volume" doc:"MB or SMS that the rate is the price of; by default 1."`
	Currency   value.Opt[value.Ref]        `json:"currency" doc:"The tariff's."`
	Service    value.Opt[value.Ref]        `json:"service"`
	ValidFrom  value.Opt[value.EntityTime] `json:"valid_from" doc:"Not in the past, unless the service has no price in the zone yet; null: now."`
	ValidUntil value.Opt[value.EntityTime] `json:"valid_until" doc:"Exclusive; null: until the next version, or open."`
}

// Dates are what can be changed of a price that is there.
type Dates struct {
	ValidFrom  value.Opt[value.EntityTime] `json:"valid_from" doc:"Only of a price that has not begun."`
	ValidUntil value.Opt[value.EntityTime] `json:"valid_until" doc:"Not in the past; null: open."`
}

const selectPrice = `SELECT r.ratezone_id, r.id, r.rate * r.volume, r.volume, t.currency_id, c.code, c.symbol, r.service_id, r.valid_from,
	r.valid_until FROM ratezone_rate r JOIN tariff t ON t.id = r.tariff_id LEFT JOIN currency c ON c.id = t.currency_id WHERE r.tariff_id = $1`

// scanPrice reads a row of selectPrice behind the rate zone.
func scanPrice(r *db.Row) Price {
	v := Price{
		ID: value.ID(r.Int()), Rate: value.Cost(r.Int()), Volume: value.ID(r.Int()),
		Currency: network.Currency{ID: r.Int(), Code: r.Text(), Symbol: r.Text()}, Service: value.Described{ID: value.ID(r.Int())},
		ValidFrom: value.EntityTime(r.Int()), ValidUntil: value.EntityTime(r.Int()),
	}
	v.Service.Description = serviceName(int64(v.Service.ID))
	return v
}

func serviceName(id int64) string {
	for _, s := range Services() {
		if s.ID == id {
			return s.Description
		}
	}
	return ""
}

func (v Price) window() window { return window{int64(v.ValidFrom), int64(v.ValidUntil)} }

// touches reports whether two times of validity have a moment in common.
func (w window) touches(o window) bool {
	return (w.until == 0 || o.from < w.until) && (o.until == 0 || w.from < o.until)
}

// AddRate gives a service a price in a rate zone from a time on. It ends the one before it and lasts until the one after it.
// The id comes from db.NextID of the kind "ratezone_rate"; now is in µs.
func AddRate(tx *db.Tx, now, organisation, tariff, zone, id int64, f PriceFields) error {
	t, err := Own(tx, organisation, tariff)
	if err != nil {
		return err
	}
	z, err := RatezoneByID(tx, tariff, zone)
	if err != nil {
		return err
	}
	v, wrong := f.price(now, t)
	var others []Price
	for _, o := range z.Rates {
		if o.Service.ID == v.Service.ID {
			others = append(others, o)
		}
	}
	if len(others) > 0 && int64(v.ValidFrom) < now && int64(t.Status.ID) != Staging {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Rate - valid_from must not be in the past"))
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	for _, o := range others { // by rising valid_from
		switch {
		case o.ValidFrom == v.ValidFrom:
			return fault.New(fault.Duplicated, "Rate %d begins at the same time", o.ID)
		case o.ValidFrom > v.ValidFrom && (v.ValidUntil == 0 || o.ValidFrom < v.ValidUntil):
			v.ValidUntil = o.ValidFrom
		case o.ValidFrom < v.ValidFrom && o.window().touches(v.window()):
			if err := endPrice(tx, tariff, zone, int64(o.ID), int64(v.ValidFrom)); err != nil {
				return err
			}
		}
	}
	_, err = tx.Exec(`INSERT INTO ratezone_rate (tariff_id, ratezone_id, id, service_id, rate, volume, valid_from, valid_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, tariff, zone, id, int64(v.Service.ID), int64(v.Rate)/int64(v.Volume), int64(v.Volume),
		int64(v.ValidFrom), int64(v.ValidUntil))
	if err != nil {
		return fmt.Errorf("add rate: %w", err)
	}
	return network.Changed(tx)
}

func endPrice(tx *db.Tx, tariff, zone, id, until int64) error {
	_, err := tx.Exec(`UPDATE ratezone_rate SET valid_until = $4 WHERE tariff_id = $1 AND ratezone_id = $2 AND id = $3`, tariff, zone, id, until)
	if err != nil {
		return fmt.Errorf("end rate: %w", err)
	}
	return nil
}

// price is the price that the fields describe, with what is wrong with it.
func (f PriceFields) price(now int64, t *View) (v Price, wrong []*fault.Error) {
	bad := func(is bool, code fault.Code, text string) {
		if is {
			wrong = append(wrong, fault.New(code, "Rate - %s", text))
		}
	}
	v = Price{Rate: f.Rate.Value, Volume: 1, Service: value.Described{ID: f.Service.Value.ID.Value}, ValidFrom: value.EntityTime(now), ValidUntil: f.ValidUntil.Value}
	if f.Volume.Has() {
		v.Volume = f.Volume.Value
	}
	if f.ValidFrom.Has() {
		v.ValidFrom = f.ValidFrom.Value
	}
	bad(!f.Rate.Has(), fault.Required, "rate is required")
	bad(v.Rate < 0 || v.Rate > maxRate, fault.InvalidFormat, "rate must not be negative, nor above 900000")
	if v.Volume < 1 || v.Volume > money.MB {
		bad(true, fault.InvalidFormat, "volume must be from 1 to 1000000")
	} else {
		bad(int64(v.Rate)%int64(v.Volume) != 0, fault.InvalidFormat, "rate of one MB or SMS must have at most ten places")
	}
	bad(!f.Service.Has(), fault.Required, "service is required")
	service := int64(v.Service.ID)
	bad(f.Service.Has() && service != Data && service != SMSMT && service != SMSMO, fault.InvalidReference, "service does not exist or has no price")
	bad(f.Currency.Has() && int64(f.Currency.Value.ID.Value) != t.Currency.ID, fault.InvalidReference, "currency must be the tariff's")
	bad(!v.window().sound(), fault.InvalidFormat, "valid_until must be after valid_from")
	return v, wrong
}

// ChangeRate changes when a price is valid: when it begins only as long as it has not begun, when it ends only to a time that is
// not over. Two prices of a service in a zone never meet.
func ChangeRate(tx *db.Tx, now, organisation, tariff, zone, id int64, f Dates) error {
	staging, v, others, err := findPrice(tx, organisation, tariff, zone, id)
	if err != nil {
		return err
	}
	var wrong []*fault.Error
	if f.ValidFrom.Has() && f.ValidFrom.Value != v.ValidFrom {
		if !staging && (int64(v.ValidFrom) <= now || int64(f.ValidFrom.Value) < now) {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "Rate - valid_from can only change before it, to a time that is not past"))
		}
		v.ValidFrom = f.ValidFrom.Value
	}
	if f.ValidUntil.Set && f.ValidUntil.Value != v.ValidUntil {
		if !staging && (v.ValidUntil != 0 && int64(v.ValidUntil) <= now || f.ValidUntil.Has() && int64(f.ValidUntil.Value) < now) {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "Rate - valid_until can only change before it, to a time that is not past"))
		}
		v.ValidUntil = f.ValidUntil.Value
	}
	if !v.window().sound() {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Rate - valid_until must be after valid_from"))
	}
	for _, o := range others {
		if o.Service.ID == v.Service.ID && o.ID != v.ID && o.window().touches(v.window()) {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "Rate - it would meet rate %d in time", o.ID))
		}
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE ratezone_rate SET valid_from = $4, valid_until = $5 WHERE tariff_id = $1 AND ratezone_id = $2 AND id = $3`,
		tariff, zone, id, int64(v.ValidFrom), int64(v.ValidUntil))
	if err != nil {
		return fmt.Errorf("change rate: %w", err)
	}
	return network.Changed(tx)
}

// DeleteRate removes a price that has not begun, or one of a tariff in staging.
func DeleteRate(tx *db.Tx, now, organisation, tariff, zone, id int64) error {
	staging, v, _, err := findPrice(tx, organisation, tariff, zone, id)
	if err != nil {
		return err
	}
	if !staging && int64(v.ValidFrom) <= now {
		return fault.New(fault.NotAllowed, "Rate %d has begun; it can be ended", id)
	}
	if _, err := tx.Exec(`DELETE FROM ratezone_rate WHERE tariff_id = $1 AND ratezone_id = $2 AND id = $3`, tariff, zone, id); err != nil {
		return fmt.Errorf("delete rate: %w", err)
	}
	return network.Changed(tx)
}

func findPrice(q db.Queryer, organisation, tariff, zone, id int64) (staging bool, v Price, all []Price, err error) {
	t, err := Own(q, organisation, tariff)
	if err != nil {
		return false, v, nil, err
	}
	z, err := RatezoneByID(q, tariff, zone)
	if err != nil {
		return false, v, nil, err
	}
	for _, r := range z.Rates {
		if int64(r.ID) == id {
			return int64(t.Status.ID) == Staging, r, z.Rates, nil
		}
	}
	return false, v, nil, fault.Missing("Rate", id)
}

// PriceByID reads a price of a rate zone.
func PriceByID(q db.Queryer, tariff, zone, id int64) (*Price, error) {
	z, err := RatezoneByID(q, tariff, zone)
	if err != nil {
		return nil, err
	}
	for i := range z.Rates {
		if int64(z.Rates[i].ID) == id {
			return &z.Rates[i], nil
		}
	}
	return nil, fault.Missing("Rate", id)
}
