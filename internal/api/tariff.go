package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// sellers are who owns tariffs and sells them.
func sellers() []rest.OrganisationType { return []rest.OrganisationType{rest.Operator, rest.Reseller} }

// selling is an operation of those who own tariffs.
func selling(method, path, id, summary string, errors ...int) rest.Op {
	o := rest.Op{Method: method, Path: "/api/v1/tariff" + path, ID: id, Tag: "tariffs", Role: rest.User, For: sellers(), Summary: summary, Errors: errors}
	if method == http.MethodGet {
		o.Role, o.Class = rest.Observer, "one"
	}
	return o
}

func (a *API) tariffRoutes(r *rest.API) {
	rest.Table(r, selling(http.MethodGet, "", "tariff-get", "List the tariffs that you may sell, and your own"), a.listTariffs)
	create := selling(http.MethodPost, "", "tariff-post", "Create a tariff", 422)
	create.Description = "It is in staging, without rate zones; nobody can have it before it is active."
	rest.Create(r, create, a.createTariff)
	rest.Table(r, selling(http.MethodGet, "/status", "tariff-status-get", "List the states of tariffs and rate zones"), lookup(tariff.Statuses()))
	const one = "/{tariff_id}"
	rest.Get(r, selling(http.MethodGet, one, "tariff-by-id-get", "Get a tariff", 404), a.getTariff)
	change := selling(http.MethodPatch, one, "tariff-by-id-patch", "Change a tariff of your own", 404, 422)
	change.Description = "Running sessions are charged by what is new from their next report on; what was charged stays as it was."
	rest.Do(r, change, a.changeTariff)
	rest.Do(r, selling(http.MethodDelete, one, "tariff-by-id-delete", "Delete a tariff that no organisation has", 404, 409), a.deleteTariff)
}

type tariffID struct {
	ID rest.PathID `path:"tariff_id"`
}

// sell runs a change of a tariff of the caller's, and has the sessions that are charged by it judged anew.
func (a *API) sell(ctx context.Context, c rest.Caller, id rest.PathID, fn func(tx *db.Tx) error) error {
	if err := a.write(ctx, c, fn); err != nil {
		return err
	}
	owned, err := read(ctx, a, func(q db.Queryer) ([]profile.Owned, error) { return profile.OfTariff(q, int64(id)) })
	for _, p := range owned {
		_ = a.recheck(nil, func(to Control) { to.RecheckTariffProfile(p.Organisation, p.ID) })
	}
	return err
}

func (a *API) listTariffs(ctx context.Context, c rest.Caller, _ *struct{}) ([]tariff.View, error) {
	return read(ctx, a, func(q db.Queryer) ([]tariff.View, error) { return tariff.List(q, c.Organisation) })
}

func (a *API) getTariff(ctx context.Context, c rest.Caller, in *tariffID) (*tariff.View, error) {
	return read(ctx, a, func(q db.Queryer) (*tariff.View, error) { return tariff.Get(q, c.Organisation, int64(in.ID)) })
}

func (a *API) createTariff(ctx context.Context, c rest.Caller, in *struct{ Body tariff.Fields }) (rest.Created[rest.Empty], error) {
	id, err := a.DB.NextID(ctx, "tariff", c.Organisation)
	if err == nil {
		err = a.write(ctx, c, func(tx *db.Tx) error { return tariff.Add(tx, a.Clock.Micros(), c.Organisation, id, in.Body) })
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, err
}

func (a *API) changeTariff(ctx context.Context, c rest.Caller, in *struct {
	tariffID
	Body tariff.Fields
},
) error {
	return a.sell(ctx, c, in.ID, func(tx *db.Tx) error { return tariff.Change(tx, c.Organisation, int64(in.ID), in.Body) })
}

func (a *API) deleteTariff(ctx context.Context, c rest.Caller, in *tariffID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return tariff.Delete(tx, c.Organisation, int64(in.ID)) })
}
