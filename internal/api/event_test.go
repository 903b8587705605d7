package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/rest"
)

// device stores an endpoint with a SIM, both of the given id, as far as names are joined from them.
func (f *fixture) device(organisation, id int64, name string, tags any, iccid, imsi string) {
	f.t.Helper()
	f.exec(`INSERT INTO endpoint (organisation_id, id, name, tags, status_id, service_profile_id, tariff_profile_id, sim_id, imei,
		imei_lock, ip_address_space_id, ip_address, created, last_updated)
		VALUES ($1, $2, $3, $4, 0, 1, 1, $2, '', FALSE, 0, '', 0, 0)`, organisation, id, name, tags)
	f.exec(`INSERT INTO sim_identity (organisation_id, sim_id, iccid, eid, msisdn, status_id, imsi_id, imsi, import_date, production_date)
		VALUES ($1, $2, $3, '', '491700', 1, $4, $5, $6, $7)`,
		organisation, id, iccid, id+100, imsi, began.UnixMicro(), began.Add(time.Hour).UnixMicro())
}

// at is a time of the first of November.
func at(hour int) int64 { return time.Date(2026, 11, 1, hour, 0, 0, 0, time.UTC).UnixMicro() }

// withEvents writes five events of the enterprise and one of another organisation, and returns the ids of the five.
func (f *fixture) withEvents() []int64 {
	f.t.Helper()
	f.device(f.enterprise, 11, "Meter Süd", "blue,north", "8988303000000000011", "901430000000011")
	f.device(f.enterprise, 12, "pump", nil, "8988303000000000029", "901430000000012")
	f.device(f.other, 13, "foreign", nil, "8988303000000000037", "901430000000013")
	f.exec(`INSERT INTO account_user (organisation_id, id, username, name, status_id, role_id, created)
		VALUES ($1, 21, 'ada@example.org', 'Ada', 1, 1, 0)`, f.enterprise)
	f.append(f.enterprise,
		event.Event{
			Organisation: f.enterprise, Time: at(10) + 298_000, Type: event.CreatePDPContext, Description: "New session", Endpoint: 11, SIM: 11, IMSI: 111,
			Operator: 1, Country: 1, RAT: 6, IMEI: "8655830400000011", IPAddress: "10.192.0.11", Detail: `{"session_id":"x","big":9007199254740993}`,
		},
		event.Event{
			Organisation: f.enterprise, Time: at(11), Type: event.CreatePDPContextRejected, Description: "No quota 100%", Endpoint: 12, SIM: 12, IMSI: 999,
			Operator: 2, Country: 1, RAT: 2, IMEI: "3500000000000012",
		},
		event.Event{Organisation: f.enterprise, Time: at(12), Type: event.EndpointDisabled, Description: "Disabled", Endpoint: 12, SIM: 12, IMSI: 112, User: 21, IPAddress: "10.192.0.12"},
		event.Event{Organisation: f.enterprise, Time: at(13), Type: event.SIMActivation, Description: "Activated", SIM: 11, IMSI: 111},
		event.Event{Organisation: f.enterprise, Time: at(37), Type: event.ApplicationAuthentication, Description: "Token revoked"})
	f.append(f.other, event.Event{Organisation: f.other, Time: at(10), Type: event.Generic, Description: "Foreign", Endpoint: 13, SIM: 13, IMSI: 113})
	var rows []struct{ ID int64 }
	f.get("/v1/event").into(f.t, http.StatusOK, &rows)
	var ids []int64
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	if len(ids) != 5 {
		f.t.Fatalf("events %v", ids)
	}
	return ids
}

func (f *fixture) append(organisation int64, events ...event.Event) {
	f.t.Helper()
	f.write(organisation, func(tx *db.Tx) error { return event.Append(tx, f.clock.Clock().Micros(), events...) })
}

func eventOps(a *API, r *rest.API) { a.eventRoutes(r) }

func TestEventShape(t *testing.T) {
	onEach(t, eventOps, func(f *fixture) {
		ids := f.withEvents()
		number := func(text string, id int64) string {
			return strings.NewReplacer("ID", strconv.FormatInt(id, 10), "ORG", strconv.FormatInt(f.enterprise, 10)).Replace(text)
		}
		got := f.get("/v1/event")
		same(f.t, any(row(f.t, got, float64(ids[0]))), number(`{"id": ID, "timestamp": "2026-11-01T10:00:00.298Z", "alert": false,
			"description": "New session", "event_type": {"id": 3, "description": "Create PDP Context"},
			"event_source": {"id": 0, "name": "Network", "description": "Network"}, "event_severity": {"id": 0, "description": "INFO"},
			"organisation": {"id": ORG, "name": "Enterprise"}, "user": null,
			"endpoint": {"id": 11, "name": "Meter Süd", "tags": "blue,north", "ip_address": "10.192.0.11", "imei": "8655830400000011"},
			"sim": {"id": 11, "iccid": "8988303000000000011", "msisdn": "491700", "production_date": "2026-11-15T13:00:30.000Z"},
			"imsi": {"id": 111, "imsi": "901430000000011", "import_date": "2026-11-15T12:00:30.000Z"},
			"detail": {"session_id": "x", "big": 9007199254740993}}`, ids[0]))
		if !strings.Contains(got.body, `"big":9007199254740993`) {
			f.t.Error("a number of the detail has changed")
		}
		// The SIM has another IMSI today; nothing is known of address and tags.
		same(f.t, any(row(f.t, got, float64(ids[1]))), number(`{"id": ID, "timestamp": "2026-11-01T11:00:00.000Z", "alert": true,
			"description": "No quota 100%", "event_type": {"id": 3, "description": "Create PDP Context"},
			"event_source": {"id": 1, "name": "Policy Control", "description": "Policy Control"}, "event_severity": {"id": 1, "description": "WARN"},
			"organisation": {"id": ORG, "name": "Enterprise"}, "user": null,
			"endpoint": {"id": 12, "name": "pump", "tags": null, "ip_address": null, "imei": "3500000000000012"},
			"sim": {"id": 12, "iccid": "8988303000000000029", "msisdn": "491700", "production_date": "2026-11-15T13:00:30.000Z"},
			"imsi": {"id": 999, "imsi": null, "import_date": null}, "detail": null}`, ids[1]))
		same(f.t, row(f.t, got, float64(ids[2]))["user"], `{"id": 21, "username": "ada@example.org", "name": "Ada"}`)
		last := row(f.t, got, float64(ids[4]))
		for _, field := range []string{"user", "endpoint", "sim", "imsi", "detail"} {
			if v, there := last[field]; !there || v != nil {
				f.t.Errorf("%s is %v, %v", field, v, there)
			}
		}
	})
}

// indices tells which of the events of withEvents an answer holds, in its order.
func indices(t *testing.T, a answer, all []int64) []int {
	t.Helper()
	var rows []struct{ ID int64 }
	a.into(t, http.StatusOK, &rows)
	out := []int{}
	for _, r := range rows {
		for i, id := range all {
			if id == r.ID {
				out = append(out, i)
			}
		}
	}
	if len(out) != len(rows) {
		t.Errorf("foreign events in %s", a.body)
	}
	return out
}

func TestEventFilters(t *testing.T) {
	tests := []struct {
		q    string
		want []int
	}{
		{"from:2026-11-01T11:00:00Z,until:2026-11-01T13:00:00Z", []int{1, 2}},
		{"from:2026-11-02,until:2026-11-02", []int{4}},
		{"timestamp:2026-11-01", []int{0, 1, 2, 3}},
		{"timestamp:2026-11-02", []int{4}},
		{"type:3", []int{0, 1}},
		{"type:3|8", []int{0, 1, 3}},
		{"type:sim activation", []int{3}},
		{"source:1", []int{1}},
		{"source:policy control", []int{1}},
		{"severity:1", []int{1, 4}},
		{"severity:warn", []int{1, 4}},
		{"alert:true", []int{1}},
		{"alert:false,type:3", []int{0}},
		{"description:SESSION", []int{0}},
		{"description:100%", []int{1}},
		{"description:n*quota", []int{1}},
		{"organisation:ORG", []int{0, 1, 2, 3, 4}},
		{"organisation:999", []int{}},
		{"user:21", []int{2}},
		{"user:ada@example.org", []int{2}},
		{"endpoint:PUM", []int{1, 2}},
		{"endpoint:pump|meter", []int{0, 1, 2}},
		{"endpoint:foreign", []int{}},
		{"tags:north", []int{0}},
		{"ip_address:10.192.0.1", []int{0, 2}},
		{"ip_address:10.192.0.12", []int{2}},
		{"imei:86558304", []int{0}},
		{"iccid:8988303000000000011", []int{0, 3}},
		{"iccid:8988303000000000011|8988303000000000029", []int{0, 1, 2, 3}},
		{"iccid_with_luhn:89883030000000000112", []int{0, 3}},
		{"imsi:901430000000012", []int{1, 2}},
		{"network:1", []int{0}},
		{"network:1|2", []int{0, 1}},
		{"network:41201", []int{0}},
		{"network:awcc", []int{0}},
		{"rat:6", []int{0}},
		{"rat:GERAN (2G)|6", []int{0, 1}},
		{"country:1", []int{0, 1}},
		{"country:af", []int{0, 1}},
		{"country:Afghanistan|de", []int{0, 1}},
	}
	onEach(t, eventOps, func(f *fixture) {
		ids := f.withEvents()
		for _, tt := range tests {
			f.t.Run(tt.q, func(t *testing.T) {
				q := strings.ReplaceAll(tt.q, "ORG", strconv.FormatInt(f.enterprise, 10))
				got := f.get("/v1/event?q=" + url.QueryEscape(q))
				if diff := cmp.Diff(tt.want, indices(t, got, ids)); diff != "" {
					t.Error(diff)
				}
				if total := got.header.Get("X-Total-Count"); total != strconv.Itoa(len(tt.want)) {
					t.Errorf("X-Total-Count %s", total)
				}
			})
		}
	})
}

func TestEventSorts(t *testing.T) {
	tests := []struct {
		sort string
		want []int
	}{
		{"", []int{0, 1, 2, 3, 4}},
		{"-id", []int{4, 3, 2, 1, 0}},
		{"-timestamp", []int{4, 3, 2, 1, 0}},
		{"type,-id", []int{1, 0, 4, 3, 2}},
		{"source", []int{0, 1, 2, 3, 4}},
		{"-source", []int{4, 3, 2, 1, 0}},
		{"-severity", []int{4, 1, 3, 2, 0}},
		{"-alert", []int{1, 4, 3, 2, 0}},
		{"organisation,-id", []int{4, 3, 2, 1, 0}},
		{"-user", []int{2, 4, 3, 1, 0}},
		{"endpoint", []int{3, 4, 0, 1, 2}},
		{"-endpoint", []int{2, 1, 0, 4, 3}},
		{"-endpoint,id", []int{1, 2, 0, 3, 4}},
		{"-tags", []int{0, 4, 3, 2, 1}},
		{"-ip_address", []int{2, 0, 4, 3, 1}},
		{"-iccid", []int{2, 1, 3, 0, 4}},
		{"imsi", []int{4, 0, 3, 1, 2}},
	}
	onEach(t, eventOps, func(f *fixture) {
		ids := f.withEvents()
		for _, tt := range tests {
			f.t.Run(tt.sort, func(t *testing.T) {
				if diff := cmp.Diff(tt.want, indices(t, f.get("/v1/event?sort="+url.QueryEscape(tt.sort)), ids)); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

func TestEventPages(t *testing.T) {
	tests := []struct {
		query                        string
		want                         []int
		page, pages, perPage, sorted string
	}{
		{"", []int{0, 1, 2, 3, 4}, "1", "1", "100", "id"},
		{"?per_page=2", []int{0, 1}, "1", "3", "2", "id"},
		{"?per_page=2&page=2&sort=-timestamp", []int{2, 1}, "2", "3", "2", "-timestamp"},
		{"?per_page=2&page=9", []int{4}, "3", "3", "2", "id"},
		{"?per_page=5000", []int{0, 1, 2, 3, 4}, "1", "1", "1000", "id"},
		{"?q=endpoint:pump&sort=-endpoint&per_page=1&page=2", []int{1}, "2", "2", "1", "-endpoint"},
	}
	onEach(t, eventOps, func(f *fixture) {
		ids := f.withEvents()
		for _, tt := range tests {
			f.t.Run(tt.query, func(t *testing.T) {
				got := f.get("/v1/event" + tt.query)
				if diff := cmp.Diff(tt.want, indices(t, got, ids)); diff != "" {
					t.Error(diff)
				}
				h := got.header
				headers := []string{h.Get("X-Current-Page"), h.Get("X-Total-Pages"), h.Get("X-Count-Per-Page"), h.Get("X-Sort")}
				if diff := cmp.Diff([]string{tt.page, tt.pages, tt.perPage, tt.sorted}, headers); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

func TestEventErrors(t *testing.T) {
	tests := []struct {
		query        string
		status, code int
	}{
		{"page=0", 400, 1000},
		{"page=x", 400, 1000},
		{"per_page=-1", 400, 1000},
		{"sort=unknown", 400, 1000},
		{"sort=imei", 400, 1000},
		{"sort=network", 400, 1000},
		{"q=unknown:1", 422, 1301},
		{"q=id:1", 422, 1301},
		{"q=type", 422, 1301},
		{"q=type:nothing", 422, 1301},
		{"q=severity:loud", 422, 1301},
		{"q=alert:perhaps", 422, 1301},
		{"q=from:2026-11-01T00:00:00Z", 422, 1301},
		{"q=until:2026-11-01T00:00:00Z", 422, 1301},
		{"q=from:x,until:y", 422, 1301},
		{"q=timestamp:yesterday", 422, 1301},
		{"q=user:nobody@example.org", 422, 1301},
		{"q=country:Atlantis", 422, 1301},
		{"q=network:Nowhere Mobile", 422, 1301},
		{"q=network:Orange", 422, 1301}, // the name of operators in several countries
		{"q=rat:7G", 422, 1301},
		{"q=type:1|2|3|4|5|6|7", 422, 1301},
		{"q=severity:0|1", 422, 1301}, // one value only
	}
	onEach(t, eventOps, func(f *fixture) {
		for _, tt := range tests {
			f.t.Run(tt.query, func(t *testing.T) {
				key, v, _ := strings.Cut(tt.query, "=")
				for _, path := range []string{"/v1/event", "/v1/endpoint/11/event", "/v1/sim/11/event"} {
					f.get(path+"?"+key+"="+url.QueryEscape(v)).fails(t, tt.status, tt.code)
				}
			})
		}
		f.get("/v1/endpoint/x/event").fails(f.t, 400, 1000)
		f.get("/v1/sim/x/event").fails(f.t, 400, 1000)
	})
}

func TestEventsOfOne(t *testing.T) {
	tests := []struct {
		path string
		want []int
	}{
		{"/v1/endpoint/11/event", []int{0}},
		{"/v1/endpoint/12/event?sort=-id", []int{2, 1}},
		{"/v1/endpoint/12/event?q=type:3", []int{1}},
		{"/v1/sim/11/event", []int{0, 3}},
		{"/v1/sim/12.0/event", []int{1, 2}},
		{"/v1/endpoint/13/event", []int{}}, // foreign
		{"/v1/sim/13/event", []int{}},
		{"/v1/endpoint/99/event", []int{}}, // unknown
		{"/v1/sim/-1/event", []int{}},
		{"/v1/endpoint/0/event", []int{}}, // 0 stands for none in the log
		{"/v1/sim/0/event", []int{}},
	}
	onEach(t, eventOps, func(f *fixture) {
		ids := f.withEvents()
		for _, tt := range tests {
			f.t.Run(tt.path, func(t *testing.T) {
				got := f.get(tt.path)
				if diff := cmp.Diff(tt.want, indices(t, got, ids)); diff != "" {
					t.Error(diff)
				}
				if len(tt.want) == 0 && strings.TrimSpace(got.body) != "[]" {
					t.Errorf("body %q", got.body)
				}
				if total := got.header.Get("X-Total-Count"); total != strconv.Itoa(len(tt.want)) {
					t.Errorf("X-Total-Count %s", total)
				}
			})
		}
	})
}

func TestEventsOfOthers(t *testing.T) {
	onEach(t, eventOps, func(f *fixture) {
		f.withEvents()
		for organisation, want := range map[int64]int{f.other: 1, f.reseller: 0, f.operator: 0} {
			var rows []struct{ Description string }
			f.call(f.token(organisation), http.MethodGet, "/v1/event", "").into(f.t, http.StatusOK, &rows)
			if len(rows) != want {
				f.t.Errorf("organisation %d sees %v", organisation, rows)
			}
		}
	})
}
