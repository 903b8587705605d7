package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/callback"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) dataStreamV1Routes(r *rest.API) {
	const list, one = "/api/v1/data_stream", "/api/v1/data_stream/{data_stream_id}"
	const filters, filter = one + "/filter/event_type", one + "/filter/event_type/{event_type_id}"
	rest.Table(r, rest.Op{
		Path: list, ID: "data-stream-get", Tag: integrations, Role: rest.Observer, Summary: "List the data streams of version 1",
		Description: "Those of the deprecated formats. Version 2 lists them too, and all others.",
	}, a.listLegacyStreams)
	rest.Create(r, rest.Op{
		Path: list, ID: "data-stream-post", Tag: integrations, Role: rest.User, Summary: "Create a data stream of version 1", Errors: []int{422},
		Description: "It delivers in the migrated format. Make new streams with version 2.",
	}, a.createLegacyStream)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: one, ID: "data-stream-by-id-delete", Tag: integrations, Role: rest.User,
		Summary: "Delete a data stream of version 1", Errors: []int{404},
	}, a.deleteLegacyStream)
	rest.Table(r, rest.Op{
		Path: filters, ID: "data-stream-filter-event-type-get", Tag: integrations, Role: rest.Observer,
		Summary: "List the event types that a data stream of version 1 carries", Description: "An empty list: all.", Errors: []int{404},
	}, a.listStreamEventTypes)
	rest.Do(r, rest.Op{
		Method: http.MethodPut, Path: filter, ID: "data-stream-filter-event-type-put", Tag: integrations, Role: rest.User,
		Summary: "Let a data stream of version 1 carry an event type", Description: "The first one keeps all others out.", Errors: []int{404, 409, 422},
	}, a.addStreamEventType)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: filter, ID: "data-stream-filter-event-type-delete", Tag: integrations, Role: rest.User,
		Summary: "Take an event type out of a filter", Description: "Without the last one the stream carries all.", Errors: []int{404},
	}, a.removeStreamEventType)
}

type legacyBody struct {
	History     value.Opt[value.Flag]     `json:"stream_historic_data" doc:"1 also delivers what the last twenty days recorded."`
	Type        value.Opt[value.Ref]      `json:"data_stream_type"`
	APIType     value.Opt[value.Ref]      `json:"api_type"`
	Callback    value.Opt[legacyCallback] `json:"api_callback"`
	Username    value.Opt[string]         `json:"api_username"`
	Password    value.Opt[string]         `json:"api_password"`
	Parameter   value.Opt[string]         `json:"api_parameter"`
	EventStream value.Opt[string]         `json:"event_stream"`
}

type legacyCallback struct {
	ID value.Opt[value.ID] `json:"id"`
	callback.Fields
}

func (a *API) listLegacyStreams(ctx context.Context, c rest.Caller, _ *struct{}) ([]stream.LegacyView, error) {
	return read(ctx, a, func(q db.Queryer) ([]stream.LegacyView, error) { return a.Streams.LegacyViews(q, c.Organisation) })
}

func (a *API) createLegacyStream(ctx context.Context, c rest.Caller, in *struct{ Body legacyBody }) (rest.Created[rest.Empty], error) {
	s := newStream(c.Organisation, stream.MigratedFormat, a.Clock.Micros())
	if err := a.beginLegacy(ctx, s, in.Body); err != nil {
		return rest.Created[rest.Empty]{}, err
	}
	history := int64(0)
	if in.Body.History.Value {
		history = stream.LegacyHistory
	}
	return rest.Created[rest.Empty]{ID: value.ID(s.ID)}, a.addStream(ctx, s, history)
}

// beginLegacy makes a new stream of what a POST of version 1 says.
func (a *API) beginLegacy(ctx context.Context, s *stream.Stream, b legacyBody) error {
	var wrong []*fault.Error
	if s.Type = int64(b.Type.Value.ID.Value); !b.Type.Has() {
		wrong = append(wrong, fault.New(fault.Required, "DataStream - data_stream_type is required"))
	} else if !stream.LegacyTypes(s.Type) {
		wrong = append(wrong, fault.New(fault.InvalidReference, "DataStream - data_stream_type must be 1 (Usage Data), 2 (Events) or 3 (both)"))
	}
	if !b.APIType.Has() {
		return fault.Invalid(append(wrong, fault.New(fault.Required, "DataStream - api_type is required"))...)
	}
	url, problems, err := a.legacyURL(ctx, s, b.Callback)
	if err != nil {
		return err
	}
	wrong = append(wrong, problems...)
	name, credentials, problems := stream.Legacy{
		APIType: int64(b.APIType.Value.ID.Value), Username: b.Username.Value, Password: b.Password.Value, Parameter: b.Parameter.Value,
		EventStream: b.EventStream.Value, URL: url,
	}.Destination()
	if wrong = append(wrong, problems...); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	destination := a.Streams.Destinations[name]
	if destination == nil {
		return fault.Invalid(fault.New(fault.InvalidReference, "DataStream - api_type %d is not served here", b.APIType.Value.ID.Value))
	}
	s.ConnectionType, s.Format = name, destination.Format()
	s.Credentials, wrong = destination.Check(credentials, nil)
	return fault.Invalid(wrong...)
}

// legacyURL is where a stream's callback is: an existing one of that id, or the URL that stands beside. "" when there is none.
func (a *API) legacyURL(ctx context.Context, s *stream.Stream, given value.Opt[legacyCallback]) (string, []*fault.Error, error) {
	b := given.Value
	switch {
	case !given.Has() || !b.ID.Has() && !b.URL.Has():
		return "", nil, nil
	case !b.ID.Has():
		return b.URL.Value, b.Check(), nil
	}
	found, err := read(ctx, a, func(q db.Queryer) (callback.Callback, error) {
		return callback.Get(q, s.Organisation, int64(b.ID.Value))
	})
	if fault.Is(err, fault.InvalidReference) {
		return "", []*fault.Error{fault.New(fault.InvalidReference, "DataStream - there is no api_callback %d", b.ID.Value)}, nil
	}
	s.Callback = int64(found.ID)
	return found.URL, nil, err
}

func (a *API) deleteLegacyStream(ctx context.Context, c rest.Caller, in *streamPath) error {
	return a.removeStream(ctx, c, in.ID, legacyOnly)
}

// legacyOnly keeps version 1 from streams of the new format: it does not know them.
func legacyOnly(s *stream.Stream) error {
	if !s.IsLegacy() {
		return fault.Missing("data stream", s.ID)
	}
	return nil
}

type streamEventType struct {
	streamPath
	Type rest.PathID `path:"event_type_id"`
}

func (a *API) listStreamEventTypes(ctx context.Context, c rest.Caller, in *streamPath) ([]value.Described, error) {
	s, err := a.stream(ctx, c, in.ID)
	if err == nil {
		err = legacyOnly(s)
	}
	if err != nil {
		return nil, err
	}
	return s.EventTypes(), nil
}

func (a *API) addStreamEventType(ctx context.Context, c rest.Caller, in *streamEventType) error {
	return a.changeStream(ctx, c, in.ID, func(s *stream.Stream) error {
		if err := legacyOnly(s); err != nil {
			return err
		}
		return s.AddEventType(int64(in.Type))
	})
}

func (a *API) removeStreamEventType(ctx context.Context, c rest.Caller, in *streamEventType) error {
	return a.changeStream(ctx, c, in.ID, func(s *stream.Stream) error {
		if err := legacyOnly(s); err != nil {
			return err
		}
		return s.RemoveEventType(int64(in.Type))
	})
}
