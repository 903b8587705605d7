package account

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// Zone is the time zone of an organisation: where its days and months end.
func Zone(q db.Queryer, organisation int64) (*time.Location, error) {
	name, err := db.One(q, db.Text, `SELECT time_zone FROM organisation WHERE id = $1`, organisation)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Organisation", organisation)
	}
	if err != nil {
		return nil, fmt.Errorf("find time zone: %w", err)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("find time zone of organisation %d: %w", organisation, err)
	}
	return zone, nil
}

// Month is the billing month of an organisation at a time in µs, as 202611.
func Month(q db.Queryer, organisation, now int64) (int64, error) {
	zone, err := Zone(q, organisation)
	if err != nil {
		return 0, err
	}
	return clock.MonthIn(zone, now), nil
}

// Reach is the error of an organisation whose tariffs another one may not deal with: neither itself nor a direct child of it. It
// looks like a missing one.
func Reach(q db.Queryer, organisation, other int64) error {
	if organisation == other {
		return nil
	}
	return ReachChild(q, organisation, other)
}

// ReachChild is the error of an organisation that is no direct child of another one. It looks like a missing one.
func ReachChild(q db.Queryer, organisation, other int64) error {
	_, err := db.One(q, db.Int, `SELECT id FROM organisation WHERE id = $1 AND parent_id = $2`, other, organisation)
	if errors.Is(err, db.ErrNone) {
		return fault.Missing("Organisation", other)
	}
	return err
}
