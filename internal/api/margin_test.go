package api

import (
	"fmt"
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/rest"
)

func TestMargin(t *testing.T) {
	onEach(t, func(a *API, r *rest.API) { a.marginRoutes(r) }, func(f *fixture) {
		h := f.hand(f.operator)
		const telekom, orange = 370, 1
		price := func(id, coverage, operator, traffic, currency, rate, volume, block, from, until int64) {
			f.exec(`INSERT INTO inter_operator_tariff (organisation_id, id, coverage_id, operator_id, traffic_type_id, currency_id, rate, volume, blocksize,
				valid_from, valid_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
				f.operator, id, coverage, operator, traffic, currency, rate, volume, block, from, until)
		}
		const unit, million = 10_000_000_000, 1_000_000
		price(1, 1, telekom, 5, 1, 2*unit, 100, 1000, at(0), at(12)) // 0.02 for a MB, by the kB
		price(2, 1, telekom, 5, 1, 4*unit, 100, 1, at(12), 0)        // then 0.04
		price(3, 2, telekom, 5, 1, 9*unit, 1, 1, at(0), 0)           // of a younger coverage: it does not count
		price(4, 1, telekom, 6, 2, unit/2, 1, 1, at(0), 0)           // SMS, in another currency
		use := func(organisation int64, list ...record.Record) {
			f.write(organisation, func(tx *db.Tx) error {
				b := record.NewBatch()
				for _, r := range list {
					r.Organisation, r.Rated, r.End = organisation, r.Currency != 0, r.Start
					if r.BillingMonth == 0 {
						r.BillingMonth = 202611
					}
					b.Add(tx, f.clock.Clock().Micros(), r)
				}
				return b.Store(tx)
			})
		}
		use(f.enterprise,
			record.Record{Operator: telekom, TrafficType: 5, Start: at(11), VolumeTx: 500_001, VolumeRx: 999_000, Currency: 1, Cost: unit}, // 1.5 MB: 0.03
			record.Record{Operator: telekom, TrafficType: 5, Start: at(12), VolumeTx: million, Currency: 1, Cost: unit / 2},                // 0.04
			record.Record{Operator: telekom, TrafficType: 6, Start: at(13), VolumeTx: 2, VolumeRx: 1, Currency: 1, Cost: unit},             // 1.5 of the other
			record.Record{Operator: telekom, TrafficType: 5, Start: at(12), VolumeTx: million, Currency: 1, Cost: unit, BillingMonth: 202610},
		)
		use(f.other,
			record.Record{Operator: orange, TrafficType: 5, Start: at(11), VolumeTx: 3 * million, Currency: 1, Cost: unit / 4}, // no price
			record.Record{Operator: telekom, TrafficType: 5, Start: at(14), VolumeTx: million},                                 // not rated: 0.04
		)
		var page []record.Record // more than is read at once
		for range 2100 {
			page = append(page, record.Record{Operator: telekom, TrafficType: 5, Start: at(12), VolumeRx: 1000, Currency: 1, Cost: 1})
		}
		use(f.other, page...)

		type result struct {
			Currency              *struct{ Code string }
			Charged, Cost, Margin float64
		}
		type margin struct {
			Month     int64
			Operators []struct {
				result
				Operator, Country struct{ Name string }
				TrafficType       struct{ ID int64 } `json:"traffic_type"`
				Records           int64
				Volume            float64
				Unpriced          float64 `json:"unpriced_volume"`
			}
			Countries []struct {
				result
				Country struct{ Name string }
			}
			Total []result
		}
		text := func(path string) (out string) {
			var m margin
			h.send("GET", path, "").into(t, 200, &m)
			code := func(r result) string {
				if r.Currency == nil {
					return "none"
				}
				return fmt.Sprint(r.Currency.Code, " ", r.Charged, "-", r.Cost, "=", r.Margin)
			}
			out = fmt.Sprintln(m.Month)
			for _, o := range m.Operators {
				out += fmt.Sprintln(o.Operator.Name, o.Country.Name, o.TrafficType.ID, o.Records, o.Volume, o.Unpriced, code(o.result))
			}
			for _, c := range m.Countries {
				out += fmt.Sprintln(c.Country.Name, code(c.result))
			}
			for _, r := range m.Total {
				out += fmt.Sprintln(code(r))
			}
			return out
		}
		name := f.one(`SELECT o.name || ' ' || c.name FROM operator o JOIN country c ON c.id = o.country_id WHERE o.id = 1`)
		country := f.one(`SELECT c.name FROM operator o JOIN country c ON c.id = o.country_id WHERE o.id = 1`)
		second := f.one(`SELECT code FROM currency WHERE id = 2`)
		want := "202611\n" +
			name + " 5 1 3 3 EUR 0.25-0=0.25\n" +
			"Telekom Germany 5 2103 5.599001 0 EUR 1.50000021-0.194=1.30600021\n" +
			"Telekom Germany 6 1 3 0 EUR 1-0=1\n" +
			"Telekom Germany 6 0 0 0 " + second + " 0-1.5=-1.5\n" +
			country + " EUR 0.25-0=0.25\n" +
			"Germany EUR 2.50000021-0.194=2.30600021\n" +
			"Germany " + second + " 0-1.5=-1.5\n" +
			"EUR 2.75000021-0.194=2.55600021\n" + second + " 0-1.5=-1.5\n"
		if got := text("/v1/organisation/my/margin?month=202611"); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		if got := text("/v1/organisation/my/margin"); got != want {
			t.Errorf("the current month is\n%s", got)
		}
		if got, want := text(fmt.Sprintf("/v1/organisation/%d/margin?month=202610", f.enterprise)), "202610\nTelekom Germany 5 1 1 0 EUR 1-0.04=0.96\nGermany EUR 1-0.04=0.96\nEUR 1-0.04=0.96\n"; got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		if got := text(fmt.Sprintf("/v1/organisation/%d/margin?month=202609", f.reseller)); got != "202609\n" {
			t.Error(got)
		}
		h.send("GET", "/v1/organisation/my/margin?month=202613", "").fails(t, 422, 1400)
		h.send("GET", "/v1/organisation/my/margin?month=x", "").fails(t, 422, 1400)
		h.send("GET", "/v1/organisation/999/margin", "").fails(t, 404, 1401)
		h.send("GET", "/v1/organisation/x/margin", "").fails(t, 400, 1000)
		rival := f.organisation("Another operator", 1, 0)
		h.send("GET", fmt.Sprintf("/v1/organisation/%d/margin", rival), "").fails(t, 404, 1401)
		f.onlyOperators("GET /v1/organisation/my/margin")
	})
}
