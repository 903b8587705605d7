package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/value"
)

const dataStreams, dataStream, integrations = "/api/v2/data_stream", "/api/v2/data_stream/{data_stream_id}", "integrations"

func (a *API) dataStreamRoutes(r *rest.API) {
	a.dataStreamLookupRoutes(r)
	rest.Table(r, rest.Op{Path: dataStreams, ID: "list-data-streamer-v-2-s", Tag: integrations, Role: rest.Observer, Summary: "List data streams, newest first"}, a.listStreams)
	rest.Create(r, rest.Op{
		Path: dataStreams, ID: "create-data-streamer", Tag: integrations, Role: rest.User, Summary: "Create a data stream", Near: true, Errors: []int{422},
		Description: "Checks the form only: the destination is not contacted. The stream delivers what is recorded from now on; when its " +
			"first delivery fails it is in Error within seconds.",
	}, a.createStream)
	rest.Get(r, rest.Op{Path: dataStream, ID: "get-data-streamer-by-id-v-2", Tag: integrations, Role: rest.Observer, Summary: "Get a data stream", Errors: []int{404}}, a.getStream)
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: dataStream, ID: "patch-v-2-data-stream", Tag: integrations, Role: rest.User, Status: http.StatusAccepted,
		Summary: "Change, pause or resume a data stream", Errors: []int{404, 409, 422},
		Description: "What is not named stays as it is, within the credentials too. A stream in Error is not paused or resumed: 409; restart it.",
	}, a.patchStream)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: dataStream, ID: "delete-data-streamer-v-2", Tag: integrations, Role: rest.User, Status: http.StatusAccepted,
		Summary: "Delete a data stream", Errors: []int{404, 409}, Description: "409 for the moment in which it is Pending.",
	}, a.deleteStream)
	rest.Do(r, rest.Op{
		Method: http.MethodPost, Path: dataStream + "/restart", ID: "data-streamer-v-2-by-id-restart", Tag: integrations, Role: rest.User,
		Status: http.StatusAccepted, Summary: "Restart a data stream that is in Error", Errors: []int{404, 409},
		Description: "It goes on where its destination confirmed last. 409 in any other state.",
	}, a.restartStream)
}

func (a *API) dataStreamLookupRoutes(r *rest.API) {
	op := func(path, id, summary string) rest.Op {
		return rest.Op{Path: dataStreams + path, ID: id, Tag: integrations, Role: rest.Observer, Summary: summary}
	}
	rest.Table(r, op("/status", "get-data-streamer-statuses", "List data stream statuses"), lookup(stream.Statuses()))
	rest.Table(r, op("/type", "get-data-streamer-data-stream-type", "List data stream types"), lookup(stream.Types()))
	rest.Table(r, op("/filter_field_type", "get-data-streamer-enum-filter-field-type", "List the fields that filters may name"), lookup(stream.FilterFields()))
	rest.Table(r, op("/connection_type", "get-data-streamer-connection-type", "List the connection types that are served here"), a.listConnectionTypes)
}

// lookup answers with a fixed table.
func lookup[T any](table []T) func(context.Context, rest.Caller, *struct{}) ([]T, error) {
	return func(context.Context, rest.Caller, *struct{}) ([]T, error) { return table, nil }
}

func (a *API) listConnectionTypes(context.Context, rest.Caller, *struct{}) ([]stream.ConnectionType, error) {
	return slices.DeleteFunc(stream.ConnectionTypes(), func(t stream.ConnectionType) bool { return a.Streams.Destinations[t.Description] == nil }), nil
}

type streamPath struct {
	ID rest.PathID `path:"data_stream_id"`
}

func (a *API) listStreams(ctx context.Context, c rest.Caller, _ *struct{}) ([]stream.View, error) {
	streams, err := read(ctx, a, func(q db.Queryer) ([]*stream.Stream, error) { return a.Streams.All(q, c.Organisation) })
	views := make([]stream.View, len(streams))
	for i, s := range streams {
		views[i] = s.View(a.Streams.Destinations[s.ConnectionType])
	}
	return views, err
}

func (a *API) getStream(ctx context.Context, c rest.Caller, in *streamPath) (*stream.View, error) {
	s, err := a.stream(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	view := s.View(a.Streams.Destinations[s.ConnectionType])
	return &view, nil
}

func (a *API) stream(ctx context.Context, c rest.Caller, id rest.PathID) (*stream.Stream, error) {
	return read(ctx, a, func(q db.Queryer) (*stream.Stream, error) { return a.Streams.Get(q, c.Organisation, int64(id)) })
}

func (a *API) createStream(ctx context.Context, c rest.Caller, in *struct{ Body createStreamBody }) (rest.Created[rest.Empty], error) {
	s := newStream(c.Organisation, stream.NewFormat, a.Clock.Micros())
	if err := a.begin(s, in.Body); err != nil {
		return rest.Created[rest.Empty]{}, err
	}
	history := int64(0)
	if in.Body.History.Value {
		history = stream.Backlog
	}
	return rest.Created[rest.Empty]{ID: value.ID(s.ID)}, a.addStream(ctx, s, history)
}

func newStream(organisation, generation, now int64) *stream.Stream {
	return &stream.Stream{
		Organisation: organisation, Generation: generation, Status: stream.Running, Created: now,
		Filters: json.RawMessage("[]"), Relation: json.RawMessage("null"),
	}
}

// addStream gives a new stream its id, stores it and sets it going.
func (a *API) addStream(ctx context.Context, s *stream.Stream, history int64) (err error) {
	if s.ID, err = a.DB.NextID(ctx, "data_stream", s.Organisation); err != nil {
		return err
	}
	if err = a.DB.Write(ctx, []int64{s.Organisation}, func(tx *db.Tx) error { return a.Streams.Create(tx, s, history) }); err != nil {
		return err
	}
	return a.Streams.Reload(s.Organisation, s.ID)
}

func (a *API) patchStream(ctx context.Context, c rest.Caller, in *struct {
	streamPath
	Body StreamBody
},
) error {
	return a.changeStream(ctx, c, in.ID, func(s *stream.Stream) error { return a.alter(s, in.Body) })
}

func (a *API) restartStream(ctx context.Context, c rest.Caller, in *streamPath) error {
	return a.changeStream(ctx, c, in.ID, (*stream.Stream).Restart)
}

func (a *API) deleteStream(ctx context.Context, c rest.Caller, in *streamPath) error {
	return a.removeStream(ctx, c, in.ID, (*stream.Stream).Deletable)
}

// removeStream deletes a stream if allowed says nothing against it.
func (a *API) removeStream(ctx context.Context, c rest.Caller, id rest.PathID, allowed func(*stream.Stream) error) error {
	err := a.write(ctx, c, func(tx *db.Tx) error {
		s, err := a.Streams.Get(tx, c.Organisation, int64(id))
		if err == nil {
			err = allowed(s)
		}
		if err != nil {
			return err
		}
		return stream.Delete(tx, c.Organisation, s.ID)
	})
	if err != nil {
		return err
	}
	return a.Streams.Reload(c.Organisation, int64(id))
}

func (a *API) changeStream(ctx context.Context, c rest.Caller, id rest.PathID, change func(*stream.Stream) error) error {
	err := a.write(ctx, c, func(tx *db.Tx) error {
		s, err := a.Streams.Get(tx, c.Organisation, int64(id))
		if err == nil {
			err = change(s)
		}
		if err != nil {
			return err
		}
		return a.Streams.Update(tx, s)
	})
	if err != nil {
		return err
	}
	return a.Streams.Reload(c.Organisation, int64(id))
}
