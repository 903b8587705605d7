package provision

import (
	"fmt"
	"slices"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/profile"
)

// checkVolumes reads an enterprise's inclusive volumes. Its tariff profile of a tariff has room for one.
func (r *run) checkVolumes(p *planned) {
	seen := map[string]bool{}
	for i, v := range p.InclusiveVolumes {
		at := place(p.at+".inclusive_volumes", i, v.Tariff)
		if !slices.Contains(p.Tariffs, v.Tariff) {
			r.bad(at+".tariff", "the organisation has no tariff %q", v.Tariff)
		}
		if seen[v.Tariff] {
			r.bad(at, "there is one for this tariff already")
		}
		seen[v.Tariff] = true
		out := inclusive.Volume{Pooled: v.Pooled == nil || *v.Pooled}
		var err error
		if out.Volume, err = money.Parse(v.Volume, money.VolumePlaces); err != nil || out.Volume <= 0 || out.Volume > inclusive.MaxVolume {
			r.bad(at+".volume", "%q is not a volume; one looks like \"500\" and is in MB", v.Volume)
		}
		if v.Rate != "" {
			out.Rate = r.amount(at+".rate", v.Rate)
		}
		p.volumes = append(p.volumes, out)
	}
}

// compareVolumes finds the rate zones of the volumes: in the database where the tariff is there, else in the file.
func (r *run) compareVolumes(q db.Queryer, p *planned) error {
	for i, v := range p.InclusiveVolumes {
		known := false
		if id := r.tariffs[v.Tariff]; id != 0 {
			zone, err := first(q, `SELECT id FROM ratezone WHERE tariff_id = $1 AND name = $2 ORDER BY id LIMIT 1`, id, v.Zone)
			if err != nil {
				return err
			}
			known = zone != 0
		} else {
			for _, t := range r.file.Tariffs {
				known = known || t.Name == v.Tariff && slices.ContainsFunc(t.Zones, func(z Zone) bool { return z.Name == v.Zone })
			}
		}
		if !known {
			r.bad(place(p.at+".inclusive_volumes", i, v.Tariff)+".zone", "tariff %q has no zone %q", v.Tariff, v.Zone)
		}
	}
	return nil
}

// storeVolumes makes the volumes that the tariff profiles lack, from this month on; their ids count up from id.
func (r *run) storeVolumes(tx *db.Tx, o *planned, id int64) error {
	zone, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		return err
	}
	now := r.Clock.Micros()
	for i, v := range o.volumes {
		name := o.InclusiveVolumes[i]
		of := r.tariffs[name.Tariff]
		if o.has.volumes[of] {
			continue
		}
		v.ID, v.Tariff, v.First = id+int64(i), of, clock.MonthIn(zone, now)
		err := tx.Each(func(row *db.Row) { v.Ratezone, v.Currency = row.Int(), row.Int() }, `SELECT z.id, t.currency_id FROM ratezone z
			JOIN tariff t ON t.id = z.tariff_id WHERE z.tariff_id = $1 AND z.name = $2 ORDER BY z.id DESC`, of, name.Zone)
		if err == nil {
			err = inclusive.Create(tx, o.id, v)
		}
		if err == nil {
			err = profile.SetInclusive(tx, now, o.id, o.has.profiles[of], v.ID)
		}
		if err != nil {
			return fmt.Errorf("inclusive volume of tariff %s: %w", name.Tariff, err)
		}
	}
	return nil
}
