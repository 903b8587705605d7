package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/rest"
)

func (a *API) operatorBlacklistRoutes(r *rest.API) {
	const list, one = "/api/v1/endpoint/{endpoint_id}/operator_blacklist", "/api/v1/endpoint/{endpoint_id}/operator_blacklist/{operator_id}"
	rest.Table(r, rest.Op{
		Path: list, ID: "endpoint-operator-blacklist-by-endpoint-id-get", Tag: "endpoint", Role: rest.Observer, Class: "endpoint",
		Summary: "List the operators that an endpoint may not use", Errors: []int{404},
	}, a.listBlacklist)
	rest.Do(r, rest.Op{
		Method: http.MethodPut, Path: one, ID: "endpoint-operator-blacklist-by-ep-id-and-operator-id-put", Tag: "endpoint",
		Role: rest.User, Summary: "Keep an endpoint from an operator's networks", Errors: []int{404, 409},
		Description: "A session that runs there is ended.",
	}, a.addToBlacklist)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: one, ID: "endpoint-operator-blacklist-by-ep-id-and-operator-id-delete", Tag: "endpoint",
		Role: rest.User, Summary: "Let an endpoint use an operator's networks again", Errors: []int{404},
	}, a.removeFromBlacklist)
}

type endpointOperator struct {
	endpointID
	Operator rest.PathID `path:"operator_id"`
}

func (a *API) listBlacklist(ctx context.Context, c rest.Caller, in *endpointID) ([]endpoint.Blacklisted, error) {
	return read(ctx, a, func(q db.Queryer) ([]endpoint.Blacklisted, error) {
		return endpoint.Blacklist(q, c.Organisation, int64(in.ID))
	})
}

func (a *API) addToBlacklist(ctx context.Context, c rest.Caller, in *endpointOperator) error {
	err := a.write(ctx, c, func(tx *db.Tx) error {
		return endpoint.AddToBlacklist(tx, c.Organisation, int64(in.ID), int64(in.Operator))
	})
	return a.recheck(err, func(to Control) { to.Recheck(c.Organisation, int64(in.ID)) })
}

func (a *API) removeFromBlacklist(ctx context.Context, c rest.Caller, in *endpointOperator) error {
	err := a.write(ctx, c, func(tx *db.Tx) error {
		return endpoint.RemoveFromBlacklist(tx, c.Organisation, int64(in.ID), int64(in.Operator))
	})
	return a.recheck(err, func(to Control) { to.Recheck(c.Organisation, int64(in.ID)) })
}
