package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/intake"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
)

func fileRoutes(a *API, r *rest.API) {
	simWholesale(a, r)
	a.deviceImportRoutes(r)
	a.ipAddressSpaceRoutes(r)
}

// take imports a file, which must work.
func (f *fixture) take(organisation int64, what string, file deviceFile) intake.Report {
	f.t.Helper()
	var r intake.Report
	f.give(organisation, what, file).into(f.t, 200, &r)
	return r
}

func (f *fixture) give(organisation int64, what string, file deviceFile) answer {
	f.t.Helper()
	body, err := json.Marshal(file)
	f.must(err)
	return f.call(f.token(organisation), http.MethodPost, "/v1/import/"+what, string(body))
}

// counts are what a report counts.
type counts struct{ Rows, Done, Made, Found, Failed int64 }

func countsOf(r intake.Report) counts { return counts{r.Rows, r.Done, r.Made, r.Found, r.Failed} }

func TestImportSIMs(t *testing.T) {
	onEach(t, fileRoutes, func(f *fixture) {
		f.stockFor(9, sim.New{Issuer: f.operator})
		file := "\ufeffCard number;IMSI;msisdn;Status;Customer;BIC\r\n" +
			"89883030000001000010;901431000000001;491;Activated;Enterprise;BOX\r\n" +
			"8988303000000100002;901431000000002;;;;BOX\r\n" +
			"\r\n" +
			"8988303000000100003;9014x;;;;\r\n" +
			"8988303000000100004;901431000000001;;;;\r\n" +
			"8988303000000000009;901431000000005;;;;\r\n" +
			"8988303000000100006;901431000000006;;;Nobody;\r\n" +
			"8988303000000100007;901431000000007;;gone;;\r\n"
		file = strings.Replace(file, "89883030000001000010", sim.WithLuhn("8988303000000100001"), 1)
		how := deviceFile{
			Content: file, Columns: map[string]string{"iccid": "card number"}, DryRun: true,
			Defaults: map[string]string{"status": "Issued", "reseller": "reseller", "model": "Removable"},
		}
		dry := f.take(f.operator, "sims", how)
		how.DryRun = false
		if diff := cmp.Diff(counts{7, 7, 2, 0, 5}, countsOf(dry)); diff != "" || !dry.DryRun {
			t.Error(diff, dry)
		}
		if n := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM sim`); n != "1" {
			t.Errorf("a dry run made SIMs: %s", n)
		}
		got := f.take(f.operator, "sims", how)
		if diff := cmp.Diff(counts{7, 7, 2, 0, 5}, countsOf(got)); diff != "" {
			t.Error(diff)
		}
		for i, want := range []struct {
			line int
			says string
		}{{5, "IMSI"}, {6, "line 2"}, {7, "with another IMSI"}, {8, "Nobody"}, {9, `status "gone"`}} {
			if e := got.Errors[i]; e.Line != want.line || !strings.Contains(e.Message, want.says) {
				t.Errorf("got %+v, want %+v", e, want)
			}
		}
		if diff := cmp.Diff(counts{7, 7, 0, 2, 5}, countsOf(f.take(f.operator, "sims", how))); diff != "" {
			t.Error(diff)
		}
		var list []sim.SIM
		f.get("/v1/sim").into(t, 200, &list)
		if len(list) != 1 || list[0].ICCID != "8988303000000100001" || *list[0].MSISDN != "491" || list[0].Status.ID != 1 || int64(list[0].ResellerOrg.ID) != f.reseller ||
			list[0].Model.Description != "Removable" {
			t.Errorf("%+v", list)
		}
		if a := f.call(f.token(f.reseller), http.MethodGet, "/v1/sim_batch/bic/BOX", ""); a.status != 422 { // one of its SIMs is sold
			t.Errorf("%d %s", a.status, a.body)
		}
		f.give(f.operator, "sims", deviceFile{Content: "a,b\n1,2\n"}).fails(t, 422, 1400)
		f.give(f.operator, "sims", deviceFile{Content: "iccid,imsi\n1,2\n", Columns: map[string]string{"x": "y"}}).fails(t, 422, 1400)
		f.give(f.operator, "sims", deviceFile{Content: "iccid,imsi\n1,2\n", Defaults: map[string]string{"x": "y"}}).fails(t, 422, 1400)
		f.give(f.operator, "sims", deviceFile{}).fails(t, 422, 1400)
		long := f.take(f.operator, "sims", deviceFile{Content: "iccid,imsi,model\n8988303000000100009,901431000000009," + strings.Repeat("m", 256) + "\n"})
		if long.Failed != 1 || !strings.Contains(long.Errors[0].Message, "model") {
			t.Errorf("%+v", long)
		}
		f.give(f.enterprise, "sims", how).fails(t, 403, 1104)
	})
}

func TestImportEndpoints(t *testing.T) {
	onEach(t, fileRoutes, func(f *fixture) {
		newKit(f)
		one, two := f.stock(1, sim.Issued), f.stock(2, sim.Issued)
		f.stockFor(3, sim.New{Issuer: f.operator})
		file := "name,iccid,Service_Profile,tariff_profile,activate,ip_address,ip_address_space,imei_lock,tags\n" +
			"tram,8988303000000000001,Everything,Europe,yes,10.192.0.5,10.192.0.0/29,no,\"a, b\"\n" +
			",8988303000000000002,Everything,1,,,,,\n" +
			"bus,,everything,europe,,,,,\n" +
			"foreign,8988303000000000003,Everything,Europe,,,,,\n" +
			"odd,,Everything,None,,,,,\n" +
			"odd,,Everything,Europe,perhaps,,,,\n" +
			"taken,,Everything,Europe,,10.192.0.5,10.192.0.0/29,,\n"
		got := f.take(f.enterprise, "endpoints", deviceFile{Content: file})
		if diff := cmp.Diff(counts{7, 7, 3, 0, 4}, countsOf(got)); diff != "" {
			t.Error(diff, got.Errors)
		}
		if diff := cmp.Diff(counts{7, 7, 0, 3, 4}, countsOf(f.take(f.enterprise, "endpoints", deviceFile{Content: file}))); diff != "" {
			t.Error(diff)
		}
		var list []endpoint.Endpoint
		f.get("/v1/endpoint?sort=name").into(t, 200, &list)
		if len(list) != 3 || list[0].Name != "8988303000000000002" || int64(list[0].SIM.ID) != two || list[0].SIM.Status.ID != 0 || list[1].Name != "bus" || list[1].SIM != nil {
			t.Fatalf("%+v", list)
		}
		if tram := list[2]; int64(tram.SIM.ID) != one || tram.SIM.Status.ID != 1 || *tram.Tags != "a, b" || *tram.IPAddress != "10.192.0.5" || tram.IMEILock {
			t.Errorf("%+v", tram)
		}
		// Another organisation has none of what the file names.
		if a := f.give(f.other, "endpoints", deviceFile{Content: file}); a.status != 200 || !strings.Contains(a.body, `"made":0`) {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

// TestImportGoesOn ends an import after its first chunk, and gives the file again.
func TestImportGoesOn(t *testing.T) {
	onEach(t, fileRoutes, func(f *fixture) {
		newKit(f)
		f.exec(`UPDATE ip_address_space SET network = '10.192.0.0/16' WHERE organisation_id = $1`, f.enterprise)
		var b strings.Builder
		b.WriteString("name,service_profile,tariff_profile\n")
		for i := range 500 {
			fmt.Fprintf(&b, "device-%d,Everything,Europe\n", i)
		}
		i := &intake.Importer{DB: f.db, Clock: f.clock.Clock()}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := i.Endpoints(ctx, f.enterprise, 0, b.String(), intake.Options{Progress: func(intake.Report) { cancel() }})
		if err == nil {
			t.Fatal("it did not end")
		}
		if n := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM endpoint`); n != "200" {
			t.Errorf("%s endpoints after one chunk", n)
		}
		chunks := 0
		report, err := i.Endpoints(t.Context(), f.enterprise, 0, b.String(), intake.Options{Progress: func(intake.Report) { chunks++ }})
		f.must(err)
		if diff := cmp.Diff(counts{500, 500, 500, 0, 0}, countsOf(*report)); diff != "" || chunks != 3 { // what the first run took is told, then each
			t.Error(diff, chunks)
		}
		report, err = i.Endpoints(t.Context(), f.enterprise, 0, b.String(), intake.Options{})
		f.must(err)
		if diff := cmp.Diff(counts{500, 500, 0, 500, 0}, countsOf(*report)); diff != "" {
			t.Error(diff)
		}
		if n := f.one(`SELECT CAST(COUNT(DISTINCT name) AS TEXT) FROM endpoint`); n != "500" {
			t.Errorf("%s endpoints", n)
		}
	})
}
