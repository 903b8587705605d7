package inclusive_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
	"github.com/simstead/simstead/test/cases"
)

// TestEachSIMCountsOnce holds the pools against a model that knows who was active when: whatever happens to SIMs,
// endpoints and profiles and whenever a pool is opened, it counts every SIM that was active in its month, once.
func TestEachSIMCountsOnce(t *testing.T) {
	onEach(t, func(t *testing.T, s *stage) {
		cases.Check(t, 20, func(t *rapid.T) {
			m := s.model(t)
			t.Repeat(map[string]func(*rapid.T){
				"status": m.status, "assign": m.assign, "release": m.release, "profile": m.move, "volume": m.volume, "volumes": m.volume,
				"hand on": m.transfer, "import": m.add, "days": m.wait, "open": m.open, "open late": m.openLate, "": m.check,
			})
		})
	})
}

const (
	sims     = 4 // of an organisation, at first
	devices  = 4
	profiles = 3
)

// stage is a database with an operator, one tariff, and an enterprise that SIMs are handed to.
type stage struct {
	t               *testing.T
	db              *db.DB
	clock           *clock.Fake
	operator, other int64
	tariff, zone    int64
	serial          int
}

func onEach(t *testing.T, test func(t *testing.T, s *stage)) {
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			c := clock.NewFake(time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC))
			test(t, newStage(t, open(t, c.Clock()), c))
		})
	}
}

func newStage(t *testing.T, d *db.DB, c *clock.Fake) *stage {
	t.Helper()
	s := &stage{t: t, db: d, clock: c, tariff: 1, zone: 1}
	s.operator = s.organisation("Operator", account.Operator, 0)
	s.other = s.organisation("Other", account.Enterprise, s.operator)
	s.write(func(tx *db.Tx) error {
		for _, statement := range []string{
			`INSERT INTO tariff (id, organisation_id, name, description, status_id, currency_id, data_blocksize, is_public, created)
				VALUES (1, 1, 'T', '', 1, 1, 1, TRUE, 0)`,
			`INSERT INTO ratezone (tariff_id, id, name, valid_from, valid_until) VALUES (1, 1, 'Z', 0, 0)`,
		} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
	return s
}

func (s *stage) organisation(name string, kind, parent int64) int64 {
	id, err := account.CreateOrganisation(context.Background(), s.db, s.clock.Clock(), account.Organisation{
		Name: name, Type: kind, Parent: parent, TimeZone: "America/New_York",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *stage) ids(kind string, organisation, n int64) int64 {
	id, err := s.db.NextIDs(context.Background(), kind, organisation, n)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *stage) write(fn func(tx *db.Tx) error, organisations ...int64) {
	if err := s.db.Write(context.Background(), organisations, fn); err != nil {
		s.t.Fatal(err)
	}
}

// model is an organisation of a case, and what must be true of it.
type model struct {
	*stage
	organisation int64
	space        int64
	service      int64
	profiles     []int64
	volumes      []int64
	endpoints    []int64
	sims         []int64

	statusOf  map[int64]int64 // of SIMs
	placeOf   map[int64]int64 // endpoint of a SIM
	profileOf map[int64]int64 // of endpoints
	volumeOf  map[int64]int64 // of profiles
	given     map[int64]bool  // SIMs that belong to somebody else
	were      map[inclusive.Key]map[int64]bool
}

func (s *stage) model(*rapid.T) *model {
	s.serial++
	m := &model{
		stage: s, organisation: s.organisation(fmt.Sprint("E", s.serial), account.Enterprise, s.operator),
		statusOf: map[int64]int64{}, placeOf: map[int64]int64{}, profileOf: map[int64]int64{}, volumeOf: map[int64]int64{},
		given: map[int64]bool{}, were: map[inclusive.Key]map[int64]bool{},
	}
	m.space, m.service = s.ids("ip_address_space", m.organisation, 1), s.ids("service_profile", m.organisation, 1)
	first, volumes := s.ids("tariff_profile", m.organisation, profiles), s.ids("inclusive_volume", m.organisation, 2)
	s.write(func(tx *db.Tx) error {
		m.profiles, m.volumes = nil, nil
		_, err := tx.Exec(`INSERT INTO organisation_tariff (organisation_id, tariff_id) VALUES ($1, 1)`, m.organisation)
		errs := []error{err, endpoint.CreateSpace(tx, m.organisation, m.space, "100.65.0.0/24")}
		errs = append(errs, profile.CreateService(tx, m.organisation, m.service, profile.ServiceFields{Name: value.Some("S")}))
		for i := range int64(profiles) {
			m.profiles = append(m.profiles, first+i)
			errs = append(errs, profile.CreateTariff(tx, m.organisation, first+i, profile.TariffFields{
				Name: value.Some("P"), Tariff: value.Some(ref(s.tariff)),
			}))
		}
		for i := range int64(2) {
			m.volumes = append(m.volumes, volumes+i)
			errs = append(errs, inclusive.Create(tx, m.organisation, inclusive.Volume{
				ID: volumes + i, Tariff: s.tariff, Ratezone: s.zone, Volume: 1_000_000, Currency: 1, Pooled: true, First: 202501,
			}))
		}
		return errors.Join(errs...)
	}, m.organisation)
	m.addMany(sims)
	return m
}

func ref(id int64) value.Ref { return value.Ref{ID: value.Some(value.ID(id))} }

// addMany imports SIMs, each in an endpoint of its own.
func (m *model) addMany(n int64) {
	ids, imsis, places := m.ids("sim", m.organisation, n), m.ids("imsi", m.organisation, n), m.ids("endpoint", m.organisation, n)
	m.write(func(tx *db.Tx) error {
		cards, rows := make([]sim.New, n), make([]endpoint.Row, n)
		for i := range n {
			cards[i] = sim.New{
				ICCID: fmt.Sprintf("8949%015d", ids+i), IMSI: fmt.Sprintf("26201%010d", ids+i), Issuer: m.operator, Customer: m.organisation,
				Status: sim.Activated,
			}
			rows[i] = endpoint.Row{
				ID: places + i, Name: "e", ServiceProfile: m.service, TariffProfile: m.profiles[int(i)%profiles], SIM: ids + i, Space: m.space,
			}
		}
		return errors.Join(sim.Import(tx, m.now(), ids, imsis, cards), endpoint.CreateMany(tx, m.now(), m.organisation, rows))
	}, m.organisation)
	for i := range n {
		m.sims, m.endpoints = append(m.sims, ids+i), append(m.endpoints, places+i)
		m.statusOf[ids+i], m.placeOf[ids+i], m.profileOf[places+i] = sim.Activated, places+i, m.profiles[int(i)%profiles]
	}
	m.note()
}

func (m *model) now() int64   { return m.clock.Clock().Micros() }
func (m *model) month() int64 { return m.monthOf(m.clock.Clock().Now()) }

func (m *model) monthOf(at time.Time) int64 {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		m.t.Fatal(err)
	}
	return clock.MonthIn(zone, at.UnixMicro())
}

// note writes down who is active now.
func (m *model) note() {
	for s, place := range m.placeOf {
		volume := m.volumeOf[m.profileOf[place]]
		if m.statusOf[s] != sim.Activated || place == 0 || volume == 0 || m.given[s] {
			continue
		}
		key := inclusive.Key{Organisation: m.organisation, Inclusive: volume, Month: m.month()}
		if m.were[key] == nil {
			m.were[key] = map[int64]bool{}
		}
		m.were[key][s] = true
	}
}

func pick(t *rapid.T, what string, from []int64) int64 { return rapid.SampledFrom(from).Draw(t, what) }

func (m *model) status(t *rapid.T) {
	id := pick(t, "sim", m.sims)
	if m.given[id] {
		t.Skip("not ours")
	}
	to := map[int64]int64{sim.Activated: sim.Suspended, sim.Suspended: sim.Activated}[m.statusOf[id]]
	m.write(func(tx *db.Tx) error {
		card, err := sim.Load(tx, id)
		if err != nil {
			return err
		}
		return card.SetStatus(tx, m.now(), 0, to)
	}, m.organisation)
	m.statusOf[id] = to
	m.note()
}

func (m *model) change(id int64, f endpoint.Fields) {
	m.write(func(tx *db.Tx) error { return endpoint.Change(tx, m.now(), 0, m.organisation, id, f) }, m.organisation)
}

func (m *model) assign(t *rapid.T) {
	id, place := pick(t, "sim", m.sims), pick(t, "endpoint", m.endpoints)
	if m.placeOf[id] != 0 || m.given[id] {
		t.Skip("not free")
	}
	m.change(place, endpoint.Fields{SIM: value.Some(endpoint.SIMRef{ID: value.Some(value.ID(id))})})
	for other, at := range m.placeOf {
		if at == place {
			m.placeOf[other] = 0
		}
	}
	m.placeOf[id] = place
	m.note()
}

func (m *model) release(t *rapid.T) {
	id := pick(t, "sim", m.sims)
	if m.placeOf[id] == 0 {
		t.Skip("nowhere")
	}
	m.change(m.placeOf[id], endpoint.Fields{SIM: value.Opt[endpoint.SIMRef]{Set: true, Null: true}})
	m.placeOf[id] = 0
}

func (m *model) move(t *rapid.T) {
	place, to := pick(t, "endpoint", m.endpoints), pick(t, "profile", m.profiles)
	m.change(place, endpoint.Fields{TariffProfile: value.Some(ref(to))})
	m.profileOf[place] = to
	m.note()
}

// volume gives a profile a volume, or takes it away.
func (m *model) volume(t *rapid.T) {
	p := pick(t, "profile", m.profiles)
	to := int64(0)
	if m.volumeOf[p] == 0 {
		to = pick(t, "volume", m.volumes)
	}
	m.write(func(tx *db.Tx) error {
		if to == 0 {
			return profile.RemoveInclusive(tx, m.now(), m.organisation, p, m.volumeOf[p])
		}
		return profile.SetInclusive(tx, m.now(), m.organisation, p, to)
	}, m.organisation)
	m.volumeOf[p] = to
	m.note()
}

// transfer gives a SIM to another enterprise, or takes it back.
func (m *model) transfer(t *rapid.T) {
	id := pick(t, "sim", m.sims)
	to := m.other
	if m.given[id] {
		to = m.organisation
	}
	m.write(func(tx *db.Tx) error {
		card, err := sim.Load(tx, id)
		if err != nil {
			return err
		}
		return card.Transfer(tx, m.now(), 0, m.operator, 0, to)
	}, m.organisation, m.other)
	m.given[id], m.placeOf[id] = !m.given[id], 0
}

func (m *model) add(t *rapid.T) {
	if len(m.sims) > 2*sims {
		t.Skip("enough")
	}
	m.addMany(rapid.Int64Range(1, 2).Draw(t, "sims"))
}

// wait lets days pass, with everybody as they are.
func (m *model) wait(t *rapid.T) {
	for range rapid.IntRange(1, 40).Draw(t, "days") {
		m.clock.Advance(24 * time.Hour)
		m.note()
	}
	if err := m.db.EnsureDay(context.Background(), clock.DayNumber(m.now())); err != nil {
		t.Fatal(err)
	}
}

func (m *model) open(t *rapid.T) { m.openMonth(t, m.month()) }

// openLate opens the pool of the last month, as a report does that was long on its way.
func (m *model) openLate(t *rapid.T) {
	m.openMonth(t, m.monthOf(m.clock.Clock().Now().AddDate(0, 0, -m.clock.Clock().Now().Day()-1)))
}

func (m *model) openMonth(t *rapid.T, month int64) {
	key := inclusive.Key{Organisation: m.organisation, Inclusive: pick(t, "volume", m.volumes), Month: month}
	m.write(func(tx *db.Tx) error {
		if pools, err := m.pools(tx); err != nil || has(pools, key) {
			return err
		}
		v, err := inclusive.Get(tx, m.organisation, key.Inclusive)
		if err != nil {
			return err
		}
		pool, err := inclusive.Open(tx, v, key)
		if err != nil {
			return err
		}
		return inclusive.Store(tx, []inclusive.Pool{pool})
	}, m.organisation)
}

func has(pools []inclusive.Pool, key inclusive.Key) bool {
	for _, p := range pools {
		if p.Key == key {
			return true
		}
	}
	return false
}

func (m *model) pools(q db.Queryer) ([]inclusive.Pool, error) {
	return db.All(q, inclusive.Scan, `SELECT organisation_id, inclusive_volume_id, billing_month, sim_id, sims, volume, used, reserved
		FROM inclusive_pool WHERE organisation_id = $1`, m.organisation)
}

func (m *model) check(t *rapid.T) {
	err := m.db.Read(context.Background(), func(q db.Queryer) error {
		pools, err := m.pools(q)
		for _, p := range pools {
			if want := int64(len(m.were[p.Key])); p.SIMs != want || p.Capacity() != want*1_000_000 {
				t.Errorf("volume %d in %d: %d SIMs counted, %d were active", p.Inclusive, p.Month, p.SIMs, want)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
