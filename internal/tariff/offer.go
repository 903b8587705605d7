package tariff

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// Offer is an inclusive volume that organisations with the tariff can have: a volume that each SIM brings a month to a rate zone.
type Offer struct {
	ID       value.ID        `json:"id"`
	Tariff   value.Named     `json:"tariff"`
	Ratezone value.Named     `json:"ratezone"`
	Volume   value.MB        `json:"volume" doc:"MB a SIM and month."`
	Rate     value.Cost      `json:"rate" doc:"Of a SIM and month."`
	Currency value.ID        `json:"currency_id"`
	Status   value.Described `json:"status"`
}

// OfferFields are what an owner says of one. Who has it already keeps it as it was.
type OfferFields struct {
	Volume value.Opt[value.MB]   `json:"volume"`
	Rate   value.Opt[value.Cost] `json:"rate"`
	Status value.Opt[value.Ref]  `json:"status" doc:"1 Active, as it is at first, or 2 Deprecated: nobody can have it any more."`
}

// MaxOffer is the most bytes a SIM can bring.
const MaxOffer = 100_000 * money.MB

const selectOffer = `SELECT v.id, t.id, t.name, z.id, z.name, v.volume, v.rate, t.currency_id, v.status_id FROM ratezone_inclusive_volume v
	JOIN tariff t ON t.id = v.tariff_id JOIN ratezone z ON z.tariff_id = v.tariff_id AND z.id = v.ratezone_id WHERE v.status_id <> 3`

func scanOffer(r *db.Row) Offer {
	return Offer{
		ID: value.ID(r.Int()), Tariff: value.Named{ID: value.ID(r.Int()), Name: r.Text()}, Ratezone: value.Named{ID: value.ID(r.Int()), Name: r.Text()},
		Volume: value.MB(r.Int()), Rate: value.Cost(r.Int()), Currency: value.ID(r.Int()), Status: Statuses()[r.Int()],
	}
}

// Offers lists the inclusive volumes of a tariff.
func Offers(q db.Queryer, tariff int64) ([]Offer, error) {
	list, err := db.All(q, scanOffer, selectOffer+` AND v.tariff_id = $1 ORDER BY v.id`, tariff)
	if err != nil {
		return nil, fmt.Errorf("list inclusive volumes of tariff: %w", err)
	}
	return list, nil
}

// OffersTo lists the active inclusive volumes of the tariffs that an organisation has.
func OffersTo(q db.Queryer, organisation int64) ([]Offer, error) {
	list, err := db.All(q, scanOffer, selectOffer+` AND v.status_id = 1 AND z.status_id = 1 AND v.tariff_id IN (SELECT a.tariff_id
		FROM organisation_tariff a WHERE a.organisation_id = $1) ORDER BY v.id`, organisation)
	if err != nil {
		return nil, fmt.Errorf("list inclusive volumes on offer: %w", err)
	}
	return list, nil
}

// OfferByID reads an inclusive volume of a tariff; tariff 0 is any.
func OfferByID(q db.Queryer, tariff, id int64) (*Offer, error) {
	o, err := db.One(q, scanOffer, selectOffer+` AND v.id = $1 AND ($2 = 0 OR v.tariff_id = $2)`, id, tariff)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Inclusive volume", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read inclusive volume of tariff: %w", err)
	}
	return &o, nil
}

// AddOffer offers an inclusive volume for a rate zone. The id comes from db.NextID of the kind "ratezone_inclusive_volume".
func AddOffer(tx *db.Tx, now, organisation, tariff, zone, id int64, f OfferFields) error {
	if _, err := ownZone(tx, organisation, tariff, zone); err != nil {
		return err
	}
	o := Offer{Status: Statuses()[Active]}
	wrong := o.settle(f)
	if !f.Rate.Has() {
		wrong = append(wrong, fault.New(fault.Required, "Inclusive volume - rate is required"))
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO ratezone_inclusive_volume (tariff_id, id, ratezone_id, volume, rate, status_id, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, tariff, id, zone, int64(o.Volume), int64(o.Rate), int64(o.Status.ID), now)
	if err != nil {
		return fmt.Errorf("offer inclusive volume: %w", err)
	}
	return nil
}

// ChangeOffer changes what is given of it, for those who get it from now on.
func ChangeOffer(tx *db.Tx, organisation, tariff, id int64, f OfferFields) error {
	if _, err := Own(tx, organisation, tariff); err != nil {
		return err
	}
	o, err := OfferByID(tx, tariff, id)
	if err != nil {
		return err
	}
	if err := fault.Invalid(o.settle(f)...); err != nil {
		return err
	}
	return storeOffer(tx, tariff, id, o)
}

// DeleteOffer takes it from the market. Who has it keeps it.
func DeleteOffer(tx *db.Tx, organisation, tariff, id int64) error {
	if _, err := Own(tx, organisation, tariff); err != nil {
		return err
	}
	o, err := OfferByID(tx, tariff, id)
	if err != nil {
		return err
	}
	o.Status.ID = value.ID(Deleted)
	return storeOffer(tx, tariff, id, o)
}

func storeOffer(tx *db.Tx, tariff, id int64, o *Offer) error {
	_, err := tx.Exec(`UPDATE ratezone_inclusive_volume SET volume = $3, rate = $4, status_id = $5 WHERE tariff_id = $1 AND id = $2`,
		tariff, id, int64(o.Volume), int64(o.Rate), int64(o.Status.ID))
	if err != nil {
		return fmt.Errorf("change inclusive volume of tariff: %w", err)
	}
	return nil
}

func (o *Offer) settle(f OfferFields) (wrong []*fault.Error) {
	if f.Volume.Has() {
		o.Volume = f.Volume.Value
	}
	if f.Rate.Has() {
		o.Rate = f.Rate.Value
	}
	if o.Volume < 1 || o.Volume > MaxOffer {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Inclusive volume - volume must be above 0 MB and at most 100000 MB"))
	}
	if o.Rate < 0 || o.Rate > maxRate {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Inclusive volume - rate must not be negative, nor above 900000"))
	}
	if id := int64(f.Status.Value.ID.Value); f.Status.Has() && id != int64(o.Status.ID) {
		if canBecome(int64(o.Status.ID), id) {
			o.Status = Statuses()[id]
		} else {
			wrong = append(wrong, fault.New(fault.InvalidReference, "Inclusive volume - status %d does not exist or is not possible here", id))
		}
	}
	return wrong
}
