package api

import (
	"context"

	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/rest"
)

func (a *API) operatorRoutes(r *rest.API) {
	rest.Table(r, rest.Op{
		Path: "/api/v1/operator", ID: "operator-get", Tag: "operator", Role: rest.Observer,
		Summary: "List the operators of mobile networks",
	}, a.listOperators)
}

func (a *API) listOperators(ctx context.Context, _ rest.Caller, _ *struct{}) ([]network.Operator, error) {
	return read(ctx, a, network.Operators)
}
