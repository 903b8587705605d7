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

func (a *API) simBatchRoutes(r *rest.API) {
	const path = "/api/v1/sim_batch/bic/{bic}"
	buyers := []rest.OrganisationType{rest.Reseller, rest.Enterprise}
	rest.Get(r, rest.Op{
		Path: path, ID: "validate-sim-batch-by-bic", Tag: "sim", Role: rest.Observer, For: buyers,
		Summary: "Find out whether a box of SIMs can be registered", Errors: []int{400, 404, 422},
	}, a.getSIMBatch)
	rest.Get(r, rest.Op{
		Method: http.MethodPatch, Path: path, ID: "register-sim-batch-by-bic", Tag: "sim", Role: rest.User, For: buyers,
		Summary: "Register a box of SIMs: they become the caller's", Errors: []int{422},
	}, a.registerSIMBatch)
}

type bic struct {
	BIC string `path:"bic"`
}

func (a *API) getSIMBatch(ctx context.Context, c rest.Caller, in *bic) (*sim.Batch, error) {
	return read(ctx, a, func(q db.Queryer) (*sim.Batch, error) { return sim.ReadBatch(q, c.Organisation, in.BIC) })
}

// registered are the SIMs of a box after its registration.
type registered struct {
	SIM []sim.SIM `json:"sim" nullable:"false"`
}

func (a *API) registerSIMBatch(ctx context.Context, c rest.Caller, in *struct {
	bic
	Body *struct {
		Status value.Opt[value.Ref] `json:"sim_status" doc:"What the SIMs become: 1 Activated or 4 Factory Test; by default they stay as they are."`
	}
},
) (*registered, error) {
	var status value.Opt[value.Ref]
	if in.Body != nil {
		status = in.Body.Status
	}
	for range handings {
		owners, err := read(ctx, a, func(q db.Queryer) ([]int64, error) { return sim.BatchOwners(q, in.BIC) })
		if err != nil {
			return nil, err
		}
		var out registered
		err = a.DB.Write(ctx, append(owners, c.Organisation), func(tx *db.Tx) error {
			ids, err := sim.Register(tx, a.Clock.Micros(), c.User, c.Organisation, in.BIC, status, a.moving(tx))
			if err == nil {
				out.SIM, err = sim.GetMany(tx, ids)
			}
			return err
		})
		if !errors.Is(err, sim.ErrMoved) {
			return &out, err
		}
	}
	return nil, fault.Invalid(fault.New(fault.NotAllowed, "the SIMs are changing hands: try again"))
}
