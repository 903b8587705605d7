package api

import (
	"context"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/plan"
)

// roomFor refuses one more of what a tariff plan limits: limit is the plan's fault for a number of them, count counts them.
func (a *API) roomFor(q db.Queryer, organisation int64, limit func(plan.Allowance, int64) error, count func(db.Queryer, int64) (int64, error)) error {
	allowed, err := plan.AllowanceOf(q, organisation, a.Clock.Micros())
	if err != nil || limit(allowed, plan.MaxSIMs) == nil { // no limit
		return err
	}
	have, err := count(q, organisation)
	if err != nil {
		return err
	}
	return limit(allowed, have)
}

// roomForUser refuses one more user where the tariff plan has no room.
func (a *API) roomForUser(q db.Queryer, organisation int64) error {
	return a.roomFor(q, organisation, plan.Allowance.User, account.CountUsers)
}

// mayHaveTokens refuses application tokens where the tariff plan has none.
func (a *API) mayHaveTokens(ctx context.Context, organisation int64) error {
	allowed, err := read(ctx, a, func(q db.Queryer) (plan.Allowance, error) {
		return plan.AllowanceOf(q, organisation, a.Clock.Micros())
	})
	if err != nil {
		return err
	}
	return allowed.Token()
}
