package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/callback"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) apiCallbackRoutes(r *rest.API) {
	const list, one = "/api/v1/api_callback", "/api/v1/api_callback/{api_callback_id}"
	rest.Table(r, rest.Op{Path: list, ID: "get-api-callback-ur-ls", Tag: integrations, Role: rest.Observer, Summary: "List API callbacks"}, a.listCallbacks)
	rest.Create(r, rest.Op{Path: list, ID: "create-callback-url", Tag: integrations, Role: rest.User, Summary: "Add an API callback", Errors: []int{422}}, a.createCallback)
	rest.Get(r, rest.Op{Path: one, ID: "get-callback-ur-lby-id", Tag: integrations, Role: rest.Observer, Summary: "Get an API callback", Errors: []int{404}}, a.getCallback)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: one, ID: "delete-callback-url", Tag: integrations, Role: rest.User, Status: http.StatusOK,
		Summary: "Delete an API callback", Description: "Data streams that were made for it keep its URL.", Errors: []int{404},
	}, a.deleteCallback)
}

type callbackPath struct {
	ID rest.PathID `path:"api_callback_id"`
}

func (a *API) listCallbacks(ctx context.Context, c rest.Caller, _ *struct{}) ([]callback.Callback, error) {
	return read(ctx, a, func(q db.Queryer) ([]callback.Callback, error) { return callback.List(q, c.Organisation) })
}

func (a *API) getCallback(ctx context.Context, c rest.Caller, in *callbackPath) (*callback.Callback, error) {
	found, err := read(ctx, a, func(q db.Queryer) (callback.Callback, error) { return callback.Get(q, c.Organisation, int64(in.ID)) })
	return &found, err
}

func (a *API) createCallback(ctx context.Context, c rest.Caller, in *struct{ Body callback.Fields }) (rest.Created[rest.Empty], error) {
	if err := fault.Invalid(in.Body.Check()...); err != nil {
		return rest.Created[rest.Empty]{}, err
	}
	id, err := a.DB.NextID(ctx, "api_callback", c.Organisation)
	if err == nil {
		err = a.write(ctx, c, func(tx *db.Tx) error { return callback.Add(tx, c.Organisation, id, a.Clock.Micros(), in.Body) })
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, err
}

func (a *API) deleteCallback(ctx context.Context, c rest.Caller, in *callbackPath) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return callback.Delete(tx, c.Organisation, int64(in.ID)) })
}
