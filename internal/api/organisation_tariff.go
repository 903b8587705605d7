package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) organisationTariffRoutes(r *rest.API) {
	const all = "/api/v1/organisation/{org_id_or_my}/tariff"
	rest.Table(r, rest.Op{
		Path: all, ID: "organisation-tariff-get", Tag: "organisation", Role: rest.Observer, Class: "one", Errors: []int{404},
		Summary: "List the tariffs that an organisation has", Description: "Your own organisation or a direct child of it.",
	}, a.listOrganisationTariffs)
	// The contract answers this one with 200 and an empty object.
	rest.Get(r, rest.Op{
		Method: http.MethodPatch, Path: all, ID: "update-organisation-tariff", Tag: "organisation", Role: rest.User,
		Summary: "Give an organisation another tariff in place of its only one", Errors: []int{400, 404, 422},
		Description: "Your own organisation or a direct child of it, which must be active, have one tariff, and stay in its currency. Its tariff profiles go " +
			"over to the new tariff with every rate zone; inclusive volumes end with the month, and custom rates at once.",
	}, a.switchTariff)
	give := rest.Op{
		Method: http.MethodPut, Path: all + "/{tariff_id}", ID: "organisation-tariff-put", Tag: "organisation", Role: rest.User, For: sellers(),
		Summary: "Let a child organisation use a tariff", Errors: []int{403, 404, 409}, Description: "An active one that you may sell, in the organisation's currency.",
	}
	rest.Do(r, give, a.giveTariff)
	take := give
	take.Method, take.ID, take.Summary = http.MethodDelete, "organisation-tariff-delete", "Take a tariff from a child organisation"
	take.Description = "None of its tariff profiles may have it, and nobody below it."
	rest.Do(r, take, a.takeTariff)

	const rates = "/api/v1/organisation/{org_id_or_my}/tariff_profile/{tariff_profile_id}/custom_rate"
	list := rest.Op{
		Path: rates, ID: "custom-rate-get", Tag: "tariffs", Role: rest.Observer, For: sellers(), Class: "one", Errors: []int{404},
		Summary: "List the prices of its own that a child organisation's tariff profile has",
	}
	rest.Table(r, list, a.listCustomRates)
	add := list
	add.Class, add.ID, add.Role, add.Errors = "", "custom-rate-post", rest.User, []int{404, 409, 422}
	add.Summary, add.Description = "Give a child organisation's tariff profile a price of its own", "In place of its tariff's. It ends the one before it; a running session is charged by it from its next report on."
	rest.Create(r, add, a.addCustomRate)
	remove := add
	remove.Method, remove.Path, remove.ID, remove.Errors = http.MethodDelete, rates+"/{custom_rate_id}", "custom-rate-delete", []int{404}
	remove.Summary, remove.Description = "End a price of a tariff profile's own", "At once. One that has not begun is gone."
	rest.Do(r, remove, a.removeCustomRate)
}

func (a *API) listOrganisationTariffs(ctx context.Context, c rest.Caller, in *organisationOrMy) ([]tariff.View, error) {
	organisation := in.Organisation.Of(c)
	return read(ctx, a, func(q db.Queryer) ([]tariff.View, error) {
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return nil, err
		}
		return tariff.Assigned(q, organisation)
	})
}

// writeFor runs a change of an organisation that the caller may reach, and has all its sessions judged anew.
func (a *API) writeFor(ctx context.Context, organisation int64, reach func(db.Queryer) error, fn func(tx *db.Tx) error) error {
	err := a.DB.Read(ctx, reach)
	if err == nil {
		err = a.DB.Write(ctx, []int64{organisation}, fn)
	}
	return a.recheck(err, func(to Control) { to.RecheckOrganisation(organisation) })
}

// userIn is the caller in the books of an organisation: users of another one have no name there.
func userIn(c rest.Caller, organisation int64) int64 {
	if c.Organisation == organisation {
		return c.User
	}
	return 0
}

func (a *API) switchTariff(ctx context.Context, c rest.Caller, in *struct {
	organisationOrMy
	Body struct {
		ID value.ID `json:"id" required:"true" doc:"The tariff."`
	}
},
) (*rest.Empty, error) {
	organisation := in.Organisation.Of(c)
	reach := func(q db.Queryer) error { return account.Reach(q, c.Organisation, organisation) }
	return &rest.Empty{}, a.writeFor(ctx, organisation, reach, func(tx *db.Tx) error {
		return profile.SwitchTariff(tx, a.Clock.Micros(), userIn(c, organisation), c.Organisation, organisation, int64(in.Body.ID))
	})
}

type organisationTariff struct {
	organisationOrMy
	Tariff rest.PathID `path:"tariff_id"`
}

func (a *API) giveTariff(ctx context.Context, c rest.Caller, in *organisationTariff) error {
	organisation := in.Organisation.Of(c)
	reach := func(q db.Queryer) error { return account.ReachChild(q, c.Organisation, organisation) }
	if organisation == c.Organisation && c.Type == rest.Operator { // there is nobody above it
		reach = func(db.Queryer) error { return nil }
	}
	return a.writeFor(ctx, organisation, reach, func(tx *db.Tx) error {
		return profile.GiveTariff(tx, a.Clock.Micros(), c.Organisation, organisation, int64(in.Tariff))
	})
}

func (a *API) takeTariff(ctx context.Context, c rest.Caller, in *organisationTariff) error {
	organisation := in.Organisation.Of(c)
	reach := func(q db.Queryer) error { return account.ReachChild(q, c.Organisation, organisation) }
	if organisation == c.Organisation && c.Type == rest.Operator {
		reach = func(db.Queryer) error { return nil }
	}
	return a.writeFor(ctx, organisation, reach, func(tx *db.Tx) error {
		return profile.TakeTariff(tx, a.Clock.Micros(), organisation, int64(in.Tariff))
	})
}

type profileOfOrganisation struct {
	organisationOrMy
	tariffProfileID
}

func (a *API) listCustomRates(ctx context.Context, c rest.Caller, in *profileOfOrganisation) ([]profile.CustomRate, error) {
	organisation := in.Organisation.Of(c)
	return read(ctx, a, func(q db.Queryer) ([]profile.CustomRate, error) {
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return nil, err
		}
		p, err := profile.GetTariff(q, organisation, int64(in.ID))
		if err != nil {
			return nil, err
		}
		return p.CustomRates, nil
	})
}

func (a *API) addCustomRate(ctx context.Context, c rest.Caller, in *struct {
	profileOfOrganisation
	Body profile.CustomFields
},
) (rest.Created[rest.Empty], error) {
	organisation := in.Organisation.Of(c)
	id, err := a.DB.NextID(ctx, "custom_rate", organisation)
	if err == nil {
		err = a.changeCustomRates(ctx, c, &in.profileOfOrganisation, func(tx *db.Tx) error {
			return profile.AddCustomRate(tx, a.Clock.Micros(), organisation, int64(in.ID), id, in.Body)
		})
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, err
}

func (a *API) removeCustomRate(ctx context.Context, c rest.Caller, in *struct {
	profileOfOrganisation
	Rate rest.PathID `path:"custom_rate_id"`
},
) error {
	return a.changeCustomRates(ctx, c, &in.profileOfOrganisation, func(tx *db.Tx) error {
		return profile.RemoveCustomRate(tx, a.Clock.Micros(), in.Organisation.Of(c), int64(in.ID), int64(in.Rate))
	})
}

// changeCustomRates runs a change of prices that a child has: nobody makes prices of its own.
func (a *API) changeCustomRates(ctx context.Context, c rest.Caller, in *profileOfOrganisation, fn func(tx *db.Tx) error) error {
	organisation := in.Organisation.Of(c)
	err := a.DB.Read(ctx, func(q db.Queryer) error { return account.ReachChild(q, c.Organisation, organisation) })
	if err == nil {
		err = a.DB.Write(ctx, []int64{organisation}, fn)
	}
	return a.recheck(err, func(to Control) { to.RecheckTariffProfile(organisation, int64(in.ID)) })
}
