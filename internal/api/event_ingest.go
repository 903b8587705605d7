package api

import (
	"context"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

// eventIngestRoutes: the contract has no way to record an event.
func (a *API) eventIngestRoutes(r *rest.API) {
	rest.Create(r, rest.Op{
		Path: "/api/v1/event", ID: "event-record", Tag: "events", Role: rest.User, For: []rest.OrganisationType{rest.Operator},
		Summary: "Record an event whose cause lies outside of the platform", Errors: []int{422},
		Description: "For an operator: of its own organisation or of one below it. It is listed and streamed like any other.",
	}, a.recordEvent)
}

// recordedEvent names a new event.
type recordedEvent struct {
	ID value.ID `json:"id"`
}

func (a *API) recordEvent(ctx context.Context, c rest.Caller, in *struct{ Body event.New }) (made rest.Created[recordedEvent], err error) {
	e := event.Event{Organisation: c.Organisation}
	if in.Body.Organisation.Has() {
		e.Organisation = int64(in.Body.Organisation.Value.ID.Value)
	}
	err = a.DB.Read(ctx, func(q db.Queryer) error { return a.subject(q, c, in.Body, &e) })
	if err == nil {
		err = fault.Invalid(in.Body.Apply(&e, a.Clock.Micros())...)
	}
	if err != nil {
		return made, err
	}
	err = a.DB.Write(ctx, []int64{e.Organisation}, func(tx *db.Tx) error {
		id, err := event.Record(tx, a.Clock.Micros(), e)
		made.Body.ID = value.ID(id)
		return err
	})
	return made, err
}

// subject looks up whom an event is about; all of it belongs to the organisation, which is the caller's or below it.
func (a *API) subject(q db.Queryer, c rest.Caller, in event.New, e *event.Event) error {
	if e.Organisation != c.Organisation {
		below, err := account.Descendant(q, c.Organisation, e.Organisation)
		if err != nil {
			return err
		}
		if !below {
			return fault.Invalid(fault.New(fault.InvalidReference, "Event - there is no organisation %d", e.Organisation))
		}
	}
	if in.Endpoint.Has() {
		of, _, err := endpoint.Subject(q, e.Organisation, int64(in.Endpoint.Value.ID.Value))
		if fault.Is(err, fault.InvalidReference) {
			return fault.Invalid(fault.New(fault.InvalidReference, "Event - there is no endpoint %d", in.Endpoint.Value.ID.Value))
		}
		if err != nil {
			return err
		}
		*e = of
	}
	return in.About(q, e)
}
