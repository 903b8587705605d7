package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/tariff"
)

func (a *API) inclusiveVolumeRoutes(r *rest.API) {
	rest.Table(r, rest.Op{
		Path: "/api/v1/organisation/{org_id_or_my}/inclusive_volume/active", ID: "get-active-organisation-inclusive-volume",
		Tag: "organisation", Role: rest.Observer, Class: "list", Errors: []int{404},
		Summary:     "List the inclusive volumes of the current month",
		Description: "Of your own organisation or of a direct child of it.",
	}, a.listActiveInclusiveVolumes)
	const all = "/api/v1/organisation/{org_id_or_my}/inclusive_volume"
	op := func(path, id, summary string) rest.Op {
		return rest.Op{Path: path, ID: id, Tag: "organisation", Role: rest.Observer, Class: "list", Errors: []int{404}, Summary: summary}
	}
	rest.Table(r, op(all, "organisation-inclusive-volume-get", "List the inclusive volumes that an organisation had, has and will have"), a.listInclusiveVolumes)
	rest.Table(r, op(all+"/offer", "organisation-inclusive-volume-offer-get", "List the inclusive volumes that an organisation can have"), a.listOffersTo)
	const one = all + "/{inclusive_volume_id}"
	rest.Create(r, rest.Op{
		Method: http.MethodPut, Path: one, ID: "assign-ratezone-inclusive-volume", Tag: "organisation", Role: rest.User, Invalid: 400, Errors: []int{400, 404},
		Summary: "Give an organisation an inclusive volume that its tariff offers",
		Description: "Your own organisation or a direct child of it. For yourself, in the current month, only more than what you have: that ends with the month, " +
			"for which it is charged, and the tariff profiles that had it have the new one. The answer's id is the one to put into tariff profiles.",
	}, a.takeInclusiveVolume)
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: one, ID: "organisation-inclusive-volume-by-id-patch", Tag: "organisation", Role: rest.User, Invalid: 400, Errors: []int{400, 404},
		Summary: "Set when an inclusive volume ends", Description: "Only end_date can change: the last day of this or a later month, or null.",
	}, a.endInclusiveVolume)
}

func (a *API) listInclusiveVolumes(ctx context.Context, c rest.Caller, in *organisationOrMy) ([]inclusive.Active, error) {
	organisation := in.Organisation.Of(c)
	return read(ctx, a, func(q db.Queryer) ([]inclusive.Active, error) {
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return nil, err
		}
		return inclusive.List(q, organisation)
	})
}

func (a *API) listOffersTo(ctx context.Context, c rest.Caller, in *organisationOrMy) ([]tariff.Offer, error) {
	organisation := in.Organisation.Of(c)
	return read(ctx, a, func(q db.Queryer) ([]tariff.Offer, error) {
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return nil, err
		}
		return tariff.OffersTo(q, organisation)
	})
}

type volumeOfOrganisation struct {
	organisationOrMy
	Volume rest.PathID `path:"inclusive_volume_id"`
	Body   inclusive.Fields
}

func (a *API) takeInclusiveVolume(ctx context.Context, c rest.Caller, in *volumeOfOrganisation) (made rest.Created[*inclusive.Taken], err error) {
	organisation := in.Organisation.Of(c)
	id, err := a.DB.NextID(ctx, "inclusive_volume", organisation)
	if err != nil {
		return made, err
	}
	reach := func(q db.Queryer) error { return account.Reach(q, c.Organisation, organisation) }
	err = a.writeFor(ctx, organisation, reach, func(tx *db.Tx) (err error) {
		made.Body, err = inclusive.Take(tx, a.Clock.Micros(), userIn(c, organisation), organisation, id, int64(in.Volume), organisation == c.Organisation, in.Body)
		return err
	})
	return made, err
}

func (a *API) endInclusiveVolume(ctx context.Context, c rest.Caller, in *volumeOfOrganisation) error {
	organisation := in.Organisation.Of(c)
	reach := func(q db.Queryer) error { return account.Reach(q, c.Organisation, organisation) }
	return a.writeFor(ctx, organisation, reach, func(tx *db.Tx) error {
		return inclusive.End(tx, a.Clock.Micros(), userIn(c, organisation), organisation, int64(in.Volume), in.Body)
	})
}

type organisationOrMy struct {
	Organisation rest.OrgID `path:"org_id_or_my"`
}

func (a *API) listActiveInclusiveVolumes(ctx context.Context, c rest.Caller, in *organisationOrMy) ([]inclusive.Active, error) {
	organisation := in.Organisation.Of(c)
	return read(ctx, a, func(q db.Queryer) ([]inclusive.Active, error) {
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return nil, err
		}
		return inclusive.ListActive(q, organisation, a.Clock.Micros())
	})
}
