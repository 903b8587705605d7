package api

import (
	"context"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/rest"
)

func (a *API) inclusiveVolumeRoutes(r *rest.API) {
	rest.Table(r, rest.Op{
		Path: "/api/v1/organisation/{org_id_or_my}/inclusive_volume/active", ID: "get-active-organisation-inclusive-volume",
		Tag: "organisation", Role: rest.Observer, Class: "list", Errors: []int{404},
		Summary:     "List the inclusive volumes of the current month",
		Description: "Of your own organisation or of a direct child of it.",
	}, a.listActiveInclusiveVolumes)
}

type organisationOrMy struct {
	Organisation rest.OrgID `path:"org_id_or_my"`
}

func (a *API) listActiveInclusiveVolumes(ctx context.Context, c rest.Caller, in *organisationOrMy) ([]inclusive.Active, error) {
	organisation := in.Organisation.Of(c)
	return read(ctx, a, func(q db.Queryer) ([]inclusive.Active, error) {
		if err := account.Reach(q, c.Organisation, organisation); err != nil {
			return nil, err
		}
		return inclusive.ListActive(q, organisation, a.Clock.Micros())
	})
}
