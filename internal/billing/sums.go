package billing

import (
	"fmt"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// sums is money by the code of its currency.
type sums map[string]money.Sum

func (all sums) add(a Amount) {
	if a.Currency == nil { // what nothing priced costs nothing
		return
	}
	s := all[a.Currency.Code]
	s.AddSum(money.Sum(a.Cost))
	all[a.Currency.Code] = s
}

// Wrong says what in a statement does not add up; nothing when all does: what is owed is the sum of its parts, in each currency,
// and the total that and the VAT on it.
func (s *Statement) Wrong() string {
	parts, told := sums{}, sums{}
	if s.MRC.TariffPlan != nil {
		parts.add(s.MRC.TariffPlan.Amount)
	}
	for _, d := range s.MRC.DataPackages.Data {
		parts.add(Amount{Cost: d.Cost, Currency: &Currency{d.Currency.Code}})
	}
	parts.add(s.SIMItems.Total.Amount)
	for _, kind := range []TrafficKind{s.Traffic.Data, s.Traffic.SMS} {
		for _, t := range kind.Tariff {
			parts.add(t.Amount)
		}
	}
	told.add(s.SubTotal)
	for _, a := range s.OtherCurrencies {
		told.add(a)
	}
	for code, sum := range parts {
		if told[code] != sum {
			return fmt.Sprintf("its parts are %s %s, it says %s", sum.Fixed(), code, told[code].Fixed())
		}
	}
	for code, sum := range told {
		if parts[code] != sum {
			return fmt.Sprintf("it says %s %s without parts", sum.Fixed(), code)
		}
	}
	total := money.Sum(s.SubTotal.Cost)
	tax := total.Part(int64(s.VAT.Rate), wholePercent)
	total.AddSum(tax)
	if s.VAT.Cost != value.Sum(tax) || s.Total.Cost != value.Sum(total) {
		return fmt.Sprintf("%s%% of VAT on %s are not %s, or the total is not %s", money.Format(int64(s.VAT.Rate), 4), money.Sum(s.SubTotal.Cost).Fixed(), money.Sum(s.VAT.Cost).Fixed(),
			money.Sum(s.Total.Cost).Fixed())
	}
	return ""
}

// empty reports whether nothing was used and nothing is owed.
func (s *Statement) empty() bool {
	return money.Sum(s.SubTotal.Cost).IsZero() && len(s.OtherCurrencies) == 0 && len(s.Traffic.Data.Tariff) == 0 && len(s.Traffic.SMS.Tariff) == 0
}
