package api

import (
	"fmt"
	"slices"
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/tariff"
)

func definitionOps(a *API, r *rest.API) { a.pdpContextDefinitionRoutes(r) }

// sells makes a tariff without zones of an organisation's.
func (f *fixture) sells(organisation int64) (id int64) {
	f.t.Helper()
	t := tariff.Tariff{Organisation: organisation, Name: "Roam", Status: tariff.Active, Currency: 1, Block: 1}
	f.must(tariff.Number(f.t.Context(), f.db, &t))
	f.write(organisation, func(tx *db.Tx) error { return tariff.Create(tx, t) })
	return t.ID
}

func TestPDPContextDefinitions(t *testing.T) {
	onEach(t, definitionOps, func(f *fixture) {
		control, h := f.controlled(), f.hand(f.operator)
		const all = "/v1/pdp_context_definition"
		if got := h.list(all); len(got) > 0 {
			t.Errorf("got %v", got)
		}
		one := h.made(all, `{"apn":"IoT.example"}`)
		keys := []string{"apn", "auto_assign", "qos_subscribed", "ext_qos_subscribed", "ext2_qos_subscribed", "ext3_qos_subscribed", "ext4_qos_subscribed", "qos_definition"}
		if got := h.look(one, keys...); got != "IoT.example 0 13911f 037396fefe44fbfefe 007a00 7a00 <nil> []" {
			t.Error(got)
		}
		h.done("PATCH", one, `{"auto_assign":1,"qos_subscribed":"13921F","ext_qos_subscribed":"0373","ext4_qos_subscribed":"7f","organisation":{"id":`+fmt.Sprint(f.reseller)+`}}`)
		h.done("PATCH", one, `{"apn":"iot"}`)
		if got := h.look(one, keys...); got != "iot 1 13921f 0373 007a00 7a00 7f []" {
			t.Error(got)
		}
		h.done("PATCH", one, `{"ext4_qos_subscribed":null}`)
		if got := f.hand(f.reseller).look(one, "ext4_qos_subscribed", "organisation"); got != fmt.Sprintf("<nil> map[id:%d name:Reseller]", f.reseller) {
			t.Error(got)
		}
		control.takes()

		qos := one + "/qos_definition"
		if at := h.made(qos, `{"rat_type":{"id":6},"max_bandwidth_dl":256000,"max_bandwidth_ul":128000}`); at != qos+"/6" {
			t.Error(at)
		}
		h.send("POST", qos, `{"rat_type":{"id":6},"max_bandwidth_dl":1}`).fails(t, 409, 1405)
		h.made(qos, `{"rat_type":{"id":8},"max_bandwidth_ul":4294967295}`)
		h.done("PATCH", qos, `{"rat_type":{"id":8},"max_bandwidth_dl":5}`)
		h.done("PATCH", qos+"/6", `{"max_bandwidth_ul":64000}`)
		if got := h.look(qos+"/6", "max_bandwidth_dl", "max_bandwidth_ul", "rat_type"); got != "256000 64000 map[description:EUTRAN (4G) id:6]" {
			t.Error(got)
		}
		if got := h.list(qos + "?rat_type=8"); len(got) != 1 || shown(whole(got)[0], "max_bandwidth_dl", "max_bandwidth_ul") != "5 4294967295" {
			t.Errorf("got %v", got)
		}
		h.done("PATCH", qos, `{"max_bandwidth_dl":7}`) // of both
		if got := whole(h.list(qos)); len(got) != 2 || got[0]["max_bandwidth_dl"] != int64(7) || got[1]["max_bandwidth_dl"] != int64(7) {
			t.Errorf("got %v", got)
		}
		if got := h.list(all)[0]["qos_definition"].([]any); len(got) != 2 {
			t.Errorf("got %v", got)
		}
		h.done("DELETE", qos+"/6", "")
		h.send("DELETE", qos+"/6", "").fails(t, 404, 1401)
		h.done("DELETE", qos, "")
		h.done("DELETE", qos, "") // there is nothing left, and that is fine
		below := fmt.Sprintf("definition %s %v", last(one), []int64{f.operator, f.reseller, f.enterprise, f.other})
		if told := control.takes(); len(told) != 8 || slices.ContainsFunc(told, func(s string) bool { return s != below }) {
			t.Errorf("told %v", told)
		}

		mine, theirs := f.sells(f.operator), f.sells(f.reseller)
		place := func(tariff int64) string {
			return fmt.Sprintf("/v1/tariff/%d/pdp_context_definition/%s", tariff, last(one))
		}
		h.done("PUT", place(mine), "")
		h.send("PUT", place(mine), "").fails(t, 409, 1405)
		h.send("PUT", place(theirs), "").fails(t, 404, 1401)
		f.hand(f.reseller).done("PUT", place(theirs), "")
		twin := h.made(all, `{"apn":"IOT"}`)
		h.send("PUT", fmt.Sprintf("/v1/tariff/%d/pdp_context_definition/%s", mine, last(twin)), "").fails(t, 409, 1405)
		if got := f.one(`SELECT string_agg(CAST(is_default AS TEXT), ',') FROM tariff_pdp_context_definition`); got != "1,1" && got != "true,true" {
			t.Error(got)
		}
		h.send("DELETE", one, "").fails(t, 409, 1406)
		h.send("PATCH", one, fmt.Sprintf(`{"organisation":{"id":%d}}`, f.operator)).fails(t, 409, 1406) // the reseller could not take it out of its tariff any more
		h.done("PATCH", one, fmt.Sprintf(`{"organisation":{"id":%d}}`, f.reseller))
		h.done("DELETE", place(mine), "")
		h.send("DELETE", place(mine), "").fails(t, 404, 1401)
		f.hand(f.reseller).done("DELETE", place(theirs), "")
		h.done("DELETE", one, "")
		h.send("GET", one, "").fails(t, 404, 1401)
		h.send("PUT", place(mine), "").fails(t, 404, 1401)
	})
}

func TestPDPContextDefinitionsRefuse(t *testing.T) {
	onEach(t, definitionOps, func(f *fixture) {
		h, tariff := f.hand(f.operator), f.sells(f.operator)
		const all = "/v1/pdp_context_definition"
		one := h.made(all, `{"apn":"internet"}`)
		h.made(one+"/qos_definition", `{"rat_type":{"id":6},"max_bandwidth_dl":1}`)
		for _, body := range []string{
			`{}`, `{"apn":""}`, `{"apn":"a b"}`, `{"apn":"-a"}`, `{"apn":"a..b"}`, `{"apn":"rac1"}`, `{"apn":"a.mnc001.mcc262.gprs"}`, `{"apn":null}`,
			`{"apn":"a","qos_subscribed":"1391"}`, `{"apn":"a","qos_subscribed":"13911"}`, `{"apn":"a","qos_subscribed":null}`,
			`{"apn":"a","ext_qos_subscribed":"037396fefe44fbfefe00"}`, `{"apn":"a","ext2_qos_subscribed":"zz"}`, `{"apn":"a","ext3_qos_subscribed":""}`,
			`{"apn":"a","ext4_qos_subscribed":"7f7f"}`, fmt.Sprintf(`{"apn":"a","organisation":{"id":%d}}`, f.enterprise), `{"apn":"a","organisation":{"id":999}}`,
		} {
			h.send("POST", all, body).fails(t, 422, 1400)
		}
		for _, body := range []string{
			`{}`, `{"rat_type":{"id":8}}`, `{"max_bandwidth_dl":1}`, `{"rat_type":{"id":7},"max_bandwidth_dl":1}`, `{"rat_type":{"id":99},"max_bandwidth_dl":1}`,
			`{"rat_type":{"id":8},"max_bandwidth_dl":-1}`, `{"rat_type":{"id":8},"max_bandwidth_dl":4294967296}`, `{"rat_type":{"id":8},"max_bandwidth_ul":null}`,
		} {
			h.send("POST", one+"/qos_definition", body).fails(t, 422, 1400)
		}
		for _, tt := range []struct {
			method, path, body string
			status, code       int
		}{
			{"POST", all, `[`, 400, 1000},
			{"PATCH", one, `{"apn":"a b"}`, 422, 1400},
			{"PATCH", all + "/999", `{}`, 404, 1401},
			{"DELETE", all + "/999", "", 404, 1401},
			{"DELETE", all + "/x", "", 400, 1000},
			{"GET", all + "/999/qos_definition", "", 404, 1401},
			{"POST", all + "/999/qos_definition", `{"rat_type":{"id":6},"max_bandwidth_dl":1}`, 404, 1401},
			{"GET", one + "/qos_definition/8", "", 404, 1401},
			{"PATCH", one + "/qos_definition/8", `{"max_bandwidth_dl":1}`, 404, 1401},
			{"PATCH", one + "/qos_definition", `{"rat_type":{"id":8},"max_bandwidth_dl":1}`, 404, 1401},
			{"PATCH", one + "/qos_definition", `{"max_bandwidth_dl":-1}`, 422, 1400},
			{"DELETE", one + "/qos_definition/8", "", 404, 1401},
			{"DELETE", one + "/qos_definition?rat_type=8", "", 404, 1401},
			{"PUT", "/v1/tariff/999/pdp_context_definition/" + last(one), "", 404, 1401},
			{"PUT", fmt.Sprintf("/v1/tariff/%d/pdp_context_definition/999", tariff), "", 404, 1401},
			{"DELETE", fmt.Sprintf("/v1/tariff/%d/pdp_context_definition/%s", tariff, last(one)), "", 404, 1401},
		} {
			h.send(tt.method, tt.path, tt.body).fails(t, tt.status, tt.code)
		}
		f.hand(f.reseller).send("GET", one, "").fails(t, 404, 1401) // the operator's own
		f.onlyOperators("POST "+all, "PATCH "+one, "DELETE "+one, "POST "+one+"/qos_definition", "PATCH "+one+"/qos_definition",
			"DELETE "+one+"/qos_definition", "PATCH "+one+"/qos_definition/6", "DELETE "+one+"/qos_definition/6")
		for _, operation := range []string{"GET " + all, "GET " + one, "GET " + one + "/qos_definition", "GET " + one + "/qos_definition/6"} {
			f.hand(f.enterprise).send("GET", operation[4:], "").fails(t, 403, 1104)
		}
		for _, method := range []string{"PUT", "DELETE"} {
			f.hand(f.enterprise).send(method, fmt.Sprintf("/v1/tariff/%d/pdp_context_definition/%s", tariff, last(one)), "").fails(t, 403, 1104)
		}
	})
}

// What is wanted in every tariff is there from its beginning; of two with the same APN, the older one.
func TestAutoAssignedDefinitions(t *testing.T) {
	onEach(t, definitionOps, func(f *fixture) {
		h := f.hand(f.operator)
		first := h.made("/v1/pdp_context_definition", `{"apn":"a","auto_assign":1}`)
		for _, body := range []string{`{"apn":"A","auto_assign":1}`, `{"apn":"b","auto_assign":1}`, `{"apn":"c"}`} {
			h.made("/v1/pdp_context_definition", body)
		}
		id := f.sells(f.operator)
		f.write(f.operator, func(tx *db.Tx) error { return tariff.AutoAssign(tx, f.operator, id) })
		got := f.one(`SELECT string_agg(d.apn, ',') FROM (SELECT d.apn FROM tariff_pdp_context_definition t
			JOIN pdp_context_definition d ON d.id = t.definition_id WHERE t.tariff_id = $1 ORDER BY d.id) d`, id)
		if got != "a,b" {
			t.Error(got)
		}
		if got := f.one(`SELECT CAST(definition_id AS TEXT) FROM tariff_pdp_context_definition WHERE is_default = TRUE`); got != last(first) {
			t.Error(got)
		}
	})
}
