package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) trafficLimitRoutes(r *rest.API) {
	const lookups, profiles, tag = "service lookups", "/api/v1/service_profile/{profile_id}", "service profiles"
	rest.Table(r, rest.Op{
		Path: "/api/v1/traffic_limit", ID: "traffic-limit-get", Tag: lookups, Role: rest.Observer, Summary: "List the limits that service profiles may choose",
	}, func(context.Context, rest.Caller, *struct{}) ([]profile.SystemLimit, error) {
		return profile.SystemLimits(), nil
	})
	rest.Table(r, rest.Op{
		Path: "/api/v1/service/{service_id}/traffic_limit", ID: "service-traffic-limit-by-id-get", Tag: lookups, Role: rest.Observer,
		Summary: "List the limits that service profiles may choose for a service", Errors: []int{404},
	}, func(_ context.Context, _ rest.Caller, in *struct {
		ID rest.PathID `path:"service_id"`
	},
	) ([]profile.TrafficLimit, error) {
		return profile.SystemLimitsOf(int64(in.ID))
	})

	// The contract answers these two with 200 and an empty object.
	rest.Get(r, rest.Op{
		Method: http.MethodPut, Path: profiles + "/service/{service_id}/traffic_limit/{limit_id}", ID: "add-traffic-limit", Tag: tag, Role: rest.User,
		Summary: "Give a service of a service profile a limit", Errors: []int{404, 422},
	}, a.chooseLimit)
	rest.Get(r, rest.Op{
		Method: http.MethodDelete, Path: profiles + "/service/{service_id}/traffic_limit/{limit_id}", ID: "remove-traffic-limit", Tag: tag, Role: rest.User,
		Summary: "Take a limit from a service of a service profile", Errors: []int{404, 422},
	}, a.dropLimit)

	rest.Table(r, rest.Op{
		Path: profiles + "/traffic_limit", ID: "list-service-profile-traffic-limits", Tag: tag, Role: rest.Observer,
		Summary: "List the data limits made for a service profile", Errors: []int{404},
	}, a.listDataLimits)
	rest.Create(r, rest.Op{
		Path: profiles + "/traffic_limit", ID: "add-service-profile-traffic-limit", Tag: tag, Role: rest.User, Invalid: 400,
		Summary: "Make a data limit for a service profile", Errors: []int{404, 409},
		Description: "One of all data and one of data over satellite are possible. A limit does not change: delete it and make another one.",
	}, a.addDataLimit)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: profiles + "/traffic_limit", ID: "remove-service-profile-traffic-limits", Tag: tag, Role: rest.User,
		Summary: "Delete all data limits made for a service profile", Errors: []int{404},
	}, a.deleteDataLimits)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: profiles + "/traffic_limit/{limit_id}", ID: "delete-service-profile-traffic-limit", Tag: tag, Role: rest.User,
		Summary: "Delete a data limit of a service profile", Errors: []int{404},
	}, a.deleteDataLimit)

	const extensions = "/api/v1/endpoint/{endpoint_id}/traffic_limit_extension"
	rest.Table(r, rest.Op{
		Path: extensions, ID: "get-endpoint-traffic-limit-extensions", Tag: "endpoint", Role: rest.Observer,
		Summary: "List what an endpoint may use beyond its limits this month", Errors: []int{404},
	}, a.listExtensions)
	rest.Create(r, rest.Op{
		Path: extensions, ID: "create-endpoint-traffic-limit-extension", Tag: "endpoint", Role: rest.User, Invalid: 400,
		Summary: "Let an endpoint use more than its limit until the month ends", Errors: []int{404},
		Description: "Several add up. They stay with the endpoint when its service profile changes.",
	}, a.extendLimit)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: extensions, ID: "delete-endpoint-traffic-limit-extensions", Tag: "endpoint", Role: rest.User,
		Summary: "End all limit extensions of an endpoint", Errors: []int{404},
	}, a.endExtensions)
}

type limitOfService struct {
	serviceOfProfile
	Limit rest.PathID `path:"limit_id"`
}

func (a *API) chooseLimit(ctx context.Context, c rest.Caller, in *limitOfService) (*rest.Empty, error) {
	return &rest.Empty{}, a.changeProfile(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		return profile.ChooseLimit(tx, c.Organisation, int64(in.ID), int64(in.Service), int64(in.Limit))
	})
}

func (a *API) dropLimit(ctx context.Context, c rest.Caller, in *limitOfService) (*rest.Empty, error) {
	return &rest.Empty{}, a.changeProfile(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		return profile.DropLimit(tx, c.Organisation, int64(in.ID), int64(in.Service), int64(in.Limit))
	})
}

func (a *API) listDataLimits(ctx context.Context, c rest.Caller, in *serviceProfileID) ([]profile.DataLimit, error) {
	return read(ctx, a, func(q db.Queryer) ([]profile.DataLimit, error) {
		return profile.DataLimits(q, c.Organisation, int64(in.ID))
	})
}

func (a *API) addDataLimit(ctx context.Context, c rest.Caller, in *struct {
	serviceProfileID
	Body profile.DataLimitFields
},
) (made rest.Created[rest.Empty], err error) {
	number, err := a.DB.NextID(ctx, "traffic_limit", c.Organisation)
	if err != nil {
		return made, err
	}
	err = a.changeProfile(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		id, err := profile.AddDataLimit(tx, c.Organisation, int64(in.ID), number, in.Body)
		made.ID = value.ID(id)
		return err
	})
	return made, err
}

func (a *API) deleteDataLimits(ctx context.Context, c rest.Caller, in *serviceProfileID) error {
	return a.changeProfile(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		return profile.DeleteDataLimits(tx, c.Organisation, int64(in.ID))
	})
}

func (a *API) deleteDataLimit(ctx context.Context, c rest.Caller, in *struct {
	serviceProfileID
	Limit rest.PathID `path:"limit_id"`
},
) error {
	return a.changeProfile(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		return profile.DeleteDataLimit(tx, c.Organisation, int64(in.ID), int64(in.Limit))
	})
}

func (a *API) listExtensions(ctx context.Context, c rest.Caller, in *endpointID) ([]limit.Extension, error) {
	return read(ctx, a, func(q db.Queryer) ([]limit.Extension, error) {
		if _, _, err := endpoint.Subject(q, c.Organisation, int64(in.ID)); err != nil {
			return nil, err
		}
		return limit.Extensions(q, c.Organisation, int64(in.ID), a.Clock.Micros())
	})
}

// extensionBody is what clients say of an extension.
type extensionBody struct {
	Volume value.Opt[value.ID] `json:"volume" doc:"Bytes, or SMS where the limit counts those."`
	Limit  value.Opt[value.ID] `json:"traffic_limit_id" doc:"A limit of the endpoint's service profile; by default its data limit."`
}

func (a *API) extendLimit(ctx context.Context, c rest.Caller, in *struct {
	endpointID
	Body extensionBody
},
) (made rest.Created[limit.Extension], err error) {
	if err := checkExtension(in.Body); err != nil {
		return made, err
	}
	id, err := a.DB.NextID(ctx, "limit_extension", c.Organisation)
	if err != nil {
		return made, err
	}
	made.ID = value.ID(id)
	err = a.change(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		_, serviceProfile, err := endpoint.Subject(tx, c.Organisation, int64(in.ID))
		if err != nil {
			return err
		}
		l, err := profile.LimitToExtend(tx, c.Organisation, serviceProfile, in.Body.Limit)
		if err != nil {
			return err
		}
		made.Body, err = limit.Extend(tx, c.Organisation, int64(in.ID), id, l, int64(in.Body.Volume.Value), a.Clock.Micros())
		return err
	})
	return made, err
}

func checkExtension(b extensionBody) error {
	switch {
	case !b.Volume.Has():
		return fault.Invalid(fault.New(fault.Required, "Limit extension - volume is required"))
	case b.Volume.Value <= 0 || int64(b.Volume.Value) > limit.MaxExtension:
		return fault.Invalid(fault.New(fault.InvalidFormat, "Limit extension - volume: 1 to 10^15 expected"))
	}
	return nil
}

func (a *API) endExtensions(ctx context.Context, c rest.Caller, in *endpointID) error {
	return a.change(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		if _, _, err := endpoint.Subject(tx, c.Organisation, int64(in.ID)); err != nil {
			return err
		}
		return limit.EndExtensions(tx, c.Organisation, int64(in.ID))
	})
}
