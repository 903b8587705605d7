package api

import (
	"context"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/rest"
)

func (a *API) setupRoutes(r *rest.API) {
	rest.Create(r, rest.Op{
		Path: "/api/v1/setup", ID: "setup-post", Tag: "setup", Role: rest.Public, Class: "authenticate",
		Summary:     "Make the operator organisation and its administrator",
		Description: "Works once, on an empty database, with the setup token that the first start printed. The application token in the answer is shown only there.",
		Errors:      []int{401, 403, 422},
	}, a.setup)
}

func (a *API) setup(ctx context.Context, c rest.Caller, in *struct{ Body account.Setup }) (rest.Created[account.SetUp], error) {
	made, err := a.Guard.Setup(ctx, c.From, in.Body)
	return rest.Created[account.SetUp]{Body: made}, refused(err)
}
