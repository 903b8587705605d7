package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/rest"
)

func routingOps(a *API, r *rest.API) {
	a.smsRoutingRoutes(r)
	a.smsWayRoutes(r)
}

func TestSMSRouting(t *testing.T) {
	onEach(t, routingOps, func(f *fixture) {
		h := f.hand(f.operator)
		operator := f.one(`SELECT CAST(operator_id AS TEXT) FROM operator_plmn WHERE plmn = '26201'`)
		germany := f.one(`SELECT CAST(id AS TEXT) FROM country WHERE iso_code = 'de'`)
		france := f.one(`SELECT CAST(id AS TEXT) FROM country WHERE iso_code = 'fr'`)
		bind := last(h.made("/v1/smpp_bind", `{"system_id":"hub1","smpp_bind_status_id":1}`))
		gt := last(h.made("/v1/gt_config", `{"imsi_prefix":"26201","calling_party":"491700000001","called_party_tt":"0"}`))
		pool := last(h.made("/v1/msisdn_pool", `{"description":"numbers"}`))
		prefix := last(h.made("/v1/sccp_called_party_prefix", `{"prefix":"49","tt":"0"}`))
		for path, want := range map[string]string{
			"/v1/smpp_bind": "map[id:" + bind + " smpp_bind_status_id:0 system_id:hub1]", "/v1/msisdn_pool": "map[description:numbers id:" + pool + " resource_provider_id:0]",
			"/v1/gt_config":                "map[called_party_tt:0 calling_party:491700000001 id:" + gt + " imsi_prefix:26201]",
			"/v1/sccp_called_party_prefix": "map[id:" + prefix + " prefix:49 tt:0]",
		} {
			if got := h.list(path); len(got) != 1 || fmt.Sprint(got[0]) != want {
				t.Errorf("%s: %v", path, got)
			}
		}
		one := h.made("/v1/sms_routing", `{"description":"Default"}`)
		h.done("PATCH", one, `{"description":"Main"}`)
		h.done("PATCH", one, `{}`)
		h.done("PATCH", one, fmt.Sprintf(`{"organisation":{"id":%d}}`, f.operator))
		for method, path := range map[string]string{"POST": "/v1/sms_routing", "PATCH": one} {
			h.send(method, path, fmt.Sprintf(`{"description":"x","organisation":{"id":%d}}`, f.reseller)).fails(t, 422, 1400)
		}
		if got := h.look(one, "description", "organisation"); got != fmt.Sprintf("Main map[id:%d name:Operator]", f.operator) {
			t.Error(got)
		}
		if got := h.list("/v1/sms_routing"); len(got) != 1 {
			t.Errorf("got %v", got)
		}

		data := one + "/data"
		show := func() (out string) {
			for _, row := range h.list(data) {
				part := func(key, of string) string {
					object, _ := row[key].(map[string]any)
					return fmt.Sprint(object[of])
				}
				out += fmt.Sprint("[", part("country", "name"), " ", part("operator", "name"), " ", part("smpp_bind", "system_id"), " ", part("gt_config", "imsi_prefix"), " ",
					part("msisdn_pool", "description"), " ", part("sccp_called_party_prefix", "prefix"), "]")
			}
			return out
		}
		item := h.made(data, `{"operator":{"id":`+operator+`},"gt_config":{"id":`+gt+`},"msisdn_pool":{"id":`+pool+`},"sccp_called_party_prefix":{"id":`+prefix+`}}`)
		h.made(data, `{"country":{"id":`+france+`},"smpp_bind":{"id":`+bind+`}}`)
		if got := show(); got != "[Germany Telekom <nil> 26201 numbers 49][France ANY hub1 <nil> <nil> <nil>]" {
			t.Error(got)
		}
		row := h.list(data)[0]["operator"].(map[string]any)
		if row["mncs"] != "01" || row["country_id"] != germany {
			t.Errorf("got %v", row)
		}
		h.done("PATCH", item, `{"country":{"id":`+germany+`},"smpp_bind":{"id":`+bind+`},"msisdn_pool":null}`)
		if got := show(); !strings.HasPrefix(got, "[Germany ANY hub1 <nil> <nil> 49]") {
			t.Error(got)
		}
		for _, wrong := range []string{
			`{}`, `{"country":{"id":` + germany + `}}`, `{"smpp_bind":{"id":` + bind + `}}`,
			`{"country":{"id":` + germany + `},"operator":{"id":` + operator + `},"smpp_bind":{"id":` + bind + `}}`,
			`{"country":{"id":` + germany + `},"smpp_bind":{"id":` + bind + `},"gt_config":{"id":` + gt + `}}`,
			`{"country":{"id":99999},"smpp_bind":{"id":` + bind + `}}`, `{"operator":{"id":99999999},"smpp_bind":{"id":` + bind + `}}`,
			`{"country":{"id":` + germany + `},"smpp_bind":{"id":999}}`, `{"country":{"id":` + germany + `},"gt_config":{"id":999}}`,
		} {
			h.send("POST", data, wrong).fails(t, 422, 1400)
		}
		h.send("PATCH", item, `{"country":null}`).fails(t, 422, 1400)
		h.send("PATCH", item, `{"smpp_bind":{"id":null}}`).fails(t, 422, 1400)
		for path, wrong := range map[string]string{
			"/v1/sms_routing": `{}`, "/v1/smpp_bind": `{"system_id":"longer than fifteen"}`, "/v1/gt_config": `{"calling_party":"+49"}`,
			"/v1/msisdn_pool": `{}`, "/v1/sccp_called_party_prefix": `{"tt":"0"}`,
		} {
			h.send("POST", path, wrong).fails(t, 422, 1400)
		}
		h.send("PATCH", one, `{"description":""}`).fails(t, 422, 1400)
		for _, operation := range []string{"GET ", "PATCH ", "DELETE "} {
			h.send(strings.TrimSpace(operation), "/v1/sms_routing/999", "{}").fails(t, 404, 1401)
		}
		for _, method := range []string{"PATCH", "DELETE"} {
			h.send(method, data+"/999", "{}").fails(t, 404, 1401)
			h.send(method, "/v1/sms_routing/999/data/1", "{}").fails(t, 404, 1401)
		}
		h.send("GET", "/v1/sms_routing/999/data", "").fails(t, 404, 1401)
		h.send("GET", "/v1/sms_routing/x", "").fails(t, 400, 1000)

		// A reseller has routings of its own, without what only operators have, and sees none of the operator's.
		r := f.hand(f.reseller)
		r.send("GET", one, "").fails(t, 404, 1401)
		r.send("POST", data, `{}`).fails(t, 404, 1401)
		own := r.made("/v1/sms_routing", `{"description":"Ours"}`)
		r.send("POST", own+"/data", `{"country":{"id":`+germany+`},"smpp_bind":{"id":`+bind+`}}`).fails(t, 422, 1400)
		ours := last(r.made("/v1/smpp_bind", `{"system_id":"hub2"}`))
		r.made(own+"/data", `{"country":{"id":`+germany+`},"smpp_bind":{"id":`+ours+`},"gt_config":{"id":`+gt+`},"msisdn_pool":{"id":`+pool+`}}`)
		if got := r.list(own + "/data")[0]; got["gt_config"] != nil || got["msisdn_pool"] != nil {
			t.Errorf("got %v", got)
		}
		r.send("GET", "/v1/gt_config", "").fails(t, 403, 1104)
		for _, operation := range []string{
			"GET /v1/sms_routing", "POST /v1/sms_routing", "GET " + one, "PATCH " + one, "DELETE " + one, "GET " + data, "POST " + data, "PATCH " + item, "DELETE " + item,
			"GET /v1/smpp_bind", "POST /v1/smpp_bind", "POST /v1/gt_config",
		} {
			method, path, _ := strings.Cut(operation, " ")
			f.hand(f.enterprise).send(method, path, "{}").fails(t, 403, 1104)
		}
		h.done("DELETE", item, "")
		h.send("DELETE", item, "").fails(t, 404, 1401)
		f.exec(`UPDATE organisation SET default_sms_routing_id = `+last(one)+` WHERE id = $1`, f.enterprise)
		h.send("DELETE", one, "").fails(t, 409, 1406)
		f.exec(`UPDATE organisation SET default_sms_routing_id = 0 WHERE id = $1`, f.enterprise)
		h.done("DELETE", one, "")
		h.send("GET", data, "").fails(t, 404, 1401)
	})
}
