package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/callback"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/secret"
)

func TestAPISecrets(t *testing.T) {
	eachPeople(t, func(p *people) {
		keys, err := secret.New(strings.Repeat("07", secret.Size))
		p.must(err)
		p.api.Guard.Keys = keys
		const text = "sixteen characters"
		post := func(body string) answer { return p.admin(p.enterprise, "POST", "/v1/api_secret", body) }
		made := p.ok(post(`{"purpose": "MO SMS", "secret": "`+text+`", "id": 99, "organisation_id": "1"}`), 201)
		location := made.header.Get("Location")
		path := location[strings.Index(location, "/v1/"):]
		if made.body != `{}` || strings.HasSuffix(path, "/99") {
			p.t.Errorf("%s %s", location, made.body)
		}
		one := p.ok(p.admin(p.enterprise, "GET", path, ""), 200)
		var id int64
		_, err = fmt.Sscanf(path, "/v1/api_secret/%d", &id)
		p.must(err)
		if want := fmt.Sprintf(`{"id":%d,"organisation_id":"%d","purpose":"MO SMS"}`, id, p.enterprise); one.body != want {
			p.t.Errorf("%s, want %s", one.body, want)
		}
		if list := p.ok(p.admin(p.enterprise, "GET", "/v1/api_secret", ""), 200); list.body != "["+one.body+"]" {
			p.t.Errorf("%s", list.body)
		}
		p.must(p.db.Read(p.t.Context(), func(q db.Queryer) error {
			stored, err := db.One(q, db.Text, `SELECT secret FROM api_secret WHERE organisation_id = $1 AND id = $2`, p.enterprise, id)
			if strings.Contains(stored, text) {
				p.t.Error("it is stored in clear")
			}
			if got, err := callback.SecretText(q, keys, p.enterprise, id); err != nil || got != text {
				p.t.Errorf("%q %v", got, err)
			}
			return err
		}))
		var shown madeSecret
		post(`{"purpose": "made"}`).into(p.t, 201, &shown)
		if len(shown.Secret) < 16 {
			p.t.Errorf("%+v", shown)
		}
		post(`{"purpose": "short", "secret": "x"}`).fails(p.t, 422, 1400)
		post(`{"purpose": "`+strings.Repeat("x", 256)+`"}`).fails(p.t, 422, 1400)
		for _, method := range []string{"GET", "DELETE"} {
			p.admin(p.other, method, path, "").fails(p.t, 404, 1401)
			p.admin(p.reseller, method, path, "").fails(p.t, 404, 1401)
		}
		if a := p.admin(p.enterprise, "DELETE", path, ""); a.status != 200 || a.body != "" {
			p.t.Errorf("%v", a)
		}
		p.admin(p.enterprise, "GET", path, "").fails(p.t, 404, 1401)
	})
}

func TestWorkspaceStats(t *testing.T) {
	eachPeople(t, func(p *people) {
		for _, use := range []struct{ organisation, day, traffic, volume int64 }{
			{p.enterprise, 20770, 5, 1_000_000}, {p.enterprise, 20771, 5, 2_000_000}, {p.other, 20771, 5, 4_000_000}, {p.enterprise, 20740, 5, 9_000_000},
		} {
			p.exec(`INSERT INTO organisation_day (organisation_id, day, traffic_type_id, currency_id, volume_tx, volume_rx, cost, last_updated) VALUES ($1, $2, $3, 1, $4, 0, 10000000000, 1)`,
				use.organisation, use.day, use.traffic, use.volume)
		}
		get := func(organisation int64, query string) answer {
			return p.admin(organisation, "GET", "/v2/workspace/stats/daily"+query, "")
		}
		var s struct {
			ID    int64
			Days  []struct{ Date string }
			Total struct {
				Data *struct{ Volume, Cost float64 } `json:"data_volume"`
				SMS  any                             `json:"sms_volume"`
			}
		}
		check := func(a answer, id int64, days int, volume, cost float64) {
			p.t.Helper()
			s.Days, s.Total.Data = nil, nil
			if a.into(p.t, 200, &s); s.ID != id || len(s.Days) != days || s.Total.Data == nil || s.Total.Data.Volume != volume || s.Total.Data.Cost != cost || s.Total.SMS != nil {
				p.t.Errorf("%s", a.body)
			}
		}
		check(get(p.enterprise, ""), p.enterprise, 2, 3, 2)
		check(get(p.enterprise, "?start_date=2026-10-01&end_date=2026-12-31"), p.enterprise, 3, 12, 3)
		check(get(p.reseller, fmt.Sprintf("?workspace_ids=%d,%d", p.other, p.enterprise)), p.other, 2, 7, 3)
		if a := get(p.reseller, ""); a.status != 200 || !strings.HasPrefix(a.body, fmt.Sprintf(`{"id":%d,"days":[],"total":{`, p.reseller)) {
			p.t.Errorf("%v", a)
		}
		for _, query := range []string{fmt.Sprintf("?workspace_ids=%d", p.other), "?workspace_ids=99999", fmt.Sprintf("?workspace_ids=%d", p.reseller)} {
			get(p.enterprise, query).fails(p.t, 404, 1401)
		}
		get(p.enterprise, "?workspace_ids=x").fails(p.t, 422, 1403)
		get(p.enterprise, "?start_date=soon").fails(p.t, 422, 1403)
		p.join(p.enterprise, "ada@fleet.example", 3)
		p.guest(p.other, "ada@fleet.example", 3)
		bearer := p.token(password("ada@fleet.example", passphrase))
		check(p.send(bearer, "GET", fmt.Sprintf("/v2/workspace/stats/daily?workspace_ids=%d", p.other), ""), p.other, 1, 4, 1)
	})
}
