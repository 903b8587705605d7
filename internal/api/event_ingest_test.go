package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/rest"
)

func TestRecordEvent(t *testing.T) {
	routes := func(a *API, r *rest.API) { a.eventRoutes(r); a.eventIngestRoutes(r) }
	onEach(t, routes, func(f *fixture) {
		f.device(f.enterprise, 11, "meter", nil, "8988303000000000011", "901430000000011")
		f.device(f.other, 12, "foreign", nil, "8988303000000000029", "901430000000012")
		f.exec(`INSERT INTO account_user (organisation_id, id, username, name, status_id, role_id, created)
			VALUES ($1, 21, 'ada@example.org', 'Ada', 1, 1, 0)`, f.enterprise)
		token := f.token(f.operator)
		record := func(body string) {
			t.Helper()
			var made recordedEvent
			f.call(token, http.MethodPost, "/v1/event", body).into(t, http.StatusCreated, &made)
			if made.ID == 0 {
				t.Error("no id")
			}
		}
		last := func(organisation int64) (e event.Entry) {
			t.Helper()
			var entries []event.Entry
			f.call(f.token(organisation), http.MethodGet, "/v1/event?sort=-id", "").into(t, 200, &entries)
			return entries[0]
		}
		record(`{"event_type":{"id":39}}`)
		if e := last(f.operator); e.Type.ID != 39 || e.Description != "Order updated" || e.Severity.Description != "WARN" || e.Alert {
			t.Errorf("%+v", e)
		}
		record(fmt.Sprintf(`{"organisation":{"id":%d},"event_type":{"id":"28"},"timestamp":"2026-11-15T10:00:00Z","description":"Client up.",
			"event_severity":{"id":2},"event_source":{"id":0},"alert":true,"endpoint":{"id":11},"user":{"id":21},"detail": { "client" :"fleet-1" }}`, f.enterprise))
		if got := f.get("/v1/event").body; !strings.Contains(got, `"timestamp":"2026-11-15T10:00:00.000Z","alert":true,"description":"Client up.",`+
			`"event_type":{"id":28,"description":"OpenVPN connect"},"event_source":{"id":0,"name":"Network","description":"Network"},"event_severity":{"id":2,"description":"CRITICAL"}`) ||
			!strings.Contains(got, `"detail":{"client":"fleet-1"}`) || !strings.Contains(got, `"username":"ada@example.org"`) || !strings.Contains(got, `"iccid":"8988303000000000011"`) {
			t.Errorf("%s", got)
		}
		record(fmt.Sprintf(`{"organisation":{"id":%d},"event_type":{"id":44},"sim":{"id":11}}`, f.enterprise))
		if e := last(f.enterprise); e.SIM == nil || e.SIM.ID != 11 || e.IMSI == nil || e.Endpoint != nil {
			t.Errorf("%+v", e)
		}
		for _, body := range []string{
			`{}`, `{"event_type":{"id":5}}`, `{"event_type":{"id":999}}`, `{"event_type":{"id":28},"timestamp":"2026-11-15T13:00:00Z"}`,
			`{"event_type":{"id":28},"timestamp":"2026-10-01T10:00:00Z"}`, `{"event_type":{"id":28},"event_severity":{"id":3}}`,
			`{"event_type":{"id":28},"event_source":{"id":-1}}`, `{"event_type":{"id":28},"detail":[1]}`, `{"event_type":{"id":28},"user":{"id":21}}`,
			`{"event_type":{"id":28},"organisation":{"id":999}}`, `{"event_type":{"id":28},"endpoint":{"id":11}}`,
			fmt.Sprintf(`{"organisation":{"id":%d},"event_type":{"id":28},"sim":{"id":12}}`, f.enterprise),
			fmt.Sprintf(`{"organisation":{"id":%d},"event_type":{"id":28},"endpoint":{"id":12}}`, f.enterprise),
			`{"event_type":{"id":28},"description":"` + strings.Repeat("x", 1001) + `"}`,
		} {
			f.call(token, http.MethodPost, "/v1/event", body).fails(t, 422, 1400)
		}
		f.call(f.token(f.reseller), http.MethodPost, "/v1/event", `{"event_type":{"id":28}}`).fails(t, 403, 1104)
		f.send(http.MethodPost, "/v1/event", `{"event_type":{"id":28}}`).fails(t, 403, 1104)
		f.call(strings.TrimSuffix(token, "1")+"3", http.MethodPost, "/v1/event", `{"event_type":{"id":28}}`).fails(t, 403, 1104)
	})
}
