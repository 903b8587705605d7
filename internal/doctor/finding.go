package doctor

import (
	"fmt"

	"github.com/simstead/simstead/internal/money"
)

// Finding is something that does not add up.
type Finding struct {
	Organisation int64
	Check        Check
	Subject      string // what it is about, with its ids: "usage record 12 (endpoint 3)"
	Text         string // what is wrong with it
}

// Check is one of the things that are checked.
type Check string

// The checks.
const (
	Price        Check = "price"        // of a usage record, and what else a record says about itself
	Chain        Check = "chain"        // records of a session follow on each other
	Days         Check = "days"         // daily statistics of endpoints
	Session      Check = "session"      // counters of a session
	Pool         Check = "pool"         // inclusive volume
	Balance      Check = "balance"      // prepaid balance of an endpoint
	Quota        Check = "quota"        // of an endpoint
	Limit        Check = "limit"        // monthly traffic limit of an endpoint
	Account      Check = "account"      // what an organisation spends
	Statistics   Check = "statistics"   // daily statistics of an organisation
	Billing      Check = "billing"      // what statements are made from, and those that stand
	Reservations Check = "reservations" // what open sessions hold of pools and accounts
)

// String is the finding as a line for a person.
func (f Finding) String() string {
	return fmt.Sprintf("%s: organisation %d, %s: %s", f.Check, f.Organisation, f.Subject, f.Text)
}

// find keeps a finding.
func (x *examination) find(organisation int64, check Check, subject, format string, args ...any) {
	x.result.Found++
	if len(x.result.Findings) < max(x.Limit, 1) {
		x.result.Findings = append(x.result.Findings, Finding{organisation, check, subject, fmt.Sprintf(format, args...)})
	}
}

// cost writes money as it is told to a person.
func cost(n int64) string { return money.Format(n, money.CostPlaces) }

// volume writes what was used: bytes, or SMS.
func volume(traffic, tx, rx int64) string {
	unit := "bytes"
	if traffic != dataTraffic {
		unit = "SMS"
	}
	return fmt.Sprintf("%d %s up and %d down", tx, unit, rx)
}
