package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
)

func bulkRoutes(a *API, r *rest.API) {
	endpointAndSIMRoutes(a, r)
	a.endpointBulkRoutes(r)
	a.simDeleteRoutes(r)
}

// shared is the JSON of a creation in bulk, but for its endpoints.
func (k kit) shared(endpoints string) string {
	return fmt.Sprintf(`{"service_profile":{"id":%d},"tariff_profile":{"id":%d.0},"status":{"id":"0"},"ip_address_space":{"id":%d},"endpoints":[%s]}`,
		k.service, k.tariff, k.space, endpoints)
}

func TestBulkCreate(t *testing.T) {
	onEach(t, bulkRoutes, func(f *fixture) {
		k := newKit(f)
		first, second := f.stock(1, sim.Issued), f.stock(2, sim.Issued)
		var made []endpoint.Endpoint
		a := f.send(http.MethodPost, "/v2/endpoint/multi", k.shared(fmt.Sprintf(`{"name":"A","tags":"x","sim":{"id":%d,"activate":true}},
			{"name":"B","sim":{"id":%d,"status":{"id":5}},"ip_address":"10.192.0.1","imei":"35824005111111"},{}`, first, second)))
		a.into(t, 201, &made)
		if a.header.Get("Location") != "" {
			t.Errorf("Location is %q", a.header.Get("Location"))
		}
		if len(made) != 3 || *made[0].IPAddress != "10.192.0.2" || *made[1].IPAddress != "10.192.0.1" || *made[2].IPAddress != "10.192.0.3" {
			t.Fatalf("made %+v", made)
		}
		for _, e := range made {
			if diff := cmp.Diff(e, k.show(e.ID)); diff != "" {
				t.Error(diff)
			}
		}
		one, two := int64(made[0].ID), int64(made[1].ID)
		if diff := cmp.Diff([]logged{{51, one, first, 77}, {8, one, first, 77}, {51, two, second, 77}, {45, two, second, 77}}, f.events(f.enterprise)); diff != "" {
			t.Error(diff)
		}
		for name, test := range map[string]struct {
			body         string
			status, code int
			says         string
		}{
			"one wrong of two":   {k.shared(`{"name":"C"},{"imei":"1"}`), 422, 1400, "endpoints[1] - imei"},
			"a SIM twice":        {k.shared(fmt.Sprintf(`{"sim":{"id":%d}}`, first)), 422, 1400, "another endpoint"},
			"an address twice":   {k.shared(`{"ip_address":"10.192.0.5"},{"ip_address":"10.192.0.5"}`), 422, 1400, "endpoints[1] - IP address"},
			"a taken address":    {k.shared(`{"ip_address":"10.192.0.1"}`), 422, 1400, "belongs to another"},
			"too few addresses":  {k.shared(`{},{},{},{}`), 404, 1601, ""},
			"no endpoint":        {k.shared(``), 422, 1400, ""},
			"not JSON":           {`{"endpoints":[`, 400, 1000, ""},
			"unknown profile":    {`{"service_profile":{"id":999},"tariff_profile":{"id":1},"status":{"id":0},"endpoints":[{}]}`, 422, 1400, "endpoints[0] - service_profile"},
			"more than may come": {k.shared(strings.Repeat(`{},`, 2000) + `{}`), 422, 1400, ""},
		} {
			a := f.send(http.MethodPost, "/v2/endpoint/multi", test.body)
			if a.fails(t, test.status, test.code); !strings.Contains(a.body, test.says) {
				t.Errorf("%s: %s", name, a.body)
			}
		}
		if n := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM endpoint`); n != "3" {
			t.Errorf("%s endpoints: a refused request made some", n)
		}
	})
}

func TestBulkChange(t *testing.T) {
	onEach(t, bulkRoutes, func(f *fixture) {
		k := newKit(f)
		s := f.stock(1, sim.Activated)
		a, b := k.create(fmt.Sprintf(`"name":"A","tags":"t","sim":{"id":%d}`, s)), k.create(`"status":{"id":1}`)
		patch := func(body string) answer { return f.send(http.MethodPatch, "/v2/endpoint/multi", body) }
		// The SIM goes from one to the other, which is enabled, and they swap what they are called.
		if got := patch(fmt.Sprintf(`[{"id":%d,"sim":null,"name":"B","tags":""},{"id":"%d","sim":{"id":%d},"name":"A","status":{"id":0}},{"id":%[1]d.0}]`,
			a.ID, b.ID, s)); got.status != 422 {
			t.Errorf("one endpoint twice: %d %s", got.status, got.body)
		}
		if got := patch(fmt.Sprintf(`[{"id":%d,"sim":null,"name":"B","tags":""},{"id":"%d","sim":{"id":%d},"name":"A","status":{"id":0}}]`,
			a.ID, b.ID, s)); got.status != 204 || got.body != "" {
			t.Fatalf("%d %s", got.status, got.body)
		}
		x, y := k.show(a.ID), k.show(b.ID)
		if x.Name != "B" || x.SIM != nil || x.Tags != nil || y.Name != "A" || y.SIM == nil || int64(y.SIM.ID) != s || y.Status.ID != 0 {
			t.Errorf("%+v\n%+v", x, y)
		}
		want := []logged{{51, int64(a.ID), s, 77}, {50, int64(a.ID), s, 77}, {51, int64(b.ID), s, 77}, {42, int64(b.ID), s, 77}}
		if diff := cmp.Diff(want, f.events(f.enterprise)); diff != "" {
			t.Error(diff)
		}
		// Addresses swap too.
		if got := patch(fmt.Sprintf(`[{"id":%d,"ip_address":%q},{"id":%d,"ip_address":%q}]`, a.ID, *y.IPAddress, b.ID, *x.IPAddress)); got.status != 204 {
			t.Errorf("%d %s", got.status, got.body)
		}
		if swapped := k.show(a.ID); *swapped.IPAddress != *y.IPAddress {
			t.Errorf("address is %s", *swapped.IPAddress)
		}
		if got := patch(`[]`); got.status != 204 {
			t.Errorf("nothing: %d %s", got.status, got.body)
		}
		patch(fmt.Sprintf(`[{"id":%d,"name":"Z"},{"id":999}]`, a.ID)).fails(t, 404, 1401)
		patch(fmt.Sprintf(`[{"id":%d,"name":"Z"},{"id":%d,"imei":"1"}]`, a.ID, b.ID)).fails(t, 422, 1400)
		patch(fmt.Sprintf(`[{"id":%d,"status":{"id":1}},{"id":%d,"sim":{"id":null}}]`, a.ID, b.ID))
		patch(fmt.Sprintf(`[{"id":%d,"status":{"id":0}}]`, a.ID)).fails(t, 422, 1400)
		patch(`[{"name":"nobody"}]`).fails(t, 422, 1400)
		if got := k.show(a.ID); got.Name != "B" || got.Status.ID != 1 {
			t.Errorf("%+v", got)
		}
	})
}

func TestBulkDelete(t *testing.T) {
	onEach(t, bulkRoutes, func(f *fixture) {
		k := newKit(f)
		active, issued, ended := f.stock(1, sim.Activated), f.stock(2, sim.Issued), f.stock(3, sim.Activated)
		a, b := k.create(fmt.Sprintf(`"sim":{"id":%d}`, active)), k.create(fmt.Sprintf(`"sim":{"id":%d}`, issued))
		c := k.create(fmt.Sprintf(`"sim":{"id":%d}`, ended))
		remove := func(query string, ids ...any) answer {
			var items []string
			for _, id := range ids {
				items = append(items, fmt.Sprintf(`{"id":%v}`, id))
			}
			return f.send(http.MethodDelete, "/v2/endpoint/multi"+query, "["+strings.Join(items, ",")+"]")
		}
		remove("", a.ID, 999).fails(t, 404, 1401)
		if got := remove("", a.ID, b.ID); got.status != 204 || got.body != "" {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if got := remove("?delete_sims=true", c.ID); got.status != 204 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		remove("", a.ID).fails(t, 404, 1401)
		status := func(id int64) string {
			return f.one(`SELECT CAST(status_id AS TEXT) FROM sim WHERE id = $1 AND endpoint_id = 0`, id)
		}
		if status(active) != "2" || status(issued) != "0" || status(ended) != "3" {
			t.Errorf("statuses %s %s %s", status(active), status(issued), status(ended))
		}
		var types []int64
		for _, e := range f.events(f.enterprise) {
			types = append(types, e.Type)
		}
		if diff := cmp.Diff([]int64{51, 51, 51, 50, 9, 50, 50, 10}, types); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDeleteSIM(t *testing.T) {
	onEach(t, bulkRoutes, func(f *fixture) {
		k := newKit(f)
		free, placed, second := f.stock(1, sim.Activated), f.stock(2, sim.Activated), f.stock(3, sim.Issued)
		foreign, unsold := f.stockFor(4, sim.New{Issuer: f.operator}), f.stockFor(5, sim.New{Issuer: f.operator, Reseller: f.reseller})
		k.create(fmt.Sprintf(`"sim":{"id":%d}`, placed))
		path := func(id int64) string { return fmt.Sprintf("/v1/sim/%d", id) }
		f.send(http.MethodDelete, path(placed), "").fails(t, 409, 1406)
		f.send(http.MethodDelete, path(foreign), "").fails(t, 404, 1401)
		f.send(http.MethodDelete, path(999), "").fails(t, 404, 1401)
		f.send(http.MethodDelete, "/v1/sim/x", "").fails(t, 400, 1000)
		f.call(f.token(f.reseller), http.MethodDelete, path(free), "").fails(t, 403, 1104)
		f.send(http.MethodDelete, "/v1/sim/multi", fmt.Sprintf(`[{"id":%d},{"id":%d}]`, second, placed)).fails(t, 409, 1406)
		for _, a := range []answer{
			f.send(http.MethodDelete, path(free), ""), f.send(http.MethodDelete, "/v1/sim/multi", fmt.Sprintf(`[{"id":%d}]`, second)),
			f.call(f.token(f.reseller), http.MethodDelete, path(unsold), ""),
		} {
			if a.status != 204 || a.body != "" {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		var s sim.SIM
		f.get(path(free)).into(t, 200, &s)
		if s.Status.ID != 3 {
			t.Errorf("status is %v", s.Status)
		}
		f.send(http.MethodPatch, path(free), `{"status":{"id":1}}`).fails(t, 400, 1406)
		if diff := cmp.Diff([]logged{{10, 0, free, 77}, {10, 0, second, 77}}, f.events(f.enterprise)[1:]); diff != "" {
			t.Error(diff)
		}
	})
}

// TestBulkIsQuick gives 2000 endpoints new values at once.
func TestBulkIsQuick(t *testing.T) {
	onEach(t, bulkRoutes, func(f *fixture) {
		k := newKit(f)
		f.write(f.enterprise, func(tx *db.Tx) error {
			rows := make([]endpoint.Row, endpoint.MaxBulk)
			for i := range rows {
				rows[i] = endpoint.Row{ID: int64(i + 1), Name: "n", ServiceProfile: k.service, TariffProfile: k.tariff}
			}
			return endpoint.CreateMany(tx, 1, f.enterprise, rows)
		})
		f.write(f.enterprise, func(tx *db.Tx) error { return endpoint.CreateSpace(tx, f.enterprise, 500, "10.112.0.0/16") })
		var b strings.Builder
		for i := range endpoint.MaxBulk {
			fmt.Fprintf(&b, `,{"id":%d,"name":"device %[1]d","tags":"a,b","ip_address_space":{"id":500},"service_profile":{"id":%d},"status":{"id":1}}`, i+1, k.service)
		}
		if a := f.send(http.MethodPatch, "/v2/endpoint/multi", "["+b.String()[1:]+"]"); a.status != 204 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if n := f.one(`SELECT CAST(COUNT(DISTINCT ip_address) AS TEXT) FROM endpoint WHERE name LIKE 'device %' AND status_id = 1`); n != "2000" {
			t.Errorf("%s are changed", n)
		}
	})
}
