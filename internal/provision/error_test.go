package provision

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

// Each case replaces a text of the full file, or gives it another file of SIMs; nothing may be made then.
func TestErrors(t *testing.T) {
	const header = "iccid,imsi,msisdn\n"
	harbour := "organisations[Harbour]."
	each(t, func(w *world) {
		_, err := w.apply(`organisations: [{name: Other, type: enterprise, tariffs: [T], sims: sims.csv}]
tariffs: [{name: T, currency: EUR, zones: [{name: Z, networks: ["26201"], data_rate: "1"}]}]`, false)
		w.must(err)
		before := w.state()
		for name, c := range map[string]struct{ old, new, sims, want string }{
			"unknown key":        {"block: 1000", "blok: 1000", "", "line 5: field blok not found"},
			"not a list":         {"apns: [internet]", "apns: {a: b}", "", "line 7: cannot unmarshal"},
			"no name":            {"name: Spare", "name: ''", "", "tariffs[2].name: a name"},
			"name twice":         {"name: Spare", "name: Fleet", "", "tariffs[Fleet]: the name comes twice"},
			"currency":           {"currency: USD", "currency: XXL", "", `tariffs[Spare].currency: there is no currency "XXL"`},
			"no currency":        {"    currency: USD\n", "", "", `tariffs[Spare].currency: there is no currency ""`},
			"block":              {"block: 1000", "block: 0", "", "tariffs[Fleet].block: at least one byte"},
			"rounding":           {"rounding: day", "rounding: year", "", `tariffs[Fleet].rounding: "year" is none of`},
			"cost limit":         {`"500.50"`, `"-1"`, "", harbour + `monthly_cost_limit: "-1" is not a price`},
			"volume":             {"volume: 1.5", "volume: 0", "", harbour + `inclusive_volumes[Fleet].volume: "0" is not a volume`},
			"volume's rate":      {`1.5, rate: "1"}`, `1.5, rate: x}`, "", harbour + `inclusive_volumes[Fleet].rate: "x" is not a price`},
			"volume's zone":      {"zone: Near", "zone: Far", "", harbour + `inclusive_volumes[Fleet].zone: tariff "Fleet" has no zone "Far"`},
			"volume's tariff":    {"{tariff: Spare, zone", "{tariff: T, zone", "", harbour + `inclusive_volumes[T].tariff: the organisation has no tariff "T"`},
			"volume twice":       {"{tariff: Spare, zone", "{tariff: Fleet, zone", "", harbour + "inclusive_volumes[Fleet]: there is one"},
			"network":            {`"26202"`, `"26202", "12345"`, "", `tariffs[Fleet].zones[Home].networks: there is no network "12345"`},
			"network twice":      {"[20801]", "[20801, 26201]", "", "tariffs[Fleet].zones[Near].networks: the operator of 26201 is in tariffs[Fleet].zones[Home] already"},
			"rate":               {`"0.05"`, `"0,05"`, "", `tariffs[Fleet].zones[Home].data_rate: "0,05" is not a price`},
			"no rate":            {`, data_rate: 0.4`, ``, "", `tariffs[Fleet].zones[Near].data_rate: "" is not a price`},
			"negative rate":      {`"0.04"`, `"-1"`, "", `tariffs[Fleet].zones[Home].sms_rate: "-1" is not a price`},
			"no zones":           {`[{name: Home, networks: ["26201"], data_rate: "1"}]`, "[]", "", "tariffs[Spare].zones: a tariff without"},
			"type":               {"type: reseller", "type: shop", "", `organisations[Shop].type: "shop" is neither`},
			"parent":             {"parent: Shop", "parent: Shoppe", "", harbour + `parent: there is no reseller "Shoppe" above`},
			"parent of reseller": {"type: reseller", "type: reseller, parent: Mast", "", "organisations[Shop].parent: a reseller stands below"},
			"organisation twice": {"name: Bare", "name: Harbour", "", "organisations[Harbour]: the name comes twice"},
			"fields of reseller": {"type: reseller", "type: reseller, dns: [9.9.9.9]", "", "organisations[Shop]: only an enterprise"},
			"time zone":          {"Europe/Berlin", "Europe/Bonn", "", harbour + `time_zone: "Europe/Bonn"`},
			"unknown tariff":     {"[Fleet, Spare]", "[Fleet, Fleed]", "", harbour + `tariffs: there is no tariff "Fleed"`},
			"no tariff":          {"[Fleet, Spare]", "[]", "", harbour + "sims: an enterprise with SIMs needs a tariff"},
			"administrator":      {"admin@harbour.example", "admin", "", harbour + `administrator: "admin" is not an e-mail`},
			"space":              {"100.65.0.0/16", "192.168.0.0/16", "", harbour + "address_space: "},
			"name server":        {"[9.9.9.9]", "[dns.example]", "", harbour + `dns: "dns.example" is not an IPv4`},
			"no file":            {"sims.csv", "none.csv", "", harbour + "sims: none.csv: open"},
			"other type":         {"name: Bare, type: enterprise", "name: Other, type: reseller", "", "organisations[Other].type: the organisation exists and is no reseller"},
			"empty file of SIMs": {"", "", "\n", `sims.csv: line 1: column "iccid" is missing`},
			"column":             {"", "", "iccid,imsi,msisdn,colour\n", `line 1: column "colour" is unknown`},
			"short line":         {"", "", header + "8949,26201\n", "record on line 2: wrong number of fields"},
			"ICCID":              {"", "", header + "\n89490000000000009991,262019000009999,\n", `line 3: ICCID "89490000000000009991": 19 digits`},
			"IMSI":               {"", "", header + "8949000000000000999,26201x,\n", `line 2: IMSI "26201x"`},
			"MSISDN":             {"", "", header + "8949000000000000999,262019000000999,+49\n", `line 2: MSISDN "+49"`},
			"EID":                {"", "", "iccid,imsi,msisdn,eid\n8949000000000000999,262019000000999,,1\n", `line 2: EID "1"`},
			"SIM twice":          {"", "", header + "8949000000000000999,262019000000999,\n8949000000000000999,262019000000998,\n", "line 3: ICCID 8949000000000000999 is in line 2 of sims.csv already"},
			"SIM of others":      {"", "", header + "8949000000000000001,262019000000001,\n", "line 2: the SIM with ICCID 8949000000000000001 belongs to another organisation"},
			"IMSI of others":     {"", "", header + "8949000000000000999,262019000000001,\n", "line 2: IMSI 262019000000001 is in the SIM with ICCID 8949000000000000001"},
		} {
			text := strings.Replace(full, c.old, c.new, 1)
			if c.old != "" && text == full {
				w.Fatalf("%s: the file does not have %q", name, c.old)
			}
			w.write("sims.csv", c.sims)
			if c.sims == "" {
				w.write("sims.csv", sims(2000, 3))
			}
			out, err := w.apply(text, false)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(out, "made") {
				w.Errorf("%s: got %v\nwant %s\n%s", name, err, c.want, out)
			}
			if diff := cmp.Diff(before, w.state()); diff != "" {
				w.Fatalf("%s: %s", name, diff)
			}
		}
	})
}

// Everything that is wrong is told at once.
func TestErrorsTogether(t *testing.T) {
	each(t, func(w *world) {
		text := strings.NewReplacer("block: 1000", "block: 0", "Europe/Berlin", "Berlin").Replace(full)
		_, err := w.apply(text, false)
		if err == nil || strings.Count(err.Error(), "\n") != 1 {
			w.Errorf("got %v", err)
		}
	})
}

func TestNoOperator(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{T: t, db: d, folder: t.TempDir()}
		if _, err := w.apply("tariffs: []\n", false); err == nil || !strings.Contains(err.Error(), "POST it to /api/v1/setup") {
			t.Errorf("got %v", err)
		}
		if _, err := w.apply("", false); err == nil || !strings.Contains(err.Error(), "is empty") {
			t.Errorf("an empty file: %v", err)
		}
		if _, err := w.apply("tariffs: []\n---\ntariffs: []\n", false); err == nil || !strings.Contains(err.Error(), "more than one document") {
			t.Errorf("two documents: %v", err)
		}
	})
}
