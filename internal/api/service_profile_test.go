package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
)

func profileRoutes(a *API, r *rest.API) {
	a.serviceProfileRoutes(r)
	a.tariffProfileRoutes(r)
	a.endpointRoutes(r)
}

// made is the path of a new object, without /api.
func (f *fixture) made(path, body string) string {
	f.t.Helper()
	a := f.send(http.MethodPost, path, body)
	place, ok := strings.CutPrefix(a.header.Get("Location"), f.url+"/api")
	if a.status != 201 || a.body != "" || !ok {
		f.t.Fatalf("POST %s: %d %q at %q", path, a.status, a.body, a.header.Get("Location"))
	}
	return place
}

func TestServiceProfile(t *testing.T) {
	onEach(t, profileRoutes, func(f *fixture) {
		plain := f.made("/v1/service_profile", `{"name":"Plain","colour":"red"}`)
		f.exec(`INSERT INTO dns VALUES ($1, 5, '10.0.0.1', '10.0.0.2', 4)`, f.enterprise)
		full := f.made("/v1/service_profile", `{"name":"Full","description":"d","allowed_3g":false,"allowed_4g":false,"allowed_nb_iot":false,"allowed_nb_iot_geo":true,
			"apply_sms_quota":true,"apply_quota":false,"apply_data_quota":true,"retail":true,"sms_p2p_int":false,"sms_p2p_ext":null,"prepaid":true,"nipdp":true,"dns":{"id":5},
			"api_callback":null,"api_secret":{"id":null},"moc_callback":{},"esme_interface_type":{"id":"2"},"breakout_region":{"id":2,"name":"eu-west"}}`)
		const none, end = `"api_callback":null,"api_secret":null,"moc_callback":null,`, `"service":[],"ip_firewall_rule_set":{"ip_firewall_profiles":[],"enforce":false}}`
		want := `{"id":%s,"name":"Plain","description":"","allowed_3g":true,"allowed_4g":true,"allowed_nb_iot":true,"allowed_nb_iot_geo":false,` +
			`"apply_sms_quota":false,"apply_data_quota":false,"used_count":0,"retail":false,"sms_p2p_int":true,"sms_p2p_ext":true,"prepaid":false,"nipdp":false,` +
			none + `"esme_interface_type":null,"breakout_region":null,"dns":null,` + end
		if diff := cmp.Diff(fmt.Sprintf(want, last(plain)), strings.TrimSpace(f.get(plain).body)); diff != "" {
			t.Error(diff)
		}
		want = `{"id":%s,"name":"Full","description":"d","allowed_3g":false,"allowed_4g":false,"allowed_nb_iot":false,"allowed_nb_iot_geo":true,` +
			`"apply_sms_quota":true,"apply_data_quota":true,"used_count":0,"retail":true,"sms_p2p_int":false,"sms_p2p_ext":true,"prepaid":true,"nipdp":true,` +
			none + `"esme_interface_type":{"id":2,"description":"REST API"},"breakout_region":{"id":2,"name":"eu-west","ip_address":""},` +
			`"dns":{"id":5,"primary":"10.0.0.1","secondary":"10.0.0.2","ip_address_version":4},` + end
		if diff := cmp.Diff(fmt.Sprintf(want, last(full)), strings.TrimSpace(f.get(full).body)); diff != "" {
			t.Error(diff)
		}
		want = `{"id":%s,"name":"Plain","description":"","allowed_3g":true,"allowed_4g":true,"allowed_nb_iot":true,"allowed_nb_iot_geo":false,"apply_sms_quota":false,"apply_data_quota":false,"used_count":"0","ip_firewall_rule_set":{"ip_firewall_profiles":[],"enforce":false}}`
		if list := f.get("/v1/service_profile").body; !strings.HasPrefix(list, "["+fmt.Sprintf(want, last(plain))+",") {
			t.Errorf("the list is %s", list)
		}
		old := f.made("/v1/service_profile", `{"name":"Old","apply_quota":true}`)
		var got profile.Service
		f.get(old).into(t, 200, &got)
		if !got.ApplyDataQuota {
			t.Error("the old name of apply_data_quota was not read")
		}
	})
}

func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func TestServiceProfileRefuses(t *testing.T) {
	onEach(t, profileRoutes, func(f *fixture) {
		for name, body := range map[string]string{
			"no name": `{}`, "empty name": `{"name":" "}`, "name of another type": `{"name":{}}`, "control character": `{"name":"a\u0000"}`,
			"long description": `{"name":"a","description":"` + strings.Repeat("a", 256) + `"}`, "unknown dns": `{"name":"a","dns":{"id":9}}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPost, "/v1/service_profile", body).fails(t, 422, 1400) })
		}
		place := f.made("/v1/service_profile", `{"name":"Mine"}`)
		f.call(f.token(f.other), http.MethodGet, place, "").fails(t, 404, 1401)
		f.get("/v1/service_profile/-1").fails(t, 404, 1401)
		f.get("/v1/service_profile/x").fails(t, 400, 1000)
		if body := f.call(f.token(f.other), http.MethodGet, "/v1/service_profile", "").body; strings.TrimSpace(body) != `[]` {
			t.Errorf("another organisation sees %s", body)
		}
	})
}

func TestServicesOfProfile(t *testing.T) {
	onEach(t, profileRoutes, func(f *fixture) {
		place := f.made("/v1/service_profile", `{"name":"Mine"}`)
		for _, service := range []int{38, 0, 3, 6, 32} {
			if a := f.send(http.MethodPut, fmt.Sprintf("%s/service/%d", place, service), ""); a.status != 204 {
				t.Errorf("service %d: %d %s", service, a.status, a.body)
			}
		}
		f.send(http.MethodPut, place+"/service/38", "").fails(t, 409, 1405)
		f.send(http.MethodPut, place+"/service/7", "").fails(t, 404, 1401)
		f.send(http.MethodPut, "/v1/service_profile/999/service/38", "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodPut, place+"/service/38", "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, place+"/service/38", "").fails(t, 404, 1401)
		if a := f.send(http.MethodDelete, place+"/service/6", ""); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		f.send(http.MethodDelete, place+"/service/6", "").fails(t, 404, 1401)
		want := `"service":[{"id":0,"description":"USSD","traffic_limit":[]},{"id":3,"description":"Voice","traffic_limit":[]},` +
			`{"id":32,"description":"SMS MO","traffic_limit":[]},{"id":38,"description":"Data","traffic_limit":[]}]`
		if body := f.get(place).body; !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	})
}
