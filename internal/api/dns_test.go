package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/rest"
)

func TestDNS(t *testing.T) {
	routes := func(a *API, r *rest.API) {
		a.dnsRoutes(r)
		a.serviceProfileRoutes(r)
	}
	onEach(t, routes, func(f *fixture) {
		if list := f.get("/v1/dns"); list.status != 200 || list.body != "[]" {
			t.Errorf("%d %s", list.status, list.body)
		}
		first := f.made("/v1/dns", `{"primary":"10.0.0.1","secondary":"10.0.0.2","ip_address_version":4.0}`)
		second := f.made("/v1/dns", `{"primary":"2001:db8::1","secondary":"10.0.0.2","ip_address_version":"6"}`)
		want := `[{"id":` + last(first) + `,"primary":"10.0.0.1","secondary":"10.0.0.2","ip_address_version":4},` +
			`{"id":` + last(second) + `,"primary":"2001:db8::1","secondary":"10.0.0.2","ip_address_version":6}]`
		if diff := cmp.Diff(want, f.get("/v1/dns").body); diff != "" {
			t.Error(diff)
		}
		for name, body := range map[string]string{
			"nothing": `{}`, "no primary": `{"secondary":"10.0.0.2","ip_address_version":4}`, "no secondary": `{"primary":"10.0.0.1","ip_address_version":4}`,
			"no version": `{"primary":"10.0.0.1","secondary":"10.0.0.2"}`, "version 5": `{"primary":"10.0.0.1","secondary":"10.0.0.2","ip_address_version":5}`,
			"a name": `{"primary":"dns.example","secondary":"10.0.0.2","ip_address_version":4}`, "a zone": `{"primary":"fe80::1%eth0","secondary":"10.0.0.2","ip_address_version":4}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPost, "/v1/dns", body).fails(t, 422, 1400) })
		}
		profile := f.made("/v1/service_profile", `{"name":"a","dns":{"id":`+last(first)+`}}`)
		f.send(http.MethodDelete, first, "").fails(t, 409, 1406)
		f.call(f.token(f.other), http.MethodDelete, second, "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodPost, "/v1/service_profile", `{"name":"a","dns":{"id":`+last(second)+`}}`).fails(t, 422, 1400)
		f.send(http.MethodPatch, profile, `{"dns":{"id":null}}`)
		for _, place := range []string{first, second} {
			if a := f.send(http.MethodDelete, place, ""); a.status != 204 || a.body != "" {
				t.Errorf("%d %s", a.status, a.body)
			}
			f.send(http.MethodDelete, place, "").fails(t, 404, 1401)
		}
		if list := strings.TrimSpace(f.get("/v1/dns").body); list != "[]" {
			t.Error(list)
		}
	})
}
