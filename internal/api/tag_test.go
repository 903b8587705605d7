package api

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/tag"
)

func tagsAndEndpoints(a *API, r *rest.API) {
	a.endpointRoutes(r)
	a.tagRoutes(r)
}

func (f *fixture) tag(body string) tag.Made {
	f.t.Helper()
	var made tag.Made
	f.send(http.MethodPost, "/v2/tags", body).into(f.t, 201, &made)
	return made
}

func TestTags(t *testing.T) {
	onEach(t, tagsAndEndpoints, func(f *fixture) {
		var colors []tag.Color
		f.get("/v2/tag-colors").into(t, 200, &colors)
		if len(colors) == 0 || colors[0].ID != 1 {
			t.Errorf("colours %+v", colors)
		}
		red, other := f.tag(`{"name":" Red ","color":{"id":3.0}}`), f.tag(`{"name":"Other_%"}`)
		if red.Name != "Red" || red.Color.ID != 3 || other.Color.ID < 1 || int(other.Color.ID) > len(colors) {
			t.Errorf("made %+v and %+v", red, other)
		}
		f.send(http.MethodPost, "/v2/tags", `{"name":"rED"}`).fails(t, 409, 1405)
		f.send(http.MethodPost, "/v2/tags", `{}`).fails(t, 422, 1400)
		f.send(http.MethodPost, "/v2/tags", `{"name":"x","color":{"id":99}}`).fails(t, 422, 1400)
		f.send(http.MethodPost, "/v2/tags", `{"name":`).fails(t, 400, 1000)
		path := fmt.Sprintf("/v2/tags/%d", red.ID)
		if a := f.send(http.MethodPatch, path, `{"name":"red","color":{"id":2}}`); a.status != 204 || a.body != "" {
			t.Errorf("%d %s", a.status, a.body)
		}
		f.send(http.MethodPatch, path, `{"name":"OTHER_%"}`).fails(t, 422, 1400)
		f.send(http.MethodPatch, path, `{"name":""}`).fails(t, 422, 1400)
		f.call(f.token(f.other), http.MethodPatch, path, `{"name":"mine"}`).fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, path, "").fails(t, 404, 1401)

		want := fmt.Sprintf(`{"total":2,"page":1,"page_size":1,"last_page":2,"data":[{"id":%d,"name":"red","resource_count":0,"tag_color":{"id":2}}]}`, red.ID)
		if diff := cmp.Diff(want, f.get("/v2/tags?page_size=1").body); diff != "" {
			t.Error(diff)
		}
		var page tag.Page
		f.get("/v2/tags?name=HER_").into(t, 200, &page)
		if len(page.Data) != 1 || page.Data[0].ID != other.ID {
			t.Errorf("found %+v", page)
		}
		f.get("/v2/tags?page=0").fails(t, 400, 1000)
		if a := f.call(f.token(f.other), http.MethodGet, "/v2/tags", ""); a.body != `{"total":0,"page":1,"page_size":100,"last_page":1,"data":[]}` {
			t.Errorf("another organisation sees %s", a.body)
		}
		if a := f.send(http.MethodDelete, path, ""); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		f.send(http.MethodDelete, path, "").fails(t, 404, 1401)
	})
}

func TestTagsOfEndpoints(t *testing.T) {
	onEach(t, tagsAndEndpoints, func(f *fixture) {
		k := newKit(f)
		a, b := k.create(`"tags":"old, text"`), k.create("")
		red, blue := f.tag(`{"name":"red","color":{"id":3}}`), f.tag(`{"name":"blue","color":{"id":1}}`)
		path := fmt.Sprintf("/v2/endpoint/%d/tags", a.ID)
		post := func(path, body string) answer { return f.send(http.MethodPost, path, body) }
		if got := post(path, fmt.Sprintf(`{"id":%d}`, red.ID)); got.status != 201 || got.body != "{}" {
			t.Errorf("%d %s", got.status, got.body)
		}
		post(path, fmt.Sprintf(`{"id":%d}`, red.ID)).fails(t, 409, 1405)
		post(path, `{"id":999}`).fails(t, 422, 1400)
		post("/v2/endpoint/999/tags", fmt.Sprintf(`{"id":%d}`, red.ID)).fails(t, 404, 1401)

		bulk := func(what, items string) answer { return post("/v2/bulk-operations/"+what, items) }
		both := fmt.Sprintf(`{"items":[{"endpoint":{"id":%d},"tags":[{"id":%d},{"id":%d}]},{"endpoint":{"id":%d},"tags":[{"id":%[3]d}]}]}`, b.ID, red.ID, blue.ID, a.ID)
		if got := bulk("endpoint/add-tags", both); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		bulk("endpoint/add-tags", both).fails(t, 409, 1405)
		bulk("endpoint/add-tags", `{"items":[{"endpoint":{"id":999},"tags":[{"id":999}]}]}`).fails(t, 422, 1400)
		want := []tag.Assignment{{ID: red.ID, Name: "red", Color: tag.ColorRef{ID: 3}}, {ID: blue.ID, Name: "blue", Color: tag.ColorRef{ID: 1}}}
		if diff := cmp.Diff(want, k.show(a.ID).TagAssignments); diff != "" {
			t.Error(diff)
		}
		var listed []struct {
			Tags        string           `json:"tags"`
			Assignments []tag.Assignment `json:"tag_assignments"`
		}
		f.get("/v1/endpoint").into(t, 200, &listed)
		if len(listed) != 2 || len(listed[0].Assignments) != 2 || len(listed[1].Assignments) != 2 || listed[0].Tags != "old, text" {
			t.Errorf("listed %+v", listed)
		}
		var tags []tag.Tag
		f.get(path).into(t, 200, &tags)
		if len(tags) != 2 || tags[0].ResourceCount != 2 {
			t.Errorf("tags %+v", tags)
		}
		f.get("/v2/endpoint/999/tags").fails(t, 404, 1401)

		if got := f.send(http.MethodDelete, fmt.Sprintf("%s/%d", path, red.ID), ""); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
		f.send(http.MethodDelete, fmt.Sprintf("%s/%d", path, red.ID), "").fails(t, 404, 1401)
		if got := bulk("endpoint/remove-tags", both); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := k.show(b.ID).TagAssignments; len(got) != 0 {
			t.Errorf("left %+v", got)
		}
		remove := fmt.Sprintf(`{"tags":[{"id":%d},{"id":%d}]}`, red.ID, blue.ID)
		if got := bulk("tag/delete-tags", remove); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
		bulk("tag/delete-tags", remove).fails(t, 422, 1400)
	})
}
