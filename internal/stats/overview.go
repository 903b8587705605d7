package stats

import (
	"fmt"
	"strconv"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Overview is the recent usage of an endpoint or a SIM.
type Overview struct {
	LastMonth    Month  `json:"last_month"`
	CurrentMonth *Month `json:"current_month,omitempty"` // absent without usage
	LastHour     Hour   `json:"last_hour"`
}

// Month is the usage of a month. A kind of traffic that was not used is absent.
type Month struct {
	Data *Monthly `json:"data,omitempty"`
	SMS  *Monthly `json:"sms,omitempty"`
}

// Monthly is the usage of one kind of traffic in a month.
type Monthly struct {
	// ID is the digits of the endpoint's or SIM's id, the year, the month and the traffic type in a row.
	ID            value.ID         `json:"id"`
	EndpointID    value.ID         `json:"endpoint_id,omitempty"`
	SIMID         value.ID         `json:"sim_id,omitempty"`
	Month         string           `json:"month" format:"date"` // its first day
	TrafficTypeID value.ID         `json:"traffic_type_id"`
	CurrencyID    *value.ID        `json:"currency_id"` // null when nothing was rated
	LastUpdated   value.EntityTime `json:"last_updated"`
	Usage
}

// Hour is the usage of the last sixty minutes by minute, from the usage records that ended in them: a record counts
// whole in the minute of its end.
type Hour struct {
	Data Course `json:"data"`
	SMS  Course `json:"sms"`
}

// Course is usage in the course of time: at the beginning of each minute or hour, in the organisation's time zone, what was
// used in it. Volumes are MB, or a number of SMS.
type Course struct {
	Rx []value.Point `json:"rx"`
	Tx []value.Point `json:"tx"`
}

// newCourse is a course of n steps without any usage.
func newCourse(zone *time.Location, from, step int64, n int) Course {
	c := Course{Rx: make([]value.Point, n), Tx: make([]value.Point, n)}
	for i := range n {
		text := time.UnixMicro(from + int64(i)*step).In(zone).Format("15:04")
		c.Rx[i].Time, c.Tx[i].Time = text, text
	}
	return c
}

// Recent reads the usage of the last month, the current month and the last hour before now.
func Recent(q db.Queryer, s Subject, now int64) (o Overview, err error) {
	zone, err := s.zone(q)
	if err != nil {
		return o, fmt.Errorf("statistics: %w", err)
	}
	current := monthOf(dateOf(DayIn(zone, now)))
	last, next := current.AddDate(0, -1, 0), current.AddDate(0, 1, 0)
	rows, err := s.rows(q, dayOf(last), dayOf(next)-1)
	if err != nil {
		return o, fmt.Errorf("statistics: %w", err)
	}
	currencies, err := loadCurrencies(q)
	if err != nil {
		return o, fmt.Errorf("statistics: %w", err)
	}
	split := 0
	for split < len(rows) && rows[split].day < dayOf(current) {
		split++
	}
	o.LastMonth = s.month(rows[:split], last, currencies)
	if m := s.month(rows[split:], current, currencies); m != (Month{}) {
		o.CurrentMonth = &m
	}
	o.LastHour, err = s.hour(q, zone, now)
	if err != nil {
		return o, fmt.Errorf("statistics: %w", err)
	}
	return o, nil
}

func (s Subject) month(rows []row, first time.Time, currencies map[int64]network.Currency) Month {
	use := sums(rows)
	row := func(traffic tariff.TrafficType) *Monthly {
		total := use[traffic.ID]
		if total == nil {
			return nil
		}
		m := Monthly{
			ID: s.rowID(first, traffic.ID), Month: first.Format(time.DateOnly), TrafficTypeID: value.ID(traffic.ID),
			LastUpdated: value.EntityTime(total.updated), Usage: total.usage(traffic, currencies),
		}
		if s.sim {
			m.SIMID = value.ID(s.id)
		} else {
			m.EndpointID = value.ID(s.id)
		}
		if m.Currency != nil {
			id := value.ID(m.Currency.ID)
			m.CurrencyID = &id
		}
		return &m
	}
	return Month{Data: row(tariff.DataTraffic()), SMS: row(tariff.SMSTraffic())}
}

// rowID has at most 17 digits, since entity ids are below 2^31.
func (s Subject) rowID(first time.Time, traffic int64) value.ID {
	id, _ := strconv.ParseInt(fmt.Sprintf("%d%s%d", s.id, first.Format("200601"), traffic), 10, 64)
	return value.ID(id)
}

// hour adds up the records of the last sixty minutes.
func (s Subject) hour(q db.Queryer, zone *time.Location, now int64) (Hour, error) {
	const minutes = 60
	first := now - now%clock.Minute - (minutes-1)*clock.Minute
	h := Hour{Data: newCourse(zone, first, clock.Minute, minutes), SMS: newCourse(zone, first, clock.Minute, minutes)}
	records, err := s.records(q, first-1, now)
	for _, r := range records {
		traffic, into := trafficOf(row{traffic: r.traffic}, h)
		at := (r.ended - first) / clock.Minute
		into.Rx[at].Volume += volume(traffic, r.rx)
		into.Tx[at].Volume += volume(traffic, r.tx)
	}
	return h, err
}

// trafficOf is a row's kind of traffic and the course that it belongs to.
func trafficOf(r row, h Hour) (tariff.TrafficType, Course) {
	if r.traffic == tariff.SMSTraffic().ID {
		return tariff.SMSTraffic(), h.SMS
	}
	return tariff.DataTraffic(), h.Data
}
