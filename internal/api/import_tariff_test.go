package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/rest"
)

func importTariffOps(a *API, r *rest.API) {
	tariffOps(a, r)
	a.importTariffRoutes(r)
}

func TestImportOfTariffSheet(t *testing.T) {
	onEach(t, importTariffOps, func(f *fixture) {
		f.withVolumes()
		control := f.controlled()
		mine := last(f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500}}`))
		f.does(f.operator, http.MethodPut, "/v1/tariff/500/ratezone/600/operator/1", "")
		f.makes(f.operator, "/v1/tariff/500/ratezone/600/rate", `{"service":{"id":38},"rate":0.1,"valid_from":"2026-01-01"}`)
		control.takes()
		bring := func(content, more string) string {
			f.t.Helper()
			text, _ := json.Marshal(content)
			var out struct {
				Applied                  bool
				Add, Change, Same, Wrong int
				Lines                    []struct {
					Line           int
					Result, Reason string
					Before         string
					Prices         []struct{ Before, After any }
				}
			}
			f.as(f.operator, http.MethodPost, "/v1/import/tariff", `{"tariff":{"id":500},"content":`+string(text)+more+`}`).into(f.t, 200, &out)
			summary := fmt.Sprint(out.Applied, " ", out.Add, out.Change, out.Same, out.Wrong)
			for _, l := range out.Lines {
				summary += fmt.Sprint("; ", l.Line, " ", l.Result, " ", l.Before, l.Prices, l.Reason)
			}
			return summary
		}
		is := func(got, want string) {
			f.t.Helper()
			if got != want {
				f.t.Errorf("got  %s\nwant %s", got, want)
			}
		}
		const sheet = "ratezone,operator,data_rate,sms_mo_rate\nHome,1,0.2,\nhome,2,0.20,\nAway,3,0.5,0.05\nAway,4,,\n"
		const asked = " 3 1 0 0; 2 change Home[{0.1 0.2}]; 3 add []; 4 add [{<nil> 0.5} {<nil> 0.05}]; 5 add []"
		is(bring(sheet, `,"dry_run":true`), "false"+asked)
		if got := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM ratezone WHERE tariff_id = 500`); got != "1" || len(control.takes()) > 0 {
			f.t.Error("a dry run changes something")
		}
		is(bring(sheet, ""), "true"+asked)
		if got := fmt.Sprint(control.takes()); got != fmt.Sprintf("[%d tariff profile %s]", f.enterprise, mine) {
			f.t.Errorf("told %s", got)
		}
		is(bring(sheet, ""), "true 0 0 4 0; 2 same Home[]; 3 same Home[]; 4 same Away[]; 5 same Away[]")
		zones := func() (out string) {
			f.t.Helper()
			var list []struct {
				Name     string
				Status   struct{ ID int }
				Coverage []struct{ ID int }
				Rate     []struct {
					Rate       float64
					ValidUntil *string `json:"valid_until"`
				}
			}
			f.as(f.operator, http.MethodGet, "/v1/tariff/500/ratezone", "").into(f.t, 200, &list)
			for _, z := range list {
				out += fmt.Sprint(z.Name, z.Status.ID, z.Coverage)
				for _, r := range z.Rate {
					out += fmt.Sprint(" ", r.Rate, r.ValidUntil != nil)
				}
				out += "; "
			}
			return out
		}
		is(zones(), "Away1 [{3} {4}] 0.05 false 0.5 false; Home1 [{1} {2}] 0.1 true 0.2 false; ")
		// Operators move at once; into a zone that is to come they move when it begins.
		is(bring("zone;operator;from\nAway;2;\nNext year;1;2027-01-01\n", `,"columns":{"ratezone":"zone","valid_from":"from"}`),
			"true 1 1 0 0; 2 change Home[]; 3 add Home[]")
		is(zones(), "Away1 [{2} {3} {4}] 0.05 false 0.5 false; Next year1 [{1}]; Home1 [{1}] 0.1 true 0.2 false; ")
		// The same again finds all of it there, before the zone begins and when it has begun.
		const next = "ratezone,operator,data_rate,valid_from\nSoon,21,0.3,2026-12-20\nSoon,22,,\n"
		is(bring(next, ""), "true 2 0 0 0; 2 add [{<nil> 0.3}]; 3 add []")
		is(bring(next, ""), "true 0 0 2 0; 2 same Soon[]; 3 same Soon[]")
		before := zones()
		f.clock.Advance(time.Hour)
		wrong := bring("ratezone,plmn,operator,data_rate,valid_from\nHome,,5,,\n,,1,,\nHome,00000,,,\nHome,,5,,\nHome,,6,x,\nHome,,7,1,2026-01-02\nHome,,8,,2027-01-01\n"+
			"Away,,9,3,\nAway,,10,4,\nNew,,11,,\nNew,,12,,2027-01-01\nHome,,13,,soon\n", "")
		is(wrong, "false 3 0 0 9; 2 add []; 3 wrong []ratezone is empty; 4 wrong []there is no such operator; 5 wrong []"+f.one(`SELECT name FROM operator WHERE id = 5`)+
			" is in line 2 already; 6 wrong []data_rate: an amount from 0 to 900000 with at most ten places expected; 7 wrong []data_rate: a new price cannot begin in the past; "+
			"8 wrong []an operator comes into a rate zone that is there at once: leave valid_from out, or name a new rate zone; 9 add [{0.5 3}]; "+
			"10 wrong []data_rate: another line of the rate zone says something else; 11 add []; 12 wrong []valid_from: the lines of a new rate zone must have the same; "+
			"13 wrong []valid_from: a time such as 2026-12-01 or 2026-12-01T00:00:00Z expected")
		is(zones(), before)
		f.clock.Advance(40 * 24 * time.Hour)
		is(bring(next, ""), "true 0 0 2 0; 2 same Soon[]; 3 same Soon[]")
		const empty = `{"tariff":{"id":500},"content":"ratezone\n"}`
		f.as(f.reseller, http.MethodPost, "/v1/import/tariff", empty).fails(f.t, 404, 1401)
		f.as(f.enterprise, http.MethodPost, "/v1/import/tariff", empty).fails(f.t, 403, 1104)
		f.as(f.operator, http.MethodPost, "/v1/import/tariff", `{"content":"ratezone\n"}`).fails(f.t, 422, 1400)
		f.as(f.operator, http.MethodPost, "/v1/import/tariff", `{"tariff":{"id":500},"content":"zone\n"}`).fails(f.t, 422, 1400)
	})
}
