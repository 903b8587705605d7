package balance

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// LoadAccount reads an organisation's account in the running month. One that was never held against anything begins with
// what the days of the month have cost. now is in µs.
func LoadAccount(q db.Queryer, organisation, now int64) (Account, error) {
	zone, err := account.Zone(q, organisation)
	if err != nil {
		return Account{}, err
	}
	month := clock.MonthIn(zone, now)
	a, err := db.One(q, ScanAccount, `SELECT `+accountColumns+` FROM organisation_account WHERE organisation_id = $1`, organisation)
	if errors.Is(err, db.ErrNone) {
		a = Account{Organisation: organisation, Month: month}
		a.MonthCost, err = monthCost(q, organisation, month, zone)
	}
	if err != nil {
		return a, fmt.Errorf("read account: %w", err)
	}
	return a.In(month), nil
}

// monthCost adds up what the days of a month cost in the organisation's currency.
func monthCost(q db.Queryer, organisation, month int64, zone *time.Location) (cost int64, err error) {
	first := clock.DayIn(zone, clock.MonthStart(zone, month))
	err = q.Each(func(r *db.Row) { cost += r.Int() }, `SELECT d.cost FROM organisation_day d JOIN organisation o ON o.id = d.organisation_id
		WHERE d.organisation_id = $1 AND d.day BETWEEN $2 AND $3 AND d.currency_id = o.currency_id`, organisation, first, first+30)
	return cost, err
}

// SetPrepaid makes an organisation, whose head tx holds, pay from a balance of its own. It begins with what is there, which
// is nothing at first.
func SetPrepaid(tx *db.Tx, now, organisation int64) error {
	a, err := LoadAccount(tx, organisation, now)
	if err != nil {
		return err
	}
	if err := a.makePrepaid(tx); err != nil {
		return err
	}
	return StoreAccounts(tx, []Account{a})
}

// makePrepaid begins to pay from the balance. What sessions have used and no record tells yet is written down by month: the records
// to come hold it, and the balance does not pay for it.
func (a *Account) makePrepaid(tx *db.Tx) error {
	if a.Prepaid {
		return nil
	}
	a.Prepaid = true
	tx.Head(a.Organisation).Changed()
	_, err := tx.Exec(`INSERT INTO organisation_unpaid (organisation_id, billing_month, cost) SELECT s.organisation_id, s.billing_month,
		CAST(SUM(s.pending_cost) AS BIGINT) FROM session s JOIN organisation o ON o.id = s.organisation_id AND o.currency_id = s.currency_id
		WHERE s.organisation_id = $1 AND s.closed_at = 0 AND s.pending_cost > 0 GROUP BY s.organisation_id, s.billing_month`, a.Organisation)
	if err != nil {
		return fmt.Errorf("keep what was used before the organisation was prepaid: %w", err)
	}
	return nil
}
