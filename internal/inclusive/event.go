package inclusive

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/tariff"
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
	if v.Offer != 0 {
		offer := strconv.FormatInt(v.Offer, 10)
		t.Offer = &offer
	}
	if t.Ratezone, t.Excess, err = tariff.ZoneRateAt(tx, v.Tariff, v.Ratezone, tariff.Data, now); err != nil {
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

const balanceUnit = 10_000 // 1e-10 in the last of six places
