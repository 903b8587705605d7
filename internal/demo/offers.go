package demo

import (
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/plan"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/roaming"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// offers makes what the operator has agreed with other operators, and the tariff plan that its customers have.
func (s *seeder) offers() error {
	if s.Coverage == 0 {
		if err := s.coverage(); err != nil {
			return err
		}
	}
	if s.Plan == 0 {
		return s.plan()
	}
	return nil
}

// coverage is with every operator of the tariff, at half of its price.
func (s *seeder) coverage() error {
	id, err := s.db.NextID(s.ctx, "network_coverage", s.Operator)
	if err != nil {
		return err
	}
	operators := map[int64]int64{} // rate of a MB by operator
	err = s.db.Read(s.ctx, func(q db.Queryer) error {
		return q.Each(func(r *db.Row) { operators[r.Int()] = r.Int() / 2 }, `SELECT o.operator_id, r.rate FROM ratezone_operator o
			JOIN ratezone_rate r ON r.tariff_id = o.tariff_id AND r.ratezone_id = o.ratezone_id AND r.service_id = $2
			WHERE o.tariff_id = $1`, s.Tariff, tariff.Data)
	})
	if err != nil {
		return err
	}
	entries, err := s.db.NextIDs(s.ctx, "network_coverage_data", s.Operator, int64(len(operators)))
	if err != nil {
		return err
	}
	prices, err := s.db.NextIDs(s.ctx, "inter_operator_tariff", s.Operator, int64(len(operators)))
	if err != nil {
		return err
	}
	now := s.clock.Micros()
	return s.db.Write(s.ctx, []int64{s.Operator}, func(tx *db.Tx) error {
		if err := roaming.CreateCoverage(tx, s.Operator, id, roaming.CoverageFields{Name: value.Some("Roaming partners")}); err != nil {
			return err
		}
		n := int64(0)
		for operator, rate := range operators {
			if err := roaming.AddOperator(tx, s.Operator, id, operator, entries+n); err != nil {
				return err
			}
			price := roaming.Price{
				Coverage: id, Operator: operator, TrafficType: record.Data, Currency: network.EUR, Rate: rate, Volume: 1, Block: 1, ValidFrom: now,
			}
			if err := roaming.Append(tx, s.Operator, []int64{prices + n}, price); err != nil {
				return err
			}
			n++
		}
		s.Coverage = id
		return s.seeded.save(tx)
	})
}

// plan costs less a SIM the more there are. The reseller has it, and sells it to the enterprises.
func (s *seeder) plan() error {
	id, err := s.db.NextID(s.ctx, "tariff_plan", s.Operator)
	if err != nil {
		return err
	}
	customers := append([]int64{s.Reseller}, s.Enterprises...)
	assigned := make([]int64, len(customers))
	for i, organisation := range customers {
		if assigned[i], err = s.db.NextID(s.ctx, "organisation_tariff_plan", organisation); err != nil {
			return err
		}
	}
	ref := func(id int64) value.Opt[value.Ref] { return value.Some(value.Ref{ID: value.Some(value.ID(id))}) }
	now := s.clock.Micros()
	return s.db.Write(s.ctx, append([]int64{s.Operator}, customers...), func(tx *db.Tx) error {
		err := plan.Create(tx, now, s.Operator, id, plan.Fields{
			Name: value.Some("Standard"), Status: ref(plan.Active), Public: value.Some(true), Currency: ref(network.EUR),
			Rate: value.Some(value.Cost(50 * money.Unit)), Suspended: value.Some(value.Cost(money.Unit / 10)),
			Price: value.Some(plan.Scale{Activated: []plan.Tier{{Start: 1, Rate: value.Cost(money.Unit / 2)}, {Start: 101, Rate: value.Cost(money.Unit / 4)}}}),
		})
		if err != nil {
			return err
		}
		for i, organisation := range customers {
			if _, err := plan.Give(tx, now, s.Operator, organisation, assigned[i], plan.Request{Plan: ref(id)}); err != nil {
				return err
			}
		}
		s.Plan = id
		return s.seeded.save(tx)
	})
}
