package keen_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/stream/keen"
	"github.com/simstead/simstead/internal/stream/streamtest"
)

const writeKey = "hush-write-key"

// peer is as much of KeenIO as takes events: one project, one write key.
type peer struct {
	mu       sync.Mutex
	got      []string // records, in the order in which they came
	requests []string // "path body"
	refuse   bool     // every third record of a batch
}

var address = regexp.MustCompile(`^/3\.0/projects/5f0c7e/events(?:/([^/]+))?$`)

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path := address.FindStringSubmatch(r.URL.Path)
	switch {
	case r.Header.Get("Authorization") != writeKey:
		answer(w, 401, `{"message":"The API Key you specified is not valid: `+r.Header.Get("Authorization")+`","error_code":"InvalidApiKeyError"}`)
		return
	case path == nil || r.Method != http.MethodPost:
		answer(w, 404, `{"error_code":"ResourceNotFoundError"}`)
		return
	case r.Header.Get("Content-Type") != "application/json" || len(body) > 10<<20:
		answer(w, 413, `{}`)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, r.URL.Path+" "+string(body))
	if path[1] != "" {
		var one struct{}
		if json.Unmarshal(body, &one) != nil {
			answer(w, 400, `{"error_code":"InvalidJSONError"}`)
			return
		}
		p.got = append(p.got, string(body))
		answer(w, 201, `{"created":true}`)
		return
	}
	var batch map[string][]json.RawMessage
	if json.Unmarshal(body, &batch) != nil {
		answer(w, 400, `{"error_code":"InvalidJSONError"}`)
		return
	}
	results := map[string][]map[string]any{}
	for name, records := range batch {
		for i, record := range records {
			if p.refuse && i%3 == 2 {
				results[name] = append(results[name], map[string]any{"success": false, "error": map[string]string{
					"name": "KeenTechnicalError", "description": "it was " + writeKey}})
				continue
			}
			p.got = append(p.got, string(record))
			results[name] = append(results[name], map[string]any{"success": true})
		}
	}
	text, _ := json.Marshal(results)
	answer(w, 200, string(text))
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func (p *peer) records() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.got...)
}

func destination(url string) keen.Destination {
	return keen.Destination{
		Policy: egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, Clock: clock.System(), URL: url,
		Collections: keen.Collections{Event: "old_events", Usage: "old_usage"},
	}
}

func stored(t *testing.T, d keen.Destination, given string) json.RawMessage {
	t.Helper()
	text, problems := d.Check(json.RawMessage(given), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return text
}

const given = `{"project_id":"5f0c7e","write_key":"hush-write-key","collection_name":"buoys","size":5}`

func TestSuite(t *testing.T) {
	streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
		p := &peer{}
		proxy := streamtest.NewProxy(t, "", p)
		d := destination(proxy.URL)
		return &streamtest.Subject{
			Destination: d, Stream: stream.Stream{Generation: format.New, Credentials: stored(t, d, given)}, Secret: writeKey,
			Record: func(n int) stream.Record {
				return stream.Record{Kind: stream.EventStream, Key: int64(n % 3), Data: fmt.Appendf(nil, `{"id":%d}`, n)}
			},
			Received: func(*testing.T) []string { return p.records() },
			Behave: func(_ *testing.T, how streamtest.Trouble) bool {
				p.mu.Lock()
				p.refuse = how == streamtest.Partial
				p.mu.Unlock()
				behaviour, ok := map[streamtest.Trouble]streamtest.Behaviour{
					streamtest.None: nil, streamtest.Partial: nil, streamtest.Refused: streamtest.Answer(503, nil, writeKey),
					streamtest.Throttle: streamtest.Answer(429, map[string]string{"Retry-After": "60"}, ""),
					streamtest.Slow:     streamtest.Hang, streamtest.Reset: streamtest.HangUp, streamtest.Lost: streamtest.LoseAnswer,
				}[how]
				proxy.Behave(behaviour)
				return ok
			},
			After: time.Minute,
			Texts: map[streamtest.Trouble]string{
				streamtest.Refused: "503 Service Unavailable", streamtest.Throttle: "429 Too Many Requests", streamtest.Reset: "reset",
				streamtest.Lost: "reset", streamtest.Partial: "200 OK, but a record was refused: KeenTechnicalError",
			},
			Wrong: []streamtest.Wrong{
				{Name: "key", Credentials: json.RawMessage(strings.Replace(given, writeKey, "another", 1)), Text: "401 Unauthorized"},
				{Name: "project", Credentials: json.RawMessage(strings.Replace(given, "5f0c7e", "600000", 1)), Text: "404 Not Found"},
			},
		}
	})
}

// What goes over the wire, byte for byte, by generation, size and kind.
func TestRequests(t *testing.T) {
	event := stream.Record{Kind: stream.EventStream, Data: []byte(`{"id":1}`)}
	usage := stream.Record{Kind: stream.UsageStream, Data: []byte(`{"id":2}`)}
	const project = "/3.0/projects/5f0c7e/events"
	for _, tt := range []struct {
		name       string
		generation int64
		size       string
		records    []stream.Record
		want       []string
	}{
		{"new, alone", format.New, "3000", []stream.Record{event}, []string{project + `/buoys {"id":1}`}},
		{"new, several", format.New, "3000", []stream.Record{event, event}, []string{project + ` {"buoys":[{"id":1},{"id":1}]}`}},
		{"new, size 1", format.New, "1", []stream.Record{event, event}, []string{project + `/buoys {"id":1}`, project + `/buoys {"id":1}`}},
		{"new, size 2", format.New, "2", []stream.Record{event, event, event},
			[]string{project + ` {"buoys":[{"id":1},{"id":1}]}`, project + `/buoys {"id":1}`}},
		{"migrated", format.Migrated, "3000", []stream.Record{event}, []string{project + `/old_events {"id":1}`}},
		{"old usage", format.Old, "3000", []stream.Record{usage, usage}, []string{project + ` {"old_usage":[{"id":2},{"id":2}]}`}},
		{"both kinds", format.Migrated, "3000", []stream.Record{usage, event, usage},
			[]string{project + ` {"old_usage":[{"id":2},{"id":2}],"old_events":[{"id":1}]}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &peer{}
			d := destination(streamtest.NewProxy(t, "", p).URL)
			sink, err := d.Open(&stream.Stream{Generation: tt.generation, Credentials: stored(t, d, strings.Replace(given, ":5}", ":"+tt.size+"}", 1))})
			if err != nil {
				t.Fatal(err)
			}
			defer sink.Close()
			if n, err := sink.Send(t.Context(), tt.records); err != nil || n != len(tt.records) {
				t.Errorf("confirmed %d, %v", n, err)
			}
			if diff := cmp.Diff(tt.want, p.requests); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A record of the other kind behind a refused one is not confirmed, whatever its collection's results say.
func TestPrefixOverCollections(t *testing.T) {
	p := &peer{refuse: true}
	d := destination(streamtest.NewProxy(t, "", p).URL)
	sink, err := d.Open(&stream.Stream{Generation: format.Migrated, Credentials: stored(t, d, strings.Replace(given, ":5}", ":10}", 1))})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	var records []stream.Record
	for _, kind := range []int64{1, 2, 1, 2, 2, 1} { // the third event is the fifth record
		records = append(records, stream.Record{Kind: kind, Data: []byte(`{}`)})
	}
	if n, err := sink.Send(t.Context(), records); n != 4 || err == nil {
		t.Errorf("confirmed %d, %v; want 4", n, err)
	}
}

func TestCheck(t *testing.T) {
	d := destination("")
	was := stored(t, d, `{"project_id":"p","write_key":"k","collection_name":"c"}`)
	for _, tt := range []struct{ given, want string }{
		{`{}`, `{"project_id":"p","write_key":"k","collection_name":"c","size":3000}`},
		{`{"size":"7","write_key":"***"}`, `{"project_id":"p","write_key":"k","collection_name":"c","size":7}`},
		{`{"size":1.0,"collection_name":null}`, `{"project_id":"p","write_key":"k","collection_name":"c","size":1}`},
		{`{"collection_name":""}`, `{"project_id":"p","write_key":"k","collection_name":"","size":3000}`},
		{`{"size":0}`, ""}, {`{"size":10001}`, ""}, {`{"size":"many"}`, ""}, {`{"project_id":"../x"}`, ""}, {`{"project_id":7}`, ""},
		{`{"collection_name":".."}`, ""}, {`{"collection_name":"a/b"}`, ""}, {`{"collection_name":"$a"}`, ""}, {`{"write_key":"a\nb"}`, ""},
	} {
		got, problems := d.Check(json.RawMessage(tt.given), was)
		if string(got) != tt.want || (tt.want == "") != (len(problems) > 0) {
			t.Errorf("%s: got %s, %v", tt.given, got, problems)
		}
	}
	for _, missing := range []string{"project_id", "write_key", "collection_name"} {
		var fields map[string]any
		_ = json.Unmarshal([]byte(given), &fields)
		delete(fields, missing)
		text, _ := json.Marshal(fields)
		if _, problems := d.Check(text, nil); len(problems) != 1 || problems[0].Error() != missing+" is required" {
			t.Errorf("without %s: %v", missing, problems)
		}
	}
	if masked := d.Mask(was); string(masked) != `{"project_id":"p","write_key":"***","collection_name":"c","size":3000}` {
		t.Errorf("masked as %s", masked)
	}
}
