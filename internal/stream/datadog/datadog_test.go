package datadog_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/stream/streamtest"
	"github.com/simstead/simstead/internal/value"
)

func TestSuite(t *testing.T) {
	for name, record := range map[string]func(n int) stream.Record{
		"usage": func(n int) stream.Record { return usage(record(n)) },
		"event": func(n int) stream.Record { return event(&format.Event{ID: value.ID(n), Time: now().UnixMicro()}) },
	} {
		t.Run(name, func(t *testing.T) {
			streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
				p := &peer{}
				proxy := streamtest.NewProxy(t, "", p)
				d := destination(proxy.URL)
				return &streamtest.Subject{
					Destination: d, Secret: apiKey,
					Stream:   stream.Stream{Generation: format.New, Credentials: stored(t, d, `{"api_key":"`+apiKey+`"}`)},
					Record:   record,
					Received: func(*testing.T) []string { return p.records() },
					Behave:   behave(proxy),
					After:    time.Minute,
					Texts: map[streamtest.Trouble]string{
						streamtest.Refused: "503 Service Unavailable", streamtest.Throttle: "429 Too Many Requests",
						streamtest.Reset: "reset", streamtest.Lost: "reset", streamtest.Partial: "502",
					},
					Oversize: []byte(strings.Replace(string(record(1).Data), `"tags":[`, `"tags":["`+strings.Repeat("x", 6<<20)+`",`, 1)),
					Wrong:    []streamtest.Wrong{{Name: "key", Credentials: json.RawMessage(`{"api_key":"other","region":"EU"}`), Text: "403 Forbidden: Datadog does not accept the API key"}},
				}
			})
		})
	}
}

// record is a usage record of a number, which tells it from others by its endpoint.
func record(n int) *format.Usage {
	return &format.Usage{
		ID: value.ID(n), Start: now().Add(-time.Minute).UnixMicro(), End: now().UnixMicro(), Cost: 6172500, Total: 12345, Rx: 10001, Tx: 2344,
		Organisation: value.Named{ID: 1, Name: "true"}, TrafficType: value.Described{ID: format.Data, Description: "Data"},
		Currency: format.Currency{ID: 1, Code: "EUR"}, Endpoint: &format.Endpoint{ID: value.ID(n), Name: "buoy"},
	}
}

func usage(u *format.Usage) stream.Record {
	return stream.Record{Kind: stream.UsageStream, Key: int64(u.ID % 3), Data: destination("").Encoding(format.New).Usage(nil, u)}
}

func event(e *format.Event) stream.Record {
	return stream.Record{Kind: stream.EventStream, Key: int64(e.ID % 3), Data: destination("").Encoding(format.New).Event(nil, e)}
}

func TestUsageBody(t *testing.T) {
	u := record(880012)
	u.Endpoint.Name, u.Organisation.Name = "buoy \"17\"", "Harbour Sensors"
	u.SIM = &format.SIM{ICCID: "8988303000001234567"}
	u.Operator = &format.Operator{Name: "Examplia Mobile", Country: format.Country{Name: "Germany"}}
	const tags = `["endpoint_id:880012","endpoint:buoy \"17\"","iccid:8988303000001234567","operator:Examplia Mobile","country:Germany",` +
		`"traffic_type:Data","organisation:Harbour Sensors","currency:EUR"]`
	want := `/api/v2/series {"series":[`
	for i, m := range []struct{ name, value string }{{"volume", "0.012345"}, {"volume_tx", "0.002344"}, {"volume_rx", "0.010001"}, {"cost", "0.00061725"}} {
		if i > 0 {
			want += ","
		}
		want += `{"metric":"endpoint.` + m.name + `","type":1,"interval":1,"tags":` + tags + `,"points":[{"timestamp":1631600400,"value":` + m.value + `}]}`
	}
	check(t, []stream.Record{usage(u)}, want+"]}")
}

func TestEventBody(t *testing.T) {
	e := &format.Event{
		ID: 504411870021, Time: now().UnixMicro(), Alert: true, Description: strings.Repeat("é", 120), Severity: value.Described{ID: 1, Description: "WARN"},
		Type: value.Described{ID: 5, Description: "Delete PDP Context"}, Source: value.Described{Description: "Network"},
		Organisation: value.Named{ID: 1, Name: "Harbour Sensors"}, Endpoint: &format.Endpoint{ID: 7, Name: "buoy"},
	}
	text, _ := json.Marshal(string(format.JSON(format.New).Event(nil, e)))
	check(t, []stream.Record{event(e)}, `/api/v1/events {"title":"`+strings.Repeat("é", 100)+`","text":`+string(text)+
		`,"alert_type":"warning","tags":["event_type:Delete PDP Context","event_source:Network","severity:WARN","alert:true","endpoint_id:7",`+
		`"endpoint:buoy","organisation:Harbour Sensors"],"date_happened":1631600400}`)
}

func check(t *testing.T, records []stream.Record, want ...string) {
	t.Helper()
	p := &peer{}
	sink := open(t, destination(streamtest.NewProxy(t, "", p).URL))
	if n, err := sink.Send(t.Context(), records); n != len(records) || err != nil {
		t.Fatalf("confirmed %d, %v", n, err)
	}
	if diff := cmp.Diff(want, p.requests); diff != "" {
		t.Error(diff)
	}
}

// Two records that Datadog would take for one point are one, with the sum of their values; messages stay whole.
func TestSamePointsAreAddedUp(t *testing.T) {
	a, b, c := record(1), record(1), record(2)
	b.Total, b.Cost = 987_654, 1
	for _, sms := range []bool{false, true} {
		want := []string{
			`"value":0.999999}]}`, `"value":0.004688}]}`, `"value":0.020002}]}`, `"value":0.0006172501}]}`,
			`"value":0.012345}]}`, `"value":0.002344}]}`, `"value":0.010001}]}`, `"value":0.00061725}]}`,
		}
		if sms {
			for _, u := range []*format.Usage{a, b, c} {
				u.TrafficType.ID, u.Total, u.Rx, u.Tx = format.SMS, 20, 1, 0
			}
			want = []string{
				`"value":40}]}`, `"value":0}]}`, `"value":2}]}`, `"value":0.0006172501}]}`,
				`"value":20}]}`, `"value":0}]}`, `"value":1}]}`, `"value":0.00061725}]}`,
			}
		}
		p := &peer{}
		sink := open(t, destination(streamtest.NewProxy(t, "", p).URL))
		if n, err := sink.Send(t.Context(), []stream.Record{usage(a), usage(c), usage(b)}); n != 3 || err != nil {
			t.Fatalf("confirmed %d, %v", n, err)
		}
		for i, piece := range strings.SplitAfter(strings.Join(p.got, ","), "}]}")[:8] {
			if !strings.HasSuffix(piece, want[i]) {
				t.Errorf("series %d ends with %s, want %s", i, piece[max(0, len(piece)-40):], want[i])
			}
		}
	}
}

// A request that is too large is halved until it is not.
func TestTooLarge(t *testing.T) {
	p := &peer{most: 700}
	sink := open(t, destination(streamtest.NewProxy(t, "", p).URL))
	var records []stream.Record
	for n := range 100 {
		records = append(records, usage(record(n+1)))
	}
	if n, err := sink.Send(t.Context(), records); n != 100 || err != nil {
		t.Fatalf("confirmed %d, %v", n, err)
	}
	for i, got := range p.records() {
		if got != string(records[i].Data) {
			t.Fatalf("record %d is %s", i, got)
		}
	}
	if len(p.requests) < 4 {
		t.Errorf("%d requests", len(p.requests))
	}
}

// What Datadog may drop for its age is sent and counted; an event keeps its own time in its text.
func TestOld(t *testing.T) {
	p := &peer{}
	d := destination(streamtest.NewProxy(t, "", p).URL)
	late := 0
	d.Late = func(records int) { late += records }
	sink := open(t, d)
	old := record(1)
	old.End = now().Add(-time.Hour - time.Second).UnixMicro()
	e := &format.Event{ID: 1, Time: now().Add(-20 * time.Hour).UnixMicro()}
	if n, err := sink.Send(t.Context(), []stream.Record{usage(old), usage(record(2)), event(e)}); n != 3 || err != nil {
		t.Fatalf("confirmed %d, %v", n, err)
	}
	if late != 1 || !strings.Contains(p.got[0], `"timestamp":1631596799,`) {
		t.Errorf("%d are late, %s", late, p.got[0])
	}
	if want := fmt.Sprintf(`"date_happened":%d}`, now().Add(-17*time.Hour-30*time.Minute).Unix()); !strings.HasSuffix(p.got[2], want) || !strings.Contains(p.got[2], "2021-09-13T10:20:00Z") {
		t.Errorf("the event is %s", p.got[2])
	}
}

// An error in an answer that is a success otherwise is one.
func TestErrorsInside(t *testing.T) {
	proxy := streamtest.NewProxy(t, "", http.NotFoundHandler())
	proxy.Behave(streamtest.Answer(202, nil, `{"errors":["no `+apiKey+`"]}`))
	n, err := open(t, destination(proxy.URL)).Send(t.Context(), []stream.Record{usage(record(1))})
	if f := stream.AsFailure(err); n != 0 || f == nil || f.Final || strings.Contains(err.Error(), apiKey) {
		t.Errorf("confirmed %d, %v", n, err)
	}
}

func TestCheck(t *testing.T) {
	d := destination("")
	was := stored(t, d, `{"api_key":"`+apiKey+`","region":"US"}`)
	for _, tt := range []struct{ given, want string }{
		{`{"region":"EU"}`, `{"api_key":"` + apiKey + `","region":"EU"}`},
		{`{"region":"us1fed","api_key":"***"}`, `{"api_key":"` + apiKey + `","region":"US1FED"}`},
		{`{"api_key":"other"}`, `{"api_key":"other","region":"US"}`},
		{`{"region":"MARS"}`, ""}, {`{"region":["EU"]}`, ""}, {`{"api_key":"a b"}`, ""},
	} {
		got, problems := d.Check(json.RawMessage(tt.given), was)
		if string(got) != tt.want || (tt.want == "") != (len(problems) > 0) {
			t.Errorf("%s: got %s, %v", tt.given, got, problems)
		}
	}
	if _, problems := d.Check(json.RawMessage(`{"region":"EU"}`), nil); len(problems) != 1 {
		t.Errorf("without a key: %v", problems)
	}
	if masked := d.Mask(was); string(masked) != `{"api_key":"***","region":"US"}` {
		t.Errorf("masked as %s", masked)
	}
}
