package usage

import (
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// TestTariffChanges changes a tariff under a running session of 1500 bytes, which then uses 1700 more: what was charged stays, what
// comes is charged by what is new, each along a line of its own. The books are checked in the end.
func TestTariffChanges(t *testing.T) {
	before := part{0, 60, 1000, 500, kb(2), 0, 1, 6, true}
	after := func(cost int64) []part { return []part{before, {60, 120, 900, 800, cost, 0, 1, 6, true}} }
	same := []part{{0, 120, 1900, 1300, kb(4), 0, 1, 6, true}}
	stories := map[string]func(*testing.T, *site){}
	for name, tt := range map[string]struct {
		change func(*site) func(*db.Tx) error // 60 s after the start
		want   []part
	}{
		"a new price":                            {newPrice(60), after(3 * kb(2))},
		"a price that is to come":                {newPrice(3600), same},
		"a price that began between the reports": {newPrice(90), after(3 * kb(2))},
		"the operator moves to another zone":     {moveOperator, after(7 * kb(2))},
		"the zone is deleted": {func(s *site) func(*db.Tx) error {
			return func(tx *db.Tx) error { return tariff.DeleteRatezone(tx, s.operator, s.tariff.ID, s.tariff.Zones[0].ID) }
		}, []part{before, {60, 120, 900, 800, 0, 0, 1, 6, false}}},
		"smaller blocks": {change(tariff.Fields{DataBlocksize: reference(1)}), after(1700 * homeRate / 1_000_000)},
		"a name":         {change(tariff.Fields{Name: value.Some("Roaming")}), same},
		"a price of the profile's own": {func(s *site) func(*db.Tx) error {
			return func(tx *db.Tx) error {
				return profile.AddCustomRate(tx, at(60), s.first, s.prices[s.first], made, profile.CustomFields{
					Ratezone: reference(s.tariff.Zones[0].ID), Service: reference(tariff.Data), Rate: value.Some(value.Cost(homeRate / 2)),
				})
			}
		}, after(kb(1))},
		"another tariff": {anotherTariff, after(5 * kb(2))},
	} {
		stories[name] = func(_ *testing.T, s *site) {
			d := s.session(s.device(s.first, s.imsi()), "a", 0)
			s.send(d, d.report(Start, 0, 0, 0))
			s.advance(60)
			s.send(d, d.report(Interim, 60, 1000, 500))
			s.write(tt.change(s), s.operator, s.first)
			s.advance(120)
			s.send(d, d.report(Stop, 120, 1900, 1300))
			s.same(tt.want, parts(s.records(s.first)))
		}
	}
	onEach(t, stories)
}

// made is the id of what a change makes.
const made = 900_000

func reference(id int64) value.Opt[value.Ref] {
	return value.Some(value.Ref{ID: value.Some(value.ID(id))})
}

func change(f tariff.Fields) func(*site) func(*db.Tx) error {
	return func(s *site) func(*db.Tx) error {
		return func(tx *db.Tx) error { return tariff.Change(tx, s.operator, s.tariff.ID, f) }
	}
}

// newPrice is three times the price at home, from so many seconds after the start on.
func newPrice(from int64) func(*site) func(*db.Tx) error {
	return func(s *site) func(*db.Tx) error {
		return func(tx *db.Tx) error {
			return tariff.AddRate(tx, at(60), s.operator, s.tariff.ID, s.tariff.Zones[0].ID, made, tariff.PriceFields{
				Rate: value.Some(value.Cost(3 * homeRate)), Service: reference(tariff.Data), ValidFrom: value.Some(value.EntityTime(at(from))),
			})
		}
	}
}

func moveOperator(s *site) func(*db.Tx) error {
	return func(tx *db.Tx) error {
		if err := tariff.RemoveOperator(tx, s.operator, s.tariff.ID, s.tariff.Zones[0].ID, 1); err != nil {
			return err
		}
		return tariff.AddOperator(tx, s.operator, s.tariff.ID, s.tariff.Zones[1].ID, 1)
	}
}

// anotherTariff gives the organisation one that costs five times as much.
func anotherTariff(s *site) func(*db.Tx) error {
	next := tariff.Tariff{
		Organisation: s.operator, Name: "Next", Status: tariff.Active, Currency: network.EUR, Block: block, Public: true,
		Zones:       []tariff.Zone{{Name: "Home", Operators: []int64{1}, Rates: []tariff.ZoneRate{{Service: tariff.Data, Rate: 5 * homeRate}}}},
		Definitions: []tariff.Definition{{APN: "internet", Default: true}},
	}
	s.must(tariff.Number(s.context(), s.db, &next))
	return func(tx *db.Tx) error {
		if err := tariff.Create(tx, next); err != nil {
			return err
		}
		return profile.SwitchTariff(tx, at(60), 0, s.first, s.first, next.ID)
	}
}
