package plan

import (
	"fmt"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Request is what is said when a plan is assigned. What is absent is as the plan says.
type Request struct {
	Plan            value.Opt[value.Ref]        `json:"tariff_plan" doc:"Required: an active plan that may be assigned, in the organisation's currency."`
	Start           value.Opt[value.EntityTime] `json:"start_date" doc:"By default now. Not before the current month: earlier ones are billed."`
	Expiry          value.Opt[value.EntityTime] `json:"expiry_date" doc:"When it ends; absent or null: when another one is assigned."`
	Activated       value.Opt[value.Cost]       `json:"sim_activated_rate" doc:"A price of the organisation's own, in place of the plan's tiers as well."`
	ActivatedIdle   value.Opt[value.Cost]       `json:"sim_activated_idle_rate"`
	Suspended       value.Opt[value.Cost]       `json:"sim_suspended_rate"`
	SuspendedActive value.Opt[value.Cost]       `json:"sim_suspended_active_rate"`
	Rate            value.Opt[value.Cost]       `json:"rate"`
	Runtime         value.Opt[value.Ref]        `json:"tariff_plan_runtime"`
	Federation      value.Opt[bool]             `json:"federation_allowed"`
	FactoryTest     value.Opt[bool]             `json:"factory_test_mode_allowed"`
	ServiceLevel    value.Opt[value.Ref]        `json:"service_level"`
}

// Assign gives an organisation, whose head tx holds, a plan that caller may see, and logs that. What it has from the start on is
// replaced; what is there before ends with it. The id comes from db.NextID of the kind "organisation_tariff_plan"; now is in µs;
// user is 0 for an application token and for users of other organisations.
func Assign(tx *db.Tx, now, user, caller, organisation, id int64, r Request) error {
	plan, a, err := give(tx, now, caller, organisation, id, r)
	if err != nil {
		return err
	}
	e, err := a.tell(plan, now, user)
	if err != nil {
		return err
	}
	return event.Append(tx, now, e)
}

// End ends at a time in µs what an organisation, whose head tx holds, has then, and takes away what it was to have later.
func End(tx *db.Tx, at, organisation int64) error {
	for _, statement := range []string{
		`DELETE FROM organisation_tariff_plan_price WHERE organisation_id = $1 AND assignment_id IN (SELECT a.id FROM organisation_tariff_plan a
			WHERE a.organisation_id = $1 AND a.start_date >= $2)`,
		`DELETE FROM organisation_tariff_plan WHERE organisation_id = $1 AND start_date >= $2`,
		`UPDATE organisation_tariff_plan SET expiry_date = $2 WHERE organisation_id = $1 AND (expiry_date = 0 OR expiry_date > $2)`,
	} {
		if _, err := tx.Exec(statement, organisation, at); err != nil {
			return fmt.Errorf("end tariff plan: %w", err)
		}
	}
	tx.Head(organisation).Changed()
	return nil
}

// Give is Assign for an organisation that is being set up: nothing is logged.
func Give(tx *db.Tx, now, caller, organisation, id int64, r Request) (*Plan, error) {
	plan, _, err := give(tx, now, caller, organisation, id, r)
	return plan, err
}

func give(tx *db.Tx, now, caller, organisation, id int64, r Request) (*Plan, Assignment, error) {
	plan, wrong, err := r.plan(tx, now, caller, organisation)
	if err != nil {
		return nil, Assignment{}, err
	}
	a, bad, err := r.settle(tx, now, organisation, plan)
	if err == nil {
		err = fault.Invalid(append(wrong, bad...)...)
	}
	if err != nil {
		return nil, a, err
	}
	a.ID, a.Created = id, now
	if err := End(tx, a.Start, organisation); err != nil {
		return nil, a, err
	}
	return plan, a, a.store(tx)
}

// plan finds the plan that is meant, and says whether it can be assigned.
func (r Request) plan(q db.Queryer, now, caller, organisation int64) (*Plan, []*fault.Error, error) {
	if !r.Plan.Value.ID.Has() {
		return &Plan{}, []*fault.Error{fault.New(fault.Required, "Tariff plan - tariff_plan is required")}, nil
	}
	id := int64(r.Plan.Value.ID.Value)
	p, err := Get(q, now, caller, id)
	if fault.Is(err, fault.InvalidReference) || err == nil && int64(p.Status.ID) != Active {
		return &Plan{}, []*fault.Error{fault.New(fault.InvalidReference, "Tariff plan - %d does not exist or is not active", id)}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	o, err := account.Get(q, organisation)
	if err == nil && o.Currency != p.Currency.ID {
		return p, []*fault.Error{fault.New(fault.NotAllowed, "Tariff plan - %d is in another currency than the organisation", id)}, nil
	}
	return p, nil, err
}

func (r Request) settle(q db.Queryer, now, organisation int64, p *Plan) (a Assignment, wrong []*fault.Error, err error) {
	a = Assignment{
		Organisation: organisation, Plan: int64(p.ID), Start: now, Currency: p.Currency.ID, Model: int64(p.PriceModel.ID), Prices: p.Prices,
		Tiers: p.Price.Activated, Federation: flag(r.Federation), FactoryTest: flag(r.FactoryTest),
	}
	bad := func(is bool, code fault.Code, text string) {
		if is {
			wrong = append(wrong, fault.New(code, "Tariff plan - %s", text))
		}
	}
	zone, err := account.Zone(q, organisation)
	if err != nil {
		return a, nil, err
	}
	if r.Start.Has() {
		a.Start = int64(r.Start.Value)
	}
	first := clock.MonthStart(zone, clock.MonthIn(zone, now))
	bad(a.Start < first, fault.InvalidFormat, "start_date must not be before the current month")
	if a.Expiry = int64(r.Expiry.Value); a.Expiry == 0 && p.ExpiryTime > 0 {
		a.Expiry = clock.FromMicros(a.Start).AddDate(0, 0, int(p.ExpiryTime)).UnixMicro()
	}
	bad(a.Expiry != 0 && (a.Expiry <= a.Start || a.Expiry <= now), fault.InvalidFormat, "expiry_date must be in the future and after start_date")
	for _, n := range []struct {
		name  string
		field value.Opt[value.Cost]
		into  *value.Cost
	}{
		{"sim_activated_rate", r.Activated, &a.Activated}, {"sim_activated_idle_rate", r.ActivatedIdle, &a.ActivatedIdle},
		{"sim_suspended_rate", r.Suspended, &a.Suspended}, {"sim_suspended_active_rate", r.SuspendedActive, &a.SuspendedActive},
		{"rate", r.Rate, &a.Rate},
	} {
		if n.field.Has() {
			*n.into = n.field.Value
		}
		bad(*n.into < 0 || *n.into > most, fault.InvalidFormat, n.name+" must not be negative, nor above 900000")
	}
	if r.Activated.Has() {
		a.Tiers = nil
	}
	if p.MinRuntime != nil {
		a.Runtime = int64(p.MinRuntime.ID)
	}
	if id := r.Runtime.Value.ID; id.Has() {
		a.Runtime = int64(id.Value)
		bad(RuntimeByID(a.Runtime) == nil, fault.InvalidReference, "tariff_plan_runtime does not exist")
	}
	if p.ServiceLevel != nil {
		a.ServiceLevel = int64(p.ServiceLevel.ID)
	}
	if id := r.ServiceLevel.Value.ID; id.Has() {
		a.ServiceLevel = int64(id.Value)
		bad(ServiceLevel(a.ServiceLevel) == nil, fault.InvalidReference, "service_level does not exist")
	}
	return a, wrong, nil
}

func (a Assignment) store(tx *db.Tx) error {
	_, err := tx.Exec(`INSERT INTO organisation_tariff_plan (organisation_id, id, plan_id, start_date, expiry_date, currency_id, price_model_id,
		rate, yearly_rate, sim_activation_fee, sim_activated_rate, sim_activated_idle_rate, sim_suspended_rate, sim_suspended_active_rate,
		runtime_id, service_level_id, federation_allowed, factory_test_mode_allowed, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		a.Organisation, a.ID, a.Plan, a.Start, a.Expiry, a.Currency, a.Model, int64(a.Rate), int64(a.YearlyRate), int64(a.ActivationFee),
		int64(a.Activated), int64(a.ActivatedIdle), int64(a.Suspended), int64(a.SuspendedActive), a.Runtime, a.ServiceLevel, a.Federation,
		a.FactoryTest, a.Created)
	if err != nil {
		return fmt.Errorf("assign tariff plan: %w", err)
	}
	for _, t := range a.Tiers {
		_, err := tx.Exec(`INSERT INTO organisation_tariff_plan_price (organisation_id, assignment_id, scale_start, rate) VALUES ($1, $2, $3, $4)`,
			a.Organisation, a.ID, int64(t.Start), int64(t.Rate))
		if err != nil {
			return fmt.Errorf("assign tariff plan: %w", err)
		}
	}
	return nil
}

// InEvaluation reports whether an organisation tries the platform: it may then choose a plan itself.
func InEvaluation(q db.Queryer, now, organisation int64) (bool, error) {
	a, err := At(q, organisation, now)
	if err != nil || a == nil {
		return false, err
	}
	return db.One(q, func(r *db.Row) bool { return r.Bool() }, `SELECT evaluation FROM tariff_plan WHERE id = $1`, a.Plan)
}

// months is how long a runtime is.
func (r *Runtime) months() int64 {
	switch {
	case r == nil:
		return 0
	case r.Unit.ID == 4:
		return 12 * int64(r.Units)
	}
	return int64(r.Units)
}
