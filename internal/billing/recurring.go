package billing

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/plan"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

// recurring charges the plan, the SIMs and the inclusive volumes.
func (b *builder) recurring() error {
	if err := b.dataPackages(); err != nil {
		return err
	}
	sims, err := sim.InMonth(b.q, b.o.ID, b.month)
	if err != nil {
		return err
	}
	b.s.SIMItems = SIMItems{Data: []SIMItem{}, Total: SIMTotal{Chargeable: sims.PeakActive, Amount: b.amount(b.o.Currency, money.Sum{})}}
	plans, err := plan.Between(b.q, b.o.ID, b.from, b.till)
	if err != nil || len(plans) == 0 {
		return err
	}
	return b.charge(plans[len(plans)-1], sims)
}

// planTerms is what a plan says beside the prices that an assignment keeps.
type planTerms struct {
	name                 string
	most, more, batch    int64
	unbilled, evaluation bool
}

// charge charges by the plan that the organisation has at the end of the month, or had last in it.
func (b *builder) charge(a plan.Assignment, sims sim.Month) error {
	p, err := db.One(b.q, func(r *db.Row) planTerms {
		return planTerms{r.Text(), r.Int(), r.Int(), r.Int(), r.Bool(), r.Bool()}
	}, `SELECT name, max_active_sims, add_active_sims_rate, add_active_sim_batch, billing_disabled, evaluation FROM tariff_plan WHERE id = $1`, a.Plan)
	if err != nil || p.unbilled {
		return err
	}
	base := int64(a.Rate)
	if clock.MonthIn(b.zone, a.Start)%100 == b.month%100 { // the year begins with the month of the start
		base += int64(a.YearlyRate)
	}
	var cost money.Sum
	cost.Add(base)
	b.s.MRC.TariffPlan = &PlanCharge{ID: value.ID(a.Plan), Name: p.name, Amount: b.amount(a.Currency, cost)}
	b.owe(a.Currency, cost)
	_, tiers, err := a.PriceSIMs(sims.PeakActive)
	if err != nil {
		return err
	}
	items := make([]SIMItem, 0, len(tiers)+3)
	for _, t := range tiers {
		items = append(items, SIMItem{Description: "Active SIMs", Count: int64(t.Volume), Rate: t.Rate})
	}
	items = append(items, SIMItem{Description: "SIMs suspended all month", Count: sims.LeastSuspended, Rate: a.Suspended})
	if over := sims.PeakActive - p.most; p.most > 0 && over > 0 && p.batch > 0 {
		items = append(items, SIMItem{Description: "Batches of SIMs above the plan's", Count: (over + p.batch - 1) / p.batch, Rate: value.Cost(p.more)})
	}
	hosted := len(items)
	items = append(items, SIMItem{Description: "First activations", Count: sims.Activated, Rate: a.ActivationFee})
	var all, hosting money.Sum
	for i, item := range items {
		if item.Count == 0 || item.Rate == 0 {
			continue
		}
		cost, err := times(int64(item.Rate), item.Count)
		if err != nil {
			return err
		}
		item.Cost = value.Sum(cost)
		b.s.SIMItems.Data = append(b.s.SIMItems.Data, item)
		all.AddSum(cost)
		if i < hosted {
			hosting.AddSum(cost)
		}
	}
	b.s.SIMItems.Total.Hosting, b.s.SIMItems.Total.Amount = value.Sum(hosting), b.amount(a.Currency, all)
	b.owe(a.Currency, all)
	return nil
}

// dataPackages charges the inclusive volumes: each SIM that had one at any time in the month, but for those that went on to a larger one
// before anything was used.
func (b *builder) dataPackages() error {
	data := &b.s.MRC.DataPackages
	data.Data, data.Total.Amount = []DataPackage{}, b.amount(b.o.Currency, money.Sum{})
	shares, err := inclusive.Shares(b.q, b.o.ID, b.month)
	if err != nil {
		return err
	}
	b.split = len(shares) > 1
	var total money.Sum
	for _, s := range shares {
		s.SIMs -= s.Moved
		if s.SIMs <= 0 {
			continue
		}
		cost, err := times(s.Rate, s.SIMs)
		if err != nil {
			return err
		}
		currency := b.currencies[s.Currency]
		data.Data = append(data.Data, DataPackage{
			ID: value.ID(s.ID), Description: describePackage(s), Tariff: value.Named{ID: value.ID(s.Tariff), Name: s.TariffName},
			Ratezone: value.Named{ID: value.ID(s.Ratezone), Name: s.RatezoneName},
			Currency: network.Currency{ID: s.Currency, Code: currency.Code, Symbol: currency.Symbol},
			Pooled:   s.Pooled, Volume: value.MB(s.Volume.Volume), Rate: value.Cost(s.Rate), SIMs: s.SIMs, Cost: value.Sum(cost),
		})
		b.packages[s.Ratezone] += s.Volume.Volume * s.SIMs
		b.owe(s.Currency, cost)
		data.Total.Volume += value.MB(s.Volume.Volume * s.SIMs)
		if s.Currency == b.o.Currency {
			total.AddSum(cost)
		}
	}
	data.Total.Amount = b.amount(b.o.Currency, total)
	return nil
}

func describePackage(s inclusive.Share) string {
	kind := "each SIM"
	if s.Pooled {
		kind = "shared"
	}
	return money.Format(s.Volume.Volume, money.VolumePlaces) + " MB in " + s.RatezoneName + ", " + kind
}
