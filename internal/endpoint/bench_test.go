package endpoint_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/sim"
)

const (
	benchOrganisations = 100
	benchEndpoints     = 10_000 // of each organisation
)

// BenchmarkList lists one organisation's endpoints among a million on SQLite. The target is a p95 under 20 ms with one
// filter and one sort; run it with -benchtime=300x.
func BenchmarkList(b *testing.B) {
	d := dbtest.SQLite(b, clock.System())
	begun := time.Now()
	for organisation := int64(1); organisation <= benchOrganisations; organisation++ {
		fill(b, d, organisation)
	}
	b.Logf("filled in %s", time.Since(begun).Round(time.Second))
	for _, test := range []struct{ name, q, sort, page, perPage string }{
		{"default page of 1000", "", "", "", ""},
		{"100 by id", "", "", "", "100"},
		{"100 by name", "", "name", "", "100"},
		{"100 by name descending, page 50", "", "-name", "50", "100"},
		{"100 disabled by name", "status:1", "name", "", "100"},
		{"100 enabled by last update", "status:0", "-last_updated", "", "100"},
		{"100 by part of name and id", "name:47", "id", "", "100"},
		{"100 by part of name, by IMEI", "name:4*7", "imei", "", "100"},
		{"100 by part of tags, by creation", "tags:blue", "-created", "", "100"},
		{"100 by part of IP address, by it", "ip_address:10.193", "ip_address", "", "100"},
		{"100 of a service profile by name", "service_profile:3", "name", "", "100"},
		{"100 of a tariff profile by tags", "tariff_profile:1", "tags", "", "100"},
		{"one ICCID", "iccid_with_luhn:" + sim.WithLuhn(iccid(1, 4711)), "name", "", "100"},
		{"100 by part of ICCID, by name", "iccid:47", "name", "", "100"},
		{"100 by SIM status, by EID", "sim_status:1", "eid", "", "100"},
		{"100 by IMEI, by profile", "imei:471", "service_profile", "", "100"},
		{"100 updated in a year", "last_updated:1970", "-name", "", "100"},
	} {
		b.Run(test.name, func(b *testing.B) {
			query, err := endpoint.Spec().Parse(test.q, test.sort, test.page, test.perPage)
			if err != nil {
				b.Fatal(err)
			}
			measure(b, d, query)
		})
	}
}

func measure(b *testing.B, d *db.DB, query list.Query) {
	var times []time.Duration
	var total, shown int
	for i := int64(0); b.Loop(); i++ {
		begun := time.Now()
		err := d.Read(b.Context(), func(q db.Queryer) error {
			rows, n, err := endpoint.List(q, 1+i*7%benchOrganisations, query)
			total, shown = max(total, n), max(shown, len(rows))
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(begun))
	}
	if shown == 0 {
		b.Fatal("nothing was listed")
	}
	slices.Sort(times)
	ms := func(part int) float64 { return times[len(times)*part/100].Seconds() * 1000 }
	b.ReportMetric(ms(50), "p50-ms")
	b.ReportMetric(ms(95), "p95-ms")
	b.ReportMetric(float64(total), "total")
	b.ReportMetric(float64(shown), "shown")
}

// BenchmarkJSON is what it costs to write the default page.
func BenchmarkJSON(b *testing.B) {
	d := dbtest.SQLite(b, clock.System())
	fill(b, d, 1)
	query, err := endpoint.Spec().Parse("", "", "", "")
	if err != nil {
		b.Fatal(err)
	}
	var rows []endpoint.Endpoint
	if err := d.Read(b.Context(), func(q db.Queryer) (err error) { rows, _, err = endpoint.List(q, 1, query); return err }); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := json.Marshal(rows); err != nil {
			b.Fatal(err)
		}
	}
}

func iccid(organisation, n int64) string { return fmt.Sprintf("8988%08d%07d", organisation, n) }

// fill gives an organisation its endpoints, each with a SIM.
func fill(tb testing.TB, d *db.DB, organisation int64) {
	tb.Helper()
	ctx := context.Background()
	ids := map[string]int64{}
	for _, kind := range []string{"endpoint", "sim", "imsi"} {
		first, err := d.NextIDs(ctx, kind, organisation, benchEndpoints)
		if err != nil {
			tb.Fatal(err)
		}
		ids[kind] = first
	}
	sims, endpoints := make([]sim.New, benchEndpoints), make([]endpoint.Row, benchEndpoints)
	for i := range int64(benchEndpoints) {
		sims[i] = sim.New{
			ICCID: iccid(organisation, i), IMSI: fmt.Sprintf("90143%05d%05d", organisation, i), MSISDN: fmt.Sprintf("88239%05d%05d", organisation, i),
			EID: fmt.Sprintf("8904%014d%014d", organisation, i*7919%benchEndpoints), Issuer: organisation, Status: i % 10 / 9,
		}
		at := 1e9 + i*7919%benchEndpoints*1e6
		endpoints[i] = endpoint.Row{
			ID: ids["endpoint"] + i, Name: fmt.Sprintf("Device %06d", i*7919%benchEndpoints), Tags: []string{"", "blue, tram", "red"}[i%3],
			Status: i % 20 / 19, ServiceProfile: 1 + i%5, TariffProfile: 1 + i%2, SIM: ids["sim"] + i, IMEI: fmt.Sprintf("35%012d00", i*104729),
			Space: 1, Created: at, LastUpdated: at,
		}
	}
	err := d.Write(ctx, nil, func(tx *db.Tx) error {
		if err := tx.CreateHead(organisation); err != nil {
			return err
		}
		for id := int64(1); id <= 5; id++ {
			for _, insert := range []string{
				`INSERT INTO service_profile SELECT $1, $2, 'Profile', '', TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, 0`,
				`INSERT INTO tariff_profile SELECT $1, $2, 'Profile', '', 1`,
			} {
				if _, err := tx.Exec(insert, organisation, id); err != nil {
					return err
				}
			}
		}
		if err := endpoint.CreateSpace(tx, organisation, 1, "10.192.0.0/12"); err != nil {
			return err
		}
		if err := sim.Import(tx, 1, ids["sim"], ids["imsi"], sims); err != nil {
			return err
		}
		return endpoint.CreateMany(tx, 1, organisation, endpoints)
	})
	if err != nil {
		tb.Fatal(err)
	}
}
