package api

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/rest"
)

func organisationTariffOps(a *API, r *rest.API) {
	tariffOps(a, r)
	a.organisationTariffRoutes(r)
}

func TestSwitchTariff(t *testing.T) {
	onEach(t, organisationTariffOps, func(f *fixture) {
		f.withVolumes() // 500 and 501, both public
		control := f.controlled()
		place := f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500}}`)
		f.ok(http.MethodPut, place+"/inclusive_volume/11", "", 204)
		f.exec(`INSERT INTO custom_rate VALUES ($1, CAST($2 AS BIGINT), 1, 600, 38, 30000000, 0, 0)`, f.enterprise, last(place))
		to := fmt.Sprintf("/v1/organisation/%d/tariff", f.enterprise)
		f.send(http.MethodPatch, to, `{"id":501}`).fails(f.t, 400, 1406) // it has two
		f.exec(`DELETE FROM organisation_tariff WHERE organisation_id = $1 AND tariff_id = 501`, f.enterprise)
		f.tariffIn(502, 2, 1, true)
		f.tariffIn(503, 1, 1, false)
		f.tariffIn(504, 1, 0, true)
		for name, body := range map[string]string{
			"currency": `{"id":502}`, "not public": `{"id":503}`, "staging": `{"id":504}`, "unknown": `{"id":599}`, "nothing": `{}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPatch, to, body).fails(t, 422, 1400) })
		}
		f.as(f.other, http.MethodPatch, to, `{"id":501}`).fails(f.t, 404, 1401)
		f.as(f.operator, http.MethodPatch, to, `{"id":501}`).fails(f.t, 404, 1401)
		f.exec(`UPDATE organisation SET status_id = 1 WHERE id = $1`, f.enterprise)
		f.as(f.reseller, http.MethodPatch, to, `{"id":501}`).fails(f.t, 400, 1406)
		f.exec(`UPDATE organisation SET status_id = 0 WHERE id = $1`, f.enterprise)
		control.takes()
		if got := f.call(f.token(f.enterprise)+"-77", http.MethodPatch, to, `{"id":501.0}`); got.status != 200 || got.body != "{}" {
			f.t.Fatalf("got %d %s", got.status, got.body)
		}
		p := f.picks(f.enterprise, place, "tariff", "inclusive_volume", "ratezone")
		same(f.t, []any{p[0].(map[string]any)["id"], p[1], p[2]}, `[501,null,[{"id":601,"name":"Home","selected":true}]]`)
		if got := f.one(`SELECT CAST(last_month AS TEXT) FROM inclusive_volume WHERE id = 11`); got != "202611" {
			f.t.Errorf("the inclusive volume ends with %s", got)
		}
		if got := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM inclusive_volume WHERE id = 14`); got != "0" {
			f.t.Error("a volume of the old tariff is still to come")
		}
		if got := f.one(`SELECT CAST(valid_until AS TEXT) FROM custom_rate`); got != fmt.Sprint(began.UnixMicro()) {
			f.t.Errorf("the custom rate ends at %s", got)
		}
		if got := f.events(f.enterprise); got[len(got)-1] != (logged{34, 0, 0, 77}) {
			f.t.Errorf("events %v", got)
		}
		if told := control.takes(); !slices.Contains(told, fmt.Sprint(f.enterprise)) {
			f.t.Errorf("told %v", told)
		}
	})
}

// tariffIn stores a tariff of the operator's that nobody has.
func (f *fixture) tariffIn(id, currency, status int64, public bool) {
	f.t.Helper()
	f.exec(`INSERT INTO tariff (id, organisation_id, name, description, status_id, currency_id, data_blocksize, is_public, created)
		VALUES ($1, $2, 'Further', '', $3, $4, 1, $5, 0)`, id, f.operator, status, currency, public)
}

func TestGiveTariff(t *testing.T) {
	onEach(t, organisationTariffOps, func(f *fixture) {
		f.tariffIn(500, 1, 1, true)
		f.tariffIn(502, 2, 1, true)
		f.tariffIn(503, 1, 1, false)
		of := fmt.Sprintf("/v1/organisation/%d/tariff", f.enterprise)
		f.does(f.reseller, http.MethodPut, of+"/500", "")
		f.does(f.reseller, http.MethodPut, of+"/500", "")
		if got := f.events(f.enterprise); len(got) != 1 || got[0].Type != 34 {
			f.t.Errorf("events %v", got)
		}
		f.as(f.reseller, http.MethodPut, of+"/502", "").fails(f.t, 409, 1406) // another currency
		f.as(f.reseller, http.MethodPut, of+"/503", "").fails(f.t, 404, 1401) // not for the reseller
		f.as(f.operator, http.MethodPut, of+"/503", "").fails(f.t, 404, 1401) // a grandchild
		f.as(f.enterprise, http.MethodPut, of+"/500", "").fails(f.t, 403, 1104)
		var list []map[string]any
		if f.get("/v1/organisation/my/tariff").into(f.t, 200, &list); len(list) != 1 || list[0]["name"] != "Further" {
			f.t.Errorf("list %v", list)
		}
		f.as(f.other, http.MethodGet, of, "").fails(f.t, 404, 1401)
		place := f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500}}`)
		f.as(f.reseller, http.MethodDelete, of+"/500", "").fails(f.t, 409, 1406)
		f.ok(http.MethodDelete, place, "", 204)
		// What a reseller has sold on stays with it.
		above := fmt.Sprintf("/v1/organisation/%d/tariff/500", f.reseller)
		f.does(f.operator, http.MethodPut, above, "")
		f.as(f.operator, http.MethodDelete, above, "").fails(f.t, 409, 1406)
		f.does(f.reseller, http.MethodDelete, of+"/500", "")
		f.does(f.operator, http.MethodDelete, above, "")
		f.as(f.reseller, http.MethodDelete, of+"/500", "").fails(f.t, 404, 1401)
	})
}

func TestCustomRates(t *testing.T) {
	onEach(t, organisationTariffOps, func(f *fixture) {
		f.withVolumes()
		control := f.controlled()
		place := f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500}}`)
		rates := fmt.Sprintf("/v1/organisation/%d/tariff_profile/%s/custom_rate", f.enterprise, last(place))
		first := f.makes(f.reseller, rates, `{"ratezone":{"id":600},"service":{"id":38},"rate":0.05}`)
		f.makes(f.reseller, rates, `{"ratezone":{"id":600},"service":{"id":38},"rate":0.04,"valid_from":"2026-12-01"}`)
		f.as(f.reseller, http.MethodPost, rates, `{"ratezone":{"id":600},"service":{"id":38},"rate":9,"valid_from":"2026-12-01"}`).fails(f.t, 409, 1405)
		if told := control.takes(); len(told) != 2 || told[0] != fmt.Sprintf("%d tariff profile %s", f.enterprise, last(place)) {
			f.t.Errorf("told %v", told)
		}
		want := `[{"id":` + last(first) + `,"ratezone":{"id":600,"name":"Home"},"service":{"id":38,"description":"Data"},"rate":0.05,
			"valid_from":"2026-11-15T12:00:30.000+0000","valid_until":"2026-12-01T00:00:00.000+0000"}`
		same(f.t, f.picks(f.enterprise, place, "custom_rate")[0].([]any)[:1], want+"]") // the enterprise sees what it pays
		for name, body := range map[string]string{
			"nothing": `{}`, "zone": `{"ratezone":{"id":601},"service":{"id":38},"rate":1}`, "service": `{"ratezone":{"id":600},"service":{"id":3},"rate":1}`,
			"negative": `{"ratezone":{"id":600},"service":{"id":38},"rate":-1}`, "past": `{"ratezone":{"id":600},"service":{"id":38},"rate":1,"valid_from":"2026-11-01"}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.as(f.reseller, http.MethodPost, rates, body).fails(t, 422, 1400) })
		}
		f.as(f.enterprise, http.MethodPost, rates, `{}`).fails(f.t, 403, 1104)
		f.as(f.operator, http.MethodPost, rates, `{"ratezone":{"id":600},"service":{"id":38},"rate":1}`).fails(f.t, 404, 1401)
		f.clock.Advance(time.Hour)
		f.does(f.reseller, http.MethodDelete, first, "")
		f.as(f.reseller, http.MethodDelete, first, "").fails(f.t, 404, 1401)
		var list []map[string]any
		f.as(f.reseller, http.MethodGet, rates, "").into(f.t, 200, &list)
		if len(list) != 2 || list[0]["valid_until"] != "2026-11-15T13:00:30.000+0000" {
			f.t.Errorf("list %v", list)
		}
	})
}

func TestTakeInclusiveVolume(t *testing.T) {
	onEach(t, organisationTariffOps, func(f *fixture) {
		f.tariff(500)
		f.exec(`INSERT INTO ratezone (tariff_id, id, name, valid_from, valid_until) VALUES (500, 600, 'Home', 0, 0)`)
		offer := func(volume, status int64) string {
			id := volume * 10
			f.exec(`INSERT INTO ratezone_inclusive_volume VALUES (500, $1, 600, $2, 10000000000, $3, 0)`, id, volume*1_000_000, status)
			return fmt.Sprintf("/v1/organisation/my/inclusive_volume/%d", id)
		}
		small, big, huge, gone := offer(5, 1), offer(10, 1), offer(20, 1), offer(1, 2)
		put := func(path, body string, want string) string {
			f.t.Helper()
			var got map[string]any
			f.send(http.MethodPut, path, body).into(f.t, 201, &got)
			id := fmt.Sprint(got["id"])
			delete(got, "id")
			same(f.t, any(got), want)
			return id
		}
		const november, open = `"start_date":"2026-11-01T00:00:00.000+0000"`, `"end_date":null`
		first := put(big, `{}`, `{`+november+`,`+open+`,"pooled":true}`)
		place := f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500}}`)
		f.ok(http.MethodPut, place+"/inclusive_volume/"+first, "", 204)
		f.send(http.MethodPut, small, `{}`).fails(f.t, 400, 1406) // in the month only upwards
		f.send(http.MethodPut, big, `{}`).fails(f.t, 400, 1406)
		put(small, `{"start_date":"2026-12-01","end_date":"2027-01-31","pooled":false}`,
			`{"start_date":"2026-12-01T00:00:00.000+0000","end_date":"2027-01-31T00:00:00.000+0000","pooled":false}`)
		more := put(huge, `{}`, `{`+november+`,`+open+`,"pooled":true}`)
		if got := f.picks(f.enterprise, place, "inclusive_volume")[0].(map[string]any)["id"]; fmt.Sprint(got) != more {
			f.t.Errorf("the profile has volume %v, want %s", got, more)
		}
		if got := f.one(`SELECT CAST(last_month AS TEXT) FROM inclusive_volume WHERE id = CAST($1 AS BIGINT)`, first); got != "202611" {
			f.t.Errorf("the first one ends with %s", got)
		}
		for name, body := range map[string]string{
			"past": `{"start_date":"2026-10-01"}`, "mid month": `{"start_date":"2026-12-02"}`, "end mid month": `{"end_date":"2026-12-30"}`,
			"ends before": `{"start_date":"2027-01-01","end_date":"2026-12-31"}`, "no date": `{"start_date":"soon"}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPut, huge, body).fails(t, 400, 1400) })
		}
		f.send(http.MethodPut, gone, `{}`).fails(f.t, 400, 1406)
		f.send(http.MethodPut, "/v1/organisation/my/inclusive_volume/999", `{}`).fails(f.t, 404, 1401)
		of := fmt.Sprintf("/v1/organisation/%d/inclusive_volume", f.enterprise)
		f.as(f.other, http.MethodPut, "/v1/organisation/my/inclusive_volume/50", `{}`).fails(f.t, 404, 1401) // it has no such tariff
		f.as(f.other, http.MethodPut, of+"/50", `{}`).fails(f.t, 404, 1401)
		if got := f.as(f.reseller, http.MethodPut, of+"/50", `{}`); got.status != 201 { // who sells may give less
			f.t.Errorf("got %d %s", got.status, got.body)
		}
		var offers, all []any
		f.get("/v1/organisation/my/inclusive_volume/offer").into(f.t, 200, &offers)
		f.as(f.reseller, http.MethodGet, of, "").into(f.t, 200, &all)
		if len(offers) != 3 || len(all) != 4 {
			f.t.Errorf("%d offers, %d volumes", len(offers), len(all))
		}
		end := "/v1/organisation/my/inclusive_volume/" + more
		f.ok(http.MethodPatch, end, `{"end_date":"2026-12-31"}`, 204)
		f.ok(http.MethodPatch, end, `{"end_date":null}`, 204)
		f.send(http.MethodPatch, end, `{"end_date":"2026-10-31"}`).fails(f.t, 400, 1400)
		f.send(http.MethodPatch, end, `{"pooled":false,"end_date":null}`).fails(f.t, 400, 1400)
		f.as(f.other, http.MethodPatch, end, `{"end_date":null}`).fails(f.t, 404, 1401)
	})
}
