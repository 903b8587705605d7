package plan

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// The states of a plan. Only an active one can be assigned; one that is deprecated or deleted stays with those who have it.
const (
	Staging int64 = iota
	Active
	Deprecated
	Deleted
)

// Prices are what a plan costs, in 1e-10 of its currency.
type Prices struct {
	Rate            value.Cost `json:"rate" doc:"A month, whatever is used."`
	YearlyRate      value.Cost `json:"yearly_rate"`
	ActivationFee   value.Cost `json:"sim_activation_fee" doc:"Once, when a SIM is first activated."`
	Activated       value.Cost `json:"sim_activated_rate" doc:"An activated SIM and month; tiers replace it."`
	ActivatedIdle   value.Cost `json:"sim_activated_idle_rate" doc:"Kept for clients that have it; nothing is charged by it."`
	Suspended       value.Cost `json:"sim_suspended_rate" doc:"A SIM that was suspended all month."`
	SuspendedActive value.Cost `json:"sim_suspended_active_rate" doc:"Kept for clients that have it; nothing is charged by it: a SIM that was active in the month is charged as active."`
}

// Limits are what a plan allows to be there; 0 is no limit. What is there already stays.
type Limits struct {
	ActiveSIMs      value.ID   `json:"max_active_sims"`
	MoreSIMsRate    value.Cost `json:"add_active_sims_rate" doc:"Of each batch of SIMs above max_active_sims, a month."`
	MoreSIMsBatch   value.ID   `json:"add_active_sim_batch"`
	ServiceProfiles value.ID   `json:"max_service_profiles"`
	TariffProfiles  value.ID   `json:"max_tariff_profiles"`
	Users           value.ID   `json:"max_users"`
}

// Flags are what a plan lets its organisations do.
type Flags struct {
	API         bool `json:"api_access_allowed"`
	VPN         bool `json:"vpn_access"`
	Federation  bool `json:"federation_allowed"`
	FactoryTest bool `json:"factory_test_mode_allowed"`
	Workspaces  bool `json:"workspaces_enabled"`
	Evaluation  bool `json:"evaluation" doc:"A plan to try the platform with."`
	Unbilled    bool `json:"billing_disabled"`
}

// Scale are the tiers of a plan's price of activated SIMs.
type Scale struct {
	Activated []Tier `json:"sim_activated_rate"`
}

// Plan is a tariff plan as its owner sees it.
type Plan struct {
	ID          value.ID         `json:"id"`
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Status      value.Named      `json:"status"`
	Owner       value.Named      `json:"owner_organisation"`
	Public      bool             `json:"public_for_child_organisations" doc:"Those above any organisation below the owner may assign it."`
	Created     value.EntityTime `json:"creation_date"`
	ActivatedAt value.EntityTime `json:"activation_date"`
	Deprecation value.EntityTime `json:"deprecation_date"`
	Currency    network.Currency `json:"currency"`
	PriceModel  value.Named      `json:"price_model" doc:"How tiers count: 0 Graduated, each SIM at its own tier; 1 Volume, all SIMs at the tier of the last."`
	Prices
	Price Scale `json:"price"`
	Limits
	Flags
	MinRuntime   *Runtime     `json:"min_runtime"`
	ServiceLevel *value.Named `json:"service_level"`
	ExpiryTime   value.ID     `json:"expiry_time" doc:"Days until an assignment ends by itself; 0: it does not."`
	UsedCount    value.ID     `json:"used_count" doc:"How many organisations have it now."`
}

// Runtime is the shortest time that a plan is taken for.
type Runtime struct {
	ID    value.ID    `json:"id"`
	Units value.ID    `json:"number_of_units"`
	Unit  value.Named `json:"unit"`
}

// Runtimes lists the shortest times that plans can be taken for. The contract leaves their ids open.
func Runtimes() []Runtime {
	month, year := value.Named{ID: 3, Name: "Months"}, value.Named{ID: 4, Name: "Years"}
	return []Runtime{{1, 1, month}, {2, 3, month}, {3, 6, month}, {4, 1, year}, {5, 2, year}, {6, 3, year}}
}

// RuntimeByID is an entry of Runtimes, nil for none.
func RuntimeByID(id int64) *Runtime {
	if id < 1 || id > int64(len(Runtimes())) {
		return nil
	}
	return &Runtimes()[id-1]
}

// ServiceLevels lists the kinds of support. The contract leaves them open.
func ServiceLevels() []value.Named {
	return []value.Named{{ID: 1, Name: "Standard"}, {ID: 2, Name: "Premium"}, {ID: 3, Name: "Enterprise"}}
}

// ServiceLevel is an entry of ServiceLevels, nil for none.
func ServiceLevel(id int64) *value.Named { return named(ServiceLevels(), id) }

// Statuses lists the states of plans.
func Statuses() []value.Named {
	return []value.Named{{ID: 0, Name: "Staging"}, {ID: 1, Name: "Active"}, {ID: 2, Name: "Deprecated"}, {ID: 3, Name: "Deleted"}}
}

// PriceModels lists how tiers may count.
func PriceModels() []value.Named {
	return []value.Named{{ID: value.ID(Graduated), Name: "Graduated"}, {ID: value.ID(ByVolume), Name: "Volume"}}
}

func named(list []value.Named, id int64) *value.Named {
	for i := range list {
		if int64(list[i].ID) == id {
			return &list[i]
		}
	}
	return nil
}

const planColumns = `p.id, p.name, p.description, p.status_id, p.organisation_id, o.name, p.is_public, p.created, p.activated, p.deprecated,
	p.currency_id, c.code, c.symbol, p.price_model_id, p.rate, p.yearly_rate, p.sim_activation_fee, p.sim_activated_rate,
	p.sim_activated_idle_rate, p.sim_suspended_rate, p.sim_suspended_active_rate, p.max_active_sims, p.add_active_sims_rate,
	p.add_active_sim_batch, p.max_service_profiles, p.max_tariff_profiles, p.max_users, p.api_access_allowed, p.vpn_access,
	p.federation_allowed, p.factory_test_mode_allowed, p.workspaces_enabled, p.evaluation, p.billing_disabled, p.runtime_id,
	p.service_level_id, p.expiry_time`

const selectPlan = `SELECT ` + planColumns + `, (SELECT COUNT(*) FROM organisation_tariff_plan a WHERE a.plan_id = p.id AND a.start_date <= $1
		AND (a.expiry_date = 0 OR a.expiry_date > $1))
	FROM tariff_plan p JOIN organisation o ON o.id = p.organisation_id LEFT JOIN currency c ON c.id = p.currency_id`

func scanPlan(r *db.Row) Plan {
	p := Plan{ID: value.ID(r.Int()), Name: r.Text(), Description: r.Text(), Price: Scale{[]Tier{}}}
	p.Status = *named(Statuses(), r.Int())
	p.Owner = value.Named{ID: value.ID(r.Int()), Name: r.Text()}
	p.Public = r.Bool()
	p.Created, p.ActivatedAt, p.Deprecation = value.EntityTime(r.Int()), value.EntityTime(r.Int()), value.EntityTime(r.Int())
	p.Currency = network.Currency{ID: r.Int(), Code: r.Text(), Symbol: r.Text()}
	p.PriceModel = *named(PriceModels(), r.Int())
	p.Prices = scanPrices(r)
	p.Limits = scanLimits(r)
	p.Flags = Flags{
		API: r.Bool(), VPN: r.Bool(), Federation: r.Bool(), FactoryTest: r.Bool(), Workspaces: r.Bool(), Evaluation: r.Bool(), Unbilled: r.Bool(),
	}
	p.MinRuntime, p.ServiceLevel = RuntimeByID(r.Int()), ServiceLevel(r.Int())
	p.ExpiryTime, p.UsedCount = value.ID(r.Int()), value.ID(r.Int())
	return p
}

func scanLimits(r *db.Row) Limits {
	return Limits{
		ActiveSIMs: value.ID(r.Int()), MoreSIMsRate: value.Cost(r.Int()), MoreSIMsBatch: value.ID(r.Int()),
		ServiceProfiles: value.ID(r.Int()), TariffProfiles: value.ID(r.Int()), Users: value.ID(r.Int()),
	}
}

func scanPrices(r *db.Row) Prices {
	return Prices{
		Rate: value.Cost(r.Int()), YearlyRate: value.Cost(r.Int()), ActivationFee: value.Cost(r.Int()), Activated: value.Cost(r.Int()),
		ActivatedIdle: value.Cost(r.Int()), Suspended: value.Cost(r.Int()), SuspendedActive: value.Cost(r.Int()),
	}
}

// visible are the plans that an organisation may see: its own, those it has, and public ones of organisations above it.
const visible = ` (p.organisation_id = $2 OR p.status_id <> 3 AND (
	p.id IN (SELECT a.plan_id FROM organisation_tariff_plan a WHERE a.organisation_id = $2)
	OR p.is_public AND p.status_id <> 0 AND p.organisation_id IN (WITH RECURSIVE up (id) AS (SELECT parent_id FROM organisation WHERE id = $2
		UNION SELECT o.parent_id FROM up JOIN organisation o ON o.id = up.id) SELECT id FROM up)))`

// List lists the plans that an organisation may see, at a time in µs.
func List(q db.Queryer, now, organisation int64) ([]Plan, error) {
	plans, err := db.All(q, scanPlan, selectPlan+` WHERE`+visible+` ORDER BY p.id`, now, organisation)
	if err == nil {
		for i := range plans {
			if err = plans[i].readTiers(q); err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list tariff plans: %w", err)
	}
	return plans, nil
}

// Get reads a plan that an organisation may see.
func Get(q db.Queryer, now, organisation, id int64) (*Plan, error) {
	p, err := db.One(q, scanPlan, selectPlan+` WHERE`+visible+` AND p.id = $3`, now, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Tariff plan", id)
	}
	if err == nil {
		err = p.readTiers(q)
	}
	if err != nil {
		return nil, fmt.Errorf("read tariff plan: %w", err)
	}
	return &p, nil
}

func scanTier(r *db.Row) Tier { return Tier{Start: value.ID(r.Int()), Rate: value.Cost(r.Int())} }

func (p *Plan) readTiers(q db.Queryer) error {
	tiers, err := db.All(q, scanTier, `SELECT scale_start, rate FROM tariff_plan_price WHERE plan_id = $1 ORDER BY scale_start`, int64(p.ID))
	if len(tiers) > 0 {
		p.Price.Activated = tiers
	}
	return err
}
