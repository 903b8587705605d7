package usage

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Networks of the tests. Home and its neighbour share a rate zone.
const (
	home, neighbour, abroad, uncovered = "26201", "26202", "20801", "26207"

	homeRate, abroadRate = 1_000_000_000, 7_000_000_000 // 0.10 and 0.70 per MB
	block                = 1000
)

// failer is what the tests of this package and rapid's have in common.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// site is an installation with an operator, whose tariff two enterprises use, and the flow on it.
type site struct {
	failer
	open     func(clock.Clock) (*db.DB, error)
	db       *db.DB
	clock    *clock.Fake
	settings Settings
	flow     *Flow
	stop     func() // ends the flow; what was taken is stored

	operator, first, second int64 // organisations
	tariff                  tariff.Tariff
	services, prices        map[int64]int64 // profiles by organisation
	serial                  int
	asked                   map[string]bool     // requests for credit that were counted in total
	total                   map[string][2]int64 // acknowledged counters: by IMSI and the test's own name of the session
}

// onBoth runs a test on SQLite and on PostgreSQL. open is what a process does with the one database there is.
func onBoth(t *testing.T, test func(t *testing.T, open func(clock.Clock) (*db.DB, error))) {
	t.Helper()
	run := func(name string, config func(*testing.T) db.Config) {
		t.Run(name, func(t *testing.T) {
			c := config(t)
			test(t, func(clock clock.Clock) (*db.DB, error) {
				c.Clock, c.Log = clock, dbtest.Quiet()
				return db.Open(context.Background(), c)
			})
		})
	}
	run("sqlite", func(t *testing.T) db.Config { return db.Config{DataDir: t.TempDir()} })
	run("postgres", func(t *testing.T) db.Config { return db.Config{URL: dbtest.PostgresURL(t), MaxConns: 6} })
}

// onEach runs stories on both databases. All of one database's share it, each with an operator and organisations of its
// own, a clock that begins at noon and a running flow, whose books are checked in the end.
func onEach(t *testing.T, stories map[string]func(*testing.T, *site)) {
	t.Helper()
	onBoth(t, func(t *testing.T, open func(clock.Clock) (*db.DB, error)) {
		for name, story := range stories {
			t.Run(name, func(t *testing.T) {
				s := newSite(t, open)
				defer s.close()
				story(t, s)
				s.audit()
			})
		}
	})
}

func newSite(t failer, open func(clock.Clock) (*db.DB, error)) *site {
	t.Helper()
	s := &site{
		failer: t, open: open, clock: clock.NewFake(clock.FromMicros(noon)), settings: DefaultSettings(),
		services: map[int64]int64{}, prices: map[int64]int64{}, total: map[string][2]int64{},
	}
	s.settings.Sweep = 0 // a test sweeps where it means to, so that nothing hangs on when that is
	s.connect()
	s.must(s.db.Migrate(s.context()))
	s.network()
	s.operator = s.organisation(account.Organisation{Name: "Operator", Type: account.Operator})
	s.tariff = tariff.Tariff{
		Organisation: s.operator, Name: "Roam", Status: tariff.Active, Currency: network.EUR, Block: block, Created: noon,
		Zones: []tariff.Zone{
			{Name: "Home", Operators: []int64{1, 2}, Rates: []tariff.ZoneRate{{Service: tariff.Data, Rate: homeRate}}},
			{Name: "Abroad", Operators: []int64{3}, Rates: []tariff.ZoneRate{{Service: tariff.Data, Rate: abroadRate}}},
		},
		Definitions: []tariff.Definition{{APN: "internet", Default: true}},
	}
	s.must(tariff.Number(s.context(), s.db, &s.tariff))
	s.write(func(tx *db.Tx) error { return tariff.Create(tx, s.tariff) }, s.operator)
	s.first = s.enterprise("Europe/Berlin")
	s.second = s.enterprise("America/New_York")
	s.start()
	return s
}

func (s *site) context() context.Context { return context.Background() }

func (s *site) network() {
	germany := network.Country{ID: 74, Name: "Germany", CountryCode: "49", MCC: "262", ISOCode: "de"}
	france := network.Country{ID: 66, Name: "France", CountryCode: "33", MCC: "208", ISOCode: "fr"}
	operator := func(id int64, name string, country network.Country, plmn string) network.Operator {
		return network.Operator{ID: id, Name: name, Country: network.NumericCountry{ID: country.ID}, MNC: []network.MNC{{ID: id, PLMN: plmn}}}
	}
	s.must(network.Load(s.context(), s.db, network.Data{
		Countries:  []network.Country{germany, france},
		Currencies: []network.Currency{{ID: network.EUR, Code: "EUR", Symbol: "€", Name: "Euro"}},
		Operators: []network.Operator{
			operator(1, "Home", germany, home), operator(2, "Neighbour", germany, neighbour),
			operator(3, "Abroad", france, abroad), operator(4, "Uncovered", germany, uncovered),
		},
	}))
}

func (s *site) organisation(o account.Organisation) int64 {
	s.Helper()
	id, err := account.CreateOrganisation(s.context(), s.db, s.clock.Clock(), o)
	s.must(err)
	return id
}

func (s *site) enterprise(zone string) int64 {
	s.Helper()
	o := s.organisation(account.Organisation{Name: "Enterprise", Type: account.Enterprise, Parent: s.operator, TimeZone: zone})
	services, prices := s.id("service_profile", o), s.id("tariff_profile", o)
	s.write(func(tx *db.Tx) error {
		if err := tariff.Assign(tx, o, s.tariff.ID); err != nil {
			return err
		}
		if err := profile.CreateService(tx, o, services, profile.ServiceFields{Name: value.Some("Data")}); err != nil {
			return err
		}
		if err := profile.AddService(tx, o, services, tariff.Data); err != nil {
			return err
		}
		return profile.CreateTariff(tx, o, prices, profile.TariffFields{
			Name: value.Some("Roam"), Tariff: value.Some(value.Ref{ID: value.Some(value.ID(s.tariff.ID))}),
		})
	}, o)
	s.services[o], s.prices[o] = services, prices
	return o
}

// device is a SIM in an endpoint.
type device struct {
	imsi                        string
	sim, endpoint, organisation int64
}

// imsi makes one up that this database has not seen.
func (s *site) imsi() string {
	s.serial++
	return fmt.Sprintf("26201%04d%06d", s.operator, s.serial)
}

// device imports a SIM and puts it into a new endpoint.
func (s *site) device(organisation int64, imsi string) device {
	s.Helper()
	d := device{imsi: imsi, sim: s.id("sim", organisation), organisation: organisation}
	id := s.id("imsi", organisation)
	s.write(func(tx *db.Tx) error {
		return sim.Import(tx, s.clock.Clock().Micros(), d.sim, id, []sim.New{{
			ICCID: "8949" + imsi, IMSI: imsi, Issuer: s.operator, Customer: organisation, Status: sim.Activated,
		}})
	}, organisation)
	d.endpoint = s.endpoint(d)
	return d
}

// endpoint puts a device's SIM into a new endpoint.
func (s *site) endpoint(d device) int64 {
	s.Helper()
	id := s.id("endpoint", d.organisation)
	s.write(func(tx *db.Tx) error {
		tx.Head(d.organisation).Changed()
		return endpoint.CreateMany(tx, s.clock.Clock().Micros(), d.organisation, []endpoint.Row{{
			ID: id, Name: "meter", SIM: d.sim, ServiceProfile: s.services[d.organisation], TariffProfile: s.prices[d.organisation],
		}})
	}, d.organisation)
	return id
}

func (s *site) id(kind string, organisation int64) int64 {
	s.Helper()
	id, err := s.db.NextID(s.context(), kind, organisation)
	s.must(err)
	return id
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) write(fn func(*db.Tx) error, organisations ...int64) {
	s.Helper()
	s.must(s.db.Write(s.context(), organisations, fn))
}

// exec changes rows of an organisation as the API would, so that every cache must look again.
func (s *site) exec(organisation int64, statement string, args ...any) {
	s.Helper()
	s.write(func(tx *db.Tx) error {
		tx.Head(organisation).Changed()
		n, err := tx.Exec(statement, args...)
		if err == nil && n == 0 {
			err = fmt.Errorf("%s: no row is like that", statement)
		}
		return err
	}, organisation)
}

// exec0 runs a statement that belongs to no organisation.
func (s *site) exec0(statement string) {
	s.Helper()
	s.write(func(tx *db.Tx) error { _, err := tx.Exec(statement); return err })
}

// query reads rows.
func query[T any](s *site, scan func(*db.Row) T, statement string, args ...any) (rows []T) {
	s.Helper()
	s.must(s.db.Read(s.context(), func(q db.Queryer) (err error) {
		rows, err = db.All(q, scan, statement, args...)
		return err
	}))
	return rows
}

func (s *site) connect() {
	s.Helper()
	var err error
	s.db, err = s.open(s.clock.Clock())
	s.must(err)
}

// start makes a flow and runs it.
func (s *site) start() {
	s.Helper()
	s.create()
	ctx, cancel := context.WithCancel(s.context())
	var running sync.WaitGroup
	running.Go(func() { s.flow.Run(ctx) })
	s.stop = func() { cancel(); running.Wait(); s.stop = func() {} }
}

// create makes a flow that does nothing by itself.
func (s *site) create() {
	s.Helper()
	s.stop = func() {}
	var err error
	s.flow, err = New(s.context(), s.db, s.clock.Clock(), dbtest.Quiet(), s.settings)
	s.must(err)
}

// restart is a new process on the same database.
func (s *site) restart() {
	s.Helper()
	s.close()
	s.connect()
	s.start()
}

func (s *site) close() {
	s.Helper()
	s.stop()
	s.must(s.db.Close())
}

// transfer gives a device's SIM to another organisation, which puts it into an endpoint of its own.
func (s *site) transfer(d *device, to int64) {
	s.Helper()
	from := d.organisation
	s.write(func(tx *db.Tx) error {
		card, err := sim.Load(tx, d.sim)
		if err != nil {
			return err
		}
		if err := s.flow.Transfer(tx, d.sim, from, to); err != nil {
			return err
		}
		return card.Transfer(tx, s.clock.Clock().Micros(), 0, s.operator, 0, to)
	}, from, to)
	d.organisation = to
	d.endpoint = s.endpoint(*d)
}

// advance moves the clock to so many seconds after noon.
func (s *site) advance(seconds int64) {
	s.Helper()
	step := at(seconds) - s.clock.Clock().Micros()
	if step < 0 {
		s.Fatalf("the clock would go back to %d s", seconds)
	}
	s.clock.Advance(time.Duration(step) * time.Microsecond)
}

// data is a device's session: it makes its reports.
type data struct {
	device
	name       string // the test's own: names of the network may come again
	nas, id    string
	began      int64 // s after noon
	charging   int64
	plmn       string
	rat        int64
	noClock    bool // the gateway tells no times
	noSessions bool // the gateway tells no session time
}

func (s *site) session(d device, id string, began int64) *data {
	s.serial++
	return &data{device: d, name: fmt.Sprint(id, "#", s.serial), nas: fmt.Sprintf("pgw-%d", s.operator), id: id, began: began, charging: -1, plmn: home, rat: 6}
}

// report is what the gateway says so many seconds after noon, when it has counted so many bytes.
func (d *data) report(kind Kind, sent, up, down int64) Report {
	r := Report{
		Kind: kind, NAS: d.nas, SessionID: d.id, ChargingID: d.charging, IMSI: d.imsi, APN: "internet", PLMN: d.plmn, RAT: d.rat,
		NSAPI: 5, Uplink: up, Downlink: down, Time: sent - d.began, EventTime: at(sent), Received: at(sent),
	}
	if kind == Start {
		r.Time = -1
	}
	if d.noClock {
		r.EventTime, r.Time = 0, -1
	}
	if d.noSessions {
		r.Time = -1
	}
	return r
}

// send submits reports and waits until all are answered, which they must be without error. The clock goes on to the
// newest of them.
func (s *site) send(d *data, reports ...Report) {
	s.Helper()
	for _, r := range reports {
		if r.Received > s.clock.Clock().Micros() {
			s.advance((r.Received - noon) / clock.Second)
		}
		key := d.imsi + " " + d.name
		marks := s.total[key]
		s.total[key] = [2]int64{max(marks[0], r.Uplink), max(marks[1], r.Downlink)}
	}
	for _, err := range s.submit(reports...) {
		s.must(err)
	}
}

// submit hands over reports and returns what became of each.
func (s *site) submit(reports ...Report) []error {
	s.Helper()
	errs := make([]error, len(reports))
	var waiting sync.WaitGroup
	for i, r := range reports {
		waiting.Add(1)
		if !s.flow.Submit(r, func(err error) { errs[i] = err; waiting.Done() }) {
			s.Fatal("the queue is full")
		}
	}
	waiting.Wait()
	return errs
}
