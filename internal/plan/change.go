package plan

import (
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Fields are what an owner may say of a plan. A field that is absent or null stays as it is, but for the references, which null
// takes away.
type Fields struct {
	Name            value.Opt[string]     `json:"name"`
	Description     value.Opt[string]     `json:"description"`
	Status          value.Opt[value.Ref]  `json:"status" doc:"0 Staging, 1 Active, 2 Deprecated. A new plan is in staging."`
	Public          value.Opt[bool]       `json:"public_for_child_organisations"`
	Currency        value.Opt[value.Ref]  `json:"currency" doc:"Only of a plan that nobody has."`
	PriceModel      value.Opt[value.Ref]  `json:"price_model"`
	Rate            value.Opt[value.Cost] `json:"rate"`
	YearlyRate      value.Opt[value.Cost] `json:"yearly_rate"`
	ActivationFee   value.Opt[value.Cost] `json:"sim_activation_fee"`
	Activated       value.Opt[value.Cost] `json:"sim_activated_rate"`
	ActivatedIdle   value.Opt[value.Cost] `json:"sim_activated_idle_rate"`
	Suspended       value.Opt[value.Cost] `json:"sim_suspended_rate"`
	SuspendedActive value.Opt[value.Cost] `json:"sim_suspended_active_rate"`
	Price           value.Opt[Scale]      `json:"price" doc:"Tiers of the price of activated SIMs, by rising scale_start."`
	ActiveSIMs      value.Opt[value.ID]   `json:"max_active_sims" doc:"Activated SIMs beyond it are refused, or charged where add_active_sim_batch is set; 0: no limit."`
	MoreSIMsRate    value.Opt[value.Cost] `json:"add_active_sims_rate"`
	MoreSIMsBatch   value.Opt[value.ID]   `json:"add_active_sim_batch"`
	ServiceProfiles value.Opt[value.ID]   `json:"max_service_profiles"`
	TariffProfiles  value.Opt[value.ID]   `json:"max_tariff_profiles"`
	Users           value.Opt[value.ID]   `json:"max_users"`
	API             value.Opt[bool]       `json:"api_access_allowed" doc:"By default true. Without it no application token can be made."`
	VPN             value.Opt[bool]       `json:"vpn_access"`
	Federation      value.Opt[bool]       `json:"federation_allowed"`
	FactoryTest     value.Opt[bool]       `json:"factory_test_mode_allowed" doc:"Issued SIMs that are activated with an endpoint begin with a factory test."`
	Workspaces      value.Opt[bool]       `json:"workspaces_enabled"`
	Evaluation      value.Opt[bool]       `json:"evaluation"`
	Unbilled        value.Opt[bool]       `json:"billing_disabled"`
	MinRuntime      value.Opt[value.Ref]  `json:"min_runtime"`
	ServiceLevel    value.Opt[value.Ref]  `json:"service_level"`
	ExpiryTime      value.Opt[value.ID]   `json:"expiry_time"`
}

// Create makes a plan in staging. The id comes from db.NextID of the kind "tariff_plan"; now is in µs.
func Create(tx *db.Tx, now, organisation, id int64, f Fields) error {
	p := Plan{ID: value.ID(id), Status: Statuses()[Staging], PriceModel: PriceModels()[Graduated], Created: value.EntityTime(now)}
	p.API = true
	f.Name.Set = true // it is required: absent is empty
	wrong, err := p.settle(tx, now, f)
	if err != nil {
		return err
	}
	if !f.Currency.Has() {
		wrong = append(wrong, fault.New(fault.Required, "Tariff plan - currency is required"))
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO tariff_plan (organisation_id, id, name, description, status_id, currency_id, price_model_id, rate, yearly_rate,
		sim_activation_fee, sim_activated_rate, sim_activated_idle_rate, sim_suspended_rate, sim_suspended_active_rate, max_active_sims,
		add_active_sims_rate, add_active_sim_batch, max_service_profiles, max_tariff_profiles, max_users, api_access_allowed, vpn_access,
		federation_allowed, factory_test_mode_allowed, workspaces_enabled, evaluation, billing_disabled, runtime_id, service_level_id,
		expiry_time, is_public, activated, deprecated, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,
			$28, $29, $30, $31, $32, $33, $34)`, append(append([]any{organisation, id}, p.stored()...), now)...)
	if err != nil {
		return fmt.Errorf("create tariff plan: %w", err)
	}
	return p.storeTiers(tx)
}

// Change changes what is given of a plan that the organisation owns. Those who have it keep their prices.
func Change(tx *db.Tx, now, organisation, id int64, f Fields) error {
	p, err := own(tx, now, organisation, id)
	if err != nil {
		return err
	}
	wrong, err := p.settle(tx, now, f)
	if err != nil {
		return err
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE tariff_plan SET name = $3, description = $4, status_id = $5, currency_id = $6, price_model_id = $7, rate = $8,
		yearly_rate = $9, sim_activation_fee = $10, sim_activated_rate = $11, sim_activated_idle_rate = $12, sim_suspended_rate = $13,
		sim_suspended_active_rate = $14, max_active_sims = $15, add_active_sims_rate = $16, add_active_sim_batch = $17,
		max_service_profiles = $18, max_tariff_profiles = $19, max_users = $20, api_access_allowed = $21, vpn_access = $22,
		federation_allowed = $23, factory_test_mode_allowed = $24, workspaces_enabled = $25, evaluation = $26, billing_disabled = $27,
		runtime_id = $28, service_level_id = $29, expiry_time = $30, is_public = $31, activated = $32, deprecated = $33
		WHERE organisation_id = $1 AND id = $2`, append([]any{organisation, id}, p.stored()...)...)
	if err != nil {
		return fmt.Errorf("change tariff plan: %w", err)
	}
	return p.storeTiers(tx)
}

// Delete ends a plan that no organisation has or will have.
func Delete(tx *db.Tx, now, organisation, id int64) error {
	if _, err := own(tx, now, organisation, id); err != nil {
		return err
	}
	used, err := db.One(tx, db.Int, `SELECT COUNT(*) FROM organisation_tariff_plan WHERE plan_id = $1 AND (expiry_date = 0 OR expiry_date > $2)`, id, now)
	if err != nil {
		return fmt.Errorf("delete tariff plan: %w", err)
	}
	if used > 0 {
		return fault.New(fault.NotAllowed, "Tariff plan %d is assigned to %d organisations", id, used)
	}
	if _, err := tx.Exec(`UPDATE tariff_plan SET status_id = 3 WHERE organisation_id = $1 AND id = $2`, organisation, id); err != nil {
		return fmt.Errorf("delete tariff plan: %w", err)
	}
	return nil
}

// own reads a plan that the organisation may change.
func own(q db.Queryer, now, organisation, id int64) (*Plan, error) {
	p, err := Get(q, now, organisation, id)
	if err == nil && (int64(p.Owner.ID) != organisation || int64(p.Status.ID) == Deleted) {
		err = fault.Missing("Tariff plan", id)
	}
	return p, err
}

// settle puts the fields into the plan and says what is wrong with them.
func (p *Plan) settle(q db.Queryer, now int64, f Fields) (wrong []*fault.Error, err error) {
	for _, text := range []struct {
		name  string
		field value.Opt[string]
		into  *string
	}{{"name", f.Name, &p.Name}, {"description", f.Description, &p.Description}} {
		if !text.field.Set {
			continue
		}
		*text.into = text.field.Value
		wrong = append(wrong, fault.Text("Tariff plan", text.name, *text.into, fault.MaxText)...)
	}
	if strings.TrimSpace(p.Name) == "" {
		wrong = append(wrong, fault.New(fault.Required, "Tariff plan - name is required"))
	}
	wrong = append(wrong, p.settleNumbers(f)...)
	p.settleFlags(f)
	wrong = append(wrong, p.settleScale(f)...)
	bad, err := p.refer(q, now, f)
	return append(wrong, bad...), err
}

// most is beyond any price and number that makes sense, and far enough from the end of an int64 to be added up.
const most = 1 << 53

func (p *Plan) settleNumbers(f Fields) (wrong []*fault.Error) {
	for _, n := range []struct {
		name  string
		field value.Opt[value.Cost]
		into  *value.Cost
	}{
		{"rate", f.Rate, &p.Rate}, {"yearly_rate", f.YearlyRate, &p.YearlyRate}, {"sim_activation_fee", f.ActivationFee, &p.ActivationFee},
		{"sim_activated_rate", f.Activated, &p.Activated}, {"sim_activated_idle_rate", f.ActivatedIdle, &p.ActivatedIdle},
		{"sim_suspended_rate", f.Suspended, &p.Suspended}, {"sim_suspended_active_rate", f.SuspendedActive, &p.SuspendedActive},
		{"add_active_sims_rate", f.MoreSIMsRate, &p.MoreSIMsRate},
	} {
		if n.field.Has() {
			*n.into = n.field.Value
		}
		if *n.into < 0 || *n.into > most {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "Tariff plan - %s must not be negative, nor above 900000", n.name))
		}
	}
	for _, n := range []struct {
		name  string
		field value.Opt[value.ID]
		into  *value.ID
	}{
		{"max_active_sims", f.ActiveSIMs, &p.ActiveSIMs}, {"add_active_sim_batch", f.MoreSIMsBatch, &p.MoreSIMsBatch},
		{"max_service_profiles", f.ServiceProfiles, &p.ServiceProfiles}, {"max_tariff_profiles", f.TariffProfiles, &p.TariffProfiles},
		{"max_users", f.Users, &p.Users}, {"expiry_time", f.ExpiryTime, &p.ExpiryTime},
	} {
		if n.field.Has() {
			*n.into = n.field.Value
		}
		if *n.into < 0 || *n.into > MaxSIMs {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "Tariff plan - %s must be from 0 to %d", n.name, MaxSIMs))
		}
	}
	return wrong
}

func (p *Plan) settleFlags(f Fields) {
	for _, flag := range []struct {
		field value.Opt[bool]
		into  *bool
	}{
		{f.API, &p.API}, {f.VPN, &p.VPN}, {f.Federation, &p.Federation}, {f.FactoryTest, &p.FactoryTest}, {f.Workspaces, &p.Workspaces},
		{f.Evaluation, &p.Evaluation}, {f.Unbilled, &p.Unbilled},
	} {
		if flag.field.Has() {
			*flag.into = flag.field.Value
		}
	}
	if f.Public.Has() {
		p.Public = f.Public.Value
	}
}

// maxTiers is the most tiers of a plan.
const maxTiers = 50

func (p *Plan) settleScale(f Fields) (wrong []*fault.Error) {
	if !f.Price.Set {
		return nil
	}
	tiers := append([]Tier(nil), f.Price.Value.Activated...)
	for i := range tiers {
		if i == 0 && tiers[i].Start == 0 {
			tiers[i].Start = 1
		}
		switch t := tiers[i]; {
		case i == 0 && t.Start != 1:
			wrong = append(wrong, fault.New(fault.InvalidFormat, "Tariff plan - price: the first scale_start must be 1"))
		case i > 0 && (t.Start <= tiers[i-1].Start || t.Start > MaxSIMs):
			wrong = append(wrong, fault.New(fault.InvalidFormat, "Tariff plan - price: scale_start must rise"))
		case t.Rate < 0 || t.Rate > most:
			wrong = append(wrong, fault.New(fault.InvalidFormat, "Tariff plan - price: rate must not be negative, nor above 900000"))
		}
	}
	if len(tiers) > maxTiers {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Tariff plan - price: at most %d tiers", maxTiers))
	}
	p.Price.Activated = tiers
	return wrong
}

// refer puts the references into the plan.
func (p *Plan) refer(q db.Queryer, now int64, f Fields) (wrong []*fault.Error, err error) {
	unknown := func(name string, id int64) {
		wrong = append(wrong, fault.New(fault.InvalidReference, "Tariff plan - %s %d does not exist or is not possible here", name, id))
	}
	if id := int64(f.Status.Value.ID.Value); f.Status.Has() && id != int64(p.Status.ID) {
		switch {
		case id == Active && int64(p.Status.ID) < Deleted:
			p.ActivatedAt, p.Deprecation = value.EntityTime(now), 0
			p.Status = Statuses()[id]
		case id == Deprecated && int64(p.Status.ID) == Active:
			p.Deprecation = value.EntityTime(now)
			p.Status = Statuses()[id]
		default:
			unknown("status", id)
		}
	}
	if f.PriceModel.Has() {
		if model := named(PriceModels(), int64(f.PriceModel.Value.ID.Value)); model != nil {
			p.PriceModel = *model
		} else {
			unknown("price_model", int64(f.PriceModel.Value.ID.Value))
		}
	}
	if id := int64(f.MinRuntime.Value.ID.Value); f.MinRuntime.Set {
		if p.MinRuntime = RuntimeByID(id); p.MinRuntime == nil && id != 0 {
			unknown("min_runtime", id)
		}
	}
	if id := int64(f.ServiceLevel.Value.ID.Value); f.ServiceLevel.Set {
		if p.ServiceLevel = ServiceLevel(id); p.ServiceLevel == nil && id != 0 {
			unknown("service_level", id)
		}
	}
	if id := int64(f.Currency.Value.ID.Value); f.Currency.Has() && id != p.Currency.ID {
		known, err := db.All(q, db.Int, `SELECT id FROM currency WHERE id = $1`, id)
		if err != nil {
			return nil, fmt.Errorf("check currency of tariff plan: %w", err)
		}
		if len(known) == 0 || p.UsedCount > 0 {
			unknown("currency", id)
		}
		p.Currency = network.Currency{ID: id}
	}
	return wrong, nil
}

// stored are the values of the columns from the name on.
func (p *Plan) stored() []any {
	var runtime, level int64
	if p.MinRuntime != nil {
		runtime = int64(p.MinRuntime.ID)
	}
	if p.ServiceLevel != nil {
		level = int64(p.ServiceLevel.ID)
	}
	return []any{
		p.Name, p.Description, int64(p.Status.ID), p.Currency.ID, int64(p.PriceModel.ID), int64(p.Rate), int64(p.YearlyRate),
		int64(p.ActivationFee), int64(p.Activated), int64(p.ActivatedIdle), int64(p.Suspended), int64(p.SuspendedActive),
		int64(p.ActiveSIMs), int64(p.MoreSIMsRate), int64(p.MoreSIMsBatch), int64(p.ServiceProfiles), int64(p.TariffProfiles), int64(p.Users),
		p.API, p.VPN, p.Federation, p.FactoryTest, p.Workspaces, p.Evaluation, p.Unbilled, runtime, level, int64(p.ExpiryTime), p.Public,
		int64(p.ActivatedAt), int64(p.Deprecation),
	}
}

func (p *Plan) storeTiers(tx *db.Tx) error {
	if _, err := tx.Exec(`DELETE FROM tariff_plan_price WHERE plan_id = $1`, int64(p.ID)); err != nil {
		return fmt.Errorf("store tiers of tariff plan: %w", err)
	}
	for _, t := range p.Price.Activated {
		_, err := tx.Exec(`INSERT INTO tariff_plan_price (plan_id, scale_start, rate) VALUES ($1, $2, $3)`, int64(p.ID), int64(t.Start), int64(t.Rate))
		if err != nil {
			return fmt.Errorf("store tiers of tariff plan: %w", err)
		}
	}
	return nil
}
