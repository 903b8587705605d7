package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestApplicationTokens(t *testing.T) {
	onEach(t, accountRoutes, func(f *fixture) {
		admin := f.token(f.enterprise)
		post := func(body string) answer { return f.call(admin, "POST", "/v1/application_token", body) }
		var made newApplicationToken
		a := post(`{"description": "Gateway", "expiry_date": "2027-01-31", "ip": "192.0.2.7/24", "colour": "red"}`)
		a.into(f.t, 200, &made)
		if !strings.HasPrefix(made.Text, "sst_") || a.header.Get("Location") != "" {
			f.t.Errorf("got %v", a)
		}
		list := f.get("/v1/application_token")
		same(f.t, any(row(f.t, list, 1)), `{"id": 1, "description": "Gateway", "created": "2026-11-15T12:00:30.000+0000",
			"status": {"id": 0, "description": "Activated"}, "expiry_date": "2027-01-31T00:00:00.000+0000",
			"ip": "192.0.2.0/24", "creator": null}`)
		if strings.Contains(list.body, made.Text[len(made.Text)-43:]) {
			f.t.Error("the list shows the secret")
		}
		post(`{}`).into(f.t, 200, &made)
		post(``).into(f.t, 200, &made)
		post(`{"description": null, "expiry_date": null, "ip": null}`).into(f.t, 200, &made)
		post(`{"expiry_date": "`+began.Add(time.Second).Format(time.RFC3339)+`", "ip": "2001:db8::1"}`).into(f.t, 200, &made)

		for name, c := range map[string]struct {
			body string
			code int // nested
		}{
			"id":               {`{"id": 7}`, 1406},
			"past":             {`{"expiry_date": "2026-11-15T12:00:30Z"}`, 1403},
			"no date":          {`{"expiry_date": "soon"}`, 1403},
			"no address":       {`{"ip": "localhost"}`, 1403},
			"wrong mask":       {`{"ip": "192.0.2.0/33"}`, 1403},
			"control":          {`{"description": "a\u0000b"}`, 1403},
			"long description": {`{"description": "` + strings.Repeat("x", 256) + `"}`, 1403},
			"object":           {`{"description": {}}`, 1403},
		} {
			a := post(c.body)
			a.fails(f.t, 422, 1400)
			var e struct {
				Errors []struct {
					Code int `json:"error_code"`
				}
			}
			if err := json.Unmarshal([]byte(a.body), &e); err != nil || len(e.Errors) != 1 || e.Errors[0].Code != c.code {
				f.t.Errorf("%s: %s", name, a.body)
			}
		}
		if got := ids(f.t, f.get("/v1/application_token")); len(got) != 5 {
			f.t.Errorf("tokens %v", got)
		}
	})
}

func TestPatchApplicationToken(t *testing.T) {
	onEach(t, accountRoutes, func(f *fixture) {
		admin := f.token(f.enterprise)
		var made newApplicationToken
		f.call(admin, "POST", "/v1/application_token", `{"description": "Old"}`).into(f.t, 200, &made)
		patch := func(token, id, body string) answer { return f.call(token, "PATCH", "/v1/application_token/"+id, body) }
		for _, c := range []struct {
			body, description, status string
		}{
			{`{}`, "Old", "Activated"},
			{`{"description": "New"}`, "New", "Activated"},
			{`{"status": {"id": 1}}`, "New", "Revoked"},
			{`{"status": {"id": 0}, "description": null}`, "", "Activated"},
		} {
			if a := patch(admin, "1", c.body); a.status != 204 || a.body != "" {
				f.t.Errorf("%s: %v", c.body, a)
			}
			got := row(f.t, f.get("/v1/application_token"), 1)
			if got["description"] != c.description || got["status"].(map[string]any)["description"] != c.status {
				f.t.Errorf("%s: %v", c.body, got)
			}
		}
		patch(admin, "1", `{"status": {"id": 2}}`).fails(f.t, 422, 1400)
		patch(admin, "1", `{"status": {}}`).fails(f.t, 422, 1400)
		patch(admin, "1", `{"status": null}`).fails(f.t, 422, 1400)
		patch(admin, "one", `{}`).fails(f.t, 400, 1000)

		// Another organisation's token is like none at all, for its parents too.
		missing := patch(admin, "999", `{"status": {"id": 1}}`)
		missing.fails(f.t, 404, 1401)
		for _, stranger := range []int64{f.other, f.reseller, f.operator} {
			a := patch(f.token(stranger), "1", `{"status": {"id": 1}}`)
			a.fails(f.t, 404, 1401)
			if strings.ReplaceAll(a.body, "id 1 ", "id 999 ") != missing.body {
				f.t.Errorf("%s is told from %s", a.body, missing.body)
			}
			if got := ids(f.t, f.call(f.token(stranger), "GET", "/v1/application_token", "")); len(got) != 0 {
				f.t.Errorf("%d sees %v", stranger, got)
			}
		}
	})
}

func TestApplicationTokenRoles(t *testing.T) {
	onEach(t, accountRoutes, func(f *fixture) {
		as := func(role string) string { return strings.TrimSuffix(f.token(f.enterprise), "1") + role }
		for _, c := range []struct {
			role, method, path string
			status             int
		}{
			{"2", "GET", "", 200},
			{"3", "GET", "", 403},
			{"2", "POST", "", 403},
			{"3", "POST", "", 403},
			{"2", "PATCH", "/1", 403},
			{"1", "DELETE", "/1", 405},
		} {
			if a := f.call(as(c.role), c.method, "/v1/application_token"+c.path, ""); a.status != c.status {
				f.t.Errorf("role %s %s: %d", c.role, c.method, a.status)
			}
		}
	})
}

// A new organisation gets its first token from those above it, and its log says so.
func TestApplicationTokenBelow(t *testing.T) {
	onEach(t, accountRoutes, func(f *fixture) {
		post := func(by string, organisation any) answer {
			return f.call(by, "POST", "/v1/application_token", fmt.Sprintf(`{"description": "First", "organisation": {"id": %v}}`, organisation))
		}
		for by, organisation := range map[string]int64{f.token(f.operator): f.enterprise, f.token(f.reseller): f.enterprise, f.token(f.enterprise) + "-7": f.enterprise} {
			var made newApplicationToken
			post(by, organisation).into(f.t, 200, &made)
			if !strings.HasPrefix(made.Text, "sst_") || !strings.Contains(made.Text, fmt.Sprintf("_%d.", organisation)) {
				f.t.Errorf("%s got %q", by, made.Text)
			}
		}
		var list []map[string]any
		if f.get("/v1/application_token").into(f.t, 200, &list); len(list) != 3 {
			f.t.Errorf("tokens %v", list)
		}
		if got := f.one(`SELECT CAST(COUNT(*) AS TEXT) || ' ' || CAST(MIN(role_id) AS TEXT) || CAST(MAX(role_id) AS TEXT) FROM application_token WHERE creator_id = 0`); got != "2 11" {
			f.t.Errorf("given tokens and their roles: %s", got)
		}
		if got := f.one(`SELECT string_agg(CAST(type_id AS TEXT) || ' ' || CAST(organisation_id AS TEXT), ';') FROM event`); got != fmt.Sprintf("13 %[1]d;13 %[1]d", f.enterprise) {
			f.t.Errorf("events %s", got)
		}
		for by, organisation := range map[string]any{
			f.token(f.enterprise): f.other, f.token(f.other): f.operator, f.token(f.reseller): f.operator, f.token(f.operator): 999, f.token(f.operator) + "-7": "null",
		} {
			post(by, organisation).fails(f.t, 422, 1400)
		}
		f.call(fmt.Sprintf("%d-2-2", f.reseller), "POST", "/v1/application_token", fmt.Sprintf(`{"organisation": {"id": %d}}`, f.enterprise)).fails(f.t, 403, 1104)
	})
}
