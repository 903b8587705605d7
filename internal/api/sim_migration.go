package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
)

func (a *API) simMigrationRoutes(r *rest.API) {
	rest.Get(r, rest.Op{
		Method: http.MethodPost, Path: "/api/v1/sim/migration/workspace", ID: "sim-migration-workspace", Tag: "sim", Role: rest.Administrator,
		Summary: "Move SIMs to another workspace", Errors: []int{400, 404, 409}, Invalid: http.StatusBadRequest,
		Description: "For users who administer both workspaces, not for application tokens. Active SIMs become suspended. Without dry_run=false " +
			"nothing is moved. What is in the way is told with the codes 1502 (at an endpoint), 1503 (status), 1504 (no administrator of " +
			"the source) and 1505 (Brazilian SIMs stay in Brazil).",
	}, a.migrateSIMs)
}

// moving takes the sessions of SIMs along.
func (a *API) moving(tx *db.Tx) sim.Moving {
	return func(id, from, to int64) error {
		if a.Sessions == nil {
			return nil
		}
		return a.Sessions.Transfer(tx, id, from, to)
	}
}

func (a *API) migrateSIMs(ctx context.Context, c rest.Caller, in *struct{ Body sim.Migration }) (done *sim.Migrated, err error) {
	if c.User == 0 {
		return nil, fault.New(fault.Forbidden, "SIMs are moved between workspaces by users, not by application tokens")
	}
	ids, err := read(ctx, a, func(q db.Queryer) ([]int64, error) { return in.Body.Select(q, c.User) })
	if err != nil {
		return nil, err
	}
	mine, err := read(ctx, a, func(q db.Queryer) (map[int64]bool, error) { return sim.Workspaces(q, c.User) })
	if err != nil {
		return nil, err
	}
	if !mine[int64(in.Body.Target.ID.Value)] {
		return nil, fault.Missing("Workspace", int64(in.Body.Target.ID.Value))
	}
	member := func(card *sim.Card) bool { return mine[card.Owner()] }
	err = a.changeSIMs(ctx, ids, []int64{c.Organisation, int64(in.Body.Target.ID.Value)}, member, func(tx *db.Tx, cards []*sim.Card) (err error) {
		done, err = in.Body.Migrate(tx, a.Clock.Micros(), c.User, cards, a.moving(tx))
		return err
	})
	var obstacles *sim.Obstacles
	if errors.As(err, &obstacles) {
		return nil, rest.Shaped{Status: http.StatusConflict, Body: obstacles}
	}
	return done, err
}
