package billing_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/doctor"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/value"
)

// The worked month of docs/billing.md: the statements of November 2026 equal the sheet there, which was calculated by hand.
func TestWorkedMonth(t *testing.T) {
	onBoth(t, func(s *site) {
		m := s.workedMonth()
		at := func(c *customer, month int64) billing.Statement { return s.statement(c, month) }
		s.at(time.December, 4, 0, 0)
		closer := billing.Closer{DB: s.db, Clock: s.fake.Clock(), Sessions: s.flow}
		if r, err := closer.Close(s.Context(), 202611); err != nil || r.Organisations != 4 {
			s.Fatalf("closed %+v, %v", r, err)
		}
		s.reports(m.a1, usage.Stop, "-late", home, 2_000_000, s.now()-4*24*time.Hour.Microseconds()) // used on 30 November

		pooled := at(m.pooled, 202611)
		s.sheet("pooled", pooled, map[string]value.Sum{
			"25": pooled.MRC.TariffPlan.Cost, "3.6": pooled.MRC.DataPackages.Total.Cost,
			"5.25": pooled.SIMItems.Total.Cost, "2.75": pooled.SIMItems.Total.Hosting,
			"0.9078734856": pooled.Traffic.Data.Total.Cost, // 0.3074074074 at home and 0.6004660782 abroad
			"0.3074074074": pooled.Traffic.Data.Tariff[0].Ratezone[0].Cost, "0.6004660782": pooled.Traffic.Data.Tariff[0].Ratezone[1].Cost,
			"34.7578734856": pooled.SubTotal.Cost, "6.6039959623": pooled.VAT.Cost, "41.3618694479": pooled.Total.Cost,
		})
		if n := pooled.SIMItems.Total.Chargeable; n != 3 || pooled.MRC.DataPackages.Data[0].SIMs != 3 {
			s.Errorf("%d SIMs, %d with the volume", n, pooled.MRC.DataPackages.Data[0].SIMs)
		}
		if z := pooled.Traffic.Data.Tariff[0].Ratezone[0]; z.Volume != 36_000_000 || z.DataPackageVolume != 30_000_000 || z.InclusiveVolume != 30_000_000 {
			s.Errorf("at home %+v", z)
		}

		single := at(m.single, 202611)
		s.sheet("per SIM", single, map[string]value.Sum{
			"1.8": single.MRC.DataPackages.Total.Cost, "1.75": single.SIMItems.Total.Cost, "0.705": single.Traffic.Data.Total.Cost,
			"4.255": single.SubTotal.Cost, "0": single.VAT.Cost,
		})
		if single.Total.Cost != single.SubTotal.Cost || single.Total.Currency.Code != "USD" {
			s.Errorf("total %+v", single.Total)
		}

		prepaid := at(m.prepaid, 202611)
		s.sheet("prepaid", prepaid, map[string]value.Sum{
			"0.1537037037": prepaid.SubTotal.Cost, "0.0292037037": prepaid.VAT.Cost, "0.1829074074": prepaid.Total.Cost,
		})
		if prepaid.PaidFromBalance.Cost != prepaid.SubTotal.Cost {
			s.Errorf("paid %+v", prepaid.PaidFromBalance)
		}

		late := at(m.pooled, 202612)
		if len(late.LateUsage) != 1 || late.LateUsage[0].Month != 202611 || late.LateUsage[0].Volume != 1_000_000 {
			s.Fatalf("late %+v", late.LateUsage)
		}
		s.sheet("late", late, map[string]value.Sum{"0.0512345679": late.LateUsage[0].Cost})
		s.tied(m)
	})
}

// sheet compares amounts with what was calculated by hand.
func (s *site) sheet(name string, of billing.Statement, want map[string]value.Sum) {
	s.Helper()
	for text, got := range want {
		sum, err := money.ParseSum(text)
		s.must(err)
		if money.Sum(got) != sum {
			all, _ := json.MarshalIndent(of, "", " ")
			s.Errorf("%s: %s instead of %s in\n%s", name, money.Sum(got).Fixed(), sum.Fixed(), all)
		}
	}
}

func (s *site) statement(c *customer, month int64) (of billing.Statement) {
	s.Helper()
	s.must(s.db.Read(s.Context(), func(q db.Queryer) error {
		got, err := billing.Get(q, c.id, month, s.now())
		if err == nil {
			of = *got
		}
		return err
	}))
	return of
}

// month is the worked month's customers, and a device.
type month struct {
	pooled, single, prepaid *customer
	a1                      *device
}

// workedMonth is what happens in November.
func (s *site) workedMonth() (m month) {
	const cent = money.Unit / 100
	m.pooled = s.customer("Harbour Sensors", euro, 512_345_679, 3_000_829_976, 19)
	m.single = s.customer("Prairie Trackers", dollar, 6*cent, 35*cent, 0)
	m.prepaid = s.customer("Pump Rental", euro, 512_345_679, 3_000_829_976, 19)
	s.includes(m.pooled, 10_000_000, 120*cent, true)
	s.includes(m.single, 5_000_000, 90*cent, false)
	s.subscribes(m.pooled, `{"name": "Business", "rate": 25, "sim_activation_fee": 2.5, "sim_suspended_rate": 0.1,
		"price": {"sim_activated_rate": [{"scale_start": 1, "rate": 1}, {"scale_start": 3, "rate": 0.75}]}}`)
	s.subscribes(m.single, `{"name": "Pay as you grow", "rate": 0, "sim_activated_rate": 0.8, "sim_suspended_rate": 0.15}`)
	a1, a2, a3 := s.device(m.pooled, sim.Activated), s.device(m.pooled, sim.Issued), s.device(m.pooled, sim.Activated)
	b1, b2, b3 := s.device(m.single, sim.Activated), s.device(m.single, sim.Activated), s.device(m.single, sim.Activated)
	c1 := s.device(m.prepaid, sim.Activated)
	m.a1 = a1
	s.becomes(b3, sim.Suspended)
	s.prepays(c1, 5*money.Unit, 4_000_000)

	s.at(time.November, 5, 9, 0)
	s.uses(a1, home, 20_000_000) // all that two SIMs bring
	s.uses(b2, abroad, 1_500_000)
	s.at(time.November, 10, 9, 0)
	s.becomes(a2, sim.Activated) // brings 10 MB more
	s.uses(a2, home, 15_000_000) // 5 of them beyond
	s.at(time.November, 15, 9, 0)
	s.uses(a3, abroad, 2_000_500) // blocks of 1000 bytes
	s.at(time.November, 20, 9, 0)
	s.becomes(a3, sim.Suspended) // three were active at a time
	s.uses(b2, home, 3_000_000)
	s.uses(c1, home, 3_000_000)
	s.at(time.November, 30, 20, 0)
	s.reports(a1, usage.Start, "-late", home, 0, s.now())
	s.reports(b1, usage.Start, "-open", home, 0, s.now())
	s.fake.Advance(10 * time.Minute)
	s.reports(a1, usage.Interim, "-late", home, 1_000_000, s.now())
	s.reports(b1, usage.Interim, "-open", home, 7_950_000, s.now())
	s.fake.Advance(10 * time.Minute)
	s.reports(b1, usage.Interim, "-open", home, 8_000_000, s.now()) // too little for a record: the closing cuts it
	return m
}

// prepays makes a device pay from a balance and stop at a quota.
func (s *site) prepays(d *device, amount, bytes int64) {
	s.Helper()
	s.write(d.id, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE service_profile SET prepaid = TRUE, apply_data_quota = TRUE WHERE organisation_id = $1 AND id = $2`, d.id, d.services)
		if err != nil {
			return err
		}
		tx.Head(d.id).Changed()
		err = balance.Load(tx, s.now(), 0, d.id, d.endpoint, balance.Fields{
			Amount: value.Some(value.Amount(amount)), ExpiryDate: value.Some(value.EntityTime(s.now() + 200*24*time.Hour.Microseconds())),
		})
		if err != nil {
			return err
		}
		return quota.Store(tx, []quota.Quota{quota.New(d.id, d.endpoint, quota.Data, bytes, s.now()+200*24*time.Hour.Microseconds(), 20, s.now())})
	})
}

// tied makes sure that all statements together are the log, that each figure explains itself, and that doctor finds nothing.
func (s *site) tied(m month) {
	s.Helper()
	var stated, logged money.Sum
	for _, c := range []*customer{m.pooled, m.single, m.prepaid} {
		for _, month := range []int64{202611, 202612} {
			of := s.statement(c, month)
			for _, t := range of.Traffic.Data.Tariff {
				stated.AddSum(money.Sum(t.Cost))
				for _, z := range t.Ratezone {
					for _, k := range z.Countries {
						s.explains(c, month, k)
					}
				}
			}
		}
	}
	s.must(s.db.Read(s.Context(), func(q db.Queryer) error {
		return q.Each(func(r *db.Row) { logged.Add(r.Int()) }, `SELECT cost FROM usage_record`)
	}))
	if stated != logged || logged.IsZero() {
		s.Errorf("the statements hold %s, the log %s", stated.Fixed(), logged.Fixed())
	}
	result, err := (&doctor.Doctor{DB: s.db, Clock: s.fake.Clock(), Limit: 10}).Run(context.Background())
	s.must(err)
	for _, f := range result.Findings {
		s.Errorf("doctor: %s", f)
	}
}

// explains adds up the usage records behind a figure.
func (s *site) explains(c *customer, month int64, figure billing.CountryUse) {
	s.Helper()
	var sum money.Sum
	var paidFor, inclusive, rounded int64 // bytes, and parts of 1e-10 a MB
	filter := billing.Filter{Tariff: int64(figure.TariffID), Ratezone: int64(figure.RatezoneID), Country: int64(figure.Country.ID)}
	s.must(s.db.Read(s.Context(), func(q db.Queryer) error {
		rows, err := filter.List(q, c.id, month, s.now())
		for _, u := range rows {
			sum.Add(int64(u.Cost))
			paidFor += int64(u.Billed - u.Inclusive)
			inclusive += int64(u.Inclusive)
			rounded += int64(u.Cost)*money.MB - int64(u.Billed-u.Inclusive)*int64(u.Rate)
			if u.Billed < u.Volume || int64(u.Billed)%u.Block != 0 {
				s.Errorf("%d bytes are billed as %d, in blocks of %d", u.Volume, u.Billed, u.Block)
			}
		}
		return err
	}))
	if sum != money.Sum(figure.Cost) {
		s.Errorf("%s in %d costs %s, its records %s", figure.Country.Name, month, money.Sum(figure.Cost).Fixed(), sum.Fixed())
	}
	if inclusive != int64(figure.Inclusive) || rounded < 0 || rounded >= 10*money.MB {
		s.Errorf("%s in %d: %d bytes are paid for at one rate, %d inclusive, which leaves %d of its cost", figure.Country.Name, month, paidFor, inclusive, rounded)
	}
}
