package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/plan"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) tariffProfileRoutes(r *rest.API) {
	rest.Table(r, rest.Op{
		Path: "/api/v1/tariff_profile", ID: "tariff-profile-get", Tag: "tariff profiles", Role: rest.Observer,
		Class: "one", Summary: "List tariff profiles",
	}, a.listTariffProfiles)
	rest.Create(r, rest.Op{
		Path: "/api/v1/tariff_profile", ID: "tariff-profile-post", Tag: "tariff profiles", Role: rest.User,
		Summary: "Create a tariff profile", Errors: []int{400, 422},
	}, a.createTariffProfile)
	rest.Get(r, rest.Op{
		Path: "/api/v1/tariff_profile/{tariff_profile_id}", ID: "tariff-profile-by-id-get", Tag: "tariff profiles",
		Role: rest.Observer, Class: "one", Summary: "Get a tariff profile", Errors: []int{404},
	}, a.getTariffProfile)
	const volume = "/api/v1/tariff_profile/{tariff_profile_id}/inclusive_volume/{inclusive_volume_id}"
	rest.Do(r, rest.Op{
		Method: http.MethodPut, Path: volume, ID: "tariff-profile-inclusive-volume-assignment", Tag: "tariff profiles",
		Role: rest.User, Summary: "Put an inclusive volume into a tariff profile", Errors: []int{400, 404, 409},
		Description: "From now on each SIM under the profile brings the volume's share to every month in which it was active.",
	}, a.addInclusiveVolume)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: volume, ID: "tariff-profile-inclusive-volume-remove-assignment", Tag: "tariff profiles",
		Role: rest.User, Summary: "Take an inclusive volume from a tariff profile", Errors: []int{400, 404},
		Description: "What its SIMs have brought to this month stays.",
	}, a.removeInclusiveVolume)
}

type tariffProfileID struct {
	ID rest.PathID `path:"tariff_profile_id"`
}

func (a *API) listTariffProfiles(ctx context.Context, c rest.Caller, _ *struct{}) ([]profile.Tariff, error) {
	return read(ctx, a, func(q db.Queryer) ([]profile.Tariff, error) { return profile.ListTariffs(q, c.Organisation) })
}

func (a *API) createTariffProfile(ctx context.Context, c rest.Caller, in *struct{ Body profile.TariffFields }) (rest.Created[rest.Empty], error) {
	id, err := a.DB.NextID(ctx, "tariff_profile", c.Organisation)
	if err == nil {
		err = a.write(ctx, c, func(tx *db.Tx) error {
			if err := a.roomFor(tx, c.Organisation, plan.Allowance.TariffProfile, profile.CountTariffs); err != nil {
				return err
			}
			return profile.CreateTariff(tx, c.Organisation, id, in.Body)
		})
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, err
}

func (a *API) getTariffProfile(ctx context.Context, c rest.Caller, in *tariffProfileID) (*profile.Tariff, error) {
	return read(ctx, a, func(q db.Queryer) (*profile.Tariff, error) {
		return profile.GetTariff(q, c.Organisation, int64(in.ID))
	})
}

type volumeOfProfile struct {
	tariffProfileID
	Volume rest.PathID `path:"inclusive_volume_id"`
}

func (a *API) addInclusiveVolume(ctx context.Context, c rest.Caller, in *volumeOfProfile) error {
	return a.write(ctx, c, func(tx *db.Tx) error {
		if err := profile.SetInclusive(tx, a.Clock.Micros(), c.Organisation, int64(in.ID), int64(in.Volume)); err != nil {
			return err
		}
		return a.tellUsageTariff(tx, c, "Inclusive volume %d assigned to tariff profile %d.", in)
	})
}

// tellUsageTariff writes the event of a change of what is included in a tariff profile.
func (a *API) tellUsageTariff(tx *db.Tx, c rest.Caller, text string, in *volumeOfProfile) error {
	return inclusive.Tell(tx, a.Clock.Micros(), c.User, c.Organisation, int64(in.Volume), fmt.Sprintf(text, in.Volume, in.ID))
}

func (a *API) removeInclusiveVolume(ctx context.Context, c rest.Caller, in *volumeOfProfile) error {
	return a.write(ctx, c, func(tx *db.Tx) error {
		if err := profile.RemoveInclusive(tx, a.Clock.Micros(), c.Organisation, int64(in.ID), int64(in.Volume)); err != nil {
			return err
		}
		return a.tellUsageTariff(tx, c, "Inclusive volume %d removed from tariff profile %d.", in)
	})
}
