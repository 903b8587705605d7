package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/stats"
	"github.com/simstead/simstead/internal/value"
)

func organisationStats(a *API, r *rest.API) {
	inclusiveOps(a, r)
	a.statsRoutes(r)
}

// withTraffic gives the enterprises traffic in two months, the second of them so much that its cost is no int64 any more.
func (f *fixture) withTraffic() {
	f.t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	f.must(err)
	batch := func(organisation int64, uses ...stats.Use) {
		var totals stats.Totals
		for _, u := range uses {
			u.Organisation, u.Updated = organisation, began.UnixMicro()
			u.Day = stats.DayIn(berlin, u.At)
			totals.Add(u)
		}
		f.write(organisation, func(tx *db.Tx) error { return stats.StoreOrganisations(tx, totals) })
	}
	at := func(month time.Month, day, hour, minute int) int64 {
		return time.Date(2026, month, day, hour, minute, 0, 0, time.UTC).UnixMicro()
	}
	batch(f.enterprise,
		stats.Use{At: at(10, 31, 22, 59), TrafficType: record.Data, Currency: 1, Tx: 1, Rx: 2, Cost: 3},
		stats.Use{At: at(10, 31, 23, 30), TrafficType: record.Data, Currency: 1, Tx: 1_000_000, Rx: 500_000, Cost: 35}, // November in Berlin
		stats.Use{At: at(11, 15, 11, 59), TrafficType: record.Data, Currency: 1, Tx: 10, Rx: 20, Cost: 7},
		stats.Use{At: at(11, 15, 12, 0), TrafficType: record.SMS, Currency: 1, Tx: 2, Rx: 1, Cost: 30_000_000_000},
		stats.Use{At: at(11, 15, 9, 0), TrafficType: record.Data, Currency: 0, Tx: 100, Rx: 0}, // not rated
	)
	batch(f.enterprise, stats.Use{At: at(11, 15, 11, 1), TrafficType: record.Data, Currency: 1, Tx: 10, Rx: 20, Cost: 3}) // adds up
	for range 2 {
		batch(f.other, stats.Use{At: at(11, 2, 0, 0), TrafficType: record.Data, Currency: 1, Tx: 5, Rx: 5, Cost: 4_000_000_000_000_000_000})
	}
	batch(f.reseller, stats.Use{At: at(11, 2, 0, 0), TrafficType: record.Data, Currency: 1, Tx: 1, Rx: 0, Cost: 4_000_000_000_000_000_000})
}

func TestOrganisationDays(t *testing.T) {
	onEach(t, organisationStats, func(f *fixture) {
		f.withTraffic()
		text := func(kind, cost, volume, rx, tx string) string {
			id := map[string]string{dataType: "5", smsType: "6"}[kind]
			return fmt.Sprintf(`{"cost": %q, "currency_id": "1", %s, "traffic_type_id": %q, %s, "volume": %q, "volume_rx": %q, "volume_tx": %q}`,
				cost, euro, id, kind, volume, rx, tx)
		}
		november := `[{"date": "2026-11-01", "data": ` + text(dataType, "0.0000000035", "1.500000", "0.500000", "1.000000") + `},
			{"date": "2026-11-15", "data": ` + text(dataType, "0.0000000010", "0.000160", "0.000040", "0.000120") + `,
				"sms": ` + text(smsType, "3.0000000000", "3.000000", "1.000000", "2.000000") + `},
			{"date": "TOTAL", "data": ` + text(dataType, "0.0000000045", "1.500160", "0.500040", "1.000120") + `,
				"sms": ` + text(smsType, "3.0000000000", "3.000000", "1.000000", "2.000000") + `}]`
		for _, path := range []string{
			"/v1/stats/daily", "/v1/organisation/my/stats/daily", "/v1/organisation/my/stats/daily?start_date=2026-11-01",
			"/v1/organisation/my/stats/daily?end_date=2026-11-15", fmt.Sprintf("/v1/organisation/%d/stats/daily?start_date=2026-11-01&end_date=2026-11-15", f.enterprise),
		} {
			var got any
			f.get(path).into(f.t, 200, &got)
			same(f.t, got, november)
		}
		var got any
		f.get("/v1/organisation/my/stats/daily?start_date=2026-10-31").into(f.t, 200, &got) // to the end of October
		same(f.t, got, `[{"date": "2026-10-31", "data": `+text(dataType, "0.0000000003", "0.000003", "0.000002", "0.000001")+`},
			{"date": "TOTAL", "data": `+text(dataType, "0.0000000003", "0.000003", "0.000002", "0.000001")+`}]`)
		if got := f.get("/v1/organisation/my/stats/daily?start_date=2026-09-01"); got.status != 200 || got.body != "[]\n" && got.body != "[]" {
			f.t.Errorf("%d %q", got.status, got.body)
		}
		// Whoever is above sees what those below used as well.
		var days []struct {
			Date string
			Data struct{ Cost, Volume string }
		}
		f.call(f.token(f.operator), http.MethodGet, fmt.Sprintf("/v1/organisation/%d/stats/daily", f.reseller), "").into(f.t, 200, &days)
		if got := fmt.Sprint(days); got != "[{2026-11-01 {0.0000000035 1.500000}} {2026-11-02 {1200000000.0000000000 0.000021}} "+
			"{2026-11-15 {0.0000000010 0.000160}} {TOTAL {1200000000.0000000045 1.500181}}]" {
			f.t.Error(got)
		}
	})
}

func TestOrganisationHours(t *testing.T) {
	onEach(t, organisationStats, func(f *fixture) {
		f.withTraffic()
		var got any
		f.get("/v1/organisation/my/stats/hourly").into(f.t, 200, &got)
		same(f.t, got, `{"data": `+course(4, "10:00", time.Hour, use{0, 0, 100}, use{2, 40, 20})+`,
			"sms": `+course(4, "10:00", time.Hour, use{3, 1_000_000, 2_000_000})+`}`)
		f.get("/v1/organisation/my/stats/hourly?start_date=2026-10-31&end_date=2026-11-01").into(f.t, 200, &got)
		same(f.t, got, `{"data": `+course(48, "00:00", time.Hour, use{23, 2, 1}, use{24, 500_000, 1_000_000})+`, "sms": `+course(48, "00:00", time.Hour)+`}`)
		f.get("/v1/organisation/my/stats/hourly?start_date=2026-11-15T11:00:00Z&end_date=2026-11-15T12:00:00Z").into(f.t, 200, &got)
		same(f.t, got, `{"data": `+course(1, "12:00", time.Hour, use{0, 40, 20})+`, "sms": `+course(1, "12:00", time.Hour)+`}`)
		for _, query := range []string{"start_date=x", "end_date=2026-13-01", "start_date=2026-11-02&end_date=2026-11-01", "start_date=2026-01-01&end_date=2026-03-01"} {
			f.get("/v1/organisation/my/stats/hourly?"+query).fails(f.t, 422, 1403)
		}
		var long struct{ Data struct{ Rx []any } }
		f.get("/v1/organisation/my/stats/hourly?start_date=2020-01-01").into(f.t, 200, &long)
		if n := len(long.Data.Rx); n != 31*24+1 {
			f.t.Errorf("%d hours", n)
		}
	})
}

func TestOrganisationState(t *testing.T) {
	onEach(t, organisationStats, func(f *fixture) {
		f.withTraffic()
		var got any
		f.get("/v1/organisation/my/stats").into(f.t, 200, &got)
		month := func(month, kind, cost, volume, rx, tx string) string {
			return fmt.Sprintf(`{"month": %q, "cost": %s, %s, %s, "volume": %s, "volume_rx": %s, "volume_tx": %s}`, month, cost, euro, kind, volume, rx, tx)
		}
		traffic := `"current_month": {"data": ` + month("2026-11-01", dataType, "0.0000000045", "1.50016", "0.50004", "1.00012") + `,
				"sms": ` + month("2026-11-01", smsType, "3", "3", "1", "2") + `},
			"last_month": {"data": ` + month("2026-10-01", dataType, "0.0000000003", "0.000003", "0.000002", "0.000001") + `}`
		same(f.t, got, `{`+traffic+`, "sim": {"issued": 0, "factory_mode": 0, "active": 0, "suspended": 0, "total": 0},
			"service_profiles": 0, "tariff_profiles": 0, "users": 0, "inclusive_volume": {"unpooled": 0, "pooled": 0}}`)

		f.withVolumes()
		f.write(f.enterprise, func(tx *db.Tx) error {
			return balance.Pay(tx, began.UnixMicro(), 0, f.enterprise, balance.Payment{Amount: value.Some(value.Amount(75_000_000_000))})
		})
		_, err := account.CreateUser(f.t.Context(), f.db, f.clock.Clock(), account.User{Organisation: f.enterprise, Username: "a@b.example", Name: "A", Role: 1})
		f.must(err)
		for n, status := range []int64{sim.Issued, sim.Activated, sim.Activated, sim.Suspended, sim.FactoryTest} {
			f.stock(int64(n), status)
		}
		profiles := map[string]string{
			f.made("/v1/tariff_profile", `{"name":"Pooled","tariff":{"id":500}}`): "11", f.made("/v1/tariff_profile", `{"name":"Own","tariff":{"id":500}}`): "12",
		}
		for place, volume := range profiles {
			f.send(http.MethodPut, place+"/inclusive_volume/"+volume, "")
			f.exec(`INSERT INTO endpoint SELECT $1, $2, 'e', NULL, 0, 0, $2, s.id, '', FALSE, 0, '', 0, 0 FROM sim s
				WHERE s.owner_id = $1 AND s.status_id = 1 AND s.endpoint_id = 0 ORDER BY s.id LIMIT 1`, f.enterprise, last(place))
			f.exec(`UPDATE sim SET endpoint_id = $1 WHERE id = (SELECT sim_id FROM endpoint WHERE organisation_id = $2 AND id = $1)`, last(place), f.enterprise)
		}
		f.get("/v1/organisation/my/stats").into(f.t, 200, &got)
		same(f.t, got, `{`+traffic+`, "sim": {"issued": 1, "factory_mode": 1, "active": 2, "suspended": 1, "total": 5},
			"service_profiles": 0, "tariff_profiles": 2, "users": 1, "active_chargeable_sims": 2, "hosting_fees": 0,
			"inclusive_volume": {"unpooled": 1.5, "pooled": 1.5},
			"prepaid_balance": {"amount": 7.5, `+euro+`, "last_updated": "2026-11-15T12:00:30.000+0000", "prepaid": true}}`)

		// The reseller's and the operator's SIMs are those that they sell, their traffic is all that is below them.
		var above struct {
			SIM          sim.Counts
			CurrentMonth struct {
				Data struct{ Cost, Volume float64 }
			} `json:"current_month"`
		}
		for _, organisation := range []int64{f.reseller, f.operator} {
			f.call(f.token(organisation), http.MethodGet, "/v1/organisation/my/stats", "").into(f.t, 200, &above)
			if above.SIM.Total != 5 || above.CurrentMonth.Data.Cost != 1_200_000_000.0000000045 || above.CurrentMonth.Data.Volume != 1.500181 {
				f.t.Errorf("%+v", above)
			}
		}
	})
}

func TestOrganisationStatsOfOthers(t *testing.T) {
	onEach(t, organisationStats, func(f *fixture) {
		for _, path := range []string{"/stats", "/stats/daily", "/stats/hourly"} {
			of := func(by, organisation int64) answer {
				return f.call(f.token(by), http.MethodGet, fmt.Sprintf("/v1/organisation/%d%s", organisation, path), "")
			}
			of(f.other, f.enterprise).fails(f.t, 404, 1401)
			of(f.enterprise, f.reseller).fails(f.t, 404, 1401)
			of(f.reseller, 999).fails(f.t, 404, 1401)
			for _, above := range []int64{f.reseller, f.operator} {
				if got := of(above, f.enterprise); got.status != 200 {
					f.t.Errorf("%d %s", got.status, got.body)
				}
			}
			f.get("/v1/organisation/x"+path).fails(f.t, 400, 1000)
		}
		f.get("/v1/organisation/my/stats/daily?start_date=x").fails(f.t, 422, 1403)
	})
}

// An hour that lies in two days of the organisation is one row, and a day of several hours too.
func TestTotals(t *testing.T) {
	onEach(t, organisationStats, func(f *fixture) {
		var totals stats.Totals
		for i := range int64(4) {
			totals.Add(stats.Use{Organisation: f.enterprise, At: 10*clock.Hour + i*clock.Hour/2, Day: i % 2, TrafficType: record.Data, Tx: 1, Cost: 1, Updated: i})
		}
		for range 2 {
			f.write(f.enterprise, func(tx *db.Tx) error { return stats.StoreOrganisations(tx, totals) })
		}
		for table, want := range map[string]string{"organisation_hour": "2 8 8 3", "organisation_day": "2 8 8 3"} {
			got := f.one(`SELECT CAST(COUNT(*) AS TEXT) || ' ' || CAST(SUM(volume_tx) AS TEXT) || ' ' || CAST(SUM(cost) AS TEXT) || ' ' ||
				CAST(MAX(last_updated) AS TEXT) FROM ` + table)
			if got != want {
				t.Errorf("%s: %s, want %s", table, got, want)
			}
		}
	})
}
