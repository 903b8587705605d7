package sim

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Month is how many SIMs an organisation had active and suspended in a month of its time zone.
type Month struct {
	Month          int64 // 202611
	Active         int64 // as it ended, or now
	PeakActive     int64 // most at a time
	Suspended      int64
	LeastSuspended int64 // fewest at a time: those that were so all along
	Activated      int64 // for the first time
}

const monthColumns = `m.billing_month, m.active, m.peak_active, m.suspended, m.least_suspended, m.activated`

func scanMonth(r *db.Row) Month {
	return Month{Month: r.Int(), Active: r.Int(), PeakActive: r.Int(), Suspended: r.Int(), LeastSuspended: r.Int(), Activated: r.Int()}
}

// InMonth reads a month. Where nothing has changed in it, it is as the one before ended.
func InMonth(q db.Queryer, organisation, month int64) (Month, error) {
	m, err := db.One(q, scanMonth, `SELECT `+monthColumns+` FROM sim_month m WHERE m.organisation_id = $1 AND m.billing_month <= $2
		ORDER BY m.billing_month DESC LIMIT 1`, organisation, month)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return m, fmt.Errorf("read the SIMs of a month: %w", err)
	}
	return m.in(month), nil
}

// Latest reads the newest month in which something has changed.
func Latest(q db.Queryer, organisation int64) (Month, error) {
	return InMonth(q, organisation, 999912) // behind every other
}

// in is the month as it stands in a later one, before anything changes.
func (m Month) in(month int64) Month {
	if month <= m.Month {
		return m
	}
	return Month{Month: month, Active: m.Active, PeakActive: m.Active, Suspended: m.Suspended, LeastSuspended: m.Suspended}
}

// Activity adds up how the numbers of active and suspended SIMs of an organisation change at once.
type Activity struct{ active, suspended, activated int64 }

// Becomes counts a SIM that goes from one status to another; first says that it was never active before. What has no status is
// Issued.
func (a *Activity) Becomes(from, to int64, first bool) {
	for _, side := range []struct{ status, n int64 }{{from, -1}, {to, 1}} {
		switch side.status {
		case Activated:
			a.active += side.n
		case Suspended:
			a.suspended += side.n
		}
	}
	if first && to == Activated {
		a.activated++
	}
}

// Store adds the changes to the organisation's current month. tx holds its head; now is in µs.
func (a Activity) Store(tx *db.Tx, now, organisation int64) error {
	if a == (Activity{}) {
		return nil
	}
	var zone string
	m, err := db.One(tx, func(r *db.Row) Month { zone = r.Text(); return scanMonth(r) }, `SELECT o.time_zone, `+monthColumns+`
		FROM organisation o LEFT JOIN sim_month m ON m.organisation_id = o.id AND m.billing_month =
			(SELECT MAX(x.billing_month) FROM sim_month x WHERE x.organisation_id = o.id) WHERE o.id = $1`, organisation)
	if err != nil {
		return fmt.Errorf("read the SIMs of the month: %w", err)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return err
	}
	m = m.in(clock.MonthIn(location, now))
	m.Active, m.Suspended, m.Activated = m.Active+a.active, m.Suspended+a.suspended, m.Activated+a.activated
	m.PeakActive, m.LeastSuspended = max(m.PeakActive, m.Active), min(m.LeastSuspended, m.Suspended)
	_, err = tx.Exec(`INSERT INTO sim_month (organisation_id, billing_month, active, peak_active, suspended, least_suspended, activated)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organisation_id, billing_month) DO UPDATE SET active = excluded.active,
		peak_active = excluded.peak_active, suspended = excluded.suspended, least_suspended = excluded.least_suspended,
		activated = excluded.activated`, organisation, m.Month, m.Active, m.PeakActive, m.Suspended, m.LeastSuspended, m.Activated)
	if err != nil {
		return fmt.Errorf("store the SIMs of the month: %w", err)
	}
	return nil
}
