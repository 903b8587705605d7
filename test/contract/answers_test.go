package contract

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/value"
	"github.com/simstead/simstead/test/rig"
)

var binary string // of the program, built once

func TestMain(m *testing.M) { rig.Main(m, &binary) }

// live is a running demo, asked as one of its callers.
type live struct {
	*rig.Client
	t    *testing.T
	doc  document
	rows map[string]string // ids of the first rows of lists, by path
}

// Every operation that reads answers, from a platform that has work to do, what its own document says: each field that
// must be there, of its type. So what holds for the document holds for the wire.
func TestAnswersAreWhatTheDocumentSays(t *testing.T) {
	site := demo(t)
	for name, least := range map[string]int{rig.CustomerToken: 25, rig.OperatorToken: 20} {
		token, err := os.ReadFile(filepath.Join(site.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		l := &live{&rig.Client{URL: site.URL(), Token: strings.TrimSpace(string(token))}, t, serve(t), map[string]string{}}
		answered := 0
		for path, item := range l.doc.Paths {
			if get, ok := item["get"]; ok && l.holds(path, get) {
				answered++
			}
		}
		if answered < least {
			t.Errorf("%s: only %d operations answered something", name, answered)
		}
	}
}

// demo starts a demo whose fleet is online, and waits until it has used something.
func demo(t *testing.T) *rig.Site {
	t.Helper()
	site, err := rig.NewSite(binary, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	site.Env = append(site.Env, "SIMSTEAD_RECORD_INTERVAL=1s", "SIMSTEAD_RECORD_MIN_BYTES=1")
	if err := site.Demo(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Process.Kill)
	return site
}

// holds asks a path and holds the answer against the document. It reports whether there was something to hold.
func (l *live) holds(path string, get served) bool {
	at, ok := l.fill(path)
	if !ok {
		return false
	}
	answer, err := l.Do("GET", at, "")
	if err != nil {
		l.t.Fatal(err)
	}
	status := fmt.Sprint(answer.Status)
	if slices.Contains([]int{403, 404, 422}, answer.Status) {
		return false // not for this caller, not there, or with parameters only
	}
	said, ok := get.Responses[status]
	if !ok {
		l.t.Errorf("GET %s: status %d, which the document does not name: %s", at, answer.Status, answer.Body)
		return false
	}
	if answer.Header.Get("Content-Type") != "application/json" {
		return false // a file
	}
	var body any
	if err := json.Unmarshal(answer.Body, &body); err != nil {
		l.t.Errorf("GET %s: %v", at, err)
		return false
	}
	for _, wrong := range l.doc.hold(said.Content["application/json"].Schema, body, "") {
		l.t.Errorf("GET %s: %s", at, wrong)
	}
	rows, list := body.([]any)
	return !list || len(rows) > 0
}

// fill puts an id into each parameter of a path: that of the last row of the list above it, or what the parameter is for.
func (l *live) fill(path string) (string, bool) {
	for {
		before, rest, found := strings.Cut(path, "{")
		if !found {
			return path, true
		}
		name, after, _ := strings.Cut(rest, "}")
		id, ok := map[string]string{"endpoint_id": "11", "sim_id": "11", "org_id": "my", "org_id_or_my": "my", "service_id": "38"}[name]
		if !ok {
			id, ok = l.row(strings.TrimSuffix(before, "/"))
		}
		if path == "/api/v1/organisation/{org_id_or_my}" { // there "my" is an operation of its own
			id, ok = l.own()
		}
		if !ok {
			return path, false
		}
		path = before + id + after
	}
}

// own is the id of the caller's organisation.
func (l *live) own() (string, bool) {
	var my struct{ ID json.Number }
	answer, err := l.Do("GET", "/api/v1/organisation/my", "")
	ok := err == nil && json.Unmarshal(answer.Body, &my) == nil
	return my.ID.String(), ok
}

func (l *live) row(list string) (string, bool) {
	id, known := l.rows[list]
	if known {
		return id, id != ""
	}
	answer, err := l.Do("GET", list, "")
	var rows []struct{ ID json.RawMessage }
	if err == nil && answer.Status == 200 && json.Unmarshal(answer.Body, &rows) == nil && len(rows) > 0 {
		id = strings.Trim(string(rows[len(rows)-1].ID), `"`)
	}
	l.rows[list] = id
	return id, id != ""
}

// hold lists where a value is not what a schema says.
func (d document) hold(s *schema, v any, at string) (wrong []string) {
	if s == nil {
		return nil
	}
	if v == nil {
		if d.maybeNull(s) {
			return nil
		}
		return []string{at + " is null"}
	}
	s = d.resolve(s)
	if !fitsType(s.Type, v) {
		return []string{fmt.Sprintf("%s is %.60v, want %v", at, v, s.Type)}
	}
	switch v := v.(type) {
	case []any:
		for i, item := range v[:min(len(v), 50)] {
			wrong = append(wrong, d.hold(s.Items, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				wrong = append(wrong, at+"."+name+" is not there")
			}
		}
		for name, item := range v {
			p, ok := s.Properties[name]
			if !ok && len(s.Properties) > 0 && s.Additional == nil {
				wrong = append(wrong, at+"."+name+" is not in the document")
			}
			wrong = append(wrong, d.hold(p, item, at+"."+name)...)
		}
	case string:
		if s.Format == "date-time" {
			if _, err := value.ParseTime(v); err != nil {
				wrong = append(wrong, at+": "+err.Error())
			}
		}
	}
	return wrong
}

func (d document) maybeNull(s *schema) bool {
	for s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return len(s.Type) == 0 && len(s.AnyOf) == 0 || slices.Contains(s.Type, "null") ||
		slices.ContainsFunc(s.AnyOf, func(one *schema) bool { return slices.Contains(one.Type, "null") })
}

func fitsType(want kinds, v any) bool {
	if len(want) == 0 {
		return true
	}
	switch v := v.(type) {
	case string:
		return slices.Contains(want, "string")
	case bool:
		return slices.Contains(want, "boolean")
	case float64:
		return slices.Contains(want, "number") || slices.Contains(want, "integer") && v == float64(int64(v))
	case []any:
		return slices.Contains(want, "array")
	default:
		return slices.Contains(want, "object")
	}
}
