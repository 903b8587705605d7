package api

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
)

func simWholesale(a *API, r *rest.API) {
	endpointAndSIMRoutes(a, r)
	a.simBatchRoutes(r)
	a.simMigrationRoutes(r)
}

// box puts SIMs into a box that has the given code.
func (f *fixture) box(id int64, bic string, sims ...int64) {
	f.t.Helper()
	f.exec(`INSERT INTO sim_batch (id, issuer_org_id, bic, bsn, status_id, reseller_org_id, customer_org_id, model, quantity, created, activated)
		VALUES ($1, $2, $3, '', 0, 0, 0, 'Removable', $4, 1, 0)`, id, f.operator, bic, int64(len(sims)))
	for _, s := range sims {
		f.exec(`UPDATE sim SET batch_id = $1 WHERE id = $2`, id, s)
	}
}

func TestSIMBatch(t *testing.T) {
	onEach(t, simWholesale, func(f *fixture) {
		unsold := sim.New{Issuer: f.operator, Reseller: f.reseller}
		first, second := f.stockFor(1, unsold), f.stockFor(2, unsold)
		f.box(1, "BIC-1", first, second)
		f.box(2, "BIC-2", f.stockFor(3, sim.New{Issuer: f.operator, Reseller: f.reseller, Customer: f.other}))
		f.box(3, "BIC-3", f.stockFor(4, sim.New{Issuer: f.operator}))
		const path = "/v1/sim_batch/bic/"
		want := fmt.Sprintf(`{"id":1,"sim_batch_status_id":"0","bsn":"","bic":"BIC-1","quantity":"2","sim_model_id":"1","issuer_org_id":"%d",`+
			`"customer_org_id":null,"reseller_org_id":null,"activated":null,"logistic_center_id":null,"article_id":null,"status":{"id":0,"description":"New"},`+
			`"model":{"id":1,"description":"Removable","memory_size":128,"formfactor":{"id":1,"name":"2FF, 3FF and 4FF"},"manufacturer":{"id":1,"name":"Any"}}}`, f.operator)
		if diff := cmp.Diff(want, f.get(path+"BIC-1").body); diff != "" {
			t.Error(diff)
		}
		f.get(path+"NONE").fails(t, 404, 1401)
		f.get(path+"BIC-2").fails(t, 422, 1400)
		f.send(http.MethodPatch, path+"BIC-2", `{"sim_status":{"id":1}}`).fails(t, 422, 1400)
		f.send(http.MethodPatch, path+"NONE", `{}`).fails(t, 422, 1400)
		f.send(http.MethodPatch, path+"BIC-1", `{"sim_status":{"id":2}}`).fails(t, 422, 1400)
		f.call(f.token(f.operator), http.MethodGet, path+"BIC-1", "").fails(t, 403, 1104)

		var got registered
		f.send(http.MethodPatch, path+"BIC-1", `{"sim_status":{"id":1,"description":"Activated"}}`).into(t, 200, &got)
		if len(got.SIM) != 2 || int64(got.SIM[0].CustomerOrg.ID) != f.enterprise || int64(got.SIM[0].ResellerOrg.ID) != f.reseller || got.SIM[0].Status.ID != 1 {
			t.Errorf("%+v", got)
		}
		if diff := cmp.Diff([]logged{{48, 0, 0, 77}, {8, 0, first, 77}, {8, 0, second, 77}}, f.events(f.enterprise)); diff != "" {
			t.Error(diff)
		}
		if o := f.one(`SELECT CAST(organisation_id AS TEXT) FROM imsi_route WHERE sim_id = $1`, first); o != fmt.Sprint(f.enterprise) {
			t.Errorf("the IMSI leads to %s", o)
		}
		f.get(path+"BIC-1").fails(t, 400, 1000)
		f.send(http.MethodPatch, path+"BIC-1", `{}`).fails(t, 422, 1400)
		f.call(f.token(f.reseller), http.MethodPatch, path+"BIC-3", "").into(t, 200, &got)
		if len(got.SIM) != 1 || int64(got.SIM[0].ResellerOrg.ID) != f.reseller || got.SIM[0].CustomerOrg != nil || got.SIM[0].Status.ID != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestSIMMigration(t *testing.T) {
	onEach(t, simWholesale, func(f *fixture) {
		k := newKit(f)
		placed, free, brazilian := f.stock(1, sim.Activated), f.stock(2, sim.Issued), f.stock(3, sim.Issued)
		f.exec(`UPDATE sim SET imsi = '724000000000003' WHERE id = $1`, brazilian)
		foreign := f.stockFor(4, sim.New{Issuer: f.operator})
		e := k.create(fmt.Sprintf(`"name":"A","sim":{"id":%d}`, placed))
		for _, o := range []int64{f.enterprise, f.other} {
			f.exec(`INSERT INTO account_user (organisation_id, id, username, name, status_id, role_id, created) VALUES ($1, 77, 'a@b.example', '', 1, 1, 1)`, o)
		}
		const path = "/v1/sim/migration/workspace"
		ask := func(what, more string) answer {
			return f.send(http.MethodPost, path, fmt.Sprintf(`{"target_workspace":{"id":%d},%s%s}`, f.other, what, more))
		}
		sims := func(ids ...int64) string {
			text := ""
			for _, id := range ids {
				text += fmt.Sprintf(`,{"id":%d}`, id)
			}
			return `"sims":[` + text[1:] + `]`
		}
		refused := func(a answer, codes ...int) {
			t.Helper()
			var o sim.Obstacles
			a.into(t, 409, &o)
			var got []int
			for _, e := range o.Errors {
				got = append(got, e.Code)
				if len(e.SIMs) != 1 || e.SIMs[0].Source.Name != "Enterprise" {
					t.Errorf("%+v", e)
				}
			}
			if diff := cmp.Diff(codes, got); diff != "" || o.Status != 409 {
				t.Error(diff, a.body)
			}
		}
		refused(ask(sims(placed, free), ``), 1502)
		refused(ask(sims(placed, free), `,"allowed_sim_statuses":[{"id":1}]`), 1502, 1503)
		refused(ask(sims(brazilian), ``), 1505)
		ask(sims(foreign), ``).fails(t, 404, 1401)
		ask(sims(999), ``).fails(t, 404, 1401)
		ask(`"dry_run":true`, ``).fails(t, 400, 1000)
		ask(`"iccids":["8988303000000000001"],"iccid_range":{"start":"1","end":"2"}`, ``).fails(t, 400, 1000)
		ask(`"iccid_range":{"start":"1","end":"2"}`, ``).fails(t, 400, 1000)
		f.call(f.token(f.enterprise), http.MethodPost, path, fmt.Sprintf(`{"target_workspace":{"id":%d},%s}`, f.other, sims(free))).fails(t, 403, 1104)
		f.send(http.MethodPost, path, fmt.Sprintf(`{"target_workspace":{"id":%d},%s}`, f.reseller, sims(free))).fails(t, 404, 1401)

		before := len(f.events(f.enterprise))
		var done sim.Migrated
		ask(`"iccids":["8988303000000000001","89883030000000000023"]`, `,"auto_detach_devices":true`).into(t, 200, &done)
		if !done.DryRun || done.Count != 2 || done.SIMs[0].Endpoint.Name != "A" || done.Target.Name != "Other" || len(f.events(f.enterprise)) != before {
			t.Errorf("%+v", done)
		}
		ask(`"iccid_range":{"start":"8988303000000000001","end":"8988303000000000002"}`, `,"auto_detach_devices":true,"dry_run":false`).into(t, 200, &done)
		if done.DryRun || done.Count != 2 {
			t.Errorf("%+v", done)
		}
		if diff := cmp.Diff([]logged{{50, int64(e.ID), placed, 77}, {9, 0, placed, 77}, {69, 0, 0, 77}}, f.events(f.enterprise)[before:]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]logged{{69, 0, 0, 77}}, f.events(f.other)); diff != "" {
			t.Error(diff)
		}
		var moved sim.SIM
		f.call(f.token(f.other), http.MethodGet, fmt.Sprintf("/v1/sim/%d", placed), "").into(t, 200, &moved)
		if moved.Status.ID != 2 || moved.Endpoint != nil || int64(moved.CustomerOrg.ID) != f.other {
			t.Errorf("%+v", moved)
		}
		f.get(fmt.Sprintf("/v1/sim/%d", placed)).fails(t, 404, 1401)
		if k.show(e.ID).SIM != nil {
			t.Error("the endpoint still has the SIM")
		}
		f.exec(`UPDATE account_user SET role_id = 2 WHERE organisation_id = $1`, f.enterprise)
		f.exec(`UPDATE sim SET imsi = '901430000000003' WHERE id = $1`, brazilian)
		refused(ask(sims(brazilian), ``), 1504)
	})
}
