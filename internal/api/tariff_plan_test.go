package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/rest"
)

func tariffPlanOps(a *API, r *rest.API) { a.tariffPlanRoutes(r) }

// as sends a request of an administrator of an organisation.
func (f *fixture) as(organisation int64, method, path, body string) answer {
	f.t.Helper()
	return f.call(f.token(organisation), method, path, body)
}

// makes creates something as an organisation and returns its path.
func (f *fixture) makes(organisation int64, path, body string) string {
	f.t.Helper()
	a := f.as(organisation, http.MethodPost, path, body)
	if a.status != http.StatusCreated || a.body != "" {
		f.t.Fatalf("POST %s: %d %s", path, a.status, a.body)
	}
	return path + "/" + last(a.header.Get("Location"))
}

// does runs a change that answers 204.
func (f *fixture) does(organisation int64, method, path, body string) {
	f.t.Helper()
	if a := f.as(organisation, method, path, body); a.status != http.StatusNoContent || a.body != "" {
		f.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
}

func TestTariffPlan(t *testing.T) {
	onEach(t, tariffPlanOps, func(f *fixture) {
		place := f.makes(f.operator, "/v1/tariff_plan", `{"name":"Growth","description":"scales","currency":{"id":1},"rate":49.5,
			"sim_suspended_rate":0.05,"price":{"sim_activated_rate":[{"scale_start":0,"rate":1},{"scale_start":3,"rate":0.8}]},
			"min_runtime":{"id":4},"service_level":{"id":2},"max_active_sims":1000,"vpn_access":true,"public_for_child_organisations":true}`)
		var got map[string]any
		show := func() {
			f.t.Helper()
			got = nil
			f.as(f.operator, http.MethodGet, place, "").into(f.t, 200, &got)
		}
		show()
		same(f.t, []any{got["status"], got["price"], got["rate"], got["min_runtime"], got["owner_organisation"], got["activation_date"], got["vpn_access"]},
			fmt.Sprintf(`[{"id":0,"name":"Staging"},{"sim_activated_rate":[{"scale_start":1,"rate":1},{"scale_start":3,"rate":0.8}]},49.5,
				{"id":4,"number_of_units":1,"unit":{"id":4,"name":"Years"}},{"id":%d,"name":"Operator"},null,true]`, f.operator))
		f.as(f.reseller, http.MethodGet, place, "").fails(f.t, 404, 1401) // staging is the owner's affair
		f.does(f.operator, http.MethodPatch, place, `{"status":{"id":1},"description":null,"rate":50}`)
		show()
		same(f.t, []any{got["status"], got["description"], got["rate"], got["activation_date"]},
			`[{"id":1,"name":"Active"},"",50,"2026-11-15T12:00:30.000+0000"]`)
		f.as(f.reseller, http.MethodPatch, place, `{"rate":1}`).fails(f.t, 404, 1401)
		for name, body := range map[string]string{
			"no name": `{"currency":{"id":1}}`, "no currency": `{"name":"a"}`, "unknown currency": `{"name":"a","currency":{"id":99999}}`,
			"negative": `{"name":"a","currency":{"id":1},"rate":-1}`, "tiers fall": `{"name":"a","currency":{"id":1},"price":{"sim_activated_rate":[{"scale_start":1,"rate":1},{"scale_start":1,"rate":2}]}}`,
			"no first tier": `{"name":"a","currency":{"id":1},"price":{"sim_activated_rate":[{"scale_start":5,"rate":1}]}}`,
			"status":        `{"name":"a","currency":{"id":1},"status":{"id":2}}`, "level": `{"name":"a","currency":{"id":1},"service_level":{"id":9}}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.as(f.operator, http.MethodPost, "/v1/tariff_plan", body).fails(t, 422, 1400) })
		}
		for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodDelete} {
			f.as(f.enterprise, method, place, `{}`).fails(f.t, 403, 1104)
		}
		f.as(f.enterprise, http.MethodPost, "/v1/tariff_plan", `{}`).fails(f.t, 403, 1104)
		f.does(f.operator, http.MethodPatch, place, `{"status":{"id":2}}`)
		f.does(f.operator, http.MethodDelete, place, "")
		f.as(f.operator, http.MethodDelete, place, "").fails(f.t, 404, 1401)
	})
}

func TestAssignTariffPlan(t *testing.T) {
	onEach(t, tariffPlanOps, func(f *fixture) {
		control := f.controlled()
		place := f.makes(f.operator, "/v1/tariff_plan", `{"name":"Growth","currency":{"id":1},"rate":50,"public_for_child_organisations":true,
			"price":{"sim_activated_rate":[{"scale_start":1,"rate":1},{"scale_start":3,"rate":0.8}]}}`)
		of := fmt.Sprintf("/v1/organisation/%d/tariff_plan", f.enterprise)
		body := fmt.Sprintf(`{"tariff_plan":{"id":%s}}`, last(place))
		f.as(f.reseller, http.MethodPost, of, body).fails(f.t, 422, 1400) // in staging
		f.does(f.operator, http.MethodPatch, place, `{"status":{"id":1}}`)
		f.get("/v1/tariff_plan/active").fails(f.t, 404, 1201)
		f.makes(f.reseller, of, body)
		f.does(f.operator, http.MethodPatch, place, `{"rate":99,"price":{"sim_activated_rate":[]}}`) // changes nothing for who has it
		if got := control.takes(); len(got) != 1 || len(f.events(f.enterprise)) != 1 || f.events(f.enterprise)[0].Type != 33 {
			f.t.Errorf("told %v, events %v", got, f.events(f.enterprise))
		}
		for i := range int64(4) { // three activated ones
			f.exec(`INSERT INTO sim (id, owner_id, issuer_org_id, reseller_org_id, customer_org_id, iccid, eid, imsi_id, imsi, msisdn, status_id,
				endpoint_id, model, production_date, activation_date) VALUES ($1, $2, 1, 0, $2, 'i', '', 0, '', '', $3, 0, '', 0, 0)`, i+1, f.enterprise, min(i, 1))
		}
		for _, path := range []string{"/v1/tariff_plan/active", of + "/active", "/v1/organisation/my/tariff_plan/active"} {
			var now map[string]any
			f.get(path).into(f.t, 200, &now)
			same(f.t, []any{now["active"], now["applied_rate"], now["sim_activated_amount"], now["applied_price"], now["organisation_id"], now["expiry_date"]},
				fmt.Sprintf(`[true,50,2.8,{"sim_activated_rate":[{"scale_start":1,"rate":1,"volume":2},{"scale_start":3,"rate":0.8,"volume":1}]},%d,null]`, f.enterprise))
		}
		// One with a price of its own from December on; the first one ends with it.
		f.as(f.reseller, http.MethodPost, of, fmt.Sprintf(`{"tariff_plan":{"id":%s},"start_date":"2026-12-01","sim_activated_rate":0.5,"federation_allowed":true}`, last(place)))
		var rows []map[string]any
		f.as(f.reseller, http.MethodGet, of, "").into(f.t, 200, &rows)
		if len(rows) != 2 {
			f.t.Fatalf("%d rows", len(rows))
		}
		same(f.t, []any{rows[0]["active"], rows[0]["expiry_date"], rows[0]["currency_id"], rows[1]["active"], rows[1]["sim_activated_rate"], rows[1]["federation_allowed"], rows[1]["price_model"], rows[1]["applied_rate"]},
			`[true,"2026-12-01T00:00:00.000+0000","1",false,0.5,true,"Graduated",99]`)
		f.clock.Advance(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Sub(began))
		var now map[string]any
		f.get("/v1/tariff_plan/active").into(f.t, 200, &now)
		same(f.t, now["sim_activated_amount"], `1.5`)
		f.as(f.operator, http.MethodDelete, place, "").fails(f.t, 409, 1406)
	})
}

func TestAssignTariffPlanRefuses(t *testing.T) {
	onEach(t, tariffPlanOps, func(f *fixture) {
		make := func(more string) string {
			p := f.makes(f.operator, "/v1/tariff_plan", `{"name":"P","public_for_child_organisations":true,`+more+`}`)
			f.does(f.operator, http.MethodPatch, p, `{"status":{"id":1}}`)
			return last(p)
		}
		euros, dollars, trial := make(`"currency":{"id":1}`), make(`"currency":{"id":2}`), make(`"currency":{"id":1},"evaluation":true,"expiry_time":30`)
		of := fmt.Sprintf("/v1/organisation/%d/tariff_plan", f.enterprise)
		for name, body := range map[string]string{
			"nothing": `{}`, "unknown": `{"tariff_plan":{"id":999}}`, "currency": `{"tariff_plan":{"id":` + dollars + `}}`,
			"last month": `{"tariff_plan":{"id":` + euros + `},"start_date":"2026-10-31"}`, "negative": `{"tariff_plan":{"id":` + euros + `},"sim_suspended_rate":-1}`,
			"ends first": `{"tariff_plan":{"id":` + euros + `},"start_date":"2026-12-01","expiry_date":"2026-11-30"}`,
			"level":      `{"tariff_plan":{"id":` + euros + `},"service_level":{"id":9}}`, "runtime": `{"tariff_plan":{"id":` + euros + `},"tariff_plan_runtime":{"id":9}}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.as(f.reseller, http.MethodPost, of, body).fails(t, 422, 1400) })
		}
		body := `{"tariff_plan":{"id":` + euros + `}}`
		f.as(f.operator, http.MethodPost, of, body).fails(f.t, 404, 1401) // a grandchild
		f.as(f.enterprise, http.MethodPost, of, body).fails(f.t, 403, 1104)
		own := "/v1/organisation/my/tariff_plan"
		f.as(f.reseller, http.MethodPost, own, body).fails(f.t, 403, 1104)
		f.as(f.other, http.MethodGet, of, "").fails(f.t, 404, 1401)
		f.as(f.other, http.MethodGet, of+"/active", "").fails(f.t, 404, 1401)
		// A reseller in evaluation chooses for itself, and is then no more in evaluation.
		f.makes(f.operator, fmt.Sprintf("/v1/organisation/%d/tariff_plan", f.reseller), `{"tariff_plan":{"id":`+trial+`}}`)
		f.makes(f.reseller, own, body)
		f.as(f.reseller, http.MethodPost, own, body).fails(f.t, 403, 1104)
	})
}
