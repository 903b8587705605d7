package tariff

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Ratezone is a rate zone as the API shows it.
type Ratezone struct {
	ID         value.ID         `json:"id"`
	Name       string           `json:"name"`
	Status     value.Described  `json:"status" doc:"Only active and deprecated ones have a price."`
	ValidFrom  value.EntityTime `json:"valid_from"`
	ValidUntil value.EntityTime `json:"valid_until" doc:"Exclusive; null: open."`
	Coverage   []Visited        `json:"coverage"`
	Rates      []Price          `json:"rate" doc:"All versions of its prices, by service and time."`
}

// Visited is an operator in a rate zone.
type Visited struct {
	ID      value.ID    `json:"id"`
	Name    string      `json:"name"`
	Country value.Named `json:"country"`
}

// ZoneFields are what an owner may say of a rate zone.
type ZoneFields struct {
	Name       value.Opt[string]           `json:"name"`
	Status     value.Opt[value.Ref]        `json:"status" doc:"1 Active or 2 Deprecated. A new rate zone is in staging, which has no price yet."`
	ValidFrom  value.Opt[value.EntityTime] `json:"valid_from"`
	ValidUntil value.Opt[value.EntityTime] `json:"valid_until" doc:"Exclusive; null: open."`
}

const selectZone = `SELECT z.id, z.name, z.status_id, z.valid_from, z.valid_until FROM ratezone z WHERE z.tariff_id = $1 AND z.status_id <> 3`

func scanRatezone(r *db.Row) Ratezone {
	return Ratezone{
		ID: value.ID(r.Int()), Name: r.Text(), Status: Statuses()[r.Int()], ValidFrom: value.EntityTime(r.Int()),
		ValidUntil: value.EntityTime(r.Int()), Coverage: []Visited{}, Rates: []Price{},
	}
}

// Ratezones lists the rate zones of a tariff.
func Ratezones(q db.Queryer, tariff int64) ([]Ratezone, error) {
	list, err := db.All(q, scanRatezone, selectZone+` ORDER BY z.id`, tariff)
	if err == nil {
		err = readZoneParts(q, tariff, list)
	}
	if err != nil {
		return nil, fmt.Errorf("list rate zones: %w", err)
	}
	return list, nil
}

// RatezoneByID reads a rate zone of a tariff.
func RatezoneByID(q db.Queryer, tariff, id int64) (*Ratezone, error) {
	z, err := db.One(q, scanRatezone, selectZone+` AND z.id = $2`, tariff, id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Ratezone", id)
	}
	list := []Ratezone{z}
	if err == nil {
		err = readZoneParts(q, tariff, list)
	}
	if err != nil {
		return nil, fmt.Errorf("read rate zone: %w", err)
	}
	return &list[0], nil
}

// ZoneRateAt names a rate zone, deleted ones too, and tells what a service costs there at a time in µs; 0 where it has no rate.
func ZoneRateAt(q db.Queryer, tariff, id, service, at int64) (zone value.Named, rate value.Cost, err error) {
	zone, err = db.One(q, func(r *db.Row) value.Named { return value.Named{ID: value.ID(r.Int()), Name: r.Text()} },
		`SELECT id, name FROM ratezone WHERE tariff_id = $1 AND id = $2`, tariff, id)
	if err == nil || errors.Is(err, db.ErrNone) {
		rate, err = db.One(q, func(r *db.Row) value.Cost { return value.Cost(r.Int()) }, `SELECT rate FROM ratezone_rate WHERE tariff_id = $1
			AND ratezone_id = $2 AND service_id = $3 AND valid_from <= $4 AND (valid_until = 0 OR valid_until > $4)
			ORDER BY valid_from DESC, id LIMIT 1`, tariff, id, service, at)
	}
	if err != nil && !errors.Is(err, db.ErrNone) {
		return zone, 0, fmt.Errorf("read rate of rate zone: %w", err)
	}
	return zone, rate, nil
}

func readZoneParts(q db.Queryer, tariff int64, list []Ratezone) error {
	at := make(map[int64]*Ratezone, len(list))
	for i := range list {
		at[int64(list[i].ID)] = &list[i]
	}
	err := q.Each(func(r *db.Row) {
		if z := at[r.Int()]; z != nil {
			z.Coverage = append(z.Coverage, Visited{ID: value.ID(r.Int()), Name: r.Text(), Country: value.Named{ID: value.ID(r.Int()), Name: r.Text()}})
		}
	}, `SELECT z.ratezone_id, o.id, o.name, c.id, c.name FROM ratezone_operator z JOIN operator o ON o.id = z.operator_id
		LEFT JOIN country c ON c.id = o.country_id WHERE z.tariff_id = $1 ORDER BY z.ratezone_id, o.id`, tariff)
	if err != nil {
		return err
	}
	return q.Each(func(r *db.Row) {
		if z := at[r.Int()]; z != nil {
			z.Rates = append(z.Rates, scanPrice(r))
		}
	}, selectPrice+` ORDER BY r.ratezone_id, r.service_id, r.valid_from, r.id`, tariff)
}

// AddRatezone gives a tariff of the organisation a rate zone. The id comes from db.NextID of the kind "ratezone".
func AddRatezone(tx *db.Tx, organisation, tariff, id int64, f ZoneFields) error {
	if _, err := Own(tx, organisation, tariff); err != nil {
		return err
	}
	z := Ratezone{Status: Statuses()[Staging]}
	wrong := z.settle(f)
	if !f.ValidFrom.Has() {
		wrong = append(wrong, fault.New(fault.Required, "Ratezone - valid_from is required"))
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO ratezone (tariff_id, id, name, valid_from, valid_until, status_id) VALUES ($1, $2, $3, $4, $5, $6)`,
		tariff, id, z.Name, int64(z.ValidFrom), int64(z.ValidUntil), int64(z.Status.ID))
	if err != nil {
		return fmt.Errorf("add rate zone: %w", err)
	}
	return network.Changed(tx)
}

// ChangeRatezone changes what is given of a rate zone.
func ChangeRatezone(tx *db.Tx, organisation, tariff, id int64, f ZoneFields) error {
	z, err := ownZone(tx, organisation, tariff, id)
	if err != nil {
		return err
	}
	if err := fault.Invalid(z.settle(f)...); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE ratezone SET name = $3, valid_from = $4, valid_until = $5, status_id = $6 WHERE tariff_id = $1 AND id = $2`,
		tariff, id, z.Name, int64(z.ValidFrom), int64(z.ValidUntil), int64(z.Status.ID))
	if err != nil {
		return fmt.Errorf("change rate zone: %w", err)
	}
	return network.Changed(tx)
}

// DeleteRatezone ends a rate zone: its operators are not covered by it any more. Usage records keep its name.
func DeleteRatezone(tx *db.Tx, organisation, tariff, id int64) error {
	if _, err := ownZone(tx, organisation, tariff, id); err != nil {
		return err
	}
	volumes, err := db.One(tx, db.Int, `SELECT COUNT(*) FROM tariff_profile p JOIN inclusive_volume v ON v.organisation_id = p.organisation_id
		AND v.id = p.inclusive_volume_id WHERE v.tariff_id = $1 AND v.ratezone_id = $2`, tariff, id)
	if err != nil {
		return fmt.Errorf("delete rate zone: %w", err)
	}
	if volumes > 0 {
		return fault.New(fault.NotAllowed, "Ratezone %d has inclusive volumes in %d tariff profiles", id, volumes)
	}
	if _, err := tx.Exec(`UPDATE ratezone SET status_id = $3 WHERE tariff_id = $1 AND id = $2`, tariff, id, Deleted); err != nil {
		return fmt.Errorf("delete rate zone: %w", err)
	}
	return network.Changed(tx)
}

func ownZone(q db.Queryer, organisation, tariff, id int64) (*Ratezone, error) {
	if _, err := Own(q, organisation, tariff); err != nil {
		return nil, err
	}
	return RatezoneByID(q, tariff, id)
}

func (z *Ratezone) settle(f ZoneFields) (wrong []*fault.Error) {
	if f.Name.Set {
		z.Name = f.Name.Value
	}
	wrong = fault.RequiredText("Ratezone", "name", z.Name, fault.MaxText)
	if f.ValidFrom.Has() {
		z.ValidFrom = f.ValidFrom.Value
	}
	if f.ValidUntil.Set {
		z.ValidUntil = f.ValidUntil.Value
	}
	if !(window{int64(z.ValidFrom), int64(z.ValidUntil)}).sound() {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Ratezone - valid_until must be after valid_from"))
	}
	if id := int64(f.Status.Value.ID.Value); f.Status.Has() && id != int64(z.Status.ID) {
		if canBecome(int64(z.Status.ID), id) {
			z.Status = Statuses()[id]
		} else {
			wrong = append(wrong, fault.New(fault.InvalidReference, "Ratezone - status %d does not exist or is not possible here", id))
		}
	}
	return wrong
}

// AddOperator puts an operator into a rate zone. It can be in another zone of the tariff only at another time.
func AddOperator(tx *db.Tx, organisation, tariff, id, operator int64) error {
	z, err := ownZone(tx, organisation, tariff, id)
	if err != nil {
		return err
	}
	known, err := db.All(tx, db.Int, `SELECT id FROM operator WHERE id = $1`, operator)
	if err != nil {
		return fmt.Errorf("find operator: %w", err)
	}
	if len(known) == 0 {
		return fault.Missing("Operator", operator)
	}
	other, err := db.All(tx, db.Int, `SELECT z.id FROM ratezone_operator o JOIN ratezone z ON z.tariff_id = o.tariff_id AND z.id = o.ratezone_id
		AND z.status_id <> 3 WHERE o.tariff_id = $1 AND o.operator_id = $2 AND (z.id = $3
			OR (z.valid_until = 0 OR z.valid_until > $4) AND ($5 = 0 OR z.valid_from < $5)) ORDER BY z.id`,
		tariff, operator, id, int64(z.ValidFrom), int64(z.ValidUntil))
	if err != nil {
		return fmt.Errorf("find rate zones of operator: %w", err)
	}
	if len(other) > 0 {
		return fault.New(fault.Duplicated, "Operator %d is in ratezone %d already", operator, other[0])
	}
	_, err = tx.Exec(`INSERT INTO ratezone_operator (tariff_id, operator_id, ratezone_id) VALUES ($1, $2, $3)`, tariff, operator, id)
	if err != nil {
		return fmt.Errorf("add operator to rate zone: %w", err)
	}
	return network.Changed(tx)
}

// RemoveOperator takes an operator out of a rate zone.
func RemoveOperator(tx *db.Tx, organisation, tariff, id, operator int64) error {
	if _, err := ownZone(tx, organisation, tariff, id); err != nil {
		return err
	}
	removed, err := tx.Exec(`DELETE FROM ratezone_operator WHERE tariff_id = $1 AND operator_id = $2 AND ratezone_id = $3`, tariff, operator, id)
	if err != nil {
		return fmt.Errorf("remove operator from rate zone: %w", err)
	}
	if removed == 0 {
		return fault.Missing("Operator", operator)
	}
	return network.Changed(tx)
}
