package rest_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"
)

func TestDocPage(t *testing.T) {
	f := start(t)
	page := f.do("GET", "/api/doc", "", "Authorization: ")
	if page.Status != 200 || page.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %v", page.Status, page.Header)
	}
	if csp := page.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:") ||
		strings.Contains(csp, "unsafe-eval") || strings.Contains(csp, "http") {
		t.Errorf("policy %q", csp)
	}
	if inline := regexp.MustCompile(`<script[^>]*>[^<]+|\son\w+=|javascript:`).FindString(page.Body); inline != "" {
		t.Errorf("inline script %q", inline)
	}
	refs := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page.Body, -1)
	if len(refs) < 5 {
		t.Fatalf("references %v", refs)
	}
	for _, ref := range refs {
		if ref[1] == "data:," || strings.HasPrefix(ref[1], "/api/doc/guide/") || ref[1] == "/api/doc/releases.rss" {
			continue // the guide is registered with the operations, and its own test follows the links
		}
		if !strings.HasPrefix(ref[1], "/api/") {
			t.Errorf("%s is not on this server", ref[1])
		}
		if got := f.do("GET", ref[1], "", "Authorization: "); got.Status != 200 || got.Body == "" {
			t.Errorf("%s: %d", ref[1], got.Status)
		}
	}
	own := f.do("GET", "/api/doc/doc.js", "").Body + page.Body + f.do("GET", "/api/doc/doc.css", "").Body
	if away := regexp.MustCompile(`(?:https?:)?//[\w.-]+\.\w+[/"']`).FindString(own); away != "" {
		t.Errorf("reference to %s", away)
	}
	for _, need := range []string{"validatorUrl: null", "persistAuthorization: false", "240 * 60 * 1000"} {
		if !strings.Contains(own, need) {
			t.Errorf("doc.js without %q", need)
		}
	}
	for _, file := range []string{"/api/doc/swagger-ui-bundle.js", "/api/doc/swagger-ui.css"} {
		if strings.Contains(f.do("GET", file, "").Body, "sourceMappingURL") {
			t.Errorf("%s asks for a source map", file)
		}
	}
}

func TestAssetsCompressed(t *testing.T) {
	f := start(t)
	const path = "/api/doc/swagger-ui.css"
	plain := f.do("GET", path, "")
	if plain.Header.Get("Content-Encoding") != "" || !strings.Contains(plain.Body, ".swagger-ui") {
		t.Errorf("%v", plain.Header)
	}
	for accept, want := range map[string]string{
		"gzip": "gzip", "br, GZIP;q=0.5": "gzip", "gzip; q=0": "", "gzip;q=0.000": "", "br": "", "identity": "",
	} {
		got := f.do("GET", path, "", "Accept-Encoding: "+accept)
		if got.Header.Get("Content-Encoding") != want || got.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %v", accept, got.Header)
		}
		if want == "gzip" {
			r, err := gzip.NewReader(bytes.NewReader([]byte(got.Body)))
			if err != nil {
				t.Fatal(err)
			}
			if data, err := io.ReadAll(r); err != nil || string(data) != plain.Body {
				t.Errorf("%q: other content (%v)", accept, err)
			}
		}
	}
	if again := f.do("GET", path, "", "If-None-Match: "+plain.Header.Get("ETag")); again.Status != 304 || again.Body != "" {
		t.Errorf("%d", again.Status)
	}
}
