package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/sms"
)

func smsRoutes(a *API, r *rest.API) {
	a.endpointRoutes(r)
	a.smsRoutes(r)
	a.quotaRoutes(r)
}

// withSMS makes an endpoint that may have SMS and returns the path of its SMS.
func (k kit) withSMS(n int64) string {
	k.t.Helper()
	k.exec(`INSERT INTO service_profile_service SELECT $1, $2, 6 WHERE NOT EXISTS (SELECT 1 FROM service_profile_service WHERE service_profile_id = $2)`, k.enterprise, k.service)
	e := k.create(fmt.Sprintf(`"name":"tram","sim":{"id":%d}`, k.stock(n, sim.Activated)))
	return fmt.Sprintf("/v1/endpoint/%d/sms", e.ID)
}

func TestSMS(t *testing.T) {
	onEach(t, smsRoutes, func(f *fixture) {
		k := newKit(f)
		path := k.withSMS(1)
		a := f.send(http.MethodPost, path, `{"payload":"Hello","source_address":"Depot","source_address_type":{"id":208}}`)
		if a.status != 201 || a.body != "" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		one := strings.TrimPrefix(a.header.Get("Location"), f.url+"/api")
		if !strings.HasPrefix(one, path+"/") {
			t.Fatalf("Location is %q", a.header.Get("Location"))
		}
		var s sms.SMS
		f.get(one).into(t, 200, &s)
		if s.Status.ID != 3 || s.Status.Status != "BUFFERED" || s.Payload != "Hello" || *s.Source != "Depot" || s.SourceType.ID != 208 || s.Type.Description != "MT" ||
			*s.MSISDN != "88239000001" || *s.Destination != "88239000001" || s.Endpoint.Name != "tram" || s.Final != 0 ||
			s.Expiry-s.SubmitDate != 24*3600*1e6 {
			t.Errorf("%+v", s)
		}
		var list []sms.SMS
		f.get(path).into(t, 200, &list)
		if len(list) != 1 || list[0].ID != s.ID {
			t.Errorf("listed %+v", list)
		}
		f.call(f.token(f.other), http.MethodGet, one, "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodGet, path, "").fails(t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, one, "").fails(t, 404, 1401)
		if a := f.send(http.MethodDelete, one, ""); a.status != 200 || a.body != "{}" {
			t.Errorf("%d %s", a.status, a.body)
		}
		f.get(one).into(t, 200, &s)
		if s.Status.ID != 7 || s.Final == 0 {
			t.Errorf("%+v", s)
		}
		f.send(http.MethodDelete, one, "").fails(t, 409, 1406)

		a = f.send(http.MethodPost, path, `{"payload":"soon","expiry_date":"2026-11-15T12:01:00Z"}`)
		one = strings.TrimPrefix(a.header.Get("Location"), f.url+"/api")
		f.clock.Advance(time.Minute)
		f.get(one).into(t, 200, &s)
		if s.Status.ID != 6 || s.Final != s.Expiry {
			t.Errorf("%+v", s)
		}
		f.send(http.MethodDelete, one, "").fails(t, 409, 1406)
	})
}

func TestSMSRefuses(t *testing.T) {
	onEach(t, smsRoutes, func(f *fixture) {
		k := newKit(f)
		path := k.withSMS(1)
		for body, ok := range map[string]bool{
			`{}`: false,
			`{"payload":"` + strings.Repeat("a", 160) + `"}`:                                                               true,
			`{"payload":"` + strings.Repeat("a", 161) + `"}`:                                                               false,
			`{"payload":"` + strings.Repeat("€", 81) + `"}`:                                                                false,
			`{"payload":"` + strings.Repeat("я", 70) + `","dcs":8}`:                                                        true,
			`{"payload":"` + strings.Repeat("я", 71) + `","dcs":8}`:                                                        false,
			`{"payload":"` + strings.Repeat("a", 153) + `","udh":"050003010201"}`:                                          true,
			`{"payload":"` + strings.Repeat("a", 154) + `","udh":"050003010201"}`:                                          false,
			`{"payload":"x","udh":"0500"}`:                                                                                 false,
			`{"payload":"x","udh":"zz"}`:                                                                                   false,
			`{"payload":"x","dcs":256}`:                                                                                    false,
			`{"payload":"x","source_address":"Depot"}`:                                                                     false,
			`{"payload":"x","source_address":"ABCDEFGHIJKL","source_address_type":{"id":208}}`:                             false,
			`{"payload":"x","source_address":"+4912345","source_address_type":{"id":"145","description":"International"}}`: true,
			`{"payload":"x","source_address_type":{"id":1}}`:                                                               false,
			`{"payload":"x","dest_address":"me"}`:                                                                          false,
			`{"payload":"x","expiry_date":"2020-01-01T00:00:00Z"}`:                                                         false,
		} {
			a := f.send(http.MethodPost, path, body)
			if ok && a.status != 201 {
				t.Errorf("%s: %d %s", body, a.status, a.body)
			}
			if !ok {
				a.fails(t, 422, 1400)
			}
		}
		f.send(http.MethodPost, "/v1/endpoint/999/sms", `{"payload":"x"}`).fails(t, 404, 1401)
		f.send(http.MethodPost, path, `{"payload":`).fails(t, 400, 1000)
		f.call(fmt.Sprintf("%d-3-3", f.enterprise), http.MethodPost, path, `{"payload":"x"}`).fails(t, 403, 1104)

		closed := func(statement, undo string) {
			f.exec(statement)
			f.send(http.MethodPost, path, `{"payload":"x"}`).fails(t, 409, 1406)
			f.exec(undo)
		}
		closed(`UPDATE endpoint SET status_id = 1`, `UPDATE endpoint SET status_id = 0`)
		closed(`UPDATE sim SET status_id = 2`, `UPDATE sim SET status_id = 1`)
		closed(`UPDATE service_profile_service SET service_id = 32`, `UPDATE service_profile_service SET service_id = 6`)
		closed(`UPDATE service_profile SET apply_sms_quota = TRUE`, `SELECT 1 WHERE FALSE`)
		quota := strings.TrimSuffix(path, "sms") + "quota/sms"
		if a := f.send(http.MethodPost, quota, `{"status":{"id":1},"volume":1,"expiry_date":"2027-01-01"}`); a.status != 201 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if a := f.send(http.MethodPost, path, `{"payload":"x"}`); a.status != 201 {
			t.Errorf("%d %s", a.status, a.body)
		}
		closed(`UPDATE endpoint_quota SET volume = 0, status_id = 2`, `UPDATE service_profile SET apply_sms_quota = FALSE, prepaid = TRUE`)
		f.send(http.MethodPost, path, `{"payload":"x"}`).fails(t, 409, 1406)
	})
}
