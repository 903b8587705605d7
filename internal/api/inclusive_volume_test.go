package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/rest"
)

func inclusiveOps(a *API, r *rest.API) {
	profileRoutes(a, r)
	a.inclusiveVolumeRoutes(r)
}

// withVolumes gives the enterprise tariffs 500 and 501 and five inclusive volumes: 11 is open, 12 ends with the month, 13
// is over, 14 is to come, 15 is of the other tariff.
func (f *fixture) withVolumes() {
	f.t.Helper()
	for tariff := int64(500); tariff <= 501; tariff++ {
		f.tariff(tariff)
		f.exec(`INSERT INTO ratezone (tariff_id, id, name, valid_from, valid_until) VALUES ($1, $2, 'Home', 0, 0)`, tariff, tariff+100)
	}
	volume := func(id, tariff, first, last int64, pooled bool) {
		f.write(f.enterprise, func(tx *db.Tx) error {
			return inclusive.Create(tx, f.enterprise, inclusive.Volume{
				ID: id, Tariff: tariff, Ratezone: tariff + 100, Volume: 1_500_000, Rate: 10_000_000_000, Currency: 1, Pooled: pooled,
				First: first, Last: last,
			})
		})
	}
	volume(11, 500, 202601, 0, true)
	volume(12, 500, 202611, 202611, false)
	volume(13, 500, 202601, 202610, true)
	volume(14, 500, 202612, 0, true)
	volume(15, 501, 202601, 0, true)
}

func TestActiveInclusiveVolumes(t *testing.T) {
	onEach(t, inclusiveOps, func(f *fixture) {
		f.withVolumes()
		const path = "/v1/organisation/%v/inclusive_volume/active"
		row := func(id, tariff int, dates string, pooled bool) string {
			return fmt.Sprintf(`{"id": %d, "volume": 1.5, "rate": 1, "pooled": %v, %s, `+euro+`, "tariff": {"id": %d, "name": "World",
				"tariff_status_id": 1, "ratezone": {"id": %d, "name": "Home", "ratezone_status_id": 1}}}`, id, pooled, dates, tariff, tariff+100)
		}
		open := `"start_date": "2026-01-01T00:00:00.000+0000"`
		want := "[" + row(11, 500, open, true) + "," +
			row(12, 500, `"start_date": "2026-11-01T00:00:00.000+0000", "end_date": "2026-11-30T00:00:00.000+0000"`, false) + "," +
			row(15, 501, open, true) + "]"
		for _, asked := range []struct {
			by   int64
			path any
		}{{f.enterprise, "my"}, {f.enterprise, f.enterprise}, {f.reseller, f.enterprise}} {
			var got any
			f.call(f.token(asked.by), http.MethodGet, fmt.Sprintf(path, asked.path), "").into(f.t, 200, &got)
			same(f.t, got, want)
		}
		var none []any
		if f.call(f.token(f.other), http.MethodGet, fmt.Sprintf(path, "my"), "").into(f.t, 200, &none); none == nil || len(none) != 0 {
			f.t.Errorf("got %v", none)
		}
		for _, asked := range []struct {
			by   int64
			path any
			code int
		}{{f.other, f.enterprise, 1401}, {f.enterprise, f.reseller, 1401}, {f.enterprise, 999, 1401}} {
			f.call(f.token(asked.by), http.MethodGet, fmt.Sprintf(path, asked.path), "").fails(f.t, 404, asked.code)
		}
		f.get(fmt.Sprintf(path, "mine")).fails(f.t, 400, 1000)

		// Half an hour before midnight UTC it is December in Berlin.
		f.clock.Advance(time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC).Sub(began))
		var later []struct{ ID int }
		f.get(fmt.Sprintf(path, "my")).into(f.t, 200, &later)
		if fmt.Sprint(later) != "[{11} {14} {15}]" {
			f.t.Errorf("in December: %v", later)
		}
	})
}

func TestInclusiveVolumeOfTariffProfile(t *testing.T) {
	onEach(t, inclusiveOps, func(f *fixture) {
		f.withVolumes()
		place := f.made("/v1/tariff_profile", `{"name":"Mine","tariff":{"id":500}}`)
		put := func(volume string) answer {
			return f.send(http.MethodPut, place+"/inclusive_volume/"+volume, "")
		}
		put("13").fails(f.t, 400, 1406) // over
		put("15").fails(f.t, 400, 1406) // of another tariff
		put("99").fails(f.t, 404, 1401)
		f.send(http.MethodPut, "/v1/tariff_profile/999/inclusive_volume/11", "").fails(f.t, 404, 1401)
		f.call(f.token(f.other), http.MethodPut, place+"/inclusive_volume/11", "").fails(f.t, 404, 1401)
		f.send(http.MethodDelete, place+"/inclusive_volume/11", "").fails(f.t, 404, 1401)
		if got := put("12"); got.status != 204 || got.body != "" {
			f.t.Errorf("got %d %s", got.status, got.body)
		}
		var got map[string]any
		f.get(place).into(f.t, 200, &got)
		same(f.t, got["inclusive_volume"], `{"id": 12, "volume": 1.5, "rate": 1, "pooled": false, "start_date": "2026-11-01T00:00:00.000+0000",
			"end_date": "2026-11-30T00:00:00.000+0000", "ratezone": {"id": 600, "name": "Home"}, `+euro+`}`)
		want := `{"inclusive_volume":{"ratezone_inclusive_volume_id":null,"volume":1.5,"cost":"1.000000","excess_traffic":0,"pooled":false,"rate":1,"id":12,"start_date":"2026-11-01 00:00:00","end_date":"2026-11-30 00:00:00","currency_id":1,"ratezone":{"id":600,"name":"Home"}}}`
		if detail := f.one(`SELECT detail FROM event WHERE type_id = 34`); detail != want {
			f.t.Error(detail)
		}
		put("12").fails(f.t, 409, 1405)
		put("11").fails(f.t, 409, 1405)
		f.send(http.MethodDelete, place+"/inclusive_volume/11", "").fails(f.t, 404, 1401)
		version := f.one(`SELECT CAST(config_version AS TEXT) FROM organisation_head WHERE organisation_id = $1`, f.enterprise)
		if got := f.send(http.MethodDelete, place+"/inclusive_volume/12", ""); got.status != 204 {
			f.t.Errorf("got %d %s", got.status, got.body)
		}
		if now := f.one(`SELECT CAST(config_version AS TEXT) FROM organisation_head WHERE organisation_id = $1`, f.enterprise); now == version {
			f.t.Error("nobody hears of the change")
		}
		if body := f.get(place).body; !strings.Contains(body, `"inclusive_volume":null`) {
			f.t.Error(body)
		}
		if got := put("11"); got.status != 204 {
			f.t.Errorf("got %d %s", got.status, got.body)
		}
	})
}
