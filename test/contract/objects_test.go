package contract

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/account"
)

// nobodys is an id that no object has.
const nobodys = 2_000_000_001

// catalogue are the parameters of paths that name no organisation's object, with values that are there.
var catalogue = map[string]string{
	"service_id": "38", "operator_id": "1", "limit_id": "1", "quota_type": "data", "event_type_id": "3", "ratezone_id": "1", "rate_type_id": "1", "rat_type_id": "1", "operator_data": "mnc", "op_data_id": "1", "role_id": "3", "bic": "8900000000", "custom_rate_id": "1", "rate_id": "1",
}

// fill puts values into the parameters of a path: those of the catalogue, or ids.
func fill(path string, id func(name string) int64) string {
	return parameter.ReplaceAllStringFunc(path, func(name string) string {
		name = strings.Trim(name, "{}")
		if fixed, ok := catalogue[name]; ok {
			return fixed
		}
		if strings.HasPrefix(path, "/api/v1/data_stream/") {
			name = "v1 " + name
		}
		return strconv.FormatInt(id(name), 10)
	})
}

// objects gives each organisation an object of each kind that paths name, and tells their ids by the parameter's name.
func (w *tree) objects() map[string]map[string]int64 {
	all := map[string]map[string]int64{}
	for _, owner := range []string{"Mast", "Shop", "Harbour", "Outland"} {
		id := w.orgs[owner]
		ids := map[string]int64{"org_id": id, "org_id_or_my": id, "workspace_id": id, "user_id": w.user(owner)}
		for name, list := range map[string]string{
			"endpoint_id": "/api/v1/endpoint", "tariff_profile_id": "/api/v1/tariff_profile", "app_token_id": "/api/v1/application_token",
			"inclusive_volume_id": "/api/v1/organisation/my/inclusive_volume/active", "space_id": "/api/v1/ip_address_space",
			"definition_id": "/api/v1/pdp_context_definition", "pdp_id": "/api/v1/pdp_context_definition",
		} {
			ids[name] = w.lastID(owner, list)
		}
		if owner == "Harbour" || owner == "Outland" { // a SIM belongs to its customer
			ids["sim_id"] = w.lastID(owner, "/api/v1/sim")
		}
		for name, made := range map[string]struct{ path, body string }{
			"profile_id":      {"/api/v1/service_profile", `{"name":"Made"}`},
			"api_secret_id":   {"/api/v1/api_secret", `{"purpose":"test"}`},
			"dns_id":          {"/api/v1/dns", `{"primary":"9.9.9.9","secondary":"149.112.112.112","ip_address_version":4}`},
			"api_callback_id": {"/api/v1/api_callback", `{"url":"https://example.com/x","purpose":"test"}`},
			"data_stream_id": {"/api/v2/data_stream", `{"name":"Made","data_stream_type":{"id":2},"status":{"id":2},"destination":{"connection_type":"RestAPI",
				"format":"Json","credentials":{"url":"https://example.com/x","method":"POST"}}}`},
			"v1 data_stream_id": {"/api/v1/data_stream", `{"data_stream_type":{"id":2},"api_type":{"id":1},"api_callback":{"url":"https://example.com/x","purpose":"x"}}`},
		} {
			ids[name] = w.make(owner, made.path, made.body)
		}
		if owner == "Mast" || owner == "Shop" {
			ids["tariff_id"] = w.make(owner, "/api/v1/tariff", `{"name":"Made","currency":{"id":1}}`)
		}
		if owner == "Mast" {
			ids["coverage_id"] = w.make(owner, "/api/v1/network_coverage", `{"name":"Made"}`)
		}
		if owner != "Mast" {
			delete(ids, "tariff_id") // theirs are the operator's, sold to them
		}
		all[owner] = ids
	}
	return all
}

// make makes an object and returns its id.
func (w *tree) make(owner, at, body string) int64 {
	w.t.Helper()
	got := w.send(owner, "POST", at, body)
	id, err := strconv.ParseInt(path.Base(got.header.Get("Location")), 10, 64)
	if got.status != 201 || err != nil {
		w.t.Fatal(fmt.Sprint(at, got))
	}
	return id
}

// user makes an active user that nobody logs in as.
func (w *tree) user(owner string) int64 {
	w.t.Helper()
	id, err := account.CreateUser(w.t.Context(), w.app.DB, w.clock.Clock(), account.User{
		Organisation: w.orgs[owner], Username: "known@" + strings.ToLower(owner) + ".example", Name: "Known", Role: account.RoleAdministrator,
	})
	w.must(err)
	return id
}
