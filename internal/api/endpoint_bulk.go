package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) endpointBulkRoutes(r *rest.API) {
	const path = "/api/v2/endpoint/multi"
	rest.Create(r, rest.Op{
		Path: path, ID: "bulk-create-endpoint", Tag: "endpoint", Role: rest.User, MaxBody: rest.Bulk,
		Summary: "Create up to 2000 endpoints, all or none", Errors: []int{400, 403, 404, 422},
	}, a.createEndpoints)
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: path, ID: "bulk-update-endpoint", Tag: "endpoint", Role: rest.User, MaxBody: rest.Bulk,
		Summary: "Change up to 2000 endpoints, all or none", Errors: []int{400, 403, 404, 422},
	}, a.changeEndpoints)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: path, ID: "bulk-delete-endpoint", Tag: "endpoint", Role: rest.User, MaxBody: rest.Bulk,
		Summary: "Delete up to 2000 endpoints, all or none", Errors: []int{400, 403, 404, 422},
		Description: "Their SIMs are released and suspended, or deleted with delete_sims=true.",
	}, a.deleteEndpoints)
}

// few is the fault of a request that names too many objects.
func few(n, most int) error {
	if n > most {
		return fault.Invalid(fault.New(fault.InvalidFormat, "at most %d items are taken in one request, not %d", most, n))
	}
	return nil
}

func (a *API) createEndpoints(ctx context.Context, c rest.Caller, in *struct{ Body endpoint.Bulk }) (made rest.Created[[]endpoint.Endpoint], err error) {
	wanted := make([]endpoint.Fields, len(in.Body.Endpoints))
	for i, item := range in.Body.Endpoints {
		wanted[i] = in.Body.Of(item)
	}
	n := int64(len(wanted))
	first, err := a.DB.NextIDs(ctx, "endpoint", c.Organisation, n)
	if err != nil {
		return made, err
	}
	err = a.write(ctx, c, func(tx *db.Tx) (err error) {
		if err = endpoint.CreateBulk(tx, a.Clock.Micros(), c.User, c.Organisation, first, wanted); err == nil {
			made.Body, err = endpoint.Range(tx, c.Organisation, first, first+n-1)
		}
		return err
	})
	return made, err
}

func (a *API) changeEndpoints(ctx context.Context, c rest.Caller, in *struct{ Body []endpoint.BulkChange }) error {
	if err := few(len(in.Body), endpoint.MaxBulk); err != nil {
		return err
	}
	err := a.write(ctx, c, func(tx *db.Tx) error {
		return endpoint.ChangeBulk(tx, a.Clock.Micros(), c.User, c.Organisation, in.Body)
	})
	return a.recheck(err, func(control Control) {
		ids := make([]int64, len(in.Body))
		for i, change := range in.Body {
			ids[i] = int64(change.ID)
		}
		control.Recheck(c.Organisation, ids...)
	})
}

// item is an object of a list by its id.
type item struct {
	ID value.ID `json:"id" required:"true"`
}

func idsOf(list []item) []int64 {
	ids := make([]int64, len(list))
	for i, n := range list {
		ids[i] = int64(n.ID)
	}
	return ids
}

func (a *API) deleteEndpoints(ctx context.Context, c rest.Caller, in *struct {
	DeleteSIMs bool `query:"delete_sims" default:"false" doc:"Delete the SIMs of the endpoints too, where they are else suspended."`
	Body       []item
},
) error {
	if err := few(len(in.Body), endpoint.MaxBulk); err != nil {
		return err
	}
	ids := idsOf(in.Body)
	err := a.write(ctx, c, func(tx *db.Tx) error {
		return endpoint.DeleteBulk(tx, a.Clock.Micros(), c.User, c.Organisation, ids, in.DeleteSIMs)
	})
	return a.recheck(err, func(control Control) { control.Recheck(c.Organisation, ids...) })
}
