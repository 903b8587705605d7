package api

import (
	"context"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) eventRoutes(r *rest.API) {
	op := func(path, id, summary string) rest.Op {
		return rest.Op{
			Path: path, ID: id, Tag: "events", Role: rest.Observer, Class: "list", Summary: summary,
			PerPage: event.PerPage, Errors: []int{400, 422},
		}
	}
	rest.List(r, op("/api/v1/event", "get-events", "List the events of your organisation"), a.listEvents)
	rest.List(r, op("/api/v1/endpoint/{endpoint_id}/event", "endpoint-events-by-id", "List the events of an endpoint"), a.listEndpointEvents)
	rest.List(r, op("/api/v1/sim/{sim_id}/event", "sim-events-by-id", "List the events of a SIM"), a.listSIMEvents)
	rest.Table(r, rest.Op{
		Path: "/api/v1/event/type", ID: "event-type", Tag: "events", Role: rest.Observer,
		Summary: "List the event types",
	}, listEventTypes)
}

func listEventTypes(context.Context, rest.Caller, *struct{}) ([]value.Described, error) {
	return event.Catalogue(), nil
}

func (a *API) listEvents(ctx context.Context, c rest.Caller, in *struct{ rest.Paging }) (rest.Page[event.Entry], error) {
	return a.events(ctx, event.Scope{Organisation: c.Organisation}, in.Paging)
}

func (a *API) listEndpointEvents(ctx context.Context, c rest.Caller, in *struct {
	ID rest.PathID `path:"endpoint_id"`
	rest.Paging
},
) (rest.Page[event.Entry], error) {
	return a.events(ctx, event.Scope{Organisation: c.Organisation, Of: event.OneEndpoint, ID: int64(in.ID)}, in.Paging)
}

func (a *API) listSIMEvents(ctx context.Context, c rest.Caller, in *struct {
	ID rest.PathID `path:"sim_id"`
	rest.Paging
},
) (rest.Page[event.Entry], error) {
	return a.events(ctx, event.Scope{Organisation: c.Organisation, Of: event.OneSIM, ID: int64(in.ID)}, in.Paging)
}

func (a *API) events(ctx context.Context, scope event.Scope, in rest.Paging) (rest.Page[event.Entry], error) {
	l, err := read(ctx, a, func(q db.Queryer) (event.Listing, error) {
		return event.List(q, scope, event.Request{Q: in.Q, Sort: in.Sort, Page: string(in.Page), PerPage: string(in.PerPage), Walk: in.Walk})
	})
	if err != nil {
		return rest.Page[event.Entry]{}, err
	}
	page, _, size, pages := l.Query.Window(l.Total)
	return rest.Page[event.Entry]{
		Items: l.Entries, Total: l.Total, Page: page, PerPage: size, Pages: pages, Sort: l.Query.Sort, Filter: l.Query.Filter,
	}, nil
}
