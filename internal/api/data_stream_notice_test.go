package api

import (
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/stream"
)

// What a tool does to streams beside a running engine takes effect: an Old one is migrated where it stands, one is made, one
// is deleted. Nothing is lost or sent twice.
func TestDataStreamNotice(t *testing.T) {
	sink := newMemory()
	onEach(t, streamTestRoutes(sink), func(f *fixture) {
		f.api.Streams.Settings.LookEvery = 10 * time.Millisecond
		streaming(f)
		s := newStream(f.enterprise, stream.OldFormat, began.UnixMicro())
		s.ID, s.Type, s.ConnectionType, s.Format, s.Credentials = 5, stream.EventStream, "Datadog", "Json", []byte(`{"api_key":"k"}`)
		f.write(f.enterprise, func(tx *db.Tx) error { return f.api.Streams.Create(tx, s, 0) })
		sent := func(text string) string {
			t.Helper()
			f.append(f.enterprise, event.Event{Organisation: f.enterprise, Type: event.SIMActivation, Description: text})
			got := string((<-sink.sent).Data)
			if !strings.Contains(got, `"`+text+`"`) {
				t.Errorf("not %s but %s", text, got)
			}
			return got
		}
		if got := sent("made"); strings.Contains(got, `"user":null`) {
			t.Errorf("not of the Old format: %s", got)
		}
		f.must(f.api.Streams.Migrate(t.Context(), f.db, f.enterprise, 5))
		waitFor(t, func() bool { return strings.Contains(sent("migrated"), `"user":null`) }) // as soon as the engine has looked
		if got := sent("and so is this"); !strings.Contains(got, `"alert":0`) {
			t.Errorf("not of the Migrated format: %s", got)
		}
		if err := f.api.Streams.Migrate(t.Context(), f.db, f.enterprise, 5); err == nil {
			t.Error("migrated again")
		}
		var old []*stream.Stream
		f.must(f.db.Read(t.Context(), func(q db.Queryer) (err error) { old, err = f.api.Streams.ToMigrate(q, 0); return err }))
		if len(old) != 0 {
			t.Errorf("%v", old)
		}
		f.write(f.enterprise, func(tx *db.Tx) error { return stream.Delete(tx, f.enterprise, 5) })
		waitFor(t, func() bool { return len(f.api.Streams.Attempts(5)) == 0 }) // it has looked again
		f.append(f.enterprise, event.Event{Organisation: f.enterprise, Type: event.SIMActivation, Description: "deleted"})
		select {
		case got := <-sink.sent:
			t.Errorf("sent after its end: %s", got.Data)
		case <-time.After(100 * time.Millisecond):
		}
	})
}
