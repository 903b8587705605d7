package inclusive

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// told is the detail of an event of type 34 that is about an inclusive volume.
type told struct {
	Volume toldVolume `json:"inclusive_volume"`
}

type toldVolume struct {
	Offer    *string     `json:"ratezone_inclusive_volume_id"` // null: made to measure
	Volume   value.MB    `json:"volume"`
	Cost     string      `json:"cost"`           // of a SIM and month, with six places
	Excess   value.Cost  `json:"excess_traffic"` // of a MB beyond it, now
	Pooled   bool        `json:"pooled"`
	Rate     value.Cost  `json:"rate"`
	ID       value.ID    `json:"id"`
	Start    string      `json:"start_date"` // 2026-11-01 00:00:00
	End      *string     `json:"end_date"`
	Currency value.ID    `json:"currency_id"`
	Ratezone value.Named `json:"ratezone"`
}

// Tell logs a change about an inclusive volume that an organisation, whose head tx holds, has. now is in µs; user is 0 for an
// application token.
func Tell(tx *db.Tx, now, user, organisation, id int64, text string) error {
	v, err := Get(tx, organisation, id)
	if err != nil {
		return err
	}
	t := toldVolume{
		Volume: value.MB(v.Volume), Cost: money.FormatFixed(v.Rate/balanceUnit, money.BalancePlaces), Pooled: v.Pooled,
		Rate: value.Cost(v.Rate), ID: value.ID(v.ID), Start: firstDay(v.First).Format(time.DateTime), Currency: value.ID(v.Currency),
	}
	if v.Last != 0 {
		end := firstDay(v.Last).AddDate(0, 1, -1).Format(time.DateTime)
		t.End = &end
	}
	if err := t.zone(tx, now, organisation, v); err != nil {
		return err
	}
	detail, err := json.Marshal(told{t})
	if err != nil {
		return err
	}
	return event.Append(tx, now, event.Event{
		Organisation: organisation, Time: now, Type: event.UsageTariffUpdated, User: user, Description: text, Detail: string(detail),
	})
}

const (
	balanceUnit = 10_000 // 1e-10 in the last of six places
	data        = 38     // service of data rates
)

// zone fills in the rate zone, what was taken of it and what a MB costs there.
func (t *toldVolume) zone(q db.Queryer, now, organisation int64, v Volume) error {
	offer, err := db.One(q, db.Int, `SELECT offer_id FROM inclusive_volume WHERE organisation_id = $1 AND id = $2`, organisation, v.ID)
	if err != nil {
		return err
	}
	if offer != 0 {
		text := strconv.FormatInt(offer, 10)
		t.Offer = &text
	}
	t.Ratezone, err = db.One(q, func(r *db.Row) value.Named { return value.Named{ID: value.ID(r.Int()), Name: r.Text()} },
		`SELECT id, name FROM ratezone WHERE tariff_id = $1 AND id = $2`, v.Tariff, v.Ratezone)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return err
	}
	excess, err := db.One(q, db.Int, `SELECT rate FROM ratezone_rate WHERE tariff_id = $1 AND ratezone_id = $2 AND service_id = $3
		AND valid_from <= $4 AND (valid_until = 0 OR valid_until > $4) ORDER BY valid_from DESC, id LIMIT 1`, v.Tariff, v.Ratezone, data, now)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return err
	}
	t.Excess = value.Cost(excess)
	return nil
}
