package api

import (
	"fmt"
	"testing"
	"time"
)

// guest invites a user of somewhere else into an organisation.
func (p *people) guest(organisation int64, username string, role int) {
	p.t.Helper()
	p.ok(p.admin(organisation, "POST", "/v2/user/invitation", fmt.Sprintf(`{"username": %q, "name": "Guest", "roles": [{"id": %d}]}`, username, role)), 201)
	p.ok(p.send("", "POST", "/v2/user/activation", fmt.Sprintf(`{"activationKey": %q}`, p.letter().key)), 204)
}

// loose is a list as JSON decodes it when nobody says of what it is.
func loose(list []map[string]any) any {
	rows := make([]any, len(list))
	for i := range list {
		rows[i] = list[i]
	}
	return rows
}

func TestWorkspaces(t *testing.T) {
	eachPeople(t, func(p *people) {
		id := p.join(p.enterprise, "ada@fleet.example", 2)
		body := `{"username": "Ada@fleet.example", "name": "Whoever", "roles": [{"id": 3}]}`
		var made invited
		p.admin(p.other, "POST", "/v2/user/invitation", body).into(p.t, 201, &made)
		if int64(made.ID) != id || made.Name != "Whoever" || int64(made.Organisation.ID) != p.other || made.Roles[0].Name != "Observer" {
			p.t.Errorf("%+v", made)
		}
		p.admin(p.other, "POST", "/v2/user/invitation", body).fails(p.t, 409, 1405)
		p.admin(p.enterprise, "POST", "/v2/user/invitation", body).fails(p.t, 409, 1405)
		path := fmt.Sprintf("/v1/user/%d", id)
		var user map[string]any
		p.admin(p.other, "GET", path, "").into(p.t, 200, &user) // whose user it is stays unknown until it accepts
		if user["organisation"].(map[string]any)["name"] != "Other" || user["name"] != "Whoever" {
			p.t.Errorf("%v", user)
		}
		bearer := p.token(password("ada@fleet.example", passphrase))
		change := func(organisation int64) answer {
			return p.send(bearer, "POST", "/v1/authenticate/workspace", fmt.Sprintf(`{"target_organisation": {"id": %d}}`, organisation))
		}
		change(p.other).fails(p.t, 404, 1401) // not accepted yet
		p.ok(p.send("", "POST", "/v2/user/activation", fmt.Sprintf(`{"activationKey": %q}`, p.letter().key)), 204)
		change(p.reseller).fails(p.t, 404, 1401)
		p.admin(p.enterprise, "POST", "/v1/authenticate/workspace", `{"target_organisation": {"id": 4}}`).fails(p.t, 401, 1102)
		var in workspaceToken
		change(p.other).into(p.t, 200, &in)
		p.send(in.AuthToken, "GET", "/v1/user/my", "").into(p.t, 200, &user)
		if user["organisation"].(map[string]any)["name"] != "Enterprise" || user["name"] != "Some One" || user["roles"].([]any)[0].(map[string]any)["id"] != 3.0 {
			p.t.Errorf("%v", user)
		}
		p.send(in.AuthToken, "POST", "/v1/dns", `{}`).fails(p.t, 403, 1104) // an observer here, a user at home
		p.ok(p.send(bearer, "GET", "/v1/user/my", ""), 200)                 // the old one stays good
		if e := p.events(p.other, 67); len(e) != 1 || e[0]["user"].(map[string]any)["username"] != "ada@fleet.example" {
			p.t.Errorf("%v", e)
		}

		var list []map[string]any
		p.send(bearer, "GET", "/v2/user/my/workspace", "").into(p.t, 200, &list)
		same(p.t, loose(list), fmt.Sprintf(`[
			{"id": %d, "name": "Enterprise", "status": {"id": 1, "description": "Active", "status": {"id": 1, "description": "Active"}}, "roles": [{"id": 2, "name": "User"}], "owner": true, "default_workspace": true},
			{"id": %d, "name": "Other", "status": {"id": 1, "description": "Active", "status": {"id": 1, "description": "Active"}}, "roles": [{"id": 3, "name": "Observer"}], "owner": false, "default_workspace": false}]`, p.enterprise, p.other))
		p.admin(p.other, "GET", fmt.Sprintf("/v2/user/%d/workspace", id), "").into(p.t, 200, &list)
		if len(list) != 1 || list[0]["name"] != "Other" {
			p.t.Errorf("a host sees %v", list)
		}

		p.send(bearer, "PUT", fmt.Sprintf("/v2/user/my/default_organisation/%d", p.reseller), "").fails(p.t, 403, 1104)
		p.ok(p.send(bearer, "PUT", fmt.Sprintf("/v2/user/my/default_organisation/%d", p.other), ""), 200)
		home := bearer
		bearer = p.token(password("ada@fleet.example", passphrase))
		p.send(bearer, "GET", "/v1/organisation/my", "").into(p.t, 200, &user)
		if user["name"] != "Other" {
			p.t.Errorf("landed in %v", user["name"])
		}

		// What a host changes holds there; the guest is still at home.
		there := fmt.Sprintf("/v2/user/%d/workspace/%d", id, p.other)
		p.ok(p.admin(p.other, "PUT", there+"/role/1", ""), 204)
		bearer = p.token(password("ada@fleet.example", passphrase))
		p.send(bearer, "PATCH", there, `{"status": {"id": 2}}`).fails(p.t, 400, 1000) // oneself
		p.send(bearer, "DELETE", there+"/role/1", "").fails(p.t, 400, 1000)
		p.admin(p.other, "DELETE", there+"/role/2", "").fails(p.t, 404, 1401)
		p.ok(p.admin(p.other, "DELETE", there+"/role/3", ""), 204)
		p.admin(p.other, "DELETE", there+"/role/1", "").fails(p.t, 409, 1406)
		p.admin(p.enterprise, "PATCH", there, `{"status": {"id": 2}}`).fails(p.t, 404, 1401)
		p.admin(p.other, "PATCH", there, `{"status": {"id": 3}}`).fails(p.t, 422, 1400)
		p.admin(p.other, "PATCH", path, `{"name": "Mine"}`).fails(p.t, 422, 1400)
		p.ok(p.admin(p.other, "PATCH", there, `{"status": {"id": 2}}`), 204)
		p.send(bearer, "GET", "/v1/user/my", "").fails(p.t, 401, 1102)
		p.ok(p.send(home, "GET", "/v1/user/my", ""), 200)
		bearer = p.token(password("ada@fleet.example", passphrase)) // lands at home, where it may
		p.send(bearer, "GET", "/v1/organisation/my", "").into(p.t, 200, &user)
		if user["name"] != "Enterprise" {
			p.t.Errorf("landed in %v", user["name"])
		}
		p.ok(p.admin(p.other, "PATCH", there, `{"status": {"id": 1}}`), 204)
		p.admin(p.enterprise, "DELETE", fmt.Sprintf("/v2/user/%d/workspace/%d", id, p.enterprise), "").fails(p.t, 409, 1406)
		p.ok(p.admin(p.other, "DELETE", there, ""), 204)
		p.admin(p.other, "GET", path, "").fails(p.t, 404, 1401)
		change(p.other).fails(p.t, 404, 1401)

		// A guest whose account is suspended at home gets in nowhere.
		p.guest(p.other, "ada@fleet.example", 1)
		change(p.other).into(p.t, 200, &in)
		p.ok(p.admin(p.enterprise, "PATCH", path, `{"status": {"id": 2}}`), 204)
		p.send(in.AuthToken, "GET", "/v1/user/my", "").fails(p.t, 401, 1102)
		p.ok(p.admin(p.enterprise, "PATCH", path, `{"status": {"id": 1}}`), 204)
		p.ok(p.send(in.AuthToken, "GET", "/v1/user/my", ""), 200)
		p.ok(p.admin(p.enterprise, "DELETE", path, ""), 204)
		p.send(in.AuthToken, "GET", "/v1/user/my", "").fails(p.t, 401, 1102)
		p.admin(p.other, "GET", path, "").fails(p.t, 404, 1401)
	})
}

// Whoever is administrator of several workspaces may manage each from any of them.
func TestManageAnotherWorkspace(t *testing.T) {
	eachPeople(t, func(p *people) {
		p.join(p.enterprise, "boss@fleet.example", 1)
		id := p.join(p.other, "eve@other.example", 2)
		boss := p.token(password("boss@fleet.example", passphrase))
		path := fmt.Sprintf("/v2/user/%d/workspace/%d", id, p.other)
		p.send(boss, "PATCH", path, `{"status": {"id": 2}}`).fails(p.t, 404, 1401)
		p.guest(p.other, "boss@fleet.example", 3)
		p.send(boss, "PATCH", path, `{"status": {"id": 2}}`).fails(p.t, 403, 1104)
		p.ok(p.admin(p.other, "PUT", "/v2/user/boss@fleet.example/workspace/"+fmt.Sprint(p.other)+"/role/1", ""), 204)
		p.ok(p.send(boss, "PATCH", path, `{"status": {"id": 2}}`), 204)
	})
}

func TestSupport(t *testing.T) {
	eachPeople(t, func(p *people) {
		id := p.join(p.enterprise, "ada@fleet.example", 2)
		rob := p.join(p.reseller, "rob@shop.example", 1)
		bearer := p.token(password("rob@shop.example", passphrase))
		path := func(id int64) string { return fmt.Sprintf("/v2/user/%d/support_token", id) }
		p.send(bearer, "POST", path(rob), `{"role": "1"}`).fails(p.t, 403, 1104)
		p.send(bearer, "POST", path(99999), `{"role": "1"}`).fails(p.t, 404, 1401)
		p.send(bearer, "POST", path(id), `{"role": "2"}`).fails(p.t, 422, 1400)
		p.admin(p.enterprise, "POST", path(id), `{"role": "1"}`).fails(p.t, 403, 1104)
		p.admin(p.operator, "POST", path(p.join(p.operator, "op@mast.example", 2)), `{"role": 1}`).fails(p.t, 403, 1104)
		var made supportToken
		p.send(bearer, "POST", path(id), `{"role": "1"}`).into(p.t, 201, &made)
		var my map[string]any
		p.send(made.Token, "GET", "/v1/organisation/my", "").into(p.t, 200, &my)
		if my["name"] != "Enterprise" {
			p.t.Errorf("%v", my)
		}
		p.send(made.Token, "GET", "/v1/user/my", "").fails(p.t, 404, 1401)
		p.send(made.Token, "POST", "/v1/application_token", `{}`).fails(p.t, 403, 1104)
		p.ok(p.send(made.Token, "POST", "/v1/dns", `{"primary": "9.9.9.9", "secondary": "9.9.9.10", "ip_address_version": 4}`), 201)
		e := p.events(p.enterprise, 13)
		if len(e) != 1 || e[0]["user"].(map[string]any)["username"] != "ada@fleet.example" {
			p.t.Fatalf("%v", e)
		}
		same(p.t, e[0]["detail"], fmt.Sprintf(`{"support_username": "rob@shop.example", "support_user_org": {"id": %d, "name": "Reseller"}, "target_username": "ada@fleet.example"}`, p.reseller))

		var observer supportToken
		p.admin(p.operator, "POST", path(id), `{"role": 3}`).into(p.t, 201, &observer) // a program
		p.send(observer.Token, "POST", "/v1/dns", `{}`).fails(p.t, 403, 1104)
		p.ok(p.admin(p.operator, "PATCH", fmt.Sprintf("/v1/user/%d", rob), `{"status": {"id": 2}}`), 204)
		p.clock.Advance(time.Second / 2) // the supporter's organisation is another one: that is seen when the state is read again
		p.send(made.Token, "GET", "/v1/organisation/my", "").fails(p.t, 401, 1102)
		p.ok(p.send(observer.Token, "GET", "/v1/organisation/my", ""), 200)
		p.ok(p.admin(p.enterprise, "PATCH", fmt.Sprintf("/v1/user/%d", id), `{"status": {"id": 2}}`), 204)
		p.send(observer.Token, "GET", "/v1/organisation/my", "").fails(p.t, 401, 1102)
		p.admin(p.operator, "POST", path(id), `{"role": 3}`).fails(p.t, 404, 1401)
		p.clock.Advance(time.Hour)
		p.send(observer.Token, "GET", "/v1/organisation/my", "").fails(p.t, 401, 1103)
	})
}
