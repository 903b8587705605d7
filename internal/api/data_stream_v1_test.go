package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/value"
)

// The bodies of version 1, as they are printed in the change log of the published contract, their placeholders filled in.
const (
	printedS3V1 = `{"stream_historic_data": 0, "data_stream_type": {"description": "Usage Data & Events", "id": 3},
		"api_type": {"description": "AWS S3", "id": 8}, "api_username": "arn:aws:iam::123456789012:role/bucket-role",
		"api_parameter": "eu-west-1/bucket-name"}`
	printedKinesisV1 = `{"stream_historic_data": 0, "data_stream_type": {"description": "Usage Data & Events", "id": 3},
		"api_type": {"description": "AWS Kinesis", "id": 4}, "api_username": "arn:aws:iam::123456789012:role/kinesis-role",
		"api_parameter": "eu-west-1/kinesis-stream"}`
)

func TestDataStreamV1(t *testing.T) {
	onEach(t, streamTestRoutes(newMemory()), func(f *fixture) {
		streaming(f)
		call := f.make("/v1/api_callback", `{"url":"https://e.example/hook","purpose":"events"}`)
		id := call[strings.LastIndexByte(call, '/')+1:]
		type want struct {
			api         int64
			connection  string
			credentials string
		}
		for body, w := range map[string]want{
			printedS3V1:      {8, "S3", `{"bucket_name":"bucket-name","region":"eu-west-1","role_arn":"arn:aws:iam::123456789012:role/bucket-role"}`},
			printedKinesisV1: {4, "AwsKinesis", `{"region":"eu-west-1","role_arn":"arn:aws:iam::123456789012:role/kinesis-role","stream_name":"kinesis-stream"}`},
			`{"data_stream_type":{"id":2},"api_type":{"id":1},"api_callback":{"id":` + id + `}}`:                                                          {1, "RestAPI", `{"size":1,"url":"https://e.example/hook"}`},
			`{"data_stream_type":{"id":1},"api_type":{"id":"6"},"api_callback":{"url":"https://f.example/","organisation_id":"7"}}`:                       {6, "RestAPI", `{"size":3000,"url":"https://f.example/"}`},
			`{"data_stream_type":{"id":2},"api_type":{"id":2},"api_username":"p","api_password":"w"}`:                                                     {2, "KeenIO", `{"collection_name":"","project_id":"p","write_key":"w"}`},
			`{"data_stream_type":{"id":2},"api_type":{"id":3},"api_username":"a label","api_password":"k"}`:                                               {3, "Datadog", `{"api_key":"k"}`},
			`{"data_stream_type":{"id":2},"api_type":{"id":7},"api_username":"u","api_password":"p","event_stream":"e","api_callback":{"id":` + id + `}}`: {7, "Salesforce", `{"event_stream":"e","password":"p","url":"https://e.example/hook","username":"u"}`},
		} {
			one := f.make("/v1/data_stream", body)
			if !strings.HasPrefix(one, "/v1/data_stream/") {
				t.Fatalf("at %s", one)
			}
			number, _ := value.ParseID(one[strings.LastIndexByte(one, '/')+1:])
			s := f.stored(number)
			if s.ConnectionType != w.connection || string(s.Credentials) != w.credentials || s.Generation != stream.MigratedFormat {
				t.Errorf("%s: %s %s", body, s.ConnectionType, s.Credentials)
			}
			var rows []stream.LegacyView
			f.get("/v1/data_stream").into(t, 200, &rows)
			if len(rows) != 1 || rows[0].ID != number || int64(rows[0].APIType.ID) != w.api || rows[0].LastResult != nil {
				t.Errorf("%+v", rows)
			}
			var v stream.View
			f.get(fmt.Sprintf("/v2/data_stream/%d", number)).into(t, 200, &v)
			if v.Destination.ConnectionType != w.connection || !strings.HasSuffix(v.Destination.Name, " (Deprecated Format)") {
				t.Errorf("%+v", v.Destination)
			}
			f.call(f.token(f.other), http.MethodDelete, one, "").fails(t, 404, 1401)
			if got := f.send(http.MethodDelete, one, ""); got.status != http.StatusNoContent {
				t.Errorf("status %d", got.status)
			}
			f.send(http.MethodDelete, one, "").fails(t, 404, 1401)
		}
	})
}

func TestDataStreamV1Errors(t *testing.T) {
	onEach(t, streamTestRoutes(newMemory()), func(f *fixture) {
		streaming(f)
		for _, body := range []string{
			`{}`, `{"data_stream_type":{"id":4},"api_type":{"id":3},"api_password":"k"}`, `{"data_stream_type":{"id":2},"api_type":{"id":5}}`,
			`{"data_stream_type":{"id":2},"api_type":{"id":9}}`, `{"data_stream_type":{"id":2},"api_type":{"id":1}}`,
			`{"data_stream_type":{"id":2},"api_type":{"id":6},"api_callback":{"id":99}}`,
			`{"data_stream_type":{"id":2},"api_type":{"id":6},"api_callback":{"url":"mailto:a"}}`,
			`{"data_stream_type":{"id":2},"api_type":{"id":2},"api_username":"p"}`, `{"data_stream_type":{"id":2},"api_type":{"id":3}}`,
			`{"data_stream_type":{"id":2},"api_type":{"id":4},"api_username":"arn","api_parameter":"eu-west-1"}`,
			`{"data_stream_type":{"id":2},"api_type":{"id":7},"api_username":"u","api_password":"p"}`,
			`{"stream_historic_data":2,"data_stream_type":{"id":2},"api_type":{"id":3},"api_password":"k"}`,
		} {
			f.send(http.MethodPost, "/v1/data_stream", body).fails(t, 422, 1400)
		}
		// Another organisation's callback is none.
		call := f.make("/v1/api_callback", `{"url":"https://e.example/hook"}`)
		body := fmt.Sprintf(`{"data_stream_type":{"id":2},"api_type":{"id":6},"api_callback":{"id":%s}}`, call[strings.LastIndexByte(call, '/')+1:])
		f.call(f.token(f.other), http.MethodPost, "/v1/data_stream", body).fails(t, 422, 1400)
		// Version 1 does not know streams of the new format.
		one := strings.Replace(f.make("/v2/data_stream", printedDatadog), "/v2/", "/v1/", 1)
		f.send(http.MethodDelete, one, "").fails(t, 404, 1401)
		f.get(one+"/filter/event_type").fails(t, 404, 1401)
		f.send(http.MethodPut, one+"/filter/event_type/3", "").fails(t, 404, 1401)
		if got := f.get("/v1/data_stream"); got.body != "[]" {
			t.Errorf("%s", got.body)
		}
		observer := strings.TrimSuffix(f.token(f.enterprise), "1") + "3"
		f.call(observer, http.MethodPost, "/v1/data_stream", printedS3V1).fails(t, 403, 1104)
		f.call(observer, http.MethodPost, "/v1/api_callback", `{"url":"https://e.example/hook"}`).fails(t, 403, 1104)
	})
}

func TestDataStreamV1EventTypes(t *testing.T) {
	sink := newMemory()
	onEach(t, streamTestRoutes(sink), func(f *fixture) {
		streaming(f)
		one := f.make("/v1/data_stream", printedS3V1)
		filter := one + "/filter/event_type"
		put := func(id string, status int) {
			t.Helper()
			if got := f.send(http.MethodPut, filter+"/"+id, ""); got.status != status {
				t.Errorf("%d %s", got.status, got.body)
			}
		}
		if got := f.get(filter); got.body != "[]" {
			t.Errorf("%s", got.body)
		}
		put("8", 204)
		put("10", 204)
		put("8", 409)
		put("999", 404)
		if got := f.get(filter); got.body != `[{"id":8,"description":"SIM activation"},{"id":10,"description":"SIM deletion"}]` {
			t.Errorf("%s", got.body)
		}
		if got := f.send(http.MethodDelete, filter+"/8", ""); got.status != 204 {
			t.Errorf("%d", got.status)
		}
		f.send(http.MethodDelete, filter+"/8", "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodGet, filter, "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodPut, filter+"/3", "").fails(t, 404, 1401)
		var v stream.View
		f.get(strings.Replace(one, "/v1/", "/v2/", 1)).into(t, 200, &v)
		if diff := cmp.Diff(`[{"field":"event_type_id","value":[10]}]`, string(v.Filters.Text)); diff != "" {
			t.Error(diff)
		}
		f.send(http.MethodDelete, filter+"/10", "")
		if got := f.get(filter); got.body != "[]" {
			t.Errorf("%s", got.body)
		}
		usage := f.make("/v1/data_stream", strings.Replace(printedS3V1, `"id": 3`, `"id": 1`, 1))
		f.send(http.MethodPut, usage+"/filter/event_type/3", "").fails(t, 422, 1400)
	})
}

// What version 1 shows of a stream's progress, and how far its history reaches.
func TestDataStreamV1Progress(t *testing.T) {
	sink := newMemory()
	onEach(t, streamTestRoutes(sink), func(f *fixture) {
		streaming(f)
		store := func(description string, days time.Duration) {
			f.write(f.enterprise, func(tx *db.Tx) error {
				at := f.clock.Clock().Micros()
				return event.Append(tx, at, event.Event{Organisation: f.enterprise, Time: at, Type: event.SIMActivation, Description: description})
			})
			f.clock.Advance(days * 24 * time.Hour)
		}
		store("too old", 2)
		store("history", 18)
		store("yesterday", 1)
		body := `{"stream_historic_data":1,"data_stream_type":{"id":2},"api_type":{"id":3},"api_password":"k"}`
		one := strings.Replace(f.make("/v1/data_stream", body), "/v1/", "/v2/", 1)
		for _, text := range []string{"history", "yesterday"} {
			if got := string((<-sink.sent).Data); !strings.Contains(got, `"`+text+`"`) {
				t.Errorf("%s does not come first: %s", text, got)
			}
		}
		var ids []int64
		var entries []event.Entry
		f.get("/v1/event?sort=id").into(t, 200, &entries)
		for _, e := range entries {
			ids = append(ids, int64(e.ID))
		}
		var rows []stream.LegacyView
		waitFor(t, func() bool {
			f.get("/v1/data_stream").into(t, 200, &rows)
			return rows[0].LastEvent != nil && int64(*rows[0].LastEvent) == ids[3]
		})
		if r := rows[0]; r.LastUsage != nil || r.LastEvent == nil || int64(*r.LastEvent) != ids[3] || *r.LastResult != "200" ||
			*r.LastDispatched != "2026-12-06 12:00:30" || !bool(r.Active) || !bool(r.Running) {
			t.Errorf("%+v", r)
		}
		if got := f.get("/v1/data_stream").body; !strings.Contains(got, fmt.Sprintf(`"active":1,"running":1,"api_type":{"id":3,"description":"DataDog"},`+
			`"data_stream_type":{"id":2,"description":"Events"},"api_callback":null,"last_traffic_log_id":null,"last_event_id":"%d"`, ids[3])) {
			t.Errorf("%s", got)
		}

		sink.fail <- stream.Permanent("403 Forbidden", nil)
		store("refused", 0)
		f.becomes(one, stream.Broken)
		for connection, want := range map[string]string{"Datadog": "403", "KeenIO": "200"} {
			f.exec(`UPDATE data_stream SET connection_type = $1, generation = 1`, connection)
			f.get("/v1/data_stream").into(t, 200, &rows)
			if r := rows[0]; *r.LastResult != want || bool(r.Running) || !bool(r.Active) {
				t.Errorf("%s: %s", connection, *r.LastResult)
			}
		}
		f.exec(`UPDATE data_stream SET error = 'connection refused'`)
		f.get("/v1/data_stream").into(t, 200, &rows)
		if *rows[0].LastResult != "500" {
			t.Errorf("%s", *rows[0].LastResult)
		}
	})
}

func TestAPICallback(t *testing.T) {
	onEach(t, streamTestRoutes(newMemory()), func(f *fixture) {
		one := f.make("/v1/api_callback", `{"url":"https://e.example/hook","purpose":"events","organisation_id":"9"}`)
		want := fmt.Sprintf(`{"id":%s,"url":"https://e.example/hook","organisation_id":"%d","purpose":"events","created":"2026-11-15T12:00:30.000+0000"}`,
			one[strings.LastIndexByte(one, '/')+1:], f.enterprise)
		if got := f.get(one); got.body != want {
			t.Errorf("%s, want %s", got.body, want)
		}
		if got := f.get("/v1/api_callback"); got.body != "["+want+"]" {
			t.Errorf("%s", got.body)
		}
		f.call(f.token(f.other), http.MethodGet, one, "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, one, "").fails(t, 404, 1401)
		for _, body := range []string{`{}`, `{"url":"ftp://e.example/"}`, `{"url":"https://"}`, `{"url":"https://e.example/","purpose":"` + strings.Repeat("x", 256) + `"}`} {
			f.send(http.MethodPost, "/v1/api_callback", body).fails(t, 422, 1400)
		}
		if got := f.send(http.MethodDelete, one, ""); got.status != http.StatusOK || got.body != "" {
			t.Errorf("%d %s", got.status, got.body)
		}
		f.send(http.MethodDelete, one, "").fails(t, 404, 1401)
	})
}
