package kill

import (
	"context"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/simulate"
	"github.com/simstead/simstead/internal/value"
	"github.com/simstead/simstead/test/rig"
)

// The demo's enterprises and what they pay.
const (
	harbour, alpine = 3, 4
	rate, block     = money.Unit / 20, 1000 // of a MB, and in bytes

	share     = 5 * money.MB   // of the inclusive volume, that each pooled device brings
	costLimit = money.Unit / 2 // of alpine
)

// means is what a device draws on.
type means uint8

const (
	plain   means = iota
	prepaid       // a balance of its own
	bounded       // a quota
	pooled        // an inclusive volume that all such devices share
	limited       // what its organisation may spend
)

// device is one of the demo's, with what it was given.
type device struct {
	imsi                   string
	organisation, endpoint int64
	means
	given  int64 // balance in 1e-10, or quota in bytes
	events bool  // asks for direct debits as well
	asks   int   // how many sessions it has at a time
	late   int64 // bytes of requests that were given up: they may be counted when what was held for them is given back
}

// furnish gives devices of the demo, which does not run, balances, quotas, a pool and a limit: to some so much that it never
// ends, to others little.
func furnish(t *testing.T, site *rig.Site) (fleet []*device) {
	add := func(first string, n int, d device) {
		imsis, err := simulate.Sequence(first, n)
		check(t, err)
		for _, imsi := range imsis {
			one := d
			one.imsi = imsi
			fleet = append(fleet, &one)
		}
	}
	add("262019000000011", 5, device{organisation: harbour, means: prepaid, given: 1000 * money.Unit, events: true, asks: 2})
	add("262019000000021", 5, device{organisation: harbour, means: prepaid, given: money.Unit / 50, events: true, asks: 2})
	add("262019000000031", 3, device{organisation: harbour, means: bounded, given: 100_000 * money.MB, asks: 1})
	add("262019000000041", 3, device{organisation: harbour, means: bounded, given: 333_333, events: true, asks: 2})
	add("262019000000051", 8, device{organisation: harbour, means: pooled, asks: 1})
	add("262019000000061", 4, device{organisation: harbour, events: true})
	add("262019000001011", 10, device{organisation: alpine, means: limited, asks: 1})
	check(t, site.Open(func(d *db.DB) error {
		for _, one := range fleet {
			err := d.Read(context.Background(), func(q db.Queryer) (err error) {
				one.endpoint, err = db.One(q, db.Int, `SELECT endpoint_id FROM sim WHERE imsi = $1`, one.imsi)
				return err
			})
			if err != nil {
				return err
			}
		}
		return arrange(d, fleet)
	}))
	return fleet
}

// arrange makes the profiles and puts the devices into them.
func arrange(d *db.DB, fleet []*device) error {
	ctx, ids := context.Background(), map[string][2]int64{}
	for kind, n := range map[string]int64{"service_profile": 2, "tariff_profile": 1, "inclusive_volume": 1} {
		first, err := d.NextIDs(ctx, kind, harbour, n)
		if err != nil {
			return err
		}
		ids[kind] = [2]int64{first, first + 1}
	}
	return d.Write(ctx, []int64{harbour, alpine}, func(tx *db.Tx) error {
		tx.Head(harbour).Changed()
		tx.Head(alpine).Changed()
		services, prices, volume := ids["service_profile"], ids["tariff_profile"][0], ids["inclusive_volume"][0]
		for i, fields := range []profile.ServiceFields{
			{Name: value.Some("Prepaid"), Prepaid: value.Some(true)}, {Name: value.Some("Quota"), ApplyDataQuota: value.Some(true)},
		} {
			if err := profile.CreateService(tx, harbour, services[i], fields); err != nil {
				return err
			}
			if err := profile.AddService(tx, harbour, services[i], profile.Data); err != nil {
				return err
			}
		}
		if err := createPool(tx, prices, volume); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE organisation SET monthly_cost_limit = $1 WHERE id = $2`, int64(costLimit), int64(alpine)); err != nil {
			return err
		}
		for _, one := range fleet {
			if err := one.equip(tx, services, prices); err != nil {
				return err
			}
		}
		return nil
	})
}

// createPool makes a tariff profile with an inclusive volume that its devices share.
func createPool(tx *db.Tx, prices, volume int64) error {
	of, err := db.One(tx, func(r *db.Row) [2]int64 { return [2]int64{r.Int(), r.Int()} }, `SELECT t.id, z.id FROM tariff t
		JOIN ratezone z ON z.tariff_id = t.id WHERE z.name = 'Europe'`)
	if err != nil {
		return err
	}
	now := clock.System().Micros()
	err = profile.CreateTariff(tx, harbour, prices, profile.TariffFields{
		Name: value.Some("Pooled"), Tariff: value.Some(value.Ref{ID: value.Some(value.ID(of[0]))}),
	})
	if err == nil {
		err = inclusive.Create(tx, harbour, inclusive.Volume{
			ID: volume, Tariff: of[0], Ratezone: of[1], Volume: share, Currency: 1, Pooled: true, First: clock.MonthIn(time.UTC, now),
		})
	}
	if err == nil {
		err = profile.SetInclusive(tx, now, harbour, prices, volume)
	}
	return err
}

// equip gives a device what it draws on.
func (one *device) equip(tx *db.Tx, services [2]int64, prices int64) error {
	now := clock.System().Micros()
	column, profile := "", int64(0)
	switch one.means {
	case prepaid:
		column, profile = "service_profile_id", services[0]
		loaded := balance.Fields{Amount: value.Some(value.Amount(one.given)), ExpiryDate: value.Some(value.EntityTime(now + 10*clock.Day))}
		if err := balance.Load(tx, now, 0, harbour, one.endpoint, loaded); err != nil {
			return err
		}
	case bounded:
		column, profile = "service_profile_id", services[1]
		q := quota.New(harbour, one.endpoint, quota.Data, one.given, now+10*clock.Day, 20, now)
		if err := quota.Store(tx, []quota.Quota{q}); err != nil {
			return err
		}
	case pooled:
		column, profile = "tariff_profile_id", prices
	case plain, limited:
		return nil
	}
	_, err := tx.Exec(`UPDATE endpoint SET `+column+` = $1 WHERE organisation_id = $2 AND id = $3`, profile, one.organisation, one.endpoint)
	return err
}
