package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) dnsRoutes(r *rest.API) {
	rest.Table(r, rest.Op{Path: "/api/v1/dns", ID: "dns-get", Tag: "service lookups", Role: rest.Observer, Summary: "List name servers"}, a.listDNS)
	rest.Create(r, rest.Op{
		Path: "/api/v1/dns", ID: "dns-post", Tag: "service lookups", Role: rest.User, Summary: "Add a pair of name servers", Errors: []int{422},
	}, a.createDNS)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: "/api/v1/dns/{dns_id}", ID: "dns-by-id-delete", Tag: "service lookups", Role: rest.User,
		Summary: "Delete name servers that no service profile uses", Errors: []int{404, 409},
	}, a.deleteDNS)
}

func (a *API) listDNS(ctx context.Context, c rest.Caller, _ *struct{}) ([]profile.DNS, error) {
	return read(ctx, a, func(q db.Queryer) ([]profile.DNS, error) { return profile.ListDNS(q, c.Organisation) })
}

func (a *API) createDNS(ctx context.Context, c rest.Caller, in *struct{ Body profile.DNSFields }) (rest.Created[rest.Empty], error) {
	id, err := a.DB.NextID(ctx, "dns", c.Organisation)
	if err == nil {
		err = a.write(ctx, c, func(tx *db.Tx) error { return profile.AddDNS(tx, c.Organisation, id, in.Body) })
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, err
}

func (a *API) deleteDNS(ctx context.Context, c rest.Caller, in *struct {
	ID rest.PathID `path:"dns_id"`
},
) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return profile.DeleteDNS(tx, c.Organisation, int64(in.ID)) })
}
