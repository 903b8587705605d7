package balance

import "github.com/simstead/simstead/internal/db"

// Account is what an organisation as a whole has spent in a month and, if it is prepaid, what it has left.
type Account struct {
	Organisation int64

	Prepaid   bool
	Amount    int64 // 1e-10: Credited - Debited
	Credited  int64
	Debited   int64
	Updated   int64 // µs
	Month     int64 // billing month that MonthCost counts, 202611
	MonthCost int64 // 1e-10
	Reserved  int64 // held by running sessions
	Holders   int64 // how many of them
	Told      bool  // event 12 is written for the present block
}

// In is the account as it stands in a billing month: a new month has cost nothing yet. A month never goes back.
func (a Account) In(month int64) Account {
	if month > a.Month {
		a.Month, a.MonthCost = month, 0
	}
	return a
}

// Charge counts a cost of a billing month.
func (a *Account) Charge(cost, month, now int64) {
	*a = a.In(month)
	if month == a.Month { // late usage of an earlier month does not count against this one's limit
		a.MonthCost += cost
	}
	if a.Prepaid {
		a.Amount -= cost
		a.Debited += cost
	}
	a.Updated = max(a.Updated, now)
}

// Unlimited is more money than anybody can spend.
const Unlimited int64 = 1 << 60

// Left is what may still be spent before the organisation is blocked, reservations not counted. limit is the monthly cost
// limit, nil for none.
func (a Account) Left(limit *int64) int64 {
	left := Unlimited
	if limit != nil {
		left = min(left, max(*limit-a.MonthCost, 0))
	}
	if a.Prepaid {
		left = min(left, max(a.Amount, 0))
	}
	return left
}

const accountColumns = `organisation_id, prepaid, amount, credited, debited, last_updated, billing_month, month_cost, reserved, holders, told`

// AccountColumns is what ScanAccount reads.
const AccountColumns = accountColumns

// ScanAccount reads a row of AccountColumns.
func ScanAccount(r *db.Row) Account {
	return Account{
		Organisation: r.Int(), Prepaid: r.Bool(), Amount: r.Int(), Credited: r.Int(), Debited: r.Int(), Updated: r.Int(),
		Month: r.Int(), MonthCost: r.Int(), Reserved: r.Int(), Holders: r.Int(), Told: r.Int() != 0,
	}
}

// LookupAccount finds the accounts of many organisations. One that never charged anything has no row.
var LookupAccount = db.NewLookup("k_organisation bigint", `SELECT `+accountColumns+` FROM organisation_account WHERE organisation_id = $1`)

var storeAccount = db.NewInsert("organisation_account", `organisation_id bigint, prepaid boolean, amount bigint, credited bigint,
	debited bigint, last_updated bigint, billing_month bigint, month_cost bigint, reserved bigint, holders bigint, told bigint`,
	`ON CONFLICT (organisation_id) DO UPDATE SET prepaid = excluded.prepaid, amount = excluded.amount,
	credited = excluded.credited, debited = excluded.debited, last_updated = excluded.last_updated,
	billing_month = excluded.billing_month, month_cost = excluded.month_cost, reserved = excluded.reserved,
	holders = excluded.holders, told = excluded.told`)

// StoreAccounts writes new and changed accounts.
func StoreAccounts(tx *db.Tx, accounts []Account) error {
	rows := storeAccount.New()
	for _, a := range accounts {
		told := int64(0)
		if a.Told {
			told = 1
		}
		rows.Int(a.Organisation).Bool(a.Prepaid).Int(a.Amount, a.Credited, a.Debited, a.Updated, a.Month, a.MonthCost, a.Reserved,
			a.Holders, told)
	}
	return tx.Insert(rows)
}
