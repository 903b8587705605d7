package inclusive

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Fields are what is said of an inclusive volume that an organisation takes.
type Fields struct {
	Start  value.Opt[value.EntityTime] `json:"start_date" doc:"First day of a month; by default this month's."`
	End    value.Opt[value.EntityTime] `json:"end_date" doc:"Last day of a month; null: open."`
	Pooled value.Opt[bool]             `json:"pooled" doc:"Whether the SIMs share what they bring; by default they do."`
}

// Taken is an inclusive volume that an organisation has taken.
type Taken struct {
	ID     value.ID         `json:"id"`
	Start  value.EntityTime `json:"start_date"`
	End    value.EntityTime `json:"end_date"`
	Pooled bool             `json:"pooled"`
}

// Take gives an organisation, whose head tx holds, an inclusive volume that one of its tariffs offers. A customer that takes one
// itself can only take more than it has in this month: what it had for the rate zone ends with the month, which it is charged for,
// and the tariff profiles that had it have the new one. The id comes from db.NextID of the kind "inclusive_volume"; now is in µs;
// user is 0 for an application token.
func Take(tx *db.Tx, now, user, organisation, id, offer int64, customer bool, f Fields) (*Taken, error) {
	o, err := offered(tx, organisation, offer)
	if err != nil {
		return nil, err
	}
	v := Volume{
		ID: id, Tariff: int64(o.Tariff.ID), Ratezone: int64(o.Ratezone.ID), Volume: int64(o.Volume), Rate: int64(o.Rate),
		Currency: int64(o.Currency), Pooled: !f.Pooled.Has() || f.Pooled.Value, Offer: offer,
	}
	month, err := f.months(tx, now, organisation, &v)
	if err != nil {
		return nil, err
	}
	var replaced []Volume
	if customer {
		if replaced, err = upgrade(tx, organisation, month, v); err != nil {
			return nil, err
		}
	}
	if err := Create(tx, organisation, v); err != nil {
		return nil, err
	}
	for _, old := range replaced {
		if err := replace(tx, now, organisation, month, old, v); err != nil {
			return nil, err
		}
	}
	if err := Tell(tx, now, user, organisation, id, fmt.Sprintf("Inclusive volume %d assigned.", id)); err != nil {
		return nil, err
	}
	b := v.Basics()
	return &Taken{ID: b.ID, Start: b.StartDate, End: b.EndDate, Pooled: b.Pooled}, nil
}

// offered finds an active offer of a tariff that an organisation has.
func offered(q db.Queryer, organisation, id int64) (*tariff.Offer, error) {
	o, err := tariff.OfferByID(q, 0, id)
	if err != nil {
		return nil, err
	}
	_, err = db.One(q, db.Int, `SELECT tariff_id FROM organisation_tariff WHERE organisation_id = $1 AND tariff_id = $2`, organisation, int64(o.Tariff.ID))
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Inclusive volume", id)
	}
	if err == nil && int64(o.Status.ID) != tariff.Active {
		err = fault.New(fault.NotAllowed, "Inclusive volume %d is not on offer any more", id).WithStatus(400)
	}
	return o, err
}

// months puts the first and the last month into the volume, and returns the current one.
func (f Fields) months(q db.Queryer, now, organisation int64, v *Volume) (month int64, err error) {
	zone, err := account.Zone(q, organisation)
	if err != nil {
		return 0, err
	}
	month = clock.MonthIn(zone, now)
	v.First = month
	var wrong []*fault.Error
	bad := func(is bool, text string) {
		if is {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "Inclusive volume - %s", text))
		}
	}
	if f.Start.Has() {
		first, ok := day(int64(f.Start.Value), zone, func(t time.Time) bool { return t.Day() == 1 })
		v.First = first
		bad(!ok, "start_date must be the first day of a month")
		bad(ok && first < month, "start_date must not be before this month")
	}
	if f.End.Has() {
		last, ok := day(int64(f.End.Value), zone, func(t time.Time) bool { return t.AddDate(0, 0, 1).Day() == 1 })
		v.Last = last
		bad(!ok, "end_date must be the last day of a month")
		bad(ok && last < v.First, "end_date must not be before start_date")
	}
	return month, badRequest(wrong)
}

// badRequest is the answer to wrong fields, which the contract has with 400 here.
func badRequest(wrong []*fault.Error) error {
	var known *fault.Error
	if err := fault.Invalid(wrong...); errors.As(err, &known) {
		return known.WithStatus(400)
	}
	return nil
}

// day is the month of a day that is as it should be, in UTC, as dates without a zone are read, or in the organisation's zone.
func day(micros int64, zone *time.Location, is func(time.Time) bool) (int64, bool) {
	for _, in := range []*time.Location{time.UTC, zone} {
		if t := time.UnixMicro(micros).In(in); is(t) {
			return int64(t.Year())*100 + int64(t.Month()), true
		}
	}
	return 0, false
}

// upgrade are the volumes of a customer that a new one of the current month replaces; none where it begins later.
func upgrade(q db.Queryer, organisation, month int64, v Volume) ([]Volume, error) {
	if v.First > month {
		return nil, nil
	}
	list, err := db.All(q, scanVolume, `SELECT `+volumeColumns+` FROM inclusive_volume v WHERE v.organisation_id = $1 AND v.ratezone_id = $2
		AND v.first_month <= $3 AND (v.last_month = 0 OR v.last_month >= $3) ORDER BY v.id`, organisation, v.Ratezone, month)
	if err != nil {
		return nil, fmt.Errorf("find inclusive volumes to replace: %w", err)
	}
	for _, old := range list {
		if old.Volume >= v.Volume {
			return nil, fault.New(fault.NotAllowed, "Inclusive volume %d of this month brings as much: it can only be replaced by more", old.ID).WithStatus(400)
		}
	}
	return list, nil
}

// replace ends a volume with the month and gives its tariff profiles another one.
func replace(tx *db.Tx, now, organisation, month int64, old, v Volume) error {
	profiles, err := db.All(tx, db.Int, `SELECT id FROM tariff_profile WHERE organisation_id = $1 AND inclusive_volume_id = $2 ORDER BY id`, organisation, old.ID)
	if err != nil {
		return fmt.Errorf("find tariff profiles of inclusive volume: %w", err)
	}
	for _, profile := range profiles {
		err := AroundProfile(tx, now, organisation, profile, func() error {
			_, err := tx.Exec(`UPDATE tariff_profile SET inclusive_volume_id = $3 WHERE organisation_id = $1 AND id = $2`, organisation, profile, v.ID)
			return err
		})
		if err != nil {
			return fmt.Errorf("replace inclusive volume: %w", err)
		}
	}
	return end(tx, organisation, old.ID, month)
}

func end(tx *db.Tx, organisation, id, month int64) error {
	tx.Head(organisation).Changed()
	_, err := tx.Exec(`UPDATE inclusive_volume SET last_month = $3 WHERE organisation_id = $1 AND id = $2`, organisation, id, month)
	if err != nil {
		return fmt.Errorf("end inclusive volume: %w", err)
	}
	return nil
}

// End sets when a volume of an organisation ends: not before this month, nor before it begins.
func End(tx *db.Tx, now, user, organisation, id int64, f Fields) error {
	v, err := Get(tx, organisation, id)
	if err != nil || !f.End.Set {
		return err
	}
	if f.Start.Set || f.Pooled.Set {
		return badRequest([]*fault.Error{fault.New(fault.NotAllowed, "Inclusive volume - only end_date can change")})
	}
	was := v
	v.Last = 0
	month, err := Fields{End: f.End}.months(tx, now, organisation, &was)
	if err != nil {
		return err
	}
	if f.End.Has() {
		v.Last = was.Last
	}
	if v.Last != 0 && (v.Last < v.First || v.Last < month) {
		return badRequest([]*fault.Error{fault.New(fault.InvalidFormat, "Inclusive volume - end_date must not be before its start or this month")})
	}
	if err := end(tx, organisation, id, v.Last); err != nil {
		return err
	}
	return Tell(tx, now, user, organisation, id, fmt.Sprintf("The end of inclusive volume %d is changed.", id))
}

// EndOfTariff ends all that an organisation has of a tariff with a month; what has not begun is gone.
func EndOfTariff(tx *db.Tx, organisation, tariff, month int64) error {
	tx.Head(organisation).Changed()
	if _, err := tx.Exec(`DELETE FROM inclusive_volume WHERE organisation_id = $1 AND tariff_id = $2 AND first_month > $3`, organisation, tariff, month); err != nil {
		return fmt.Errorf("end inclusive volumes of tariff: %w", err)
	}
	_, err := tx.Exec(`UPDATE inclusive_volume SET last_month = $3 WHERE organisation_id = $1 AND tariff_id = $2 AND (last_month = 0 OR last_month > $3)`,
		organisation, tariff, month)
	if err != nil {
		return fmt.Errorf("end inclusive volumes of tariff: %w", err)
	}
	return nil
}
