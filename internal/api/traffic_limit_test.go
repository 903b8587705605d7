package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/profile"
)

func TestSystemLimits(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		var all []profile.SystemLimit
		f.get("/v1/traffic_limit").into(t, 200, &all)
		if !slices.IsSortedFunc(all, func(a, b profile.SystemLimit) int { return int(a.ID - b.ID) }) || len(all) < 15 {
			t.Errorf("the limits are %v", all)
		}
		of := map[int64]int{}
		for _, l := range all {
			of[int64(l.Service.ID)]++
			if int64(l.ID) >= limit.FirstOwn || l.Volume <= 0 || l.Period != (profile.Period{ID: 2, Units: 1, Unit: "Months"}) {
				t.Errorf("%+v", l)
			}
		}
		for _, service := range []int64{0, 3, 6, 32, 38} {
			var some []profile.TrafficLimit
			f.get(fmt.Sprintf("/v1/service/%d/traffic_limit", service)).into(t, 200, &some)
			if len(some) != of[service] || (service == 38 || service == 32 || service == 6) != (len(some) > 0) {
				t.Errorf("service %d has %v", service, some)
			}
		}
		first := `{"id":1,"volume":1,"period":{"id":2,"time_units":1,"unit":"Months"}`
		if body := f.get("/v1/service/38/traffic_limit").body; !strings.HasPrefix(body, "["+first+"}") {
			t.Error(body)
		}
		if body := f.get("/v1/traffic_limit").body; !strings.HasPrefix(body, "["+first+`,"service":{"id":38,"description":"Data"}}`) {
			t.Error(body)
		}
		f.get("/v1/service/7/traffic_limit").fails(t, 404, 1401)
		gone := f.send(http.MethodPost, "/v1/traffic_limit", `{"service":{"id":38},"volume":1,"period":{"id":2}}`)
		gone.fails(t, 405, 1000)
		if allow := gone.header.Get("Allow"); !slices.Contains(strings.Split(allow, ", "), "GET") || strings.Contains(allow, "POST") {
			t.Errorf("Allow: %s", allow)
		}
	})
}

func TestChooseLimit(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		place := f.made("/v1/service_profile", `{"name":"Mine"}`)
		data, sms := place+"/service/38", place+"/service/6"
		f.send(http.MethodPut, data+"/traffic_limit/4", "").fails(t, 422, 1400) // the service is not in the profile
		f.send(http.MethodDelete, data+"/traffic_limit/4", "").fails(t, 422, 1400)
		for _, service := range []string{data, sms} {
			if a := f.send(http.MethodPut, service, ""); a.status != 204 {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
		for _, path := range []string{data + "/traffic_limit/4", data + "/traffic_limit/4", sms + "/traffic_limit/41"} {
			if a := f.send(http.MethodPut, path, ""); a.status != 200 || a.body != "{}" {
				t.Errorf("%d %q", a.status, a.body)
			}
		}
		f.made(place+"/traffic_limit", `{"service":{"id":38},"volume":1500000}`)
		const period = `"period":{"id":2,"time_units":1,"unit":"Months"}}`
		var got profile.Service
		f.get(place).into(t, 200, &got)
		want := `"service":[{"id":6,"description":"SMS MT","traffic_limit":[{"id":41,"volume":10,` + period + `]},` +
			`{"id":38,"description":"Data","traffic_limit":[{"id":4,"volume":20,` + period + `,{"id":` + fmt.Sprint(got.Services[1].TrafficLimits[1].ID) + `,"volume":1.5,` + period + `]}]`
		if body := f.get(place).body; !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
		var terms *profile.Terms
		f.write(f.enterprise, func(tx *db.Tx) (err error) { terms, err = profile.LoadTerms(tx, f.enterprise); return err })
		held := terms.Services[int64(got.ID)].Limits
		wantHeld := []limit.Limit{{ID: 41, Service: 6, Volume: 10}, {ID: int64(got.Services[1].TrafficLimits[1].ID), Service: 38, Volume: 1_500_000}}
		slices.SortFunc(held, func(a, b limit.Limit) int { return int(a.Service - b.Service) })
		if diff := cmp.Diff(wantHeld, held); diff != "" {
			t.Errorf("what is held against use: (-want +got)\n%s", diff)
		}

		f.send(http.MethodPut, data+"/traffic_limit/41", "").fails(t, 422, 1400)
		f.send(http.MethodPut, data+"/traffic_limit/999", "").fails(t, 404, 1401)
		f.send(http.MethodPut, place+"/service/7/traffic_limit/4", "").fails(t, 404, 1401)
		f.send(http.MethodPut, "/v1/service_profile/999/service/38/traffic_limit/4", "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodPut, data+"/traffic_limit/4", "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, data+"/traffic_limit/4", "").fails(t, 404, 1401)
		f.send(http.MethodDelete, sms, "").fails(t, 409, 1406)
		if a := f.send(http.MethodDelete, sms+"/traffic_limit/41", ""); a.status != 200 || a.body != "{}" {
			t.Errorf("%d %q", a.status, a.body)
		}
		f.send(http.MethodDelete, sms+"/traffic_limit/41", "").fails(t, 404, 1401)
		if a := f.send(http.MethodDelete, sms, ""); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		f.send(http.MethodDelete, sms, "").fails(t, 404, 1401)
	})
}

func TestDataLimits(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		place := f.made("/v1/service_profile", `{"name":"Mine"}`) + "/traffic_limit"
		if list := f.get(place); list.status != 200 || list.body != "[]" {
			t.Errorf("%d %s", list.status, list.body)
		}
		all := f.made(place, `{"service":{"id":"38"},"volume":250000,"period":{"id":2},"warning_percent":80}`)
		satellite := f.made(place, `{"service":{"id":38},"volume":"1000","satellite_only":true}`)
		const period = `"period":{"id":2,"time_units":1,"unit":"Months"},`
		want := `[{"id":` + last(all) + `,"service":{"id":38,"description":"Data"},"satellite_only":false,` + period + `"volume":250000,"warning_percent":80},` +
			`{"id":` + last(satellite) + `,"service":{"id":38,"description":"Data"},"satellite_only":true,` + period + `"volume":1000,"warning_percent":0}]`
		if diff := cmp.Diff(want, f.get(place).body); diff != "" {
			t.Error(diff)
		}
		f.send(http.MethodPost, place, `{"service":{"id":38},"volume":1}`).fails(t, 409, 1405)
		f.send(http.MethodPost, place, `{"service":{"id":38},"volume":1,"satellite_only":true}`).fails(t, 409, 1405)
		for name, body := range map[string]string{
			"nothing": `{}`, "no service": `{"volume":1}`, "another service": `{"service":{"id":6},"volume":1}`, "no volume": `{"service":{"id":38}}`,
			"no bytes": `{"service":{"id":38},"volume":0}`, "too many": `{"service":{"id":38},"volume":1000000000000000001}`,
			"part of a byte": `{"service":{"id":38},"volume":1.5}`, "another period": `{"service":{"id":38},"volume":1,"period":{"id":1}}`,
			"warning too early": `{"service":{"id":38},"volume":1,"warning_percent":0}`, "warning too late": `{"service":{"id":38},"volume":1,"warning_percent":101}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPost, place, body).fails(t, 400, 1400) })
		}
		f.call(f.token(f.other), http.MethodGet, place, "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodPost, place, `{"service":{"id":38},"volume":1}`).fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, place, "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, all, "").fails(t, 404, 1401)
		if a := f.send(http.MethodDelete, all, ""); a.status != 204 || a.body != "" {
			t.Errorf("%d %s", a.status, a.body)
		}
		f.send(http.MethodDelete, all, "").fails(t, 404, 1401)
		if again := f.made(place, `{"service":{"id":38},"volume":5}`); last(again) == last(all) || last(again) < "1001" {
			t.Errorf("the new one is %s", again)
		}
		profile := strings.TrimSuffix(place, "/traffic_limit")
		f.send(http.MethodPut, profile+"/service/38", "")
		f.send(http.MethodPut, profile+"/service/38/traffic_limit/1", "")
		f.send(http.MethodDelete, place+"/1", "").fails(t, 404, 1401) // chosen, not made
		if a := f.send(http.MethodDelete, place, ""); a.status != 204 || a.body != "" {
			t.Errorf("%d %s", a.status, a.body)
		}
		if left := f.one(`SELECT COUNT(*) || ' ' || MIN(id) FROM service_profile_limit`); left != "1 1" {
			t.Errorf("left: %s", left)
		}
	})
}

func TestLimitExtensions(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		k := newKit(f)
		id := k.create("").ID
		place := fmt.Sprintf("/v1/endpoint/%d/traffic_limit_extension", id)
		profile := fmt.Sprintf("/v1/service_profile/%d", k.service)
		f.send(http.MethodPost, place, `{"volume":5}`).fails(t, 400, 1400) // there is nothing to extend
		satellite := f.made(profile+"/traffic_limit", `{"service":{"id":38},"volume":1000,"satellite_only":true}`)
		all := f.made(profile+"/traffic_limit", `{"service":{"id":38},"volume":1000}`)
		f.send(http.MethodPut, profile+"/service/6", "")
		f.send(http.MethodPut, profile+"/service/6/traffic_limit/41", "")

		var made, second, third limit.Extension
		answer := f.send(http.MethodPost, place, `{"volume":5000}`)
		answer.into(t, 201, &made)
		want := fmt.Sprintf(`{"id":%d,"endpoint_id":%d,"traffic_limit_id":%s,"volume":5000,"expiration_date":"2026-12-01T00:00:00.000+0000",`+
			`"created_at":"2026-11-15T12:00:30.000+0000"}`, made.ID, id, last(all))
		if diff := cmp.Diff(want, answer.body); diff != "" {
			t.Error(diff)
		}
		if at := answer.header.Get("Location"); at != fmt.Sprintf("%s/api%s/%d", f.url, place, made.ID) {
			t.Errorf("Location: %s", at)
		}
		f.send(http.MethodPost, place, `{"volume":7,"traffic_limit_id":41}`).into(t, 201, &second)
		f.send(http.MethodPost, place, `{"volume":9,"traffic_limit_id":"`+last(satellite)+`"}`).into(t, 201, &third)
		if diff := cmp.Diff("["+answer.body+","+jsonOf(t, second)+","+jsonOf(t, third)+"]", f.get(place).body); diff != "" {
			t.Error(diff)
		}

		for name, body := range map[string]string{
			"nothing": `{}`, "no bytes": `{"volume":0}`, "less": `{"volume":-5}`, "too many": `{"volume":1000000000000001}`, "part of a byte": `{"volume":0.5}`,
			"unknown limit": `{"volume":5,"traffic_limit_id":999}`, "a limit of nobody's": `{"volume":5,"traffic_limit_id":1}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPost, place, body).fails(t, 400, 1400) })
		}
		f.send(http.MethodPost, "/v1/endpoint/-1/traffic_limit_extension", `{"volume":5}`).fails(t, 404, 1401)
		f.get("/v1/endpoint/-1/traffic_limit_extension").fails(t, 404, 1401)
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			body := map[string]string{http.MethodPost: `{"volume":5}`}[method]
			f.call(f.token(f.other), method, place, body).fails(t, 404, 1401)
			if method != http.MethodGet {
				f.call(fmt.Sprintf("%d-3-%d", f.enterprise, account.RoleObserver), method, place, body).fails(t, 403, 1104)
			}
		}

		f.exec(`UPDATE endpoint SET service_profile_id = 99 WHERE id = $1`, int64(id)) // they stay with the endpoint
		var list []limit.Extension
		f.get(place).into(t, 200, &list)
		if len(list) != 3 {
			t.Errorf("%d extensions are left", len(list))
		}
		f.clock.Advance(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Sub(began)) // and end with the month
		if body := f.get(place).body; body != "[]" {
			t.Error(body)
		}
		f.clock.Advance(-time.Second)
		if a := f.send(http.MethodDelete, place, ""); a.status != 204 || a.body != "" {
			t.Errorf("%d %s", a.status, a.body)
		}
		if body := f.get(place).body; body != "[]" {
			t.Error(body)
		}
		if n := int64(id); !slices.Equal(f.judged().endpoints, []int64{n, n, n, n}) {
			t.Errorf("judged anew: %v", f.judged().endpoints)
		}
	})
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
