package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/sim"
)

func connectivityOps(a *API, r *rest.API) {
	a.connectivityRoutes(r)
	a.endpointRoutes(r)
}

func TestConnectivity(t *testing.T) {
	onEach(t, connectivityOps, func(f *fixture) {
		f.device(f.enterprise, 11, "meter", nil, "8988303000000000011", "901430000000011")
		f.device(f.other, 13, "foreign", nil, "8988303000000000037", "901430000000013")
		control := f.controlled()
		const path = "/v1/endpoint/11/connectivity"
		is := func(want string) {
			f.t.Helper()
			if got := f.get(path); got.status != http.StatusOK || strings.TrimSpace(got.body) != want {
				f.t.Errorf("%d %s, want %s", got.status, got.body, want)
			}
		}
		is(`{"status":{"description":"OFFLINE"},"services":[]}`)
		if got := f.get(path + "_info").body; !strings.Contains(got, `"subscriber_info":{"success":false,"error":"absentSubscriber"}`) {
			f.t.Errorf("offline: %s", got)
		}
		now := f.clock.Clock().Micros()
		f.write(f.enterprise, func(tx *db.Tx) error {
			return session.Store(tx, []*session.Session{{
				Key: session.Key{Organisation: f.enterprise, NAS: "pgw", SessionID: "a"}, Generation: 1, ID: 77, Endpoint: 11, SIM: 11, IMSIID: 111,
				IMSI: "901430000000011", IMEISV: "3567890123456701", APN: "iot", PLMN: "26201", RAT: 6, Location: "8262f210000162f21000000101",
				UEAddress: "10.192.0.7", SGSN: "192.0.2.1", Started: now - 600_000_000, Seen: now - 125_000_000, Uplink: 5, BaseUplink: 2, Downlink: 1_000_000,
			}})
		})
		got := f.get(path).body
		for _, want := range []string{
			`"status":{"description":"ONLINE"}`, `"services":["LTE"]`, `"pdp_context_id":77`, `"ue_ip_address":"10.192.0.7"`, `"imei`,
			`"mcc":"262","mnc":"01"`, `"lac":1,"sac":null,"rac":null,"ci":257`, `"rat_type":{"rat_type_id":6,"description":"EUTRAN (4G)"},"duration":"00:10:00"`,
			`"volume_tx":0.000003,"volume_rx":1`, `"iccid":"8988303000000000011"`, `"created":"2026-11-15T11:50:30.000+0000"`,
		} {
			if !strings.Contains(got, want) {
				f.t.Errorf("no %s in %s", want, got)
			}
		}
		if got := f.get(path + "_info").body; !strings.Contains(got, `"age_of_location":2,"cell_global_id":{"mcc":"262","mnc":"01","lac":1,"cid":257}`) {
			f.t.Errorf("online: %s", got)
		}
		for _, path := range []string{"/v1/endpoint/11", "/v1/endpoint"} {
			if got := f.get(path).body; !strings.Contains(got, `"runtime_data":{"msc":"","sgsn":"192.0.2.1","sgsn_ip_address":"192.0.2.1"}`) {
				f.t.Errorf("attached: %s", got)
			}
		}
		control.blocked = "the quota is used up"
		if got := f.get(path).body; !strings.Contains(got, `{"description":"BLOCKED","reason":"the quota is used up"}`) {
			f.t.Errorf("blocked: %s", got)
		}

		// Whatever the keys say, that they are there asks for a reset; without one nothing happens.
		for body, resets := range map[string]bool{
			`{"pdp_context":null}`: true, `{"location":null}`: true, `{"location":{},"pdp_context":"x"}`: true, `{}`: false, `{"other":1}`: false,
		} {
			control.takes()
			if got := f.send(http.MethodPatch, path, body); got.status != http.StatusNoContent || got.body != "" {
				f.t.Errorf("%s: %d %s", body, got.status, got.body)
			}
			if told := control.takes(); (len(told) == 1) != resets {
				f.t.Errorf("%s: told %v", body, told)
			}
		}
		if n := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM event WHERE organisation_id = $1 AND type_id = 68 AND endpoint_id = 11`, f.enterprise); n != "3" {
			f.t.Errorf("%s events", n)
		}
		for _, id := range []string{"13", "99"} {
			f.get("/v1/endpoint/"+id+"/connectivity").fails(f.t, http.StatusNotFound, 1401)
			f.get("/v1/endpoint/"+id+"/connectivity_info").fails(f.t, http.StatusNotFound, 1401)
			f.send(http.MethodPatch, "/v1/endpoint/"+id+"/connectivity", `{"location":null}`).fails(f.t, http.StatusNotFound, 1401)
			f.send(http.MethodPatch, "/v1/endpoint/"+id+"/connectivity", `{}`).fails(f.t, http.StatusNotFound, 1401)
		}
		f.call("5-3-3", http.MethodPatch, path, `{"location":null}`).fails(f.t, http.StatusForbidden, 1104)
	})
}

// A device of 2G or 3G stays attached for a while when its session has ended, one of LTE does not.
func TestConnectivityAfterASession(t *testing.T) {
	onEach(t, connectivityOps, func(f *fixture) {
		f.device(f.enterprise, 11, "meter", nil, "8988303000000000011", "901430000000011")
		now := f.clock.Clock().Micros()
		end := func(name string, rat, seen int64) {
			f.write(f.enterprise, func(tx *db.Tx) error {
				return session.Store(tx, []*session.Session{{
					Key: session.Key{Organisation: f.enterprise, NAS: "pgw", SessionID: name}, Generation: 1, Endpoint: 11, SIM: 11, IMSIID: 111,
					IMSI: "901430000000011", PLMN: "26201", RAT: rat, Operator: 1, SGSN: "192.0.2.1", Started: seen - 1, Seen: seen, Closed: seen,
				}})
			})
		}
		const path = "/v1/endpoint/11/connectivity"
		offline := `{"status":{"description":"OFFLINE"},"services":[]}`
		end("old", 2, now-25*3600*1_000_000)
		if got := strings.TrimSpace(f.get(path).body); got != offline {
			f.t.Errorf("long ago: %s", got)
		}
		end("3G", 1, now-3600*1_000_000)
		var got map[string]any
		f.get(path).into(f.t, 200, &got)
		operator := f.one(`SELECT name FROM operator WHERE id = 1`)
		country := f.one(`SELECT c.name FROM operator o JOIN country c ON c.id = o.country_id WHERE o.id = 1`)
		if got["pdp_context"] != nil {
			f.t.Errorf("got %v", got)
		}
		if place, ok := got["location"].(map[string]any)["operator"].(map[string]any); !ok || place["name"] != operator || place["country"].(map[string]any)["name"] != country {
			f.t.Errorf("got %v", got)
		}
		delete(got["location"].(map[string]any), "operator")
		delete(got["location"].(map[string]any), "country")
		same(f.t, any(got), `{"status": {"description": "ATTACHED"}, "services": ["GPRS"], "location": {"iccid": "8988303000000000011", "imsi": "901430000000011",
			"last_updated": null, "last_updated_gprs": "2026-11-15T11:00:30.000+0000", "sgsn_number": null, "vlr_number": null, "msc": null,
			"sgsn_ip_address": "192.0.2.1"}}`)
		if got := f.get(path + "_info").body; !strings.Contains(got, "absentSubscriber") {
			f.t.Errorf("info: %s", got)
		}
		end("LTE", 6, now-1)
		if got := strings.TrimSpace(f.get(path).body); got != offline {
			f.t.Errorf("after LTE: %s", got)
		}
	})
}

func TestResetEndsAFactoryTest(t *testing.T) {
	onEach(t, func(a *API, r *rest.API) { a.endpointRoutes(r); a.connectivityRoutes(r) }, func(f *fixture) {
		k := newKit(f)
		id := k.stock(1, sim.FactoryTest)
		e := k.create(fmt.Sprintf(`"sim":{"id":%d}`, id))
		f.ok(http.MethodPatch, fmt.Sprintf("/v1/endpoint/%d/connectivity", e.ID), `{"location": null}`, 204)
		if got := f.one(`SELECT CAST(status_id AS TEXT) FROM sim WHERE id = $1`, id); got != "1" {
			f.t.Errorf("status %s", got)
		}
		got := f.one(`SELECT CAST(source_id AS TEXT) || ' ' || CAST(user_id AS TEXT) || detail FROM event WHERE organisation_id = $1 AND type_id = 8`, f.enterprise)
		if want := `1 0{"transition":{"sim":{"status":{"from":{"id":4,"description":"FACTORY TEST"},"to":{"id":1,"description":"ACTIVATED"}}}},` +
			`"reason":"The connectivity was reset"}`; got != want {
			f.t.Errorf("event %s", got)
		}
	})
}
