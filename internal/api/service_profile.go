package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/plan"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) serviceProfileRoutes(r *rest.API) {
	rest.Table(r, rest.Op{
		Path: "/api/v1/service_profile", ID: "service-profile-get", Tag: "service profiles", Role: rest.Observer,
		Class: "one", Summary: "List service profiles",
	}, a.listServiceProfiles)
	rest.Create(r, rest.Op{
		Path: "/api/v1/service_profile", ID: "service-profile-post", Tag: "service profiles", Role: rest.User,
		Summary: "Create a service profile", Errors: []int{400, 422},
		Examples: serviceProfileExamples(),
	}, a.createServiceProfile)
	rest.Get(r, rest.Op{
		Path: "/api/v1/service_profile/{profile_id}", ID: "service-profile-by-profile-id-get", Tag: "service profiles",
		Role: rest.Observer, Class: "one", Summary: "Get a service profile", Errors: []int{404},
	}, a.getServiceProfile)
	// The contract answers this one with 201 and an empty object.
	rest.Get(r, rest.Op{
		Method: http.MethodPatch, Path: "/api/v1/service_profile/{profile_id}", ID: "service-profile-by-profile-id-patch",
		Tag: "service profiles", Role: rest.User, Status: http.StatusCreated, Summary: "Change a service profile", Errors: []int{404, 422},
		Description: "Other name servers reach endpoints with their next session.",
		Examples:    serviceProfileChangeExamples(),
	}, a.changeServiceProfile)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: "/api/v1/service_profile/{profile_id}", ID: "service-profile-by-profile-id-delete",
		Tag: "service profiles", Role: rest.User, Summary: "Delete a service profile that no endpoint has", Errors: []int{404, 409},
	}, a.deleteServiceProfile)
	rest.Do(r, rest.Op{
		Method: http.MethodPut, Path: "/api/v1/service_profile/{profile_id}/service/{service_id}",
		ID: "service-profile-service-by-profile-and-service-put", Tag: "service profiles", Role: rest.User,
		Summary: "Add a service to a service profile", Errors: []int{404, 409},
	}, a.addService)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: "/api/v1/service_profile/{profile_id}/service/{service_id}",
		ID: "service-profile-service-by-profile-and-service-delete", Tag: "service profiles", Role: rest.User,
		Summary: "Remove a service from a service profile", Errors: []int{404, 409},
	}, a.removeService)
}

type serviceProfileID struct {
	ID rest.PathID `path:"profile_id"`
}

type serviceOfProfile struct {
	serviceProfileID
	Service rest.PathID `path:"service_id"`
}

func (a *API) listServiceProfiles(ctx context.Context, c rest.Caller, _ *struct{}) ([]profile.ServiceRow, error) {
	return read(ctx, a, func(q db.Queryer) ([]profile.ServiceRow, error) { return profile.ListServices(q, c.Organisation) })
}

func (a *API) createServiceProfile(ctx context.Context, c rest.Caller, in *struct{ Body profile.ServiceFields }) (rest.Created[rest.Empty], error) {
	id, err := a.DB.NextID(ctx, "service_profile", c.Organisation)
	if err == nil {
		err = a.write(ctx, c, func(tx *db.Tx) error {
			if err := a.roomFor(tx, c.Organisation, plan.Allowance.ServiceProfile, profile.CountServices); err != nil {
				return err
			}
			return profile.CreateService(tx, c.Organisation, id, in.Body)
		})
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, err
}

func (a *API) getServiceProfile(ctx context.Context, c rest.Caller, in *serviceProfileID) (*profile.Service, error) {
	return read(ctx, a, func(q db.Queryer) (*profile.Service, error) {
		return profile.GetService(q, c.Organisation, int64(in.ID))
	})
}

func (a *API) changeServiceProfile(ctx context.Context, c rest.Caller, in *struct {
	serviceProfileID
	Body profile.ServiceFields
},
) (*rest.Empty, error) {
	return &rest.Empty{}, a.changeProfile(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		return profile.ChangeService(tx, a.Clock.Micros(), c.User, c.Organisation, int64(in.ID), in.Body)
	})
}

func (a *API) deleteServiceProfile(ctx context.Context, c rest.Caller, in *serviceProfileID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return profile.DeleteService(tx, c.Organisation, int64(in.ID)) })
}

func (a *API) addService(ctx context.Context, c rest.Caller, in *serviceOfProfile) error {
	return a.changeProfile(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		return profile.AddService(tx, c.Organisation, int64(in.ID), int64(in.Service))
	})
}

func (a *API) removeService(ctx context.Context, c rest.Caller, in *serviceOfProfile) error {
	return a.changeProfile(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		return profile.RemoveService(tx, c.Organisation, int64(in.ID), int64(in.Service))
	})
}
