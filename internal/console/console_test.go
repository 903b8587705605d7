package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/api"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/rest"
)

func served(t *testing.T) ([]*Command, int) {
	t.Helper()
	r := rest.New(rest.Config{Title: "Test", Version: "1", Clock: clock.System()})
	(&api.API{}).Register(r)
	all, err := Commands(r.Document())
	if err != nil {
		t.Fatal(err)
	}
	return all, len(r.Operations())
}

func find(t *testing.T, all []*Command, line string) *Command {
	t.Helper()
	at := slices.IndexFunc(all, func(c *Command) bool { return c.Line() == line })
	if at < 0 {
		t.Fatalf("there is no %q", line)
	}
	return all[at]
}

// Every operation can be typed, and in one way only.
func TestEveryOperationIsACommand(t *testing.T) {
	all, operations := served(t)
	if len(all) != operations {
		t.Errorf("%d commands for %d operations", len(all), operations)
	}
	typed := map[string]string{}
	for _, c := range all {
		line := strings.TrimSpace(strings.Join(c.Words, " ") + " " + c.Verb)
		if other, taken := typed[line]; taken {
			t.Errorf("%q is %s %s and %s", line, c.Method, c.Path, other)
		}
		typed[line] = c.Method + " " + c.Path
	}
	for line, want := range map[string]string{
		"endpoint list": "GET /api/v1/endpoint", "endpoint update ENDPOINT_ID": "PATCH /api/v1/endpoint/{endpoint_id}",
		"endpoint quota data create ENDPOINT_ID": "POST /api/v1/endpoint/{endpoint_id}/quota/data",
		"data_stream list":                       "GET /api/v2/data_stream", "data_stream list-v1": "GET /api/v1/data_stream",
		"data_stream restart DATA_STREAM_ID":                       "POST /api/v2/data_stream/{data_stream_id}/restart",
		"service_profile traffic_limit clear PROFILE_ID":           "DELETE /api/v1/service_profile/{profile_id}/traffic_limit",
		"endpoint operator_blacklist add ENDPOINT_ID OPERATOR_ID":  "PUT /api/v1/endpoint/{endpoint_id}/operator_blacklist/{operator_id}",
		"service_profile traffic_limit delete PROFILE_ID LIMIT_ID": "DELETE /api/v1/service_profile/{profile_id}/traffic_limit/{limit_id}",
		"organisation stats daily list ORG_ID_OR_MY":               "GET /api/v1/organisation/{org_id_or_my}/stats/daily",
		"service_profile service delete PROFILE_ID SERVICE_ID":     "DELETE /api/v1/service_profile/{profile_id}/service/{service_id}",
		"endpoint traffic_limit_extension delete ENDPOINT_ID":      "DELETE /api/v1/endpoint/{endpoint_id}/traffic_limit_extension",
		"authenticate": "POST /api/v1/authenticate",
	} {
		if c := find(t, all, line); c.Method+" "+c.Path != want {
			t.Errorf("%s is %s %s", line, c.Method, c.Path)
		}
	}
	if c := find(t, all, "endpoint list"); !c.List || !c.Paged || c.Body || len(c.Query) != 4 {
		t.Errorf("%+v", c)
	}
}

func TestBodies(t *testing.T) {
	all, _ := served(t)
	c := find(t, all, "endpoint update ENDPOINT_ID")
	for _, test := range []struct {
		whole  string
		fields map[string]string
		want   string
	}{
		{`{"name":"x"}`, nil, `{"name":"x"}`},
		{``, map[string]string{"name": "12", "status.id": "1", "imei_lock": "true"}, `{"imei_lock":true,"name":"12","status":{"id":1}}`},
		{`{"name":"x","status":{"id":0,"y":1}}`, map[string]string{"status.id": "1", "tags": "null"}, `{"name":"x","status":{"id":1,"y":1},"tags":null}`},
		{``, map[string]string{"status.id": "x"}, `status.id must be an integer, as JSON`},
		{`[]`, map[string]string{"status.id": "1"}, `fields can only be set in a JSON object: json: cannot unmarshal array into Go value of type map[string]interface {}`},
	} {
		got, err := c.Make([]byte(test.whole), test.fields)
		text := string(got)
		if err != nil {
			text = err.Error()
		}
		if text != test.want {
			t.Errorf("%q %v: %s", test.whole, test.fields, text)
		}
	}
}

// platform is a server with one good application token, whose auth tokens can be made invalid.
type platform struct {
	*httptest.Server
	logins int
	seen   []string
}

func newPlatform(t *testing.T) *platform {
	p := &platform{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.seen = append(p.seen, r.Method+" "+r.URL.RequestURI())
		bearer := fmt.Sprintf("Bearer b%d", p.logins)
		switch {
		case r.URL.Path == "/api/v1/authenticate":
			var in struct {
				ApplicationToken string `json:"application_token"`
			}
			if json.NewDecoder(r.Body).Decode(&in) != nil || in.ApplicationToken != "good" {
				w.WriteHeader(401)
				return
			}
			p.logins++
			fmt.Fprintf(w, `{"auth_token":"b%d"}`, p.logins)
		case r.Header.Get("Authorization") != bearer:
			w.WriteHeader(401)
			fmt.Fprint(w, `{"message":"no"}`)
		case r.Method == "POST":
			w.Header().Set("Location", "http://"+r.Host+r.URL.Path+"/7")
			w.WriteHeader(201)
		case r.URL.Path == "/api/v1/endpoint":
			w.Header().Set("X-Total-Pages", "3")
			fmt.Fprintf(w, `[{"page":%q}]`, r.URL.Query().Get("page"))
		case r.Method == "DELETE":
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(409)
			fmt.Fprint(w, `{"error_code":1406,"error_token":"NotAllowed","message":"it is used"}`)
		default:
			w.WriteHeader(502)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func TestCalls(t *testing.T) {
	all, _ := served(t)
	p := newPlatform(t)
	fake := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	kept := 0
	c := &Client{Profile: &Profile{URL: p.URL, Token: "good"}, Clock: fake.Clock(), Renewed: func() error { kept++; return nil }}
	do := func(line string, all_ bool, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if err := c.Call(context.Background(), find(t, all, line), args, url.Values{"q": {"name:a b"}}, nil, all_, &out); err != nil {
			return err.Error()
		}
		return out.String()
	}
	for _, test := range []struct {
		line string
		all  bool
		args []string
		want string
	}{
		{"endpoint list", true, nil, "[\n  {\"page\":\"1\"},\n  {\"page\":\"2\"},\n  {\"page\":\"3\"}\n]\n"},
		{"endpoint list", false, nil, "[\n  {\n    \"page\": \"\"\n  }\n]\n"},
		{"service_profile create", false, nil, fmt.Sprintf("{\n  \"id\": 7,\n  \"location\": \"%s/api/v1/service_profile/7\"\n}\n", p.URL)},
		{"endpoint delete ENDPOINT_ID", false, []string{"a/b"}, "409 NotAllowed it is used, try again in 5 s"},
		{"sim list", false, nil, "502 Bad Gateway"},
	} {
		if got := do(test.line, test.all, test.args...); got != test.want {
			t.Errorf("%s: %s\nwant %s", test.line, got, test.want)
		}
	}
	if p.logins != 1 || kept != 1 || !slices.Contains(p.seen, "DELETE /api/v1/endpoint/a%2Fb?q=name%3Aa+b") {
		t.Errorf("%d logins, %d kept, %v", p.logins, kept, p.seen)
	}
	p.logins = 5 // the server forgets its tokens
	do("endpoint list", false)
	fake.Advance(5 * time.Hour)
	do("endpoint list", false)
	if p.logins != 7 || kept != 3 {
		t.Errorf("%d logins, %d kept", p.logins, kept)
	}
	c.Profile = &Profile{URL: p.URL, Token: "bad"}
	if got := do("endpoint list", false); !strings.HasPrefix(got, "the server refuses the application token") {
		t.Error(got)
	}
	c.Profile = &Profile{URL: "http://127.0.0.1:1"}
	if got := do("endpoint list", false); !strings.HasPrefix(got, "cannot reach http://127.0.0.1:1: ") {
		t.Error(got)
	}
}

func TestProfiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "profiles.json")
	p, err := OpenProfiles(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Get(""); err == nil {
		t.Error("there is a profile")
	}
	p.All["home"], p.Default = &Profile{URL: "http://x", Token: "secret"}, "home"
	if err := p.Save(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	again, err := OpenProfiles(path)
	if err != nil {
		t.Fatal(err)
	}
	one, err := again.Get("")
	if d := cmp.Diff(&Profile{URL: "http://x", Token: "secret"}, one); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	if _, err := again.Get("other"); err == nil {
		t.Error("another profile is there")
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenProfiles(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("an open file is read: %v", err)
	}
}
