package billing_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/doctor"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/value"
)

// closes closes a month.
func (s *site) closes(month int64) billing.Result {
	s.Helper()
	closer := billing.Closer{DB: s.db, Clock: s.fake.Clock(), Sessions: s.flow}
	r, err := closer.Close(s.Context(), month)
	s.must(err)
	return r
}

// sound makes sure that doctor finds nothing.
func (s *site) sound() {
	s.Helper()
	result, err := (&doctor.Doctor{DB: s.db, Clock: s.fake.Clock(), Limit: 10}).Run(s.Context())
	s.must(err)
	for _, f := range result.Findings {
		s.Errorf("doctor: %s", f)
	}
}

// told is a statement as it is answered.
func (s *site) told(c *customer, month int64) string {
	s.Helper()
	text, err := json.Marshal(s.statement(c, month))
	s.must(err)
	return string(text)
}

// Usage of a month arrives while it is closed, more than once and from several sides: each byte is on one statement, what the
// closed one does not have is on the next, marked, and what stands does not move.
func TestClosingWhileUsageArrives(t *testing.T) {
	onBoth(t, func(s *site) {
		c := s.customer("Harbour Sensors", euro, 512_345_679, 3_000_829_976, 19)
		const devices, reports, bytes = 4, 12, 700_000
		fleet := make([]*device, devices)
		for i := range fleet {
			fleet[i] = s.device(c, sim.Activated)
		}
		s.at(time.November, 30, 20, 0)
		used := s.now()
		for _, d := range fleet {
			s.reports(d, usage.Start, "-race", home, 0, used)
		}
		s.at(time.December, 1, 0, 30)
		var all sync.WaitGroup
		some := make(chan struct{})
		for i, d := range fleet {
			all.Go(func() {
				for n := range int64(reports) {
					kind := usage.Interim
					if n == reports-1 {
						kind = usage.Stop
					}
					s.reports(d, kind, "-race", home, (n+1)*bytes, used+(n+1)*time.Minute.Microseconds()) // all of November
					if i == 0 && n == 2 {
						close(some)
					}
					if i == 0 && n%4 == 3 {
						s.reports(d, kind, "-race", home, (n+1)*bytes, used+(n+1)*time.Minute.Microseconds()) // once more
					}
				}
			})
		}
		for range 2 {
			all.Go(func() {
				<-some
				closer := billing.Closer{DB: s.db, Clock: s.fake.Clock(), Sessions: s.flow}
				if _, err := closer.Close(s.Context(), 202611); err != nil {
					s.Error(err)
				}
			})
		}
		all.Wait()
		stood := s.told(c, 202611)
		if r := s.closes(202611); r.Statements != 0 {
			s.Errorf("closed again: %+v", r)
		}
		november, december := s.statement(c, 202611), s.statement(c, 202612)
		if again := s.told(c, 202611); !november.Closed || again != stood {
			s.Errorf("the statement was %s and is %s", stood, again)
		}
		volume := november.Traffic.Data.Total.Volume + december.Traffic.Data.Total.Volume
		if want := value.MB(devices * reports * bytes); volume != want {
			s.Errorf("%d bytes are on statements, %d were used", volume, want)
		}
		late := value.MB(0)
		for _, l := range december.LateUsage {
			late += l.Volume
		}
		if late != december.Traffic.Data.Total.Volume {
			s.Errorf("%d bytes of December, %d of them marked as late", december.Traffic.Data.Total.Volume, late)
		}
		var stated, logged money.Sum
		for _, of := range []billing.Statement{november, december} {
			stated.AddSum(money.Sum(of.Traffic.Data.Total.Cost))
		}
		s.must(s.db.Read(s.Context(), func(q db.Queryer) error {
			return q.Each(func(r *db.Row) { logged.Add(r.Int()) }, `SELECT cost FROM usage_record`)
		}))
		if stated != logged || logged.IsZero() {
			s.Errorf("the statements hold %s, the log %s", stated.Fixed(), logged.Fixed())
		}
		s.sound()
	})
}

// A month without any use is owed for like any other, also when several are closed at once.
func TestMonthsWithoutUse(t *testing.T) {
	onBoth(t, func(s *site) {
		c := s.customer("Harbour Sensors", euro, 512_345_679, 3_000_829_976, 0)
		s.subscribes(c, `{"name": "Business", "rate": 25, "sim_activated_rate": 1}`)
		s.device(c, sim.Activated)
		s.at(time.December, 15, 12, 0)
		var periods []value.Described
		s.must(s.db.Read(s.Context(), func(q db.Queryer) (err error) {
			periods, err = billing.Periods(q, c.id, s.now())
			return err
		}))
		if len(periods) != 3 || periods[0].ID != 202612 || periods[2].ID != 202610 {
			s.Errorf("periods %v", periods)
		}
		if r := s.closes(202611); r.Statements != 4 || r.Organisations != 2 {
			s.Errorf("closed %+v", r)
		}
		for _, month := range []int64{202610, 202611} {
			of := s.statement(c, month)
			s.sheet("without use", of, map[string]value.Sum{"26": of.Total.Cost})
			if !of.Closed || len(of.Traffic.Data.Tariff) != 0 {
				s.Errorf("the statement is %+v", of)
			}
		}
		s.sound()
	})
}

// A prepaid organisation's statement says what its balance has paid: nothing of what was used before it was prepaid.
func TestPaidFromTheOrganisationsBalance(t *testing.T) {
	onBoth(t, func(s *site) {
		const cent = money.Unit / 100
		c := s.customer("Pump Rental", euro, 5*cent, 30*cent, 0)
		d := s.device(c, sim.Activated)
		s.at(time.November, 5, 9, 0)
		s.uses(d, home, 1_000_000)
		s.reports(d, usage.Start, "-on", home, 0, s.now())
		s.reports(d, usage.Interim, "-on", home, 1_000, s.now()) // too little for a record
		s.write(c.id, func(tx *db.Tx) error {
			return balance.Pay(tx, s.now(), 0, c.id, balance.Payment{Amount: value.Some(value.Amount(5 * money.Unit))})
		})
		s.fake.Advance(10 * time.Minute)
		s.reports(d, usage.Stop, "-on", home, 3_000_000, s.now())
		s.uses(d, home, 2_000_000)
		of := s.statement(c, 202611)
		s.sheet("prepaid", of, map[string]value.Sum{"0.3": of.SubTotal.Cost, "0.24995": of.PaidFromBalance.Cost})
		s.must(s.db.Read(s.Context(), func(q db.Queryer) error {
			a, err := balance.ShowAccount(q, s.now(), c.id)
			if err == nil && a.Amount != value.Amount(5*money.Unit-2_499_500_000) {
				s.Errorf("the balance is %d", a.Amount)
			}
			return err
		}))
		s.sound()
	})
}

// A SIM that goes on to another volume of its rate zone owes the one before only if something of that was used in the month.
func TestMovedToAnotherVolume(t *testing.T) {
	const cent = money.Unit / 100
	for _, test := range []struct {
		name         string
		pooled, used bool
		want         string
	}{{"idle pool", true, false, "10"}, {"each SIM", false, true, "12"}} {
		t.Run(test.name, func(t *testing.T) {
			onBoth(t, func(s *site) {
				c := s.customer("Harbour Sensors", euro, 5*cent, 30*cent, 0)
				d := s.device(c, sim.Activated)
				s.device(c, sim.Activated)
				s.includes(c, 10_000_000, 200*cent, test.pooled)
				s.at(time.November, 5, 9, 0)
				if test.used {
					s.uses(d, home, 1_000_000)
				}
				s.includes(c, 50_000_000, 500*cent, test.pooled)
				s.uses(d, home, 20_000_000)
				s.at(time.December, 2, 9, 0)
				s.closes(202611)
				for month, want := range map[int64]string{202610: "4", 202611: test.want, 202612: "10"} {
					of := s.statement(c, month)
					s.sheet(test.name, of, map[string]value.Sum{want: of.Total.Cost})
				}
				s.sound()
			})
		})
	}
}

// Where a record was made stays, whatever becomes of its operator: the figures of both countries are those of their records.
func TestOperatorMovesInMidMonth(t *testing.T) {
	onBoth(t, func(s *site) {
		c := s.customer("Traveller", euro, 512_345_679, 3_000_829_976, 0)
		d := s.device(c, sim.Activated)
		s.at(time.November, 5, 9, 0)
		s.uses(d, abroad, 1_000_000)
		s.write(s.operator, func(tx *db.Tx) error {
			if _, err := tx.Exec(`UPDATE operator SET country_id = 74 WHERE id = 3`); err != nil {
				return err
			}
			return network.Changed(tx)
		})
		s.uses(d, abroad, 2_000_000)
		countries := s.statement(c, 202611).Traffic.Data.Tariff[0].Ratezone[0].Countries
		if len(countries) != 2 || countries[0].Country.Name != "France" || countries[0].Volume != 1_000_000 || countries[1].Country.Name != "Germany" {
			s.Fatalf("%+v", countries)
		}
		for _, k := range countries {
			s.explains(c, 202611, k)
		}
	})
}
