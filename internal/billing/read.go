package billing

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
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
