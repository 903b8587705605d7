package api

import (
	"net/http"
	"testing"
)

func TestServiceProfileRefersToCallbacks(t *testing.T) {
	onEach(t, quotaTestRoutes, func(f *fixture) {
		f.exec(`INSERT INTO api_callback (organisation_id, id, url, purpose, created) VALUES ($1, 5, 'https://a.example/sms', 'SMS', 0)`, f.enterprise)
		f.exec(`INSERT INTO api_callback (organisation_id, id, url, purpose, created) VALUES ($1, 6, 'https://b.example', 'theirs', 0)`, f.other)
		f.exec(`INSERT INTO api_secret (organisation_id, id, purpose, secret) VALUES ($1, 7, 'signs', 'sealed')`, f.enterprise)
		place := f.made("/v1/service_profile", `{"name":"Mine","api_callback":{"id":5},"api_secret":{"id":7}}`)
		shows := func(want string) {
			f.t.Helper()
			same(f.t, f.picks(f.enterprise, place, "api_callback", "api_secret", "moc_callback", "ip_firewall_rule_set"), want)
		}
		const firewall = `{"ip_firewall_profiles":[],"enforce":false}`
		const callback = `{"id":5,"url":"https://a.example/sms","purpose":"SMS"}`
		shows(`[` + callback + `,{"id":7,"purpose":"signs"},null,` + firewall + `]`)
		f.send(http.MethodPatch, place, `{"moc_callback":{"id":5.0,"url":"ignored"},"api_secret":null}`)
		shows(`[` + callback + `,null,` + callback + `,` + firewall + `]`)
		f.send(http.MethodPatch, place, `{"name":"Ours"}`)
		f.send(http.MethodPatch, place, `{"api_callback":{"id":null}}`)
		shows(`[null,null,` + callback + `,` + firewall + `]`)
		for _, body := range []string{`{"api_callback":{"id":6}}`, `{"moc_callback":{"id":6}}`, `{"api_secret":{"id":8}}`} {
			f.send(http.MethodPatch, place, body).fails(f.t, 422, 1400)
		}
		f.exec(`DELETE FROM api_callback WHERE id = 5`)
		shows(`[null,null,null,` + firewall + `]`)
	})
}
