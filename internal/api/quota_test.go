package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/sim"
)

// judged notes what the API wants to be judged anew.
type judged struct {
	Control
	endpoints, profiles []int64
}

func (j *judged) Recheck(_ int64, endpoints ...int64) {
	j.endpoints = append(j.endpoints, endpoints...)
}
func (j *judged) RecheckProfile(_, profile int64) { j.profiles = append(j.profiles, profile) }

func quotaTestRoutes(a *API, r *rest.API) {
	a.Control = &judged{}
	a.quotaRoutes(r)
	a.serviceProfileRoutes(r)
	a.trafficLimitRoutes(r)
	a.endpointRoutes(r)
	a.eventRoutes(r)
}

func (f *fixture) judged() *judged { return f.api.Control.(*judged) }

// quotaOf is where an endpoint's quota of a kind is.
func quotaOf(endpoint any, kind string) string {
	return fmt.Sprintf("/v1/endpoint/%v/quota/%s", endpoint, kind)
}

func TestQuota(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		k := newKit(f)
		card := f.stock(1, sim.Activated)
		id := k.create(fmt.Sprintf(`"sim":{"id":%d},"imei":"3584100012345600"`, card)).ID
		data, sms := quotaOf(id, "data"), quotaOf(id, "sms")
		f.get(data).fails(t, 404, 1401)
		f.send(http.MethodDelete, data, "").fails(t, 404, 1401)

		set := f.send(http.MethodPost, data, `{"status":{"id":"1","description":"ACTIVE"},"volume":1.000001,"expiry_date":"2026-12-01 00:00:00",
			"auto_refill":1,"threshold_percentage":80.0,"last_volume_added":7,"action_on_exhaustion":{"id":2,"peak_throughput":128000},"more":1}`)
		if set.status != 201 || set.body != "" || set.header.Get("Location") != f.url+"/api"+data {
			t.Errorf("POST: %d %q at %q", set.status, set.body, set.header.Get("Location"))
		}
		want := `{"status":{"id":1,"description":"ACTIVE"},"volume":1.000001,"expiry_date":"2026-12-01T00:00:00.000+0000","auto_refill":1,` +
			`"threshold_percentage":80,"threshold_volume":0.800001,"last_volume_added":1.000001,"last_status_change_date":"2026-11-15T12:00:30.000+0000",` +
			`"action_on_exhaustion":{"id":2,"description":"Throttle","peak_throughput":128000}}`
		if diff := cmp.Diff(want, strings.TrimSpace(f.get(data).body)); diff != "" {
			t.Error(diff)
		}
		if a := f.send(http.MethodPost, sms, `{"status":{"id":1},"volume":100,"expiry_date":"2026-12-01T01:00:00+01:00","action_on_exhaustion":{"id":2}}`); a.status != 201 {
			t.Errorf("%d %s", a.status, a.body)
		}
		want = `{"status":{"id":1,"description":"ACTIVE"},"volume":100,"expiry_date":"2026-12-01T00:00:00.000+0000","auto_refill":0,` +
			`"threshold_percentage":null,"threshold_volume":null,"last_volume_added":100,"last_status_change_date":"2026-11-15T12:00:30.000+0000",` +
			`"action_on_exhaustion":{"id":2,"description":"Throttle"}}`
		if diff := cmp.Diff(want, strings.TrimSpace(f.get(sms).body)); diff != "" {
			t.Error(diff)
		}

		f.clock.Advance(time.Hour)
		if a := f.send(http.MethodPost, data, `{"status":{"id":2},"volume":5,"expiry_date":"2026-11-20","auto_refill":false,"action_on_exhaustion":{"id":1}}`); a.status != 201 {
			t.Errorf("%d %s", a.status, a.body)
		}
		want = `{"status":{"id":2,"description":"EXHAUSTED"},"volume":5,"expiry_date":"2026-11-20T00:00:00.000+0000","auto_refill":0,` +
			`"threshold_percentage":null,"threshold_volume":null,"last_volume_added":5,"last_status_change_date":"2026-11-15T13:00:30.000+0000",` +
			`"action_on_exhaustion":{"id":1,"description":"Block"}}`
		if diff := cmp.Diff(want, strings.TrimSpace(f.get(data).body)); diff != "" {
			t.Errorf("the new one does not take the old one's place: %s", diff)
		}
		for _, path := range []string{data, sms} {
			if a := f.send(http.MethodDelete, path, ""); a.status != 204 || a.body != "" {
				t.Errorf("DELETE: %d %s", a.status, a.body)
			}
			f.get(path).fails(t, 404, 1401)
		}
		of := func(kind int64) logged { return logged{kind, int64(id), card, 77} }
		if diff := cmp.Diff([]logged{of(51), of(56), of(58), of(56), of(57), of(59)}, f.events(f.enterprise)); diff != "" {
			t.Error(diff)
		}
		wantDetail := `{"quota":{"status":{"id":1,"description":"ACTIVE"},"action_on_exhaustion":{"id":2,"description":"Throttle","peak_throughput":128000},` +
			`"volume":1.000001,"expiryDate":"2026-12-01T00:00:00.000Z","lastVolumeAdded":1.000001,"lastStatusChangeDate":"2026-11-15T12:00:30.000Z",` +
			`"autoRefill":true,"thresholdPercentage":80,"thresholdVolume":0.800001}}`
		if diff := cmp.Diff(wantDetail, f.one(`SELECT detail FROM event WHERE organisation_id = $1 AND type_id = 56 ORDER BY position LIMIT 1`, f.enterprise)); diff != "" {
			t.Error(diff)
		}
		if n := int64(id); !slices.Equal(f.judged().endpoints, []int64{n, n, n, n, n}) {
			t.Errorf("judged anew: %v", f.judged().endpoints)
		}
	})
}

func TestQuotaIsShownAsItStands(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		id := newKit(f).create("").ID
		data := quotaOf(id, "data")
		if a := f.send(http.MethodPost, data, `{"status":{"id":1},"volume":1,"expiry_date":"2026-11-17 12:00:00","auto_refill":1,"action_on_exhaustion":{"id":1}}`); a.status != 201 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		f.write(f.enterprise, func(tx *db.Tx) error { // it is used up
			q, err := quota.Get(tx, f.enterprise, int64(id), quota.Data)
			if err == nil {
				q.Take(1_500_000, f.clock.Clock().Micros())
				err = quota.Store(tx, []quota.Quota{*q})
			}
			return err
		})
		for _, step := range []struct {
			after  time.Duration
			status int64
			volume string
		}{{time.Hour, 2, "-0.5"}, {11 * time.Hour, 1, "1"}, {48 * time.Hour, 3, "1"}} {
			f.clock.Advance(step.after)
			var v quota.View
			f.get(data).into(t, 200, &v)
			volume, err := v.Volume.MarshalJSON()
			if err != nil || int64(v.Status.ID) != step.status || string(volume) != step.volume {
				t.Errorf("after %v more: status %d, %s MB", step.after, v.Status.ID, volume)
			}
		}
	})
}

// What is read can be sent back, with more volume in it.
func TestQuotaIsToppedUp(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		id := newKit(f).create("").ID
		for kind, body := range map[string]string{
			"data": `{"status":{"id":1},"volume":1,"expiry_date":"2026-12-01","threshold_percentage":null,"auto_refill":null,"action_on_exhaustion":{"id":1,"peak_throughput":null}}`,
			"sms":  `{"status":{"id":1},"volume":1,"expiry_date":"2026-12-01","threshold_percentage":50,"auto_refill":true}`,
		} {
			path := quotaOf(id, kind)
			if a := f.send(http.MethodPost, path, body); a.status != 201 {
				t.Fatalf("%s: %d %s", kind, a.status, a.body)
			}
			read := strings.Replace(f.get(path).body, `"volume":1,"expiry`, `"volume":5,"expiry`, 1)
			f.clock.Advance(time.Minute)
			if a := f.send(http.MethodPost, path, read); a.status != 201 {
				t.Fatalf("%s: %d %s", kind, a.status, a.body)
			}
			var v quota.View
			f.get(path).into(t, 200, &v)
			if v.Volume != 5_000_000 || v.LastAdded != 5_000_000 || (v.Percentage == nil) != (kind == "data") {
				t.Errorf("%s: %+v", kind, v)
			}
		}
	})
}

func TestQuotaRefuses(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		id := newKit(f).create("").ID
		const good, end = `"status":{"id":1},"volume":1,"expiry_date":"2026-12-01T00:00:00Z"`, `,"action_on_exhaustion":{"id":1}`
		for name, c := range map[string]struct{ kind, body string }{
			"nothing":                {"data", `{}`},
			"no status":              {"data", `{"volume":1,"expiry_date":"2026-12-01T00:00:00Z"` + end + `}`},
			"empty status":           {"data", `{"status":{},"volume":1,"expiry_date":"2026-12-01T00:00:00Z"` + end + `}`},
			"unknown status":         {"data", `{"status":{"id":4},"volume":1,"expiry_date":"2026-12-01T00:00:00Z"` + end + `}`},
			"no volume":              {"data", `{"status":{"id":1},"expiry_date":"2026-12-01T00:00:00Z"` + end + `}`},
			"negative volume":        {"data", `{"status":{"id":1},"volume":-1,"expiry_date":"2026-12-01T00:00:00Z"` + end + `}`},
			"part of a byte":         {"data", `{"status":{"id":1},"volume":0.0000001,"expiry_date":"2026-12-01T00:00:00Z"` + end + `}`},
			"too large":              {"data", `{"status":{"id":1},"volume":1e13,"expiry_date":"2026-12-01T00:00:00Z"` + end + `}`},
			"part of an SMS":         {"sms", `{"status":{"id":1},"volume":1.5,"expiry_date":"2026-12-01T00:00:00Z"}`},
			"no date":                {"data", `{"status":{"id":1},"volume":1` + end + `}`},
			"past date":              {"data", `{"status":{"id":1},"volume":1,"expiry_date":"2026-11-15T12:00:30Z"` + end + `}`},
			"no date at all":         {"sms", `{"status":{"id":1},"volume":1,"expiry_date":"tomorrow"}`},
			"no action":              {"data", `{` + good + `}`},
			"action null":            {"data", `{` + good + `,"action_on_exhaustion":null}`},
			"action without id":      {"data", `{` + good + `,"action_on_exhaustion":{}}`},
			"unknown action":         {"sms", `{` + good + `,"action_on_exhaustion":{"id":3}}`},
			"throttle to nothing":    {"data", `{` + good + `,"action_on_exhaustion":{"id":2}}`},
			"throttle to a bad rate": {"data", `{` + good + `,"action_on_exhaustion":{"id":2,"peak_throughput":100000}}`},
			"refill twice":           {"data", `{` + good + end + `,"auto_refill":2}`},
			"refill maybe":           {"data", `{` + good + end + `,"auto_refill":"maybe"}`},
			"threshold below":        {"data", `{` + good + end + `,"threshold_percentage":-1}`},
			"threshold above":        {"data", `{` + good + end + `,"threshold_percentage":101}`},
			"part of a per cent":     {"data", `{` + good + end + `,"threshold_percentage":1.5}`},
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPost, quotaOf(id, c.kind), c.body).fails(t, 422, 1400) })
		}
		body := `{` + good + end + `}`
		f.send(http.MethodPost, quotaOf(-1, "data"), body).fails(t, 404, 1401)
		f.send(http.MethodPost, quotaOf("x", "data"), body).fails(t, 400, 1000)
		f.call(f.token(f.other), http.MethodPost, quotaOf(id, "data"), body).fails(t, 404, 1401)
		f.call(fmt.Sprintf("%d-3-%d", f.enterprise, account.RoleObserver), http.MethodPost, quotaOf(id, "data"), body).fails(t, 403, 1104)
		if a := f.send(http.MethodPost, quotaOf(id, "data"), body); a.status != 201 {
			t.Errorf("%d %s", a.status, a.body)
		}
		f.call(f.token(f.other), http.MethodGet, quotaOf(id, "data"), "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, quotaOf(id, "data"), "").fails(t, 404, 1401)
		if len(f.judged().endpoints) != 1 {
			t.Errorf("judged anew: %v", f.judged().endpoints)
		}
		if a := f.send(http.MethodDelete, fmt.Sprintf("/v1/endpoint/%d", id), ""); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		f.get(quotaOf(id, "data")).fails(t, 404, 1401)
	})
}

func TestQuotasOfServiceProfile(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		k := newKit(f)
		profile := fmt.Sprintf("/v1/service_profile/%d/quota/", k.service)
		if a := f.send(http.MethodDelete, profile+"data", ""); a.status != 204 {
			t.Errorf("without any: %d %s", a.status, a.body)
		}
		const many = 501 // more than one transaction takes
		now := began.UnixMicro()
		f.write(f.enterprise, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO endpoint (organisation_id, id, name, status_id, service_profile_id, tariff_profile_id, sim_id, imei, imei_lock,
				ip_address_space_id, ip_address, created, last_updated) WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $1)
				SELECT $2, n, 'many', 0, CASE WHEN n = 7 THEN 99 ELSE $3 END, 1, 0, '', FALSE, 0, '', 1, 1 FROM n`, many+1, f.enterprise, k.service)
			if err != nil {
				return err
			}
			var all []quota.Quota
			for id := int64(1); id <= many+1; id++ {
				all = append(all, quota.New(f.enterprise, id, quota.Data, 5, now+1e9, -1, now), quota.New(f.enterprise, id, quota.SMS, 5, now+1e9, -1, now))
			}
			return quota.Store(tx, all)
		})
		if a := f.send(http.MethodDelete, profile+"data", ""); a.status != 204 || a.body != "" {
			t.Errorf("%d %s", a.status, a.body)
		}
		if left := f.one(`SELECT COUNT(*) || ' ' || MIN(endpoint_id * 10 + traffic_type_id) FROM endpoint_quota WHERE organisation_id = $1
			AND (endpoint_id = 7 OR traffic_type_id = 5)`, f.enterprise); left != "2 75" {
			t.Errorf("left are %s", left)
		}
		events := f.events(f.enterprise)
		if len(events) != many || slices.ContainsFunc(events, func(e logged) bool { return e.Type != 57 || e.User != 77 || e.Endpoint == 7 }) {
			t.Errorf("%d events", len(events))
		}
		if !slices.Equal(f.judged().profiles, []int64{k.service, k.service}) {
			t.Errorf("judged anew: %v", f.judged().profiles)
		}
		f.send(http.MethodDelete, profile+"voice", "").fails(t, 404, 1201)
		f.send(http.MethodDelete, "/v1/service_profile/999/quota/sms", "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, profile+"sms", "").fails(t, 404, 1401)
	})
}

func TestQuotaExpires(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		k := newKit(f)
		card := f.stock(1, sim.Activated)
		id := int64(k.create(fmt.Sprintf(`"sim":{"id":%d}`, card)).ID)
		gone := int64(k.create("").ID)
		for _, path := range []string{quotaOf(id, "data"), quotaOf(id, "sms"), quotaOf(gone, "data")} {
			if a := f.send(http.MethodPost, path, `{"status":{"id":1},"volume":1,"expiry_date":"2026-11-15T12:01:00Z","action_on_exhaustion":{"id":1}}`); a.status != 201 {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
		if a := f.send(http.MethodDelete, fmt.Sprintf("/v1/endpoint/%d", gone), ""); a.status != 204 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		f.write(f.enterprise, func(tx *db.Tx) error {
			return session.Store(tx, []*session.Session{{
				Key: session.Key{Organisation: f.enterprise, NAS: "pgw", SessionID: "1"}, ID: 1, Endpoint: id, SIM: card,
			}})
		})
		var told []int64
		expire := func() {
			t.Helper()
			f.must(quota.Expire(context.Background(), f.db, f.clock.Clock(), func(organisation int64, endpoints ...int64) {
				if organisation != f.enterprise {
					t.Errorf("organisation %d", organisation)
				}
				told = append(told, endpoints...)
			}))
		}
		before := len(f.events(f.enterprise))
		f.clock.Advance(29 * time.Second)
		expire()
		if len(told) != 0 || len(f.events(f.enterprise)) != before {
			t.Error("a quota expires before its date")
		}
		f.clock.Advance(time.Second)
		// A report comes first: it finds the quota expired and stores it so.
		f.write(f.enterprise, func(tx *db.Tx) error {
			q, err := quota.Get(tx, f.enterprise, id, quota.Data)
			if err == nil {
				q.Take(10, f.clock.Clock().Micros())
				err = quota.Store(tx, []quota.Quota{*q})
			}
			return err
		})
		expire()
		expire()
		if diff := cmp.Diff([]logged{{60, id, card, 0}}, f.events(f.enterprise)[before:]); diff != "" {
			t.Error(diff)
		}
		if !slices.Equal(told, []int64{id, id}) { // its data and its SMS
			t.Errorf("judged anew: %v", told)
		}
		if got := f.one(`SELECT severity_id || ' ' || source_id || ' ' || alert || detail FROM event WHERE organisation_id = $1 AND type_id = 60`, f.enterprise); got != "1 1 1" && got != "1 1 true" {
			t.Errorf("event 60: severity, source, alert, detail are %s", got)
		}
		if n := f.one(`SELECT COUNT(*) || '' FROM endpoint_quota WHERE status_id = 3 AND told >= 4`); n != "3" {
			t.Errorf("%s quotas are stored as expired", n)
		}
	})
}
