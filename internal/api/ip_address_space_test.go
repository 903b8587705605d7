package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"

	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/rest"
)

func spaceRoutes(a *API, r *rest.API) {
	a.endpointRoutes(r)
	a.ipAddressSpaceRoutes(r)
}

func TestIPAddressSpaces(t *testing.T) {
	onEach(t, spaceRoutes, func(f *fixture) {
		k := newKit(f) // has 10.192.0.0/29
		k.create("")
		const path = "/v1/ip_address_space"
		create := func(network string, version int) answer {
			return f.send(http.MethodPost, path, fmt.Sprintf(`{"ip_address_space":%q,"ip_address_version":%d}`, network, version))
		}
		var made endpoint.NamedSpace
		a := create("100.64.0.0/22", 4)
		a.into(t, 201, &made)
		if a.header.Get("Location") != fmt.Sprintf("%s/api%s/%d", f.url, path, made.ID) {
			t.Errorf("Location is %q", a.header.Get("Location"))
		}
		want := fmt.Sprintf(`[{"id":%d,"ip_address_space":"10.192.0.0/29","ip_address_version":4,"used_count":1,"available_count":5},`+
			`{"id":%d,"ip_address_space":"100.64.0.0/22","ip_address_version":4,"used_count":0,"available_count":767}]`, k.space, made.ID)
		if got := f.get(path).body; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := f.call(f.token(f.other), http.MethodGet, path, "").body; got != "[]" {
			t.Errorf("another organisation sees %s", got)
		}
		for network, status := range map[string]int{
			"10.192.0.0/28": 409, "100.64.2.0/24": 409, "192.168.0.0/24": 422, "100.64.0.0/24": 422, "100.64.0.128/25": 422, "10.193.0.1/24": 422,
			"10.193.0.0/31": 422, "fd00::/64": 422, "10.0.0.0/8": 422, "": 422,
		} {
			if a := create(network, 4); a.status != status {
				t.Errorf("%s: %d %s, want %d", network, a.status, a.body, status)
			}
		}
		create("10.194.0.0/24", 6).fails(t, 422, 1400)
		f.send(http.MethodPost, path, `{}`).fails(t, 422, 1400)

		one := func(id any) string { return fmt.Sprintf("%s/%v", path, id) }
		f.send(http.MethodDelete, one(k.space), "").fails(t, 409, 1406)
		f.send(http.MethodDelete, one(999), "").fails(t, 404, 1401)
		f.send(http.MethodDelete, one("x"), "").fails(t, 400, 1000)
		f.send(http.MethodPut, one(999), "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, one(made.ID), "").fails(t, 404, 1401)
		for _, method := range []string{http.MethodPut, http.MethodDelete} {
			if a := f.send(method, one(made.ID), ""); a.status != 204 || a.body != "" {
				t.Errorf("%s: %d %s", method, a.status, a.body)
			}
		}
		f.send(http.MethodDelete, one(made.ID), "").fails(t, 404, 1401)
	})
}

func TestAvailableIPAddressSpaces(t *testing.T) {
	onEach(t, spaceRoutes, func(f *fixture) {
		newKit(f)
		var free []endpoint.NamedSpace
		f.get("/v1/ip_address_space/available").into(t, 200, &free)
		seen := map[string]bool{}
		for _, s := range free {
			seen[s.Network] = true
			network := netip.MustParsePrefix(s.Network)
			if network.Overlaps(netip.MustParsePrefix("10.192.0.0/29")) {
				t.Errorf("%s is taken", network)
			}
			if a := f.send(http.MethodPost, "/v1/ip_address_space", fmt.Sprintf(`{"ip_address_space":%q,"ip_address_version":4}`, s.Network)); a.status != 201 {
				t.Errorf("%s: %d %s", s.Network, a.status, a.body)
			}
		}
		if len(seen) != 10 {
			t.Errorf("%d are proposed", len(seen))
		}
		if got := f.get("/v1/ip_address_space/available?ip_address_version=6").body; got != "[]" {
			t.Errorf("of version 6 %s", got)
		}
	})
}
