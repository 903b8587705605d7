package plan

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Basics are what both views of an assignment share.
type Basics struct {
	ID              value.ID         `json:"id"`
	Start           value.EntityTime `json:"start_date"`
	Expiry          value.EntityTime `json:"expiry_date" doc:"null when it is open."`
	Activated       value.Cost       `json:"sim_activated_rate"`
	ActivatedIdle   value.Cost       `json:"sim_activated_idle_rate"`
	Suspended       value.Cost       `json:"sim_suspended_rate"`
	SuspendedActive value.Cost       `json:"sim_suspended_active_rate"`
	Active          bool             `json:"active"`
	AppliedRate     value.Cost       `json:"applied_rate" doc:"What the plan itself costs a month."`
	ServiceLevel    *value.Named     `json:"service_level"`
}

// PlanBasics are what both views show of the plan.
type PlanBasics struct {
	ID            value.ID         `json:"id"`
	Name          string           `json:"name"`
	Description   string           `json:"description"`
	Created       value.EntityTime `json:"creation_date"`
	Activated     value.EntityTime `json:"activation_date"`
	Deprecated    value.EntityTime `json:"deprecation_date"`
	Rate          value.Cost       `json:"rate"`
	YearlyRate    value.Cost       `json:"yearly_rate"`
	ActivationFee value.Cost       `json:"sim_activation_fee"`
	Limits
	MinimumRuntime value.ID         `json:"minimum_runtime" doc:"Months."`
	Evaluation     bool             `json:"evaluation"`
	ExpiryTime     value.ID         `json:"expiry_time"`
	UsedCount      value.ID         `json:"used_count"`
	Price          Scale            `json:"price"`
	Currency       network.Currency `json:"currency"`
}

// Row is an assignment as the list shows it, in the contract's older form with numbers as texts.
type Row struct {
	Basics
	Organisation value.Text `json:"organisation_id"`
	CurrencyID   value.Text `json:"currency_id"`
	Federation   bool       `json:"federation_allowed"`
	FactoryTest  bool       `json:"factory_test_mode_allowed"`
	PriceModel   string     `json:"price_model"`
	Plan         RowPlan    `json:"tariff_plan"`
}

// RowPlan is the plan of a Row.
type RowPlan struct {
	PlanBasics
	Organisation value.Text      `json:"organisation_id"`
	Type         value.Text      `json:"tariff_plan_type_id" doc:"There is one type: 0."`
	MinRuntimeID value.Text      `json:"min_tariff_plan_runtime_id"`
	Level        value.Text      `json:"level"`
	RuntimeID    *value.Text     `json:"tariff_plan_runtime_id"`
	Owner        value.Text      `json:"owner_organisation_id"`
	Public       bool            `json:"public_for_child_organisations"`
	Notes        *string         `json:"notes"`
	API          value.Flag      `json:"api_access_allowed"`
	VPN          value.Flag      `json:"vpn_access"`
	Private      value.Flag      `json:"private"`
	DType        string          `json:"dtype"`
	Unbilled     bool            `json:"billing_disabled"`
	Status       RowStatus       `json:"status"`
	Visibility   value.Described `json:"visibility" doc:"0 Private, 1 Public."`
	ServiceLevel *value.Named    `json:"service_level"`
	Federation   bool            `json:"federation_allowed"`
	FactoryTest  bool            `json:"factory_test_mode_allowed"`
}

// RowStatus is the status of a RowPlan.
type RowStatus struct {
	Description string     `json:"description"`
	EnumID      value.Text `json:"tariff_plan_status_enum_id"`
	ID          value.ID   `json:"id"`
}

// Current is the assignment that an organisation has now, with what its SIMs cost by it.
type Current struct {
	Basics
	Organisation value.ID       `json:"organisation_id"`
	Amount       value.Cost     `json:"sim_activated_amount" doc:"What the SIMs that are activated now cost a month."`
	Applied      AppliedScale   `json:"applied_price"`
	Plan         CurrentPlan    `json:"tariff_plan"`
	Runtime      CurrentRuntime `json:"tariff_plan_runtime"`
	Workspaces   bool           `json:"workspaces_enabled"`
}

// AppliedScale is the part of a scale that SIMs were priced by.
type AppliedScale struct {
	Activated []Applied `json:"sim_activated_rate"`
}

// CurrentPlan is the plan of a Current.
type CurrentPlan struct {
	PlanBasics
	API        bool `json:"api_access_allowed"`
	VPN        bool `json:"vpn_access"`
	Workspaces bool `json:"workspaces_enabled"`
}

// CurrentRuntime is the runtime of a Current; its id is 0 when there is none.
type CurrentRuntime struct {
	Units value.ID `json:"number_of_units"`
	Unit  value.ID `json:"time_unit_id"`
	ID    value.ID `json:"id"`
}

// Rows lists the assignments of an organisation as the API shows them.
func Rows(q db.Queryer, now, organisation int64) ([]Row, error) {
	list, err := Assignments(q, organisation)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, 0, len(list))
	for _, a := range list {
		p, err := Get(q, now, organisation, a.Plan)
		if fault.Is(err, fault.InvalidReference) { // it is deleted, and shown as it was
			p, err = deleted(q, now, a.Plan)
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, a.row(now, p))
	}
	return rows, nil
}

func deleted(q db.Queryer, now, id int64) (*Plan, error) {
	p, err := db.One(q, scanPlan, selectPlan+` WHERE p.id = $2`, now, id)
	if err != nil {
		return nil, fmt.Errorf("read deleted tariff plan: %w", err)
	}
	return &p, p.readTiers(q)
}

func (a Assignment) row(now int64, p *Plan) Row {
	r := Row{
		Basics: a.basics(now), Organisation: value.Text(a.Organisation), CurrencyID: value.Text(a.Currency),
		Federation: a.Federation == 1 || a.Federation < 0 && p.Federation, FactoryTest: a.FactoryTest == 1 || a.FactoryTest < 0 && p.FactoryTest,
		PriceModel: PriceModels()[a.Model].Name,
		Plan: RowPlan{
			PlanBasics: p.basics(), Organisation: value.Text(p.Owner.ID), Owner: value.Text(p.Owner.ID), Public: p.Public,
			API: value.Flag(p.API), VPN: value.Flag(p.VPN), Private: value.Flag(!p.Public), DType: "TariffPlan", Unbilled: p.Unbilled,
			Status:       RowStatus{Description: p.Status.Name, EnumID: value.Text(p.Status.ID), ID: p.Status.ID},
			Visibility:   value.Described{ID: 0, Description: "Private"},
			ServiceLevel: p.ServiceLevel, Federation: p.Federation, FactoryTest: p.FactoryTest,
		},
	}
	if p.Public {
		r.Plan.Visibility = value.Described{ID: 1, Description: "Public"}
	}
	if p.MinRuntime != nil {
		r.Plan.MinRuntimeID = value.Text(p.MinRuntime.ID)
	}
	if a.Runtime != 0 {
		id := value.Text(a.Runtime)
		r.Plan.RuntimeID = &id
	}
	return r
}

func (a Assignment) basics(now int64) Basics {
	return Basics{
		ID: value.ID(a.ID), Start: value.EntityTime(a.Start), Expiry: value.EntityTime(a.Expiry), Activated: a.Activated,
		ActivatedIdle: a.ActivatedIdle, Suspended: a.Suspended, SuspendedActive: a.SuspendedActive, Active: a.Holds(now),
		AppliedRate: a.Rate, ServiceLevel: ServiceLevel(a.ServiceLevel),
	}
}

func (p *Plan) basics() PlanBasics {
	return PlanBasics{
		ID: p.ID, Name: p.Name, Description: p.Description, Created: p.Created, Activated: p.ActivatedAt, Deprecated: p.Deprecation,
		Rate: p.Rate, YearlyRate: p.YearlyRate, ActivationFee: p.ActivationFee, Limits: p.Limits, MinimumRuntime: value.ID(p.MinRuntime.months()),
		Evaluation: p.Evaluation, ExpiryTime: p.ExpiryTime, UsedCount: p.UsedCount, Price: p.Price, Currency: p.Currency,
	}
}

// Now is the assignment that an organisation has at a time in µs, as the API shows it.
func Now(q db.Queryer, now, organisation int64) (*Current, error) {
	a, err := At(q, organisation, now)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, fault.New(fault.NotFound, "The organisation has no tariff plan")
	}
	p, err := Get(q, now, organisation, a.Plan)
	if err != nil {
		return nil, err
	}
	sims, err := ActiveSIMs(q, organisation)
	if err != nil {
		return nil, fmt.Errorf("count activated SIMs: %w", err)
	}
	c := Current{
		Basics: a.basics(now), Organisation: value.ID(organisation), Workspaces: p.Workspaces,
		Plan: CurrentPlan{PlanBasics: p.basics(), API: p.API, VPN: p.VPN, Workspaces: p.Workspaces},
	}
	amount, applied, err := a.PriceSIMs(sims)
	if err != nil {
		return nil, fmt.Errorf("price the SIMs of organisation %d: %w", organisation, err)
	}
	c.Amount, c.Applied.Activated = value.Cost(amount), append([]Applied{}, applied...)
	if r := RuntimeByID(a.Runtime); r != nil {
		c.Runtime = CurrentRuntime{Units: r.Units, Unit: r.Unit.ID, ID: r.ID}
	}
	return &c, nil
}
