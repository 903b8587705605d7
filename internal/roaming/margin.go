package roaming

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Margin is what roaming of a month has brought an operator, and what it cost.
type Margin struct {
	Month     value.ID        `json:"month"`
	Operators []OperatorUse   `json:"operators" doc:"By network operator, traffic type and currency."`
	Countries []CountryResult `json:"countries"`
	Total     []Result        `json:"total" doc:"By currency: amounts of several are not added up."`
}

// Result is what was earned in a currency.
type Result struct {
	Currency *Currency `json:"currency" doc:"null: of use that neither a tariff nor an inter-operator tariff prices."`
	Charged  value.Sum `json:"charged" doc:"What customers were charged."`
	Cost     value.Sum `json:"cost" doc:"What the operators of the networks ask for it, by the inter-operator tariffs of the time."`
	Margin   value.Sum `json:"margin" doc:"The difference."`
}

// CountryResult is what was earned in a country's networks.
type CountryResult struct {
	Country value.Named `json:"country"`
	Result
}

// OperatorUse is the use of an operator's networks.
type OperatorUse struct {
	Operator    value.Named        `json:"operator"`
	Country     value.Named        `json:"country"`
	TrafficType tariff.TrafficType `json:"traffic_type"`
	Records     int64              `json:"records" doc:"Usage records."`
	Volume      value.MB           `json:"volume" doc:"MB, or SMS."`
	Unpriced    value.MB           `json:"unpriced_volume" doc:"What of it no inter-operator tariff prices: it counts as free."`
	Result
}

// used is what a usage record says of the use of a network.
type used struct {
	day, position, operator, traffic, month, at, currency, amount, charged int64
}

const marginPage = 2000

// late is how many days after the end of its month a record is looked for.
const late = 62

// ReadMargin adds up the usage records of organisations in a month (202611), priced by an operator's inter-operator tariffs.
// It reads them page by page, each in a transaction of its own.
func ReadMargin(ctx context.Context, d *db.DB, operator int64, organisations []int64, month int64) (*Margin, error) {
	var prices Prices
	err := d.Read(ctx, func(q db.Queryer) (err error) { prices, err = LoadPrices(q, operator); return err })
	if err != nil {
		return nil, err
	}
	sum := sums{prices: prices, rows: map[sumKey]*sumRow{}}
	for _, organisation := range organisations {
		if err := sum.read(ctx, d, organisation, month); err != nil {
			return nil, fmt.Errorf("read usage of organisation %d: %w", organisation, err)
		}
	}
	var m *Margin
	err = d.Read(ctx, func(q db.Queryer) (err error) { m, err = sum.margin(q, month); return err })
	return m, err
}

func (s *sums) read(ctx context.Context, d *db.DB, organisation, month int64) error {
	first := clock.DayNumber(clock.MonthStart(time.UTC, month)) - 1 // elsewhere the month may have begun the day before
	last, position := first+31+late, int64(0)
	for {
		var page []used
		err := d.Read(ctx, func(q db.Queryer) (err error) {
			page, err = db.All(q, func(r *db.Row) used {
				return used{r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int()}
			}, `SELECT recorded_day, position, operator_id, traffic_type_id, billing_month, start_at, CASE WHEN rated THEN currency_id ELSE 0 END,
				volume_tx + volume_rx, cost FROM usage_record WHERE organisation_id = $1 AND recorded_day >= $2 AND recorded_day <= $3 AND position > $4
				ORDER BY recorded_day, position LIMIT $5`, organisation, first, last, position, marginPage)
			return err
		})
		if err != nil {
			return err
		}
		for _, u := range page {
			if u.month != month {
				continue
			}
			if err := s.add(u); err != nil {
				return err
			}
		}
		if len(page) < marginPage {
			return nil
		}
		first, position = page[len(page)-1].day, page[len(page)-1].position
	}
}

// sums are what is added up, by operator, traffic type and currency.
type sums struct {
	prices Prices
	rows   map[sumKey]*sumRow
}

type sumKey struct{ operator, traffic, currency int64 }

type sumRow struct {
	records, amount, unpriced int64
	charged, cost             money.Sum
}

func (s *sums) row(u used, currency int64) *sumRow {
	key := sumKey{u.operator, u.traffic, currency}
	if s.rows[key] == nil {
		s.rows[key] = &sumRow{}
	}
	return s.rows[key]
}

// add counts a record where it was charged, or where it costs when it was not. A cost in another currency is a row of its own.
func (s *sums) add(u used) error {
	price, priced := s.prices.At(u.operator, u.traffic, u.at)
	currency := u.currency
	if currency == 0 && priced {
		currency = price.Currency
	}
	row := s.row(u, currency)
	row.records++
	row.amount += u.amount
	row.charged.Add(u.charged)
	if !priced {
		row.unpriced += u.amount
		return nil
	}
	cost, ok := price.Cost(u.amount)
	if !ok {
		return fault.New(fault.NotAllowed, "what record %d of the log costs is more than can be told: see inter-operator tariff %d", u.position, price.ID)
	}
	s.row(u, price.Currency).cost.Add(cost)
	return nil
}

// margin gives the sums their names, and adds them up by country and in all.
func (s *sums) margin(q db.Queryer, month int64) (*Margin, error) {
	operators, err := network.Operators(q)
	if err != nil {
		return nil, err
	}
	currencies, err := network.Currencies(q)
	if err != nil {
		return nil, err
	}
	names, codes := map[int64]network.Operator{}, map[int64]*Currency{}
	for _, o := range operators {
		names[o.ID] = o
	}
	for _, c := range currencies {
		codes[c.ID] = &Currency{value.ID(c.ID), c.Code, c.Symbol}
	}
	m := &Margin{Month: value.ID(month), Operators: []OperatorUse{}, Countries: []CountryResult{}, Total: []Result{}}
	total, byCountry := map[int64]*Result{}, map[[2]int64]*CountryResult{}
	for _, key := range sortedKeys(s.rows) {
		row, o := s.rows[key], names[key.operator]
		country := value.Named{ID: value.ID(o.Country.ID), Name: o.CountryName}
		m.Operators = append(m.Operators, row.use(key, value.Named{ID: value.ID(key.operator), Name: o.Name}, country, codes[key.currency]))
		at := [2]int64{o.Country.ID, key.currency}
		if byCountry[at] == nil {
			byCountry[at] = &CountryResult{Country: country, Result: Result{Currency: codes[key.currency]}}
		}
		if total[key.currency] == nil {
			total[key.currency] = &Result{Currency: codes[key.currency]}
		}
		byCountry[at].add(row)
		total[key.currency].add(row)
	}
	for _, c := range byCountry {
		m.Countries = append(m.Countries, *c)
	}
	slices.SortFunc(m.Countries, func(a, b CountryResult) int {
		return cmp.Or(cmp.Compare(a.Country.Name, b.Country.Name), cmp.Compare(a.currency(), b.currency()))
	})
	for _, t := range total {
		m.Total = append(m.Total, *t)
	}
	slices.SortFunc(m.Total, func(a, b Result) int { return cmp.Compare(a.currency(), b.currency()) })
	return m, nil
}

func sortedKeys(rows map[sumKey]*sumRow) []sumKey {
	keys := make([]sumKey, 0, len(rows))
	for key := range rows {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b sumKey) int {
		return cmp.Or(cmp.Compare(a.operator, b.operator), cmp.Compare(a.traffic, b.traffic), cmp.Compare(a.currency, b.currency))
	})
	return keys
}

func (r *sumRow) use(key sumKey, operator, country value.Named, currency *Currency) OperatorUse {
	u := OperatorUse{
		Operator: operator, Country: country, TrafficType: tariff.DataTraffic(), Records: r.records,
		Volume: value.MB(r.amount), Unpriced: value.MB(r.unpriced), Result: Result{Currency: currency},
	}
	if key.traffic != u.TrafficType.ID {
		u.TrafficType, u.Volume, u.Unpriced = tariff.SMSTraffic(), u.Volume*money.MB, u.Unpriced*money.MB
	}
	u.add(r)
	return u
}

func (r *Result) add(row *sumRow) {
	charged, cost, margin := money.Sum(r.Charged), money.Sum(r.Cost), money.Sum(r.Margin)
	charged.AddSum(row.charged)
	cost.AddSum(row.cost)
	margin.AddSum(row.charged)
	margin.SubSum(row.cost)
	r.Charged, r.Cost, r.Margin = value.Sum(charged), value.Sum(cost), value.Sum(margin)
}

func (r Result) currency() int64 {
	if r.Currency == nil {
		return 0
	}
	return int64(r.Currency.ID)
}
