package inclusive

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Basics is an inclusive volume as the API shows it everywhere. Its dates are days of the billing months, without a time.
type Basics struct {
	ID        value.ID         `json:"id"`
	Volume    value.MB         `json:"volume" doc:"MB that each SIM brings a month."`
	Rate      value.Cost       `json:"rate" doc:"What that costs a SIM and month."`
	Pooled    bool             `json:"pooled" doc:"Whether the SIMs share what they bring."`
	StartDate value.EntityTime `json:"start_date" doc:"First day of its first month."`
	EndDate   value.EntityTime `json:"end_date,omitempty" doc:"Last day of its last month; absent when it is open."`
}

// Basics is the volume as the API shows it.
func (v Volume) Basics() Basics {
	b := Basics{
		ID: value.ID(v.ID), Volume: value.MB(v.Volume), Rate: value.Cost(v.Rate), Pooled: v.Pooled,
		StartDate: value.EntityTime(firstDay(v.First).UnixMicro()),
	}
	if v.Last != 0 {
		b.EndDate = value.EntityTime(firstDay(v.Last).AddDate(0, 1, -1).UnixMicro())
	}
	return b
}

func firstDay(month int64) time.Time {
	return clock.FromMicros(clock.MonthStart(time.UTC, month))
}

// Active is an inclusive volume of the current month.
type Active struct {
	Basics
	Currency network.Currency `json:"currency"`
	Tariff   Tariff           `json:"tariff"`
}

// Tariff is the tariff of an inclusive volume.
type Tariff struct {
	ID       value.ID `json:"id"`
	Name     string   `json:"name"`
	StatusID value.ID `json:"tariff_status_id"`
	Ratezone Ratezone `json:"ratezone"`
}

// Ratezone is where an inclusive volume is good.
type Ratezone struct {
	ID       value.ID `json:"id"`
	Name     string   `json:"name"`
	StatusID value.ID `json:"ratezone_status_id" doc:"Always 1, active: rate zones end with their tariff."`
}

// ListActive lists the inclusive volumes that an organisation has in the current month of its time zone.
func ListActive(q db.Queryer, organisation, now int64) ([]Active, error) {
	month, err := account.Month(q, organisation, now)
	if err != nil {
		return nil, err
	}
	return list(q, ` AND v.first_month <= $2 AND (v.last_month = 0 OR v.last_month >= $2)`, organisation, month)
}

// List lists all inclusive volumes of an organisation, those that are over and to come as well.
func List(q db.Queryer, organisation int64) ([]Active, error) { return list(q, ``, organisation) }

func list(q db.Queryer, where string, args ...any) ([]Active, error) {
	list, err := db.All(q, func(r *db.Row) Active {
		v := scanVolume(r)
		return Active{
			Basics: v.Basics(), Currency: network.Currency{ID: v.Currency, Code: r.Text(), Symbol: r.Text()},
			Tariff: Tariff{
				ID: value.ID(v.Tariff), Name: r.Text(), StatusID: value.ID(r.Int()),
				Ratezone: Ratezone{ID: value.ID(v.Ratezone), Name: r.Text(), StatusID: 1},
			},
		}
	}, `SELECT `+volumeColumns+`, c.code, c.symbol, t.name, t.status_id, z.name FROM inclusive_volume v
		JOIN tariff t ON t.id = v.tariff_id JOIN ratezone z ON z.tariff_id = v.tariff_id AND z.id = v.ratezone_id
		JOIN currency c ON c.id = v.currency_id
		WHERE v.organisation_id = $1`+where+` ORDER BY v.id`, args...)
	if err != nil {
		return nil, fmt.Errorf("list inclusive volumes: %w", err)
	}
	return list, nil
}

// Sums is all that an organisation's SIMs have brought to the current month.
type Sums struct {
	Unpooled value.MB `json:"unpooled"`
	Pooled   value.MB `json:"pooled"`
}

// Sum adds up the inclusive volumes that an organisation has in the current month of its time zone.
func Sum(q db.Queryer, organisation, now int64) (s Sums, err error) {
	month, err := account.Month(q, organisation, now)
	if err != nil {
		return s, err
	}
	volumes, err := db.All(q, scanVolume, `SELECT `+volumeColumns+` FROM inclusive_volume v WHERE v.organisation_id = $1`, organisation)
	for _, v := range volumes {
		key := Key{Organisation: organisation, Inclusive: v.ID, Month: month}
		switch {
		case err != nil || !v.In(month):
		case v.Pooled:
			var p Pool
			p, err = current(q, v, key)
			s.Pooled += value.MB(p.Capacity())
		default:
			var sims int64
			sims, err = db.One(q, db.Int, `SELECT COUNT(*)`+active, organisation, v.ID)
			s.Unpooled += value.MB(sims * v.Volume)
		}
	}
	if err != nil {
		return s, fmt.Errorf("add up inclusive volumes: %w", err)
	}
	return s, nil
}

// current is a pool as it is stored, or as it would begin now.
func current(q db.Queryer, v Volume, key Key) (Pool, error) {
	p, err := db.One(q, Scan, selectPool, key.Organisation, key.Inclusive, key.Month, key.SIM)
	if errors.Is(err, db.ErrNone) {
		return Open(q, v, key)
	}
	return p, err
}
