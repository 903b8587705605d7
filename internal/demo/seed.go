package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// The demo's fleet. The first endpoints of the first enterprise are left alone, for a person or a script to play with.
const (
	harbourSize = 180
	alpineSize  = 150
	LeftAlone   = 10
	APN         = "internet"
	home        = "26201"
)

var (
	europe = []string{"26201", "26202", "20801", "20810", "23410", "23415", "22201", "21401", "20404", "23201", "22801", "26001", "24001", "20601"}
	world  = []string{"310410", "310260", "302720", "72406", "44010", "45005", "50501", "52501", "65501", "33402"}
)

// seeded is what the demo made, by id. It is kept in the database so that a second start goes on with the same.
type seeded struct {
	Operator, Reseller int64
	Enterprises        []int64
	Administrators     map[int64]int64 // user by organisation
	Tariff             int64
	Coverage, Plan     int64
	Spaces             map[int64]int64
	ServiceProfiles    map[int64]int64
	TariffProfiles     map[int64]int64
	Fleets             map[int64]int64 // first SIM id by organisation
	Streams            map[string]int64
}

type seeder struct {
	ctx   context.Context
	db    *db.DB
	clock clock.Clock
	seeded
}

const setting = "demo"

// seed makes the demo's organisations, tariffs, SIMs and endpoints, or finds them made. What is made is remembered in the
// same transaction or can be found by its name, so a first start that was cut short anywhere goes on where it was.
func seed(ctx context.Context, d *db.DB, c clock.Clock) (*seeded, error) {
	s := &seeder{ctx: ctx, db: d, clock: c}
	if err := s.load(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{s.organisations, s.administrators, s.users, s.prices, s.offers, s.profiles, s.fleets} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("make the demo's data: %w", err)
		}
		if err := s.save(); err != nil {
			return nil, err
		}
	}
	return &s.seeded, nil
}

func (s *seeder) load() error {
	s.seeded = seeded{
		Administrators: map[int64]int64{}, Spaces: map[int64]int64{}, ServiceProfiles: map[int64]int64{},
		TariffProfiles: map[int64]int64{}, Fleets: map[int64]int64{}, Streams: map[string]int64{},
	}
	var text string
	err := s.db.Read(s.ctx, func(q db.Queryer) (err error) {
		text, err = db.One(q, db.Text, `SELECT value FROM setting WHERE name = $1`, setting)
		return err
	})
	if errors.Is(err, db.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), &s.seeded)
}

func (s *seeder) save() error { return s.db.Write(s.ctx, nil, s.seeded.save) }

func (s *seeded) save(tx *db.Tx) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, setting, string(text))
	return err
}

// find returns the id of what an earlier start has made without living to remember it, 0 when there is none.
func (s *seeder) find(query string, args ...any) (id int64, err error) {
	err = s.db.Read(s.ctx, func(q db.Queryer) error {
		id, err = db.One(q, db.Int, query, args...)
		return err
	})
	if errors.Is(err, db.ErrNone) {
		return 0, nil
	}
	return id, err
}

func (s *seeder) organisations() (err error) {
	create := func(into *int64, parent, kind int64, name string) {
		if *into != 0 || err != nil {
			return
		}
		if *into, err = s.find(`SELECT id FROM organisation WHERE parent_id = $1 AND name = $2`, parent, name); *into != 0 || err != nil {
			return
		}
		*into, err = account.CreateOrganisation(s.ctx, s.db, s.clock, account.Organisation{Parent: parent, Type: kind, Name: name})
	}
	create(&s.Operator, 0, account.Operator, "Demo Mobile")
	create(&s.Reseller, s.Operator, account.Reseller, "Demo Connect")
	for i, name := range []string{"Harbour Sensors", "Alpine Logistics"} {
		if len(s.Enterprises) <= i {
			s.Enterprises = append(s.Enterprises, 0)
		}
		create(&s.Enterprises[i], s.Reseller, account.Enterprise, name)
	}
	return err
}

func (s *seeder) administrators() error {
	for organisation, username := range map[int64]string{
		s.Operator: "admin@operator.example", s.Reseller: "admin@reseller.example",
		s.Enterprises[0]: "admin@harbour.example", s.Enterprises[1]: "admin@alpine.example",
	} {
		if s.Administrators[organisation] != 0 {
			continue
		}
		id, err := s.find(`SELECT id FROM account_user WHERE organisation_id = $1 AND username = $2`, organisation, username)
		if err != nil {
			return err
		}
		if id != 0 {
			s.Administrators[organisation] = id
			continue
		}
		id, err = account.CreateUser(s.ctx, s.db, s.clock, account.User{Organisation: organisation, Username: username, Name: "Administrator", Role: 1})
		if err != nil {
			return err
		}
		s.Administrators[organisation] = id
	}
	return nil
}

// users gives the first enterprise people beside its administrator. They have no passwords before they ask for a key.
func (s *seeder) users() error {
	for _, u := range []account.User{
		{Username: "ops@harbour.example", Name: "Grace Field", Role: account.RoleUser},
		{Username: "audit@harbour.example", Name: "Tom Ledger", Role: account.RoleObserver},
	} {
		u.Organisation = s.Enterprises[0]
		id, err := s.find(`SELECT id FROM account_user WHERE organisation_id = $1 AND username = $2`, u.Organisation, u.Username)
		if err != nil {
			return err
		}
		if id != 0 {
			continue
		}
		if _, err := account.CreateUser(s.ctx, s.db, s.clock, u); err != nil {
			return err
		}
	}
	return nil
}

func (s *seeder) prices() error {
	if s.Tariff != 0 {
		return nil
	}
	data, err := network.Reference()
	if err != nil {
		return err
	}
	plmns := data.ByPLMN()
	zone := func(name string, networks []string, rate int64) tariff.Zone {
		z := tariff.Zone{Name: name, ValidFrom: clock.Day, Rates: []tariff.ZoneRate{
			{Service: 38, Rate: rate, ValidFrom: clock.Day},
			{Service: 6, Rate: money.Unit / 20, ValidFrom: clock.Day},
			{Service: 32, Rate: money.Unit / 25, ValidFrom: clock.Day},
		}}
		seen := map[int64]bool{}
		for _, plmn := range networks {
			if id, ok := network.Match(plmn, plmns); ok && !seen[id] {
				seen[id] = true
				z.Operators = append(z.Operators, id)
			}
		}
		return z
	}
	t := tariff.Tariff{
		Organisation: s.Operator, Name: "Fleet", Description: "Two zones, charged by the kilobyte", Status: tariff.Active,
		Currency: network.EUR, Block: 1000, Public: true, Created: s.clock.Micros(),
		Zones:       []tariff.Zone{zone("Europe", europe, money.Unit/20), zone("World", world, money.Unit*2/5)},
		Definitions: []tariff.Definition{{APN: APN, Default: true}},
	}
	if err := tariff.Number(s.ctx, s.db, &t); err != nil {
		return err
	}
	organisations := append([]int64{s.Operator, s.Reseller}, s.Enterprises...)
	return s.db.Write(s.ctx, organisations, func(tx *db.Tx) error {
		if err := tariff.Create(tx, t); err != nil {
			return err
		}
		for _, organisation := range organisations {
			if err := tariff.Assign(tx, organisation, t.ID); err != nil {
				return err
			}
		}
		s.Tariff = t.ID
		return s.seeded.save(tx)
	})
}

func (s *seeder) profiles() error {
	for _, organisation := range s.Enterprises {
		if s.TariffProfiles[organisation] != 0 {
			continue
		}
		ids := map[string]int64{"ip_address_space": 0, "service_profile": 0, "tariff_profile": 0, "dns": 0}
		for kind := range ids {
			id, err := s.db.NextID(s.ctx, kind, organisation)
			if err != nil {
				return err
			}
			ids[kind] = id
		}
		err := s.db.Write(s.ctx, []int64{organisation}, func(tx *db.Tx) error {
			if err := endpoint.CreateSpace(tx, organisation, ids["ip_address_space"], "100.64.0.0/16"); err != nil {
				return err
			}
			if err := profile.CreateDNS(tx, organisation, ids["dns"], "9.9.9.9", "149.112.112.112"); err != nil {
				return err
			}
			fields := profile.ServiceFields{Name: value.Some("Data and SMS"), DNS: value.Some(value.Ref{ID: value.Some(value.ID(ids["dns"]))})}
			if err := profile.CreateService(tx, organisation, ids["service_profile"], fields); err != nil {
				return err
			}
			for _, service := range []int64{38, 6, 32} {
				if err := profile.AddService(tx, organisation, ids["service_profile"], service); err != nil {
					return err
				}
			}
			err := profile.CreateTariff(tx, organisation, ids["tariff_profile"],
				profile.TariffFields{Name: value.Some("Fleet"), Tariff: value.Some(value.Ref{ID: value.Some(value.ID(s.Tariff))})})
			if err != nil {
				return err
			}
			s.Spaces[organisation], s.ServiceProfiles[organisation], s.TariffProfiles[organisation] = ids["ip_address_space"], ids["service_profile"], ids["tariff_profile"]
			return s.seeded.save(tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *seeder) fleets() error {
	for i, fleet := range fleets {
		organisation := s.Enterprises[i]
		if s.Fleets[organisation] != 0 {
			continue
		}
		if err := s.fleet(organisation, fleet); err != nil {
			return err
		}
	}
	return nil
}

// fleet is a set of SIMs and the endpoints they are in.
type fleet struct {
	name  string // of the endpoints, before their number
	size  int
	first int // number in IMSI and ICCID
}

var fleets = []fleet{{"demo", harbourSize, 1}, {"truck", alpineSize, 1001}}

func (f fleet) imsi(i int) string   { return fmt.Sprintf("%s9%09d", home, f.first+i) }
func (f fleet) imeisv(i int) string { return fmt.Sprintf("35678901%06d01", f.first+i) }
func (f fleet) msisdn(i int) string { return fmt.Sprintf("4915%09d", f.first+i) }

func (s *seeder) fleet(organisation int64, f fleet) error {
	now := s.clock.Micros()
	ids := map[string]int64{"sim": 0, "imsi": 0, "endpoint": 0}
	for kind := range ids {
		first, err := s.db.NextIDs(s.ctx, kind, organisation, int64(f.size))
		if err != nil {
			return err
		}
		ids[kind] = first
	}
	sims := make([]sim.New, f.size)
	for i := range sims {
		sims[i] = sim.New{
			ICCID: fmt.Sprintf("8949%015d", f.first+i), IMSI: f.imsi(i), MSISDN: f.msisdn(i), Issuer: s.Operator, Reseller: s.Reseller,
			Customer: organisation, Status: sim.Activated, ProductionDate: now - 90*clock.Day,
		}
	}
	return s.db.Write(s.ctx, []int64{organisation}, func(tx *db.Tx) error {
		if err := sim.Import(tx, now, ids["sim"], ids["imsi"], sims); err != nil {
			return err
		}
		rows := make([]endpoint.Row, f.size)
		for i := range rows {
			rows[i] = endpoint.Row{
				ID: ids["endpoint"] + int64(i), Name: fmt.Sprintf("%s-%04d", f.name, i+1), ServiceProfile: s.ServiceProfiles[organisation],
				TariffProfile: s.TariffProfiles[organisation], SIM: ids["sim"] + int64(i), IMEI: "", Space: s.Spaces[organisation],
				Created: now, LastUpdated: now,
			}
		}
		if err := endpoint.CreateMany(tx, now, organisation, rows); err != nil {
			return err
		}
		s.Fleets[organisation] = ids["sim"]
		return s.seeded.save(tx)
	})
}
