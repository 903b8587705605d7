package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/sim"
)

func TestChangeServiceProfile(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		f.exec(`INSERT INTO dns VALUES ($1, 5, '10.0.0.1', '10.0.0.2', 4)`, f.enterprise)
		place := f.made("/v1/service_profile", `{"name":"Mine","description":"d","dns":{"id":5},"esme_interface_type":{"id":1},"breakout_region":{"id":1},"prepaid":true}`)
		var want, got profile.Service
		f.get(place).into(t, 200, &want)
		patch := func(body string) {
			t.Helper()
			if a := f.send(http.MethodPatch, place, body); a.status != 201 || a.body != "{}" {
				t.Errorf("PATCH %s: %d %q", body, a.status, a.body)
			}
			got = profile.Service{}
			f.get(place).into(t, 200, &got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("PATCH %s: (-want +got)\n%s", body, diff)
			}
		}
		version := func() string {
			return f.one(`SELECT config_version || '' FROM organisation_head WHERE organisation_id = $1`, f.enterprise)
		}
		before := version()
		patch(`{}`)
		if version() != before {
			t.Error("nothing is a change")
		}
		patch(`{"allowed_3g":null,"used_count":7}`)
		want.Description, want.NIPDP = "", true
		patch(`{"description":null,"nipdp":true}`)
		want.Name, want.Prepaid = "Yours", false
		patch(`{"name":"Yours","prepaid":false}`)
		want.DNS = nil
		patch(`{"dns":{"id":null}}`)
		want.DNS = &profile.DNS{ID: 5, Primary: "10.0.0.1", Secondary: "10.0.0.2", Version: 4}
		patch(`{"dns":{"id":5.0}}`)
		want.DNS = nil
		patch(`{"dns":null}`)
		want.InterfaceType, want.BreakoutRegion = nil, nil
		patch(`{"esme_interface_type":{"id":null},"breakout_region":null,"api_callback":{"id":null}}`)
		want.ApplyDataQuota = true
		patch(`{"apply_quota":true}`)
		want.ApplyDataQuota = false
		patch(`{"apply_quota":true,"apply_data_quota":false}`)
		want.ApplySMSQuota = true
		patch(`{"apply_sms_quota":true}`)
		if version() == before {
			t.Error("those who decide do not hear of changes")
		}
		if n := len(f.judged().profiles); n != 11 {
			t.Errorf("judged anew %d times", n)
		}
		for name, body := range map[string]string{
			"empty name": `{"name":""}`, "name null": `{"name":null}`, "unknown dns": `{"dns":{"id":6}}`, "unknown callback": `{"api_callback":{"id":1}}`,
			"unknown secret": `{"api_secret":{"id":1}}`, "unknown interface": `{"esme_interface_type":{"id":9}}`, "unknown region": `{"breakout_region":{"id":9}}`,
			"text as a flag": `{"prepaid":"perhaps"}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPatch, place, body).fails(t, 422, 1400) })
		}
		patch(`{}`)
		f.call(f.token(f.other), http.MethodPatch, place, `{"name":"a"}`).fails(t, 404, 1401)
		f.send(http.MethodPatch, "/v1/service_profile/-1", `{"name":"a"}`).fails(t, 404, 1401)
	})
}

func TestDeleteServiceProfile(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		k := newKit(f)
		used := fmt.Sprintf("/v1/service_profile/%d", k.service)
		e := k.create("")
		f.send(http.MethodDelete, used, "").fails(t, 409, 1406)
		if a := f.send(http.MethodDelete, fmt.Sprintf("/v1/endpoint/%d", e.ID), ""); a.status != 204 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		f.send(http.MethodPut, used+"/service/38", "")
		f.made(used+"/traffic_limit", `{"service":{"id":38},"volume":1}`)
		f.call(f.token(f.other), http.MethodDelete, used, "").fails(t, 404, 1401)
		if a := f.send(http.MethodDelete, used, ""); a.status != 204 || a.body != "" {
			t.Errorf("%d %s", a.status, a.body)
		}
		f.send(http.MethodDelete, used, "").fails(t, 404, 1401)
		if left := f.one(`SELECT (SELECT COUNT(*) FROM service_profile_service) + (SELECT COUNT(*) FROM service_profile_limit) || ''`); left != "0" {
			t.Errorf("%s rows are left", left)
		}
	})
}

// quotaEvents are the events 52 to 55 of the enterprise, and what they say.
func (f *fixture) quotaEvents() (out []string) {
	f.t.Helper()
	f.must(f.db.Read(context.Background(), func(q db.Queryer) (err error) {
		out, err = db.All(q, func(r *db.Row) string {
			return fmt.Sprintln(r.Int(), r.Int(), r.Int(), r.Bool(), r.Int(), r.Int(), r.Int(), r.Text()+r.Text())
		}, `SELECT type_id, severity_id, source_id, alert, endpoint_id, sim_id, user_id, description, detail FROM event
			WHERE organisation_id = $1 AND type_id BETWEEN 52 AND 55 ORDER BY position`, f.enterprise)
		return err
	}))
	return out
}

func TestQuotaSwitches(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		k := newKit(f)
		card := f.stock(1, sim.Activated)
		id := k.create(fmt.Sprintf(`"sim":{"id":%d}`, card)).ID
		gone := k.create("").ID
		f.send(http.MethodDelete, fmt.Sprintf("/v1/endpoint/%d", gone), "")
		place := fmt.Sprintf("/v1/service_profile/%d", k.service)
		tell := func() {
			t.Helper()
			f.must(profile.TellSwitches(context.Background(), f.db, f.clock.Clock()))
		}
		says := func(kind string) string {
			return fmt.Sprintf("%s in service profile %d (Everything).\n", kind, k.service)
		}

		f.send(http.MethodPatch, place, `{"apply_data_quota":true,"apply_sms_quota":true}`)
		tell()
		tell()
		want := []string{
			"54 1 2 false 0 0 77 " + says("SMS quota enabled"), fmt.Sprintf("52 0 2 true %d %d 77 ", id, card) + says("Data quota enabled"),
		}
		f.send(http.MethodPatch, place, `{"apply_data_quota":true}`) // it is on
		f.send(http.MethodPatch, place, `{"apply_data_quota":false,"apply_sms_quota":false}`)
		tell()
		want = append(want, "53 1 2 false 0 0 77 "+says("Data quota disabled"), "55 1 2 false 0 0 77 "+says("SMS quota disabled"))
		if diff := cmp.Diff(want, f.quotaEvents()); diff != "" {
			t.Error(diff)
		}

		// Many endpoints, and a stop after the first batch.
		f.exec(`INSERT INTO endpoint (organisation_id, id, name, status_id, service_profile_id, tariff_profile_id, sim_id, imei, imei_lock,
			ip_address_space_id, ip_address, created, last_updated) WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 600)
			SELECT $1, 10000 + n, 'many', 1, $2, 1, 0, '', FALSE, 0, '', 1, 1 FROM n`, f.enterprise, k.service)
		f.send(http.MethodPatch, place, `{"apply_data_quota":true}`)
		ctx, stop := context.WithCancel(context.Background())
		unwatch := f.db.Watch(func([]db.Head) { stop() })
		if err := profile.TellSwitches(ctx, f.db, f.clock.Clock()); err == nil {
			t.Error("it was not stopped")
		}
		unwatch()
		if n := len(f.quotaEvents()) - len(want); n != 500 {
			t.Errorf("the first batch tells of %d endpoints", n)
		}
		tell()
		events, seen := f.quotaEvents()[len(want):], map[string]bool{}
		for _, e := range events {
			seen[strings.Fields(e)[4]] = true
		}
		if len(events) != 601 || len(seen) != 601 {
			t.Errorf("%d events of %d endpoints", len(events), len(seen))
		}
	})
}
