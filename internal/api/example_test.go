package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
)

// The document shows what the contract's reference shows as examples, and each of them works.
func TestExamples(t *testing.T) {
	onEach(t, func(a *API, r *rest.API) {
		endpointAndSIMRoutes(a, r)
		a.serviceProfileRoutes(r)
		a.dnsRoutes(r)
		a.smsRoutes(r)
		a.quotaRoutes(r)
	}, func(f *fixture) {
		newKit(f)
		f.exec(`INSERT INTO service_profile_service (organisation_id, service_profile_id, service_id) VALUES ($1, 1, 6)`, f.enterprise)
		f.stock(1, sim.Issued)
		f.makes(f.enterprise, "/v1/dns", `{"primary":"9.9.9.9","secondary":"149.112.112.112","ip_address_version":4}`)
		var doc struct {
			Paths map[string]map[string]struct {
				RequestBody struct {
					Content map[string]struct {
						Examples map[string]struct{ Value json.RawMessage }
					}
				}
			}
		}
		f.get("/openapi.json").into(f.t, 200, &doc)
		for _, want := range []struct {
			method, path, names string
			status              int
		}{
			{"POST", "/v1/endpoint", "optional mandatory", 201},
			{"POST", "/v1/service_profile", "basic dns", 201},
			{"PATCH", "/v1/service_profile/{profile_id}", "dns no_dns quota", 201},
			{"PATCH", "/v1/endpoint/{endpoint_id}", "rename disable lock", 204},
			{"POST", "/v1/endpoint/{endpoint_id}/quota/data", "refill block", 201},
			{"POST", "/v1/endpoint/{endpoint_id}/quota/sms", "block", 201},
			{"PATCH", "/v1/endpoint/{endpoint_id}", "release", 204},
		} {
			shown := doc.Paths["/api"+want.path][strings.ToLower(want.method)].RequestBody.Content["application/json"].Examples
			at := strings.NewReplacer("{endpoint_id}", "1", "{profile_id}", "1").Replace(want.path)
			for name := range strings.FieldsSeq(want.names) {
				body := strings.Replace(string(shown[name].Value), "100.64.1.7", "10.192.0.3", 1)
				if a := f.send(want.method, at, body); a.status != want.status {
					f.t.Errorf("%s %s: example %q answers %v", want.method, at, name, a)
				}
			}
			if want.path == "/v1/endpoint" { // while it is enabled and has its SIM
				for name, e := range doc.Paths["/api/v1/endpoint/{endpoint_id}/sms"]["post"].RequestBody.Content["application/json"].Examples {
					if a := f.send(http.MethodPost, "/v1/endpoint/1/sms", string(e.Value)); a.status != 201 {
						f.t.Errorf("SMS: example %q answers %v", name, a)
					}
				}
			}
		}
	})
}
