package provision

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

const serviceProfile = "Data and SMS"

// equipment is what an organisation has that endpoints need, by id; 0: it has none.
type equipment struct {
	space, service int64
	assigned       map[int64]bool  // tariffs
	profiles       map[int64]int64 // by tariff
}

func lookAt(q db.Queryer, o *planned) (e equipment, err error) {
	e.assigned, e.profiles = map[int64]bool{}, map[int64]int64{}
	err = q.Each(func(row *db.Row) { e.assigned[row.Int()] = true },
		`SELECT tariff_id FROM organisation_tariff WHERE organisation_id = $1`, o.id)
	if err != nil || !o.enterprise() {
		return e, err
	}
	e.space, err = first(q, `SELECT id FROM ip_address_space WHERE organisation_id = $1 AND network = $2 ORDER BY id LIMIT 1`, o.id, o.network)
	if err != nil {
		return e, err
	}
	e.service, err = first(q, `SELECT id FROM service_profile WHERE organisation_id = $1 AND name = $2 ORDER BY id LIMIT 1`, o.id, serviceProfile)
	if err != nil {
		return e, err
	}
	return e, q.Each(func(row *db.Row) { id := row.Int(); e.profiles[row.Int()] = id },
		`SELECT id, tariff_id FROM tariff_profile WHERE organisation_id = $1 ORDER BY id DESC`, o.id)
}

// complete reports whether an organisation has all that it shall have.
func (r *run) complete(o *planned) bool {
	for _, name := range o.Tariffs {
		id := r.tariffs[name]
		if !o.has.assigned[id] || o.enterprise() && o.has.profiles[id] == 0 {
			return false
		}
	}
	return !o.enterprise() || o.has.space != 0 && o.has.service != 0
}

// equip gives an organisation its tariffs, and an enterprise its address space and profiles, all or none.
func (r *run) equip(ctx context.Context, o *planned) error {
	lines := r.missing(o)
	if !r.complete(o) && !r.DryRun {
		ids, err := r.number(ctx, o)
		if err != nil {
			return err
		}
		err = r.DB.Write(ctx, []int64{o.id}, func(tx *db.Tx) (err error) {
			if o.has, err = lookAt(tx, o); err != nil { // somebody else may have been first
				return err
			}
			lines = r.missing(o)
			return r.store(tx, o, ids)
		})
		if err != nil {
			return err
		}
	}
	for _, line := range lines {
		if line.missing {
			r.made("%s", line.text)
		} else {
			r.found("%s", line.text)
		}
	}
	return nil
}

type line struct {
	text    string
	missing bool
}

func (r *run) missing(o *planned) (lines []line) {
	if o.enterprise() {
		lines = append(lines, line{fmt.Sprintf("IP address space %s of %s", o.network, o.Name), o.has.space == 0},
			line{fmt.Sprintf("service profile %s of %s", serviceProfile, o.Name), o.has.service == 0})
	}
	for _, name := range o.Tariffs {
		id := r.tariffs[name]
		lines = append(lines, line{fmt.Sprintf("tariff %s for %s", name, o.Name), !o.has.assigned[id]})
		if o.enterprise() {
			lines = append(lines, line{fmt.Sprintf("tariff profile %s of %s", name, o.Name), o.has.profiles[id] == 0})
		}
	}
	return lines
}

// fresh are ids for what is missing.
type fresh struct{ space, dns, service, profiles int64 }

func (r *run) number(ctx context.Context, o *planned) (ids fresh, err error) {
	if !o.enterprise() {
		return ids, nil
	}
	for _, need := range []struct {
		kind string
		n    int
		id   *int64
	}{{"ip_address_space", 1, &ids.space}, {"dns", 1, &ids.dns}, {"service_profile", 1, &ids.service}, {"tariff_profile", len(o.Tariffs), &ids.profiles}} {
		if need.n > 0 {
			if *need.id, err = r.DB.NextIDs(ctx, need.kind, o.id, int64(need.n)); err != nil {
				return ids, err
			}
		}
	}
	return ids, nil
}

func (r *run) store(tx *db.Tx, o *planned, ids fresh) error {
	for _, name := range o.Tariffs {
		if err := tariff.Assign(tx, o.id, r.tariffs[name]); err != nil {
			return err
		}
	}
	if !o.enterprise() {
		return nil
	}
	if o.has.space == 0 {
		if err := endpoint.CreateSpace(tx, o.id, ids.space, o.network); err != nil {
			return err
		}
		o.has.space = ids.space
	}
	if o.has.service == 0 {
		if err := storeService(tx, o, ids); err != nil {
			return err
		}
		o.has.service = ids.service
	}
	for i, name := range o.Tariffs {
		if id := r.tariffs[name]; o.has.profiles[id] == 0 {
			o.has.profiles[id] = ids.profiles + int64(i)
			fields := profile.TariffFields{Name: value.Some(name), Tariff: reference(id)}
			if err := profile.CreateTariff(tx, o.id, o.has.profiles[id], fields); err != nil {
				return err
			}
		}
	}
	return nil
}

func storeService(tx *db.Tx, o *planned, ids fresh) error {
	fields := profile.ServiceFields{Name: value.Some(serviceProfile)}
	if len(o.DNS) > 0 {
		servers := append(o.DNS[:len(o.DNS):len(o.DNS)], "") // the second may be absent
		if err := profile.CreateDNS(tx, o.id, ids.dns, servers[0], servers[1]); err != nil {
			return err
		}
		fields.DNS = reference(ids.dns)
	}
	if err := profile.CreateService(tx, o.id, ids.service, fields); err != nil {
		return err
	}
	for _, service := range []int64{profile.Data, profile.SMSMT, profile.SMSMO} {
		if err := profile.AddService(tx, o.id, ids.service, service); err != nil {
			return err
		}
	}
	return nil
}

func reference(id int64) value.Opt[value.Ref] {
	return value.Some(value.Ref{ID: value.Some(value.ID(id))})
}
