package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func TestUserLife(t *testing.T) {
	eachPeople(t, func(p *people) {
		body := fmt.Sprintf(`{"username": "ada@fleet.example", "name": "Ada", "organisation": {"id": %d}, "roles": [{"id": 2}], "status": {"id": 1}, "id": 7, "home_id": 1}`, p.enterprise)
		made := p.ok(p.admin(p.enterprise, http.MethodPost, "/v1/user", body), 201)
		location := made.header.Get("Location")
		path := location[strings.Index(location, "/v1/user/"):]
		if made.body != "" || !strings.HasPrefix(location, p.url+"/api/v1/user/") || strings.HasSuffix(path, "/7") {
			p.t.Errorf("%s %s", location, made.body)
		}
		var user map[string]any
		p.admin(p.enterprise, http.MethodGet, path, "").into(p.t, 200, &user)
		id := int64(user["id"].(float64))
		same(p.t, any(user), fmt.Sprintf(`{"id": %d, "username": "ada@fleet.example", "name": "Ada", "created": "2026-11-15T12:00:30.000+0000",
			"status": {"id": 0, "description": "Activation pending"}, "organisation": {"id": %d, "name": "Enterprise"},
			"roles": [{"id": 2, "name": "User"}], "mfa": []}`, id, p.enterprise))

		l := p.letter()
		if !strings.Contains(l.to, "ada@fleet.example") || !strings.Contains(l.text, "https://iot.example/api/v1/user/activation") || !strings.Contains(l.text, "Enterprise") {
			p.t.Errorf("%+v", l)
		}
		if a := p.authenticate(password("ada@fleet.example", passphrase)); a.status != 401 || a.body != "" {
			p.t.Errorf("in before activation: %v", a)
		}
		activate := func(key, password string) answer {
			return p.send("", http.MethodPost, "/v1/user/activation", fmt.Sprintf(`{"activationKey": %q, "password": %q}`, key, password))
		}
		activate(l.key, "plain words").fails(p.t, 400, 1400)
		activate(l.key, sha("")).fails(p.t, 400, 1400)
		activate(l.key[:len(l.key)-1]+"x", sha(passphrase)).fails(p.t, 400, 1000)
		activate("sta_1.1.x", sha(passphrase)).fails(p.t, 400, 1000)
		p.ok(activate(l.key, sha(passphrase)), 204)
		activate(l.key, sha(passphrase)).fails(p.t, 400, 1000) // once
		bearer := p.token(password("Ada@Fleet.example", passphrase))
		p.send(bearer, http.MethodGet, "/v1/user/my", "").into(p.t, 200, &user)
		if user["status"].(map[string]any)["id"] != 1.0 {
			p.t.Errorf("%v", user)
		}
		if e := p.events(p.enterprise, 41); len(e) != 1 || e[0]["user"].(map[string]any)["username"] != "ada@fleet.example" {
			p.t.Errorf("%v", e)
		}
		invited := p.events(p.enterprise, 36)
		if text, _ := json.Marshal(invited); len(invited) != 1 || strings.Contains(string(text), "sta_") || invited[0]["user"] != nil {
			p.t.Errorf("%s", text)
		}

		// Suspended: out at once. Back: in again with a token of before, which nothing else has voided.
		p.admin(p.enterprise, http.MethodPatch, path, `{"status": {"id": 0}}`).fails(p.t, 422, 1400)
		p.ok(p.admin(p.enterprise, http.MethodPatch, path, `{"status": {"id": 2}, "name": "Ada L."}`), 204)
		p.send(bearer, http.MethodGet, "/v1/user/my", "").fails(p.t, 401, 1102)
		if a := p.authenticate(password("ada@fleet.example", passphrase)); a.status != 401 || a.body != "" {
			p.t.Errorf("in while suspended: %v", a)
		}
		p.ok(p.admin(p.enterprise, http.MethodPatch, path, `{"status": {"id": "1.0"}}`), 204)
		p.send(bearer, http.MethodGet, "/v1/user/my", "").into(p.t, 200, &user)
		if user["name"] != "Ada L." {
			p.t.Errorf("%v", user)
		}

		// Another address has to be activated.
		p.join(p.enterprise, "bob@fleet.example", 3)
		p.admin(p.enterprise, http.MethodPatch, path, `{"username": "bob@fleet.example"}`).fails(p.t, 409, 1405)
		p.admin(p.enterprise, http.MethodPatch, path, `{"username": "nobody"}`).fails(p.t, 422, 1400)
		p.ok(p.admin(p.enterprise, http.MethodPatch, path, `{"username": "countess@fleet.example"}`), 204)
		p.send(bearer, http.MethodGet, "/v1/user/my", "").fails(p.t, 401, 1102)
		if l = p.letter(); !strings.Contains(l.to, "countess@fleet.example") {
			p.t.Errorf("%+v", l)
		}
		p.ok(activate(l.key, sha(passphrase+"!")), 204)
		p.token(password("countess@fleet.example", passphrase+"!"))
		p.t.Log("the old name is free")
		p.join(p.enterprise, "ada@fleet.example", 1)

		bearer = p.token(password("countess@fleet.example", passphrase+"!"))
		p.ok(p.admin(p.enterprise, http.MethodDelete, path, ""), 204)
		p.send(bearer, http.MethodGet, "/v1/user/my", "").fails(p.t, 401, 1102)
		p.admin(p.enterprise, http.MethodGet, path, "").fails(p.t, 404, 1401)
		p.admin(p.enterprise, http.MethodDelete, path, "").fails(p.t, 404, 1401)
		if a := p.authenticate(password("countess@fleet.example", passphrase+"!")); a.status != 401 {
			p.t.Errorf("%v", a)
		}
		if e := p.events(p.enterprise, 46); len(e) != 1 || e[0]["event_severity"].(map[string]any)["description"] != "WARN" {
			p.t.Errorf("%v", e)
		}

		// Who is gone stays named by what is logged, as long as that is kept.
		named := func() any { return p.events(p.enterprise, 41)[0]["user"].(map[string]any)["username"] }
		if got := named(); got != "countess@fleet.example" {
			p.t.Errorf("the deleted user is called %v", got)
		}
		now := p.clock.Clock().Micros()
		p.must(account.ForgetFormer(p.t.Context(), p.db, now))
		if got := named(); got != "countess@fleet.example" {
			p.t.Errorf("forgotten too early: %v", got)
		}
		p.must(account.ForgetFormer(p.t.Context(), p.db, now+1))
		if got := named(); got != "" {
			p.t.Errorf("still called %v", got)
		}
	})
}

func TestUserList(t *testing.T) {
	eachPeople(t, func(p *people) {
		for i, name := range []string{"carol", "bob", "alice"} {
			p.join(p.enterprise, name+"@fleet.example", i+1)
		}
		p.join(p.other, "mallory@other.example", 1)
		p.join(p.reseller, "rob@shop.example", 1)
		names := func(organisation int64, query string) (list string) {
			p.t.Helper()
			var users []map[string]any
			a := p.admin(organisation, http.MethodGet, "/v1/user?"+query, "")
			a.into(p.t, 200, &users)
			for _, u := range users {
				list += u["username"].(string)[:strings.IndexByte(u["username"].(string), '@')] + " "
			}
			return list
		}
		for query, want := range map[string]string{
			"": "carol bob alice ", "sort=username": "alice bob carol ", "sort=-name,-id": "alice bob carol ", "q=username:BO": "bob ",
			"q=status:1,name:some": "carol bob alice ", "q=status:0": "", "per_page=2&sort=-created": "alice bob ", "per_page=2&page=2": "alice ",
			fmt.Sprintf("q=organisation:%d", p.enterprise): "carol bob alice ", fmt.Sprintf("q=organisation:%d", p.other): "",
		} {
			if got := names(p.enterprise, query); got != want {
				p.t.Errorf("%s: %s", query, got)
			}
		}
		if got := names(p.reseller, ""); got != "carol bob alice mallory rob " {
			p.t.Errorf("the reseller sees %s", got)
		}
		if got := names(p.reseller, fmt.Sprintf("q=organisation:%d", p.other)); got != "mallory " {
			p.t.Errorf("the reseller sees of one %s", got)
		}
		p.admin(p.enterprise, http.MethodGet, "/v1/user?q=password:x", "").fails(p.t, 422, 1301)
		p.admin(p.enterprise, http.MethodGet, "/v1/user?q=created:2026", "").fails(p.t, 422, 1301)
		p.admin(p.enterprise, http.MethodGet, "/v1/user?sort=password", "").fails(p.t, 422, 1302)
		if a := p.admin(p.enterprise, http.MethodGet, "/v1/user?q=name:some", ""); a.header.Get("X-Total-Count") != "3" || a.header.Get("X-Count-Per-Page") != "100" {
			p.t.Errorf("%v", a.header)
		}
	})
}

// A user of somebody else's is like none at all; those of organisations below are one's own to look after.
func TestForeignUsers(t *testing.T) {
	eachPeople(t, func(p *people) {
		id := p.join(p.enterprise, "ada@fleet.example", 2)
		for _, op := range []struct{ method, path, body string }{
			{"GET", "/v1/user/%v", ""},
			{"PATCH", "/v1/user/%v", `{"name": "x"}`},
			{"DELETE", "/v1/user/%v", ""},
			{"PUT", "/v1/user/%v/role/1", ""},
			{"DELETE", "/v1/user/%v/role/2", ""},
			{"GET", "/v1/user/%v/role/permission", ""},
			{"GET", "/v1/user/%v/mfa/trusted_device", ""},
			{"DELETE", "/v1/user/%v/mfa/trusted_device/1", ""},
			{"DELETE", "/v1/user/%v/mfa/1", ""},
			{"GET", "/v2/user/%v/workspace", ""},
		} {
			foreign := p.admin(p.other, op.method, fmt.Sprintf(op.path, id), op.body)
			missing := p.admin(p.other, op.method, fmt.Sprintf(op.path, 99999), op.body)
			foreign.fails(p.t, 404, 1401)
			if strings.ReplaceAll(foreign.body, fmt.Sprintf("id %d not", id), "id 99999 not") != missing.body {
				p.t.Errorf("%s %s: %s, %s", op.method, op.path, foreign.body, missing.body)
			}
		}
		for _, path := range []string{"/v1/user/ada@fleet.example", "/v1/user/nobody@fleet.example"} {
			p.admin(p.other, "GET", path, "").fails(p.t, 404, 1401)
		}
		if a := p.admin(p.other, "GET", fmt.Sprintf("/v1/user/%d/event", id), ""); a.status != 200 || a.body != "[]" {
			p.t.Errorf("%v", a)
		}
		var user map[string]any
		p.admin(p.reseller, "GET", fmt.Sprintf("/v1/user/%d", id), "").into(p.t, 200, &user)
		p.ok(p.admin(p.operator, "PATCH", fmt.Sprintf("/v1/user/%d", id), `{"status": {"id": 2}}`), 204)
		p.admin(p.enterprise, "GET", "/v1/user/ada@fleet.example", "").into(p.t, 200, &user)
		if user["status"].(map[string]any)["description"] != "Suspended" {
			p.t.Errorf("%v", user)
		}
		p.admin(p.enterprise, "GET", "/v1/user/one", "").fails(p.t, 400, 1000)
		p.admin(p.enterprise, "GET", "/v1/user/my", "").fails(p.t, 404, 1401) // a program is no user
	})
}

func TestUserRoles(t *testing.T) {
	eachPeople(t, func(p *people) {
		id := p.join(p.enterprise, "ada@fleet.example", 3)
		path := fmt.Sprintf("/v1/user/%d/role/", id)
		bearer := p.token(password("ada@fleet.example", passphrase))
		p.send(bearer, "POST", "/v1/user", `{}`).fails(p.t, 403, 1104)
		p.send(bearer, "PATCH", fmt.Sprintf("/v1/user/%d", id), `{"name":"x"}`).fails(p.t, 403, 1104)
		p.send(bearer, "DELETE", path+"3", "").fails(p.t, 403, 1104)

		p.admin(p.enterprise, "PUT", path+"3", "").fails(p.t, 409, 1405)
		p.admin(p.enterprise, "PUT", path+"4", "").fails(p.t, 404, 1401)
		p.admin(p.enterprise, "DELETE", path+"1", "").fails(p.t, 404, 1401)
		p.admin(p.enterprise, "DELETE", path+"3", "").fails(p.t, 409, 1406)
		p.ok(p.admin(p.enterprise, "PUT", path+"1", ""), 204)
		p.send(bearer, "GET", "/v1/user/my", "").fails(p.t, 401, 1102) // what it was issued for is no more
		bearer = p.token(password("ada@fleet.example", passphrase))
		p.send(bearer, "DELETE", fmt.Sprintf("/v1/user/%d", id), "").fails(p.t, 409, 1406)
		p.send(bearer, "PATCH", fmt.Sprintf("/v1/user/%d", id), `{"status":{"id":2}}`).fails(p.t, 422, 1400)
		var allowed permissions
		p.send(bearer, "GET", "/v1/user/my/role/permission", "").into(p.t, 200, &allowed)
		if len(allowed.Roles) != 2 || !strings.Contains(fmt.Sprint(allowed.Permissions), "{DELETE /api/v1/user/{user_id}}") ||
			strings.Contains(fmt.Sprint(allowed.Permissions), "support_token") {
			p.t.Errorf("%+v", allowed)
		}
		p.ok(p.admin(p.enterprise, "DELETE", path+"1", ""), 204)
		p.send(bearer, "GET", "/v1/user/my", "").fails(p.t, 401, 1102)
	})
}

func TestUserBodies(t *testing.T) {
	eachPeople(t, func(p *people) {
		for body, status := range map[string]int{
			`{}`: 422,
			`{"username": "a", "name": "A", "organisation": {"id": 3}, "roles": [{"id": 1}]}`:                 422,
			`{"username": "A <a@b.example>", "name": "A", "organisation": {"id": 3}, "roles": [{"id": 1}]}`:   422,
			`{"username": "a@b.example", "name": "A\u0007", "organisation": {"id": 3}, "roles": [{"id": 1}]}`: 422,
			`{"username": "a@b.example", "name": "A", "organisation": {"id": 3}, "roles": [{"id": 9}]}`:       422,
			`{"username": "a@b.example", "name": "A", "organisation": {"id": 3}, "roles": []}`:                422,
			`{"username": "a@b.example", "name": "A", "organisation": {"id": 4}, "roles": [{"id": 1}]}`:       404,
			`{"username": "a@b.example", "name": "A", "organisation": {"id": 1}, "roles": [{"id": 1}]}`:       404,
			`{"username": `: 400,
		} {
			if a := p.admin(p.enterprise, "POST", "/v1/user", body); a.status != status {
				p.t.Errorf("%s: %v", body, a)
			}
		}
		if all := p.letters(); len(all) != 0 {
			p.t.Errorf("%v", all)
		}
	})
}

// Asking for another key answers the same for everybody, and lets nobody fill a mailbox.
func TestResend(t *testing.T) {
	eachPeople(t, func(p *people) {
		ask := func(username string) {
			p.t.Helper()
			p.ok(p.send("", "POST", "/v1/user/activation_resend", fmt.Sprintf(`{"username": %q, "g-recaptcha-response": "x"}`, username)), 204)
		}
		p.ok(p.admin(p.enterprise, "POST", "/v2/user/invitation", `{"username": "new@fleet.example", "name": "New"}`), 201)
		first := p.letter()
		ask("new@fleet.example")
		ask("nobody@fleet.example")
		ask("no address")
		if all := p.letters(); len(all) != 0 {
			p.t.Errorf("%v", all)
		}
		p.clock.Advance(5 * time.Minute)
		for range 5 {
			ask("New@fleet.example")
		}
		second := p.letter()
		activate := func(key, word string) answer {
			return p.send("", "POST", "/v2/user/activation", fmt.Sprintf(`{"activationKey": %q, "password": %q}`, key, sha(word)))
		}
		activate(first.key, passphrase).fails(p.t, 403, 1104)
		p.ok(activate(second.key, passphrase), 204)
		bearer := p.token(password("new@fleet.example", passphrase))

		p.clock.Advance(5 * time.Minute)
		ask("new@fleet.example")
		reset := p.letter()
		if !strings.Contains(reset.subject, "password") {
			p.t.Errorf("%+v", reset)
		}
		p.clock.Advance(time.Hour)
		activate(reset.key, "other "+passphrase).fails(p.t, 403, 1104)
		ask("new@fleet.example")
		p.ok(activate(p.letter().key, "other "+passphrase), 204)
		p.send(bearer, "GET", "/v1/user/my", "").fails(p.t, 401, 1102)
		p.token(password("new@fleet.example", "other "+passphrase))
		if a := p.authenticate(password("new@fleet.example", passphrase)); a.status != 401 {
			p.t.Errorf("%v", a)
		}
		if reset, again := p.events(p.enterprise, 37), p.events(p.enterprise, 40); len(reset) != 2 || len(again) != 1 {
			p.t.Errorf("%v %v", reset, again)
		}
	})
}

// Whoever invite at the same time do not share the last place that the tariff plan has.
func TestRoomForUsers(t *testing.T) {
	eachPeople(t, func(p *people) {
		var users []json.RawMessage
		p.admin(p.enterprise, http.MethodGet, "/v1/user", "").into(p.t, 200, &users)
		const room, callers = 2, 6
		made := p.ok(p.admin(p.operator, http.MethodPost, "/v1/tariff_plan",
			fmt.Sprintf(`{"name": "P", "public_for_child_organisations": true, "currency": {"id": 1}, "max_users": %d}`, len(users)+room)), 201)
		plan := last(made.header.Get("Location"))
		p.ok(p.admin(p.operator, http.MethodPatch, "/v1/tariff_plan/"+plan, `{"status": {"id": 1}}`), 204)
		p.ok(p.admin(p.reseller, http.MethodPost, fmt.Sprintf("/v1/organisation/%d/tariff_plan", p.enterprise), `{"tariff_plan": {"id": `+plan+`}}`), 201)
		statuses := make(chan int, callers)
		for i := range callers {
			go func() {
				statuses <- p.admin(p.enterprise, http.MethodPost, "/v2/user/invitation", fmt.Sprintf(`{"username": "u%d@fleet.example", "name": "U"}`, i)).status
			}()
		}
		count := map[int]int{}
		for range callers {
			count[<-statuses]++
		}
		if count[201] != room || count[409] != callers-room {
			p.t.Errorf("%v", count)
		}
	})
}

// A list that is exported is read whole at one moment.
func TestUsersAreExportedWhole(t *testing.T) {
	eachPeople(t, func(p *people) {
		for i := range 3 {
			p.join(p.enterprise, fmt.Sprintf("u%d@fleet.example", i), 2)
		}
		in := struct{ rest.Paging }{rest.Paging{Page: "1", PerPage: "2", Walk: new(value.Walk)}}
		got, err := p.api.listUsers(p.t.Context(), rest.Caller{Organisation: p.enterprise}, &in)
		if err != nil || len(got.Items) != got.Total || got.Total < 3 || got.Pages != 1 {
			p.t.Errorf("%+v, %v", got, err)
		}
	})
}
