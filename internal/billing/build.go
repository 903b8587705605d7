package billing

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// builder makes one statement.
type builder struct {
	q          db.Queryer
	o          account.Organisation
	month      int64
	zone       *time.Location
	from, till int64 // µs
	now        int64
	currencies map[int64]network.Currency
	tariffs    map[int64]string
	zones      map[int64]string
	countries  map[int64]string
	profiles   map[int64]string
	packages   map[int64]int64     // bytes that inclusive volumes brought, by rate zone
	split      bool                // traffic is told by tariff profile
	owed       map[int64]money.Sum // by currency
	s          Statement
}

// begin makes the builder of a month's statement.
func begin(q db.Queryer, organisation, month, now int64) (*builder, error) {
	o, err := account.Get(q, organisation)
	if err != nil {
		return nil, err
	}
	b := &builder{q: q, o: o, month: month, now: now, packages: map[int64]int64{}, owed: map[int64]money.Sum{}}
	if b.zone, err = account.Zone(q, organisation); err != nil {
		return nil, err
	}
	b.from, b.till = clock.MonthStart(b.zone, month), clock.MonthStart(b.zone, month+1)
	b.s.ID, b.s.Period = value.ID(month), describe(month)
	return b, nil
}

// build makes the statement of a month as it is now.
func build(q db.Queryer, organisation, month, now int64) (*Statement, error) {
	b, err := begin(q, organisation, month, now)
	if err != nil {
		return nil, err
	}
	for _, step := range []func() error{b.names, b.recurring, b.traffic, b.total, b.parties} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("make the statement of organisation %d for %d: %w", organisation, month, err)
		}
	}
	return &b.s, nil
}

// names reads what things are called.
func (b *builder) names() error {
	all, err := network.Currencies(b.q)
	if err != nil {
		return err
	}
	b.currencies = make(map[int64]network.Currency, len(all))
	for _, c := range all {
		b.currencies[c.ID] = c
	}
	const used = ` FROM org_month WHERE organisation_id = $1 AND billing_month = $2)`
	for _, n := range []struct {
		into  *map[int64]string
		query string
	}{
		{&b.tariffs, `SELECT id, name FROM tariff WHERE id IN (SELECT tariff_id` + used},
		{&b.zones, `SELECT id, name FROM ratezone WHERE tariff_id IN (SELECT tariff_id` + used},
		{&b.countries, `SELECT id, name FROM country WHERE id IN (SELECT country_id` + used},
		{&b.profiles, `SELECT id, name FROM tariff_profile WHERE organisation_id = $1 AND id IN (SELECT tariff_profile_id` + used},
	} {
		*n.into = map[int64]string{}
		if err := b.q.Each(func(r *db.Row) { (*n.into)[r.Int()] = r.Text() }, n.query, b.o.ID, b.month); err != nil {
			return err
		}
	}
	return nil
}

// amount is money in a currency; 0 is none.
func (b *builder) amount(currency int64, cost money.Sum) Amount {
	a := Amount{Cost: value.Sum(cost)}
	if currency != 0 {
		a.Currency = &Currency{b.currencies[currency].Code}
	}
	return a
}

// owe adds to what is owed.
func (b *builder) owe(currency int64, cost money.Sum) {
	s := b.owed[currency]
	s.AddSum(cost)
	b.owed[currency] = s
}

// total adds everything up, and the VAT on it.
func (b *builder) total() error {
	config, err := account.GetBillingConfig(b.q, b.o.ID)
	if err != nil {
		return err
	}
	all := b.owed[b.o.Currency]
	b.s.SubTotal = b.amount(b.o.Currency, all)
	tax := all.Part(int64(config.VATRate), wholePercent)
	b.s.VAT = VAT{Rate: config.VATRate, Amount: b.amount(b.o.Currency, tax)}
	all.AddSum(tax)
	b.s.Total = b.amount(b.o.Currency, all)
	b.s.OtherCurrencies = []Amount{}
	for _, currency := range sortedKeys(b.owed) {
		if currency != b.o.Currency && currency != 0 && !b.owed[currency].IsZero() {
			b.s.OtherCurrencies = append(b.s.OtherCurrencies, b.amount(currency, b.owed[currency]))
		}
	}
	return nil
}

// wholePercent is all of something, as value.Percent has it.
const wholePercent = 1_000_000

// parties says who owes whom.
func (b *builder) parties() error {
	config, err := account.GetBillingConfig(b.q, b.o.ID)
	if err != nil {
		return err
	}
	b.s.Customer = Customer{
		ID: value.ID(b.o.ID), Name: b.o.Name, TypeID: value.Text(b.o.Type), ExtReference: b.o.Reference, VATIN: config.VATIN,
	}
	if b.s.Customer.InvoiceAddress, err = account.AddressFor(b.q, b.o.ID, account.InvoiceContact); err != nil || b.o.Parent == 0 {
		return err
	}
	parent, err := account.Get(b.q, b.o.Parent)
	if err != nil {
		return err
	}
	own, err := account.GetBillingConfig(b.q, parent.ID)
	if err != nil {
		return err
	}
	b.s.Issuer = &Issuer{
		ID: value.ID(parent.ID), Name: parent.Name, TypeID: value.Text(parent.Type), ExtReference: parent.Reference, BankAccount: own.BankAccount,
		BillingConfig: IssuerConfig{
			ChargingModelID: value.Text(config.ChargingModel.ID), PaymentTermID: value.Text(config.PaymentTerm.ID), VATIN: own.VATIN,
			InvoiceIssuerInfo: own.InvoiceIssuerInfo,
		},
	}
	if b.o.CostLimit != nil {
		limit := value.Cost(*b.o.CostLimit)
		b.s.Issuer.MonthlyCostLimit = &limit
	}
	b.s.Issuer.CompanyAddress, err = account.AddressFor(b.q, parent.ID, account.CommercialContact)
	return err
}

// errRange says that a charge is beyond what can be told.
var errRange = errors.New("charge out of range")

// times is the cost of n things at a price.
func times(rate, n int64) (cost money.Sum, err error) {
	c, ok := money.MulDivCeil(rate, n, 1)
	if !ok {
		return cost, errRange
	}
	cost.Add(c)
	return cost, nil
}
