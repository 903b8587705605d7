// Package billing makes statements: what an organisation owes for a calendar month of its time zone. Usage is read from
// org_month, which moves with the usage records; recurring charges from the tariff plan, the SIMs that were active and the
// inclusive volumes. A month that is closed stands as it was then; usage that comes later is on the next statement, marked.
package billing

import (
	"fmt"
	"slices"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// describe names a month (202611) for a person.
func describe(month int64) string {
	return fmt.Sprintf("%s %d", time.Month(month%100), month/100)
}

// ClosedMonth is the month up to which an organisation's statements stand, 0 when none does.
func ClosedMonth(q db.Queryer, organisation int64) (closed int64, err error) {
	err = q.Each(func(r *db.Row) { closed = r.Int() }, `SELECT closed_month FROM billing_state WHERE organisation_id = $1`, organisation)
	return closed, err
}

// Periods lists the months of an organisation that have a statement, newest first: those that are closed and those that are open,
// the current one included. now is in µs.
func Periods(q db.Queryer, organisation, now int64) ([]value.Described, error) {
	current, err := account.Month(q, organisation, now)
	if err != nil {
		return nil, err
	}
	months, err := db.All(q, db.Int, `SELECT billing_month FROM billing_statement WHERE organisation_id = $1 ORDER BY billing_month`, organisation)
	if err != nil {
		return nil, fmt.Errorf("list billing periods: %w", err)
	}
	running, err := open(q, organisation, current)
	if err != nil {
		return nil, fmt.Errorf("list billing periods: %w", err)
	}
	months = append(months, running...)
	slices.Reverse(months)
	list := make([]value.Described, len(months))
	for i, month := range months {
		list[i] = value.Described{ID: value.ID(month), Description: describe(month)}
	}
	return list, nil
}

// known is the error of a month that has no statement.
func known(q db.Queryer, organisation, month, now int64) error {
	periods, err := Periods(q, organisation, now)
	if err != nil {
		return err
	}
	for _, p := range periods {
		if int64(p.ID) == month {
			return nil
		}
	}
	return fault.Missing("Billing period", month)
}
