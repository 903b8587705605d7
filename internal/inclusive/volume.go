package inclusive

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/money"
)

const volumeColumns = `v.id, v.tariff_id, v.ratezone_id, v.volume, v.rate, v.currency_id, v.pooled, v.first_month, v.last_month, v.offer_id`

func scanVolume(r *db.Row) Volume {
	return Volume{
		ID: r.Int(), Tariff: r.Int(), Ratezone: r.Int(), Volume: r.Int(), Rate: r.Int(), Currency: r.Int(), Pooled: r.Bool(),
		First: r.Int(), Last: r.Int(), Offer: r.Int(),
	}
}

// Get reads an inclusive volume of an organisation.
func Get(q db.Queryer, organisation, id int64) (Volume, error) {
	v, err := db.One(q, scanVolume, `SELECT `+volumeColumns+` FROM inclusive_volume v WHERE v.organisation_id = $1 AND v.id = $2`,
		organisation, id)
	if errors.Is(err, db.ErrNone) {
		err = fault.Missing("Inclusive volume", id)
	}
	return v, err
}

// Create gives an organisation, whose head tx holds, an inclusive volume for a rate zone of a tariff that is assigned to
// it. The id comes from db.NextID of the kind "inclusive_volume". It counts for the SIMs of the tariff profiles that it is
// put into.
func Create(tx *db.Tx, organisation int64, v Volume) error {
	if err := v.check(tx, organisation); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO inclusive_volume (organisation_id, id, tariff_id, ratezone_id, volume, rate, currency_id, pooled,
		first_month, last_month, offer_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		organisation, v.ID, v.Tariff, v.Ratezone, v.Volume, v.Rate, v.Currency, v.Pooled, v.First, v.Last, v.Offer)
	if err != nil {
		return fmt.Errorf("create inclusive volume: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

// MaxVolume is the most bytes a SIM can bring: a pool of 90 million such SIMs can still be counted.
const MaxVolume = 100_000 * money.MB

func (v Volume) check(q db.Queryer, organisation int64) error {
	var wrong []*fault.Error
	bad := func(is bool, code fault.Code, text string) {
		if is {
			wrong = append(wrong, fault.New(code, "Inclusive volume - %s", text))
		}
	}
	bad(v.Volume < 1 || v.Volume > MaxVolume, fault.InvalidFormat, "volume must be above 0 MB and at most 100000 MB")
	bad(v.Rate < 0, fault.InvalidFormat, "rate must not be negative")
	bad(!clock.IsMonth(v.First), fault.InvalidFormat, "start_date must be in a month from 1970 on")
	bad(v.Last != 0 && (!clock.IsMonth(v.Last) || v.Last < v.First), fault.InvalidFormat, "end_date must not be before start_date")
	currency, err := db.One(q, db.Int, `SELECT t.currency_id FROM organisation_tariff o JOIN tariff t ON t.id = o.tariff_id
		JOIN ratezone z ON z.tariff_id = t.id AND z.id = $3 WHERE o.organisation_id = $1 AND o.tariff_id = $2`,
		organisation, v.Tariff, v.Ratezone)
	switch {
	case errors.Is(err, db.ErrNone):
		bad(true, fault.InvalidReference, "the organisation has no tariff with this rate zone")
	case err != nil:
		return err
	default:
		bad(v.Currency != currency, fault.InvalidReference, "currency must be the tariff's")
	}
	return fault.Invalid(wrong...)
}
