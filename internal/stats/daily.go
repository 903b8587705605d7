package stats

import (
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Daily is one day with usage. A kind of traffic that was not used is absent.
type Daily struct {
	Date string `json:"date" format:"date"`
	Data *Usage `json:"data,omitempty"`
	SMS  *Usage `json:"sms,omitempty"`
}

// Days lists the days from start to end, both dates or empty, that have usage. Without dates it is the current month;
// with a start alone it is six months from there; with an end alone it is that month up to the end.
func Days(q db.Queryer, s Subject, now int64, start, end string) ([]Daily, error) {
	zone, err := s.zone(q)
	if err != nil {
		return nil, fmt.Errorf("daily statistics: %w", err)
	}
	sixMonths := func(first time.Time) time.Time { return first.AddDate(0, 6, -1) }
	first, last, err := span(dateOf(DayIn(zone, now)), start, end, sixMonths)
	if err != nil {
		return nil, err
	}
	rows, err := s.rows(q, dayOf(first), dayOf(last))
	if err != nil {
		return nil, fmt.Errorf("daily statistics: %w", err)
	}
	currencies, err := loadCurrencies(q)
	if err != nil {
		return nil, fmt.Errorf("daily statistics: %w", err)
	}
	return daily(rows, currencies), nil
}

// daily folds rows in the order of their day.
func daily(rows []row, currencies map[int64]network.Currency) []Daily {
	var list []Daily
	for len(rows) > 0 {
		day, n := rows[0].day, 0
		for n < len(rows) && rows[n].day == day {
			n++
		}
		use := sums(rows[:n])
		entry := Daily{Date: dateOf(day).Format(time.DateOnly)}
		if t := tariff.DataTraffic(); use[t.ID] != nil {
			u := use[t.ID].usage(t, currencies)
			entry.Data = &u
		}
		if t := tariff.SMSTraffic(); use[t.ID] != nil {
			u := use[t.ID].usage(t, currencies)
			entry.SMS = &u
		}
		list, rows = append(list, entry), rows[n:]
	}
	return list
}

// sums adds up rows by traffic type.
func sums(rows []row) map[int64]*sum {
	use := map[int64]*sum{}
	for _, r := range rows {
		if use[r.traffic] == nil {
			use[r.traffic] = &sum{}
		}
		use[r.traffic].add(r)
	}
	return use
}

// span reads the two dates of a request; without an end, until says which it is.
func span(today time.Time, start, end string, until func(first time.Time) time.Time) (first, last time.Time, err error) {
	if first, err = readDate("start_date", start); err != nil {
		return first, last, err
	}
	if last, err = readDate("end_date", end); err != nil {
		return first, last, err
	}
	switch {
	case start == "" && end == "":
		first = monthOf(today)
		last = first.AddDate(0, 1, -1)
	case start == "":
		first = monthOf(last)
	case end == "":
		last = until(first)
	}
	if last.Before(first) {
		return first, last, invalidDates("end_date %s is before start_date %s", end, start)
	}
	return first, last, nil
}

func invalidDates(format string, args ...any) error {
	return fault.New(fault.InvalidFormat, format, args...)
}

// readMoment reads a time in µs, or a date, which is its beginning in a time zone or, as an end, its end.
func readMoment(name, text string, zone *time.Location, asEnd bool) (int64, error) {
	if t, err := value.ParseTime(text); err == nil && len(text) > len(time.DateOnly) && t.Year() >= 1970 {
		return t.UnixMicro(), nil
	}
	date, err := readDate(name, text)
	if err != nil {
		return 0, err
	}
	if asEnd {
		date = date.AddDate(0, 0, 1)
	}
	return time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, zone).UnixMicro(), nil
}

// readDate reads a date; of a date and time it takes the date as it is written.
func readDate(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	date := text
	if _, err := value.ParseTime(text); err == nil {
		date = text[:len(time.DateOnly)]
	}
	t, err := time.Parse(time.DateOnly, date)
	if err != nil || t.Year() < 1970 {
		return t, fault.New(fault.InvalidFormat, "%s must be a date such as 2024-05-01, not %q", name, text)
	}
	return t, nil
}

func monthOf(date time.Time) time.Time {
	return time.Date(date.Year(), date.Month(), 1, 0, 0, 0, 0, time.UTC)
}
