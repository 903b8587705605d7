package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/rest"
)

func tariffOps(a *API, r *rest.API) {
	tariffProfileOps(a, r)
	a.tariffRoutes(r)
	a.ratezoneRoutes(r)
	a.ratezoneVolumeRoutes(r)
}

// picks reads fields of what a path shows to an organisation.
func (f *fixture) picks(organisation int64, path string, fields ...string) (out []any) {
	f.t.Helper()
	var got map[string]any
	f.as(organisation, http.MethodGet, path, "").into(f.t, 200, &got)
	for _, field := range fields {
		value, ok := got[field]
		if !ok {
			f.t.Errorf("%s has no %s", path, field)
		}
		out = append(out, value)
	}
	return out
}

func TestTariff(t *testing.T) {
	onEach(t, tariffOps, func(f *fixture) {
		f.exec(`INSERT INTO pdp_context_definition (id, organisation_id, apn, auto_assign) VALUES (70, $1, 'iot', TRUE)`, f.operator)
		place := f.makes(f.operator, "/v1/tariff", `{"name":"World","description":"d","currency":{"id":1},"sim_activated_rate":0.5,
			"data_blocksize":{"id":2},"data_throttle":{"id":1},"rounding_scope":{"id":1}}`)
		same(f.t, f.picks(f.operator, place, "id", "name", "status", "currency", "data_blocksize", "data_throttle", "rounding_scope", "sim_activated_rate",
			"default_sms_mt_rate", "public", "used_count", "assigned_count", "pdp_context_definition", "created"),
			`[`+last(place)+`,"World",{"id":0,"description":"Staging"},{"id":1,"code":"EUR","symbol":"€"},{"id":2,"octets":"1000","description":"1 kB"},
			{"id":1,"octets":"128000","description":"128 kbit/s"},{"id":1,"description":"Day"},0.5,0,false,0,0,[{"id":70,"apn":"iot","default":true}],
			"2026-11-15T12:00:30.000+0000"]`)
		version := func() string { return f.one(`SELECT CAST(version AS TEXT) FROM catalogue`) }
		before := version()
		f.does(f.operator, http.MethodPatch, place, `{"data_throttle":null,"data_blocksize":{"id":10},"currency":{"id":2},"status":{"id":1},"public":true}`)
		if version() == before {
			f.t.Error("rating does not hear of it")
		}
		same(f.t, f.picks(f.operator, place, "data_throttle", "data_blocksize", "status", "name"),
			`[null,{"id":1,"octets":"1","description":"exact"},{"id":1,"description":"Active"},"World"]`)
		for name, body := range map[string]string{
			"name": `{"name":" "}`, "currency of an active one": `{"currency":{"id":1}}`, "block": `{"data_blocksize":{"id":77}}`, "throttle": `{"data_throttle":{"id":77}}`,
			"back to staging": `{"status":{"id":0}}`, "deleted": `{"status":{"id":3}}`, "negative": `{"sim_issued_rate":-1}`, "rounding": `{"rounding_scope":{"id":3}}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.as(f.operator, http.MethodPatch, place, body).fails(t, 422, 1400) })
		}
		for _, body := range []string{`{}`, `{"name":"a"}`, `{"name":"a","currency":{"id":99999}}`} {
			f.as(f.operator, http.MethodPost, "/v1/tariff", body).fails(f.t, 422, 1400)
		}
		// It is public: the reseller sees it and cannot change it.
		same(f.t, f.picks(f.reseller, place, "name"), `["World"]`)
		f.as(f.reseller, http.MethodPatch, place, `{"name":"Mine"}`).fails(f.t, 404, 1401)
		f.does(f.operator, http.MethodPatch, place, `{"public":false}`)
		f.as(f.reseller, http.MethodGet, place, "").fails(f.t, 404, 1401)
		f.as(f.enterprise, http.MethodGet, place, "").fails(f.t, 403, 1104)
		f.as(f.enterprise, http.MethodPost, "/v1/tariff", `{}`).fails(f.t, 403, 1104)
		f.exec(`INSERT INTO organisation_tariff VALUES ($1, CAST($2 AS BIGINT))`, f.reseller, last(place))
		same(f.t, f.picks(f.reseller, place, "assigned_count"), `[1]`)
		f.as(f.operator, http.MethodDelete, place, "").fails(f.t, 409, 1406)
		f.exec(`DELETE FROM organisation_tariff`)
		f.does(f.operator, http.MethodDelete, place, "")
		f.as(f.operator, http.MethodGet, place, "").fails(f.t, 404, 1401)
		var list []any
		if f.as(f.operator, http.MethodGet, "/v1/tariff", "").into(f.t, 200, &list); len(list) != 0 {
			f.t.Errorf("list %v", list)
		}
	})
}

func TestRatezone(t *testing.T) {
	onEach(t, tariffOps, func(f *fixture) {
		place := f.makes(f.operator, "/v1/tariff", `{"name":"World","currency":{"id":1}}`)
		zone := f.makes(f.operator, place+"/ratezone", `{"name":"Home","valid_from":"2026-01-01","valid_until":null}`)
		f.does(f.operator, http.MethodPut, zone+"/operator/1", "")
		f.as(f.operator, http.MethodPut, zone+"/operator/1", "").fails(f.t, 409, 1405)
		f.as(f.operator, http.MethodPut, zone+"/operator/999999", "").fails(f.t, 404, 1401)
		same(f.t, f.picks(f.operator, zone, "name", "status", "valid_from", "valid_until", "coverage", "rate"),
			`["Home",{"id":0,"description":"Staging"},"2026-01-01T00:00:00.000+0000",null,[{"id":1,"name":"AWCC","country":{"id":1,"name":"Afghanistan"}}],[]]`)
		f.does(f.operator, http.MethodPatch, zone, `{"status":{"id":1},"valid_until":"2027-01-01"}`)
		// Another zone may have the operator when this one is over, and not before.
		next := f.makes(f.operator, place+"/ratezone", `{"name":"Later","valid_from":"2026-12-31"}`)
		f.as(f.operator, http.MethodPut, next+"/operator/1", "").fails(f.t, 409, 1405)
		f.does(f.operator, http.MethodPatch, next, `{"valid_from":"2027-01-01"}`)
		f.does(f.operator, http.MethodPut, next+"/operator/1", "")
		f.does(f.operator, http.MethodDelete, next+"/operator/1", "")
		f.as(f.operator, http.MethodDelete, next+"/operator/1", "").fails(f.t, 404, 1401)
		for _, body := range []string{
			`{}`, `{"name":"a"}`, `{"name":"","valid_from":"2026-01-01"}`, `{"name":"a","valid_from":"2026-01-02","valid_until":"2026-01-02"}`,
			`{"name":"a","valid_from":"2026-01-01","status":{"id":2}}`,
		} {
			f.as(f.operator, http.MethodPost, place+"/ratezone", body).fails(f.t, 422, 1400)
		}
		f.as(f.reseller, http.MethodPost, place+"/ratezone", `{"name":"a","valid_from":"2026-01-01"}`).fails(f.t, 404, 1401)
		f.as(f.reseller, http.MethodGet, place+"/ratezone", "").fails(f.t, 404, 1401)
		f.as(f.enterprise, http.MethodGet, zone, "").fails(f.t, 403, 1104)
		f.does(f.operator, http.MethodDelete, next, "")
		f.as(f.operator, http.MethodGet, next, "").fails(f.t, 404, 1401)
		var list []any
		if f.as(f.operator, http.MethodGet, place+"/ratezone", "").into(f.t, 200, &list); len(list) != 1 {
			f.t.Errorf("list %v", list)
		}
	})
}

func TestRatesAreVersions(t *testing.T) {
	onEach(t, tariffOps, func(f *fixture) {
		place := f.makes(f.operator, "/v1/tariff", `{"name":"World","currency":{"id":1}}`)
		f.does(f.operator, http.MethodPatch, place, `{"status":{"id":1}}`)
		zone := f.makes(f.operator, place+"/ratezone", `{"name":"Home","valid_from":"2026-01-01","status":{"id":1}}`)
		rates := zone + "/rate"
		lines := func() (out string) {
			f.t.Helper()
			var list []struct {
				Rate       float64
				ValidFrom  string  `json:"valid_from"`
				ValidUntil *string `json:"valid_until"`
			}
			f.as(f.operator, http.MethodGet, rates, "").into(f.t, 200, &list)
			for _, r := range list {
				until := "open"
				if r.ValidUntil != nil {
					until = (*r.ValidUntil)[:10]
				}
				out += fmt.Sprintf("%v %s-%s, ", r.Rate, r.ValidFrom[:10], until)
			}
			return out
		}
		is := func(want string) {
			f.t.Helper()
			if got := lines(); got != want {
				f.t.Errorf("got  %s\nwant %s", got, want)
			}
		}
		data := func(more string) string {
			return `{"service":{"id":38},"volume":1,"currency":{"id":1},"valid_until":null,` + more + `}`
		}
		first := f.makes(f.operator, rates, data(`"rate":0.1,"valid_from":"2026-01-01"`)) // the first one may lie back
		f.makes(f.operator, rates, `{"service":{"id":32},"rate":10,"volume":100,"valid_from":"2026-01-01"}`)
		if got := f.one(`SELECT CAST(rate AS TEXT) FROM ratezone_rate WHERE service_id = 32`); got != "1000000000" {
			f.t.Errorf("an SMS costs %s", got)
		}
		f.exec(`DELETE FROM ratezone_rate WHERE service_id = 32`)
		second := f.makes(f.operator, rates, data(`"rate":0.2,"valid_from":"2026-12-01"`))
		is("0.1 2026-01-01-2026-12-01, 0.2 2026-12-01-open, ")
		f.makes(f.operator, rates, data(`"rate":0.15,"valid_from":"2026-11-20"`)) // between them
		is("0.1 2026-01-01-2026-11-20, 0.15 2026-11-20-2026-12-01, 0.2 2026-12-01-open, ")
		f.as(f.operator, http.MethodPost, rates, data(`"rate":9,"valid_from":"2026-12-01"`)).fails(f.t, 409, 1405)
		for name, body := range map[string]string{
			"past": data(`"rate":1,"valid_from":"2026-11-01"`), "no rate": data(`"valid_from":"2026-12-24"`), "negative": data(`"rate":-1,"valid_from":"2026-12-24"`),
			"no service": `{"rate":1,"valid_from":"2026-12-24"}`, "voice": `{"service":{"id":3},"rate":1,"valid_from":"2026-12-24"}`,
			"too fine": `{"service":{"id":38},"rate":1,"volume":3,"valid_from":"2026-12-24"}`, "currency": `{"service":{"id":38},"rate":1,"currency":{"id":2},"valid_from":"2026-12-24"}`,
			"order": `{"service":{"id":38},"rate":1,"valid_from":"2026-12-24","valid_until":"2026-12-23"}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.as(f.operator, http.MethodPost, rates, body).fails(t, 422, 1400) })
		}
		// What has begun keeps its beginning and its price; it can end.
		f.as(f.operator, http.MethodPatch, first, `{"valid_from":"2026-02-01"}`).fails(f.t, 422, 1400)
		f.as(f.operator, http.MethodPatch, first, `{"valid_until":"2026-11-14"}`).fails(f.t, 422, 1400)
		f.as(f.operator, http.MethodPatch, first, `{"valid_until":null}`).fails(f.t, 422, 1400) // it would meet the next
		f.as(f.operator, http.MethodDelete, first, "").fails(f.t, 409, 1406)
		f.does(f.operator, http.MethodPatch, first, `{"valid_until":"2026-11-18"}`)
		f.does(f.operator, http.MethodPatch, second, `{"valid_from":"2026-12-02","valid_until":"2027-01-01"}`)
		is("0.1 2026-01-01-2026-11-18, 0.15 2026-11-20-2026-12-01, 0.2 2026-12-02-2027-01-01, ")
		f.does(f.operator, http.MethodDelete, second, "")
		is("0.1 2026-01-01-2026-11-18, 0.15 2026-11-20-2026-12-01, ")
		f.clock.Advance(time.Hour)
		f.as(f.operator, http.MethodPost, rates, `{"service":{"id":38},"rate":0.3}`) // from now on
		is("0.1 2026-01-01-2026-11-15, 0.3 2026-11-15-2026-11-20, 0.15 2026-11-20-2026-12-01, ")
		f.as(f.operator, http.MethodGet, second, "").fails(f.t, 404, 1401)
		f.as(f.reseller, http.MethodPost, rates, data(`"rate":1,"valid_from":"2026-12-24"`)).fails(f.t, 404, 1401)
		f.as(f.enterprise, http.MethodPost, rates, `{}`).fails(f.t, 403, 1104)
	})
}

func TestTariffChangeIsHandedOn(t *testing.T) {
	onEach(t, tariffOps, func(f *fixture) {
		f.withVolumes()
		control := f.controlled()
		mine := last(f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500}}`))
		f.made("/v1/tariff_profile", `{"name":"Other","tariff":{"id":501}}`)
		control.takes()
		f.does(f.operator, http.MethodPut, "/v1/tariff/500/ratezone/600/operator/1", "")
		if got := fmt.Sprint(control.takes()); got != fmt.Sprintf("[%d tariff profile %s]", f.enterprise, mine) {
			f.t.Errorf("told %s", got)
		}
		f.ok(http.MethodPut, "/v1/tariff_profile/"+mine+"/inclusive_volume/11", "", 204)
		f.as(f.operator, http.MethodDelete, "/v1/tariff/500/ratezone/600", "").fails(f.t, 409, 1406)
	})
}

func TestOffers(t *testing.T) {
	onEach(t, tariffOps, func(f *fixture) {
		place := f.makes(f.operator, "/v1/tariff", `{"name":"World","currency":{"id":1}}`)
		zone := f.makes(f.operator, place+"/ratezone", `{"name":"Home","valid_from":"2026-01-01"}`)
		offer := f.makes(f.operator, zone+"/inclusive_volume", `{"volume":10.5,"rate":2}`)
		want := `{"id":` + last(offer) + `,"tariff":{"id":` + last(place) + `,"name":"World"},"ratezone":{"id":` + last(zone) + `,"name":"Home"},"volume":10.5,"rate":%s,
			"currency_id":1,"status":{"id":%s}}`
		var got any
		f.as(f.operator, http.MethodGet, offer, "").into(f.t, 200, &got)
		same(f.t, got, fmt.Sprintf(want, "2", `1,"description":"Active"`))
		f.does(f.operator, http.MethodPatch, offer, `{"rate":3,"status":{"id":2}}`)
		f.as(f.operator, http.MethodGet, place+"/inclusive_volume", "").into(f.t, 200, &got)
		same(f.t, got, "["+fmt.Sprintf(want, "3", `2,"description":"Deprecated"`)+"]")
		for _, body := range []string{`{}`, `{"volume":1}`, `{"volume":0,"rate":1}`, `{"volume":200000,"rate":1}`, `{"volume":1,"rate":-1}`} {
			f.as(f.operator, http.MethodPost, zone+"/inclusive_volume", body).fails(f.t, 422, 1400)
		}
		f.as(f.reseller, http.MethodPatch, offer, `{"rate":3}`).fails(f.t, 404, 1401)
		f.as(f.enterprise, http.MethodGet, offer, "").fails(f.t, 403, 1104)
		f.does(f.operator, http.MethodDelete, offer, "")
		f.as(f.operator, http.MethodGet, offer, "").fails(f.t, 404, 1401)
	})
}
