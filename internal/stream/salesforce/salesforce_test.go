package salesforce_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/stream/salesforce"
	"github.com/simstead/simstead/internal/stream/streamtest"
)

const (
	password = "hush-password"
	given    = `{"username":"integration@harbour.example","password":"hush-password","event_stream":"Sim_Record__e"}`
)

// peer is as much of Salesforce as logs in one user and takes one platform event.
type peer struct {
	mu       sync.Mutex
	instance string // what the login says; the peer itself when ""
	got      []string
	requests []string
	logins   int
	refuse   string // errorCode for every event
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, r.URL.Path+" "+string(body))
	switch r.URL.Path {
	case "/services/oauth2/token":
		p.login(w, r, string(body))
	case "/services/data/v60.0/sobjects/Sim_Record__e":
		p.event(w, r, body)
	default:
		answer(w, 404, `[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]`)
	}
}

func (p *peer) login(w http.ResponseWriter, r *http.Request, body string) {
	form, err := url.ParseQuery(body)
	switch {
	case err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || form.Get("grant_type") != "password":
		answer(w, 400, `{"error":"unsupported_grant_type"}`)
	case form.Get("client_id") != "app" || form.Get("client_secret") != "app-secret":
		answer(w, 400, `{"error":"invalid_client_id"}`)
	case form.Get("username") != "integration@harbour.example" || form.Get("password") != password:
		answer(w, 400, `{"error":"invalid_grant","error_description":"authentication failure of `+form.Get("password")+`"}`)
	default:
		p.logins++
		instance := p.instance
		if instance == "" {
			instance = "http://" + r.Host
		}
		answer(w, 200, fmt.Sprintf(`{"access_token":"session%d","instance_url":"%s"}`, p.logins, instance))
	}
}

func (p *peer) event(w http.ResponseWriter, r *http.Request, body []byte) {
	var in map[string]string
	switch {
	case r.Header.Get("Authorization") != fmt.Sprintf("Bearer session%d", p.logins):
		answer(w, 401, `[{"errorCode":"INVALID_SESSION_ID"}]`)
	case p.refuse != "":
		answer(w, 403, `[{"errorCode":"`+p.refuse+`","message":"`+password+`"}]`)
	case json.Unmarshal(body, &in) != nil || len(in) != 1 || in["Payload__c"] == "":
		answer(w, 400, `[{"errorCode":"INVALID_FIELD"}]`)
	case len(in["Payload__c"]) > 131072:
		answer(w, 400, `[{"errorCode":"STRING_TOO_LONG"}]`)
	default:
		p.got = append(p.got, in["Payload__c"])
		answer(w, 201, `{"id":"e01","success":true,"errors":[]}`)
	}
}

func answer(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func destination(login string) salesforce.Destination {
	return salesforce.Destination{
		Policy: egress.Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		Clock:  clock.System(), URL: login, ClientID: "app", ClientSecret: "app-secret",
	}
}

func record(n int) stream.Record {
	return stream.Record{Kind: stream.EventStream, Key: int64(n % 3), Data: fmt.Appendf(nil, `{"id":%d}`, n)}
}

func open(t *testing.T, d salesforce.Destination, credentials string) stream.Sink {
	t.Helper()
	stored, problems := d.Check(json.RawMessage(credentials), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	sink, err := d.Open(&stream.Stream{Generation: format.Migrated, Credentials: stored})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.Close)
	return sink
}

func TestSuite(t *testing.T) {
	streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
		p := &peer{}
		proxy := streamtest.NewProxy(t, "", p)
		return &streamtest.Subject{
			Destination: destination(proxy.URL), Secret: password, Record: record,
			Stream: stream.Stream{Generation: format.Migrated, Credentials: json.RawMessage(given)},
			Received: func(*testing.T) []string {
				p.mu.Lock()
				defer p.mu.Unlock()
				return append([]string(nil), p.got...)
			},
			Behave: func(_ *testing.T, how streamtest.Trouble) bool {
				requests := 0
				behaviour, ok := map[streamtest.Trouble]streamtest.Behaviour{
					streamtest.None: nil, streamtest.Refused: streamtest.Answer(503, nil, password),
					streamtest.Throttle: streamtest.Answer(403, map[string]string{"Retry-After": "60"}, `[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]`),
					streamtest.Slow:     streamtest.Hang, streamtest.Reset: streamtest.HangUp, streamtest.Lost: streamtest.LoseAnswer,
					streamtest.Partial: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
						if requests++; requests%4 == 0 {
							streamtest.Answer(502, nil, "")(w, r, next)
							return
						}
						next.ServeHTTP(w, r)
					},
				}[how]
				proxy.Behave(behaviour)
				return ok
			},
			After: time.Minute,
			Texts: map[streamtest.Trouble]string{
				streamtest.Refused: "503 Service Unavailable", streamtest.Throttle: "403 Forbidden: REQUEST_LIMIT_EXCEEDED",
				streamtest.Reset: "reset", streamtest.Lost: "reset", streamtest.Partial: "502",
			},
			Oversize: []byte(`{"x":"` + strings.Repeat("x", 200_000) + `"}`),
			Wrong: []streamtest.Wrong{
				{Name: "password", Credentials: json.RawMessage(strings.Replace(given, password, "other", 1)), Text: "refuses the login: invalid_grant"},
				{Name: "event", Credentials: json.RawMessage(strings.Replace(given, "Sim_Record__e", "Other__e", 1)), Text: "404 Not Found: NOT_FOUND: the organisation has no such"},
			},
		}
	})
}

// What goes over the wire, byte for byte; one login for all, and another when the session has ended.
func TestRequests(t *testing.T) {
	p := &peer{}
	sink := open(t, destination(streamtest.NewProxy(t, "", p).URL), given)
	send := func(numbers ...int) {
		t.Helper()
		for _, n := range numbers {
			if confirmed, err := sink.Send(t.Context(), []stream.Record{record(n)}); confirmed != 1 || err != nil {
				t.Fatalf("confirmed %d, %v", confirmed, err)
			}
		}
	}
	send(1, 2)
	p.mu.Lock()
	p.logins = 5 // every session of before has ended
	p.mu.Unlock()
	send(3)
	const login = "/services/oauth2/token client_id=app&client_secret=app-secret&grant_type=password&password=hush-password&username=integration%40harbour.example"
	const event = `/services/data/v60.0/sobjects/Sim_Record__e {"Payload__c":"{\"id\":%d}"}`
	want := []string{login, fmt.Sprintf(event, 1), fmt.Sprintf(event, 2), fmt.Sprintf(event, 3), login, fmt.Sprintf(event, 3)}
	if diff := cmp.Diff(want, p.requests); diff != "" {
		t.Error(diff)
	}
}

// What Salesforce's login says of the instance is held against the policy: it comes from where the customer named.
func TestInstance(t *testing.T) {
	for instance, want := range map[string]string{
		"http://169.254.169.254": "not public", "http://[::1]": "not public", "file:///etc/passwd": "must begin with", "http://10.0.0.1:8080": "not public",
	} {
		p := &peer{instance: instance}
		n, err := open(t, destination(streamtest.NewProxy(t, "", p).URL), given).Send(t.Context(), []stream.Record{record(1)})
		if f := stream.AsFailure(err); n != 0 || f == nil || !f.Final || !strings.Contains(f.Text, want) {
			t.Errorf("%s: confirmed %d, %v", instance, n, err)
		}
	}
}

// A word of Salesforce's is shown only when it is a code.
func TestCodes(t *testing.T) {
	for code, want := range map[string]string{
		"INSUFFICIENT_ACCESS": "403 Forbidden: INSUFFICIENT_ACCESS", "the password is " + password: "403 Forbidden", strings.Repeat("A", 65): "403 Forbidden",
	} {
		p := &peer{refuse: code}
		_, err := open(t, destination(streamtest.NewProxy(t, "", p).URL), given).Send(t.Context(), []stream.Record{record(1)})
		if f := stream.AsFailure(err); f == nil || !f.Final || f.Text != want {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestCheck(t *testing.T) {
	d := destination("")
	const at = `{"username":"u","password":"hush","event_stream":"E__e","url":"http://127.0.0.1:1"}`
	for _, tt := range []struct{ given, stored, want string }{
		{at, "", at},
		{`{"password":"***","event_stream":"F__e"}`, at, strings.Replace(at, "E__e", "F__e", 1)},
		{`{"url":"http://127.0.0.1:2"}`, at, ""}, // a stored password goes nowhere else
		{`{"url":"http://127.0.0.1:2","password":"***"}`, at, ""},
		{`{"url":"http://127.0.0.1:2","password":"new"}`, at, strings.NewReplacer(":1", ":2", "hush", "new").Replace(at)},
		{`{"url":"http://169.254.169.254","password":"new"}`, at, ""},
		{`{"event_stream":"../x"}`, at, ""}, {`{"event_stream":""}`, at, ""}, {`{}`, "", ""},
	} {
		got, problems := d.Check(json.RawMessage(tt.given), json.RawMessage(tt.stored))
		if string(got) != tt.want || (tt.want == "") != (len(problems) > 0) || strings.Contains(fmt.Sprint(problems), "hush") {
			t.Errorf("%s: got %s, %v", tt.given, got, problems)
		}
	}
	if masked := string(d.Mask(json.RawMessage(at))); masked != strings.Replace(at, "hush", "***", 1) {
		t.Errorf("masked as %s", masked)
	}
	d.ClientID = ""
	if _, problems := d.Check(json.RawMessage(at), nil); len(problems) != 1 || !strings.Contains(problems[0].Message, "not set up") {
		t.Errorf("without a connected app: %v", problems)
	}
}
