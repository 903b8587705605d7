package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/rest"
)

// hand is an administrator of one organisation at a fixture's API.
type hand struct {
	f     *fixture
	token string
}

func (f *fixture) hand(organisation int64) hand { return hand{f, f.token(organisation) + "-77"} }

func (h hand) send(method, path, body string) answer { return h.f.call(h.token, method, path, body) }

// done sends what must be answered 204 without a body.
func (h hand) done(method, path, body string) {
	h.f.t.Helper()
	if got := h.send(method, path, body); got.status != 204 || got.body != "" {
		h.f.t.Errorf("%s %s %s: %d %s", method, path, body, got.status, got.body)
	}
}

// made posts what must be created, and returns the path of that.
func (h hand) made(path, body string) string {
	h.f.t.Helper()
	got := h.send(http.MethodPost, path, body)
	if got.status != 201 {
		h.f.t.Fatalf("POST %s %s: %d %s", path, body, got.status, got.body)
	}
	at := strings.TrimPrefix(got.header.Get("Location"), h.f.url+"/api")
	if at == got.header.Get("Location") {
		h.f.t.Fatalf("POST %s: Location %q", path, at)
	}
	return at
}

// list gets an array.
func (h hand) list(path string) (rows []map[string]any) {
	h.f.t.Helper()
	h.send(http.MethodGet, path, "").into(h.f.t, 200, &rows)
	if rows == nil {
		h.f.t.Errorf("GET %s is null", path)
	}
	return rows
}

// look gets an object and writes some of it.
func (h hand) look(path string, keys ...string) string {
	h.f.t.Helper()
	var object map[string]any
	h.send(http.MethodGet, path, "").into(h.f.t, 200, &object)
	return shown(object, keys...)
}

func shown(object map[string]any, keys ...string) string {
	var parts []string
	for _, key := range keys {
		parts = append(parts, fmt.Sprint(object[key]))
	}
	return strings.Join(parts, " ")
}

// onlyOperators asserts that callers of enterprises and resellers may not call operations.
func (f *fixture) onlyOperators(operations ...string) {
	f.t.Helper()
	for _, operation := range operations {
		method, path, _ := strings.Cut(operation, " ")
		for _, organisation := range []int64{f.enterprise, f.reseller} {
			f.hand(organisation).send(method, path, "{}").fails(f.t, 403, 1104)
		}
	}
}

func coverageOps(a *API, r *rest.API) {
	a.networkCoverageRoutes(r)
	a.imsiPoolRoutes(r)
	a.lookupRoutes(r)
}

func TestNetworkCoverage(t *testing.T) {
	onEach(t, coverageOps, func(f *fixture) {
		control, h := f.controlled(), f.hand(f.operator)
		const all = "/v1/network_coverage"
		if got := h.list(all); len(got) != 0 {
			t.Errorf("got %v", got)
		}
		sponsor := h.made("/v1/imsi_sponsor", `{"name":"Own"}`)
		pool := h.made("/v1/imsi_pool", `{"name":"901","imsi_sponsor":{"id":`+last(sponsor)+`}}`)
		one := h.made(all, `{"name":"Europe"}`)
		if got := h.look(one, "name", "imsi_pool"); got != "Europe <nil>" {
			t.Error(got)
		}
		h.done("PATCH", one, `{"imsi_pool":{"id":`+last(pool)+`}}`)
		if got := h.look(one, "name", "imsi_pool"); !strings.Contains(got, "Europe map[id:") || !strings.Contains(got, "name:Own") {
			t.Error(got)
		}
		h.done("PATCH", one, `{"name":"All of Europe","imsi_pool":null}`)
		if got := h.list(all)[0]; got["name"] != "All of Europe" || got["imsi_pool"] != nil {
			t.Errorf("got %v", got)
		}
		if told := control.takes(); len(told) > 0 {
			t.Errorf("told %v", told)
		}

		place := one + "/coverage/5"
		h.done("PUT", place, "")
		h.send("PUT", place, "").fails(t, 409, 1405)
		if got := fmt.Sprint(h.list(one + "/coverage")[0]["status"]); got != "map[description:Enabled id:1]" {
			t.Error(got)
		}
		h.done("PATCH", place, `{"status":{"id":0}}`)
		h.done("PATCH", place, `{}`)
		h.done("PUT", place+"/rat_type/6", "")
		h.send("PUT", place+"/rat_type/6", "").fails(t, 409, 1405)
		h.done("PUT", place+"/rat_type/2", "")
		row := h.list(one + "/coverage")[0]
		if got := shown(row, "status", "rat_type_blacklist"); got !=
			"map[description:Disabled id:0] [map[description:GERAN (2G) id:2] map[description:EUTRAN (4G) id:6]]" {
			t.Error(got)
		}
		h.done("DELETE", place+"/rat_type/6", "")
		h.send("DELETE", place+"/rat_type/6", "").fails(t, 404, 1401)
		h.send("DELETE", one, "").fails(t, 409, 1406)
		h.done("DELETE", place, "")
		h.send("DELETE", place, "").fails(t, 404, 1401)
		h.done("PUT", place, "")
		if got := fmt.Sprint(h.list(one + "/coverage")[0]["rat_type_blacklist"]); got != "[]" {
			t.Errorf("what was forbidden before came back: %s", got)
		}
		h.done("DELETE", place, "")
		h.done("DELETE", one, "")
		h.send("GET", one, "").fails(t, 404, 1401)
		told := control.takes()
		want := fmt.Sprint("catalogue ", []int64{f.operator, f.reseller, f.enterprise, f.other})
		if len(told) != 9 || slices.ContainsFunc(told, func(s string) bool { return s != want }) {
			t.Errorf("told %v", told)
		}
	})
}

func TestNetworkCoverageRefuses(t *testing.T) {
	onEach(t, coverageOps, func(f *fixture) {
		h := f.hand(f.operator)
		one := h.made("/v1/network_coverage", `{"name":"Europe"}`)
		h.done("PUT", one+"/coverage/5", "")
		const rival = "/v1/network_coverage/999/coverage"
		for _, tt := range []struct {
			method, path, body string
			status, code       int
		}{
			{"POST", "/v1/network_coverage", `{}`, 422, 1400},
			{"POST", "/v1/network_coverage", `{"name":"x","imsi_pool":{"id":9}}`, 422, 1400},
			{"POST", "/v1/network_coverage", `{`, 400, 1000},
			{"PATCH", one, `{"name":""}`, 422, 1400},
			{"PATCH", "/v1/network_coverage/999", `{"name":"x"}`, 404, 1401},
			{"GET", "/v1/network_coverage/x", "", 400, 1000},
			{"POST", "/v1/imsi_pool", `{"name":"x","imsi_sponsor":{"id":9}}`, 422, 1400},
			{"POST", "/v1/imsi_sponsor", `{"name":" "}`, 422, 1400},
			{"GET", rival, "", 404, 1401},
			{"PUT", rival + "/5", "", 404, 1401},
			{"PUT", one + "/coverage/999999", "", 404, 1401},
			{"PATCH", one + "/coverage/6", `{"status":{"id":0}}`, 404, 1401},
			{"PATCH", one + "/coverage/5", `{"status":{"id":2}}`, 422, 1400},
			{"PATCH", one + "/coverage/5", `{"status":null}`, 422, 1400},
			{"PUT", one + "/coverage/6/rat_type/6", "", 404, 1401},
			{"PUT", one + "/coverage/5/rat_type/99", "", 404, 1401},
			{"PUT", one + "/coverage/5/rat_type/3", "", 422, 1400}, // WLAN
			{"PUT", one + "/coverage/5/rat_type/x", "", 400, 1000},
			{"DELETE", one + "/coverage/6", "", 404, 1401},
		} {
			h.send(tt.method, tt.path, tt.body).fails(t, tt.status, tt.code)
		}
		other := f.organisation("Another operator", 1, 0) // sees nothing of it
		foreign := hand{f, fmt.Sprintf("%d-1-1", other)}
		if got := foreign.list("/v1/network_coverage"); len(got) > 0 {
			t.Errorf("another operator sees %v", got)
		}
		foreign.send("GET", one, "").fails(t, 404, 1401)
		foreign.send("PUT", one+"/coverage/7", "").fails(t, 404, 1401)
		f.onlyOperators("GET /v1/network_coverage", "POST /v1/network_coverage", "GET "+one, "PATCH "+one, "DELETE "+one, "GET "+one+"/coverage",
			"PUT "+one+"/coverage/7", "PATCH "+one+"/coverage/5", "DELETE "+one+"/coverage/5", "PUT "+one+"/coverage/5/rat_type/6",
			"DELETE "+one+"/coverage/5/rat_type/6", "GET /v1/imsi_pool", "POST /v1/imsi_pool", "GET /v1/imsi_sponsor", "POST /v1/imsi_sponsor")
		observer := hand{f, fmt.Sprintf("%d-1-3", f.operator)}
		if got := observer.list(one + "/coverage"); len(got) != 1 {
			t.Errorf("got %v", got)
		}
		observer.send("PUT", one+"/coverage/7", "").fails(t, 403, 1104)
		for query, want := range map[string]int{"": 9, "?blacklistable=true": 8, "?limitable=true": 9, "?blacklistable": 8, "?limitable&blacklistable": 8, "?blacklistable=false": 9} {
			if got := f.hand(f.enterprise).list("/v1/rat_type" + query); len(got) != want {
				t.Errorf("%q lists %d", query, len(got))
			}
		}
	})
}
