package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/value"
)

// The bodies of the change log of the published contract are taken as they are printed there.
const (
	printedDatadog = `{"data_stream_type": {"id": 2}, "destination": {"connection_type": "Datadog", "credentials": {
		"api_key": "0123456789abcdef0123456789abcdef01234567", "region": "US"}, "format": "Json"}}`
	printedKinesis = `{"data_stream_type": {"id": 1}, "name": "Production Kinesis stream", "destination": {"connection_type": "AwsKinesis",
		"credentials": {"region": "af-south-1", "stream_name": "demo-stream",
		"role_arn": "arn:aws:iam:1234567890:role/role_for_kinesis_data_stream"}, "format": "Json"}}`
)

func TestDataStream(t *testing.T) {
	onEach(t, streamTestRoutes(newMemory()), func(f *fixture) {
		streaming(f)
		got := f.send(http.MethodPost, "/v2/data_stream", printedDatadog)
		if at := got.header.Get("Location"); got.status != 201 || got.body != "" || !strings.HasPrefix(at, "/api/v2/data_stream/") {
			t.Fatalf("status %d, Location %q: %s", got.status, at, got.body)
		}
		one := strings.TrimPrefix(got.header.Get("Location"), "/api")
		var v stream.View
		f.get(one).into(t, 200, &v)
		const shown = `{"api_key":"***","region":"US"}`
		if v.Name != nil || v.Type.Description != "Event" || string(v.Destination.Credentials.Text) != shown || string(v.Filters.Text) != "[]" ||
			v.Status.Description != "Running" || v.Error != nil || v.Destination.Name != "Datadog" {
			t.Errorf("%+v", v)
		}
		second := f.make("/v2/data_stream", printedKinesis)
		var all []stream.View
		f.get("/v2/data_stream").into(t, 200, &all)
		if len(all) != 2 || all[0].Name == nil || *all[0].Name != "Production Kinesis stream" || all[1].ID != v.ID {
			t.Errorf("%+v", all)
		}

		f.takes(http.MethodPatch, one, `{"destination":{"connection_type":"Datadog","credentials":{"region":"EU"}},"name":"Ours"}`)
		f.takes(http.MethodPatch, one, `{"filters":[{"field":"event_type_id","value":[1,2,3]},{"or":[{"field":"alert","value":true}]}]}`)
		f.get(one).into(t, 200, &v)
		if string(v.Destination.Credentials.Text) != `{"api_key":"***","region":"EU"}` || *v.Name != "Ours" || !strings.Contains(string(v.Filters.Text), "alert") {
			t.Errorf("%+v", v)
		}
		if s := f.stored(v.ID); !strings.Contains(string(s.Credentials), "0123456789abcdef") {
			t.Errorf("the key is lost: %s", s.Credentials)
		}
		f.takes(http.MethodPatch, one, `{"filters":[],"name":null}`)
		f.takes(http.MethodPatch, one, `{}`)
		v = stream.View{}
		f.get(one).into(t, 200, &v)
		if string(v.Filters.Text) != "[]" || v.Name != nil || string(v.Destination.Credentials.Text) != `{"api_key":"***","region":"EU"}` {
			t.Errorf("%+v", v)
		}
		f.takes(http.MethodDelete, second, "")
		f.send(http.MethodDelete, second, "").fails(t, 404, 1401)
		f.get(second).fails(t, 404, 1401)
	})
}

// stored reads a stream of the first enterprise behind the API.
func (f *fixture) stored(id value.ID) (s *stream.Stream) {
	f.t.Helper()
	f.must(f.db.Read(f.t.Context(), func(q db.Queryer) (err error) { s, err = f.api.Streams.Get(q, f.enterprise, int64(id)); return err }))
	return s
}

// takes asserts 202 without a body.
func (f *fixture) takes(method, path, body string) {
	f.t.Helper()
	if got := f.send(method, path, body); got.status != http.StatusAccepted || got.body != "" {
		f.t.Fatalf("%s %s %s: status %d %s", method, path, body, got.status, got.body)
	}
}

func TestDataStreamEveryConnectionType(t *testing.T) {
	onEach(t, streamTestRoutes(newMemory()), func(f *fixture) {
		streaming(f)
		for connection, credentials := range map[string]string{
			"RestAPI":    `{"url":"https://e.example/","headers":["A:b"]}`,
			"AwsKinesis": `{"region":"eu-west-1","stream_name":"s","role_arn":"arn:aws:iam::123456789012:role/r"}`,
			"S3":         `{"region":"eu-west-1","bucket_name":"b","role_arn":"arn:aws:iam::123456789012:role/r"}`,
			"KeenIO":     `{"project_id":"p","write_key":"w","collection_name":"c"}`,
			"Datadog":    `{"api_key":"k"}`,
			"EventHubs":  `{"connection_string":"Endpoint=sb://n.servicebus.windows.net/;EntityPath=h"}`,
			"PubSub":     `{"cps_topic":"t","cps_project":"p"}`,
		} {
			f.make("/v2/data_stream", eventStream(connection, credentials))
			f.send(http.MethodPost, "/v2/data_stream", eventStream(connection, `{}`)).fails(t, 422, 1400)
		}
		f.send(http.MethodPost, "/v2/data_stream", eventStream("Salesforce", `{"username":"u","password":"p","event_stream":"e"}`)).fails(t, 422, 1400)
		var types []stream.ConnectionType
		f.get("/v2/data_stream/connection_type").into(t, 200, &types)
		if len(types) != 7 || types[2].Description != "RestAPI" || types[2].Name != "Webhook" {
			t.Errorf("%+v", types)
		}
	})
}

func TestDataStreamStates(t *testing.T) {
	sink := newMemory()
	onEach(t, streamTestRoutes(sink), func(f *fixture) {
		streaming(f)
		one := f.make("/v2/data_stream", printedDatadog)
		pause, resume := `{"status":{"id":2}}`, `{"status":{"id":1.0,"description":"Running"}}`
		for range 2 { // the status that it has is no change
			f.takes(http.MethodPatch, one, pause)
			f.becomes(one, stream.Paused)
		}
		f.send(http.MethodPost, one+"/restart", "").fails(t, 409, 1406)
		f.takes(http.MethodPatch, one, resume)
		f.becomes(one, stream.Running)
		f.send(http.MethodPost, one+"/restart", "").fails(t, 409, 1406)
		f.send(http.MethodPatch, one, `{"status":{"id":3}}`).fails(t, 422, 1400)
		f.send(http.MethodPatch, one, `{"status":{"id":9}}`).fails(t, 422, 1400)

		sink.fail <- stream.Permanent("403 Forbidden", nil)
		f.append(f.enterprise, event.Event{Organisation: f.enterprise, Type: event.SIMActivation, Description: "SIM activated."})
		if v := f.becomes(one, stream.Broken); v.Error == nil || *v.Error != "403 Forbidden" {
			t.Errorf("error %v", v.Error)
		}
		f.send(http.MethodPatch, one, resume).fails(t, 409, 1406)
		f.send(http.MethodPatch, one, pause).fails(t, 409, 1406)
		f.takes(http.MethodPatch, one, `{"status":{"id":3,"description":"Error"},"name":"repaired"}`)
		f.takes(http.MethodPost, one+"/restart", "")
		if v := f.becomes(one, stream.Running); v.Error != nil || *v.Name != "repaired" {
			t.Errorf("%+v", v)
		}
		<-sink.sent

		f.exec(`UPDATE data_stream SET status_id = 4`)
		f.send(http.MethodDelete, one, "").fails(t, 409, 1406)
		f.send(http.MethodPost, one+"/restart", "").fails(t, 409, 1406)
	})
}

func TestDataStreamErrors(t *testing.T) {
	onEach(t, streamTestRoutes(newMemory()), func(f *fixture) {
		streaming(f)
		one := f.make("/v2/data_stream", printedDatadog)
		for body, nested := range map[string]int{
			`{}`: 1402, `{"data_stream_type":{"id":2}}`: 1402,
			strings.Replace(printedDatadog, `"id": 2`, `"id": 3`, 1):                                                  1401,
			strings.Replace(printedDatadog, "Datadog", "Pigeon", 1):                                                   1401,
			strings.Replace(printedDatadog, `"Json"`, `"Xml"`, 1):                                                     1401,
			`{"name":"` + strings.Repeat("n", 256) + `",` + printedDatadog[1:]:                                        1403,
			`{"filters":[{"field":"colour","value":1}],` + printedDatadog[1:]:                                         1403,
			`{"filters":[{"field":"alert","value":1}],` + printedDatadog[1:]:                                          1403,
			`{"filters":[{"field":"event_type_id","value":[1]}],` + printedKinesis[1:]:                                1401,
			`{"filters":[{"field":"event_type_id","value":[3,"9999"]}],` + printedDatadog[1:]:                         1401,
			`{"filters":[{"or":[{"field":"event_type_id","value":-1}]}],` + printedDatadog[1:]:                        1401,
			`{"filters":[{"field":"event_type_id","value":[]}],` + printedDatadog[1:]:                                 1402,
			`{"filters":[{"field":"event_type_id","value":1.5}],` + printedDatadog[1:]:                                1403,
			`{"filters":[{"or":[]}],` + printedDatadog[1:]:                                                            1402,
			`{"filters":[{"field":"alert","value":true,"or":[{"field":"alert","value":true}]}],` + printedDatadog[1:]: 1403,
			`{"name":5,` + printedDatadog[1:]:                                                                         1403,
		} {
			got := f.send(http.MethodPost, "/v2/data_stream", body)
			got.fails(t, 422, 1400)
			var e rest.Error
			if got.into(t, 422, &e); e.Token != "InputValidationFailed" || e.Message == "" || len(e.Errors) == 0 || int(e.Errors[0].Code) != nested || strings.Contains(e.Message, "StreamBody") {
				t.Errorf("%s: %s", body, got.body)
			}
			if body != "{}" && !strings.HasPrefix(body, `{"data_stream_type":{"id":2}}`) {
				f.send(http.MethodPatch, one, body).fails(t, 422, 1400)
			}
		}
		f.send(http.MethodPost, "/v2/data_stream", `{"stream_historic_data":2,`+printedDatadog[1:]).fails(t, 422, 1400)
		f.get("/v2/data_stream/x").fails(t, 400, 1000)
	})
}

// What is not one's own looks as if it were not there; an observer reads and does not write.
func TestDataStreamTenancy(t *testing.T) {
	onEach(t, streamTestRoutes(newMemory()), func(f *fixture) {
		streaming(f)
		one := f.make("/v2/data_stream", printedDatadog)
		observer := strings.TrimSuffix(f.token(f.enterprise), "1") + "3"
		for _, c := range []struct{ method, path, body string }{
			{"GET", one, ""}, {"PATCH", one, `{"name":"x"}`}, {"DELETE", one, ""}, {"POST", one + "/restart", ""},
		} {
			for _, organisation := range []int64{f.other, f.reseller, f.operator} {
				f.call(f.token(organisation), c.method, c.path, c.body).fails(t, 404, 1401)
			}
			if c.method != "GET" {
				f.call(observer, c.method, c.path, c.body).fails(t, 403, 1104)
			}
		}
		f.call(observer, "POST", "/v2/data_stream", printedDatadog).fails(t, 403, 1104)
		if got := f.call(observer, "GET", one, ""); got.status != 200 {
			t.Errorf("status %d", got.status)
		}
		if got := f.call(f.token(f.other), "GET", "/v2/data_stream", ""); got.body != "[]" {
			t.Errorf("%s", got.body)
		}
	})
}

// Streams of a deprecated format keep what they have and get nothing new.
func TestDataStreamDeprecatedFormats(t *testing.T) {
	onEach(t, streamTestRoutes(newMemory()), func(f *fixture) {
		streaming(f)
		for generation, mark := range map[int64]string{stream.OldFormat: " (Deprecated)", stream.MigratedFormat: " (Deprecated Format)"} {
			datadog := f.make("/v2/data_stream", eventStream("Datadog", `{"api_key":"k","region":"US"}`))
			hook := f.make("/v2/data_stream", eventStream("RestAPI", `{"url":"https://e.example/","headers":["A:b"],"size":1}`))
			f.exec(`UPDATE data_stream SET generation = $1`, generation)
			for path, bodies := range map[string][]string{
				datadog: {
					`{"name":"x"}`, `{"destination":{"connection_type":"Datadog","credentials":{"region":"EU"}}}`, `{"relation_resolution":{}}`,
					`{"destination":{"connection_type":"RestAPI","credentials":{"url":"https://e.example/"}}}`,
				},
				hook: {
					`{"destination":{"connection_type":"RestAPI","credentials":{"size":2}}}`, `{"destination":{"connection_type":"RestAPI","credentials":{"method":"PUT"}}}`,
					`{"destination":{"connection_type":"RestAPI","credentials":{"headers":["B:c"]}}}`,
				},
			} {
				for _, body := range bodies {
					f.send(http.MethodPatch, path, body).fails(t, 422, 1400)
				}
				read := f.get(path).body
				if !strings.Contains(read, mark+`"`) {
					t.Errorf("no %q in %s", mark, read)
				}
				f.takes(http.MethodPatch, path, read) // what was read may be sent back
				if strings.Contains(string(f.stored(f.becomes(path, stream.Running).ID).Credentials), "***") {
					t.Error("a mask took the place of a secret")
				}
				f.takes(http.MethodPatch, path, `{"status":{"id":2},"filters":[{"field":"event_type_id","value":"5"}]}`)
			}
			f.takes(http.MethodPatch, hook, `{"destination":{"connection_type":"RestAPI","credentials":{"url":"https://f.example/"}}}`)
			f.takes(http.MethodPatch, datadog, `{"destination":{"connection_type":"Datadog","credentials":{"api_key":"other"}}}`)
		}
	})
}
