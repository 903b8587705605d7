package inclusive

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Around makes a change that may begin or end the activity of some of an organisation's SIMs, and keeps the pools of the
// organisation right: whoever was active at any moment of a month has brought its share to that month. tx holds the
// organisation's head; now is the time of the change in µs. Where there is no volume it costs one look-up by key. Of every volume
// it is written down who came and who left.
//
// The count of a pool stands still from when it is opened, so from then on a SIM that is active and not yet counted is
// added, once: members are the SIMs of whom that is known. Before, members are those that may not be active any more
// when the pool is opened.
func Around(tx *db.Tx, now, organisation int64, sims []int64, change func() error) error {
	if len(sims) == 0 {
		return change()
	}
	return around(tx, now, organisation, change, func() (map[member]bool, error) { return activeOf(tx, organisation, sims) })
}

// AroundProfile is Around for a change of which volume a tariff profile has.
func AroundProfile(tx *db.Tx, now, organisation, profile int64, change func() error) error {
	return around(tx, now, organisation, change, func() (map[member]bool, error) { return activeUnder(tx, organisation, profile) })
}

func around(tx *db.Tx, now, organisation int64, change func() error, active func() (map[member]bool, error)) error {
	volumes, month, err := loadPooled(tx, now, organisation)
	if err != nil {
		return fmt.Errorf("read inclusive volumes: %w", err)
	}
	if month == 0 {
		return change()
	}
	before, err := active()
	if err == nil {
		err = remember(tx, organisation, volumes, before)
	}
	if err != nil {
		return fmt.Errorf("keep who brought an inclusive volume: %w", err)
	}
	if err := change(); err != nil {
		return err
	}
	after, err := active()
	if err == nil {
		err = note(tx, organisation, month, before, after)
	}
	if err == nil {
		err = welcome(tx, organisation, volumes, before, after)
	}
	if err != nil {
		return fmt.Errorf("add to an inclusive volume: %w", err)
	}
	return nil
}

// pooled is a pooled volume in the months that a change now still concerns.
type pooled struct {
	current bool            // it is there in the current month
	month   int64           // the current one
	open    map[int64]*Pool // by month: those that are open of the current month and later ones
}

// months are those whose members are to be known.
func (p *pooled) months() []int64 {
	var list []int64
	if p.current && p.open[p.month] == nil {
		list = append(list, p.month)
	}
	for month := range p.open {
		list = append(list, month)
	}
	return list
}

// loadPooled reads the pooled volumes of an organisation. The last month's pools are opened where they are not: until now
// nobody has come or gone since that month ended, so this is the last moment at which they can be counted. It answers the current
// month as well, 0 where the organisation has no volumes.
func loadPooled(tx *db.Tx, now, organisation int64) (map[int64]*pooled, int64, error) {
	var volumes []Volume
	var zone string
	err := tx.Each(func(r *db.Row) { volumes, zone = append(volumes, scanVolume(r)), r.Text() }, `SELECT `+volumeColumns+`, o.time_zone
		FROM inclusive_volume v JOIN organisation o ON o.id = v.organisation_id WHERE v.organisation_id = $1`, organisation)
	if err != nil || len(volumes) == 0 {
		return nil, 0, err
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return nil, 0, err
	}
	found, month := map[int64]*pooled{}, clock.MonthIn(location, now)
	for _, v := range volumes {
		if !v.Pooled || v.Last != 0 && v.Last < clock.AddMonths(month, -1) {
			continue
		}
		p := &pooled{current: v.In(month), month: month, open: map[int64]*Pool{}}
		if err := p.load(tx, organisation, v); err != nil {
			return nil, 0, err
		}
		found[v.ID] = p
	}
	return found, month, nil
}

func (p *pooled) load(tx *db.Tx, organisation int64, v Volume) error {
	last, closed := clock.AddMonths(p.month, -1), false
	err := tx.Each(func(r *db.Row) {
		if pool := Scan(r); pool.Month == last {
			closed = true
		} else {
			p.open[pool.Month] = &pool
		}
	}, `SELECT organisation_id, inclusive_volume_id, billing_month, sim_id, sims, volume, used, reserved FROM inclusive_pool
		WHERE organisation_id = $1 AND inclusive_volume_id = $2 AND billing_month >= $3 AND sim_id = 0`, organisation, v.ID, last)
	if err != nil || closed || !v.In(last) {
		return err
	}
	pool, err := Open(tx, v, Key{Organisation: organisation, Inclusive: v.ID, Month: last})
	if err != nil {
		return err
	}
	return Store(tx, []Pool{pool})
}

// remember writes down who is active: whoever is has been counted, or will be when the pool is opened.
func remember(tx *db.Tx, organisation int64, volumes map[int64]*pooled, active map[member]bool) error {
	rows := insertMember.New()
	for m := range active {
		if v := volumes[m.inclusive]; v != nil {
			for _, month := range v.months() {
				rows.Int(organisation, m.inclusive, month, m.sim)
			}
		}
	}
	return tx.Insert(rows)
}

// welcome adds those who are active only now to the pools that are open and have not counted them.
func welcome(tx *db.Tx, organisation int64, volumes map[int64]*pooled, before, after map[member]bool) error {
	type share struct {
		member
		pool *Pool
	}
	var shares []share
	keys := lookupMember.New()
	for m := range after {
		v := volumes[m.inclusive]
		if v == nil || before[m] {
			continue
		}
		for month, pool := range v.open {
			shares = append(shares, share{m, pool})
			keys.Int(organisation, m.inclusive, month, m.sim)
		}
	}
	if len(shares) == 0 {
		return nil
	}
	counted := make([]bool, len(shares))
	if err := tx.Lookup(db.Read{Bulk: lookupMember, Keys: keys, Each: func(i int, _ *db.Row) { counted[i] = true }}); err != nil {
		return err
	}
	rows, grown := insertMember.New(), map[*Pool]bool{}
	for i, s := range shares {
		if !counted[i] {
			rows.Int(organisation, s.inclusive, s.pool.Month, s.sim)
			s.pool.SIMs++
			grown[s.pool] = true
		}
	}
	pools := make([]Pool, 0, len(grown))
	for pool := range grown {
		pools = append(pools, *pool)
	}
	return errors.Join(tx.Insert(rows), Store(tx, pools))
}
