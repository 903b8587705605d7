package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/rest"
)

func billingOps(a *API, r *rest.API) { a.billingRoutes(r) }

// use writes a usage record of the enterprise in an operator's network.
func (f *fixture) use(month, operator, bytes, cost int64) {
	f.t.Helper()
	f.write(f.enterprise, func(tx *db.Tx) error {
		now := f.clock.Clock().Micros()
		batch := record.NewBatch()
		batch.Add(tx, now, record.Record{
			Organisation: f.enterprise, Endpoint: 11, SIM: 12, Start: now - clock.Minute, End: now, TrafficType: record.Data, Operator: operator, Tariff: 5,
			Ratezone: 6, Currency: 1, BillingMonth: month, VolumeTx: bytes, Cost: cost, Rated: true, Rate: 500_000_000, Block: 1,
		})
		return batch.Store(tx)
	})
}

func TestStatement(t *testing.T) {
	onEach(t, billingOps, func(f *fixture) {
		path := fmt.Sprintf("/v1/organisation/%d/billing", f.enterprise)
		f.exec(`INSERT INTO billing_config (organisation_id, charging_model_id, payment_term_id, vatin, vat_rate, invoice_issuer_info, bank_name, bank_iban, bank_bic,
			bank_country) VALUES ($1, 1, 3, 'DE1', 190000, '', '', '', '', '')`, f.enterprise)
		f.use(202611, 1, 2_000_000, 1_000_000_000)
		f.use(202611, 1, 500_001, 250_000_501)
		var periods, first any
		f.get(path).into(f.t, 200, &periods)
		same(f.t, periods, `[{"id": 202611, "description": "November 2026"}]`)
		var s struct {
			Closed           bool
			Total, Sub_total struct{ Cost float64 }
			VAT              struct{ Rate, Cost float64 }
			Traffic          struct {
				Data struct {
					Total struct{ Volume, Cost float64 }
				}
			}
			Late_usage []any
		}
		f.get(path+"/202611").into(f.t, 200, &s)
		if s.Closed || s.Sub_total.Cost != 0.1250000501 || s.VAT.Rate != 19 || s.VAT.Cost != 0.0237500095 || s.Total.Cost != 0.1487500596 || s.Traffic.Data.Total.Volume != 2.500001 {
			f.t.Errorf("got %+v", s)
		}
		var rows []struct{ Cost float64 }
		f.get(path+"/202611/usage?tariff=5&ratezone=6").into(f.t, 200, &rows)
		if len(rows) != 2 || rows[0].Cost+rows[1].Cost != 0.1250000501 {
			f.t.Errorf("rows %v", rows)
		}
		for query, n := range map[string]int{"tariff=4": 0, "endpoint=11": 2, "per_page=1": 1, "traffic_type=6": 0, "after=1": 1} {
			if f.get(path+"/202611/usage?"+query).into(f.t, 200, &rows); len(rows) != n {
				f.t.Errorf("%s: %d rows", query, len(rows))
			}
		}

		for kind, begins := range map[string]string{"csv": "section,description", "pdf": "%PDF-1.4"} {
			got := f.get(path + "/202611/" + kind)
			name := fmt.Sprintf("attachment; filename=statement-%d-202611.%s", f.enterprise, kind)
			if got.status != 200 || !strings.HasPrefix(got.body, begins) || got.header.Get("Content-Disposition") != name {
				f.t.Errorf("%s: %d %v %.100s", kind, got.status, got.header, got.body)
			}
			f.call(f.token(f.other), http.MethodGet, path+"/202611/"+kind, "").fails(f.t, 404, 1401)
		}

		// The month ends, is closed once, and stands; what comes late is on the next statement, marked.
		operator := f.token(f.operator)
		closing := func() (r struct{ Organisations, Statements, Waiting int }) {
			f.call(operator, http.MethodPost, "/v1/billing/close", `{"month": 202611}`).into(f.t, 200, &r)
			return r
		}
		if r := closing(); r.Statements != 0 || r.Waiting != 4 {
			f.t.Errorf("closed early: %+v", r)
		}
		f.clock.Advance(20 * 24 * time.Hour)
		if r := closing(); r.Statements != 4 || r.Organisations != 4 {
			f.t.Errorf("closed: %+v", r)
		}
		f.get(path+"/202611").into(f.t, 200, &first)
		f.use(202611, 1, 1_000_000, 500_000_000)
		f.use(202612, 1, 3_000_000, 1_500_000_000)
		if r := closing(); r.Statements != 0 {
			f.t.Errorf("closed again: %+v", r)
		}
		var again any
		f.get(path+"/202611").into(f.t, 200, &again)
		if fmt.Sprint(again) != fmt.Sprint(first) {
			f.t.Errorf("the statement was\n%v\nand is\n%v", first, again)
		}
		f.get(path+"/202612").into(f.t, 200, &s)
		if s.Closed || s.Sub_total.Cost != 0.2 || len(s.Late_usage) != 1 {
			f.t.Errorf("got %+v", s)
		}
		same(f.t, s.Late_usage[0], `{"month": 202611, "traffic_type": {"id": 5, "description": "Data"}, "volume": 1, "cost": 0.05, "currency": {"code": "EUR"}}`)
		f.get(path).into(f.t, 200, &periods)
		same(f.t, periods, `[{"id": 202612, "description": "December 2026"}, {"id": 202611, "description": "November 2026"}]`)
		if f.get(path+"/202612/usage").into(f.t, 200, &rows); len(rows) != 2 {
			f.t.Errorf("rows %v", rows)
		}
	})
}

func TestStatementRefuses(t *testing.T) {
	onEach(t, billingOps, func(f *fixture) {
		path := fmt.Sprintf("/v1/organisation/%d/billing", f.enterprise)
		for _, foreign := range []string{path, path + "/202611", path + "/202611/usage"} {
			f.call(f.token(f.other), http.MethodGet, foreign, "").fails(f.t, 404, 1401)
			f.call(f.token(f.operator), http.MethodGet, foreign, "").into(f.t, 200, new(any))
		}
		for _, month := range []string{"202610", "202613", "0"} {
			for _, of := range []string{"", "/usage", "/csv", "/pdf"} {
				f.get("/v1/organisation/my/billing/"+month+of).fails(f.t, 404, 1401)
			}
		}
		f.get("/v1/organisation/my/billing/x").fails(f.t, 400, 1000)
		for _, by := range []int64{f.reseller, f.enterprise} {
			f.call(f.token(by), http.MethodPost, "/v1/billing/close", `{"month": 202611}`).fails(f.t, 403, 1104)
		}
		for _, body := range []string{`{}`, `{"month": 202613}`, `{"month": "x"}`} {
			f.call(f.token(f.operator), http.MethodPost, "/v1/billing/close", body).fails(f.t, 422, 1400)
		}
	})
}
