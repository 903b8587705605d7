package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/rest"
)

func tariffProfileOps(a *API, r *rest.API) {
	inclusiveOps(a, r)
	a.tariffProfileChangeRoutes(r)
	a.tariffProfileBlockRoutes(r)
}

// withZones gives a tariff of withVolumes two further rate zones (701 active, 702 staging) and prices in 600 and 701.
func (f *fixture) withZones() {
	f.t.Helper()
	f.exec(`INSERT INTO ratezone (tariff_id, id, name, valid_from, valid_until) VALUES (500, 701, 'Away', 0, 0)`)
	f.exec(`INSERT INTO ratezone (tariff_id, id, name, valid_from, valid_until, status_id) VALUES (500, 702, 'To come', 0, 0, 0)`)
	for i, operator := range []int64{1, 2, 10} { // two of Afghanistan's, one of another country
		zone := int64(600)
		if i == 2 {
			zone = 701
		}
		f.exec(`INSERT INTO ratezone_operator (tariff_id, operator_id, ratezone_id) VALUES (500, $1, $2)`, operator, zone)
	}
	for _, zone := range []int64{600, 701} {
		f.exec(`INSERT INTO ratezone_rate (tariff_id, ratezone_id, id, service_id, rate, valid_from, valid_until) VALUES (500, $1, $1, 38, 7, 0, 0)`, zone)
	}
}

func TestChangeTariffProfile(t *testing.T) {
	onEach(t, tariffProfileOps, func(f *fixture) {
		f.withVolumes()
		f.withZones()
		control := f.controlled()
		place := f.made("/v1/tariff_profile", `{"name":"Mine","description":"d","tariff":{"id":500}}`)
		id := last(place)
		f.ok(http.MethodPut, place+"/inclusive_volume/11", "", 204)
		f.ok(http.MethodPut, place+"/ratezone_selection/701", "", 204)
		f.exec(`INSERT INTO custom_rate VALUES ($1, CAST($2 AS BIGINT), 1, 701, 38, 30000000, 0, 0)`, f.enterprise, id)
		control.takes()
		state := func() string {
			var p struct {
				Name, Description string
				Tariff            struct{ ID int }
				InclusiveVolume   *struct{ ID int } `json:"inclusive_volume"`
				Ratezone          []struct {
					ID       int
					Selected bool
				}
				CustomRate []struct {
					Rate       float64
					ValidUntil *string `json:"valid_until"`
				} `json:"custom_rate"`
			}
			f.get(place).into(f.t, 200, &p)
			volume, until := 0, "open"
			if p.InclusiveVolume != nil {
				volume = p.InclusiveVolume.ID
			}
			if p.CustomRate[0].ValidUntil != nil {
				until = *p.CustomRate[0].ValidUntil
			}
			return fmt.Sprint(p.Name, "/", p.Description, p.Tariff, volume, p.Ratezone, p.CustomRate[0].Rate, until)
		}
		is := func(want string) {
			f.t.Helper()
			if got := state(); got != want {
				f.t.Errorf("got  %s\nwant %s", got, want)
			}
		}
		is("Mine/d{500} 11 [{600 false} {701 true}] 0.003open")
		f.ok(http.MethodPatch, place, `{}`, 204)
		f.ok(http.MethodPatch, place, `{"name":"Ours"}`, 204)
		f.ok(http.MethodPatch, place, `{"description":null,"tariff":{"id":500}}`, 204)
		is("Ours/{500} 11 [{600 false} {701 true}] 0.003open")
		if got := f.events(f.enterprise); len(got) != 1 { // of the inclusive volume
			f.t.Errorf("events %v", got)
		}
		f.call(f.token(f.enterprise)+"-77", http.MethodPatch, "/v1/tariff_profile/"+id, `{"tariff":{"id":501}}`)
		is("Ours/{501} 0 [{601 true}] 0.0032026-11-15T12:00:30.000+0000")
		if got := f.events(f.enterprise); len(got) != 2 || got[1] != (logged{34, 0, 0, 77}) {
			f.t.Errorf("events %v", got)
		}
		if got := control.takes(); !slices.Contains(got, fmt.Sprintf("%d tariff profile %s", f.enterprise, id)) {
			f.t.Errorf("told %v", got)
		}
		for name, body := range map[string]string{
			"no name": `{"name":""}`, "name null": `{"name":null}`, "tariff null": `{"tariff":null}`, "unknown tariff": `{"tariff":{"id":999}}`,
			"long": `{"description":"` + strings.Repeat("x", 256) + `"}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPatch, place, body).fails(t, 422, 1400) })
		}
		f.exec(`UPDATE tariff SET status_id = 2 WHERE id = 500`)
		f.send(http.MethodPatch, place, `{"tariff":{"id":500}}`).fails(f.t, 422, 1400) // deprecated: not for those who have another
		f.send(http.MethodPatch, "/v1/tariff_profile/999", `{"name":"a"}`).fails(f.t, 404, 1401)
		f.call(f.token(f.other), http.MethodPatch, place, `{"name":"a"}`).fails(f.t, 404, 1401)
	})
}

func TestDeleteTariffProfile(t *testing.T) {
	onEach(t, tariffProfileOps, func(f *fixture) {
		f.tariff(500)
		place := f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500}}`)
		f.device(f.enterprise, 11, "meter", nil, "8988303000000000011", "901430000000011")
		f.exec(`UPDATE endpoint SET tariff_profile_id = CAST($1 AS BIGINT) WHERE id = 11`, last(place))
		f.send(http.MethodDelete, place, "").fails(f.t, 409, 1406)
		f.call(f.token(f.other), http.MethodDelete, place, "").fails(f.t, 404, 1401)
		f.exec(`UPDATE endpoint SET status_id = 2 WHERE id = 11`)
		f.ok(http.MethodDelete, place, "", 204)
		f.send(http.MethodDelete, place, "").fails(f.t, 404, 1401)
		f.call(fmt.Sprintf("%d-3-3", f.enterprise), http.MethodDelete, place, "").fails(f.t, 403, 1104) // an observer
	})
}

func TestRatezoneSelection(t *testing.T) {
	onEach(t, tariffProfileOps, func(f *fixture) {
		f.withVolumes()
		f.withZones()
		control := f.controlled()
		place := f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500}}`)
		covers := func(want string) {
			f.t.Helper()
			var rows []struct {
				Country    struct{ ID int }
				Redundancy int `json:"redundancy_count"`
			}
			if f.get(place+"/coverage").into(f.t, 200, &rows); fmt.Sprint(rows) != want {
				f.t.Errorf("covers %v, want %s", rows, want)
			}
		}
		country := f.one(`SELECT CAST(country_id AS TEXT) FROM operator WHERE id = 10`)
		zone := place + "/ratezone_selection/"
		covers("[{{1} 2} {{" + country + "} 1}]")
		f.ok(http.MethodDelete, zone+"701", "", 204) // all others stay
		covers("[{{1} 2}]")
		f.send(http.MethodDelete, zone+"701", "").fails(f.t, 404, 1401)
		f.ok(http.MethodDelete, zone+"600", "", 204)
		f.ok(http.MethodDelete, zone+"702", "", 204) // it was among all others
		covers("[]")
		f.ok(http.MethodPut, zone+"701", "", 204)
		f.ok(http.MethodPut, zone+"701", "", 204)
		covers("[{{" + country + "} 1}]")
		f.send(http.MethodPut, zone+"702", "").fails(f.t, 409, 1406) // staging
		f.send(http.MethodPut, zone+"601", "").fails(f.t, 404, 1401) // of another tariff
		f.call(f.token(f.other), http.MethodPut, zone+"600", "").fails(f.t, 404, 1401)
		f.send(http.MethodPut, zone+"x", "").fails(f.t, 400, 1000)
		f.ok(http.MethodPut, "/v2/tariff_profile/"+last(place)+"/operator_blocklist/operator/10", "", 204)
		covers("[]")
		f.call(f.token(f.other), http.MethodGet, place+"/coverage", "").fails(f.t, 404, 1401)
		if told := control.takes(); len(told) != 6 {
			f.t.Errorf("told %v", told)
		}
	})
}

func TestOperatorBlocklist(t *testing.T) {
	onEach(t, tariffProfileOps, func(f *fixture) {
		f.tariff(500)
		control := f.controlled()
		profile := last(f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500}}`))
		list := "/v2/tariff_profile/" + profile + "/operator_blocklist/operator"
		shows := func(path, want string) {
			f.t.Helper()
			var got any
			f.get(path).into(f.t, 200, &got)
			same(f.t, got, want)
		}
		row := func(operator bool, rats string) string {
			return fmt.Sprintf(`{"operator":{"id":1,"name":"AWCC"},"tariff_profile":{"id":%s},"blocklist":{"operator":%v,"rat_types":[%s]}}`,
				profile, operator, rats)
		}
		const utran, eutran = `{"id":1,"description":"UTRAN (3G)"}`, `{"id":6,"description":"EUTRAN (4G)"}`
		shows(list, `[]`)
		shows(list+"/1", row(false, ""))
		f.ok(http.MethodPut, list+"/1", "", 204)
		shows(list, "["+row(true, "")+"]")
		f.ok(http.MethodPost, list+"/1/rat_type", `{"rat_types":[{"id":6},{"id":1.0,"description":"x"},{"id":6}]}`, 204)
		shows(list+"/1", row(true, utran+","+eutran))
		f.ok(http.MethodDelete, list+"/1", "", 204) // the RAT types stay blocked
		shows(list+"/1", row(false, utran+","+eutran))
		f.ok(http.MethodDelete, list+"/1/rat_type/1", "", 204)
		shows(list, "["+row(false, eutran)+"]")
		if told := control.takes(); len(told) != 4 {
			f.t.Errorf("told %v", told)
		}
		f.send(http.MethodDelete, list+"/1", "").fails(f.t, 404, 1401)
		f.send(http.MethodDelete, list+"/1/rat_type/1", "").fails(f.t, 404, 1401)
		f.send(http.MethodDelete, list+"/1/rat_type/0", "").fails(f.t, 404, 1401)
		for _, body := range []string{`{}`, `{"rat_types":[]}`, `{"rat_types":[{}]}`, `{"rat_types":[{"id":3}]}`, `{"rat_types":[{"id":99}]}`} {
			f.send(http.MethodPost, list+"/1/rat_type", body).fails(f.t, 422, 1400)
		}
		for _, path := range []string{"/999999", ""} { // an unknown operator, a foreign profile
			token := f.token(f.enterprise)
			if path == "" {
				path, token = "/1", f.token(f.other)
			}
			f.call(token, http.MethodGet, list+path, "").fails(f.t, 404, 1401)
			f.call(token, http.MethodPut, list+path, "").fails(f.t, 404, 1401)
			f.call(token, http.MethodPost, list+path+"/rat_type", `{"rat_types":[{"id":6}]}`).fails(f.t, 404, 1401)
		}
		f.call(f.token(f.other), http.MethodGet, list, "").fails(f.t, 404, 1401)
	})
}

func TestTariffLookups(t *testing.T) {
	onEach(t, lookups, func(f *fixture) {
		same(f.t, any(row(f.t, f.get("/v1/data_blocksize"), 1)), `{"id":1,"octets":"1","description":"exact"}`)
		same(f.t, any(row(f.t, f.get("/v1/data_blocksize"), 10)), `{"id":10,"octets":"1","description":"exact"}`)
		same(f.t, any(row(f.t, f.get("/v1/data_throttle"), 1)), `{"id":1,"octets":"128000","description":"128 kbit/s"}`)
		same(f.t, any(row(f.t, f.get("/v1/data_throttle"), 9)), `{"id":9,"octets":"256000","description":"256 kbit/s"}`)
		same(f.t, any(row(f.t, f.get("/v1/breakout_region"), 2)), `{"id":2,"name":"eu-west","ip_address":""}`)
		same(f.t, any(row(f.t, f.get("/v1/service_level"), 1)), `{"id":1,"name":"Standard"}`)
		same(f.t, any(row(f.t, f.get("/v1/esme_interface_type"), 2)), `{"id":2,"description":"REST API"}`)
	})
}
