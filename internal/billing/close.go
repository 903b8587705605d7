package billing

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// Cutter makes usage records of what an organisation's open sessions have counted in months up to one.
type Cutter interface {
	CutMonth(ctx context.Context, organisation, month int64) error
}

// Closer closes months.
type Closer struct {
	DB       *db.DB
	Clock    clock.Clock
	Sessions Cutter // nil: there are none open
}

// Result says what a closing came to.
type Result struct {
	Month         int64 `json:"month"`
	Organisations int64 `json:"organisations" doc:"Whose month was closed now."`
	Statements    int64 `json:"statements" doc:"That were made: months before, which were still open, are closed as well."`
	Waiting       int64 `json:"waiting" doc:"Organisations whose month has not ended yet."`
}

// page is how many organisations are looked up at once.
const page = 500

// Close closes a month (202611) of every organisation for which it has ended, and the months before that are still open. What
// is closed stays as it is, so it may be called again.
func (c *Closer) Close(ctx context.Context, month int64) (Result, error) {
	r := Result{Month: month}
	if !clock.IsMonth(month) {
		return r, fault.Invalid(fault.New(fault.InvalidFormat, "month: expected a month such as 202611"))
	}
	for last := int64(0); ; {
		var ids []int64
		err := c.DB.Read(ctx, func(q db.Queryer) (err error) {
			ids, err = db.All(q, db.Int, `SELECT o.id FROM organisation o LEFT JOIN billing_state b ON b.organisation_id = o.id
				WHERE o.id > $1 AND COALESCE(b.closed_month, 0) < $2 ORDER BY o.id LIMIT $3`, last, month, page)
			return err
		})
		if err != nil {
			return r, fmt.Errorf("list organisations to close: %w", err)
		}
		if len(ids) == 0 {
			return r, nil
		}
		for _, organisation := range ids {
			if err := c.close(ctx, organisation, month, &r); err != nil {
				return r, fmt.Errorf("close %d of organisation %d: %w", month, organisation, err)
			}
		}
		last = ids[len(ids)-1]
	}
}

// Due closes the last month of every organisation for which it ended at least grace (µs) ago.
func (c *Closer) Due(ctx context.Context, grace int64) (Result, error) {
	late := Closer{DB: c.DB, Sessions: c.Sessions, Clock: c.Clock.Behind(grace)}
	now := clock.FromMicros(late.Clock.Micros() + 14*clock.Hour) // in the first time zone to begin a month
	last := now.AddDate(0, 0, -now.Day())                        // the last day of the month before
	return late.Close(ctx, int64(last.Year())*100+int64(last.Month()))
}

// close closes what is open of an organisation up to a month.
func (c *Closer) close(ctx context.Context, organisation, month int64, r *Result) error {
	now := c.Clock.Micros()
	var current int64
	err := c.DB.Read(ctx, func(q db.Queryer) (err error) { current, err = account.Month(q, organisation, now); return err })
	switch {
	case err != nil:
		return err
	case month >= current:
		r.Waiting++
		return nil
	case c.Sessions != nil:
		if err := c.Sessions.CutMonth(ctx, organisation, month); err != nil {
			return err
		}
	}
	made := int64(0)
	err = c.DB.Write(ctx, []int64{organisation}, func(tx *db.Tx) (err error) {
		made, err = freeze(tx, organisation, month, now)
		return err
	})
	if err == nil && made > 0 {
		r.Organisations++
		r.Statements += made
	}
	return err
}

// open lists the months of an organisation that have no statement yet, up to one, the oldest first: all since its first one, for
// there are charges without any use, and older ones with use, which files may bring.
func open(q db.Queryer, organisation, until int64) ([]int64, error) {
	closed, err := ClosedMonth(q, organisation)
	if err != nil {
		return nil, err
	}
	months, err := db.All(q, db.Int, `SELECT DISTINCT billing_month FROM org_month WHERE organisation_id = $1 AND billing_month > $2
		AND billing_month <= $3`, organisation, closed, until)
	if err != nil {
		return nil, err
	}
	created, err := db.One(q, db.Int, `SELECT created FROM organisation WHERE id = $1`, organisation)
	if err != nil {
		return nil, err
	}
	first, err := account.Month(q, organisation, created)
	if err != nil {
		return nil, err
	}
	for month := max(first, clock.AddMonths(closed, 1)); month <= until; month = clock.AddMonths(month, 1) {
		months = append(months, month)
	}
	slices.Sort(months)
	return slices.Compact(months), nil
}

// freeze stores the statements of the months that are open, up to one. Where the organisation is deleted, months in which nothing
// was left get none. tx holds the organisation's head.
func freeze(tx *db.Tx, organisation, month, now int64) (made int64, err error) {
	closed, err := ClosedMonth(tx, organisation)
	if err != nil || closed >= month {
		return 0, err
	}
	months, err := open(tx, organisation, month)
	if err != nil {
		return 0, err
	}
	o, err := account.Get(tx, organisation)
	if err != nil {
		return 0, err
	}
	for _, m := range months {
		s, err := build(tx, organisation, m, now)
		if err != nil {
			return 0, err
		}
		if o.Status == account.OrganisationDeleted && s.empty() {
			continue
		}
		s.Closed = true
		text, err := json.Marshal(s)
		if err != nil {
			return 0, err
		}
		var issuer int64
		if s.Issuer != nil {
			issuer = int64(s.Issuer.ID)
		}
		if _, err := tx.Exec(`INSERT INTO billing_statement (organisation_id, billing_month, parent_id, closed_at, statement)
			VALUES ($1, $2, $3, $4, $5)`, organisation, m, issuer, now, string(text)); err != nil {
			return 0, err
		}
		made++
	}
	_, err = tx.Exec(`INSERT INTO billing_state (organisation_id, closed_month) VALUES ($1, $2)
		ON CONFLICT (organisation_id) DO UPDATE SET closed_month = excluded.closed_month`, organisation, month)
	tx.Head(organisation).Changed()
	return made, err
}
