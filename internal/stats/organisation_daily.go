package stats

import (
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// OrganisationDay is a day with traffic of an organisation and all below it. The contract writes its numbers as texts here.
type OrganisationDay struct {
	Date string     `json:"date" doc:"A date, or TOTAL for the sum of all days, which comes last."`
	Data *DailyText `json:"data,omitempty"`
	SMS  *DailyText `json:"sms,omitempty"`
}

// DailyText is what was used of one kind of traffic.
type DailyText struct {
	Cost          string             `json:"cost"`
	CurrencyID    *value.Text        `json:"currency_id"` // null when nothing was rated
	Currency      *network.Currency  `json:"currency"`
	TrafficTypeID value.Text         `json:"traffic_type_id"`
	TrafficType   tariff.TrafficType `json:"traffic_type"`
	Volume        string             `json:"volume"`
	VolumeRx      string             `json:"volume_rx"`
	VolumeTx      string             `json:"volume_tx"`
}

// total is the date of the row that sums the others up.
const total = "TOTAL"

// OrganisationDays lists the days with traffic from start to end, both dates or empty, and their sum. Without dates it is
// the current month, with one of them its month from there or up to there.
func OrganisationDays(q db.Queryer, organisation, now int64, start, end string) ([]OrganisationDay, error) {
	zone, err := account.Zone(q, organisation)
	if err != nil {
		return nil, err
	}
	endOfMonth := func(first time.Time) time.Time { return monthOf(first).AddDate(0, 1, -1) }
	first, last, err := span(dateOf(DayIn(zone, now)), start, end, endOfMonth)
	if err != nil {
		return nil, err
	}
	rows, err := treeDays(q, organisation, dayOf(first), dayOf(last))
	if err != nil {
		return nil, fmt.Errorf("daily statistics: %w", err)
	}
	currencies, err := loadCurrencies(q)
	if err != nil {
		return nil, fmt.Errorf("daily statistics: %w", err)
	}
	var list []OrganisationDay
	for rest := rows; len(rest) > 0; {
		day, n := rest[0].day, 0
		for n < len(rest) && rest[n].day == day {
			n++
		}
		list = append(list, dayText(dateOf(day).Format(time.DateOnly), rest[:n], currencies))
		rest = rest[n:]
	}
	if len(list) > 0 {
		list = append(list, dayText(total, rows, currencies))
	}
	return list, nil
}

func dayText(date string, rows []row, currencies map[int64]network.Currency) OrganisationDay {
	use := sums(rows)
	of := func(traffic tariff.TrafficType) *DailyText {
		sum := use[traffic.ID]
		if sum == nil {
			return nil
		}
		text := func(v value.MB) string { return money.FormatFixed(int64(v), money.VolumePlaces) }
		u := sum.usage(traffic, currencies)
		d := &DailyText{
			Cost: string(money.Sum(u.Cost).Append(nil, false)), Currency: u.Currency, TrafficTypeID: value.Text(traffic.ID), TrafficType: traffic,
			Volume: text(u.Volume), VolumeRx: text(u.VolumeRx), VolumeTx: text(u.VolumeTx),
		}
		if u.Currency != nil {
			id := value.Text(u.Currency.ID)
			d.CurrencyID = &id
		}
		return d
	}
	return OrganisationDay{Date: date, Data: of(tariff.DataTraffic()), SMS: of(tariff.SMSTraffic())}
}
