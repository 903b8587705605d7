package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

// Sessions moves a SIM's running session to another organisation: what the old owner's session has counted becomes its
// usage record, and the new owner's session goes on from there. tx holds the heads of both.
type Sessions interface {
	Transfer(tx *db.Tx, sim, from, to int64) error
}

func (a *API) simRoutes(r *rest.API) {
	rest.List(r, rest.Op{
		Path: "/api/v1/sim", ID: "sim-per-page-sort-by-q-and-page-get", Tag: "sim", Role: rest.Observer, Class: "list",
		Summary: "List SIMs", Errors: []int{422}, PerPage: sim.Spec().PerPage,
	}, a.listSIMs)
	rest.Table(r, rest.Op{
		Path: "/api/v1/sim/status", ID: "sim-status-get", Tag: "sim", Role: rest.Observer,
		Summary: "List SIM statuses",
	}, a.listSIMStatuses)
	rest.Get(r, rest.Op{
		Path: "/api/v1/sim/{sim_id}", ID: "sim-by-id-get", Tag: "sim", Role: rest.Observer, Class: "one",
		Summary: "Get a SIM", Errors: []int{404},
	}, a.getSIM)
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: "/api/v1/sim/{sim_id}", ID: "sim-by-id-patch", Tag: "sim", Role: rest.User,
		Summary: "Change a SIM", Errors: []int{400, 403, 404, 422},
		Description: "Its customer changes its status only, its reseller only to whom it is sold (and the status while no customer has it), its issuer everything. " +
			"reseller_org is a reseller directly below the issuer, customer_org an enterprise directly below the reseller, or below the issuer where there is none; null, {} or {id: null} empties them.",
	}, a.changeSIM)
}

type simID struct {
	ID rest.PathID `path:"sim_id"`
}

func (a *API) listSIMs(ctx context.Context, c rest.Caller, in *struct{ rest.Paging }) (rest.Page[sim.SIM], error) {
	query, err := sim.Spec().Parse(in.Q, in.Sort, string(in.Page), string(in.PerPage))
	if err != nil {
		return rest.Page[sim.SIM]{}, err
	}
	part := map[rest.OrganisationType]sim.Part{
		rest.Operator: sim.AsIssuer, rest.Reseller: sim.AsReseller, rest.Enterprise: sim.AsCustomer,
	}[c.Type]
	query.Walk = in.Walk
	return page(ctx, a, query, func(q db.Queryer) ([]sim.SIM, int, error) {
		return sim.List(q, part, c.Organisation, query)
	})
}

func (a *API) listSIMStatuses(context.Context, rest.Caller, *struct{}) ([]value.Described, error) {
	return sim.Statuses(), nil
}

func (a *API) getSIM(ctx context.Context, c rest.Caller, in *simID) (*sim.SIM, error) {
	return read(ctx, a, func(q db.Queryer) (*sim.SIM, error) { return sim.Get(q, c.Organisation, int64(in.ID)) })
}

// errMoved says that a SIM changed hands between two looks at it.
var errMoved = errors.New("the SIM has changed hands")

// handings is how often a change is tried anew when that happens.
const handings = 10

// changeSIM has to know who owns the SIM, before and after, to hold their heads. It looks again once it holds them; a
// SIM that has changed hands meanwhile is tried anew.
func (a *API) changeSIM(ctx context.Context, c rest.Caller, in *struct {
	simID
	Body sim.Patch
},
) error {
	err := errMoved
	var owner, endpointID int64
	for attempt := 0; errors.Is(err, errMoved) && attempt < handings; attempt++ {
		var from, to int64
		err = a.DB.Read(ctx, func(q db.Queryer) error {
			card, change, err := planSIM(q, c, int64(in.ID), in.Body)
			from, to = card.Owner(), change.Owner()
			return err
		})
		if err == nil {
			err = a.DB.Write(ctx, []int64{from, to}, func(tx *db.Tx) error {
				card, change, err := planSIM(tx, c, int64(in.ID), in.Body)
				switch {
				case err != nil:
					return err
				case card.Owner() != from || change.Owner() != to:
					return errMoved
				case from != to && a.Sessions != nil:
					if err := a.Sessions.Transfer(tx, card.ID, from, to); err != nil {
						return err
					}
				}
				owner, endpointID = card.Owner(), card.Endpoint
				return card.Apply(tx, a.Clock.Micros(), c.User, change)
			})
		}
	}
	if errors.Is(err, errMoved) {
		return fault.New(fault.NotAllowed, "SIM %d is changing hands: try again", in.ID)
	}
	return a.recheck(err, func(control Control) { control.Recheck(owner, endpointID) })
}

func planSIM(q db.Queryer, c rest.Caller, id int64, patch sim.Patch) (sim.Card, sim.Change, error) {
	card, err := sim.Load(q, id)
	if err == nil && !card.HeldBy(c.Organisation) {
		err = fault.Missing("SIM", id)
	}
	if err != nil {
		return card, sim.Change{}, err
	}
	change, err := card.Plan(q, c.Organisation, patch)
	return card, change, err
}
