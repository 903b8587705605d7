package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/rest"
)

func operatorOps(a *API, r *rest.API) {
	a.operatorRoutes(r)
	a.networkCoverageRoutes(r)
}

func TestOperatorWrites(t *testing.T) {
	onEach(t, operatorOps, func(f *fixture) {
		control, h := f.controlled(), f.hand(f.operator)
		germany := f.one(`SELECT CAST(id AS TEXT) FROM country WHERE iso_code = 'de'`)
		version := func() string { return f.one(`SELECT CAST(version AS TEXT) FROM catalogue`) }
		before := version()
		made := h.send("POST", "/v1/operator", `{"name":"Campus","country":{"id":`+germany+`}}`)
		var told struct{ ID int64 }
		made.into(t, 201, &told)
		one := fmt.Sprintf("/v1/operator/%d", told.ID)
		if at := made.header.Get("Location"); !strings.HasSuffix(at, one) || told.ID < 1_000_000 {
			t.Errorf("made %q, id %d", at, told.ID)
		}
		mnc := h.made(one+"/mnc", `{"mnc":"999"}`)
		if !strings.HasSuffix(mnc, "/262999") {
			t.Error(mnc)
		}
		foreign := h.made(one+"/mnc", `{"mnc":"98","mcc":"901"}`)
		tap := h.made(one+"/tapcode", `{"tapcode":"deuzz"}`)
		h.made(one+"/ccndc", `{"ccndc":"49999"}`)
		for kind, want := range map[string]string{
			"mnc":     "[map[id:262999 mcc:262 mnc:999 operator_id:%d] map[id:90198 mcc:901 mnc:98 operator_id:%d]]",
			"tapcode": "[map[id:" + last(tap) + " operator_id:%d tapcode:DEUZZ]]", "ccndc": "[map[ccndc:49999 id:49999 operator_id:%d]]",
		} {
			var rows []map[string]any
			h.send("GET", one+"/"+kind, "").into(t, 200, &rows)
			got := strings.NewReplacer("2.62999e+06", "262999", "2.2530797e+07", last(tap)).Replace(fmt.Sprint(whole(rows)))
			if got != strings.ReplaceAll(want, "%d", fmt.Sprint(told.ID)) {
				t.Errorf("%s: %s", kind, got)
			}
		}
		h.done("DELETE", foreign, "")
		h.send("DELETE", foreign, "").fails(t, 404, 1401)
		h.done("PATCH", one, `{"name":"Campus network"}`)
		listed := h.list("/v1/operator")
		newest := listed[len(listed)-1]
		if got := shown(newest, "name", "name_and_country"); got != "Campus network Campus network, Germany" || len(newest["mnc"].([]any)) != 1 {
			t.Error(got, newest["mnc"])
		}
		h.done("PATCH", one, `{"country":{"id":`+f.one(`SELECT CAST(id AS TEXT) FROM country WHERE iso_code = 'fr'`)+`}}`)
		coverage := h.made("/v1/network_coverage", `{"name":"x"}`)
		h.done("PUT", coverage+"/coverage/"+last(one), "")
		h.send("DELETE", one, "").fails(t, 409, 1406)
		h.done("DELETE", coverage+"/coverage/"+last(one), "")
		h.done("DELETE", one, "")
		h.send("DELETE", one, "").fails(t, 404, 1401)
		if left := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM operator_plmn WHERE plmn = '262999'`); left != "0" {
			t.Error("its networks are left")
		}
		if version() == before || len(control.takes()) != 11 {
			t.Error("nobody hears of it")
		}
	})
}

// whole writes the numbers of decoded rows without exponents.
func whole(rows []map[string]any) []map[string]any {
	for _, row := range rows {
		for key, v := range row {
			if n, ok := v.(float64); ok {
				row[key] = int64(n)
			}
		}
	}
	return rows
}

func TestOperatorWritesRefuse(t *testing.T) {
	onEach(t, operatorOps, func(f *fixture) {
		h := f.hand(f.operator)
		one := h.made("/v1/operator", `{"name":"Nowhere"}`) // International, whose MCC is 901
		if got := h.list(one + "/mnc"); len(got) > 0 {
			t.Errorf("got %v", got)
		}
		for _, tt := range []struct {
			method, path, body string
			status, code       int
		}{
			{"POST", "/v1/operator", `{}`, 422, 1400},
			{"POST", "/v1/operator", `{"name":"x","country":{"id":99999}}`, 422, 1400},
			{"POST", "/v1/operator", `{"name":5}`, 422, 1400},
			{"POST", "/v1/operator", `{"name":"x","mnc":"98"}`, 422, 1400},
			{"POST", "/v1/operator", `{"name":"x","mnc":["98","9"]}`, 422, 1400},
			{"POST", "/v1/operator", `{"name":"x","mnc":["98","98"]}`, 409, 1405},
			{"POST", "/v1/operator", `{"name":"x","tapcode":["DEUD"]}`, 422, 1400},
			{"POST", "/v1/operator", `{"name":"x","ccndc":["0"]}`, 422, 1400},
			{"GET", "/v1/operator/999999", "", 404, 1401},
			{"PATCH", one, `{"name":null}`, 422, 1400},
			{"PATCH", one, `{"country":null}`, 422, 1400},
			{"PATCH", "/v1/operator/999999", `{"name":"x"}`, 404, 1401},
			{"DELETE", "/v1/operator/999999", "", 404, 1401},
			{"DELETE", "/v1/operator/x", "", 400, 1000},
			{"GET", one + "/imsi", "", 404, 1201},
			{"POST", one + "/imsi", `{"imsi":"1"}`, 404, 1201},
			{"DELETE", one + "/imsi/1", "", 404, 1201},
			{"GET", "/v1/operator/999999/mnc", "", 404, 1401},
			{"POST", "/v1/operator/999999/mnc", `{"mnc":"01"}`, 404, 1401},
			{"DELETE", "/v1/operator/999999/mnc/26201", "", 404, 1401},
			{"DELETE", one + "/mnc/26201", "", 404, 1401}, // another operator's
			{"POST", one + "/mnc", `{"mnc":"1"}`, 422, 1400},
			{"POST", one + "/mnc", `{"mnc":"0x"}`, 422, 1400},
			{"POST", one + "/mnc", `{"mnc":"01","mcc":"26"}`, 422, 1400},
			{"POST", one + "/mnc", `{"mnc":"01","mcc":"262"}`, 409, 1405},
			{"POST", one + "/tapcode", `{"tapcode":"DEUD"}`, 422, 1400},
			{"POST", one + "/ccndc", `{"ccndc":"+49"}`, 422, 1400},
			{"POST", one + "/ccndc", `{"ccndc":"0049"}`, 422, 1400},
			{"POST", one + "/ccndc", `{}`, 422, 1400},
		} {
			h.send(tt.method, tt.path, tt.body).fails(t, tt.status, tt.code)
		}
		// What is refused leaves nothing behind, so that it can be sent again in order.
		all := h.made("/v1/operator", `{"name":"Sea","mnc":["98","960"],"tapcode":["seaxx"],"ccndc":["88299"]}`)
		if got := f.hand(f.enterprise).look(all, "name", "mnc", "tapcode"); !strings.HasPrefix(got, "Sea [map[id:901960 mnc:960") ||
			!strings.Contains(got, "id:90198 mnc:98") || !strings.Contains(got, "tapcode:SEAXX") || len(h.list(all+"/ccndc")) != 1 {
			t.Error(got)
		}
		h.made(one+"/mnc", `{"mnc":"97"}`)
		h.send("POST", one+"/mnc", `{"mnc":"97"}`).fails(t, 409, 1405)
		f.onlyOperators("POST /v1/operator", "PATCH "+one, "DELETE "+one, "GET "+one+"/mnc", "POST "+one+"/mnc", "DELETE "+one+"/mnc/90197")
		if got := f.hand(f.enterprise).list("/v1/operator"); len(got) < 1000 {
			t.Errorf("an enterprise sees %d operators", len(got))
		}
	})
}
