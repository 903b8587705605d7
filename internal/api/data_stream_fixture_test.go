package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/tariff"
)

// place is a destination that takes everything. It knows which credentials it needs and which of them are secret.
type place struct {
	form           string
	needs, secrets []string
	sink           *memory
}

func (p place) Format() string                            { return p.form }
func (p place) Encoding(generation int64) format.Encoding { return format.JSON(generation) }
func (p place) Pace(json.RawMessage) stream.Pace          { return stream.Pace{Most: 100} }
func (p place) Open(*stream.Stream) (stream.Sink, error)  { return p.sink, nil }

func (p place) Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error) {
	all := map[string]json.RawMessage{}
	changed := map[string]json.RawMessage{}
	_ = json.Unmarshal(stored, &all)
	if json.Unmarshal(given, &changed) != nil {
		return nil, []*fault.Error{fault.New(fault.InvalidFormat, "credentials")}
	}
	maps.DeleteFunc(changed, func(_ string, text json.RawMessage) bool { return strings.Contains(string(text), "***") })
	maps.Copy(all, changed)
	var wrong []*fault.Error
	for _, name := range p.needs {
		if len(all[name]) < 3 {
			wrong = append(wrong, fault.New(fault.Required, "%s is required", name))
		}
	}
	text, _ := json.Marshal(all)
	return text, wrong
}

func (p place) Mask(stored json.RawMessage) json.RawMessage {
	all := map[string]json.RawMessage{}
	_ = json.Unmarshal(stored, &all)
	for _, name := range p.secrets {
		all[name] = json.RawMessage(`"***"`)
		if name == "headers" {
			all[name] = json.RawMessage(`["***"]`)
		}
	}
	text, _ := json.Marshal(all)
	return text
}

// memory keeps what it was sent, or fails.
type memory struct {
	sent chan stream.Record
	fail chan error
}

func (m *memory) Send(_ context.Context, records []stream.Record) (int, error) {
	select {
	case err := <-m.fail:
		return 0, err
	default:
	}
	for _, r := range records {
		m.sent <- stream.Record{Kind: r.Kind, Key: r.Key, Data: []byte(string(r.Data))}
	}
	return len(records), nil
}

func (m *memory) Close() {}

func places(sink *memory) map[string]stream.Destination {
	return map[string]stream.Destination{
		"RestAPI":    place{"Json", []string{"url"}, []string{"headers"}, sink},
		"AwsKinesis": place{"Json", []string{"region", "stream_name", "role_arn"}, nil, sink},
		"S3":         place{"Csv", []string{"region", "bucket_name", "role_arn"}, nil, sink},
		"KeenIO":     place{"Json", []string{"project_id", "write_key"}, []string{"write_key"}, sink},
		"Datadog":    place{"Json", []string{"api_key"}, []string{"api_key"}, sink},
		"EventHubs":  place{"Json", []string{"connection_string"}, []string{"connection_string"}, sink},
		"PubSub":     place{"Json", []string{"cps_topic", "cps_project"}, nil, sink},
		"Salesforce": place{"Json", []string{"username", "password", "event_stream"}, []string{"password"}, sink},
	}
}

// streams serves everything about data streams over destinations that take everything.
func streamTestRoutes(sink *memory) func(*API, *rest.API) {
	return func(a *API, r *rest.API) {
		settings := stream.DefaultSettings()
		settings.CursorEvery, settings.FirstTries = time.Millisecond, 1
		a.Streams = &stream.Engine{
			DB: a.DB, Clock: a.Clock, Log: dbtest.Quiet(), Settings: settings, Destinations: places(sink),
			Catalogue: func() *tariff.Catalogue { return &tariff.Catalogue{} },
		}
		a.dataStreamRoutes(r)
		a.dataStreamHealthRoutes(r)
		a.dataStreamV1Routes(r)
		a.apiCallbackRoutes(r)
		a.eventRoutes(r)
	}
}

// streaming starts the engine. The log of the enterprise is not empty.
func streaming(f *fixture) {
	f.append(f.enterprise, event.Event{Organisation: f.enterprise, Type: event.Generic, Description: "The beginning."})
	ctx, stop := context.WithCancel(context.Background())
	f.must(f.api.Streams.Start(ctx))
	f.t.Cleanup(func() { stop(); f.api.Streams.Done() })
}

func newMemory() *memory {
	return &memory{sent: make(chan stream.Record, 1000), fail: make(chan error, 100)}
}

// make creates a stream and returns its address below /api.
func (f *fixture) make(path, body string) string {
	f.t.Helper()
	got := f.send(http.MethodPost, path, body)
	if got.status != http.StatusCreated || got.body != "" {
		f.t.Fatalf("status %d: %s", got.status, got.body)
	}
	location := got.header.Get("Location")
	return location[strings.Index(location, "/api")+len("/api"):]
}

// becomes waits until a stream has a status.
func (f *fixture) becomes(path string, status int64) (v stream.View) {
	f.t.Helper()
	waitFor(f.t, func() bool {
		v = stream.View{}
		f.get(path).into(f.t, http.StatusOK, &v)
		return int64(v.Status.ID) == status
	})
	return v
}

// waitFor waits until something holds, for half a minute at most.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}

func eventStream(connection, credentials string) string {
	return fmt.Sprintf(`{"data_stream_type":{"id":2},"destination":{"connection_type":%q,"format":"Json","credentials":%s}}`, connection, credentials)
}
