package plan

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

// Assignment is a plan that an organisation has for a time, with the prices that it had when it was assigned.
type Assignment struct {
	ID, Organisation, Plan int64
	Start, Expiry          int64 // µs; Expiry is exclusive, 0 = open
	Currency               int64
	Model                  int64 // Graduated or ByVolume
	Prices
	Tiers        []Tier // of activated SIMs; none: Prices.Activated
	Runtime      int64  // 0 = none
	ServiceLevel int64  // 0 = none
	Federation   int64  // 0 no, 1 yes, -1 as the plan says
	FactoryTest  int64  // the same
	Created      int64  // µs
}

// Holds reports whether the assignment is there at a time in µs.
func (a Assignment) Holds(at int64) bool { return a.Start <= at && (a.Expiry == 0 || at < a.Expiry) }

// Scale are the tiers that price activated SIMs: the plan's own, or one for all of them.
func (a Assignment) Scale() []Tier {
	if len(a.Tiers) == 0 {
		return []Tier{{Start: 1, Rate: a.Activated}}
	}
	return a.Tiers
}

// PriceSIMs is what a number of activated SIMs costs a month, in 1e-10 of the currency, and by which tiers.
func (a Assignment) PriceSIMs(sims int64) (int64, []Applied, error) {
	return Apply(a.Model, a.Scale(), sims)
}

const assignmentColumns = `a.id, a.organisation_id, a.plan_id, a.start_date, a.expiry_date, a.currency_id, a.price_model_id, a.rate,
	a.yearly_rate, a.sim_activation_fee, a.sim_activated_rate, a.sim_activated_idle_rate, a.sim_suspended_rate,
	a.sim_suspended_active_rate, a.runtime_id, a.service_level_id, a.federation_allowed, a.factory_test_mode_allowed, a.created`

func scanAssignment(r *db.Row) Assignment {
	return Assignment{
		ID: r.Int(), Organisation: r.Int(), Plan: r.Int(), Start: r.Int(), Expiry: r.Int(), Currency: r.Int(), Model: r.Int(),
		Prices: scanPrices(r), Runtime: r.Int(), ServiceLevel: r.Int(), Federation: r.Int(), FactoryTest: r.Int(), Created: r.Int(),
	}
}

// Assignments lists what plans an organisation has had, has and will have, by their start.
func Assignments(q db.Queryer, organisation int64) ([]Assignment, error) {
	return Between(q, organisation, 0, 1<<62)
}

// Between lists the assignments of an organisation that hold at any time from from on and before until, in µs, by their
// start. Bills read what they charge from here.
func Between(q db.Queryer, organisation, from, until int64) ([]Assignment, error) {
	list, err := db.All(q, scanAssignment, `SELECT `+assignmentColumns+` FROM organisation_tariff_plan a WHERE a.organisation_id = $1
		AND a.start_date < $3 AND (a.expiry_date = 0 OR a.expiry_date > $2) ORDER BY a.start_date, a.id`, organisation, from, until)
	for i := range list {
		if err == nil {
			err = list[i].readTiers(q)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read tariff plans of organisation %d: %w", organisation, err)
	}
	return list, nil
}

// At is the assignment that an organisation has at a time in µs; nil for none.
func At(q db.Queryer, organisation, at int64) (*Assignment, error) {
	a, err := db.One(q, scanAssignment, `SELECT `+assignmentColumns+` FROM organisation_tariff_plan a WHERE a.organisation_id = $1
		AND a.start_date <= $2 AND (a.expiry_date = 0 OR a.expiry_date > $2) ORDER BY a.start_date DESC, a.id DESC LIMIT 1`, organisation, at)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	if err == nil {
		err = a.readTiers(q)
	}
	if err != nil {
		return nil, fmt.Errorf("read tariff plan of organisation %d: %w", organisation, err)
	}
	return &a, nil
}

func (a *Assignment) readTiers(q db.Queryer) (err error) {
	a.Tiers, err = db.All(q, scanTier, `SELECT scale_start, rate FROM organisation_tariff_plan_price WHERE organisation_id = $1
		AND assignment_id = $2 ORDER BY scale_start`, a.Organisation, a.ID)
	return err
}

// ActiveSIMs counts the activated SIMs that an organisation owns.
func ActiveSIMs(q db.Queryer, organisation int64) (int64, error) {
	return db.One(q, db.Int, `SELECT COUNT(*) FROM sim WHERE owner_id = $1 AND status_id = 1`, organisation)
}

// flag is a nullable yes or no as the table holds it.
func flag(o value.Opt[bool]) int64 {
	switch {
	case !o.Has():
		return -1
	case o.Value:
		return 1
	}
	return 0
}
