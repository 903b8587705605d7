package billing_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/plan"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/value"
)

// Networks and currencies of the tests.
const (
	home, abroad = "26201", "20801"
	euro, dollar = network.EUR, int64(2)
)

var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// site is an installation with one operator, the flow running on it.
type site struct {
	*testing.T
	db       *db.DB
	fake     *clock.Fake
	flow     *usage.Flow
	operator int64
	serial   int
}

// onBoth runs a test on an installation on each database. Its clock stands in October 2026.
func onBoth(t *testing.T, test func(s *site)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			fake := clock.NewFake(time.Date(2026, 10, 20, 12, 0, 0, 0, berlin))
			s := &site{T: t, fake: fake, db: open(t, fake.Clock())}
			s.build()
			test(s)
		})
	}
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) now() int64 { return s.fake.Clock().Micros() }

// at sets the clock forward to a time in Berlin.
func (s *site) at(month time.Month, day, hour, minute int) {
	s.fake.Advance(time.Date(2026, month, day, hour, minute, 0, 0, berlin).Sub(s.fake.Clock().Now()))
}

func (s *site) write(organisation int64, fn func(*db.Tx) error) {
	s.Helper()
	s.must(s.db.Write(s.Context(), []int64{organisation}, fn))
}

func (s *site) id(kind string, organisation int64) int64 {
	s.Helper()
	id, err := s.db.NextID(s.Context(), kind, organisation)
	s.must(err)
	return id
}

func (s *site) build() {
	s.Helper()
	germany := network.Country{ID: 74, Name: "Germany", CountryCode: "49", MCC: "262", ISOCode: "de"}
	france := network.Country{ID: 66, Name: "France", CountryCode: "33", MCC: "208", ISOCode: "fr"}
	operator := func(id int64, name string, country network.Country, plmn string) network.Operator {
		return network.Operator{ID: id, Name: name, Country: network.NumericCountry{ID: country.ID}, MNC: []network.MNC{{ID: id, PLMN: plmn}}}
	}
	s.must(network.Load(s.Context(), s.db, network.Data{
		Countries:  []network.Country{germany, france},
		Currencies: []network.Currency{{ID: euro, Code: "EUR", Symbol: "€", Name: "Euro"}, {ID: dollar, Code: "USD", Symbol: "$", Name: "Dollar"}},
		Operators:  []network.Operator{operator(1, "Home", germany, home), operator(3, "Abroad", france, abroad)},
	}))
	s.operator = s.organisation(account.Organisation{Name: "Operator", Type: account.Operator, TimeZone: "Europe/Berlin"})
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	s.flow, err = usage.New(ctx, s.db, s.fake.Clock(), dbtest.Quiet(), usage.DefaultSettings())
	s.must(err)
	var running sync.WaitGroup
	running.Go(func() { s.flow.Run(ctx) })
	s.Cleanup(func() { cancel(); running.Wait() })
}

func (s *site) organisation(o account.Organisation) int64 {
	s.Helper()
	id, err := account.CreateOrganisation(s.Context(), s.db, s.fake.Clock(), o)
	s.must(err)
	return id
}

// customer is an enterprise with a tariff, a tariff profile and a service profile.
type customer struct {
	id, services, prices int64
	tariff               tariff.Tariff
}

// customer makes one. Rates are in 1e-10 a MB, blocks 1000 bytes.
func (s *site) customer(name string, currency, homeRate, abroadRate, vat int64) *customer {
	s.Helper()
	c := &customer{id: s.organisation(account.Organisation{Name: name, Type: account.Enterprise, Parent: s.operator, Currency: currency, TimeZone: "Europe/Berlin"})}
	zone := func(name string, operator, rate int64) tariff.Zone {
		return tariff.Zone{Name: name, Operators: []int64{operator}, Rates: []tariff.ZoneRate{{Service: tariff.Data, Rate: rate}}}
	}
	c.tariff = tariff.Tariff{
		Organisation: s.operator, Name: "Fleet", Status: tariff.Active, Currency: currency, Block: 1000, Created: s.now(),
		Zones: []tariff.Zone{zone("Home", 1, homeRate), zone("Abroad", 3, abroadRate)}, Definitions: []tariff.Definition{{APN: "internet", Default: true}},
	}
	s.must(tariff.Number(s.Context(), s.db, &c.tariff))
	s.write(s.operator, func(tx *db.Tx) error { return tariff.Create(tx, c.tariff) })
	c.services, c.prices = s.id("service_profile", c.id), s.id("tariff_profile", c.id)
	s.write(c.id, func(tx *db.Tx) error {
		for _, step := range []func() error{
			func() error { return tariff.Assign(tx, c.id, c.tariff.ID) },
			func() error {
				return profile.CreateService(tx, c.id, c.services, profile.ServiceFields{Name: value.Some("Use")})
			},
			func() error { return profile.AddService(tx, c.id, c.services, tariff.Data) },
			func() error {
				return profile.CreateTariff(tx, c.id, c.prices, profile.TariffFields{
					Name: value.Some("Fleet"), Tariff: value.Some(value.Ref{ID: value.Some(value.ID(c.tariff.ID))}),
				})
			},
			func() error {
				return account.BillingConfigFields{VATRate: value.Some(value.Percent(vat * 10_000))}.Change(tx, s.now(), 0, c.id, false)
			},
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

// includes gives a customer's tariff profile an inclusive volume at home.
func (s *site) includes(c *customer, bytes, rate int64, pooled bool) {
	s.Helper()
	id := s.id("inclusive_volume", c.id)
	s.write(c.id, func(tx *db.Tx) error {
		err := inclusive.Create(tx, c.id, inclusive.Volume{
			ID: id, Tariff: c.tariff.ID, Ratezone: c.tariff.Zones[0].ID, Volume: bytes, Rate: rate, Currency: c.tariff.Currency, Pooled: pooled, First: 202610,
		})
		if err != nil {
			return err
		}
		return inclusive.AroundProfile(tx, s.now(), c.id, c.prices, func() error {
			_, err := tx.Exec(`UPDATE tariff_profile SET inclusive_volume_id = $1 WHERE organisation_id = $2 AND id = $3`, id, c.id, c.prices)
			return err
		})
	})
}

// subscribes gives a customer a tariff plan, in the words of the API.
func (s *site) subscribes(c *customer, fields string) {
	s.Helper()
	var f plan.Fields
	s.must(json.Unmarshal([]byte(fields), &f))
	f.Currency, f.Status = value.Some(value.Ref{ID: value.Some(value.ID(c.tariff.Currency))}), value.Some(value.Ref{ID: value.Some(value.ID(plan.Active))})
	id, assignment := s.id("tariff_plan", s.operator), s.id("organisation_tariff_plan", c.id)
	s.write(s.operator, func(tx *db.Tx) error {
		if err := plan.Create(tx, s.now(), s.operator, id, f); err != nil {
			return err
		}
		return plan.Change(tx, s.now(), s.operator, id, f)
	})
	s.write(c.id, func(tx *db.Tx) error {
		return plan.Assign(tx, s.now(), 0, s.operator, c.id, assignment, plan.Request{Plan: value.Some(value.Ref{ID: value.Some(value.ID(id))})})
	})
}

// device is a SIM in an endpoint.
type device struct {
	*customer
	imsi          string
	sim, endpoint int64
}

func (s *site) device(c *customer, status int64) *device {
	s.Helper()
	s.serial++
	d := &device{customer: c, imsi: fmt.Sprintf("26201%010d", s.serial), sim: s.id("sim", c.id), endpoint: s.id("endpoint", c.id)}
	imsi := s.id("imsi", c.id)
	s.write(c.id, func(tx *db.Tx) error {
		err := sim.Import(tx, s.now(), d.sim, imsi, []sim.New{{ICCID: "8949" + d.imsi, IMSI: d.imsi, Issuer: s.operator, Customer: c.id, Status: status}})
		if err != nil {
			return err
		}
		return endpoint.CreateMany(tx, s.now(), c.id, []endpoint.Row{{ID: d.endpoint, Name: "meter", SIM: d.sim, ServiceProfile: c.services, TariffProfile: c.prices}})
	})
	return d
}

func (s *site) becomes(d *device, status int64) {
	s.Helper()
	s.write(d.id, func(tx *db.Tx) error {
		card, err := sim.Load(tx, d.sim)
		if err != nil {
			return err
		}
		return card.SetStatus(tx, s.now(), 0, status)
	})
}

// reports sends a report of a session that has used so many bytes, half of them in each direction, as if it came at a time in µs.
func (s *site) reports(d *device, kind usage.Kind, session, plmn string, bytes, at int64) {
	s.Helper()
	done := make(chan error, 1)
	r := usage.Report{
		Kind: kind, NAS: "pgw", SessionID: d.imsi + session, ChargingID: -1, IMSI: d.imsi, APN: "internet", PLMN: plmn, RAT: 6,
		Uplink: bytes / 2, Downlink: bytes - bytes/2, Time: -1, Received: at,
	}
	if !s.flow.Submit(r, func(err error) { done <- err }) {
		s.Fatal("the flow takes nothing")
	}
	s.must(<-done)
}

// uses is a whole session.
func (s *site) uses(d *device, plmn string, bytes int64) {
	s.Helper()
	s.serial++
	name := fmt.Sprint("-", s.serial)
	s.reports(d, usage.Start, name, plmn, 0, s.now())
	s.fake.Advance(10 * time.Minute)
	s.reports(d, usage.Stop, name, plmn, bytes, s.now())
}
