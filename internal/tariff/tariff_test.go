package tariff_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/tariff"
)

const owner, enterprise = 1, 2

func setUp(t *testing.T, d *db.DB) {
	t.Helper()
	data := network.Data{
		Countries:  []network.Country{{ID: 74, Name: "Germany", CountryCode: "49", MCC: "262", ISOCode: "de"}},
		Currencies: []network.Currency{{ID: network.EUR, Code: "EUR", Symbol: "€", Name: "Euro"}},
		Operators: []network.Operator{
			{ID: 5, Name: "Telekom", Country: network.NumericCountry{ID: 74}, MNC: []network.MNC{{ID: 26201, PLMN: "26201"}}},
			{ID: 6, Name: "Other", Country: network.NumericCountry{ID: 74}, MNC: []network.MNC{{ID: 26202, PLMN: "26202"}}},
			{ID: 7, Name: "Uncovered", Country: network.NumericCountry{ID: 74}, MNC: []network.MNC{{ID: 26203, PLMN: "26203"}}},
		},
	}
	ctx := context.Background()
	if err := network.Load(ctx, d, data); err != nil {
		t.Fatal(err)
	}
	err := d.Write(ctx, nil, func(tx *db.Tx) error {
		if err := tx.CreateHead(owner); err != nil {
			return err
		}
		return tx.CreateHead(enterprise)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, d *db.DB, in tariff.Tariff) (tariff.Tariff, error) {
	t.Helper()
	ctx := context.Background()
	if err := tariff.Number(ctx, d, &in); err != nil {
		t.Fatal(err)
	}
	return in, d.Write(ctx, []int64{owner}, func(tx *db.Tx) error { return tariff.Create(tx, in) })
}

func load(t *testing.T, d *db.DB) (c *tariff.Catalogue) {
	t.Helper()
	if err := d.Read(context.Background(), func(q db.Queryer) (err error) { c, err = tariff.Load(q); return err }); err != nil {
		t.Fatal(err)
	}
	return c
}

func example() tariff.Tariff {
	return tariff.Tariff{
		Organisation: owner, Name: "Roam", Status: tariff.Active, Currency: network.EUR, Block: 1000, Created: 1,
		Zones: []tariff.Zone{
			{
				Name: "Home", ValidFrom: 100, Operators: []int64{5},
				Rates: []tariff.ZoneRate{
					{Service: tariff.Data, Rate: 10, ValidFrom: 100, ValidUntil: 200},
					{Service: tariff.Data, Rate: 20, ValidFrom: 200},
					{Service: tariff.Data, Rate: 15, ValidFrom: 150, ValidUntil: 160}, // overlaps the first
					{Service: tariff.SMSMO, Rate: 7, ValidFrom: 100},
				},
			},
			{
				Name: "Abroad", ValidFrom: 100, ValidUntil: 300, Operators: []int64{6},
				Rates: []tariff.ZoneRate{{Service: tariff.Data, Rate: 30}},
			},
			{
				Name: "Abroad later", ValidFrom: 250, Operators: []int64{6},
				Rates: []tariff.ZoneRate{{Service: tariff.Data, Rate: 40}},
			},
		},
		Definitions: []tariff.Definition{{APN: "Internet", Default: true}, {APN: "iot.example"}},
	}
}

func TestRate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		made, err := create(t, d, example())
		if err != nil {
			t.Fatal(err)
		}
		c := load(t, d)
		zone := func(i int) int64 { return made.Zones[i].ID }
		rate := func(zone, rate, block int64) *tariff.Rate {
			return &tariff.Rate{Ratezone: zone, Rate: rate, Block: block, Currency: network.EUR}
		}
		tests := []struct {
			name                          string
			tariff, operator, service, at int64
			want                          *tariff.Rate
		}{
			{"before the zone", made.ID, 5, tariff.Data, 99, nil},
			{"at its start", made.ID, 5, tariff.Data, 100, rate(zone(0), 10, 1000)},
			{"overlap: the newest counts", made.ID, 5, tariff.Data, 150, rate(zone(0), 15, 1000)},
			{"after the overlap", made.ID, 5, tariff.Data, 160, rate(zone(0), 10, 1000)},
			{"the end is exclusive", made.ID, 5, tariff.Data, 200, rate(zone(0), 20, 1000)},
			{"open end", made.ID, 5, tariff.Data, 1 << 60, rate(zone(0), 20, 1000)},
			{"SMS is counted in pieces", made.ID, 5, tariff.SMSMO, 200, rate(zone(0), 7, 1)},
			{"service without a rate", made.ID, 5, tariff.SMSMT, 200, nil},
			{"other zone", made.ID, 6, tariff.Data, 249, rate(zone(1), 30, 1000)},
			{"overlapping zones: the newest counts", made.ID, 6, tariff.Data, 250, rate(zone(2), 40, 1000)},
			{"after the end of the older zone", made.ID, 6, tariff.Data, 300, rate(zone(2), 40, 1000)},
			{"operator not covered", made.ID, 7, tariff.Data, 200, nil},
			{"unknown operator", made.ID, 0, tariff.Data, 200, nil},
			{"unknown tariff", made.ID + 1, 5, tariff.Data, 200, nil},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got, ok := c.Rate(tt.tariff, tt.operator, tt.service, tt.at)
				if ok != (tt.want != nil) {
					t.Fatalf("got %+v, %v", got, ok)
				}
				if ok && got != *tt.want {
					t.Errorf("got %+v, want %+v", got, *tt.want)
				}
			})
		}
	})
}

func TestNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		made, err := create(t, d, example())
		if err != nil {
			t.Fatal(err)
		}
		c := load(t, d)
		if got := c.TariffName(made.ID); got != "Roam" {
			t.Errorf("tariff %q", got)
		}
		if got := c.RatezoneName(made.ID, made.Zones[1].ID); got != "Abroad" {
			t.Errorf("rate zone %q", got)
		}
		if got := c.TariffName(0) + c.RatezoneName(0, 0); got != "" {
			t.Errorf("missing ones have the name %q", got)
		}
		id, ok := c.Operator("262001") // padded
		operator, known := c.OperatorByID(id)
		if !ok || !known || operator.Name != "Telekom" || operator.MNC[0].MNC != "01" || operator.Country.CountryCode != 49 {
			t.Errorf("operator %d, %v: %+v", id, ok, operator)
		}
		if _, ok := c.Operator("99999"); ok {
			t.Error("an unknown PLMN has an operator")
		}
		if country, ok := c.Country(operator.Country.ID); !ok || country.CountryCode != "49" {
			t.Errorf("country %+v", country)
		}
		if currency, ok := c.Currency(network.EUR); !ok || currency.Symbol != "€" {
			t.Errorf("currency %+v", currency)
		}
	})
}

func TestAllowsAPN(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		bound, err := create(t, d, example())
		if err != nil {
			t.Fatal(err)
		}
		shared, err := create(t, d, tariff.Tariff{Organisation: owner, Name: "Shared", Currency: 1, Block: 1, Definitions: bound.Definitions[:1]})
		if err != nil {
			t.Fatal(err)
		}
		free, err := create(t, d, tariff.Tariff{Organisation: owner, Name: "Free", Currency: 1, Block: 1})
		if err != nil {
			t.Fatal(err)
		}
		c := load(t, d)
		tests := []struct {
			name   string
			tariff int64
			apn    string
			want   bool
		}{
			{"as defined", bound.ID, "Internet", true},
			{"other case", bound.ID, "iNTERNET", true},
			{"with dots", bound.ID, "iot.example", true},
			{"operator identifier", bound.ID, "internet.mnc001.mcc262.gprs", true},
			{"operator identifier in capitals", bound.ID, "INTERNET.MNC001.MCC262.GPRS", true},
			{"no operator identifier", bound.ID, "internet.mnc01.mcc262.gprs", false},
			{"letters in it", bound.ID, "internet.mncabc.mcc262.gprs", false},
			{"only an operator identifier", bound.ID, ".mnc001.mcc262.gprs", false},
			{"another one", bound.ID, "private", false},
			{"none", bound.ID, "", false},
			{"shared definition", shared.ID, "internet", true},
			{"shared tariff has not the other", shared.ID, "iot.example", false},
			{"no definitions", free.ID, "anything", true},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if got := c.AllowsAPN(tt.tariff, tt.apn); got != tt.want {
					t.Errorf("got %v", got)
				}
			})
		}
	})
}

func TestVersion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		before := load(t, d)
		if _, err := create(t, d, example()); err != nil {
			t.Fatal(err)
		}
		var now int64
		if err := d.Read(context.Background(), func(q db.Queryer) (err error) { now, err = tariff.Version(q); return err }); err != nil {
			t.Fatal(err)
		}
		if now != before.Version+1 {
			t.Errorf("version %d after %d", now, before.Version)
		}
		if after := load(t, d); after.Version != now {
			t.Errorf("loaded version %d, want %d", after.Version, now)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*tariff.Tariff)
		want   fault.Code
	}{
		{"no name", func(t *tariff.Tariff) { t.Name = "" }, fault.Required},
		{"no currency", func(t *tariff.Tariff) { t.Currency = 0 }, fault.Required},
		{"no block", func(t *tariff.Tariff) { t.Block = 0 }, fault.InvalidFormat},
		{"zone without a name", func(t *tariff.Tariff) { t.Zones[0].Name = "" }, fault.Required},
		{"zone that ends before it starts", func(t *tariff.Tariff) { t.Zones[0].ValidUntil = 1 }, fault.InvalidFormat},
		{"negative rate", func(t *tariff.Tariff) { t.Zones[0].Rates[0].Rate = -1 }, fault.InvalidFormat},
		{"rate that ends before it starts", func(t *tariff.Tariff) { t.Zones[0].Rates[0].ValidUntil = 1 }, fault.InvalidFormat},
		{"definition without APN", func(t *tariff.Tariff) { t.Definitions[0].APN = "" }, fault.Required},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				in := example()
				tt.change(&in)
				_, err := create(t, d, in)
				known, _ := err.(*fault.Error)
				if known == nil || known.Code != fault.InputValidationFailed || len(known.Errors) != 1 || known.Errors[0].Code != tt.want {
					t.Errorf("got %v", err)
				}
			})
		}
	})
}

func TestAssign(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		made, err := create(t, d, example())
		if err != nil {
			t.Fatal(err)
		}
		assign := func(id int64) (version int64, err error) {
			err = d.Write(context.Background(), []int64{enterprise}, func(tx *db.Tx) error {
				err := tariff.Assign(tx, enterprise, id)
				version = tx.Head(enterprise).ConfigVersion
				return err
			})
			return version, err
		}
		var versions []int64
		for range 2 { // the second time changes nothing
			version, err := assign(made.ID)
			if err != nil {
				t.Fatal(err)
			}
			versions = append(versions, version)
		}
		if diff := cmp.Diff([]int64{2, 2}, versions); diff != "" {
			t.Error(diff)
		}
		if _, err := assign(999); !fault.Is(err, fault.InvalidReference) {
			t.Errorf("unknown tariff: %v", err)
		}
	})
}

func TestServices(t *testing.T) {
	traffic := map[int64]string{}
	for _, s := range tariff.Services() {
		traffic[s.ID] = ""
		if s.TrafficType != nil {
			traffic[s.ID] = s.TrafficType.Unit
		}
	}
	if diff := cmp.Diff(map[int64]string{0: "", 3: "", 6: "SMS", 32: "SMS", 38: "MB"}, traffic); diff != "" {
		t.Error(diff)
	}
}
