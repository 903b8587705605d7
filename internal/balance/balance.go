// Package balance is prepaid money: an endpoint's, and an organisation's as a whole together with what it spends in a
// month. The rules are functions of values; rows are read and written under the organisation's head.
//
// A balance is what was credited less what was debited, always: credits are entries, debits are the usage records that
// name them.
package balance

import (
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Balance is an endpoint's prepaid balance. At 0 and below, everything is blocked; late charges may bring it below.
type Balance struct {
	Organisation, Endpoint int64

	Amount    int64 // 1e-10 of the currency: Credited - Debited
	Credited  int64 // all that was ever loaded, resets and expiries included
	Debited   int64 // all that was ever used
	Currency  int64
	Expiry    int64 // µs, 0 = none
	AutoReset bool  // to LastLoaded, when the organisation's month begins
	LastLoad  int64
	Month     int64 // organisation's month of the last reset, 202611
	Updated   int64 // µs
}

// Usable is what may be spent at a time (µs): nothing of an expired balance.
func (b Balance) Usable(now int64) int64 {
	if b.Expiry > 0 && now >= b.Expiry {
		return 0
	}
	return max(b.Amount, 0)
}

// Debit takes a cost. It is taken whatever is left: the use happened.
func (b *Balance) Debit(cost, now int64) {
	b.Debited += cost
	b.Amount -= cost
	b.Updated = max(b.Updated, now)
}

// Credit adds an amount, which may be negative.
func (b *Balance) Credit(amount, now int64) {
	b.Credited += amount
	b.Amount += amount
	b.Updated = max(b.Updated, now)
}

// ResetDue is the newest month (202611) that the balance has seen begin, and how much that credits: what brings the amount
// back to the last load. A month that begins when the balance has expired resets nothing.
func (b Balance) ResetDue(zone *time.Location, now int64) (amount, month int64, due bool) {
	if !b.AutoReset {
		return 0, 0, false
	}
	if b.Expiry > 0 {
		now = min(now, b.Expiry-1)
	}
	if month = clock.MonthIn(zone, now); month <= b.Month {
		return 0, 0, false
	}
	return b.LastLoad - b.Amount, month, true
}

const columns = `organisation_id, endpoint_id, amount, credited, debited, currency_id, expiry_date, auto_reset, last_loaded,
	reset_month, last_updated`

// Columns is what Scan reads.
const Columns = columns

// Scan reads a row of Columns.
func Scan(r *db.Row) Balance {
	return Balance{
		Organisation: r.Int(), Endpoint: r.Int(), Amount: r.Int(), Credited: r.Int(), Debited: r.Int(), Currency: r.Int(),
		Expiry: r.Int(), AutoReset: r.Bool(), LastLoad: r.Int(), Month: r.Int(), Updated: r.Int(),
	}
}

// Lookup finds the balances of many endpoints.
var Lookup = db.NewLookup("k_organisation bigint, k_endpoint bigint", `SELECT `+columns+` FROM endpoint_balance
	WHERE organisation_id = $1 AND endpoint_id = $2`)

var store = db.NewInsert("endpoint_balance", `organisation_id bigint, endpoint_id bigint, amount bigint, credited bigint,
	debited bigint, currency_id bigint, expiry_date bigint, auto_reset boolean, last_loaded bigint, reset_month bigint,
	last_updated bigint`, `ON CONFLICT (organisation_id, endpoint_id) DO UPDATE SET amount = excluded.amount,
	credited = excluded.credited, debited = excluded.debited, currency_id = excluded.currency_id,
	expiry_date = excluded.expiry_date, auto_reset = excluded.auto_reset, last_loaded = excluded.last_loaded,
	reset_month = excluded.reset_month, last_updated = excluded.last_updated`)

// Store writes new and changed balances; no two of one call may be the same endpoint's.
func Store(tx *db.Tx, balances []Balance) error {
	rows := store.New()
	for _, b := range balances {
		rows.Int(b.Organisation, b.Endpoint, b.Amount, b.Credited, b.Debited, b.Currency, b.Expiry).Bool(b.AutoReset).
			Int(b.LastLoad, b.Month, b.Updated)
	}
	return tx.Insert(rows)
}
