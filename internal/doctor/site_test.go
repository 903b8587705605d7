package doctor

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/value"
)

// Networks and prices of the tests.
const (
	home, abroad, uncovered = "26201", "20801", "26207"

	dataRate, smsRate = 1_234_567_891, 500_000_000
	evening           = 1_764_525_600_000_000 // 2025-11-30 18:00 UTC
)

// site is an installation with one operator and two enterprises, the flow running on it.
type site struct {
	testing.TB
	db   *db.DB
	fake *clock.Fake
	flow *usage.Flow
	stop func()

	operator, first, second int64
	tariffs                 map[int64]tariff.Tariff // by rounding scope
	serial                  int
}

// onBoth runs a test on an installation on each database.
func onBoth(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			fake := clock.NewFake(clock.FromMicros(evening))
			s := &site{TB: t, fake: fake, db: open(t, fake.Clock()), tariffs: map[int64]tariff.Tariff{}}
			s.build()
			s.start()
			defer func() { s.stop() }()
			test(t, s)
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

func (s *site) write(fn func(*db.Tx) error, organisations ...int64) {
	s.Helper()
	s.must(s.db.Write(context.Background(), organisations, fn))
}

// exec changes rows of an organisation as the API would.
func (s *site) exec(organisation int64, statement string, args ...any) (rows int64) {
	s.Helper()
	s.write(func(tx *db.Tx) (err error) {
		tx.Head(organisation).Changed()
		rows, err = tx.Exec(statement, args...)
		return err
	}, organisation)
	return rows
}

func (s *site) id(kind string, organisation int64) int64 {
	s.Helper()
	id, err := s.db.NextID(context.Background(), kind, organisation)
	s.must(err)
	return id
}

func (s *site) start() {
	s.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	settings := usage.DefaultSettings()
	settings.Grants.Slice = 400_000
	var err error
	s.flow, err = usage.New(ctx, s.db, s.fake.Clock(), dbtest.Quiet(), settings)
	s.must(err)
	var running sync.WaitGroup
	running.Go(func() { s.flow.Run(ctx) })
	s.stop = func() { cancel(); running.Wait(); s.stop = func() {} }
}

func (s *site) build() {
	s.Helper()
	ctx := context.Background()
	germany := network.Country{ID: 74, Name: "Germany", CountryCode: "49", MCC: "262", ISOCode: "de"}
	france := network.Country{ID: 66, Name: "France", CountryCode: "33", MCC: "208", ISOCode: "fr"}
	operator := func(id int64, name string, country network.Country, plmn string) network.Operator {
		return network.Operator{ID: id, Name: name, Country: network.NumericCountry{ID: country.ID}, MNC: []network.MNC{{ID: id, PLMN: plmn}}}
	}
	s.must(network.Load(ctx, s.db, network.Data{
		Countries:  []network.Country{germany, france},
		Currencies: []network.Currency{{ID: network.EUR, Code: "EUR", Symbol: "€", Name: "Euro"}},
		Operators: []network.Operator{
			operator(1, "Home", germany, home), operator(3, "Abroad", france, abroad), operator(4, "Uncovered", germany, uncovered),
		},
	}))
	s.operator = s.organisation(account.Organisation{Name: "Operator", Type: account.Operator})
	for rounding := tariff.RoundSession; rounding <= tariff.RoundRecord; rounding++ {
		rates := func(factor int64) []tariff.ZoneRate {
			return []tariff.ZoneRate{
				{Service: tariff.Data, Rate: dataRate * factor}, {Service: tariff.SMSMO, Rate: smsRate}, {Service: tariff.SMSMT, Rate: smsRate * 2},
			}
		}
		t := tariff.Tariff{
			Organisation: s.operator, Name: "Roam", Status: tariff.Active, Currency: network.EUR, Block: 10_000, Rounding: rounding, Created: evening,
			Zones: []tariff.Zone{
				{Name: "Home", Operators: []int64{1}, Rates: rates(1)}, {Name: "Abroad", Operators: []int64{3}, Rates: rates(7)},
			},
			Definitions: []tariff.Definition{{APN: "internet", Default: true}},
		}
		s.must(tariff.Number(ctx, s.db, &t))
		s.write(func(tx *db.Tx) error { return tariff.Create(tx, t) }, s.operator)
		s.tariffs[rounding] = t
	}
	s.first, s.second = s.enterprise("Europe/Berlin"), s.enterprise("America/New_York")
}

func (s *site) organisation(o account.Organisation) int64 {
	s.Helper()
	id, err := account.CreateOrganisation(context.Background(), s.db, s.fake.Clock(), o)
	s.must(err)
	return id
}

func (s *site) enterprise(zone string) int64 {
	s.Helper()
	o := s.organisation(account.Organisation{Name: "Enterprise", Type: account.Enterprise, Parent: s.operator, TimeZone: zone})
	s.write(func(tx *db.Tx) error {
		for _, t := range s.tariffs {
			if err := tariff.Assign(tx, o, t.ID); err != nil {
				return err
			}
		}
		return nil
	}, o)
	return o
}

// terms is what a device's profiles ask for.
type terms struct {
	rounding                             int64
	dataQuota, smsQuota, prepaid, limits bool
	inclusive                            int64 // bytes a SIM
	pooled                               bool
}

// device is a SIM in an endpoint with profiles of its own.
type device struct {
	imsi                        string
	sim, endpoint, organisation int64
	services, prices, inclusive int64
}

func (s *site) device(organisation int64, t terms) *device {
	s.Helper()
	s.serial++
	d := &device{imsi: fmt.Sprintf("26201%010d", s.serial), sim: s.id("sim", organisation), organisation: organisation}
	imsi := s.id("imsi", organisation)
	s.write(func(tx *db.Tx) error {
		return sim.Import(tx, s.now(), d.sim, imsi, []sim.New{{
			ICCID: "8949" + d.imsi, IMSI: d.imsi, Issuer: s.operator, Customer: organisation, Status: sim.Activated,
		}})
	}, organisation)
	s.equip(d, t)
	return d
}

// equip puts a device's SIM into a new endpoint of its organisation.
func (s *site) equip(d *device, t terms) {
	s.Helper()
	o := d.organisation
	d.services, d.prices, d.endpoint = s.id("service_profile", o), s.id("tariff_profile", o), s.id("endpoint", o)
	price := s.tariffs[t.rounding]
	s.write(func(tx *db.Tx) error {
		tx.Head(o).Changed()
		if err := profile.CreateService(tx, o, d.services, profile.ServiceFields{Name: value.Some("Use")}); err != nil {
			return err
		}
		for _, service := range []int64{tariff.Data, tariff.SMSMO, tariff.SMSMT} {
			if err := profile.AddService(tx, o, d.services, service); err != nil {
				return err
			}
		}
		err := profile.CreateTariff(tx, o, d.prices, profile.TariffFields{
			Name: value.Some("Roam"), Tariff: value.Some(value.Ref{ID: value.Some(value.ID(price.ID))}),
		})
		if err != nil {
			return err
		}
		return endpoint.CreateMany(tx, s.now(), o, []endpoint.Row{{ID: d.endpoint, Name: "meter", SIM: d.sim, ServiceProfile: d.services, TariffProfile: d.prices}})
	}, o)
	s.exec(o, `UPDATE service_profile SET apply_data_quota = $1, apply_sms_quota = $2, prepaid = $3 WHERE organisation_id = $4 AND id = $5`,
		t.dataQuota, t.smsQuota, t.prepaid, o, d.services)
	if t.limits {
		s.exec(o, `INSERT INTO service_profile_limit (organisation_id, service_profile_id, id, service_id, volume, satellite_only, warning_percent, own)
			VALUES ($1, $2, 1, 38, 5000000000, FALSE, 50, FALSE), ($1, $2, 2, 32, 100, FALSE, 0, FALSE)`, o, d.services)
	}
	if t.inclusive > 0 {
		d.inclusive = s.id("inclusive_volume", o)
		s.exec(o, `INSERT INTO inclusive_volume (organisation_id, id, tariff_id, ratezone_id, volume, rate, currency_id, pooled, first_month, last_month)
			VALUES ($1, $2, $3, $4, $5, 0, 1, $6, 202501, 0)`, o, d.inclusive, price.ID, price.Zones[0].ID, t.inclusive, t.pooled)
		s.exec(o, `UPDATE tariff_profile SET inclusive_volume_id = $1 WHERE organisation_id = $2 AND id = $3`, d.inclusive, o, d.prices)
	}
	if t.dataQuota {
		s.giveQuota(d, quota.Data, 3_000_000)
	}
	if t.smsQuota {
		s.giveQuota(d, quota.SMS, 10)
	}
	if t.prepaid {
		s.load(d, 3*10_000_000_000)
	}
}

func (s *site) giveQuota(d *device, traffic, volume int64) {
	s.Helper()
	q := quota.New(d.organisation, d.endpoint, traffic, volume, s.now()+30*clock.Day, 20, s.now())
	q.Action = quota.Throttle
	s.write(func(tx *db.Tx) error { return quota.Store(tx, []quota.Quota{q}) }, d.organisation)
}

// load credits a device's balance, with its entry.
func (s *site) load(d *device, amount int64) {
	s.Helper()
	b := balance.Balance{Organisation: d.organisation, Endpoint: d.endpoint, Currency: network.EUR}
	b.Credit(amount, s.now())
	s.write(func(tx *db.Tx) error { return balance.Store(tx, []balance.Balance{b}) }, d.organisation)
	s.entry(d.organisation, d.endpoint, amount)
}

func (s *site) entry(organisation, endpoint, amount int64) {
	s.Helper()
	s.exec(organisation, `INSERT INTO balance_entry (organisation_id, endpoint_id, id, at, kind, amount, balance, currency_id, user_id, reference, payment_option)
		VALUES ($1, $2, $3, $4, 'load', $5, $5, 1, 0, '', 0)`, organisation, endpoint, s.id("balance_entry", organisation), s.now(), amount)
}

// advance moves the clock.
func (s *site) advance(d time.Duration) { s.fake.Advance(d) }

// check runs the doctor.
func (s *site) check(change ...func(*Doctor)) *Result {
	s.Helper()
	d := &Doctor{DB: s.db, Clock: s.fake.Clock(), Limit: 100}
	for _, c := range change {
		c(d)
	}
	result, err := d.Run(context.Background())
	s.must(err)
	return result
}

// clean makes sure that there is nothing to find.
func (s *site) clean(change ...func(*Doctor)) *Result {
	s.Helper()
	result := s.check(change...)
	for _, f := range result.Findings {
		s.Errorf("found %s", f)
	}
	if s.Failed() {
		s.FailNow()
	}
	return result
}
