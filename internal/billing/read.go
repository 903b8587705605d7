package billing

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Get is the statement of an organisation's month: as it was closed, or as it is now. now is in µs.
func Get(q db.Queryer, organisation, month, now int64) (*Statement, error) {
	text, err := db.One(q, db.Text, `SELECT statement FROM billing_statement WHERE organisation_id = $1 AND billing_month = $2`, organisation, month)
	switch {
	case err == nil:
		var s Statement
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return nil, fmt.Errorf("read the statement of organisation %d for %d: %w", organisation, month, err)
		}
		return &s, nil
	case !errors.Is(err, db.ErrNone):
		return nil, err
	case !clock.IsMonth(month):
		return nil, fault.Missing("Billing period", month)
	}
	if err := known(q, organisation, month, now); err != nil {
		return nil, err
	}
	return build(q, organisation, month, now)
}

// Hosting is what the SIMs of an organisation cost in the current month so far, without what is charged once. now is in µs.
func Hosting(q db.Queryer, organisation, now int64) (value.Sum, error) {
	month, err := account.Month(q, organisation, now)
	if err != nil {
		return value.Sum{}, err
	}
	b, err := begin(q, organisation, month, now)
	if err == nil {
		err = b.recurring()
	}
	if err != nil {
		return value.Sum{}, fmt.Errorf("what the SIMs of organisation %d cost: %w", organisation, err)
	}
	return b.s.SIMItems.Total.Hosting, nil
}
