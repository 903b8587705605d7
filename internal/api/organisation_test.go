package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func organisationOps(a *API, r *rest.API) {
	a.organisationRoutes(r)
	a.organisationContactRoutes(r)
}

func TestOrganisationTree(t *testing.T) {
	onEach(t, organisationOps, func(f *fixture) {
		operator, reseller := f.token(f.operator), f.token(f.reseller)
		control := f.controlled()
		f.exec(`INSERT INTO sms_routing (organisation_id, id, description) VALUES ($1, 3, 'All')`, f.operator)
		made := f.call(reseller, http.MethodPost, "/v1/organisation", `{"name": " Cranes ", "country": {"id": 1}, "currency": {"id": 2.0}, "monthly_cost_limit": "12.5",
			"ext_reference": "C-7", "verification_type": {"id": 1}, "verification": "HRB 7", "time_zone": "Europe/Berlin", "feature_flags": ["b", "a", "b"],
			"default_sms_routing": {"id": 3}, "relation": {"type": {"id": 2}}}`)
		location := made.header.Get("Location")
		at := strings.LastIndexByte(location, '/')
		if made.status != 201 || made.body != "" || at < 0 {
			f.t.Fatalf("got %d %s at %q", made.status, made.body, location)
		}
		id := location[at+1:]
		path := "/v1/organisation/" + id
		for _, token := range []string{operator, reseller} {
			var got map[string]any
			f.call(token, http.MethodGet, path, "").into(f.t, 200, &got)
			if country, _ := got["country"].(map[string]any); country["id"] != 1.0 {
				f.t.Errorf("country %v", got["country"])
			}
			delete(got, "country")
			same(f.t, any(got), fmt.Sprintf(`{"id": %s, "name": "Cranes", "class": {"id": 0, "description": "Commercial"}, "type": {"id": 3, "description": "Enterprise"},
				"status": {"id": 0, "description": "Enabled"}, "relation": {"organisation": {"id": %d, "name": "Reseller"}, "type": {"id": 2, "description": "Roaming Partner"}},
				"monthly_cost_limit": 12.5, "currency": {"id": 2, "code": "AED", "symbol": "د.إ"}, "time_zone": "Europe/Berlin",
				"created": "2026-11-15T12:00:30.000+0000", "verification_type": {"id": 1, "description": "Business registration number"}, "verification": "HRB 7",
				"ext_reference": "C-7", "default_sms_routing": {"id": 3}, "feature_flags": ["a", "b"]}`, id, f.reseller))
		}
		f.get(path).fails(f.t, 404, 1401) // a sister's
		var list []struct {
			ID   int64
			Name string
		}
		got := f.call(operator, http.MethodGet, "/v1/organisation?sort=-id", "")
		if got.into(f.t, 200, &list); len(list) != 4 || list[0].Name != "Cranes" || list[3].ID != f.reseller || got.header.Get("X-Total-Count") != "4" {
			f.t.Errorf("list %v", list)
		}
		f.call(reseller, http.MethodGet, "/v1/organisation?q=name:cran,type:3", "").into(f.t, 200, &list)
		if len(list) != 1 || list[0].Name != "Cranes" {
			f.t.Errorf("list %v", list)
		}

		change := func(token, body string) answer { return f.call(token, http.MethodPatch, path, body) }
		if got := change(operator, `{"name": "Lifts", "country": null, "monthly_cost_limit": null, "status": {"id": 1}, "feature_flags": []}`); got.status != 204 {
			f.t.Fatalf("got %d %s", got.status, got.body)
		}
		if told := control.takes(); len(told) != 1 || told[0] != id {
			f.t.Errorf("told %v", told)
		}
		var now map[string]any
		f.call(reseller, http.MethodGet, path, "").into(f.t, 200, &now)
		if now["name"] != "Lifts" || now["country"] != nil || now["monthly_cost_limit"] != nil || now["ext_reference"] != "C-7" {
			f.t.Errorf("now %v", now)
		}
		var events []map[string]any
		f.call(reseller, http.MethodGet, path+"/event", "").into(f.t, 200, &events)
		if len(events) != 1 || events[0]["event_type"].(map[string]any)["id"] != 31.0 || events[0]["user"] != nil {
			f.t.Errorf("events %v", events)
		}
		for _, foreign := range []string{path, "/v1/organisation/999"} {
			if f.get(foreign+"/event").into(f.t, 200, &events); len(events) != 0 {
				f.t.Errorf("events of %s: %v", foreign, events)
			}
		}
		f.get("/v1/organisation/my/event").into(f.t, 200, &events)

		// What has something below it stays; what is deleted is gone for everybody.
		f.call(operator, http.MethodDelete, fmt.Sprintf("/v1/organisation/%d", f.reseller), "").fails(f.t, 409, 1406)
		if got := f.call(operator, http.MethodDelete, path, ""); got.status != 204 {
			f.t.Fatalf("got %d %s", got.status, got.body)
		}
		if told := control.takes(); len(told) != 1 || told[0] != id {
			f.t.Errorf("told of the end %v", told)
		}
		f.call(operator, http.MethodGet, path, "").fails(f.t, 404, 1401)
		change(operator, `{"name": "x"}`).fails(f.t, 404, 1401)
		if f.call(operator, http.MethodGet, "/v1/organisation", "").into(f.t, 200, &list); len(list) != 3 {
			f.t.Errorf("list %v", list)
		}
	})
}

func TestOrganisationRefuses(t *testing.T) {
	onEach(t, organisationOps, func(f *fixture) {
		path := fmt.Sprintf("/v1/organisation/%d", f.enterprise)
		for name, body := range map[string]string{
			"nothing": `{}`, "blank": `{"name": " "}`, "country": `{"name": "x", "country": {"id": 999}}`, "currency": `{"name": "x", "currency": {"id": 999}}`,
			"type": `{"name": "x", "type": {"id": 4}}`, "reseller in reseller": `{"name": "x", "type": {"id": 2}}`, "operator": `{"name": "x", "type": {"id": 1}}`,
			"zone": `{"name": "x", "time_zone": "Mars"}`, "limit": `{"name": "x", "monthly_cost_limit": -1}`, "routing": `{"name": "x", "default_sms_routing": {"id": 3}}`, "flag": `{"name": "x", "feature_flags": ["A b"]}`,
			"relation": `{"name": "x", "relation": {"type": {"id": 1}}}`, "verification": `{"name": "x", "verification_type": {"id": 2}}`,
		} {
			f.t.Run(name, func(t *testing.T) {
				f.call(f.token(f.reseller), http.MethodPost, "/v1/organisation", body).fails(t, 422, 1400)
			})
		}
		f.call(f.token(f.reseller), http.MethodPatch, path, `{"status": {"id": 2}}`).fails(f.t, 422, 1400)
		f.call(f.token(f.reseller), http.MethodPatch, path, `{`).fails(f.t, 400, 1000)
		if got := f.call(f.token(f.reseller), http.MethodPost, "/v1/organisation", `{"name": 5}`); !strings.Contains(got.body, `"name: expected string"`) {
			f.t.Error(got.body)
		}
		f.call(f.token(f.reseller), http.MethodGet, "/v1/organisation/x", "").fails(f.t, 400, 1000)
		f.call(f.token(f.reseller), http.MethodGet, "/v1/organisation?q=nothing:1", "").fails(f.t, 422, 1301)
		for _, by := range []int64{f.enterprise, f.other} {
			f.call(f.token(by), http.MethodPost, "/v1/organisation", `{"name": "x"}`).fails(f.t, 403, 1104)
			f.call(f.token(by), http.MethodPatch, path, `{"name": "x"}`).fails(f.t, 403, 1104)
			f.call(f.token(by), http.MethodDelete, path, "").fails(f.t, 403, 1104)
			f.call(f.token(by), http.MethodGet, "/v1/organisation", "").fails(f.t, 403, 1104)
		}
		user := fmt.Sprintf("%d-2-2", f.reseller)
		f.call(user, http.MethodPatch, path, `{"name": "x"}`).fails(f.t, 403, 1104)
		for _, own := range []string{"my", fmt.Sprint(f.reseller)} {
			f.call(f.token(f.reseller), http.MethodPatch, "/v1/organisation/"+own, `{"name": "x"}`).fails(f.t, 409, 1406)
			f.call(f.token(f.reseller), http.MethodDelete, "/v1/organisation/"+own, "").fails(f.t, 409, 1406)
		}
		f.call(f.token(f.reseller), http.MethodPatch, fmt.Sprintf("/v1/organisation/%d", f.operator), `{"name": "x"}`).fails(f.t, 404, 1401)
		// Nobody is above an operator: what it is called it says itself, and it cannot lock itself out.
		for _, own := range []string{"my", fmt.Sprint(f.operator)} {
			if got := f.call(f.token(f.operator)+"-7", http.MethodPatch, "/v1/organisation/"+own, `{"name": "Mast `+own+`", "country": {"id": 2}}`); got.status != 204 {
				f.t.Errorf("got %d %s", got.status, got.body)
			}
			f.call(f.token(f.operator), http.MethodPatch, "/v1/organisation/"+own, `{"name": "x", "status": {"id": 1}}`).fails(f.t, 409, 1406)
			f.call(f.token(f.operator), http.MethodDelete, "/v1/organisation/"+own, "").fails(f.t, 409, 1406)
		}
		if got := f.one(`SELECT o.name || ' ' || CAST(o.country_id AS TEXT) || ' ' || CAST(e.user_id AS TEXT) FROM organisation o
			JOIN event e ON e.organisation_id = o.id ORDER BY e.id DESC LIMIT 1`); got != fmt.Sprintf("Mast %d 2 7", f.operator) {
			f.t.Error(got)
		}
	})
}

func TestContacts(t *testing.T) {
	onEach(t, organisationOps, func(f *fixture) {
		path := fmt.Sprintf("/v1/organisation/%d/contact", f.enterprise)
		made := f.call(f.token(f.enterprise)+"-77", http.MethodPost, "/v1/organisation/my/contact", `{"name": "Ada", "street": "Quay 1", "country": {"id": 1}, "email": "ada@example.com"}`)
		location := made.header.Get("Location")
		if made.status != 201 || made.body != "" {
			f.t.Fatalf("got %d %s", made.status, made.body)
		}
		one := path + location[strings.LastIndexByte(location, '/'):]
		if got := f.call(f.token(f.operator), http.MethodPatch, one, `{"type": {"id": 3}, "city": "Kiel", "country": null}`); got.status != 204 {
			f.t.Fatalf("got %d %s", got.status, got.body)
		}
		var got map[string]any
		f.get(one).into(f.t, 200, &got)
		delete(got, "id")
		same(f.t, any(got), fmt.Sprintf(`{"organisation": {"id": %d, "name": "Enterprise"}, "type": {"id": 3, "description": "Invoice"}, "name": "Ada", "title": "",
			"department": "", "street": "Quay 1", "secondary_address": "", "zipcode": "", "city": "Kiel", "state": "", "country": null, "email": "ada@example.com",
			"phone": "", "mobile": ""}`, f.enterprise))
		if users := f.one(`SELECT string_agg(CAST(user_id AS TEXT), ' ') FROM (SELECT user_id FROM event ORDER BY id) e`); users != "77 0" {
			f.t.Errorf("events of users %s", users)
		}
		for _, body := range []string{`{}`, `{"name": ""}`, `{"name": "x", "type": {"id": 9}}`, `{"name": "x", "country": {"id": 999}}`} {
			f.send(http.MethodPost, path, body).fails(f.t, 422, 1400)
		}
		f.call(f.token(f.other), http.MethodGet, path, "").fails(f.t, 404, 1401)
		f.call(f.token(f.other), http.MethodPost, path, `{"name": "x"}`).fails(f.t, 404, 1401)
		f.call(f.token(f.other), http.MethodDelete, one, "").fails(f.t, 404, 1401)
		if got := f.send(http.MethodDelete, one, ""); got.status != 204 {
			f.t.Fatalf("got %d %s", got.status, got.body)
		}
		f.send(http.MethodDelete, one, "").fails(f.t, 404, 1401)
		var list []any
		if f.get(path).into(f.t, 200, &list); len(list) != 0 {
			f.t.Errorf("list %v", list)
		}
	})
}

func TestBillingConfig(t *testing.T) {
	onEach(t, organisationOps, func(f *fixture) {
		path := fmt.Sprintf("/v1/organisation/%d/billing_config", f.enterprise)
		reseller := f.token(f.reseller)
		if got := f.call(reseller, http.MethodPatch, path, `{"charging_model": {"id": 2}, "payment_term": {"id": 1}, "vatin": "DE1", "vat_rate": "19.25"}`); got.status != 204 {
			f.t.Fatalf("got %d %s", got.status, got.body)
		}
		if detail := f.one(`SELECT detail FROM event`); detail != `{"billing_config":{"charging_model":{"id":2},"payment_term":{"id":1},"vatin":"DE1"}}` {
			f.t.Error(detail)
		}
		if got := f.send(http.MethodPatch, path, `{"bank_account": {"iban": "DE00"}, "invoice_issuer_info": "x"}`); got.status != 204 {
			f.t.Fatalf("got %d %s", got.status, got.body)
		}
		var got any
		f.get(path).into(f.t, 200, &got)
		same(f.t, got, `{"charging_model": {"id": 2, "description": "Prepaid"}, "payment_term": {"id": 1, "description": "Immediately"}, "vatin": "DE1",
			"vat_rate": 19.25, "invoice_issuer_info": "x", "bank_account": {"name": "", "iban": "DE00", "bic": "", "country": ""}}`)
		f.send(http.MethodPatch, path, `{"vat_rate": 0}`).fails(f.t, 409, 1406)
		for _, body := range []string{`{"vat_rate": 101}`, `{"vat_rate": 0.00001}`, `{"payment_term": {"id": 99}}`, `{"charging_model": {"id": 0}}`} {
			f.call(reseller, http.MethodPatch, path, body).fails(f.t, 422, 1400)
		}
		if got := f.call(reseller, http.MethodPatch, path, `{"vat_rate": null, "vatin": null}`); got.status != 204 {
			f.t.Fatalf("got %d %s", got.status, got.body)
		}
		var config map[string]any
		if f.get(path).into(f.t, 200, &config); config["vat_rate"] != 0.0 || config["vatin"] != "" {
			f.t.Errorf("null leaves %v and %q", config["vat_rate"], config["vatin"])
		}
		f.call(f.token(f.other), http.MethodGet, path, "").fails(f.t, 404, 1401)
		f.call(fmt.Sprintf("%d-3-2", f.enterprise), http.MethodPatch, path, `{"vatin": "x"}`).fails(f.t, 403, 1104)
		if kinds := f.one(`SELECT string_agg(CAST(type_id AS TEXT), ' ') FROM event`); kinds != "32 32 32" {
			f.t.Errorf("events %s", kinds)
		}
	})
}

// Another currency makes no other money of what lies in the balance.
func TestOrganisationCurrency(t *testing.T) {
	onEach(t, organisationOps, func(f *fixture) {
		path, operator := fmt.Sprintf("/v1/organisation/%d", f.enterprise), f.token(f.reseller)
		change := func(currency int) answer {
			return f.call(operator, http.MethodPatch, path, fmt.Sprintf(`{"currency": {"id": %d}}`, currency))
		}
		pay := func(p balance.Payment) {
			f.write(f.enterprise, func(tx *db.Tx) error { return balance.Pay(tx, began.UnixMicro(), 0, f.enterprise, p) })
		}
		if got := change(2); got.status != 204 {
			f.t.Fatalf("got %d %s", got.status, got.body)
		}
		pay(balance.Payment{Amount: value.Some(value.Amount(10_000_000_000))})
		change(1).fails(f.t, 409, 1406)
		if got := change(2); got.status != 204 { // which it has
			f.t.Errorf("got %d %s", got.status, got.body)
		}
		pay(balance.Payment{Type: value.Some(value.Ref{ID: value.Some(value.ID(balance.TypeReset))})})
		if got := change(1); got.status != 204 {
			f.t.Errorf("got %d %s", got.status, got.body)
		}
		change(999).fails(f.t, 422, 1400)
	})
}
