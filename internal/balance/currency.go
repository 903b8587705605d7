package balance

import (
	"fmt"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// ChangeCurrency makes ready for another currency of an organisation, whose head tx holds: money that lies in its balance would become
// as much of the other one, so that is NotAllowed until it is reset. What the month has cost counts anew.
func ChangeCurrency(tx *db.Tx, organisation, currency int64) error {
	o, err := account.Get(tx, organisation)
	if err != nil || o.Currency == currency {
		return err
	}
	amounts, err := db.All(tx, db.Int, `SELECT amount FROM organisation_account WHERE organisation_id = $1`, organisation)
	if err != nil {
		return fmt.Errorf("read account: %w", err)
	}
	if len(amounts) > 0 && amounts[0] != 0 {
		return fault.New(fault.NotAllowed, "Organisation - currency: its balance is in another one and must be reset first")
	}
	if _, err := tx.Exec(`UPDATE organisation_account SET month_cost = 0 WHERE organisation_id = $1`, organisation); err != nil {
		return fmt.Errorf("count the month anew: %w", err)
	}
	return nil
}
