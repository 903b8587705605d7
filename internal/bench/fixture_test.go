// Package bench holds the product's benchmarks, each beside a limit measured in the same run: `make bench` runs them.
package bench

import (
	"context"
	"fmt"
	"testing"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

const apn = "internet"

// fleet is an installation filled for a benchmark.
type fleet struct {
	organisations []int64
	imsis         []string // of SIM i, which belongs to organisation i modulo their number
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// fill makes organisations with endpoints and SIMs, spread evenly, under one tariff.
func fill(tb testing.TB, d *db.DB, organisations, sims int) fleet {
	tb.Helper()
	ctx, c := context.Background(), clock.System()
	data, err := network.Reference()
	must(tb, err)
	must(tb, network.Load(ctx, d, data))
	operator, ok := network.Match("26201", data.ByPLMN())
	if !ok {
		tb.Fatal("no operator 26201")
	}
	root, err := account.CreateOrganisation(ctx, d, c, account.Organisation{Type: account.Operator, Name: "Operator"})
	must(tb, err)
	reseller, err := account.CreateOrganisation(ctx, d, c, account.Organisation{Parent: root, Type: account.Reseller, Name: "Reseller"})
	must(tb, err)
	t := tariff.Tariff{
		Organisation: root, Name: "Bench", Status: tariff.Active, Currency: network.EUR, Block: 1000, Created: c.Micros(),
		Zones:       []tariff.Zone{{Name: "Home", ValidFrom: clock.Day, Operators: []int64{operator}, Rates: []tariff.ZoneRate{{Service: 38, Rate: 123_456_789, ValidFrom: clock.Day}}}},
		Definitions: []tariff.Definition{{APN: apn, Default: true}},
	}
	must(tb, tariff.Number(ctx, d, &t))
	must(tb, d.Write(ctx, []int64{root}, func(tx *db.Tx) error { return tariff.Create(tx, t) }))
	f := fleet{imsis: make([]string, sims)}
	for i := range organisations {
		f.add(tb, d, root, reseller, t.ID, i, organisations)
	}
	return f
}

func (f *fleet) add(tb testing.TB, d *db.DB, root, reseller, tariffID int64, index, of int) {
	ctx, c := context.Background(), clock.System()
	organisation, err := account.CreateOrganisation(ctx, d, c, account.Organisation{Parent: reseller, Type: account.Enterprise, Name: fmt.Sprintf("Enterprise %d", index)})
	must(tb, err)
	f.organisations = append(f.organisations, organisation)
	var mine []int
	for i := index; i < len(f.imsis); i += of {
		mine = append(mine, i)
		f.imsis[i] = fmt.Sprintf("262019%09d", i)
	}
	id := func(kind string, n int) int64 {
		first, err := d.NextIDs(ctx, kind, organisation, int64(n))
		must(tb, err)
		return first
	}
	space, services, prices := id("ip_address_space", 1), id("service_profile", 1), id("tariff_profile", 1)
	must(tb, d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
		if err := tariff.Assign(tx, organisation, tariffID); err != nil {
			return err
		}
		if err := endpoint.CreateSpace(tx, organisation, space, "10.192.0.0/12"); err != nil {
			return err
		}
		if err := profile.CreateService(tx, organisation, services, profile.ServiceFields{Name: value.Some("Data")}); err != nil {
			return err
		}
		if err := profile.AddService(tx, organisation, services, 38); err != nil {
			return err
		}
		return profile.CreateTariff(tx, organisation, prices, profile.TariffFields{Name: value.Some("Bench"), Tariff: value.Some(value.Ref{ID: value.Some(value.ID(tariffID))})})
	}))
	const chunk = 5000
	for at := 0; at < len(mine); at += chunk {
		part := mine[at:min(at+chunk, len(mine))]
		sims, rows := make([]sim.New, len(part)), make([]endpoint.Row, len(part))
		firstSIM, firstIMSI, firstEndpoint := id("sim", len(part)), id("imsi", len(part)), id("endpoint", len(part))
		for n, i := range part {
			sims[n] = sim.New{
				ICCID: fmt.Sprintf("8949%015d", i), IMSI: f.imsis[i], MSISDN: fmt.Sprintf("49%011d", i), Issuer: root, Reseller: reseller,
				Customer: organisation, Status: sim.Activated, ProductionDate: c.Micros(),
			}
			rows[n] = endpoint.Row{
				ID: firstEndpoint + int64(n), Name: fmt.Sprintf("meter-%06d", i), ServiceProfile: services, TariffProfile: prices,
				SIM: firstSIM + int64(n), Space: space, Created: c.Micros(), LastUpdated: c.Micros(),
			}
		}
		must(tb, d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
			if err := sim.Import(tx, c.Micros(), firstSIM, firstIMSI, sims); err != nil {
				return err
			}
			return endpoint.CreateMany(tx, c.Micros(), organisation, rows)
		}))
	}
}
