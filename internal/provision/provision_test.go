package provision

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/keen"
	"github.com/simstead/simstead/internal/stream/webhook"
)

const full = `
tariffs:
  - name: Fleet
    currency: EUR
    block: 1000
    rounding: day
    apns: [internet]
    zones:
      - {name: Home, networks: ["26201", "26202"], data_rate: "0.05", sms_rate: "0.04"}
      - {name: Near, networks: [20801], data_rate: 0.4}
  - name: Spare
    currency: USD
    zones: [{name: Home, networks: ["26201"], data_rate: "1"}]
organisations:
  - {name: Shop, type: reseller, currency: EUR, time_zone: UTC, tariffs: [Fleet]}
  - name: Harbour
    type: enterprise
    parent: Shop
    time_zone: Europe/Berlin
    tariffs: [Fleet, Spare]
    monthly_cost_limit: "500.50"
    administrator: admin@harbour.example
    inclusive_volumes:
      - {tariff: Fleet, zone: Near, volume: 1.5, rate: "1"}
      - {tariff: Spare, zone: Home, volume: 100, pooled: false}
    address_space: 100.65.0.0/16
    dns: [9.9.9.9]
    sims: sims.csv
  - {name: Bare, type: enterprise, prepaid: true}
`

type world struct {
	*testing.T
	db       *db.DB
	folder   string
	operator int64
}

func each(t *testing.T, test func(w *world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{T: t, db: d, folder: t.TempDir()}
		data, err := network.Reference()
		w.must(err)
		w.must(network.Load(t.Context(), d, data))
		w.operator, err = account.CreateOrganisation(t.Context(), d, clock.System(), account.Organisation{Type: account.Operator, Name: "Mast"})
		w.must(err)
		w.write("sims.csv", sims(1, 450))
		test(w)
	})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) write(name, text string) string {
	w.Helper()
	path := filepath.Join(w.folder, name)
	w.must(os.WriteFile(path, []byte(text), 0o600))
	return path
}

// sims is a file of SIMs; the odd ones name their endpoints.
func sims(first, n int) string {
	var b strings.Builder
	b.WriteString("iccid,imsi,msisdn,eid,endpoint name\n")
	for i := first; i < first+n; i++ {
		name := ""
		if i%2 == 1 {
			name = fmt.Sprintf("crane-%d", i)
		}
		fmt.Fprintf(&b, "8949%015d,262019%09d,4915%09d,,%s\n", i, i, i, name)
	}
	return b.String()
}

func (w *world) apply(text string, dry bool) (string, error) {
	w.Helper()
	f, err := Open(w.write("file.yaml", text))
	if err != nil {
		return "", err
	}
	var out strings.Builder
	p := Provisioner{DB: w.db, Clock: clock.System(), Out: &out, DryRun: dry, Destinations: map[string]stream.Destination{
		stream.RestAPI: webhook.Destination{Clock: clock.System()}, stream.KeenIO: keen.Destination{},
	}}
	err = p.Apply(w.Context(), f)
	return out.String(), err
}

func (w *world) rows(query string, args ...any) (out []string) {
	w.Helper()
	w.must(w.db.Read(w.Context(), func(q db.Queryer) (err error) { out, err = db.All(q, db.Text, query, args...); return err }))
	return out
}

// state is all that a second run must leave as it is: how much of everything there is, and the heads.
func (w *world) state() []string {
	w.Helper()
	out := w.rows(`SELECT CAST(organisation_id AS TEXT) || ' v' || CAST(config_version AS TEXT) FROM organisation_head ORDER BY organisation_id`)
	for _, table := range []string{
		"organisation", "account_user", "application_token", "tariff", "ratezone", "ratezone_operator", "ratezone_rate",
		"pdp_context_definition", "organisation_tariff", "dns", "service_profile", "service_profile_service", "tariff_profile",
		"inclusive_volume", "inclusive_pool", "organisation_account", "ip_address_space", "sim", "sim_identity", "imsi_route", "iccid_route", "endpoint",
		"data_stream", "stream_cursor",
	} {
		out = append(out, table+" "+w.rows(`SELECT CAST(COUNT(*) AS TEXT) FROM ` + table)[0])
	}
	return append(out, "catalogue "+w.rows(`SELECT CAST(version AS TEXT) FROM catalogue`)[0])
}

func TestAll(t *testing.T) {
	each(t, func(w *world) {
		before := w.state()
		out, err := w.apply(full, true)
		w.must(err)
		if diff := cmp.Diff(before, w.state()); diff != "" || !strings.Contains(out, "would make  450 SIMs of Harbour") {
			w.Errorf("a dry run: %s\n%s", diff, out)
		}
		out, err = w.apply(full, false)
		w.must(err)
		for _, line := range []string{
			"made   tariff Fleet\n", "made   reseller Shop", "made   enterprise Harbour", "made   IP address space 100.65.0.0/16 of Harbour",
			"made   service profile Data and SMS of Harbour", "made   tariff Spare for Harbour", "made   tariff profile Spare of Harbour",
			"made   inclusive volume of tariff Fleet for Harbour", "made   inclusive volume of tariff Spare for Harbour",
			"made   prepaid balance of Bare", "made   user admin@harbour.example of Harbour", "application token, shown only now: sst_",
			"made   200 of 450 SIMs of Harbour", "made   450 of 450 SIMs of Harbour", "made   IP address space 100.64.0.0/16 of Bare",
		} {
			if strings.Count(out, line) != 1 {
				w.Errorf("%q is not said once in\n%s", line, out)
			}
		}
		w.checkFull()
		before = w.state()
		out, err = w.apply(full, false)
		w.must(err)
		if diff := cmp.Diff(before, w.state()); diff != "" || strings.Contains(out, "made") || !strings.Contains(out, "found  450 SIMs") {
			w.Errorf("a second run: %s\n%s", diff, out)
		}
	})
}

// checkFull holds the database against the full file.
func (w *world) checkFull() {
	w.Helper()
	for query, want := range map[string][]string{
		`SELECT o.name || ' below ' || p.name || ' in ' || o.time_zone FROM organisation o JOIN organisation p ON p.id = o.parent_id ORDER BY o.id`: {
			"Shop below Mast in UTC", "Harbour below Shop in Europe/Berlin", "Bare below Mast in UTC",
		},
		`SELECT o.name || ' ' || t.name FROM organisation_tariff a JOIN organisation o ON o.id = a.organisation_id JOIN tariff t ON t.id = a.tariff_id
			ORDER BY o.id, t.id`: {"Mast Fleet", "Mast Spare", "Shop Fleet", "Harbour Fleet", "Harbour Spare"},
		`SELECT z.name || ' ' || CAST(r.service_id AS TEXT) || ' ' || CAST(r.rate AS TEXT) || ' ' || CAST(t.data_blocksize AS TEXT) FROM tariff t
			JOIN ratezone z ON z.tariff_id = t.id JOIN ratezone_rate r ON r.tariff_id = t.id AND r.ratezone_id = z.id ORDER BY r.id`: {
			"Home 38 500000000 1000", "Home 6 400000000 1000", "Home 32 400000000 1000", "Near 38 4000000000 1000", "Home 38 10000000000 1",
		},
		`SELECT d.primary_server || '/' || d.secondary_server FROM service_profile p JOIN dns d ON d.organisation_id = p.organisation_id AND d.id = p.dns_id`: {"9.9.9.9/"},
		`SELECT e.name || ' ' || s.imsi || ' ' || e.ip_address || ' ' || i.name || ' ' || r.name || ' ' || c.name || ' ' || t.name || ' ' || p.name ||
			' ' || CAST(s.status_id AS TEXT)
			FROM endpoint e JOIN sim s ON s.id = e.sim_id AND s.endpoint_id = e.id
			JOIN organisation i ON i.id = s.issuer_org_id JOIN organisation r ON r.id = s.reseller_org_id JOIN organisation c ON c.id = s.customer_org_id
			JOIN tariff_profile t ON t.organisation_id = e.organisation_id AND t.id = e.tariff_profile_id
			JOIN service_profile p ON p.organisation_id = e.organisation_id AND p.id = e.service_profile_id
			WHERE s.imsi IN ('262019000000001', '262019000000450') ORDER BY s.imsi`: {
			"crane-1 262019000000001 100.65.0.1 Mast Shop Harbour Fleet Data and SMS 1",
			"8949000000000000450 262019000000450 100.65.1.194 Mast Shop Harbour Fleet Data and SMS 1",
		},
		`SELECT o.name || ' ' || p.name || ' ' || z.name || ' ' || CAST(v.volume AS TEXT) || ' ' || CAST(v.rate AS TEXT) || ' ' || c.code || ' ' ||
			CASE WHEN v.pooled THEN 'pooled' ELSE 'own' END FROM inclusive_volume v JOIN organisation o ON o.id = v.organisation_id
			JOIN tariff_profile p ON p.organisation_id = v.organisation_id AND p.inclusive_volume_id = v.id AND p.tariff_id = v.tariff_id
			JOIN ratezone z ON z.tariff_id = v.tariff_id AND z.id = v.ratezone_id JOIN currency c ON c.id = v.currency_id ORDER BY v.id`: {
			"Harbour Fleet Near 1500000 10000000000 EUR pooled", "Harbour Spare Home 100000000 0 USD own",
		},
		`SELECT name || ' ' || CAST(rounding_scope AS TEXT) FROM tariff ORDER BY id`:                                                                 {"Fleet 1", "Spare 0"},
		`SELECT name || ' ' || CAST(COALESCE(monthly_cost_limit, -1) AS TEXT) FROM organisation ORDER BY id`:                                         {"Mast -1", "Shop -1", "Harbour 5005000000000", "Bare -1"},
		`SELECT o.name || ' ' || CAST(a.amount AS TEXT) FROM organisation_account a JOIN organisation o ON o.id = a.organisation_id WHERE a.prepaid`: {"Bare 0"},
		`SELECT CAST(service_id AS TEXT) FROM service_profile_service s JOIN organisation o ON o.id = s.organisation_id WHERE o.name = 'Harbour'
			ORDER BY s.service_id`: {"6", "32", "38"},
	} {
		if diff := cmp.Diff(want, w.rows(query)); diff != "" {
			w.Errorf("%s\n%s", query, diff)
		}
	}
}

// What is added to the file is made, and only that.
func TestMore(t *testing.T) {
	each(t, func(w *world) {
		_, err := w.apply(full, false)
		w.must(err)
		w.write("sims.csv", sims(1, 460))
		more := strings.Replace(full, "{name: Bare, type: enterprise, prepaid: true}", "{name: Bare, type: enterprise, prepaid: true, tariffs: [Spare], administrator: a@bare.example}", 1) +
			"  - {name: New, type: enterprise, parent: Shop}\n"
		out, err := w.apply(more, false)
		w.must(err)
		var made []string
		for line := range strings.Lines(out) {
			if what, ok := strings.CutPrefix(line, "made   "); ok {
				made = append(made, strings.TrimSpace(what))
			}
		}
		want := []string{
			"10 of 10 SIMs of Harbour, with an endpoint each", "tariff Spare for Bare", "tariff profile Spare of Bare", "user a@bare.example of Bare",
			"enterprise New", "IP address space 100.64.0.0/16 of New", "service profile Data and SMS of New",
		}
		if diff := cmp.Diff(want, made); diff != "" {
			w.Error(diff)
		}
		if diff := cmp.Diff([]string{"460", "460"}, w.rows(`SELECT CAST(COUNT(*) AS TEXT) FROM sim UNION ALL SELECT CAST(COUNT(*) AS TEXT) FROM endpoint`)); diff != "" {
			w.Error(diff)
		}
	})
}
