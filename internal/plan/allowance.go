package plan

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// Allowance is what the plan that an organisation has lets it do and have. Without a plan nothing is limited; only the factory
// test has to be allowed by one.
type Allowance struct {
	Limits
	API         bool // application tokens may be made
	FactoryTest bool // SIMs that are activated with an endpoint begin with a factory test
}

// AllowanceOf reads what an organisation's plan allows at a time in µs.
func AllowanceOf(q db.Queryer, organisation, now int64) (Allowance, error) {
	a, err := db.One(q, func(r *db.Row) (a Allowance) {
		a.Limits, a.API = scanLimits(r), r.Bool()
		assigned, planned := r.Int(), r.Bool()
		a.FactoryTest = assigned == 1 || assigned < 0 && planned
		return a
	}, `SELECT p.max_active_sims, p.add_active_sims_rate, p.add_active_sim_batch, p.max_service_profiles, p.max_tariff_profiles, p.max_users,
			p.api_access_allowed, a.factory_test_mode_allowed, p.factory_test_mode_allowed
		FROM organisation_tariff_plan a JOIN tariff_plan p ON p.id = a.plan_id WHERE a.organisation_id = $1 AND a.start_date <= $2
			AND (a.expiry_date = 0 OR a.expiry_date > $2) ORDER BY a.start_date DESC, a.id DESC LIMIT 1`, organisation, now)
	if errors.Is(err, db.ErrNone) {
		return Allowance{API: true}, nil
	}
	if err != nil {
		return a, fmt.Errorf("read what the tariff plan of organisation %d allows: %w", organisation, err)
	}
	return a, nil
}

// Token is the fault of making an application token; nil where that is allowed.
func (a Allowance) Token() error {
	if a.API {
		return nil
	}
	return fault.New(fault.Forbidden, "The tariff plan does not include access to the API: it has no application tokens")
}

// ServiceProfile is the fault of one more service profile where there are already so many; nil where there is room.
func (a Allowance) ServiceProfile(have int64) error {
	return room("service profiles", int64(a.ServiceProfiles), have+1)
}

// TariffProfile is the same of a tariff profile.
func (a Allowance) TariffProfile(have int64) error {
	return room("tariff profiles", int64(a.TariffProfiles), have+1)
}

// User is the same of a user.
func (a Allowance) User(have int64) error { return room("users", int64(a.Users), have+1) }

// SIMs is the fault of so many activated SIMs. Where more come in batches that are charged, there is no end.
func (a Allowance) SIMs(active int64) error {
	if a.MoreSIMsBatch > 0 {
		return nil
	}
	return room("activated SIMs", int64(a.ActiveSIMs), active)
}

func room(what string, most, want int64) error {
	if most == 0 || want <= most {
		return nil
	}
	return fault.New(fault.NotAllowed, "The tariff plan allows at most %d %s", most, what)
}
