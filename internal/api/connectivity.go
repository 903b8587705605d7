package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) connectivityRoutes(r *rest.API) {
	const path = "/api/v1/endpoint/{endpoint_id}/connectivity"
	rest.Get(r, rest.Op{
		Path: path, ID: "endpoint-connectivity-by-id-get", Tag: "endpoint", Role: rest.Observer, Class: "endpoint",
		Summary: "Get how an endpoint is connected", Errors: []int{404},
	}, a.getConnectivity)
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: path, ID: "update-endpoint-connectivity-by-id", Tag: "endpoint", Role: rest.User,
		Summary: "Reset the connectivity of an endpoint", Errors: []int{403, 404},
		Description: "With the key pdp_context or location in the body, whatever its value, the endpoint's data sessions are ended: " +
			"its gateway is told at once where it takes that, else at its next request. The device may come back at once.",
	}, a.resetConnectivity)
	rest.Get(r, rest.Op{
		Path: path + "_info", ID: "get-connectivity-info-by-endpoint-id", Tag: "endpoint", Role: rest.Observer, Class: "list",
		Summary: "Get where the device of an endpoint is", Errors: []int{404},
		Description: "As far as its open data session tells. Without one the answer is that of a network that does not reach the device.",
	}, a.getConnectivityInfo)
}

func (a *API) getConnectivity(ctx context.Context, c rest.Caller, in *endpointID) (*endpoint.Connectivity, error) {
	blocked := ""
	if a.Control != nil {
		var err error
		if blocked, err = a.Control.Blocked(ctx, c.Organisation, int64(in.ID)); err != nil {
			return nil, err
		}
	}
	return read(ctx, a, func(q db.Queryer) (*endpoint.Connectivity, error) {
		return endpoint.Connected(q, a.Clock.Micros(), c.Organisation, int64(in.ID), blocked)
	})
}

func (a *API) getConnectivityInfo(ctx context.Context, c rest.Caller, in *endpointID) (*endpoint.ConnectivityInfo, error) {
	return read(ctx, a, func(q db.Queryer) (*endpoint.ConnectivityInfo, error) {
		return endpoint.Located(q, a.Clock.Micros(), c.Organisation, int64(in.ID))
	})
}

// connectivityReset is what to reset: a key that is there asks for it, also when it is null.
type connectivityReset struct {
	PDPContext value.Opt[any] `json:"pdp_context" doc:"The data sessions."`
	Location   value.Opt[any] `json:"location" doc:"The attachment to the network, data sessions included."`
}

func (a *API) resetConnectivity(ctx context.Context, c rest.Caller, in *struct {
	endpointID
	Body connectivityReset
},
) error {
	id := int64(in.ID)
	if !in.Body.PDPContext.Set && !in.Body.Location.Set {
		_, err := read(ctx, a, func(q db.Queryer) (*endpoint.Endpoint, error) { return endpoint.Get(q, c.Organisation, id) })
		return err
	}
	err := a.write(ctx, c, func(tx *db.Tx) error {
		return endpoint.Reset(tx, a.Clock.Micros(), c.User, c.Organisation, id)
	})
	return a.recheck(err, func(control Control) { control.Disconnect(c.Organisation, id) })
}
