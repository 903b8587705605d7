package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/rest"
)

func lookups(a *API, r *rest.API) {
	a.lookupRoutes(r)
	a.operatorRoutes(r)
	a.eventRoutes(r)
}

// row finds an entry of a look-up by its id.
func row(t *testing.T, a answer, id float64) map[string]any {
	t.Helper()
	var rows []map[string]any
	a.into(t, http.StatusOK, &rows)
	for _, r := range rows {
		if r["id"] == id {
			return r
		}
	}
	t.Fatalf("no entry %v among %d", id, len(rows))
	return nil
}

func ids(t *testing.T, a answer) []int {
	t.Helper()
	var rows []struct{ ID int }
	a.into(t, http.StatusOK, &rows)
	var out []int
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func same(t *testing.T, got any, want string) {
	t.Helper()
	var decoded any
	if err := json.Unmarshal([]byte(want), &decoded); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded, got); diff != "" {
		t.Error(diff)
	}
}

func TestCountries(t *testing.T) {
	onEach(t, lookups, func(f *fixture) {
		same(f.t, any(row(f.t, f.get("/v1/country"), 1)),
			`{"id": 1, "name": "Afghanistan", "country_code": "93", "mcc": "412", "iso_code": "af"}`)
		for _, query := range []string{"?geographic", "?geographic=true"} {
			same(f.t, any(row(f.t, f.get("/v1/country"+query), 1)),
				`{"id": 1, "name": "Afghanistan", "country_code": "93", "mcc": "412", "iso_code": "af", "latitude": 33, "longitude": 66}`)
		}
		if got := row(f.t, f.get("/v1/country?geographic=false"), 1); got["latitude"] != nil {
			f.t.Errorf("got %v", got)
		}
		f.get("/v1/country?geographic=perhaps").fails(f.t, 422, 1400)
	})
}

func TestCurrencies(t *testing.T) {
	onEach(t, lookups, func(f *fixture) {
		same(f.t, any(row(f.t, f.get("/v1/currency"), 1)), `{"id": 1, "code": "EUR", "symbol": "€"}`)
	})
}

func TestOperators(t *testing.T) {
	onEach(t, lookups, func(f *fixture) {
		got := f.get("/v1/operator")
		same(f.t, any(row(f.t, got, 1)), `{"id": 1, "name": "AWCC",
			"country": {"id": 1, "name": "Afghanistan", "country_code": 93, "mcc": 412, "iso_code": "af", "latitude": 33, "longitude": 66},
			"country_name": "Afghanistan", "name_and_country": "AWCC, Afghanistan", "inbound_roamers_allowed": true,
			"mnc": [{"id": 41201, "mnc": "01", "operator_id": 1}], "tapcode": []}`)
		if h := got.header.Get("X-Total-Count"); h != "" {
			f.t.Errorf("X-Total-Count %q: the list has no pages", h)
		}
	})
}

func TestRATTypes(t *testing.T) {
	onEach(t, lookups, func(f *fixture) {
		same(f.t, any(row(f.t, f.get("/v1/rat_type"), 6)), `{"id": 6, "description": "EUTRAN (4G)"}`)
		tests := []struct {
			query string
			want  []int
		}{
			{"", []int{1, 2, 3, 5, 6, 8, 9, 10, 17}},
			{"?blacklistable", []int{1, 2, 5, 6, 8, 9, 10, 17}},
			{"?blacklistable=true", []int{1, 2, 5, 6, 8, 9, 10, 17}},
			{"?limitable", []int{1, 2, 3, 5, 6, 8, 9, 10, 17}},
			{"?blacklistable&limitable", []int{1, 2, 5, 6, 8, 9, 10, 17}},
			{"?blacklistable=false", []int{1, 2, 3, 5, 6, 8, 9, 10, 17}},
		}
		for _, tt := range tests {
			f.t.Run(tt.query, func(t *testing.T) {
				if diff := cmp.Diff(tt.want, ids(t, f.get("/v1/rat_type"+tt.query))); diff != "" {
					t.Error(diff)
				}
			})
		}
		f.get("/v1/rat_type?limitable=2").fails(f.t, 422, 1400)
	})
}

func TestServiceLookup(t *testing.T) {
	onEach(t, lookups, func(f *fixture) {
		got := f.get("/v1/service")
		if diff := cmp.Diff([]int{0, 3, 6, 32, 38}, ids(f.t, got)); diff != "" {
			f.t.Error(diff)
		}
		same(f.t, any(row(f.t, got, 38)), `{"id": 38, "description": "Data", "teleservice_code": null, "used_with_vlr": false,
			"used_with_sgsn": true, "traffic_type": {"id": 5, "description": "Data", "unit": "MB"}}`)
		same(f.t, any(row(f.t, got, 6)), `{"id": 6, "description": "SMS MT", "teleservice_code": 33, "used_with_vlr": true,
			"used_with_sgsn": true, "traffic_type": {"id": 6, "description": "SMS", "unit": "SMS"}}`)
		if got := row(f.t, got, 0); got["traffic_type"] != nil {
			f.t.Errorf("USSD: %v", got)
		}
	})
}

func TestEventTypes(t *testing.T) {
	onEach(t, lookups, func(f *fixture) {
		got := f.get("/v1/event/type")
		list := ids(f.t, got)
		if !slices.IsSorted(list) || len(list) < 60 || list[0] != 0 {
			f.t.Errorf("ids %v", list)
		}
		same(f.t, any(row(f.t, got, 3)), `{"id": 3, "description": "Create PDP Context"}`)
	})
}

func TestLookupsNeedAToken(t *testing.T) {
	onEach(t, lookups, func(f *fixture) {
		for _, path := range []string{"country", "currency", "operator", "rat_type", "service", "event/type", "event", "endpoint/1/event", "sim/1/event"} {
			if got := f.call("", http.MethodGet, "/v1/"+path, ""); got.status != http.StatusUnauthorized {
				f.t.Errorf("%s: %d", path, got.status)
			}
			if got := f.call("1-3-3", http.MethodGet, "/v1/"+path, ""); got.status != http.StatusOK {
				f.t.Errorf("%s for an observer: %d: %s", path, got.status, got.body)
			}
		}
	})
}
