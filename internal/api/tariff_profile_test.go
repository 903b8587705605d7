package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
)

// tariff stores a tariff of the operator's and assigns it to the enterprise.
func (f *fixture) tariff(id int64) {
	f.t.Helper()
	f.exec(`INSERT INTO tariff (id, organisation_id, name, description, status_id, currency_id, data_blocksize, is_public, created)
		VALUES ($1, $2, 'World', 'all of it', 1, 1, 1024, TRUE, $3)`, id, f.operator, began.UnixMicro())
	f.exec(`INSERT INTO organisation_tariff VALUES ($1, $2)`, f.enterprise, id)
}

func TestTariffProfile(t *testing.T) {
	onEach(t, profileRoutes, func(f *fixture) {
		f.tariff(500)
		place := f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500.0,"name":"ignored"}}`)
		currency := f.one(`SELECT code FROM currency WHERE id = 1`)
		symbol := f.one(`SELECT symbol FROM currency WHERE id = 1`)
		want := fmt.Sprintf(`{"id":%s,"name":"Mine","description":"","used_count":"0","organisation_id":"%d","tariff":{"id":500,"organisation_id":"%d",`+
			`"name":"World","description":"all of it","created":"2026-11-15T12:00:30.000+0000","tariff_status_id":"1","currency_id":"1",`+
			`"default_sms_mt_rate":0,"default_sms_mo_rate":0,"sim_issued_rate":0,"sim_activated_rate":0,"sim_suspended_rate":0,"sim_activation_rate":0,`+
			`"sim_reactivation_rate":0,"sim_suspension_rate":0,"sim_termination_rate":0,"data_throttle_id":"0","data_blocksize_id":"3","public":"1",`+
			`"tariff_category_id":"0","visibility_id":"0","tariff_currency_category_id":"0","used_count":"1","assigned_count":"1",`+
			`"currency":{"id":1,"code":%q,"symbol":%q}},"inclusive_volume":null}`, last(place), f.enterprise, f.operator, currency, symbol)
		if diff := cmp.Diff(want, strings.TrimSpace(f.get(place).body)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff("["+want+"]", strings.TrimSpace(f.get("/v1/tariff_profile").body)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTariffProfileRefuses(t *testing.T) {
	onEach(t, profileRoutes, func(f *fixture) {
		f.tariff(500)
		for name, body := range map[string]string{
			"nothing": `{}`, "no name": `{"tariff":{"id":500}}`, "no tariff": `{"name":"a"}`, "tariff null": `{"name":"a","tariff":null}`,
			"tariff without id": `{"name":"a","tariff":{}}`, "unknown tariff": `{"name":"a","tariff":{"id":501}}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPost, "/v1/tariff_profile", body).fails(t, 422, 1400) })
		}
		// A tariff that is assigned to somebody else.
		f.call(f.token(f.other), http.MethodPost, "/v1/tariff_profile", `{"name":"a","tariff":{"id":500}}`).fails(t, 422, 1400)
		place := f.made("/v1/tariff_profile", `{"name":"Mine","description":"d","tariff":{"id":500}}`)
		f.call(f.token(f.other), http.MethodGet, place, "").fails(t, 404, 1401)
		f.get("/v1/tariff_profile/-1").fails(t, 404, 1401)
		f.get("/v1/tariff_profile/x").fails(t, 400, 1000)
	})
}

func TestProfilesCountTheirEndpoints(t *testing.T) {
	onEach(t, profileRoutes, func(f *fixture) {
		f.tariff(500)
		service, tariff := f.made("/v1/service_profile", `{"name":"a"}`), f.made("/v1/tariff_profile", `{"name":"a","tariff":{"id":500}}`)
		f.write(f.enterprise, func(tx *db.Tx) error { return endpoint.CreateSpace(tx, f.enterprise, 1, "10.192.0.0/24") })
		var gone endpoint.Endpoint
		for range 3 {
			f.send(http.MethodPost, "/v1/endpoint", fmt.Sprintf(`{"service_profile":{"id":%s},"tariff_profile":{"id":%s},"status":{"id":1}}`,
				last(service), last(tariff))).into(t, 201, &gone)
		}
		f.send(http.MethodDelete, fmt.Sprintf("/v1/endpoint/%d", gone.ID), "")
		for path, want := range map[string]string{
			service: `"used_count":2,`, "/v1/service_profile": `"used_count":"2","ip_firewall_rule_set"`, tariff: `"used_count":"2","organisation_id"`, "/v1/tariff_profile": `"used_count":"2","organisation_id"`,
		} {
			if body := f.get(path).body; !strings.Contains(body, want) {
				t.Errorf("%s: %s is not in %s", path, want, body)
			}
		}
	})
}
