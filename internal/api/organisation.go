package api

import (
	"context"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
)

func (a *API) organisationRoutes(r *rest.API) {
	rest.Get(r, rest.Op{
		Path: "/api/v1/organisation/my", ID: "my-organisation-get", Tag: "organisation", Role: rest.Observer,
		Summary: "Get your organisation",
	}, a.getMyOrganisation)
}

func (a *API) getMyOrganisation(ctx context.Context, c rest.Caller, _ *struct{}) (*account.My, error) {
	return read(ctx, a, func(q db.Queryer) (*account.My, error) {
		my, err := account.GetMy(q, c.Organisation)
		return &my, err
	})
}
