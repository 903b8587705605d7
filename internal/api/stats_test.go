package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/stats"
)

func statsOps(a *API, r *rest.API) { a.statsRoutes(r) }

// day numbers a date.
func day(year int, month time.Month, d int) int64 {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

// withUsage gives endpoint 11 usage in three months, with two SIMs, and endpoint 13 of another organisation some.
func (f *fixture) withUsage() {
	f.t.Helper()
	f.device(f.enterprise, 11, "meter", nil, "8988303000000000011", "901430000000011")
	f.device(f.enterprise, 12, "idle", nil, "8988303000000000029", "901430000000012")
	f.device(f.other, 13, "foreign", nil, "8988303000000000037", "901430000000013")
	updated := began.UnixMicro()
	use := func(d, sim, traffic, currency, tx, rx, cost, updated int64) stats.Day {
		return stats.Day{Organisation: f.enterprise, Endpoint: 11, Day: d, SIM: sim, TrafficType: traffic, Currency: currency, Tx: tx, Rx: rx, Cost: cost, Updated: updated}
	}
	first := []stats.Day{
		use(day(2026, 5, 31), 11, record.Data, 1, 1, 0, 1, updated),
		use(day(2026, 10, 1), 11, record.Data, 1, 1_000_000, 2_500_000, 35, updated),
		use(day(2026, 10, 31), 12, record.Data, 0, 1, 1, 0, updated), // not rated
		use(day(2026, 10, 31), 11, record.SMS, 1, 2, 1, 30_000_000_000, updated),
		use(day(2026, 11, 1), 11, record.Data, 1, 10, 20, 30, updated-2),
		use(day(2026, 11, 15), 11, record.Data, 1, 1, 2, 3, updated-1),
	}
	second := []stats.Day{
		use(day(2026, 11, 15), 11, record.Data, 1, 10, 20, 30, updated),    // adds up
		use(day(2026, 11, 15), 11, record.Data, 2, 100, 200, 7, updated-5), // an older currency
	}
	foreign := second[0]
	foreign.Organisation, foreign.Endpoint, foreign.SIM = f.other, 13, 13
	for _, days := range [][]stats.Day{first, second, {foreign}} {
		f.write(f.enterprise, func(tx *db.Tx) error { return stats.Store(tx, days) })
	}
}

// withRecords writes usage records of endpoint 11 that ended so long before now.
func (f *fixture) withRecords() {
	f.t.Helper()
	now := f.clock.Clock().Micros()
	f.write(f.enterprise, func(tx *db.Tx) error {
		batch := record.NewBatch()
		for _, r := range []struct {
			ago          time.Duration
			sim, traffic int64
			tx, rx       int64
		}{
			{time.Hour, 11, record.Data, 1, 1}, // not within the hour any more
			{time.Hour - time.Second, 11, record.Data, 10, 20},
			{10 * time.Minute, 11, record.Data, 100, 200},
			{10*time.Minute + 25*time.Second, 12, record.Data, 1_000_000, 0}, // the same minute, another SIM
			{time.Minute, 11, record.SMS, 0, 3},
			{0, 11, record.Data, 5, 6},
		} {
			end := now - r.ago.Microseconds()
			batch.Add(tx, now, record.Record{
				Organisation: f.enterprise, Endpoint: 11, SIM: r.sim, Start: end - 1, End: end,
				TrafficType: r.traffic, VolumeTx: r.tx, VolumeRx: r.rx,
			})
		}
		return batch.Store(tx)
	})
}

const (
	dataType = `"traffic_type": {"id": 5, "description": "Data", "unit": "MB"}`
	smsType  = `"traffic_type": {"id": 6, "description": "SMS", "unit": "SMS"}`
	euro     = `"currency": {"id": 1, "code": "EUR", "symbol": "€"}`
)

// use is what was used at a step of a course, in bytes.
type use struct {
	at     int
	rx, tx int64
}

// course writes a course of n steps.
func course(n int, first string, step time.Duration, used ...use) string {
	at, err := time.Parse("15:04", first)
	if err != nil {
		panic(err)
	}
	rx, tx := make([]string, n), make([]string, n)
	for i := range n {
		var u use
		for _, one := range used {
			if one.at == i {
				u = one
			}
		}
		label := at.Add(time.Duration(i) * step).Format("15:04")
		rx[i] = fmt.Sprintf("[%q, %s]", label, money.Format(u.rx, money.VolumePlaces))
		tx[i] = fmt.Sprintf("[%q, %s]", label, money.Format(u.tx, money.VolumePlaces))
	}
	return fmt.Sprintf(`{"rx": [%s], "tx": [%s]}`, strings.Join(rx, ", "), strings.Join(tx, ", "))
}

func TestStats(t *testing.T) {
	quiet := `{"data": ` + course(60, "12:01", time.Minute) + `, "sms": ` + course(60, "12:01", time.Minute) + `}`
	onEach(t, statsOps, func(f *fixture) {
		f.withUsage()
		f.withRecords()
		var got any
		f.get("/v1/endpoint/11/stats").into(f.t, http.StatusOK, &got)
		same(f.t, got, `{
			"last_month": {
				"data": {"id": 112026105, "endpoint_id": 11, "month": "2026-10-01", "traffic_type_id": 5, "currency_id": 1,
					"last_updated": "2026-11-15T12:00:30.000+0000", "volume": 3.500002, "volume_tx": 1.000001, "volume_rx": 2.500001,
					"cost": 0.0000000035, `+dataType+`, `+euro+`},
				"sms": {"id": 112026106, "endpoint_id": 11, "month": "2026-10-01", "traffic_type_id": 6, "currency_id": 1,
					"last_updated": "2026-11-15T12:00:30.000+0000", "volume": 3, "volume_tx": 2, "volume_rx": 1, "cost": 3, `+smsType+`, `+euro+`}},
			"current_month": {
				"data": {"id": 112026115, "endpoint_id": 11, "month": "2026-11-01", "traffic_type_id": 5, "currency_id": 1,
					"last_updated": "2026-11-15T12:00:30.000+0000", "volume": 0.000363, "volume_tx": 0.000121, "volume_rx": 0.000242,
					"cost": 0.0000000063, `+dataType+`, `+euro+`}},
			"last_hour": {"data": `+course(60, "12:01", time.Minute, use{49, 200, 1_000_100}, use{59, 6, 5})+`,
				"sms": `+course(60, "12:01", time.Minute, use{58, 3_000_000, 0})+`}}`)

		f.get("/v1/sim/12/stats").into(f.t, http.StatusOK, &got)
		same(f.t, got, `{
			"last_month": {"data": {"id": 122026105, "sim_id": 12, "month": "2026-10-01", "traffic_type_id": 5, "currency_id": null,
				"last_updated": "2026-11-15T12:00:30.000+0000", "volume": 0.000002, "volume_tx": 0.000001, "volume_rx": 0.000001,
				"cost": 0, `+dataType+`, "currency": null}},
			"last_hour": `+quiet+`}`)
		// A record of today comes with a row of today, which tells that SIM 12 was in endpoint 11.
		f.write(f.enterprise, func(tx *db.Tx) error {
			return stats.Store(tx, []stats.Day{{Organisation: f.enterprise, Endpoint: 11, Day: day(2026, 11, 15), SIM: 12, TrafficType: record.Data, Tx: 1_000_000}})
		})
		var hour struct {
			LastHour any `json:"last_hour"`
		}
		f.get("/v1/sim/12/stats").into(f.t, http.StatusOK, &hour)
		same(f.t, hour.LastHour, `{"data": `+course(60, "12:01", time.Minute, use{49, 0, 1_000_000})+`, "sms": `+course(60, "12:01", time.Minute)+`}`)

		var idle any
		f.get("/v1/endpoint/12/stats").into(f.t, http.StatusOK, &idle)
		same(f.t, idle, `{"last_month": {}, "last_hour": `+quiet+`}`)
	})
}

func TestDailyShape(t *testing.T) {
	onEach(t, statsOps, func(f *fixture) {
		f.withUsage()
		var got any
		f.get("/v1/endpoint/11/stats/daily?start_date=2026-10-31&end_date=2026-11-15").into(f.t, http.StatusOK, &got)
		same(f.t, got, `[
			{"date": "2026-10-31",
				"data": {"volume": 0.000002, "volume_tx": 0.000001, "volume_rx": 0.000001, "cost": 0, `+dataType+`, "currency": null},
				"sms": {"volume": 3, "volume_tx": 2, "volume_rx": 1, "cost": 3, `+smsType+`, `+euro+`}},
			{"date": "2026-11-01", "data": {"volume": 0.00003, "volume_tx": 0.00001, "volume_rx": 0.00002, "cost": 0.000000003, `+dataType+`, `+euro+`}},
			{"date": "2026-11-15", "data": {"volume": 0.000333, "volume_tx": 0.000111, "volume_rx": 0.000222, "cost": 0.0000000033, `+dataType+`, `+euro+`}}]`)
	})
}

func TestDailyRange(t *testing.T) {
	tests := []struct {
		path string
		want []string
	}{
		{"/v1/endpoint/11/stats/daily", []string{"2026-11-01", "2026-11-15"}},
		{"/v1/endpoint/11/stats/daily?start_date=2026-05-01", []string{"2026-05-31", "2026-10-01", "2026-10-31"}}, // six months
		{"/v1/endpoint/11/stats/daily?start_date=2026-05-16", []string{"2026-05-31", "2026-10-01", "2026-10-31", "2026-11-01", "2026-11-15"}},
		{"/v1/endpoint/11/stats/daily?end_date=2026-10-30", []string{"2026-10-01"}},
		{"/v1/endpoint/11/stats/daily?start_date=2026-10-31T23:00:00Z&end_date=2026-11-01", []string{"2026-10-31", "2026-11-01"}},
		{"/v1/endpoint/12/stats/daily", []string{}},
		{"/v1/sim/11/stats/daily?start_date=2026-10-01&end_date=2026-11-30", []string{"2026-10-01", "2026-10-31", "2026-11-01", "2026-11-15"}},
		{"/v1/sim/12/stats/daily?start_date=2026-10-01", []string{"2026-10-31"}},
	}
	onEach(t, statsOps, func(f *fixture) {
		f.withUsage()
		for _, tt := range tests {
			f.t.Run(tt.path, func(t *testing.T) {
				var rows []struct{ Date string }
				got := f.get(tt.path)
				got.into(t, http.StatusOK, &rows)
				dates := []string{}
				for _, r := range rows {
					dates = append(dates, r.Date)
				}
				if diff := cmp.Diff(tt.want, dates); diff != "" {
					t.Error(diff)
				}
				if len(tt.want) == 0 && strings.TrimSpace(got.body) != "[]" {
					t.Errorf("body %q", got.body)
				}
			})
		}
		// Half an hour before midnight UTC it is the next month in Berlin.
		f.clock.Advance(time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC).Sub(began))
		var rows []struct{ Date string }
		f.get("/v1/endpoint/11/stats/daily").into(f.t, http.StatusOK, &rows)
		if len(rows) != 0 {
			f.t.Errorf("in December: %v", rows)
		}
	})
}

func TestStatsErrors(t *testing.T) {
	tests := []struct {
		path         string
		status, code int
	}{
		{"/v1/endpoint/99/stats", 404, 1401}, // unknown
		{"/v1/endpoint/13/stats", 404, 1401}, // foreign
		{"/v1/endpoint/-1/stats", 404, 1401},
		{"/v1/endpoint/x/stats", 400, 1000},
		{"/v1/endpoint/99/stats/daily", 404, 1401},
		{"/v1/endpoint/13/stats/daily", 404, 1401},
		{"/v1/endpoint/x/stats/daily", 400, 1000},
		{"/v1/endpoint/11/stats/daily?start_date=yesterday", 422, 1403},
		{"/v1/endpoint/11/stats/daily?start_date=2026-02-30", 422, 1403},
		{"/v1/endpoint/11/stats/daily?end_date=31.12.2026", 422, 1403},
		{"/v1/endpoint/11/stats/daily?start_date=1969-12-31", 422, 1403},
		{"/v1/endpoint/11/stats/daily?start_date=2026-11-02&end_date=2026-11-01", 422, 1403},
		{"/v1/sim/99/stats", 404, 1401},
		{"/v1/sim/13/stats", 404, 1401},
		{"/v1/sim/x/stats", 400, 1000},
		{"/v1/sim/13/stats/daily", 404, 1401},
		{"/v1/sim/x/stats/daily", 400, 1000},
		{"/v1/sim/11/stats/daily?end_date=2026", 422, 1403},
	}
	onEach(t, statsOps, func(f *fixture) {
		f.withUsage()
		for _, tt := range tests {
			f.t.Run(tt.path, func(t *testing.T) { f.get(tt.path).fails(t, tt.status, tt.code) })
		}
	})
}
