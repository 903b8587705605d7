package api

import (
	"fmt"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
)

// audit is a row of testdata/audit.txt.
type audit struct {
	operation string // method and path, with wildcards
	writes    []int64
	used      bool
}

func audits(t *testing.T) (rows []*audit) {
	t.Helper()
	text, err := os.ReadFile("testdata/audit.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Fields(line)
		if len(cells) < 3 || cells[0] == "#" {
			continue
		}
		row := &audit{operation: cells[0] + " " + cells[1]}
		for _, cell := range cells[2:] {
			id, err := strconv.ParseInt(cell, 10, 64)
			if err != nil {
				break // in words
			}
			if event.TypeName(id) == "" {
				t.Errorf("%s: there is no event type %d", row.operation, id)
			}
			row.writes = append(row.writes, id)
		}
		if len(row.writes) == 0 && cells[2] != "any" && (cells[2] != "none:" || len(cells) < 5) {
			t.Errorf("%s: neither events nor why there are none", row.operation)
		}
		rows = append(rows, row)
	}
	return rows
}

// auditOf finds what an operation writes.
func auditOf(rows []*audit, method, place string) *audit {
	flat := strings.NewReplacer("/", "|") // a * crosses slashes
	for _, row := range rows {
		if ok, _ := path.Match(flat.Replace(row.operation), flat.Replace(method+" "+place)); ok {
			row.used = true
			return row
		}
	}
	return nil
}

// Every operation that changes something says which events it writes, or why none. Those of endpoints, SIMs, profiles and the
// organisation write them, with who acted: the user, or nobody behind an application token.
func TestAudit(t *testing.T) {
	rows := audits(t)
	onEach(t, (*API).Register, func(f *fixture) {
		t := f.t
		registry := rest.New(rest.Config{Title: "Audit", Version: "1", Clock: f.clock.Clock()})
		f.api.Register(registry)
		for _, op := range registry.Operations() {
			if op.Method != http.MethodGet && auditOf(rows, op.Method, op.Path) == nil {
				t.Errorf("testdata/audit.txt has no row for %s %s", op.Method, op.Path)
			}
		}
		for _, row := range rows {
			if !row.used {
				t.Errorf("testdata/audit.txt: %s covers nothing that the rows before it do not", row.operation)
			}
		}
		k := newKit(f)
		f.withVolumes()
		f.exec(`INSERT INTO ratezone_selection (organisation_id, tariff_profile_id, ratezone_id) SELECT organisation_id, id, 601 FROM tariff_profile`)
		for i, by := range []struct {
			token string
			user  int64
		}{{f.token(f.enterprise) + "-77", 77}, {f.token(f.enterprise), 0}} {
			f.audited(k, rows, int64(10*i), by.token, by.user)
		}
	})
}

// audited does what writes events as a caller, and holds what is written against the rows.
func (f *fixture) audited(k kit, rows []*audit, n int64, token string, user int64) {
	f.t.Helper()
	first, second, third := f.stock(n, sim.Issued), f.stock(n+1, sim.Issued), f.stock(n+2, sim.Issued)
	f.box(n+1, fmt.Sprintf("BIC-%d", n), f.stockFor(n+3, sim.New{Issuer: f.operator, Reseller: f.reseller}))
	id := k.create("").ID
	profile := last(f.makes(f.enterprise, "/v1/tariff_profile", `{"name":"T","tariff":{"id":500}}`))
	contact := last(f.makes(f.enterprise, "/v1/organisation/my/contact", `{"type":{"id":1},"name":"Ada"}`))
	const quota = `{"status":{"id":1},"volume":10,"expiry_date":"2030-01-01","action_on_exhaustion":{"id":1}}`
	for _, did := range []struct {
		method, path, operation, body string
		wants                         []int64
	}{
		{"PATCH", fmt.Sprintf("/v1/endpoint/%v", id), "/v1/endpoint/{endpoint_id}", fmt.Sprintf(`{"sim":{"id":%d,"activate":true}}`, first), []int64{51, 8}},
		{"PATCH", fmt.Sprintf("/v1/endpoint/%v", id), "/v1/endpoint/{endpoint_id}", `{"status":{"id":1}}`, []int64{43}},
		{"PATCH", "/v2/endpoint/multi", "/v2/endpoint/multi", fmt.Sprintf(`[{"id":%v,"status":{"id":0}}]`, id), []int64{42}},
		{"PATCH", fmt.Sprintf("/v1/endpoint/%v/connectivity", id), "/v1/endpoint/{endpoint_id}/connectivity", `{"pdp_context":null}`, []int64{68}},
		{"POST", fmt.Sprintf("/v1/endpoint/%v/quota/data", id), "/v1/endpoint/{endpoint_id}/quota/data", quota, []int64{56}},
		{"DELETE", fmt.Sprintf("/v1/endpoint/%v/quota/data", id), "/v1/endpoint/{endpoint_id}/quota/data", "", []int64{57}},
		{"POST", fmt.Sprintf("/v1/endpoint/%v/quota/sms", id), "/v1/endpoint/{endpoint_id}/quota/sms", quota, []int64{58}},
		{"DELETE", fmt.Sprintf("/v1/service_profile/%d/quota/sms", k.service), "/v1/service_profile/{profile_id}/quota/{quota_type}", "", []int64{59}},
		{"PATCH", fmt.Sprintf("/v1/service_profile/%d", k.service), "/v1/service_profile/{profile_id}", `{"apply_sms_quota":true}`, []int64{54}},
		{"PATCH", fmt.Sprintf("/v1/service_profile/%d", k.service), "/v1/service_profile/{profile_id}", `{"apply_sms_quota":false}`, []int64{55}},
		{"PATCH", fmt.Sprintf("/v1/endpoint/%v", id), "/v1/endpoint/{endpoint_id}", `{"sim":{"id":null}}`, []int64{50}},
		{"PATCH", fmt.Sprintf("/v1/sim/%d", first), "/v1/sim/{sim_id}", `{"status":{"id":2}}`, []int64{9}},
		{"PATCH", fmt.Sprintf("/v1/sim/%d", second), "/v1/sim/{sim_id}", `{"status":{"id":4}}`, []int64{45}},
		{"DELETE", fmt.Sprintf("/v1/sim/%d", first), "/v1/sim/{sim_id}", "", []int64{10}},
		{"DELETE", "/v1/sim/multi", "/v1/sim/multi", fmt.Sprintf(`[{"id":%d}]`, third), []int64{10}},
		{"PATCH", fmt.Sprintf("/v1/sim_batch/bic/BIC-%d", n), "/v1/sim_batch/bic/{bic}", `{}`, []int64{48}},
		{"PUT", "/v1/tariff_profile/" + profile + "/inclusive_volume/11", "/v1/tariff_profile/{tariff_profile_id}/inclusive_volume/{inclusive_volume_id}", "", []int64{34}},
		{"DELETE", "/v1/tariff_profile/" + profile + "/inclusive_volume/11", "/v1/tariff_profile/{tariff_profile_id}/inclusive_volume/{inclusive_volume_id}", "", []int64{34}},
		{"PATCH", "/v1/tariff_profile/" + profile, "/v1/tariff_profile/{tariff_profile_id}", `{"name":"T","tariff":{"id":501}}`, []int64{34}},
		{"PATCH", "/v1/organisation/my/contact/" + contact, "/v1/organisation/{org_id_or_my}/contact/{contact_id}", `{"name":"Bo"}`, []int64{31}},
		{"DELETE", "/v1/organisation/my/contact/" + contact, "/v1/organisation/{org_id_or_my}/contact/{contact_id}", "", []int64{31}},
	} {
		before := len(f.events(f.enterprise))
		if a := f.call(token, did.method, did.path, did.body); a.status/100 != 2 {
			f.t.Errorf("%s %s: %d %s", did.method, did.path, a.status, a.body)
			continue
		}
		var got []int64
		for _, e := range f.events(f.enterprise)[before:] {
			got = append(got, e.Type)
			if e.User != user {
				f.t.Errorf("%s %s: event %d is by user %d, want %d", did.method, did.path, e.Type, e.User, user)
			}
		}
		if !slices.Equal(got, did.wants) {
			f.t.Errorf("%s %s wrote %v, want %v", did.method, did.path, got, did.wants)
		}
		row := auditOf(rows, did.method, "/api"+did.operation)
		for _, kind := range did.wants {
			if row == nil || !slices.Contains(row.writes, kind) {
				f.t.Errorf("testdata/audit.txt does not say that %s %s writes event %d", did.method, did.operation, kind)
			}
		}
	}
}
