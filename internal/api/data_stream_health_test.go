package api

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/stream"
)

func TestDataStreamHealth(t *testing.T) {
	sink := newMemory()
	onEach(t, streamTestRoutes(sink), func(f *fixture) {
		streaming(f)
		one := f.make("/v2/data_stream", printedDatadog)
		var h stream.Health
		f.get(one+"/health").into(t, 200, &h)
		if h.Status.Description != "Running" || h.LagRecords != 0 || h.LastSuccess != nil || h.LastError != nil || h.Delivered != 0 {
			t.Errorf("%+v", h)
		}
		f.takes(http.MethodPatch, one, `{"status":{"id":2}}`)
		for _, text := range []string{"first", "second"} {
			f.append(f.enterprise, event.Event{Organisation: f.enterprise, Time: f.clock.Clock().Micros(), Type: event.SIMActivation, Description: text})
		}
		f.clock.Advance(time.Minute)
		f.get(one+"/health").into(t, 200, &h)
		if h.LagRecords != 2 || h.LagSeconds != 60 {
			t.Errorf("%+v", h)
		}
		f.takes(http.MethodPatch, one, `{"status":{"id":1}}`)
		<-sink.sent
		<-sink.sent
		waitFor(t, func() bool {
			f.get(one+"/health").into(t, 200, &h)
			return h.Delivered == 2
		})
		if h.LagRecords != 0 || h.LagSeconds != 0 || h.LastSuccess == nil || h.Delivered != 2 {
			t.Errorf("%+v", h)
		}

		// An observer sees that something was sent, and not what.
		var attempts []stream.Attempt
		f.get(one+"/attempts").into(t, 200, &attempts)
		if len(attempts) == 0 || !attempts[0].Delivered || !strings.Contains(attempts[0].Payload, "second") {
			t.Errorf("%+v", attempts)
		}
		observer := strings.TrimSuffix(f.token(f.enterprise), "1") + "3"
		f.call(observer, http.MethodGet, one+"/attempts", "").into(t, 200, &attempts)
		if len(attempts) == 0 || attempts[0].Payload != "" || attempts[0].Records == 0 {
			t.Errorf("%+v", attempts)
		}

		var tried stream.Attempt
		f.send(http.MethodPost, one+"/test", "").into(t, 200, &tried)
		sent := string((<-sink.sent).Data)
		if !tried.Delivered || !tried.Test || !strings.Contains(sent, "Test of the data stream") || !strings.Contains(sent, `"name":"Enterprise"`) {
			t.Errorf("%+v: %s", tried, sent)
		}
		sink.fail <- stream.Retry("503 Service Unavailable", 0, nil)
		f.send(http.MethodPost, one+"/test", "").into(t, 200, &tried)
		if tried.Delivered || tried.Status != "503 Service Unavailable" {
			t.Errorf("%+v", tried)
		}
		for method, path := range map[string]string{"GET": "/health", "POST": "/test"} {
			f.call(f.token(f.other), method, one+path, "").fails(t, 404, 1401)
		}
		f.call(f.token(f.other), http.MethodGet, one+"/attempts", "").fails(t, 404, 1401)
		f.call(observer, http.MethodPost, one+"/test", "").fails(t, 403, 1104)
	})
}

func TestDataStreamReplay(t *testing.T) {
	sink := newMemory()
	onEach(t, streamTestRoutes(sink), func(f *fixture) {
		streaming(f)
		one := f.make("/v2/data_stream", printedDatadog)
		next := func(want string) {
			t.Helper()
			if got := string((<-sink.sent).Data); !strings.Contains(got, `"`+want+`"`) {
				t.Errorf("not %s but %s", want, got)
			}
		}
		var times []time.Time
		for _, text := range []string{"first", "second", "third"} {
			f.append(f.enterprise, event.Event{Organisation: f.enterprise, Time: f.clock.Clock().Micros(), Type: event.SIMActivation, Description: text})
			times = append(times, f.clock.Clock().Now())
			f.clock.Advance(time.Hour)
			next(text)
		}
		waitFor(t, func() bool {
			var h stream.Health
			f.get(one+"/health").into(t, 200, &h)
			return h.Delivered == 3
		})
		replay := func(body string) {
			t.Helper()
			var to streamReplayed
			f.send(http.MethodPost, one+"/replay", body).into(t, http.StatusAccepted, &to)
		}
		replay(fmt.Sprintf(`{"since":%q}`, times[1].Format(time.RFC3339)))
		next("second")
		next("third")
		replay(`{"position":1}`)
		next("first")
		next("second")
		next("third")
		f.send(http.MethodPost, one+"/replay", `{"position":99}`).fails(t, 409, 1406)
		for _, body := range []string{`{}`, `{"position":1,"since":"2026-11-15T12:00:00Z"}`, `{"position":-1}`, `{"since":"1969-01-01T00:00:00Z"}`, `{"since":"soon"}`} {
			f.send(http.MethodPost, one+"/replay", body).fails(t, 422, 1400)
		}
		f.call(f.token(f.other), http.MethodPost, one+"/replay", `{"position":1}`).fails(t, 404, 1401)
	})
}

func TestDataStreamSigning(t *testing.T) {
	onEach(t, streamTestRoutes(newMemory()), func(f *fixture) {
		streaming(f)
		one := f.make("/v2/data_stream", eventStream("RestAPI", `{"url":"https://e.example/"}`)) + "/signing_secret"
		secret := func() string {
			t.Helper()
			var made signingSecret
			f.send(http.MethodPost, one, "").into(t, http.StatusCreated, &made)
			if bytes, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Secret, "whsec_")); err != nil || len(bytes) != 32 {
				t.Errorf("%s", made.Secret)
			}
			return made.Secret
		}
		list := func(want int) {
			t.Helper()
			got := f.get(one)
			var keys []stream.SigningView
			got.into(t, 200, &keys)
			if len(keys) != want || want > 0 && keys[0].Until != nil || want > 1 && keys[1].Until == nil || strings.Contains(got.body, "whsec_") {
				t.Errorf("%s", got.body)
			}
		}
		list(0)
		first := secret()
		list(1)
		second := secret()
		list(2)
		s := f.stored(1)
		if got := s.Secrets(f.clock.Clock().Micros()); len(got) != 2 || got[0] != second || got[1] != first {
			t.Errorf("%v", got)
		}
		f.clock.Advance(24 * time.Hour)
		list(1)
		for range 5 {
			secret()
		}
		list(3)
		if got := f.send(http.MethodDelete, one, ""); got.status != http.StatusNoContent {
			t.Errorf("%d", got.status)
		}
		list(0)
		f.call(f.token(f.other), http.MethodPost, one, "").fails(t, 404, 1401)
		datadog := f.make("/v2/data_stream", printedDatadog)
		f.send(http.MethodPost, datadog+"/signing_secret", "").fails(t, 422, 1400)
		f.exec(`UPDATE data_stream SET generation = 2`)
		f.send(http.MethodPost, one, "").fails(t, 422, 1400)
	})
}
