package api

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/rest"
)

func guideServer(t *testing.T) (*rest.API, func(path string) *httptest.ResponseRecorder) {
	t.Helper()
	r := rest.New(rest.Config{Title: "Test", Version: "1", Clock: clock.System(), Limits: rest.Limits{Address: 1234}})
	(&API{}).Register(r)
	h := r.Handler()
	return r, func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://sim.example"+path, nil))
		return w
	}
}

// Every page is there, and what it links to as well.
func TestGuide(t *testing.T) {
	_, get := guideServer(t)
	links := regexp.MustCompile(`href="(/[^"#]*)`)
	for _, page := range append(guidePages(), guidePage{"", "Guide"}) {
		got := get("/api/doc/guide/" + page.Name)
		if got.Code != 200 || !strings.Contains(got.Body.String(), "<h1>"+page.Title+"</h1>") || strings.Contains(got.Body.String(), "ZgotmplZ") {
			t.Errorf("%s: %d %.200s", page.Name, got.Code, got.Body)
		}
		for _, link := range links.FindAllStringSubmatch(got.Body.String(), -1) {
			if to := get(link[1]); to.Code != 200 {
				t.Errorf("%s links %s: %d", page.Name, link[1], to.Code)
			}
		}
	}
	for _, link := range links.FindAllStringSubmatch(get("/api/doc").Body.String(), -1) {
		if to := get(link[1]); to.Code != 200 {
			t.Errorf("the reference links %s: %d", link[1], to.Code)
		}
	}
	for page, text := range map[string]string{
		"authentication": "switched off on this server", "rate-limits": "<td>1234</td>", "events": "<td>Create PDP Context</td>", "collections": "<code>iccid_with_luhn</code>"} {
		if body := get("/api/doc/guide/" + page).Body.String(); !strings.Contains(body, text) {
			t.Errorf("%s has no %s", page, text)
		}
	}
}

// Every list with pages is described, and nothing else.
func TestGuideKnowsEveryList(t *testing.T) {
	r, _ := guideServer(t)
	var described []string
	for _, c := range collections() {
		described = append(described, c.Paths...)
		if len(c.Fields) == 0 || c.PerPage == 0 {
			t.Errorf("%v: %+v", c.Paths, c)
		}
	}
	for _, op := range r.Operations() {
		if op.PerPage > 0 && !slices.Contains(described, op.Path) {
			t.Errorf("%s is not described", op.Path)
		}
	}
	for _, path := range described {
		if !slices.ContainsFunc(r.Operations(), func(o rest.Op) bool { return o.Path == path && o.Method == http.MethodGet }) {
			t.Errorf("%s is described and not served", path)
		}
	}
}

func TestReleaseFeed(t *testing.T) {
	_, get := guideServer(t)
	got := get("/api/doc/releases.rss")
	var f rss
	if err := xml.Unmarshal(got.Body.Bytes(), &f); err != nil || got.Header().Get("Content-Type") != "application/rss+xml; charset=utf-8" {
		t.Fatalf("%v %v", err, got.Header())
	}
	if len(f.Items) == 0 || len(f.Items) != len(releases()) || !strings.Contains(f.Items[0].About, "<li>") || !strings.HasPrefix(f.Items[0].Link, "http://sim.example/api/doc/guide/releases#") {
		t.Errorf("%+v", f)
	}
	if html := inline("a <b> `c<d>` [e](f.md)"); html != "a &lt;b&gt; <code>c&lt;d&gt;</code> e" {
		t.Error(html)
	}
}
