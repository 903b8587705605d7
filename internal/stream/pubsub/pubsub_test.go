package pubsub_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/stream/pubsub"
	"github.com/simstead/simstead/internal/stream/streamtest"
)

func record(n int) stream.Record {
	return stream.Record{Kind: stream.EventStream, Key: int64(n % 3), Data: fmt.Appendf(nil, `{"id":%d}`, n)}
}

func open(t *testing.T, d *pubsub.Destination) stream.Sink {
	t.Helper()
	sink, err := d.Open(&stream.Stream{Generation: format.New, Credentials: given(project, topic)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.Close)
	return sink
}

func TestSuite(t *testing.T) {
	streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
		g := newGoogle(t)
		return &streamtest.Subject{
			Destination: destination(g), Stream: stream.Stream{Generation: format.New, Credentials: given(project, topic)},
			Record: record, ByKey: true, Received: g.received, Behave: g.behave, After: time.Minute,
			Texts: map[streamtest.Trouble]string{
				streamtest.Refused: "Pub/Sub answered Internal", streamtest.Throttle: "quota", streamtest.Reset: "cannot be reached",
				streamtest.Lost: "cannot be reached", streamtest.Partial: "Aborted",
			},
			Oversize: bytes.Repeat([]byte("x"), 11_000_000),
			Wrong: []streamtest.Wrong{
				{Name: "topic", Credentials: given(project, "another"), Text: "the topic does not exist"},
				{Name: "project", Credentials: given("another-project", topic), Text: "the service account may not publish to the topic"},
			},
		}
	})
}

// What a subscriber gets, byte for byte, and how it is asked for: one request for each key.
func TestMessages(t *testing.T) {
	g := newGoogle(t)
	records := []stream.Record{record(1), record(2), record(4), record(3), record(7)}
	records[3].Kind = stream.UsageStream
	if n, err := open(t, destination(g)).Send(t.Context(), records); n != 5 || err != nil {
		t.Fatalf("confirmed %d, %v", n, err)
	}
	var got []string
	for _, r := range g.requests {
		line := strings.TrimPrefix(r.Topic, "projects/") + ":"
		for _, m := range r.Messages {
			line += fmt.Sprintf(" %s=%s %v", m.OrderingKey, m.Data, m.Attributes)
		}
		got = append(got, line)
	}
	slices.Sort(got)
	const to, event = "harbour-sensors/topics/sim-events:", " map[data_stream_type:event]"
	want := []string{
		to + ` 0={"id":3} map[data_stream_type:usage]`,
		to + ` 1={"id":1}` + event + ` 1={"id":4}` + event + ` 1={"id":7}` + event,
		to + ` 2={"id":2}` + event,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// After a failure no request is begun any more, and what is behind it does not count.
func TestStopsAtTheFirstFailure(t *testing.T) {
	g := newGoogle(t)
	g.how.Store(streamtest.Partial)
	var records []stream.Record
	for n := range 900 { // key 1 is among the first
		records = append(records, stream.Record{Kind: stream.EventStream, Key: int64(n), Data: []byte(`{}`)})
	}
	n, err := open(t, destination(g)).Send(t.Context(), records)
	if f := stream.AsFailure(err); n != 1 || f == nil || f.Final {
		t.Errorf("confirmed %d, %v", n, err)
	}
	if got := len(g.received(t)); got > 400 {
		t.Errorf("%d were published behind it", got)
	}
}

func TestPolicy(t *testing.T) {
	d := destination(newGoogle(t))
	d.Policy.Allow = nil
	n, err := open(t, d).Send(t.Context(), []stream.Record{record(1)})
	if f := stream.AsFailure(err); n != 0 || f == nil || f.Text != "Pub/Sub cannot be reached" || !strings.Contains(err.Error(), "not public") {
		t.Errorf("confirmed %d, %v", n, err)
	}
}

func TestCheck(t *testing.T) {
	d := &pubsub.Destination{}
	for _, wrong := range [][2]string{
		{"", topic}, {project, ""}, {"Harbour", topic}, {"a/b", topic}, {"../../x-y", topic}, {project, "a/b"}, {project, "go"}, {project, "google-x"},
		{project, "projects/p/topics/t"}, {project, "1st"},
	} {
		if _, problems := d.Check(given(wrong[0], wrong[1]), nil); len(problems) != 1 {
			t.Errorf("%q: %v", wrong, problems)
		}
	}
	stored, problems := d.Check([]byte(`{"cps_topic":"other"}`), given(project, topic))
	if len(problems) > 0 || string(stored) != string(given(project, "other")) || string(d.Mask(stored)) != string(stored) {
		t.Errorf("stored %s, %v, masked %s", stored, problems, d.Mask(stored))
	}
}
