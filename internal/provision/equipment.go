package provision

import (
	"context"
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/balance"
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
	volumes        map[int64]bool  // tariffs whose profile has an inclusive volume
	prepaid        bool
}

func lookAt(q db.Queryer, o *planned) (e equipment, err error) {
	e.assigned, e.profiles, e.volumes = map[int64]bool{}, map[int64]int64{}, map[int64]bool{}
	err = q.Each(func(row *db.Row) { e.assigned[row.Int()] = true },
		`SELECT tariff_id FROM organisation_tariff WHERE organisation_id = $1`, o.id)
	if err != nil {
		return e, err
	}
	payer, err := balance.LoadPayer(q, o.id)
	if e.prepaid = payer.Prepaid; err != nil || !o.enterprise() {
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
	return e, q.Each(func(row *db.Row) {
		id, of := row.Int(), row.Int()
		e.profiles[of], e.volumes[of] = id, row.Int() != 0
	}, `SELECT id, tariff_id, inclusive_volume_id FROM tariff_profile WHERE organisation_id = $1 ORDER BY id DESC`, o.id)
}

// complete reports whether an organisation has all that it shall have.
func (r *run) complete(o *planned) bool {
	return !slices.ContainsFunc(r.missing(o), func(l line) bool { return l.missing })
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
	if o.Prepaid {
		lines = append(lines, line{fmt.Sprintf("prepaid balance of %s", o.Name), !o.has.prepaid})
	}
	for _, name := range o.Tariffs {
		id := r.tariffs[name]
		lines = append(lines, line{fmt.Sprintf("tariff %s for %s", name, o.Name), !o.has.assigned[id]})
		if o.enterprise() {
			lines = append(lines, line{fmt.Sprintf("tariff profile %s of %s", name, o.Name), o.has.profiles[id] == 0})
		}
	}
	for _, v := range o.InclusiveVolumes {
		lines = append(lines, line{fmt.Sprintf("inclusive volume of tariff %s for %s", v.Tariff, o.Name), !o.has.volumes[r.tariffs[v.Tariff]]})
	}
	return lines
}

// fresh are ids for what is missing.
type fresh struct{ space, dns, service, profiles, volumes int64 }

func (r *run) number(ctx context.Context, o *planned) (ids fresh, err error) {
	if !o.enterprise() {
		return ids, nil
	}
	for _, need := range []struct {
		kind string
		n    int
		id   *int64
	}{{"ip_address_space", 1, &ids.space}, {"dns", 1, &ids.dns}, {"service_profile", 1, &ids.service}, {"tariff_profile", len(o.Tariffs), &ids.profiles},
		{"inclusive_volume", len(o.volumes), &ids.volumes}} {
		if need.n > 0 {
			if *need.id, err = r.DB.NextIDs(ctx, need.kind, o.id, int64(need.n)); err != nil {
				return ids, err
			}
		}
	}
	return ids, nil
}

func (r *run) store(tx *db.Tx, o *planned, ids fresh) error {
	if o.Prepaid && !o.has.prepaid {
		if err := balance.SetPrepaid(tx, r.Clock.Micros(), o.id); err != nil {
			return err
		}
	}
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
	return r.storeVolumes(tx, o, ids.volumes)
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
