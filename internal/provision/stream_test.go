package provision

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const withStreams = `
organisations:
  - name: Harbour
    type: enterprise
    data_streams:
      - {generation: Old, type: both, connection_type: RestAPI, event_types: [3, 5], credentials: {url: "https://old.example/", size: 1}}
      - {generation: Migrated, type: usage, connection_type: RestAPI, paused: true, credentials: {url: "https://mig.example/", headers: ["A:secret"]}}
      - {name: Fresh, type: events, connection_type: RestAPI, credentials: {url: "https://new.example/"}}
      - {generation: Old, type: usage, connection_type: KeenIO, credentials: {project_id: p, write_key: k}}
`

func TestStreams(t *testing.T) {
	each(t, func(w *world) {
		before := w.state()
		out, err := w.apply(withStreams, true)
		w.must(err)
		if !strings.Contains(out, "would make  data stream 1 of Harbour to Webhook (Deprecated)\n") || cmp.Diff(before, w.state()) != "" {
			t.Errorf("%s", out)
		}
		out, err = w.apply(withStreams, false)
		w.must(err)
		if !strings.Contains(out, "made   data stream 2 of Harbour to Webhook (Deprecated Format)\n") || !strings.Contains(out, "made   data stream 3 of Harbour to Webhook\n") {
			t.Errorf("%s", out)
		}
		want := []string{ // generation, name, type, status, format, filters
			`1||3|1|Json|[{"field":"event_type_id","value":[3,5]}]`, `2||1|2|Json|[]`, `3|Fresh|2|1|Json|[]`, `1||1|1|Json|[]`,
		}
		rows := `SELECT CAST(generation AS TEXT) || '|' || name || '|' || CAST(data_stream_type_id AS TEXT) || '|' || CAST(status_id AS TEXT) || '|' || format || '|' || filters
			FROM data_stream ORDER BY id`
		if diff := cmp.Diff(want, w.rows(rows)); diff != "" {
			t.Error(diff)
		}
		// Applied again, each is found: also when it was migrated, paused or got another secret.
		before = w.state()
		_, err = w.apply(strings.Replace(strings.Replace(withStreams, "generation: Old", "generation: Migrated", 1), "A:secret", "A:other", 1), false)
		w.must(err)
		if diff := cmp.Diff(before, w.state()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestStreamErrors(t *testing.T) {
	const at = "organisations[Harbour].data_streams"
	each(t, func(w *world) {
		before := w.state()
		for name, c := range map[string]struct{ old, new, want string }{
			"unknown key":     {"paused: true", "pause: true", "field pause not found"},
			"generation":      {"generation: Old", "generation: Older", at + `[1].generation: "Older" is none of`},
			"type":            {"type: usage", "type: cdr", at + `[2].type: "cdr" is none of`},
			"both in new":     {"type: events", "type: both", at + `[Fresh].type: the New generation has no`},
			"name":            {"{generation: Migrated", "{name: X, generation: Migrated", at + `[X].name: only streams of the New`},
			"connection type": {"connection_type: RestAPI, paused", "connection_type: Pigeon, paused", at + `[2].connection_type: there is no`},
			"credentials":     {"size: 1}", "size: 0}", at + `[1].credentials: size must be`},
			"url":             {"https://new", "http://new", at + `[Fresh].credentials: url: `},
			"event type":      {"[3, 5]", "[3, 999]", at + `[1].event_types: event type with id 999`},
			"usage filter":    {"paused: true", "event_types: [3]", at + `[2].event_types: `},
		} {
			_, err := w.apply(strings.Replace(withStreams, c.old, c.new, 1), false)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if diff := cmp.Diff(before, w.state()); diff != "" {
			t.Error(diff)
		}
	})
}
