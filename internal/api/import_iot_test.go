package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/rest"
)

func TestImportOfInterOperatorTariffs(t *testing.T) {
	onEach(t, func(a *API, r *rest.API) {
		iotOps(a, r)
		a.importRoutes(r)
	}, func(f *fixture) {
		h := f.hand(f.operator)
		coverage := h.made("/v1/network_coverage", `{"name":"Roaming"}`)
		h.done("PUT", coverage+"/coverage/370", "")
		h.done("PUT", coverage+"/coverage/371", "")
		bring := func(content, more string) string {
			text, _ := json.Marshal(content)
			got := h.send("POST", "/v1/import/iot", `{"content":`+string(text)+more+`}`)
			var out struct {
				Applied          bool
				Add, Same, Wrong int
				Lines            []map[string]any
			}
			got.into(t, 200, &out)
			summary := fmt.Sprint(out.Applied, " ", out.Add, out.Same, out.Wrong)
			for _, l := range out.Lines {
				before := "-"
				if l["before"] != nil {
					before = shown(l["before"].(map[string]any), "rate")
				}
				summary += fmt.Sprint("; ", l["line"], " ", l["result"], " ", before, " ", l["reason"])
			}
			return summary
		}
		const first = "plmn,traffic_type,currency,rate,volume,valid_from\n" +
			"26201,data,EUR,0.02,1,2026-10-01\n26201,data,EUR,0.01,1,2026-12-01\n26202,SMS,EUR,0.05,,2026-10-01\n"
		const asked = " 3 0 0; 2 add - ; 3 add 0.02 ; 4 add - "
		if got := bring(first, `,"dry_run":true`); got != "false"+asked || len(h.list("/v1/iot")) != 0 {
			t.Errorf("dry run: %s", got)
		}
		if got := bring(first, ""); got != "true"+asked {
			t.Errorf("got %s", got)
		}
		const lines = "Roaming 5 0.02 2026-10-01..2026-12-01; Roaming 5 0.01 2026-12-01..; Roaming 6 0.05 2026-10-01.."
		if got := h.lines(); got != lines {
			t.Error(got)
		}
		// A file can be imported again, with all the periods that it has.
		if got := bring(first, ""); got != "true 0 3 0; 2 same 0.02 ; 3 same 0.01 ; 4 same 0.05 " {
			t.Errorf("again: %s", got)
		}
		if got := h.lines(); got != lines {
			t.Error(got)
		}
		// A price that is there already is not added again; one before it is wrong, and then nothing is added.
		if got := bring("plmn;currency;rate;valid_from\n26201;EUR;0.01;2027-01-01\n26202;EUR;7;2027-01-01\n", ""); got != "true 1 1 0; 2 same 0.01 ; 3 add - " {
			t.Errorf("got %s", got)
		}
		const wrong = "Operator,Currency,Price,from,traffic_type,network_coverage\n371,EUR,8,2027-02-01,data,roaming\n370,EUR,3,2026-11-01,,\n" +
			"1,EUR,1,,,\n9999,EUR,1,,,\n370,XXX,1,,,\n370,EUR,x,,,\n370,EUR,1,soon,,\n370,EUR,1,,voice,\n370,EUR,1,,,Elsewhere\n370,EUR,-1,,,\n370,EUR,0,05,,,1\n"
		got := bring(wrong, `,"columns":{"rate":"Price","valid_from":"from"}`)
		want := []string{
			"false 1 0 10", "2 add 7 ", "3 wrong 0.01 valid_from is not after that of the newest price, 2026-12-01T00:00:00Z", "4 wrong - the network coverage does not have the operator",
			"5 wrong - there is no such operator: plmn, tapcode or operator is needed", "6 wrong - currency: a code such as EUR expected",
			`7 wrong - rate: "x" is not a decimal number`, "8 wrong - valid_from: a time such as 2026-12-01 or 2026-12-01T00:00:00Z expected",
			"9 wrong - traffic_type: data or SMS expected", "10 wrong - network_coverage: 0 are meant, not one", "11 wrong - Inter-operator tariff - rate must not be negative",
			"12 wrong - the line has 7 fields, the header 6: what has the separator in it stands in quotes",
		}
		if got != strings.Join(want, "; ") {
			t.Errorf("got  %s\nwant %s", got, strings.Join(want, "; "))
		}
		if n := len(h.list("/v1/iot")); n != 4 {
			t.Errorf("%d prices", n)
		}
		// Many lines, and a coverage that follows by its sponsor.
		sponsor := h.made("/v1/imsi_sponsor", `{"name":"Own"}`)
		pool := h.made("/v1/imsi_pool", `{"name":"901","imsi_sponsor":{"id":`+last(sponsor)+`}}`)
		h.done("PATCH", coverage, `{"imsi_pool":{"id":`+last(pool)+`}}`)
		twin := h.made("/v1/network_coverage", `{"name":"Twin","imsi_pool":{"id":`+last(pool)+`}}`)
		h.done("PUT", twin+"/coverage/370", "")
		many := "network_coverage,plmn,currency,rate,valid_from\n"
		for i := range 210 {
			many += fmt.Sprintf("Roaming,26201,EUR,%d,2027-01-01T%02d:%02d:00Z\n", i+1, i/60, i%60)
		}
		if got := bring(many+"Twin,26201,EUR,210,2027-01-01T12:00:00Z\n", ""); !strings.HasPrefix(got, "true 210 1 0; 2 add 0.01 ; 3 add 1 ; ") {
			t.Errorf("got %.200s", got)
		}
		if n := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM inter_operator_tariff WHERE coverage_id = ` + last(twin)); n != "210" {
			t.Errorf("the twin has %s", n)
		}
		h.send("POST", "/v1/import/iot", `{"content":"plmn\n1\n"}`).fails(t, 422, 1400)
		h.send("POST", "/v1/import/iot", `{"content":"","columns":{"x":"y"}}`).fails(t, 422, 1400)
		h.send("POST", "/v1/import/iot", `{`).fails(t, 400, 1000)
		f.onlyOperators("POST /v1/import/iot")
	})
}
