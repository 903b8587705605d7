package api

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/roaming"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tag"
	"github.com/simstead/simstead/internal/value"
)

// guideFiles are the pages that stand beside the reference: templates, a frame around them and their style.
//
//go:embed guide
var guideFiles embed.FS

// guidePage is a page and where it stands below /api/doc/guide.
type guidePage struct{ Name, Title string }

func guidePages() []guidePage {
	return []guidePage{
		{"authentication", "Authentication"}, {"collections", "Collections and pagination"}, {"rate-limits", "Rate limits"},
		{"events", "Events"}, {"data-streamer", "Data Streamer"}, {"releases", "Release notes"},
	}
}

// collection is a list as the guide shows it.
type collection struct {
	Paths               []string
	PerPage, MaxPerPage int
	Sort                string // of a request without one
	Fields              []list.Described
}

// collections are the lists with pages; a test holds them against the operations.
func collections() []collection {
	show := func(s list.Spec, paths ...string) collection {
		c := collection{Paths: paths, PerPage: s.PerPage, MaxPerPage: max(s.PerPage, s.MaxPerPage), Sort: s.Default, Fields: s.Describe()}
		if c.Sort == "" {
			c.Sort = "id"
		}
		return c
	}
	return []collection{
		show(endpoint.Spec(), "/api/v1/endpoint"),
		show(sim.Spec(), "/api/v1/sim"),
		show(event.Spec(), "/api/v1/event", "/api/v1/endpoint/{endpoint_id}/event", "/api/v1/sim/{sim_id}/event", "/api/v1/user/{user_id}/event",
			"/api/v1/organisation/{org_id_or_my}/event"),
		show(account.MemberList(), "/api/v1/user"),
		show(account.OrganisationSpec(), "/api/v1/organisation"),
		show(roaming.IOTSpec(), "/api/v1/iot"),
		show(tag.Spec(), "/api/v2/tags"),
	}
}

// guideData is what the templates may show.
type guideData struct {
	Name, Title string
	Pages       []guidePage
	Collections []collection
	Events      []value.Described
	Limits      rest.Limits
	Classes     map[string]rest.ClassRate
	Releases    []release

	UserCredentials bool // users may log in by name and password
}

// guideRoutes serves the pages. They are made once: nothing in them changes while the program runs.
func (a *API) guideRoutes(r *rest.API) {
	templates, err := template.ParseFS(guideFiles, "guide/*.html")
	if err != nil {
		panic(fmt.Errorf("read the guide: %w", err)) // the tests would have failed
	}
	data := guideData{
		Pages: guidePages(), Collections: collections(), Events: event.Catalogue(), Limits: r.Limits, Classes: rest.ClassRates(), Releases: releases(),
		UserCredentials: a.UserCredentials,
	}
	for _, page := range append(guidePages(), guidePage{"index", "Guide"}) {
		data.Name, data.Title = page.Name, page.Title
		body := render(templates, page.Name+".html", data)
		at := "/api/doc/guide/" + page.Name
		if page.Name == "index" {
			at = "/api/doc/guide/{$}"
		}
		whole := frame(templates, data, body)
		r.AddPage(at, "text/html; charset=utf-8", func(string) []byte { return whole })
	}
	style, err := guideFiles.ReadFile("guide/guide.css")
	if err != nil {
		panic(fmt.Errorf("read the guide: %w", err))
	}
	r.AddPage("/api/doc/guide/guide.css", "text/css; charset=utf-8", func(string) []byte { return style })
	r.AddPage("/api/doc/releases.rss", "application/rss+xml; charset=utf-8", func(server string) []byte { return feed(server, data.Releases) })
}

func render(t *template.Template, name string, data any) []byte {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Errorf("make the guide: %w", err))
	}
	return b.Bytes()
}

// frame puts the navigation around a page.
func frame(t *template.Template, data guideData, body []byte) []byte {
	return render(t, "frame.html", struct {
		guideData
		Body template.HTML
	}{data, template.HTML(body)}) //nolint:gosec // made by the same templates
}
