package record

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Billing is how an organisation's usage is billed, as its locked head has it.
type Billing struct {
	Parent int64 // the organisation above
	Closed int64 // month up to which statements stand, 0 = none does
	// Prepaid is the currency that the organisation pays in from a balance of its own, 0 where it does not.
	Prepaid int64
}

// What ScanBilling reads of an organisation o, and what it needs to be joined, for queries of other packages' choosing.
const (
	BillingColumns = `o.parent_id, COALESCE(bs.closed_month, 0), CASE WHEN ba.prepaid THEN o.currency_id ELSE 0 END`
	JoinBilling    = ` LEFT JOIN billing_state bs ON bs.organisation_id = o.id LEFT JOIN organisation_account ba ON ba.organisation_id = o.id`
)

// ScanBilling reads BillingColumns.
func ScanBilling(r *db.Row) Billing {
	return Billing{Parent: r.Int(), Closed: r.Int(), Prepaid: r.Int()}
}

var lookupBilling = db.NewLookup("k_organisation bigint", `SELECT `+BillingColumns+` FROM organisation o`+JoinBilling+` WHERE o.id = $1`)

// complete reads how usage is billed of the organisations that nobody told about.
func (b Batch) complete(tx *db.Tx) error {
	var list []int64
	keys := lookupBilling.New()
	for _, r := range b.kept {
		if _, known := b.billing[r.Organisation]; !known {
			b.billing[r.Organisation] = Billing{}
			list = append(list, r.Organisation)
			keys.Int(r.Organisation)
		}
	}
	if len(list) == 0 {
		return nil
	}
	err := tx.Lookup(db.Read{Bulk: lookupBilling, Keys: keys, Each: func(i int, r *db.Row) {
		b.billing[list[i]] = ScanBilling(r)
	}})
	if err != nil {
		return fmt.Errorf("read how usage is billed: %w", err)
	}
	return nil
}

// statement is the month whose statement usage of a month is on: the month itself, or the first one that is not closed.
func (b Billing) statement(month int64) int64 {
	if month > b.Closed {
		return month
	}
	return clock.AddMonths(b.Closed, 1)
}

// monthKey names a row of org_month. Currency 0 is for what was not rated.
type monthKey struct {
	organisation, month, late, parent, profile, tariff, ratezone, operator, country, currency, traffic, rate, inclusive int64
}

func (k monthKey) compare(o monthKey) int {
	return cmp.Or(cmp.Compare(k.organisation, o.organisation), cmp.Compare(k.month, o.month), cmp.Compare(k.late, o.late),
		cmp.Compare(k.parent, o.parent), cmp.Compare(k.profile, o.profile), cmp.Compare(k.tariff, o.tariff), cmp.Compare(k.ratezone, o.ratezone),
		cmp.Compare(k.operator, o.operator), cmp.Compare(k.country, o.country), cmp.Compare(k.currency, o.currency),
		cmp.Compare(k.traffic, o.traffic), cmp.Compare(k.rate, o.rate), cmp.Compare(k.inclusive, o.inclusive))
}

type monthUse struct{ records, tx, rx, inclusive, cost, debited, account int64 }

// months adds up the records of a transaction, so that each row of a month is written once.
type months map[monthKey]*monthUse

func (m months) add(r Record, b Billing, statement int64) {
	k := monthKey{
		organisation: r.Organisation, month: statement, parent: b.Parent, profile: r.TariffProfile, tariff: r.Tariff, ratezone: r.Ratezone,
		operator: r.Operator, country: r.Country, traffic: r.TrafficType, rate: r.Rate, inclusive: r.InclusiveID,
	}
	if statement != r.BillingMonth {
		k.late = r.BillingMonth
	}
	if r.Rated {
		k.currency = r.Currency
	}
	u := m[k]
	if u == nil {
		u = &monthUse{}
		m[k] = u
	}
	u.records, u.tx, u.rx, u.inclusive = u.records+1, u.tx+r.VolumeTx, u.rx+r.VolumeRx, u.inclusive+r.Inclusive
	u.cost, u.debited = u.cost+r.Cost, u.debited+r.Debited
	if k.currency != 0 && k.currency == b.Prepaid {
		u.account += r.Cost
	}
}

var upsertMonth = db.NewInsert("org_month", `organisation_id bigint, billing_month bigint, late_month bigint, parent_id bigint,
	tariff_profile_id bigint, tariff_id bigint, ratezone_id bigint, operator_id bigint, country_id bigint, currency_id bigint,
	traffic_type_id bigint, rate bigint, inclusive_volume_id bigint, records bigint, volume_tx bigint, volume_rx bigint, inclusive bigint,
	cost bigint, debited bigint, account_debited bigint`, `ON CONFLICT (organisation_id, billing_month, late_month, parent_id, tariff_profile_id, tariff_id, ratezone_id,
	operator_id, country_id, currency_id, traffic_type_id, rate, inclusive_volume_id) DO UPDATE SET
	records = org_month.records + excluded.records, volume_tx = org_month.volume_tx + excluded.volume_tx,
	volume_rx = org_month.volume_rx + excluded.volume_rx, inclusive = org_month.inclusive + excluded.inclusive,
	cost = org_month.cost + excluded.cost, debited = org_month.debited + excluded.debited,
	account_debited = org_month.account_debited + excluded.account_debited`)

func (m months) store(tx *db.Tx) error {
	keys := make([]monthKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, monthKey.compare)
	rows := upsertMonth.New()
	for _, k := range keys {
		u := m[k]
		rows.Int(k.organisation, k.month, k.late, k.parent, k.profile, k.tariff, k.ratezone, k.operator, k.country, k.currency, k.traffic, k.rate,
			k.inclusive, u.records, u.tx, u.rx, u.inclusive, u.cost, u.debited, u.account)
	}
	if err := tx.Insert(rows); err != nil {
		return fmt.Errorf("add to the months of organisations: %w", err)
	}
	return nil
}
