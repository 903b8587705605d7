package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/sim"
)

func TestGetSIM(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		k := newKit(f)
		id := f.stockFor(1, sim.New{
			Issuer: f.operator, Reseller: f.reseller, Customer: f.enterprise, Status: sim.Activated, Model: "Embedded",
			EID: "89049032000000000000000000000001", ProductionDate: began.AddDate(-1, 0, 0).UnixMicro(),
		})
		e := k.create(fmt.Sprintf(`"name":"Tram","sim":{"id":%d}`, id))
		country := f.one(`SELECT name FROM country WHERE id = 1`)
		var got sim.SIM
		f.get(fmt.Sprintf("/v1/sim/%d.0", id)).into(t, 200, &got)
		if got.CustomerOrg == nil || got.CustomerOrg.Country == nil || got.CustomerOrg.Country.Name != country || got.CustomerOrg.Name != "Enterprise" ||
			got.ResellerOrg.Name != "Reseller" || got.IssuerOrg.Name != "Operator" || got.Endpoint.ID != e.ID || got.Endpoint.Name != "Tram" ||
			got.Model.Formfactor.Name != "MFF2" || got.Status.Description != "Activated" || *got.EID != "89049032000000000000000000000001" {
			t.Errorf("got %+v", got)
		}
		body := f.get(fmt.Sprintf("/v1/sim/%d", id)).body
		for _, want := range []string{
			`"iccid":"8988303000000000001","iccid_with_luhn":"89883030000000000015"`, `"production_date":"2025-11-15T12:00:30.000+0000"`,
			`"activation_date":"2026-11-15T12:00:30.000+0000"`, `"imsi":"901430000000001","msisdn":"88239000001"`,
		} {
			if !strings.Contains(body, want) {
				t.Errorf("%s is not in %s", want, body)
			}
		}
		for _, holder := range []int64{f.operator, f.reseller} {
			if a := f.call(f.token(holder), http.MethodGet, fmt.Sprintf("/v1/sim/%d", id), ""); a.status != 200 {
				t.Errorf("organisation %d gets %d %s", holder, a.status, a.body)
			}
		}
		f.call(f.token(f.other), http.MethodGet, fmt.Sprintf("/v1/sim/%d", id), "").fails(t, 404, 1401)
		f.get("/v1/sim/-1").fails(t, 404, 1401)
		f.get("/v1/sim/x").fails(t, 400, 1000)
		if got := strings.Count(f.get("/v1/sim/status").body, `"description"`); got != 5 {
			t.Errorf("%d statuses", got)
		}
	})
}

func TestListSIMs(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		k := newKit(f)
		mine, stocked, sold := f.stock(1, sim.Activated), f.stockFor(2, sim.New{Issuer: f.operator}), f.stockFor(3, sim.New{
			Issuer: f.operator, Reseller: f.reseller, Status: sim.FactoryTest, Model: "Removable", EID: strings.Repeat("7", 32), ProductionDate: began.UnixMicro(),
		})
		e := k.create(fmt.Sprintf(`"sim":{"id":%d}`, mine))
		tests := []struct {
			name  string
			by    int64
			query string
			want  []int64
		}{
			{"customer", f.enterprise, "", []int64{mine}},
			{"reseller", f.reseller, "", []int64{mine, sold}},
			{"issuer", f.operator, "", []int64{mine, stocked, sold}},
			{"nobody", f.other, "", nil},
			{"id", f.operator, fmt.Sprintf("?q=id:%d", sold), []int64{sold}},
			{"issuer_org", f.operator, fmt.Sprintf("?q=issuer_org:%d&sort=-id", f.operator), []int64{sold, stocked, mine}},
			{"reseller_org", f.operator, fmt.Sprintf("?q=reseller_org:%d", f.reseller), []int64{mine, sold}},
			{"customer_org", f.operator, fmt.Sprintf("?q=customer_org:%d", f.enterprise), []int64{mine}},
			{"iccid", f.operator, "?q=iccid:00*2", []int64{stocked}},
			{"iccid_with_luhn", f.operator, "?q=iccid_with_luhn:89883030000000000015", []int64{mine}},
			{"status", f.operator, "?q=status:4", []int64{sold}},
			{"production_date", f.operator, "?q=production_date:2026-11", []int64{sold}},
			{"imsi", f.operator, "?q=imsi:901430000000003", []int64{sold}},
			{"msisdn", f.operator, "?q=msisdn:002", []int64{stocked}},
			{"endpoint", f.operator, fmt.Sprintf("?q=endpoint:%d", e.ID), []int64{mine}},
			{"model", f.operator, "?q=model:remov", []int64{sold}},
			{"eid", f.operator, "?q=eid:777", []int64{sold}},
			{"satellite_capable", f.operator, "?q=satellite_capable:true", nil},
			{"not satellite_capable", f.operator, "?q=satellite_capable:false,status:4", []int64{sold}},
			{"by reseller_org", f.operator, "?sort=reseller_org,-iccid", []int64{stocked, sold, mine}},
			{"by status", f.operator, "?sort=-status", []int64{sold, mine, stocked}},
			{"by endpoint", f.operator, "?sort=-endpoint,eid,production_date,model,customer_org,issuer_org", []int64{mine, stocked, sold}},
			{"second page", f.operator, "?per_page=2&page=2", []int64{sold}},
		}
		for _, test := range tests {
			f.t.Run(test.name, func(t *testing.T) {
				var sims []sim.SIM
				f.call(f.token(test.by), http.MethodGet, "/v1/sim"+test.query, "").into(t, 200, &sims)
				var got []int64
				for _, s := range sims {
					got = append(got, int64(s.ID))
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
		if h := f.get("/v1/sim").header; h.Get("X-Count-Per-Page") != "2000" || h.Get("X-Total-Count") != "1" || h.Get("X-Sort") != "id" {
			t.Errorf("headers: %v", h)
		}
		if h := f.get("/v1/sim?per_page=9999").header; h.Get("X-Count-Per-Page") != "2500" {
			t.Errorf("headers: %v", h)
		}
		f.get("/v1/sim?q=colour:red").fails(t, 422, 1301)
		f.get("/v1/sim?sort=imsi").fails(t, 422, 1302)
	})
}

func TestSIMStatusMoves(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		allowed := map[[2]int64]int64{{0, 1}: 8, {0, 4}: 45, {4, 1}: 8, {1, 2}: 9, {2, 1}: 8} // and the event it causes
		n := int64(0)
		var want []logged
		for from := range int64(5) {
			for to := int64(0); to <= 5; to++ {
				if from == sim.Deleted {
					continue // nothing is imported as deleted; see below
				}
				n++
				id := f.stock(n, from)
				a := f.send(http.MethodPatch, fmt.Sprintf("/v1/sim/%d", id), fmt.Sprintf(`{"status":{"id":%d.0,"description":"x"}}`, to))
				kind, ok := allowed[[2]int64{from, to}]
				switch {
				case ok || from == to:
					if a.status != 204 || a.body != "" {
						t.Errorf("%d to %d: %d %s", from, to, a.status, a.body)
					}
				default:
					a.fails(t, 400, 1406)
				}
				if ok {
					want = append(want, logged{kind, 0, id, 77})
					if got := f.one(`SELECT CAST(status_id AS TEXT) FROM sim_identity WHERE sim_id = $1`, id); got != fmt.Sprint(to) {
						t.Errorf("identity has status %s, want %d", got, to)
					}
				}
			}
		}
		if diff := cmp.Diff(want, f.events(f.enterprise)); diff != "" {
			t.Error(diff)
		}
		gone := f.stock(99, sim.Activated)
		f.exec(`UPDATE sim SET status_id = 3 WHERE id = $1`, gone)
		path := fmt.Sprintf("/v1/sim/%d", gone)
		f.send(http.MethodPatch, path, `{"status":{"id":1}}`).fails(t, 400, 1406)
		f.call(f.token(f.reseller), http.MethodPatch, path, `{"customer_org":null}`).fails(t, 400, 1406)
	})
}

func TestActivationDate(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		path := fmt.Sprintf("/v1/sim/%d", f.stock(1, sim.Issued))
		for _, step := range []struct {
			status int64
			want   string
		}{
			{sim.FactoryTest, `"activation_date":null`},
			{sim.Activated, `"activation_date":"2026-11-16T12:00:30.000+0000"`},
			{sim.Suspended, `"activation_date":"2026-11-16T12:00:30.000+0000"`},
			{sim.Activated, `"activation_date":"2026-11-16T12:00:30.000+0000"`},
		} {
			if step.status != sim.FactoryTest {
				f.clock.Advance(24 * 3600e9)
			}
			if a := f.send(http.MethodPatch, path, fmt.Sprintf(`{"status":{"id":%d}}`, step.status)); a.status != 204 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if body := f.get(path).body; !strings.Contains(body, step.want) {
				t.Errorf("%s is not in %s", step.want, body)
			}
		}
	})
}

// moved notes what sessions are asked to move.
type moved struct {
	calls [][3]int64
	err   error
}

func (m *moved) Transfer(_ *db.Tx, sim, from, to int64) error {
	m.calls = append(m.calls, [3]int64{sim, from, to})
	return m.err
}

func TestTransferSIM(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		sessions := &moved{}
		f.api.Sessions = sessions
		k := newKit(f)
		id := f.stock(1, sim.Activated)
		path := fmt.Sprintf("/v1/sim/%d", id)
		e := k.create(fmt.Sprintf(`"sim":{"id":%d}`, id))
		versions := func() string {
			return f.one(`SELECT CAST(MIN(config_version) AS TEXT) FROM organisation_head WHERE organisation_id IN ($1, $2)`, f.other, f.enterprise)
		}
		before := versions()
		if a := f.call(f.token(f.operator)+"-5", http.MethodPatch, path, fmt.Sprintf(`{"customer_org":{"id":%d},"status":{"id":2}}`, f.other)); a.status != 204 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		want := [3]int64{id, f.enterprise, f.other}
		if len(sessions.calls) == 0 || sessions.calls[len(sessions.calls)-1] != want { // a write may run more than once
			t.Errorf("sessions moved %v, want %v", sessions.calls, want)
		}
		if diff := cmp.Diff([]logged{{51, int64(e.ID), id, 77}, {50, int64(e.ID), id, 5}}, f.events(f.enterprise)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]logged{{9, 0, id, 5}}, f.events(f.other)); diff != "" {
			t.Error(diff)
		}
		if after := versions(); after == before {
			t.Errorf("a head did not change: still %s", after)
		}
		if k.show(e.ID).SIM != nil {
			t.Error("the endpoint still has the SIM")
		}
		f.get(path).fails(t, 404, 1401)
		for _, route := range []string{`SELECT organisation_id FROM imsi_route`, `SELECT organisation_id FROM iccid_route`, `SELECT owner_id FROM sim`} {
			if got := f.one(`SELECT CAST(x AS TEXT) FROM (` + strings.Replace(route, " FROM", " AS x FROM", 1) + `) y`); got != fmt.Sprint(f.other) {
				t.Errorf("%s gives %s", route, got)
			}
		}
		if got := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM sim_identity WHERE sim_id = $1`, id); got != "2" {
			t.Errorf("%s identity rows", got)
		}
		// Back to the reseller's shelf and to its first customer, who has an identity row of it already.
		for _, customer := range []string{`null`, `{}`, `{"id":null}`, fmt.Sprintf(`{"id":%d}`, f.enterprise)} {
			if a := f.call(f.token(f.reseller), http.MethodPatch, path, `{"customer_org":`+customer+`}`); a.status != 204 {
				t.Fatalf("%s: %d %s", customer, a.status, a.body)
			}
		}
		if got := f.one(`SELECT CAST(status_id AS TEXT) FROM sim_identity WHERE organisation_id = $1`, f.enterprise); got != "2" {
			t.Errorf("the identity that came back has status %s", got)
		}
		if want := [][3]int64{{id, f.other, f.reseller}, {id, f.reseller, f.enterprise}}; !slices.Equal(want, sessions.calls[len(sessions.calls)-2:]) {
			t.Errorf("sessions moved %v", sessions.calls)
		}
		// On its shelf the SIM is the reseller's own.
		if a := f.call(f.token(f.reseller), http.MethodPatch, path, `{"customer_org":null}`); a.status != 204 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		for _, status := range []string{"1", "2"} {
			if a := f.call(f.token(f.reseller), http.MethodPatch, path, `{"status":{"id":`+status+`}}`); a.status != 204 {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
		if a := f.call(f.token(f.reseller), http.MethodPatch, path, fmt.Sprintf(`{"customer_org":{"id":%d}}`, f.enterprise)); a.status != 204 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		sessions.err = errors.New("no")
		if a := f.call(f.token(f.reseller), http.MethodPatch, path, `{"customer_org":null}`); a.status != 500 {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := f.get(path); a.status != 200 {
			t.Errorf("the SIM moved without its session: %s", a.body)
		}
	})
}

func TestWhoMayHandSIMsOn(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		rival := f.organisation("Rival", 2, f.operator)
		direct := f.organisation("Direct", 3, f.operator)
		names := strings.NewReplacer("$operator", fmt.Sprint(f.operator), "$reseller", fmt.Sprint(f.reseller), "$enterprise", fmt.Sprint(f.enterprise),
			"$other", fmt.Sprint(f.other), "$rival", fmt.Sprint(rival), "$direct", fmt.Sprint(direct))
		tests := []struct {
			name         string
			by           int64
			body         string
			status, code int
			owner        int64
		}{
			{"customer changes nothing", f.enterprise, `{}`, 204, 0, f.enterprise},
			{"customer sends all back", f.enterprise, `{"issuer_org":{"id":$operator},"reseller_org":{"id":$reseller},"customer_org":{"id":$enterprise}}`, 204, 0, f.enterprise},
			{"customer gives back", f.enterprise, `{"customer_org":null}`, 403, 1104, f.enterprise},
			{"customer takes the reseller away", f.enterprise, `{"reseller_org":null}`, 403, 1104, f.enterprise},
			{"reseller to another customer", f.reseller, `{"customer_org":{"id":$other}}`, 204, 0, f.other},
			{"reseller to another's customer", f.reseller, `{"customer_org":{"id":$direct}}`, 422, 1400, f.enterprise},
			{"reseller to a reseller", f.reseller, `{"customer_org":{"id":$rival}}`, 422, 1400, f.enterprise},
			{"reseller to nobody known", f.reseller, `{"customer_org":{"id":-1}}`, 422, 1400, f.enterprise},
			{"reseller to the issuer", f.reseller, `{"reseller_org":{}}`, 204, 0, f.operator},
			{"reseller suspends what it sold", f.reseller, `{"status":{"id":2}}`, 403, 1104, f.enterprise},
			{"reseller takes back and suspends", f.reseller, `{"customer_org":null,"status":{"id":2}}`, 403, 1104, f.enterprise},
			{"reseller sends all back", f.reseller, `{"customer_org":{"id":$enterprise},"status":{"id":1}}`, 204, 0, f.enterprise},
			{"reseller changes the issuer", f.reseller, `{"issuer_org":{"id":$reseller}}`, 403, 1104, f.enterprise},
			{"issuer to another reseller", f.operator, `{"reseller_org":{"id":$rival}}`, 204, 0, rival},
			{"issuer to a customer as reseller", f.operator, `{"reseller_org":{"id":$direct}}`, 422, 1400, f.enterprise},
			{"issuer to its own customer", f.operator, `{"reseller_org":null,"customer_org":{"id":$direct}}`, 204, 0, direct},
			{"issuer to both", f.operator, `{"reseller_org":{"id":$reseller},"customer_org":{"id":$other}}`, 204, 0, f.other},
			{"issuer to a pair that is none", f.operator, `{"reseller_org":{"id":$rival},"customer_org":{"id":$other}}`, 422, 1400, f.enterprise},
			{"issuer to another issuer", f.operator, `{"issuer_org":{"id":$reseller}}`, 422, 1400, f.enterprise},
			{"issuer to no issuer", f.operator, `{"issuer_org":{}}`, 422, 1400, f.enterprise},
			{"issuer suspends", f.operator, `{"status":{"id":2}}`, 204, 0, f.enterprise},
			{"no status", f.operator, `{"status":null}`, 422, 1400, f.enterprise},
			{"a stranger", f.other, `{"status":{"id":2}}`, 404, 1401, f.enterprise},
		}
		for i, test := range tests {
			f.t.Run(test.name, func(t *testing.T) {
				id := f.stock(int64(i+1), sim.Activated)
				token := fmt.Sprintf("%d-%d-1", test.by, map[int64]int64{f.operator: 1, f.reseller: 2}[test.by])
				a := f.call(token, http.MethodPatch, fmt.Sprintf("/v1/sim/%d", id), names.Replace(test.body))
				if test.status != 204 {
					a.fails(t, test.status, test.code)
				} else if a.status != 204 {
					t.Errorf("%d %s", a.status, a.body)
				}
				if got := f.one(`SELECT CAST(owner_id AS TEXT) FROM sim WHERE id = $1`, id); got != fmt.Sprint(test.owner) {
					t.Errorf("owner is %s, want %d", got, test.owner)
				}
			})
		}
	})
}

// A change whose SIM has changed hands before it held the heads is planned anew.
func TestSIMChangesHandsMeanwhile(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		id := f.stock(1, sim.Activated)
		calls := 0
		f.api.Sessions = transferFunc(func(*db.Tx, int64, int64, int64) error {
			if calls++; calls == 1 {
				return errMoved
			}
			return nil
		})
		path := fmt.Sprintf("/v1/sim/%d", id)
		if a := f.call(f.token(f.reseller), http.MethodPatch, path, `{"customer_org":null}`); a.status != 204 || calls != 2 {
			t.Errorf("%d %s after %d calls", a.status, a.body, calls)
		}
		f.api.Sessions = transferFunc(func(*db.Tx, int64, int64, int64) error { calls++; return errMoved })
		calls = 0
		if a := f.call(f.token(f.reseller), http.MethodPatch, path, `{"reseller_org":null}`); a.status != 409 || calls != handings {
			t.Errorf("%d %s after %d calls", a.status, a.body, calls)
		}
	})
}

// Two that hand the same SIM on at once leave it with one owner, whose rows all agree.
func TestTransfersAtOnce(t *testing.T) {
	onEach(t, endpointAndSIMRoutes, func(f *fixture) {
		id := f.stock(1, sim.Activated)
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				to := []int64{f.enterprise, f.other}[i%2]
				if a := f.call(f.token(f.reseller), http.MethodPatch, fmt.Sprintf("/v1/sim/%d", id), fmt.Sprintf(`{"customer_org":{"id":%d}}`, to)); a.status != 204 && a.status != 409 {
					t.Errorf("%d %s", a.status, a.body)
				}
			})
		}
		all.Wait()
		if got := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM sim s JOIN imsi_route i ON i.imsi = s.imsi AND i.organisation_id = s.owner_id
			JOIN iccid_route c ON c.iccid = s.iccid AND c.organisation_id = s.customer_org_id WHERE s.id = $1`, id); got != "1" {
			t.Errorf("the routes lead elsewhere than the SIM's owner")
		}
	})
}

type transferFunc func(tx *db.Tx, sim, from, to int64) error

func (fn transferFunc) Transfer(tx *db.Tx, sim, from, to int64) error { return fn(tx, sim, from, to) }
