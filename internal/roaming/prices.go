package roaming

import (
	"fmt"
	"math/bits"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/tariff"
)

// Prices are all inter-operator tariffs of an organisation, to be looked up by time.
type Prices map[priced][]Price // by coverage, then by valid_from

type priced struct{ operator, traffic int64 }

// LoadPrices reads them.
func LoadPrices(q db.Queryer, organisation int64) (Prices, error) {
	prices := Prices{}
	err := q.Each(func(r *db.Row) {
		p := scanPrice(r)
		key := priced{p.Operator, p.TrafficType}
		prices[key] = append(prices[key], p)
	}, selectPrice+` ORDER BY coverage_id, valid_from`, organisation)
	if err != nil {
		return nil, fmt.Errorf("read inter-operator tariffs: %w", err)
	}
	return prices, nil
}

const selectPrice = `SELECT id, coverage_id, operator_id, traffic_type_id, currency_id, rate, volume, blocksize, valid_from, valid_until
	FROM inter_operator_tariff WHERE organisation_id = $1`

func scanPrice(r *db.Row) Price {
	return Price{
		ID: r.Int(), Coverage: r.Int(), Operator: r.Int(), TrafficType: r.Int(), Currency: r.Int(), Rate: r.Int(), Volume: r.Int(), Block: r.Int(),
		ValidFrom: r.Int(), ValidUntil: r.Int(),
	}
}

// At is the price of an operator's networks at a time in µs; false when none was agreed. Of several coverages the oldest
// counts.
func (p Prices) At(operator, traffic, at int64) (Price, bool) {
	for _, price := range p[priced{operator, traffic}] {
		if at >= price.ValidFrom && (price.ValidUntil == 0 || at < price.ValidUntil) {
			return price, true
		}
	}
	return Price{}, false
}

// Cost is what so much use costs in 1e-10: bytes, rounded up to whole blocks, or SMS. Parts of 1e-10 are rounded up. False on
// overflow.
func (p Price) Cost(amount int64) (int64, bool) {
	per := p.Volume
	if p.TrafficType == tariff.DataTraffic().ID {
		if over := amount % p.Block; over > 0 {
			amount += p.Block - over
		}
		high, low := bits.Mul64(uint64(p.Volume), money.MB)
		if per = int64(low); high != 0 || per < 0 {
			return 0, false
		}
	}
	return money.MulDivCeil(amount, p.Rate, per)
}
