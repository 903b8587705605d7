package inclusive

import (
	"errors"
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
)

var insertChange = db.NewInsert("inclusive_change", `organisation_id bigint, inclusive_volume_id bigint, sim_id bigint, billing_month bigint,
	came boolean`, `ON CONFLICT (organisation_id, inclusive_volume_id, sim_id, billing_month) DO NOTHING`)

// note writes down who began or ended to bring a volume in a month: with that and with who brings it now, it is known of
// every month who brought it.
func note(tx *db.Tx, organisation, month int64, before, after map[member]bool) error {
	rows := insertChange.New()
	for m := range after {
		if !before[m] {
			rows.Int(organisation, m.inclusive, m.sim, month).Bool(true)
		}
	}
	for m := range before {
		if !after[m] {
			rows.Int(organisation, m.inclusive, m.sim, month).Bool(false)
		}
	}
	return tx.Insert(rows)
}

// Share is an inclusive volume and how many SIMs brought it to a month, at any moment of it.
type Share struct {
	Volume
	SIMs                     int64
	Moved                    int64 // of them: to another volume of the rate zone, with nothing of this one used: they owe only that
	TariffName, RatezoneName string
}

// Shares lists the inclusive volumes that an organisation has in a month.
func Shares(q db.Queryer, organisation, month int64) ([]Share, error) {
	list, err := db.All(q, func(r *db.Row) Share {
		return Share{Volume: scanVolume(r), TariffName: r.Text(), RatezoneName: r.Text()}
	}, `SELECT `+volumeColumns+`, t.name, z.name FROM inclusive_volume v JOIN tariff t ON t.id = v.tariff_id
		JOIN ratezone z ON z.tariff_id = v.tariff_id AND z.id = v.ratezone_id WHERE v.organisation_id = $1
		AND v.first_month <= $2 AND (v.last_month = 0 OR v.last_month >= $2) ORDER BY v.id`, organisation, month)
	for i := range list {
		if err == nil {
			list[i].SIMs, err = brought(q, list[i].Volume, organisation, month)
		}
		if err == nil {
			list[i].Moved, err = moved(q, list[i].Volume, organisation, month)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("count the SIMs of inclusive volumes: %w", err)
	}
	return list, nil
}

// brought counts the SIMs that brought a volume to a month. An open pool has counted them. Else a SIM without a change since
// the month began stands as it does now; of any other its first change tells: in the month it brought its share, and before one
// that came later it did if that was its end.
func brought(q db.Queryer, v Volume, organisation, month int64) (sims int64, err error) {
	if v.Pooled {
		pool, err := db.One(q, Scan, selectPool, organisation, v.ID, month, 0)
		if !errors.Is(err, db.ErrNone) {
			return pool.SIMs, err
		}
	}
	if sims, err = db.One(q, db.Int, `SELECT COUNT(*)`+active, organisation, v.ID); err != nil {
		return 0, err
	}
	type change struct {
		sim, month  int64
		came, there bool
	}
	changes, err := db.All(q, func(r *db.Row) change { return change{r.Int(), r.Int(), r.Bool(), r.Bool()} },
		`SELECT c.sim_id, c.billing_month, c.came, EXISTS (SELECT 1`+active+` AND s.id = c.sim_id) FROM inclusive_change c
		WHERE c.organisation_id = $1 AND c.inclusive_volume_id = $2 AND c.billing_month >= $3 ORDER BY c.sim_id, c.billing_month`,
		organisation, v.ID, month)
	first := slices.CompactFunc(changes, func(a, b change) bool { return a.sim == b.sim })
	for _, c := range first {
		if c.there {
			sims--
		}
		if c.month == month || !c.came {
			sims++
		}
	}
	return sims, err
}

// moved counts the SIMs that left a volume in a month for another one of its rate zone, before anything of it was used: of a pool by
// anybody, else by the SIM.
func moved(q db.Queryer, v Volume, organisation, month int64) (int64, error) {
	return db.One(q, db.Int, `SELECT COUNT(DISTINCT c.sim_id) FROM inclusive_change c
		JOIN inclusive_change n ON n.organisation_id = c.organisation_id AND n.sim_id = c.sim_id AND n.billing_month = c.billing_month AND n.came
		JOIN inclusive_volume v ON v.organisation_id = n.organisation_id AND v.id = n.inclusive_volume_id
		WHERE c.organisation_id = $1 AND c.inclusive_volume_id = $2 AND c.billing_month = $3 AND n.inclusive_volume_id > c.inclusive_volume_id
		AND v.tariff_id = $4 AND v.ratezone_id = $5 AND NOT EXISTS (SELECT 1 FROM inclusive_pool p WHERE p.organisation_id = c.organisation_id
			AND p.inclusive_volume_id = c.inclusive_volume_id AND p.billing_month = c.billing_month AND p.sim_id IN (0, c.sim_id) AND p.used > 0)`,
		organisation, v.ID, month, v.Tariff, v.Ratezone)
}
