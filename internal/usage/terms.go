package usage

import (
	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/profile"
)

// orgTerms are what all profiles of an organisation say, at one version of its configuration or a newer one.
type orgTerms struct {
	version int64
	byID    map[int64]*charging.Terms // by service profile
	tariffs map[int64]*profile.TariffTerms
}

// noServices are the terms of an endpoint without a service profile.
var noServices = &charging.Terms{}

func loadTerms(q db.Queryer, organisation, version int64) (*orgTerms, error) {
	read, err := profile.LoadTerms(q, organisation)
	if err != nil {
		return nil, err
	}
	payer, err := balance.LoadPayer(q, organisation)
	if err != nil {
		return nil, err
	}
	t := &orgTerms{version: version, byID: map[int64]*charging.Terms{}, tariffs: read.Tariffs}
	for id, p := range read.Services {
		t.byID[id] = &charging.Terms{
			Services: p.Services, Barred: p.Barred, DataQuota: p.DataQuota, SMSQuota: p.SMSQuota, Prepaid: p.Prepaid, Limits: p.Limits,
			CostLimit: payer.CostLimit, OrgPrepaid: payer.Prepaid, Currency: payer.Currency,
		}
	}
	return t, nil
}

// give tells subscribers the terms of their profiles, reading those that are not known or older than the subscriber.
func (c *subscribers) give(read func(func(db.Queryer) error) error, found map[string]*subscriber) error {
	for _, s := range found {
		if s.terms != nil {
			continue
		}
		c.mu.RLock()
		t := c.terms[s.organisation]
		c.mu.RUnlock()
		if t == nil || t.version < s.version {
			err := read(func(q db.Queryer) (err error) {
				t, err = loadTerms(q, s.organisation, s.version)
				return err
			})
			if err != nil {
				return err
			}
			c.mu.Lock()
			if known := c.terms[s.organisation]; known == nil || known.version < t.version {
				c.terms[s.organisation] = t
			}
			c.mu.Unlock()
		}
		if s.terms = t.byID[s.serviceProfile]; s.terms == nil {
			s.terms = noServices
		}
		s.prices = t.tariffs[s.tariffProfile]
	}
	return nil
}
