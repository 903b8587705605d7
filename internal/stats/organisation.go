package stats

import (
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Organisation is the state of an organisation. Traffic is that of all organisations below it too, everything else its own.
type Organisation struct {
	CurrentMonth    OrganisationMonth    `json:"current_month"`
	LastMonth       OrganisationMonth    `json:"last_month"`
	SIM             sim.Counts           `json:"sim"`
	ServiceProfiles int64                `json:"service_profiles"`
	TariffProfiles  int64                `json:"tariff_profiles"`
	Users           int64                `json:"users"`
	Chargeable      int64                `json:"active_chargeable_sims,omitempty" doc:"Absent when there is none."`
	HostingFees     *value.Sum           `json:"hosting_fees,omitempty" doc:"What its SIMs cost in the month so far, as its statement has it. Absent when no SIM is active."`
	InclusiveVolume inclusive.Sums       `json:"inclusive_volume"`
	PrepaidBalance  *balance.AccountView `json:"prepaid_balance,omitempty" doc:"Absent when the organisation is not prepaid."`
}

// OrganisationMonth is the traffic of a month. A kind that was not used is absent.
type OrganisationMonth struct {
	Data *OrganisationUsage `json:"data,omitempty"`
	SMS  *OrganisationUsage `json:"sms,omitempty"`
}

// OrganisationUsage is what was used of one kind of traffic in a month.
type OrganisationUsage struct {
	Month string `json:"month" format:"date"` // its first day
	Usage
}

// State reads the state of an organisation.
func State(q db.Queryer, organisation, now int64) (*Organisation, error) {
	o, err := account.Get(q, organisation)
	if err != nil {
		return nil, err
	}
	var s Organisation
	if err = s.traffic(q, organisation, now); err == nil {
		err = s.count(q, o, now)
	}
	if err == nil {
		s.InclusiveVolume, err = inclusive.Sum(q, organisation, now)
	}
	if err == nil {
		s.PrepaidBalance, err = balance.ShowAccount(q, now, organisation)
	}
	if err != nil {
		return nil, fmt.Errorf("statistics of organisation %d: %w", organisation, err)
	}
	if !s.PrepaidBalance.Prepaid {
		s.PrepaidBalance = nil
	}
	return &s, nil
}

func (s *Organisation) traffic(q db.Queryer, organisation, now int64) error {
	zone, err := account.Zone(q, organisation)
	if err != nil {
		return err
	}
	current := monthOf(dateOf(DayIn(zone, now)))
	last, next := current.AddDate(0, -1, 0), current.AddDate(0, 1, 0)
	rows, err := treeDays(q, organisation, dayOf(last), dayOf(next)-1)
	if err != nil {
		return err
	}
	currencies, err := loadCurrencies(q)
	if err != nil {
		return err
	}
	split := 0
	for split < len(rows) && rows[split].day < dayOf(current) {
		split++
	}
	s.LastMonth = organisationMonth(rows[:split], last, currencies)
	s.CurrentMonth = organisationMonth(rows[split:], current, currencies)
	return nil
}

func organisationMonth(rows []row, first time.Time, currencies map[int64]network.Currency) OrganisationMonth {
	use := sums(rows)
	of := func(traffic tariff.TrafficType) *OrganisationUsage {
		total := use[traffic.ID]
		if total == nil {
			return nil
		}
		return &OrganisationUsage{Month: first.Format(time.DateOnly), Usage: total.usage(traffic, currencies)}
	}
	return OrganisationMonth{Data: of(tariff.DataTraffic()), SMS: of(tariff.SMSTraffic())}
}

// count counts what the organisation has.
func (s *Organisation) count(q db.Queryer, o account.Organisation, now int64) (err error) {
	part := map[int64]sim.Part{account.Operator: sim.AsIssuer, account.Reseller: sim.AsReseller, account.Enterprise: sim.AsCustomer}[o.Type]
	if s.SIM, err = sim.Count(q, part, o.ID); err != nil {
		return err
	}
	if s.Chargeable = s.SIM.Active; s.Chargeable > 0 {
		fees, err := billing.Hosting(q, o.ID, now)
		if err != nil {
			return err
		}
		s.HostingFees = &fees
	}
	return q.Each(func(r *db.Row) { s.ServiceProfiles, s.TariffProfiles, s.Users = r.Int(), r.Int(), r.Int() },
		`SELECT (SELECT COUNT(*) FROM service_profile WHERE organisation_id = $1), (SELECT COUNT(*) FROM tariff_profile WHERE organisation_id = $1),
			(SELECT COUNT(*) FROM account_user WHERE organisation_id = $1)`, o.ID)
}
