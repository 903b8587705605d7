package profile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

const selectServiceRow = `SELECT id, name, description, allowed_3g, allowed_4g, allowed_nb_iot, allowed_nb_iot_geo,
	apply_sms_quota, apply_data_quota, (SELECT COUNT(*) FROM endpoint e WHERE e.organisation_id = p.organisation_id
		AND e.service_profile_id = p.id AND e.status_id <> 2)`

func scanServiceRow(r *db.Row) ServiceRow {
	return ServiceRow{ServiceBasics: ServiceBasics{
		ID: value.ID(r.Int()), Name: r.Text(), Description: r.Text(), Allowed3G: r.Bool(), Allowed4G: r.Bool(),
		AllowedNBIoT: r.Bool(), AllowedNBIoTGEO: r.Bool(), ApplySMSQuota: r.Bool(), ApplyDataQuota: r.Bool(),
	}, UsedCount: value.Text(r.Int()), Firewall: Firewall{Profiles: []FirewallProfile{}}}
}

// CountServices counts the service profiles of an organisation.
func CountServices(q db.Queryer, organisation int64) (int64, error) {
	return db.One(q, db.Int, `SELECT COUNT(*) FROM service_profile WHERE organisation_id = $1`, organisation)
}

// ListServices reads the service profiles of an organisation.
func ListServices(q db.Queryer, organisation int64) ([]ServiceRow, error) {
	rows, err := db.All(q, scanServiceRow, selectServiceRow+` FROM service_profile p WHERE organisation_id = $1 ORDER BY id`, organisation)
	if err != nil {
		return nil, fmt.Errorf("list service profiles: %w", err)
	}
	return rows, nil
}

// GetService reads a service profile with its services.
func GetService(q db.Queryer, organisation, id int64) (*Service, error) {
	s, err := db.One(q, scanService, selectServiceRow+`, retail, sms_p2p_int, sms_p2p_ext, prepaid, nipdp, dns_id,
		esme_interface_type_id, breakout_region_id, api_callback_id, api_secret_id, moc_callback_id FROM service_profile p WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Service profile", id)
	}
	if err == nil {
		err = s.readServices(q, organisation)
	}
	if err == nil {
		err = s.readReferences(q, organisation)
	}
	if err == nil && s.DNS != nil {
		err = q.Each(func(r *db.Row) { *s.DNS = scanDNS(r) }, selectDNS+` AND id = $2`, organisation, int64(s.DNS.ID))
	}
	if err != nil {
		return nil, fmt.Errorf("read service profile: %w", err)
	}
	return &s, nil
}

func scanService(r *db.Row) Service {
	row := scanServiceRow(r)
	s := Service{
		ServiceBasics: row.ServiceBasics, UsedCount: value.ID(row.UsedCount), Services: []ServiceItem{},
		Firewall: row.Firewall,
	}
	s.Retail, s.SMSP2PInt, s.SMSP2PExt, s.Prepaid, s.NIPDP = r.Bool(), r.Bool(), r.Bool(), r.Bool(), r.Bool()
	if dns := r.Int(); dns != 0 {
		s.DNS = &DNS{ID: value.ID(dns)}
	}
	interfaceType, region := value.ID(r.Int()), value.ID(r.Int())
	s.InterfaceType = entry(InterfaceTypes(), func(d value.Described) bool { return d.ID == interfaceType })
	s.BreakoutRegion = entry(BreakoutRegions(), func(n BreakoutRegion) bool { return n.ID == region })
	if id := r.Int(); id != 0 {
		s.APICallback = &Callback{ID: value.ID(id)}
	}
	if id := r.Int(); id != 0 {
		s.APISecret = &Secret{ID: value.ID(id)}
	}
	if id := r.Int(); id != 0 {
		s.MOCCallback = &Callback{ID: value.ID(id)}
	}
	return s
}

// readReferences reads the callbacks and the secret; what is not there any more is none.
func (s *Service) readReferences(q db.Queryer, organisation int64) error {
	for _, c := range []**Callback{&s.APICallback, &s.MOCCallback} {
		if *c == nil {
			continue
		}
		list, err := db.All(q, func(r *db.Row) Callback { return Callback{ID: (*c).ID, URL: r.Text(), Purpose: r.Text()} },
			`SELECT url, purpose FROM api_callback WHERE organisation_id = $1 AND id = $2`, organisation, int64((*c).ID))
		if err != nil {
			return err
		}
		*c = first(list)
	}
	if s.APISecret == nil {
		return nil
	}
	list, err := db.All(q, func(r *db.Row) Secret { return Secret{ID: s.APISecret.ID, Purpose: r.Text()} },
		`SELECT purpose FROM api_secret WHERE organisation_id = $1 AND id = $2`, organisation, int64(s.APISecret.ID))
	s.APISecret = first(list)
	return err
}

func first[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

// readServices reads what is in the profile: its services, each with its limits.
func (s *Service) readServices(q db.Queryer, organisation int64) error {
	err := q.Each(func(r *db.Row) {
		service := r.Int()
		s.Services = append(s.Services, ServiceItem{ID: value.ID(service), Description: serviceName(service), TrafficLimits: []TrafficLimit{}})
	}, `SELECT service_id FROM service_profile_service WHERE organisation_id = $1 AND service_profile_id = $2 ORDER BY service_id`,
		organisation, int64(s.ID))
	if err != nil {
		return err
	}
	limits, err := db.All(q, scanLimit, selectLimit, organisation, int64(s.ID))
	for _, l := range limits {
		if i := slices.IndexFunc(s.Services, func(item ServiceItem) bool { return int64(item.ID) == l.Service }); i >= 0 {
			s.Services[i].TrafficLimits = append(s.Services[i].TrafficLimits, trafficLimit(l))
		}
	}
	return err
}
