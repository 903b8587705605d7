package api

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
)

// gets gives the enterprise a plan with the given fields.
func (f *fixture) gets(more string) {
	f.t.Helper()
	p := f.makes(f.operator, "/v1/tariff_plan", `{"name":"P","public_for_child_organisations":true,"currency":{"id":1}`+more+`}`)
	f.does(f.operator, http.MethodPatch, p, `{"status":{"id":1}}`)
	if a := f.as(f.reseller, http.MethodPost, fmt.Sprintf("/v1/organisation/%d/tariff_plan", f.enterprise), `{"tariff_plan":{"id":`+last(p)+`}}`); a.status != 201 {
		f.t.Fatal(a)
	}
}

func allowanceRoutes(a *API, r *rest.API) {
	endpointAndSIMRoutes(a, r)
	a.endpointBulkRoutes(r)
	a.tariffPlanRoutes(r)
	a.serviceProfileRoutes(r)
	a.tariffProfileRoutes(r)
	a.applicationTokenRoutes(r)
}

// What a plan limits is refused, and what is there already stays.
func TestTariffPlanLimits(t *testing.T) {
	onEach(t, allowanceRoutes, func(f *fixture) {
		k := newKit(f)
		f.tariff(500)
		var sims []int64
		for n := range int64(4) {
			sims = append(sims, f.stock(n, sim.Issued))
		}
		activate := func(sim int64) answer {
			return f.send(http.MethodPatch, fmt.Sprintf("/v1/sim/%d", sim), `{"status":{"id":1}}`)
		}
		f.makes(f.enterprise, "/v1/service_profile", `{"name":"Before"}`)
		f.gets(`,"max_service_profiles":3,"max_tariff_profiles":2,"max_active_sims":2,"api_access_allowed":false`)
		f.makes(f.enterprise, "/v1/service_profile", `{"name":"Third"}`)
		f.send(http.MethodPost, "/v1/service_profile", `{"name":"Fourth"}`).fails(f.t, 409, 1406)
		f.makes(f.enterprise, "/v1/tariff_profile", `{"name":"Second","tariff":{"id":500}}`)
		f.send(http.MethodPost, "/v1/tariff_profile", `{"name":"Third","tariff":{"id":500}}`).fails(f.t, 409, 1406)
		f.send(http.MethodPost, "/v1/application_token", `{}`).fails(f.t, 403, 1104)

		activate(sims[0])
		k.create(fmt.Sprintf(`"sim":{"id":%d,"activate":true}`, sims[1]))
		activate(sims[2]).fails(f.t, 409, 1406)
		f.send(http.MethodPost, "/v1/endpoint", k.body(fmt.Sprintf(`"sim":{"id":%d,"activate":true}`, sims[2]))).fails(f.t, 409, 1406)
		if got := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM sim WHERE status_id = 1`); got != "2" {
			f.t.Errorf("%s SIMs are active", got)
		}
		f.send(http.MethodPatch, fmt.Sprintf("/v1/sim/%d", sims[0]), `{"status":{"id":2}}`)
		if a := activate(sims[2]); a.status != 204 {
			f.t.Errorf("there is room again: %v", a)
		}
		f.gets(`,"max_active_sims":2,"add_active_sim_batch":10,"add_active_sims_rate":5`) // more cost more
		if a := activate(sims[3]); a.status != 204 {
			f.t.Errorf("more SIMs come in batches: %v", a)
		}
		f.send(http.MethodPost, "/v1/application_token", `{}`).into(f.t, 200, &newApplicationToken{})
	})
}

// Where the plan has a factory test, SIMs that are activated with an endpoint go through it; it ends with the plan.
func TestFactoryTestByActivation(t *testing.T) {
	onEach(t, allowanceRoutes, func(f *fixture) {
		k := newKit(f)
		status := func(id int64) string { return f.one(`SELECT CAST(status_id AS TEXT) FROM sim WHERE id = $1`, id) }
		at := k.create("")
		becomes := func(want string, from int64, how string) int64 {
			f.t.Helper()
			id := f.stock(from*100+int64(len(how))%100, sim.Issued)
			f.exec(`UPDATE sim SET status_id = $1 WHERE id = $2`, from, id)
			k.patch(at.ID, fmt.Sprintf(`{"sim":{"id":%d,%s}}`, id, how))
			if got := status(id); got != want {
				f.t.Errorf("from %d by %s: it is %s, want %s", from, how, got, want)
			}
			return id
		}
		becomes("1", sim.Issued, `"activate":true   `)
		f.gets(`,"factory_test_mode_allowed":true`)
		tested := becomes("4", sim.Issued, `"activate":true`)
		becomes("1", sim.Issued, `"activate":true,"status":{"id":1}`)
		becomes("1", sim.Suspended, `"activate":true`)
		becomes("1", sim.Activated, `"activate":true`)
		becomes("4", sim.FactoryTest, `"activate":true`)
		becomes("0", sim.Issued, `"activate":false`)
		f.send(http.MethodPost, "/v2/endpoint/multi", fmt.Sprintf(`{"service_profile":{"id":%d},"tariff_profile":{"id":%d},"status":{"id":0},
			"endpoints":[{"name":"x","sim":{"id":%d,"activate":true}}]}`, k.service, k.tariff, f.stock(99, sim.Issued)))
		if got := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM sim WHERE status_id = 4`); got != "3" {
			f.t.Errorf("%s SIMs are in a factory test", got)
		}
		before := len(f.events(f.enterprise))
		f.gets(``)
		if got := status(tested); got != "1" {
			f.t.Errorf("without a factory test the SIM is %s", got)
		}
		var kinds []int64
		for _, e := range f.events(f.enterprise)[before:] {
			kinds = append(kinds, e.Type)
		}
		if d := cmp.Diff([]int64{33, 8, 8, 8}, kinds); d != "" {
			f.t.Error(d)
		}
	})
}
