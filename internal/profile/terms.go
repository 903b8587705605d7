package profile

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/limit"
	"github.com/simstead/simstead/internal/network"
)

// Terms are what all profiles of an organisation say about use, as it is held in memory by those who decide.
type Terms struct {
	Services map[int64]*ServiceTerms // by service profile
	Tariffs  map[int64]*TariffTerms  // by tariff profile
}

// ServiceTerms are what a service profile says.
type ServiceTerms struct {
	Services                     map[int64]bool
	DataQuota, SMSQuota, Prepaid bool
	Limits                       []limit.Limit
	Barred                       map[int64]bool // radio access types that are not allowed; 2G and 5G always are
}

// TariffTerms are what a tariff profile says beside its tariff.
type TariffTerms struct {
	Inclusive *inclusive.Volume // nil for none
	zones     map[int64]bool    // selected rate zones; nil: all
	custom    []customRate
	blocked   map[block]bool
}

type customRate struct {
	zone, service, rate int64
	from, until         int64
}

type block struct{ operator, rat int64 }

// Uses reports whether the profile uses a rate zone of its tariff.
func (t *TariffTerms) Uses(zone int64) bool { return t == nil || t.zones == nil || t.zones[zone] }

// Rate is the profile's own price of a service in a zone at a time, if it has one.
func (t *TariffTerms) Rate(zone, service, at int64) (rate int64, ok bool) {
	if t == nil {
		return 0, false
	}
	for _, c := range t.custom {
		if c.zone == zone && c.service == service && at >= c.from && (c.until == 0 || at < c.until) {
			return c.rate, true
		}
	}
	return 0, false
}

// Blocks reports whether the profile blocks an operator, or a RAT type in its network.
func (t *TariffTerms) Blocks(operator, rat int64) bool {
	return t != nil && (t.blocked[block{operator, 0}] || rat != 0 && t.blocked[block{operator, network.RATRules(rat)}])
}

// LoadTerms reads the terms of an organisation.
func LoadTerms(q db.Queryer, organisation int64) (*Terms, error) {
	t := &Terms{Services: map[int64]*ServiceTerms{}, Tariffs: map[int64]*TariffTerms{}}
	for _, read := range []func(db.Queryer, int64) error{
		t.readServiceProfiles, t.readServices, t.readLimits, t.readTariffProfiles, t.readZones, t.readCustomRates, t.readBlocks,
	} {
		if err := read(q, organisation); err != nil {
			return nil, fmt.Errorf("read terms of organisation %d: %w", organisation, err)
		}
	}
	return t, nil
}

func (t *Terms) readServiceProfiles(q db.Queryer, organisation int64) error {
	return q.Each(func(r *db.Row) {
		p := &ServiceTerms{Services: map[int64]bool{}, Barred: map[int64]bool{}}
		t.Services[r.Int()] = p
		p.DataQuota, p.SMSQuota, p.Prepaid = r.Bool(), r.Bool(), r.Bool()
		for _, types := range radio {
			allowed := r.Bool()
			for _, rat := range types {
				p.Barred[rat] = !allowed
			}
		}
	}, `SELECT id, apply_data_quota, apply_sms_quota, prepaid, allowed_3g, allowed_4g, allowed_nb_iot, allowed_nb_iot_geo
		FROM service_profile WHERE organisation_id = $1`, organisation)
}

// radio has the radio access types, by the numbers of 3GPP-RAT-Type (TS 29.061 section 16.4.7.2), that allowed_3g, allowed_4g,
// allowed_nb_iot and allowed_nb_iot_geo stand for: UTRAN and HSPA+, EUTRAN and LTE-M, NB-IoT, and that by satellite.
var radio = [...][]int64{{1, 5}, {6, 9}, {8}, {17}}

func (t *Terms) readServices(q db.Queryer, organisation int64) error {
	return q.Each(func(r *db.Row) {
		if p := t.Services[r.Int()]; p != nil {
			p.Services[r.Int()] = true
		}
	}, `SELECT service_profile_id, service_id FROM service_profile_service WHERE organisation_id = $1`, organisation)
}

func (t *Terms) readLimits(q db.Queryer, organisation int64) error {
	err := q.Each(func(r *db.Row) {
		if p := t.Services[r.Int()]; p != nil {
			p.Limits = append(p.Limits, limit.Limit{ID: r.Int(), Service: r.Int(), Volume: r.Int(), Satellite: r.Bool(), Warning: r.Int()})
		}
	}, `SELECT service_profile_id, id, service_id, volume, satellite_only, warning_percent FROM service_profile_limit
		WHERE organisation_id = $1 ORDER BY service_profile_id, id`, organisation)
	for _, p := range t.Services {
		p.Limits = limit.Tightest(p.Limits)
	}
	return err
}

func (t *Terms) readTariffProfiles(q db.Queryer, organisation int64) error {
	return q.Each(func(r *db.Row) {
		p := &TariffTerms{blocked: map[block]bool{}}
		t.Tariffs[r.Int()] = p
		if r.Bool() {
			p.zones = map[int64]bool{}
		}
		v := inclusive.Volume{
			ID: r.Int(), Tariff: r.Int(), Ratezone: r.Int(), Volume: r.Int(), Rate: r.Int(), Currency: r.Int(), Pooled: r.Bool(),
			First: r.Int(), Last: r.Int(),
		}
		if v.ID != 0 {
			p.Inclusive = &v
		}
	}, `SELECT t.id, t.zones_selected, v.id, v.tariff_id, v.ratezone_id, v.volume, v.rate, v.currency_id, v.pooled, v.first_month, v.last_month
		FROM tariff_profile t LEFT JOIN inclusive_volume v ON v.organisation_id = t.organisation_id AND v.id = t.inclusive_volume_id
			AND v.tariff_id = t.tariff_id
		WHERE t.organisation_id = $1`, organisation)
}

func (t *Terms) readZones(q db.Queryer, organisation int64) error {
	return q.Each(func(r *db.Row) {
		if p := t.Tariffs[r.Int()]; p != nil {
			if p.zones == nil {
				p.zones = map[int64]bool{}
			}
			p.zones[r.Int()] = true
		}
	}, `SELECT tariff_profile_id, ratezone_id FROM ratezone_selection WHERE organisation_id = $1`, organisation)
}

func (t *Terms) readCustomRates(q db.Queryer, organisation int64) error {
	return q.Each(func(r *db.Row) {
		if p := t.Tariffs[r.Int()]; p != nil {
			p.custom = append(p.custom, customRate{zone: r.Int(), service: r.Int(), rate: r.Int(), from: r.Int(), until: r.Int()})
		}
	}, `SELECT tariff_profile_id, ratezone_id, service_id, rate, valid_from, valid_until FROM custom_rate
		WHERE organisation_id = $1 ORDER BY valid_from DESC, id`, organisation)
}

func (t *Terms) readBlocks(q db.Queryer, organisation int64) error {
	return q.Each(func(r *db.Row) {
		if p := t.Tariffs[r.Int()]; p != nil {
			p.blocked[block{r.Int(), r.Int()}] = true
		}
	}, `SELECT tariff_profile_id, operator_id, rat_type_id FROM tariff_profile_block WHERE organisation_id = $1`, organisation)
}
