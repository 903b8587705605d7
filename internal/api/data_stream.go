package api

import (
	"context"
	"encoding/json"
	"sort"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) dataStreamRoutes(r *rest.API) {
	const path, one, tag = "/api/v2/data_stream", "/api/v2/data_stream/{data_stream_id}", "integrations"
	rest.Table(r, rest.Op{Path: path, ID: "list-data-streamer-v-2-s", Tag: tag, Role: rest.Observer, Summary: "List data streams, newest first"}, a.listStreams)
	rest.Create(r, rest.Op{
		Path: path, ID: "create-data-streamer", Tag: tag, Role: rest.User, Summary: "Create a data stream",
		Description: "Checks the form only: the destination is not contacted. The stream delivers what is recorded from now on.", Errors: []int{422},
	}, a.createStream)
	rest.Get(r, rest.Op{Path: one, ID: "get-data-streamer-by-id-v-2", Tag: tag, Role: rest.Observer, Summary: "Get a data stream", Errors: []int{404}}, a.getStream)
	rest.Do(r, rest.Op{
		Method: "PATCH", Path: one, ID: "patch-v-2-data-stream", Tag: tag, Role: rest.User, Status: 202,
		Summary: "Change, pause or resume a data stream", Errors: []int{404, 409, 422},
	}, a.patchStream)
	rest.Do(r, rest.Op{
		Method: "DELETE", Path: one, ID: "delete-data-streamer-v-2", Tag: tag, Role: rest.User, Status: 202,
		Summary: "Delete a data stream", Errors: []int{404},
	}, a.deleteStream)
	rest.Do(r, rest.Op{
		Method: "POST", Path: one + "/restart", ID: "data-streamer-v-2-by-id-restart", Tag: tag, Role: rest.User, Status: 202,
		Summary: "Restart a data stream that is in its error state", Errors: []int{404, 409},
	}, a.restartStream)
	rest.Table(r, rest.Op{Path: path + "/status", ID: "get-data-streamer-statuses", Tag: tag, Role: rest.Observer, Summary: "List data stream statuses"},
		lookup(stream.Statuses()))
	rest.Table(r, rest.Op{Path: path + "/type", ID: "get-data-streamer-data-stream-type", Tag: tag, Role: rest.Observer, Summary: "List data stream types"},
		lookup(stream.Types()))
	rest.Table(r, rest.Op{
		Path: path + "/filter_field_type", ID: "get-data-streamer-enum-filter-field-type", Tag: tag, Role: rest.Observer,
		Summary: "List the fields that filters may name",
	},
		lookup([]value.Described{{ID: 1, Description: "event_type_id"}, {ID: 2, Description: "alert"}}))
}

// lookup answers with a fixed table.
func lookup(table []value.Described) func(context.Context, rest.Caller, *struct{}) ([]value.Described, error) {
	return func(context.Context, rest.Caller, *struct{}) ([]value.Described, error) { return table, nil }
}

type streamPath struct {
	ID rest.PathID `path:"data_stream_id"`
}

type streamBody struct {
	Name        value.Opt[string]            `json:"name"`
	Type        value.Opt[value.Ref]         `json:"data_stream_type"`
	Destination value.Opt[streamDestination] `json:"destination"`
	Filters     value.Opt[json.RawMessage]   `json:"filters"`
	Relation    value.Opt[json.RawMessage]   `json:"relation_resolution"`
	Status      value.Opt[value.Ref]         `json:"status"`
}

type streamDestination struct {
	ConnectionType value.Opt[string] `json:"connection_type"`
	Format         value.Opt[string] `json:"format"`
	Credentials    json.RawMessage   `json:"credentials"`
}

type createStreamBody struct {
	streamBody
	History value.Opt[value.ID] `json:"stream_historic_data" doc:"1 also delivers what the last seven days recorded."`
}

func (a *API) listStreams(ctx context.Context, c rest.Caller, _ *struct{}) ([]stream.View, error) {
	streams, err := read(ctx, a, func(q db.Queryer) ([]*stream.Stream, error) { return stream.All(q, c.Organisation) })
	views := make([]stream.View, len(streams))
	for i, s := range streams {
		views[i] = s.View(a.Streams.Destinations[s.ConnectionType])
	}
	return views, err
}

func (a *API) getStream(ctx context.Context, c rest.Caller, in *streamPath) (*stream.View, error) {
	s, err := read(ctx, a, func(q db.Queryer) (*stream.Stream, error) { return stream.Get(q, c.Organisation, int64(in.ID)) })
	if err != nil {
		return nil, err
	}
	view := s.View(a.Streams.Destinations[s.ConnectionType])
	return &view, nil
}

func (a *API) createStream(ctx context.Context, c rest.Caller, in *struct{ Body createStreamBody }) (rest.Created[rest.Empty], error) {
	s := &stream.Stream{
		Organisation: c.Organisation, Generation: stream.NewFormat, Status: stream.Running, Created: a.Clock.Micros(),
		Filters: json.RawMessage("[]"), Relation: json.RawMessage("null"),
	}
	wrong := a.apply(s, in.Body.streamBody)
	if !in.Body.Type.Has() {
		wrong = append(wrong, fault.New(fault.Required, "DataStream - data_stream_type is required"))
	}
	if !in.Body.Destination.Has() {
		wrong = append(wrong, fault.New(fault.Required, "DataStream - destination is required"))
	}
	if err := fault.Invalid(wrong...); err != nil {
		return rest.Created[rest.Empty]{}, err
	}
	var err error
	if s.ID, err = a.DB.NextID(ctx, "data_stream", c.Organisation); err != nil {
		return rest.Created[rest.Empty]{}, err
	}
	history := int64(0)
	if in.Body.History.Has() && in.Body.History.Value == 1 {
		history = stream.Backlog
	}
	if err := a.write(ctx, c, func(tx *db.Tx) error { return stream.Create(tx, s, history) }); err != nil {
		return rest.Created[rest.Empty]{}, err
	}
	return rest.Created[rest.Empty]{ID: value.ID(s.ID)}, a.Streams.Reload(c.Organisation, s.ID)
}

func (a *API) patchStream(ctx context.Context, c rest.Caller, in *struct {
	streamPath
	Body streamBody
},
) error {
	return a.changeStream(ctx, c, int64(in.ID), func(s *stream.Stream) error {
		if err := fault.Invalid(a.apply(s, in.Body)...); err != nil {
			return err
		}
		if in.Body.Destination.Has() {
			s.Confirmed = false // a new destination has to prove itself
		}
		return nil
	})
}

func (a *API) restartStream(ctx context.Context, c rest.Caller, in *streamPath) error {
	return a.changeStream(ctx, c, int64(in.ID), func(s *stream.Stream) error {
		if s.Status != stream.Broken {
			return fault.New(fault.NotAllowed, "DataStream - only a stream in its error state can be restarted; this one is not")
		}
		s.Status, s.Error, s.Confirmed = stream.Running, "", false
		return nil
	})
}

func (a *API) deleteStream(ctx context.Context, c rest.Caller, in *streamPath) error {
	err := a.write(ctx, c, func(tx *db.Tx) error {
		if _, err := stream.Get(tx, c.Organisation, int64(in.ID)); err != nil {
			return err
		}
		return stream.Delete(tx, c.Organisation, int64(in.ID))
	})
	if err != nil {
		return err
	}
	return a.Streams.Reload(c.Organisation, int64(in.ID))
}

func (a *API) changeStream(ctx context.Context, c rest.Caller, id int64, change func(*stream.Stream) error) error {
	err := a.write(ctx, c, func(tx *db.Tx) error {
		s, err := stream.Get(tx, c.Organisation, id)
		if err != nil {
			return err
		}
		if err := change(s); err != nil {
			return err
		}
		return stream.Update(tx, s)
	})
	if err != nil {
		return err
	}
	return a.Streams.Reload(c.Organisation, id)
}

// apply sets what a request body says and returns what is wrong with it.
func (a *API) apply(s *stream.Stream, b streamBody) (wrong []*fault.Error) {
	if b.Name.Set {
		s.Name = b.Name.Value
	}
	if b.Type.Has() {
		if s.Type = int64(b.Type.Value.ID.Value); s.Type != stream.UsageStream && s.Type != stream.EventStream {
			wrong = append(wrong, fault.New(fault.InvalidReference, "DataStream - data_stream_type must be 1 (Usage) or 2 (Event)"))
		}
	}
	if b.Destination.Has() {
		wrong = append(wrong, a.applyDestination(s, b.Destination.Value)...)
	}
	if b.Filters.Set {
		s.Filters = json.RawMessage("[]")
		if b.Filters.Has() {
			s.Filters = b.Filters.Value
		}
	}
	filter, problems := stream.ParseFilter(s.Filters)
	wrong = append(wrong, problems...)
	if len(filter) > 0 && s.Type == stream.UsageStream {
		wrong = append(wrong, fault.New(fault.InvalidReference, "DataStream - filters are for event streams only"))
	}
	if b.Relation.Set && b.Relation.Has() {
		s.Relation = b.Relation.Value
	}
	if b.Status.Has() {
		switch status := int64(b.Status.Value.ID.Value); status {
		case stream.Running, stream.Paused:
			s.Status, s.Error = status, ""
		default:
			wrong = append(wrong, fault.New(fault.InvalidReference, "DataStream - status can be set to 1 (Running) or 2 (Paused)"))
		}
	}
	return wrong
}

func (a *API) applyDestination(s *stream.Stream, d streamDestination) (wrong []*fault.Error) {
	had := s.Credentials
	if d.ConnectionType.Has() && d.ConnectionType.Value != s.ConnectionType {
		s.ConnectionType, had = d.ConnectionType.Value, nil
	}
	destination := a.Streams.Destinations[s.ConnectionType]
	if destination == nil {
		var names []string
		for name := range a.Streams.Destinations {
			names = append(names, name)
		}
		sort.Strings(names)
		return append(wrong, fault.New(fault.InvalidReference, "DataStream - connection_type must be one of %s", strings.Join(names, ", ")))
	}
	if s.Format = destination.Format(); d.Format.Has() && d.Format.Value != s.Format {
		wrong = append(wrong, fault.New(fault.InvalidReference, "DataStream - format of %s must be %s", s.ConnectionType, s.Format))
	}
	stored, problems := destination.Check(d.Credentials, had)
	s.Credentials = stored
	return append(wrong, problems...)
}
