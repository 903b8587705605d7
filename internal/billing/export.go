package billing

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// item is a line of a statement on paper or in a table.
type item struct {
	section, description, tariff, profile, ratezone, country string
	count                                                    int64
	volume, inclusive, rate, cost, currency                  string
}

func decimal(s value.Sum) string { return string(money.Sum(s).Append(nil, true)) }

func code(c *Currency) string {
	if c == nil {
		return ""
	}
	return c.Code
}

func rateText(r *value.Cost) string {
	if r == nil {
		return ""
	}
	return money.Format(int64(*r), money.CostPlaces)
}

// inclusiveText is empty where no inclusive volume paid.
func inclusiveText(v value.MB) string {
	if v == 0 {
		return ""
	}
	return money.Format(int64(v), money.VolumePlaces)
}

// items lists what the sub total is made of.
func (s *Statement) items() []item {
	var list []item
	if p := s.MRC.TariffPlan; p != nil {
		list = append(list, item{section: "Tariff plan", description: p.Name, cost: decimal(p.Cost), currency: code(p.Currency)})
	}
	for _, d := range s.MRC.DataPackages.Data {
		list = append(list, item{
			section: "Data package", description: d.Description, tariff: d.Tariff.Name, ratezone: d.Ratezone.Name, count: d.SIMs,
			volume: money.Format(int64(d.Volume), money.VolumePlaces), rate: rateText(&d.Rate), cost: decimal(d.Cost), currency: d.Currency.Code,
		})
	}
	for _, i := range s.SIMItems.Data {
		list = append(list, item{
			section: "SIMs", description: i.Description, count: i.Count, rate: rateText(&i.Rate), cost: decimal(i.Cost), currency: code(s.SIMItems.Total.Currency),
		})
	}
	for _, kind := range []struct {
		name string
		use  TrafficKind
	}{{"Data", s.Traffic.Data}, {"SMS", s.Traffic.SMS}} {
		for _, t := range kind.use.Tariff {
			profile := ""
			if t.TariffProfile != nil {
				profile = t.TariffProfile.Name
			}
			for _, z := range t.Ratezone {
				for _, c := range z.Countries {
					list = append(list, item{
						section: kind.name, description: strings.TrimSpace(z.Name + " " + c.Country.Name), tariff: t.Name, profile: profile, ratezone: z.Name,
						country: c.Country.Name, volume: money.Format(int64(c.Volume), money.VolumePlaces), inclusive: inclusiveText(c.Inclusive), rate: rateText(c.Rate), cost: decimal(c.Cost),
						currency: code(c.Currency),
					})
				}
			}
		}
	}
	return list
}

// CSV is the statement as a table: a row for each charge, then the totals.
func (s *Statement) CSV() ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	rows := [][]string{{"section", "description", "tariff", "tariff_profile", "ratezone", "country", "count", "volume", "inclusive_volume", "rate", "cost", "currency"}}
	for _, i := range s.items() {
		count := ""
		if i.count != 0 {
			count = fmt.Sprint(i.count)
		}
		rows = append(rows, []string{i.section, plain(i.description), plain(i.tariff), plain(i.profile), plain(i.ratezone), plain(i.country), count, i.volume, i.inclusive, i.rate, i.cost, i.currency})
	}
	for _, total := range s.totals() {
		rows = append(rows, []string{total.section, total.description, "", "", "", "", "", "", "", "", total.cost, total.currency})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write statement: %w", err)
	}
	return out.Bytes(), nil
}

// plain keeps a spreadsheet from taking a text for a formula, as every other table does: an apostrophe comes before it, and before
// one that has an apostrophe of its own there.
func plain(text string) string {
	if value.IsFormula(text) {
		return "'" + text
	}
	return text
}

func (s *Statement) totals() []item {
	line := func(name, description string, a Amount) item {
		return item{section: name, description: description, cost: decimal(a.Cost), currency: code(a.Currency)}
	}
	list := []item{
		line("Sub total", "", s.SubTotal), line("VAT", money.Format(int64(s.VAT.Rate), 4)+"%", s.VAT.Amount), line("Total", s.Period, s.Total),
	}
	for _, a := range s.OtherCurrencies {
		list = append(list, line("In another currency, before VAT", "", a))
	}
	if !money.Sum(s.PaidFromBalance.Cost).IsZero() {
		list = append(list, line("Paid from balances already", "", s.PaidFromBalance))
	}
	return list
}
