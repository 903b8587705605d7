package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sms"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) smsRoutes(r *rest.API) {
	const path = "/api/v1/endpoint/{endpoint_id}/sms"
	rest.Table(r, rest.Op{
		Path: path, ID: "endpoint-sms-by-id-get", Tag: "endpoint", Role: rest.Observer,
		Summary: "List the newest 1000 SMS to and from an endpoint", Errors: []int{404},
	}, a.listSMS)
	rest.Create(r, rest.Op{
		Path: path, ID: "endpoint-sms-by-id-post", Tag: "endpoint", Role: rest.User, Summary: "Send an SMS to an endpoint",
		Errors: []int{400, 404, 409, 422}, Description: "It is buffered until the device can be reached, and charged when it is delivered.",
		Examples: smsExamples(),
	}, a.sendSMS)
	rest.Get(r, rest.Op{
		Path: path + "/{sms_id}", ID: "endpoint-sms-by-endpoint-id-and-sms-id-get", Tag: "endpoint", Role: rest.Observer,
		Summary: "Get an SMS", Errors: []int{404},
	}, a.getSMS)
	rest.Get(r, rest.Op{
		Method: http.MethodDelete, Path: path + "/{sms_id}", ID: "endpoint-sms-by-endpoint-id-and-sms-id-delete", Tag: "endpoint", Role: rest.User,
		Summary: "Cancel a buffered SMS", Errors: []int{404, 409},
	}, a.cancelSMS)
}

type smsID struct {
	endpointID
	SMS rest.PathID `path:"sms_id"`
}

func (a *API) listSMS(ctx context.Context, c rest.Caller, in *endpointID) ([]sms.SMS, error) {
	return read(ctx, a, func(q db.Queryer) ([]sms.SMS, error) {
		return sms.List(q, a.Clock.Micros(), c.Organisation, int64(in.ID))
	})
}

func (a *API) getSMS(ctx context.Context, c rest.Caller, in *smsID) (*sms.SMS, error) {
	return read(ctx, a, func(q db.Queryer) (*sms.SMS, error) {
		return sms.Get(q, a.Clock.Micros(), c.Organisation, int64(in.ID), int64(in.SMS))
	})
}

func (a *API) sendSMS(ctx context.Context, c rest.Caller, in *struct {
	endpointID
	Body sms.Fields
},
) (made rest.Created[rest.Empty], err error) {
	err = a.write(ctx, c, func(tx *db.Tx) error {
		id, err := sms.Submit(tx, a.Clock.Micros(), c.User, c.Organisation, int64(in.ID), in.Body)
		made.ID = value.ID(id)
		return err
	})
	return made, err
}

func (a *API) cancelSMS(ctx context.Context, c rest.Caller, in *smsID) (*rest.Empty, error) {
	return &rest.Empty{}, a.write(ctx, c, func(tx *db.Tx) error {
		return sms.Cancel(tx, a.Clock.Micros(), c.Organisation, int64(in.ID), int64(in.SMS))
	})
}
