package api

import (
	"context"
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

func endpointAndSIMRoutes(a *API, r *rest.API) {
	a.endpointRoutes(r)
	a.simRoutes(r)
}

// kit is what the first enterprise of a fixture needs for endpoints.
type kit struct {
	*fixture
	service, tariff, space int64
}

func newKit(f *fixture) kit {
	f.t.Helper()
	k := kit{fixture: f}
	k.service, k.tariff, k.space = k.id("service_profile"), k.id("tariff_profile"), k.id("ip_address_space")
	f.write(f.enterprise, func(tx *db.Tx) error {
		for _, insert := range []struct {
			query string
			id    int64
		}{
			{`INSERT INTO service_profile SELECT $1, $2, 'Everything', '', TRUE, TRUE, TRUE, FALSE, FALSE, FALSE, FALSE, TRUE, TRUE, FALSE, FALSE, 0, 0, 0, 0, 0, 0`, k.service},
			{`INSERT INTO tariff_profile (organisation_id, id, name, description, tariff_id) SELECT $1, $2, 'Europe', '', 1`, k.tariff},
		} {
			if _, err := tx.Exec(insert.query, f.enterprise, insert.id); err != nil {
				return err
			}
		}
		return endpoint.CreateSpace(tx, f.enterprise, k.space, "10.192.0.0/29")
	})
	return k
}

func (k kit) id(kind string) int64 {
	k.t.Helper()
	id, err := k.db.NextID(context.Background(), kind, k.enterprise)
	k.must(err)
	return id
}

// stock imports a SIM that the enterprise owns; n tells it from others.
func (f *fixture) stock(n, status int64) int64 {
	f.t.Helper()
	return f.stockFor(n, sim.New{Issuer: f.operator, Reseller: f.reseller, Customer: f.enterprise, Status: status})
}

func (f *fixture) stockFor(n int64, s sim.New) int64 {
	f.t.Helper()
	ctx := context.Background()
	first, err := f.db.NextID(ctx, "sim", f.operator)
	f.must(err)
	imsi, err := f.db.NextID(ctx, "imsi", f.operator)
	f.must(err)
	s.ICCID, s.IMSI, s.MSISDN = fmt.Sprintf("8988303000000%06d", n), fmt.Sprintf("90143000000%04d", n), fmt.Sprintf("88239%06d", n)
	f.write(sim.Owner(s.Issuer, s.Reseller, s.Customer), func(tx *db.Tx) error {
		return sim.Import(tx, began.UnixMicro(), first, imsi, []sim.New{s})
	})
	return first
}

// send calls as user 77, an administrator of the enterprise.
func (f *fixture) send(method, path, body string) answer {
	f.t.Helper()
	return f.call(f.token(f.enterprise)+"-77", method, path, body)
}

// create makes an endpoint with the kit's profiles; more is further JSON of the body.
func (k kit) create(more string) endpoint.Endpoint {
	k.t.Helper()
	var e endpoint.Endpoint
	k.send(http.MethodPost, "/v1/endpoint", k.body(more)).into(k.t, 201, &e)
	return e
}

func (k kit) body(more string) string {
	body := fmt.Sprintf(`{"service_profile":{"id":%d},"tariff_profile":{"id":%d}`, k.service, k.tariff)
	if !strings.Contains(more, `"status"`) {
		body += `,"status":{"id":0}`
	}
	if more != "" {
		body += "," + more
	}
	return body + "}"
}

// patch changes an endpoint, which must work.
func (k kit) patch(id any, body string) {
	k.t.Helper()
	if a := k.send(http.MethodPatch, fmt.Sprintf("/v1/endpoint/%v", id), body); a.status != 204 || a.body != "" {
		k.t.Errorf("PATCH %s: %d %s", body, a.status, a.body)
	}
}

func (k kit) show(id any) endpoint.Endpoint {
	k.t.Helper()
	var e endpoint.Endpoint
	k.get(fmt.Sprintf("/v1/endpoint/%v", id)).into(k.t, 200, &e)
	return e
}

// logged is what an event is about, with the numbers of fields that tests look at.
type logged struct{ Type, Endpoint, SIM, User int64 }

// events are the events of an organisation in order.
func (f *fixture) events(organisation int64) []logged {
	f.t.Helper()
	var out []logged
	f.must(f.db.Read(context.Background(), func(q db.Queryer) (err error) {
		out, err = db.All(q, func(r *db.Row) logged { return logged{r.Int(), r.Int(), r.Int(), r.Int()} },
			`SELECT type_id, endpoint_id, sim_id, user_id FROM event WHERE organisation_id = $1 ORDER BY position`, organisation)
		return err
	}))
	return out
}

// one reads a single text.
func (f *fixture) one(query string, args ...any) string {
	f.t.Helper()
	var out string
	f.must(f.db.Read(context.Background(), func(q db.Queryer) (err error) { out, err = db.One(q, db.Text, query, args...); return err }))
	return out
}

func TestCreateEndpoint(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		k := newKit(f)
		s := f.stock(1, sim.Issued)
		a := f.send(http.MethodPost, "/v1/endpoint", k.body(fmt.Sprintf(
			`"name":"Tram","tags":"blue, red","imei":"358240051111110","imei_lock":true,"sim":{"id":%d.0,"activate":true},"colour":"red"`, s)))
		var made, got endpoint.Endpoint
		a.into(t, 201, &made)
		if want := fmt.Sprintf("%s/api/v1/endpoint/%d", f.url, made.ID); a.header.Get("Location") != want {
			t.Errorf("Location is %q, want %q", a.header.Get("Location"), want)
		}
		got = k.show(made.ID)
		if diff := cmp.Diff(made, got); diff != "" {
			t.Error(diff)
		}
		shown := f.get(fmt.Sprintf("/v1/endpoint/%d", made.ID)).body
		want := fmt.Sprintf(`{"id":%d,"name":"Tram","tags":"blue, red","created":"2026-11-15T12:00:30.000+0000","last_updated":"2026-11-15T12:00:30.000+0000",`+
			`"status":{"id":0,"description":"Enabled"},"service_profile":{"id":%d,"name":"Everything"},"tariff_profile":{"id":%d,"name":"Europe"},`+
			`"sim":{"id":%d,"iccid":"8988303000000000001","iccid_with_luhn":"89883030000000000015","imsi":"901430000000001","msisdn":"88239000001","eid":null,`+
			`"status":{"id":1,"description":"Activated"}},"imei":"3582400511111100","imei_with_luhn":"358240051111110","imei_lock":true,`+
			`"ip_address":"10.192.0.1","ip_address_space":{"id":%d},"tag_assignments":[]}`, made.ID, k.service, k.tariff, s, k.space)
		if diff := cmp.Diff(want, strings.TrimSpace(shown)); diff != "" {
			t.Error(diff)
		}
		id := int64(made.ID)
		if diff := cmp.Diff([]logged{{51, id, s, 77}, {8, id, s, 77}}, f.events(f.enterprise)); diff != "" {
			t.Error(diff)
		}
		if detail := f.one(`SELECT detail FROM event WHERE type_id = 51`); detail != `{"imei":"3582400511111100"}` {
			t.Errorf("detail is %s", detail)
		}
		plain := k.create("")
		if plain.Name != fmt.Sprint(plain.ID) || plain.Tags != nil || plain.SIM != nil || plain.IMEI != nil || *plain.IPAddress != "10.192.0.2" {
			t.Errorf("defaults: %+v", plain)
		}
	})
}

func TestCreateEndpointRefuses(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		k := newKit(f)
		taken := f.stock(1, sim.Activated)
		k.create(fmt.Sprintf(`"sim":{"id":%d},"ip_address":"10.192.0.6","ip_address_space":{"id":%d}`, taken, k.space))
		foreign := f.stockFor(2, sim.New{Issuer: f.operator})
		suspended := f.stock(3, sim.Suspended)
		tests := []struct {
			name, body   string
			status, code int
			nested       []int
		}{
			{"nothing", `{}`, 422, 1400, []int{1402, 1402, 1402}},
			{"status null", k.body(`"status":null`), 422, 1400, []int{1402}},
			{"status without id", k.body(`"status":{}`), 422, 1400, []int{1402}},
			{"status Deleted", k.body(`"status":{"id":2}`), 422, 1400, []int{1401}},
			{"unknown profiles", `{"service_profile":{"id":-1},"tariff_profile":{"id":999},"status":{"id":0}}`, 422, 1400, []int{1401, 1401}},
			{"unknown SIM", k.body(`"sim":{"id":-1}`), 422, 1400, []int{1401}},
			{"foreign SIM", k.body(fmt.Sprintf(`"sim":{"id":%d}`, foreign)), 422, 1400, []int{1401}},
			{"SIM at another endpoint", k.body(fmt.Sprintf(`"sim":{"id":%d}`, taken)), 422, 1400, []int{1406}},
			{"SIM that cannot go to that status", k.body(fmt.Sprintf(`"status":{"id":0},"sim":{"id":%d,"status":{"id":4}}`, suspended)), 422, 1400, []int{1406}},
			{"IMEI", k.body(`"imei":"12"`), 422, 1400, []int{1403}},
			{"name too long", k.body(`"name":"` + strings.Repeat("a", 256) + `"`), 422, 1400, []int{1403}},
			{"control character", k.body(`"tags":"a\u0000b"`), 422, 1400, []int{1403}},
			{"other organisation", k.body(fmt.Sprintf(`"organisation":{"id":%d}`, f.other)), 422, 1400, []int{1401}},
			{"address without space", k.body(`"ip_address":"10.192.0.3"`), 422, 1400, []int{1402}},
			{"unknown space", k.body(`"ip_address_space":{"id":99999}`), 422, 1400, []int{1401}},
			{"no address", k.body(fmt.Sprintf(`"ip_address":"x","ip_address_space":{"id":%d}`, k.space)), 422, 1400, []int{1403}},
			{"address of another network", k.body(fmt.Sprintf(`"ip_address":"10.200.0.1","ip_address_space":{"id":%d}`, k.space)), 422, 1400, []int{1401}},
			{"broadcast address", k.body(fmt.Sprintf(`"ip_address":"10.192.0.7","ip_address_space":{"id":%d}`, k.space)), 422, 1400, []int{1401}},
			{"busy address", k.body(fmt.Sprintf(`"ip_address":"10.192.0.6","ip_address_space":{"id":%d}`, k.space)), 404, 1601, nil},
			{"not JSON", `{`, 400, 1000, nil},
		}
		for _, test := range tests {
			f.t.Run(test.name, func(t *testing.T) {
				a := f.send(http.MethodPost, "/v1/endpoint", test.body)
				a.fails(t, test.status, test.code)
				var e rest.Error
				a.into(t, test.status, &e)
				var nested []int
				for _, n := range e.Errors {
					nested = append(nested, int(n.Code))
				}
				if diff := cmp.Diff(test.nested, nested); diff != "" {
					t.Errorf("%s: %s", diff, a.body)
				}
			})
		}
		for range 5 { // what is left of the space: 10.192.0.1 to .5
			k.create("")
		}
		f.send(http.MethodPost, "/v1/endpoint", k.body("")).fails(t, 404, 1601)
		f.call(f.token(f.other), http.MethodPost, "/v1/endpoint", k.body("")).fails(t, 422, 1400) // another's profiles
		f.call(fmt.Sprintf("%d-3-3", f.enterprise), http.MethodPost, "/v1/endpoint", k.body("")).fails(t, 403, 1104)
	})
}

func TestChangeEndpoint(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		k := newKit(f)
		one, two := f.stock(1, sim.Activated), f.stock(2, sim.Issued)
		e := k.create(`"status":{"id":1},"name":"Tram","tags":"blue","imei":"35824005111111","imei_lock":true`)
		id := int64(e.ID)
		k.patch(id, `{}`)
		k.patch(id, `{"colour":"red","status":{"id":1.0,"description":"Disabled"},"last_updated":"2020"}`)
		if diff := cmp.Diff(e, k.show(id)); diff != "" {
			t.Errorf("nothing was asked: %s", diff)
		}
		f.send(http.MethodPatch, fmt.Sprintf("/v1/endpoint/%d", id), `{"status":{"id":0}}`).fails(t, 409, 1406)
		if len(f.events(f.enterprise)) != 0 {
			t.Errorf("events: %v", f.events(f.enterprise))
		}
		k.patch(id, fmt.Sprintf(`{"status":{"id":0},"sim":{"id":%d}}`, one))
		k.patch(id, fmt.Sprintf(`{"sim":{"id":%d,"status":{"id":4}}}`, two)) // another one takes its place
		k.patch(id, `{"sim":{"status":{"id":1}}}`)                           // the one that is in it
		k.patch(id, `{"sim":{}}`)
		if got := k.show(id).SIM; got == nil || int64(got.ID) != two {
			t.Errorf("SIM is %+v", got)
		}
		k.patch(id, `{"status":{"id":1},"sim":{"id":null}}`)
		k.patch(id, fmt.Sprintf(`{"sim":{"id":%d}}`, one))
		k.patch(id, `{"sim":null}`)
		want := []logged{
			{51, id, one, 77},
			{42, id, one, 77},
			{50, id, one, 77},
			{51, id, two, 77},
			{45, id, two, 77},
			{8, id, two, 77},
			{50, id, two, 77},
			{43, id, 0, 77},
			{51, id, one, 77},
			{50, id, one, 77},
		}
		if diff := cmp.Diff(want, f.events(f.enterprise)); diff != "" {
			t.Error(diff)
		}
		k.patch(id, `{"name":null,"tags":null,"imei":null,"imei_lock":false}`)
		got := k.show(id)
		if got.Name != fmt.Sprint(id) || got.Tags != nil || got.IMEI != nil || got.IMEIWithLuhn != nil || got.IMEILock || got.SIM != nil {
			t.Errorf("not emptied: %+v", got)
		}
		k.patch(id, `{"ip_address":"10.192.0.5"}`)
		k.patch(id, `{"ip_address":"10.192.0.5","name":"Still"}`)
		if got := k.show(id); *got.IPAddress != "10.192.0.5" || got.Name != "Still" {
			t.Errorf("got %+v", got)
		}
		k.patch(id, `{"ip_address":null}`)
		if got := k.show(id); *got.IPAddress == "10.192.0.5" {
			t.Errorf("address is still %s", *got.IPAddress)
		}
	})
}

func TestEndpointRefusals(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		k := newKit(f)
		s := f.stock(1, sim.Activated)
		e := k.create(fmt.Sprintf(`"sim":{"id":%d}`, s))
		path := fmt.Sprintf("/v1/endpoint/%d", e.ID)
		f.send(http.MethodPatch, path, `{"service_profile":{"id":99}}`).fails(t, 422, 1400)
		f.send(http.MethodPatch, path, `{"service_profile":null}`).fails(t, 422, 1400)
		f.send(http.MethodPatch, path, `{"sim":{"id":0}}`).fails(t, 422, 1400)
		f.send(http.MethodPatch, path, `{"sim":7}`).fails(t, 422, 1400)
		for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodDelete} {
			body := map[string]string{http.MethodPatch: `{}`}[method]
			f.send(method, "/v1/endpoint/-1", body).fails(t, 404, 1401)
			f.send(method, "/v1/endpoint/x", body).fails(t, 400, 1000)
			f.call(f.token(f.other), method, path, body).fails(t, 404, 1401)
		}
		f.send(http.MethodDelete, path, "").fails(t, 409, 1406)
		k.patch(e.ID, `{"sim":{"id":null}}`)
		if a := f.send(http.MethodDelete, path, ""); a.status != 204 {
			t.Fatalf("delete: %d %s", a.status, a.body)
		}
		f.get(path).fails(t, 404, 1401)
		f.send(http.MethodDelete, path, "").fails(t, 404, 1401)
		if a := f.get("/v1/endpoint"); strings.TrimSpace(a.body) != `[]` || a.header.Get("X-Total-Count") != "0" {
			t.Errorf("still listed: %s", a.body)
		}
		if status := f.one(`SELECT CAST(status_id AS TEXT) FROM endpoint WHERE id = $1`, int64(e.ID)); status != "2" {
			t.Errorf("the row has status %s", status)
		}
		again := k.create(fmt.Sprintf(`"ip_address":%q,"ip_address_space":{"id":%d}`, *e.IPAddress, k.space))
		if *again.IPAddress != *e.IPAddress {
			t.Errorf("the address did not become free")
		}
	})
}

func TestListEndpoints(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		k := newKit(f)
		s := f.stockFor(1, sim.New{Issuer: f.operator, Reseller: f.reseller, Customer: f.enterprise, Status: 1, EID: "89049032000000000000000000000001"})
		phase := k.create(`"name":"Phase modem","tags":"b","imei":"3582400511111100"`)
		phone := k.create(fmt.Sprintf(`"name":"My iPhone","status":{"id":1},"sim":{"id":%d}`, s))
		other := k.create(`"name":"Zebra","tags":"a"`)
		ids := func(want ...endpoint.Endpoint) (out []string) {
			for _, e := range want {
				out = append(out, fmt.Sprint(e.ID))
			}
			return out
		}
		tests := []struct {
			name, query string
			want        []string
		}{
			{"all", "", ids(phase, phone, other)},
			{"id", fmt.Sprintf("?q=id:%d.0", phone.ID), ids(phone)},
			{"part of name", "?q=name:ph", ids(phase, phone)},
			{"wildcard", "?q=name:ph*e&sort=name", ids(phone, phase)},
			{"status", "?q=status:1", ids(phone)},
			{"service profile", fmt.Sprintf("?q=service_profile:%d&sort=-id", k.service), ids(other, phone, phase)},
			{"tariff profile", "?q=tariff_profile:999", nil},
			{"created", "?q=created:2026-11-15&sort=-name", ids(other, phase, phone)},
			{"last_updated", "?q=last_updated:2025", nil},
			{"tags", "?q=tags:B", ids(phase)},
			{"ip_address", "?q=ip_address:192.0.3", ids(other)},
			{"imei", "?q=imei:58240", ids(phase)},
			{"iccid", "?q=iccid:0000001", ids(phone)},
			{"iccid_with_luhn", "?q=iccid_with_luhn:89883030000000000015", ids(phone)},
			{"eid", "?q=eid:8904", ids(phone)},
			{"sim_status", "?q=sim_status:1&sort=eid", ids(phone)},
			{"two conditions", "?q=name:ph,status:0", ids(phase)},
			{"by tags", "?sort=tags", ids(phone, other, phase)},
			{"by imei", "?sort=-imei", ids(phase, other, phone)},
			{"by eid", "?sort=-eid", ids(phone, other, phase)},
			{"by status", "?sort=-status,+name", ids(phone, phase, other)},
			{"by ip_address", "?sort=-ip_address", ids(other, phone, phase)},
			{"by created", "?sort=created,-id", ids(other, phone, phase)},
			{"by last_updated", "?sort=last_updated", ids(phase, phone, other)},
			{"by service_profile", "?sort=service_profile,tariff_profile", ids(phase, phone, other)},
			{"second page", "?per_page=2&page=2", ids(other)},
		}
		for _, test := range tests {
			f.t.Run(test.name, func(t *testing.T) {
				var got []endpoint.Endpoint
				a := f.get("/v1/endpoint" + strings.ReplaceAll(test.query, " ", "%20"))
				a.into(t, 200, &got)
				if diff := cmp.Diff(test.want, ids(got...)); diff != "" {
					t.Error(diff)
				}
			})
		}
		h := f.get("/v1/endpoint?q=name:ph&sort=-name&per_page=1").header
		for name, want := range map[string]string{
			"X-Total-Count": "2", "X-Total-Pages": "2", "X-Current-Page": "1", "X-Count-Per-Page": "1", "X-Sort": "-name", "X-Filter": "name:ph",
		} {
			if h.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, h.Get(name), want)
			}
		}
		if h := f.get("/v1/endpoint").header; h.Get("X-Count-Per-Page") != "1000" || h.Get("X-Sort") != "id" {
			t.Errorf("defaults: %v", h)
		}
		f.get("/v1/endpoint?q=colour:red").fails(t, 422, 1301)
		f.get("/v1/endpoint?sort=iccid").fails(t, 422, 1302)
		if a := f.call(f.token(f.other), http.MethodGet, "/v1/endpoint", ""); strings.TrimSpace(a.body) != `[]` {
			t.Errorf("another organisation sees %s", a.body)
		}
		if body := f.get("/v1/endpoint/status").body; strings.TrimSpace(body) != `[{"id":0,"description":"Enabled"},{"id":1,"description":"Disabled"},{"id":2,"description":"Deleted"}]` {
			t.Errorf("statuses: %s", body)
		}
	})
}

// The log's readers tell tags that are none from the text "" by null.
func TestNoTagsAreNull(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		k := newKit(f)
		k.create("")
		k.create(`"tags":""`)
		k.patch(k.create(`"tags":"blue"`).ID, `{"tags":null}`)
		if got := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM endpoint WHERE tags IS NULL`); got != "3" {
			t.Errorf("%s of 3 are null", got)
		}
	})
}
