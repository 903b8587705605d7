package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/roaming"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) imsiPoolRoutes(r *rest.API) {
	op := func(method, path, id, summary string) rest.Op {
		o := rest.Op{
			Method: method, Path: "/api/v1/" + path, ID: id, Tag: "network coverage", Role: rest.User, For: []rest.OrganisationType{rest.Operator},
			Summary: summary, Description: "A network coverage may belong to an IMSI pool, and a pool to a sponsor, whose agreements its IMSIs live on. An addition to the contract.",
		}
		if method == http.MethodGet {
			o.Role = rest.Observer
		}
		return o
	}
	rest.Table(r, op("GET", "imsi_sponsor", "imsi-sponsor-get", "List your IMSI sponsors"), a.listSponsors)
	rest.Create(r, op("POST", "imsi_sponsor", "imsi-sponsor-post", "Create an IMSI sponsor"), a.createSponsor)
	rest.Table(r, op("GET", "imsi_pool", "imsi-pool-get", "List your IMSI pools"), a.listPools)
	rest.Create(r, op("POST", "imsi_pool", "imsi-pool-post", "Create an IMSI pool"), a.createPool)
}

func (a *API) listSponsors(ctx context.Context, c rest.Caller, _ *struct{}) ([]value.Named, error) {
	return read(ctx, a, func(q db.Queryer) ([]value.Named, error) { return roaming.Sponsors(q, c.Organisation) })
}

func (a *API) createSponsor(ctx context.Context, c rest.Caller, in *struct{ Body roaming.SponsorFields }) (rest.Created[rest.Empty], error) {
	id, err := a.add(ctx, c, "imsi_sponsor", func(tx *db.Tx, id int64) error {
		return roaming.CreateSponsor(tx, c.Organisation, id, in.Body)
	})
	return rest.Created[rest.Empty]{ID: id}, err
}

func (a *API) listPools(ctx context.Context, c rest.Caller, _ *struct{}) ([]roaming.Pool, error) {
	return read(ctx, a, func(q db.Queryer) ([]roaming.Pool, error) { return roaming.Pools(q, c.Organisation) })
}

func (a *API) createPool(ctx context.Context, c rest.Caller, in *struct{ Body roaming.PoolFields }) (rest.Created[rest.Empty], error) {
	id, err := a.add(ctx, c, "imsi_pool", func(tx *db.Tx, id int64) error {
		return roaming.CreatePool(tx, c.Organisation, id, in.Body)
	})
	return rest.Created[rest.Empty]{ID: id}, err
}
