package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/rest"
)

func (a *API) quotaRoutes(r *rest.API) {
	for _, q := range []struct {
		traffic                int64
		path, noun             string
		getID, postID, removal string
	}{
		{quota.Data, "/api/v1/endpoint/{endpoint_id}/quota/data", "data quota", "endpoint-quota-data-by-endpoint-id-get", "endpoint-quota-data-by-endpoint-id-post", "delete-endpoint-data-quota-by-id"},
		{quota.SMS, "/api/v1/endpoint/{endpoint_id}/quota/sms", "SMS quota", "endpoint-quota-sms-by-endpoint-id-get", "endpoint-quota-sms-by-endpoint-id-post", "delete-endpoint-sms-quota-by-id"},
	} {
		rest.Get(r, rest.Op{
			Path: q.path, ID: q.getID, Tag: "endpoint", Role: rest.Observer, Summary: "Get the " + q.noun + " of an endpoint", Errors: []int{404},
		}, func(ctx context.Context, c rest.Caller, in *endpointID) (*quota.View, error) {
			return a.getQuota(ctx, c, int64(in.ID), q.traffic)
		})
		rest.Create(r, rest.Op{
			Path: q.path, ID: q.postID, Tag: "endpoint", Role: rest.User, Summary: "Set the " + q.noun + " of an endpoint", Errors: []int{404, 422},
			Description: "It takes the place of the one that the endpoint has. To add volume, read the quota and send it back with more of it.",
			Examples:    quotaExamples(q.traffic),
		}, func(ctx context.Context, c rest.Caller, in *quotaOfEndpoint) (rest.Created[rest.Empty], error) {
			return rest.Created[rest.Empty]{Here: true}, a.setQuota(ctx, c, in, q.traffic)
		})
		rest.Do(r, rest.Op{
			Method: http.MethodDelete, Path: q.path, ID: q.removal, Tag: "endpoint", Role: rest.User,
			Summary: "Take the " + q.noun + " of an endpoint away", Errors: []int{404},
		}, func(ctx context.Context, c rest.Caller, in *endpointID) error {
			return a.removeQuota(ctx, c, int64(in.ID), q.traffic)
		})
	}
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: "/api/v1/service_profile/{profile_id}/quota/{quota_type}", ID: "delete-quota-by-service-profile-id",
		Tag: "service profiles", Role: rest.User, Summary: "Take the quotas of all endpoints of a service profile away", Errors: []int{404},
	}, a.removeQuotas)
}

type quotaOfEndpoint struct {
	endpointID
	Body quota.Fields
}

func (a *API) getQuota(ctx context.Context, c rest.Caller, id, traffic int64) (*quota.View, error) {
	return read(ctx, a, func(q db.Queryer) (*quota.View, error) {
		if _, _, err := endpoint.Subject(q, c.Organisation, id); err != nil {
			return nil, err
		}
		return quota.Show(q, c.Organisation, id, traffic, a.Clock.Micros())
	})
}

func (a *API) setQuota(ctx context.Context, c rest.Caller, in *quotaOfEndpoint, traffic int64) error {
	return a.change(ctx, c, int64(in.ID), func(tx *db.Tx) error {
		of, _, err := endpoint.Subject(tx, c.Organisation, int64(in.ID))
		if err != nil {
			return err
		}
		of.User = c.User
		return quota.Assign(tx, a.Clock.Micros(), of, traffic, in.Body)
	})
}

func (a *API) removeQuota(ctx context.Context, c rest.Caller, id, traffic int64) error {
	return a.change(ctx, c, id, func(tx *db.Tx) error {
		of, _, err := endpoint.Subject(tx, c.Organisation, id)
		if err != nil {
			return err
		}
		of.User = c.User
		return quota.Remove(tx, a.Clock.Micros(), of, traffic)
	})
}

// removeQuotas works in batches, so that a profile of many endpoints does not keep everybody else waiting. One that is
// interrupted is sent again.
func (a *API) removeQuotas(ctx context.Context, c rest.Caller, in *struct {
	serviceProfileID
	Type string `path:"quota_type" doc:"data or sms."`
},
) error {
	traffic, ok := map[string]int64{"data": quota.Data, "sms": quota.SMS}[in.Type]
	if !ok {
		return fault.New(fault.NotFound, "there is no %q quota", in.Type)
	}
	for more := true; more; {
		err := a.write(ctx, c, func(tx *db.Tx) error {
			known, err := profile.ServiceExists(tx, c.Organisation, int64(in.ID))
			if err == nil && !known {
				err = fault.Missing("Service profile", int64(in.ID))
			}
			if err == nil {
				more, err = quota.RemoveSome(tx, a.Clock.Micros(), c.User, c.Organisation, int64(in.ID), traffic)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return a.recheck(nil, func(control Control) { control.RecheckProfile(c.Organisation, int64(in.ID)) })
}
