package doctor

import (
	"encoding/json"
	"fmt"

	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/sim"
)

// billKey names what records are billed as: the statement's month, the closed month that they were used in if they came late, and
// what priced them. Currency 0 is for what was not rated.
type billKey struct{ month, late, tariff, ratezone, operator, traffic, currency int64 }

// used is the month in which it was used.
func (k billKey) used() int64 {
	if k.late != 0 {
		return k.late
	}
	return k.month
}

// bill is what records add up to.
type bill struct {
	records, tx, rx, inclusive int64
	cost                       wide
}

type bills map[billKey]*bill

func (all bills) add(k billKey, records, tx, rx, inclusive int64, cost wide) {
	b := all[k]
	if b == nil {
		b = &bill{}
		all[k] = b
	}
	b.records, b.tx, b.rx, b.inclusive = b.records+records, b.tx+tx, b.rx+rx, b.inclusive+inclusive
	b.cost.add(cost)
}

// enter takes a record into account.
func (all bills) enter(v *row) {
	k := billKey{
		month: v.BillingMonth, tariff: v.Tariff, ratezone: v.Ratezone, operator: v.Operator, traffic: v.TrafficType, currency: ratedCurrency(v),
	}
	if v.Statement != 0 {
		k.month, k.late = v.Statement, v.BillingMonth
	}
	all.add(k, 1, v.VolumeTx, v.VolumeRx, v.Inclusive, wideOf(v.Cost))
}

// owed is what stands about the statements of an organisation in one snapshot.
type owed struct {
	months  bills
	frozen  map[int64]string // statements by month
	closed  int64            // month up to which they stand
	sims    sim.Month        // the newest
	active  int64            // SIMs that are active
	resting int64            // that are suspended
}

func readOwed(q db.Queryer, organisation int64, o *owed) error {
	*o = owed{months: bills{}, frozen: map[int64]string{}}
	err := q.Each(func(r *db.Row) {
		o.months.add(billKey{r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int()}, r.Int(), r.Int(), r.Int(), r.Int(), wideOf(r.Int()))
	}, `SELECT billing_month, late_month, tariff_id, ratezone_id, operator_id, traffic_type_id, currency_id, records, volume_tx, volume_rx, inclusive, cost
		FROM org_month WHERE organisation_id = $1`, organisation)
	if err != nil {
		return err
	}
	err = q.Each(func(r *db.Row) { o.frozen[r.Int()] = r.Text() }, `SELECT billing_month, statement FROM billing_statement WHERE organisation_id = $1`,
		organisation)
	if err != nil {
		return err
	}
	if o.closed, err = billing.ClosedMonth(q, organisation); err != nil {
		return err
	}
	if o.sims, err = sim.Latest(q, organisation); err != nil {
		return err
	}
	return q.Each(func(r *db.Row) { o.active, o.resting = r.Int(), r.Int() }, `SELECT COALESCE(SUM(CASE WHEN status_id = 1 THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN status_id = 2 THEN 1 ELSE 0 END), 0) FROM sim WHERE owner_id = $1`, organisation)
}

// judgeBilling ties the statements of an organisation to its log: the months from which they are made are what its records add
// up to, a statement that stands holds its month, and the SIMs that it counted are there.
func (r *round) judgeBilling(b *book, o *owed) {
	for k, logged := range b.bills {
		stated := o.months[k]
		if stated == nil {
			stated = &bill{}
		}
		if r.balanced(k.used()) && *stated != *logged {
			r.suspectBill(b, k, stated, logged)
		}
	}
	for k, stated := range o.months {
		if b.bills[k] == nil && r.balanced(k.used()) {
			r.suspectBill(b, k, stated, &bill{})
		}
	}
	for k, m := range o.months {
		if _, stands := o.frozen[k.month]; !stands && k.month <= o.closed && (r.only == 0 || k.month == r.only) {
			r.suspectBill(b, k, &bill{}, m)
		}
	}
	for month, text := range o.frozen {
		if r.only == 0 || month == r.only {
			r.judgeStatement(b, o, month, text)
		}
	}
	if r.only == 0 && (o.sims.Active != o.active || o.sims.Suspended != o.resting) {
		r.suspect(b, Billing, "its SIMs", "the month counts %d active and %d suspended ones; there are %d and %d", o.sims.Active, o.sims.Suspended,
			o.active, o.resting)
	}
}

func (r *round) suspectBill(b *book, k billKey, stated, logged *bill) {
	r.suspect(b, Billing, fmt.Sprintf("statement of %d, used in %d, tariff %d, rate zone %d, operator %d, traffic type %d, currency %d", k.month, k.used(),
		k.tariff, k.ratezone, k.operator, k.traffic, k.currency),
		"it is made from %d records of %s, %d of them inclusive, at %s; the log has %d records of %s, %d of them inclusive, at %s",
		stated.records, volume(k.traffic, stated.tx, stated.rx), stated.inclusive, stated.cost,
		logged.records, volume(k.traffic, logged.tx, logged.rx), logged.inclusive, logged.cost)
}

// judgeStatement compares a statement that stands with its month.
func (r *round) judgeStatement(b *book, o *owed, month int64, text string) {
	subject := fmt.Sprintf("statement of %d", month)
	var s billing.Statement
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		r.suspect(b, Billing, subject, "cannot be read: %v", err)
		return
	}
	var told, had money.Sum
	for _, kind := range []billing.TrafficKind{s.Traffic.Data, s.Traffic.SMS} {
		for _, t := range kind.Tariff {
			told.AddSum(money.Sum(t.Cost))
		}
	}
	for k, m := range o.months {
		if k.month == month {
			had.AddParts(m.cost.parts())
		}
	}
	if told != had {
		r.suspect(b, Billing, subject, "its traffic costs %s; its month has %s", told.Fixed(), had.Fixed())
	}
	if wrong := s.Wrong(); wrong != "" {
		r.suspect(b, Billing, subject, "%s", wrong)
	}
}
