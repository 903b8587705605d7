package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/rest"
)

func iotOps(a *API, r *rest.API) {
	a.networkCoverageRoutes(r)
	a.imsiPoolRoutes(r)
	a.iotRoutes(r)
}

// lines writes an organisation's inter-operator tariffs: coverage, traffic type, rate and time.
func (h hand) lines() string {
	var out []string
	for _, row := range h.list("/v1/iot?sort=network_coverage,traffic_type,valid_from") {
		day := func(key string) string {
			text, _ := row[key].(string)
			return strings.TrimSuffix(strings.TrimSuffix(text, "T00:00:00.000+0000"), "T12:00:30.000+0000")
		}
		entry := row["network_coverage_data"].(map[string]any)
		out = append(out, fmt.Sprint(shown(entry["network_coverage"].(map[string]any), "name"), " ", shown(row["traffic_type"].(map[string]any), "id"), " ",
			row["rate"], " ", day("valid_from"), "..", day("valid_until")))
	}
	return strings.Join(out, "; ")
}

func TestInterOperatorTariffs(t *testing.T) {
	onEach(t, iotOps, func(f *fixture) {
		h := f.hand(f.operator)
		sponsor := h.made("/v1/imsi_sponsor", `{"name":"Own"}`)
		pool := h.made("/v1/imsi_pool", `{"name":"901","imsi_sponsor":{"id":`+last(sponsor)+`}}`)
		operator := f.one(`SELECT CAST(operator_id AS TEXT) FROM operator_plmn WHERE plmn = '26201'`)
		for _, name := range []string{"A", "B", "C"} { // the third has no sponsor
			body := `{"name":"` + name + `","imsi_pool":{"id":` + last(pool) + `}}`
			if name == "C" {
				body = `{"name":"C"}`
			}
			h.done("PUT", h.made("/v1/network_coverage", body)+"/coverage/"+operator, "")
		}
		coverages := h.list("/v1/network_coverage")
		entry := fmt.Sprint(h.list(fmt.Sprintf("/v1/network_coverage/%v/coverage", coverages[0]["id"]))[0]["id"])
		body := func(traffic int, rate, from string) string {
			return fmt.Sprintf(`{"valid_from":%q,"rate":%s,"volume":1,"currency":{"id":1},"traffic_type":{"id":%d},"network_coverage_data":{"id":%s}}`, from, rate, traffic, entry)
		}
		first := h.send("POST", "/v1/iot", body(5, "0.02", "2026-11-15T12:00:30Z"))
		var made struct{ ID int64 }
		if first.into(t, 201, &made); made.ID == 0 || !strings.HasSuffix(first.header.Get("Location"), fmt.Sprintf("/api/v1/iot/%d", made.ID)) {
			t.Errorf("made %s at %q", first.body, first.header.Get("Location"))
		}
		h.made("/v1/iot", body(5, "0.0125", "2026-12-01T00:00:00.000+0000"))
		h.made("/v1/iot", body(6, "0.5", "2026-12-01"))
		const both = "A 5 0.02 2026-11-15..2026-12-01; A 5 0.0125 2026-12-01..; A 6 0.5 2026-12-01..; " +
			"B 5 0.02 2026-11-15..2026-12-01; B 5 0.0125 2026-12-01..; B 6 0.5 2026-12-01.."
		if got := h.lines(); got != both {
			t.Errorf("got  %s\nwant %s", got, both)
		}
		// What it is part of stays, and may be told again.
		h.done("PATCH", fmt.Sprintf("/v1/iot/%d", made.ID), `{"traffic_type":{"id":5},"network_coverage_data":{"id":`+entry+`}}`)
		for _, other := range []string{`"traffic_type":{"id":6}`, `"network_coverage_data":{"id":99}`, `"network_coverage":{"id":99}`} {
			h.send("PATCH", fmt.Sprintf("/v1/iot/%d", made.ID), `{`+other+`}`).fails(t, 422, 1400)
		}
		// As older clients say it, for the coverage without a sponsor.
		older := fmt.Sprintf(`{"mnc":1,"mcc":262,"network_coverage":{"id":%v},"traffic_type":{"id":5},"currency":{"id":1},"rate":3,"volume":100,"blocksize":1024,"valid_from":"2027-01-01T00:00:00Z"}`,
			coverages[2]["id"])
		third := h.made("/v1/iot", older)
		if got := h.look(third, "rate", "volume", "blocksize", "valid_until"); got != "3 100 1024 <nil>" {
			t.Error(got)
		}

		// A change reaches the coverages of the sponsor; one that has not begun can be moved between its neighbours.
		second := fmt.Sprint("/v1/iot/", h.list("/v1/iot?q=network_coverage:" + fmt.Sprint(coverages[0]["id"]) + ",traffic_type:5&sort=-valid_from")[0]["id"])
		h.done("PATCH", second, `{"rate":0.01,"valid_from":"2026-12-24T00:00:00Z"}`)
		h.done("PATCH", fmt.Sprintf("/v1/iot/%d", made.ID), `{"rate":"0.03","currency":{"id":2}}`)
		h.done("PATCH", second, `{}`)
		if got, want := h.lines(), strings.NewReplacer("..2026-12-01", "..2026-12-24", "0.0125 2026-12-01", "0.01 2026-12-24", "0.02 ", "0.03 ").Replace(both)+"; C 5 3 2027-01-01.."; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		paged := h.send("GET", "/v1/iot?per_page=2&page=2", "")
		if paged.header.Get("X-Total-Count") != "7" || paged.header.Get("X-Total-Pages") != "4" {
			t.Errorf("headers %v", paged.header)
		}
		h.send("DELETE", fmt.Sprintf("/v1/network_coverage/%v/coverage/%s", coverages[2]["id"], operator), "").fails(t, 409, 1406)

		for _, wrong := range []string{
			`{}`, body(5, "1", "2026-11-15T11:00:00Z"), body(5, "1", "2026-12-24T00:00:00Z"), body(5, "1", "2026-12-01T00:00:00Z"), body(6, "-1", "2027-01-01"),
			body(38, "1", "2027-01-01"), strings.Replace(body(5, "1", "2027-01-01"), `"currency":{"id":1}`, `"currency":{"id":9999}`, 1),
			strings.Replace(body(5, "1", "2027-01-01"), `"volume":1`, `"volume":0`, 1), strings.Replace(body(5, "1", "2027-01-01"), `"id":`+entry, `"id":999999`, 1),
			strings.Replace(older, `"mnc":1`, `"mnc":77`, 1), strings.Replace(body(5, "1", "2027-01-01"), `"rate":1`, `"rate":1.00000000001`, 1), body(5, "1", "soon"),
		} {
			h.send("POST", "/v1/iot", wrong).fails(t, 422, 1400)
		}
		for path, wrong := range map[string]string{
			second: `{"valid_from":"2026-11-15T12:00:30Z"}`, fmt.Sprintf("/v1/iot/%d", made.ID): `{"valid_from":"2026-12-01T00:00:00Z"}`, third: `{"rate":null}`,
		} {
			h.send("PATCH", path, wrong).fails(t, 422, 1400)
		}
		f.clock.Advance(24 * time.Hour)
		h.send("POST", "/v1/iot", body(6, "1", "2026-11-16T11:58:00Z")).fails(t, 422, 1400)
		h.send("PATCH", "/v1/iot/999", `{}`).fails(t, 404, 1401)
		h.send("GET", "/v1/iot/999", "").fails(t, 404, 1401)
		h.send("GET", "/v1/iot/x", "").fails(t, 400, 1000)
		h.send("GET", "/v1/iot?q=colour:red", "").fails(t, 422, 1301)
		h.send("GET", "/v1/iot?sort=colour", "").fails(t, 422, 1302)
		f.onlyOperators("GET /v1/iot", "POST /v1/iot", "PATCH "+second, "GET "+second)
		foreign := hand{f, fmt.Sprintf("%d-1-1", f.organisation("Another operator", 1, 0))}
		foreign.send("PATCH", second, `{"rate":1}`).fails(t, 404, 1401)
		foreign.send("POST", "/v1/iot", body(6, "1", "2027-01-01")).fails(t, 422, 1400)
		if got := foreign.list("/v1/iot"); len(got) > 0 {
			t.Errorf("another operator sees %v", got)
		}
	})
}
