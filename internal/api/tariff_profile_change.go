package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
)

func (a *API) tariffProfileChangeRoutes(r *rest.API) {
	const one = "/api/v1/tariff_profile/{tariff_profile_id}"
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: one, ID: "tariff-profile-by-id-patch", Tag: "tariff profiles", Role: rest.User,
		Summary: "Change a tariff profile", Errors: []int{404, 422},
		Description: "Another tariff drops the selection of rate zones, the inclusive volume and the profile's own prices.",
	}, a.changeTariffProfile)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: one, ID: "tariff-profile-by-id-delete", Tag: "tariff profiles", Role: rest.User,
		Summary: "Delete a tariff profile that no endpoint has", Errors: []int{404, 409},
	}, a.deleteTariffProfile)
	rest.Table(r, rest.Op{
		Path: one + "/coverage", ID: "tariff-profile-coverage-by-tp-id-get", Tag: "tariff profiles", Role: rest.Observer, Class: "one",
		Summary: "List the countries that a tariff profile covers", Errors: []int{404},
		Description: "Where operators of its rate zones have a price now and are not blocked.",
	}, a.listTariffProfileCoverage)
	const zone = one + "/ratezone_selection/{ratezone_id}"
	rest.Do(r, rest.Op{
		Method: http.MethodPut, Path: zone, ID: "tariff-profile-ratezone-selection-by-tp-id-and-rz-id-put", Tag: "tariff profiles",
		Role: rest.User, Summary: "Let a tariff profile use a rate zone", Errors: []int{404, 409},
		Description: "A profile without any selection uses every rate zone of its tariff; the first one that is selected is then the only one.",
	}, a.selectRatezone)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: zone, ID: "tariff-profile-ratezone-selection-by-tp-id-and-rz-id-delete", Tag: "tariff profiles",
		Role: rest.User, Summary: "Keep a tariff profile from a rate zone", Errors: []int{404},
		Description: "Sessions that run there are ended where the gateway can be told. A profile that used every rate zone uses the others from then on.",
	}, a.deselectRatezone)
}

// changeTariffTerms runs a change of one of the caller's tariff profiles, which its running sessions learn.
func (a *API) changeTariffTerms(ctx context.Context, c rest.Caller, id rest.PathID, fn func(tx *db.Tx) error) error {
	return a.recheck(a.write(ctx, c, fn), func(to Control) { to.RecheckTariffProfile(c.Organisation, int64(id)) })
}

func (a *API) changeTariffProfile(ctx context.Context, c rest.Caller, in *struct {
	tariffProfileID
	Body profile.TariffFields
},
) error {
	return a.changeTariffTerms(ctx, c, in.ID, func(tx *db.Tx) error {
		return profile.ChangeTariff(tx, a.Clock.Micros(), c.User, c.Organisation, int64(in.ID), in.Body)
	})
}

func (a *API) deleteTariffProfile(ctx context.Context, c rest.Caller, in *tariffProfileID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return profile.DeleteTariff(tx, c.Organisation, int64(in.ID)) })
}

func (a *API) listTariffProfileCoverage(ctx context.Context, c rest.Caller, in *tariffProfileID) ([]profile.Covered, error) {
	return read(ctx, a, func(q db.Queryer) ([]profile.Covered, error) {
		return profile.Coverage(q, a.Clock.Micros(), c.Organisation, int64(in.ID))
	})
}

type zoneOfProfile struct {
	tariffProfileID
	Zone rest.PathID `path:"ratezone_id"`
}

func (a *API) selectRatezone(ctx context.Context, c rest.Caller, in *zoneOfProfile) error {
	return a.changeTariffTerms(ctx, c, in.ID, func(tx *db.Tx) error {
		return profile.SelectZone(tx, a.Clock.Micros(), c.Organisation, int64(in.ID), int64(in.Zone))
	})
}

func (a *API) deselectRatezone(ctx context.Context, c rest.Caller, in *zoneOfProfile) error {
	return a.changeTariffTerms(ctx, c, in.ID, func(tx *db.Tx) error {
		return profile.DeselectZone(tx, a.Clock.Micros(), c.Organisation, int64(in.ID), int64(in.Zone))
	})
}
