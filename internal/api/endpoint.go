package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) endpointRoutes(r *rest.API) {
	rest.List(r, rest.Op{
		Path: "/api/v1/endpoint", ID: "get-endpoints", Tag: "endpoint", Role: rest.Observer, Class: "list",
		Summary: "List endpoints", Errors: []int{422}, PerPage: endpoint.Spec().PerPage,
	}, a.listEndpoints)
	rest.Create(r, rest.Op{
		Path: "/api/v1/endpoint", ID: "create-endpoint", Tag: "endpoint", Role: rest.User,
		Summary: "Create an endpoint", Errors: []int{400, 404, 422},
		Examples: endpointExamples(),
	}, a.createEndpoint)
	rest.Table(r, rest.Op{
		Path: "/api/v1/endpoint/status", ID: "endpoint-status-get", Tag: "endpoint", Role: rest.Observer,
		Summary: "List endpoint statuses",
	}, a.listEndpointStatuses)
	rest.Get(r, rest.Op{
		Path: "/api/v1/endpoint/{endpoint_id}", ID: "endpoint-by-id-get", Tag: "endpoint", Role: rest.Observer,
		Class: "endpoint", Summary: "Get an endpoint", Errors: []int{404},
	}, a.getEndpoint)
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: "/api/v1/endpoint/{endpoint_id}", ID: "endpoint-by-id-patch", Tag: "endpoint",
		Role: rest.User, Summary: "Change an endpoint", Errors: []int{400, 404, 409, 422},
		Examples: endpointChangeExamples(),
	}, a.changeEndpoint)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: "/api/v1/endpoint/{endpoint_id}", ID: "endpoint-by-id-delete", Tag: "endpoint",
		Role: rest.User, Summary: "Delete an endpoint", Errors: []int{404, 409},
	}, a.deleteEndpoint)
}

type endpointID struct {
	ID rest.PathID `path:"endpoint_id"`
}

func (a *API) listEndpoints(ctx context.Context, c rest.Caller, in *struct{ rest.Paging }) (rest.Page[endpoint.Endpoint], error) {
	query, err := endpoint.Spec().Parse(in.Q, in.Sort, string(in.Page), string(in.PerPage))
	if err != nil {
		return rest.Page[endpoint.Endpoint]{}, err
	}
	query.Walk = in.Walk
	return page(ctx, a, query, func(q db.Queryer) ([]endpoint.Endpoint, int, error) {
		return endpoint.List(q, c.Organisation, query)
	})
}

func (a *API) listEndpointStatuses(context.Context, rest.Caller, *struct{}) ([]value.Described, error) {
	return endpoint.Statuses(), nil
}

func (a *API) getEndpoint(ctx context.Context, c rest.Caller, in *endpointID) (*endpoint.Endpoint, error) {
	return read(ctx, a, func(q db.Queryer) (*endpoint.Endpoint, error) {
		return endpoint.Get(q, c.Organisation, int64(in.ID))
	})
}

func (a *API) createEndpoint(ctx context.Context, c rest.Caller, in *struct{ Body endpoint.Fields }) (rest.Created[*endpoint.Endpoint], error) {
	id, err := a.DB.NextID(ctx, "endpoint", c.Organisation)
	if err != nil {
		return rest.Created[*endpoint.Endpoint]{}, err
	}
	made := rest.Created[*endpoint.Endpoint]{ID: value.ID(id)}
	err = a.write(ctx, c, func(tx *db.Tx) (err error) {
		if err = endpoint.Create(tx, a.Clock.Micros(), c.User, c.Organisation, id, in.Body); err == nil {
			made.Body, err = endpoint.Get(tx, c.Organisation, id)
		}
		return err
	})
	return made, err
}

func (a *API) changeEndpoint(ctx context.Context, c rest.Caller, in *struct {
	endpointID
	Body endpoint.Fields
},
) error {
	err := a.write(ctx, c, func(tx *db.Tx) error {
		return endpoint.Change(tx, a.Clock.Micros(), c.User, c.Organisation, int64(in.ID), in.Body)
	})
	return a.recheck(err, func(control Control) { control.Recheck(c.Organisation, int64(in.ID)) })
}

func (a *API) deleteEndpoint(ctx context.Context, c rest.Caller, in *endpointID) error {
	return a.write(ctx, c, func(tx *db.Tx) error {
		return endpoint.Delete(tx, a.Clock.Micros(), c.Organisation, int64(in.ID))
	})
}
