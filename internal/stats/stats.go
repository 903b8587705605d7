// Package stats is the statistics of endpoints and SIMs: one stored row an endpoint, SIM and day, from which days and
// months are added up, and the last hour, which is read from the log of usage records. Days and months are those of
// the organisation's time zone.
//
// Transmitted (tx) is from the device, received (rx) is to it.
package stats

import (
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Day is what a stored row grows by.
type Day struct {
	Organisation int64
	Endpoint     int64
	Day          int64 // days since the epoch in the organisation's time zone: see DayIn
	SIM          int64
	TrafficType  int64
	Currency     int64 // 0 = not rated
	Tx, Rx       int64 // bytes, or SMS
	Cost         int64 // 1e-10
	Updated      int64 // µs
}

var upsert = db.NewInsert("endpoint_day", `organisation_id bigint, endpoint_id bigint, day bigint, sim_id bigint,
	traffic_type_id bigint, currency_id bigint, volume_tx bigint, volume_rx bigint, cost bigint, last_updated bigint`,
	`ON CONFLICT (organisation_id, endpoint_id, day, sim_id, traffic_type_id, currency_id) DO UPDATE SET
		volume_tx = endpoint_day.volume_tx + excluded.volume_tx, volume_rx = endpoint_day.volume_rx + excluded.volume_rx,
		cost = endpoint_day.cost + excluded.cost,
		last_updated = CASE WHEN excluded.last_updated > endpoint_day.last_updated
			THEN excluded.last_updated ELSE endpoint_day.last_updated END`)

// Store adds to the stored rows. No two of days have the same key, which is all but the volumes, the cost and the time.
func Store(tx *db.Tx, days []Day) error {
	rows := upsert.New()
	for _, d := range days {
		rows.Int(d.Organisation, d.Endpoint, d.Day, d.SIM, d.TrafficType, d.Currency, d.Tx, d.Rx, d.Cost, d.Updated)
	}
	return tx.Insert(rows)
}

// DayIn is clock.DayIn.
func DayIn(zone *time.Location, micros int64) int64 { return clock.DayIn(zone, micros) }

// dayOf numbers a date that is given as midnight in UTC.
func dayOf(date time.Time) int64 { return date.UnixMicro() / clock.Day }

func dateOf(day int64) time.Time { return clock.FromMicros(day * clock.Day) }

// Usage is what was used of one kind of traffic.
type Usage struct {
	Volume      value.MB           `json:"volume"` // MB, or a number of SMS
	VolumeTx    value.MB           `json:"volume_tx"`
	VolumeRx    value.MB           `json:"volume_rx"`
	Cost        value.Sum          `json:"cost"`
	TrafficType tariff.TrafficType `json:"traffic_type"`
	Currency    *network.Currency  `json:"currency"` // null when nothing was rated
}

// sum adds up stored rows. An answer has room for one currency: it is the one used last, and the cost is what was
// charged in it. Volumes count whatever they were charged in.
type sum struct {
	tx, rx   int64
	costs    map[int64]money.Sum // by currency
	currency int64
	rated    int64 // when the currency was used, µs
	updated  int64 // µs
}

func (s *sum) add(r row) {
	if s.costs == nil {
		s.costs = map[int64]money.Sum{}
	}
	s.tx, s.rx, s.updated = s.tx+r.tx, s.rx+r.rx, max(s.updated, r.updated)
	cost := s.costs[r.currency]
	cost.AddSum(r.cost)
	s.costs[r.currency] = cost
	if r.currency != 0 && r.updated >= s.rated {
		s.currency, s.rated = r.currency, r.updated
	}
}

func (s *sum) usage(traffic tariff.TrafficType, currencies map[int64]network.Currency) Usage {
	u := Usage{
		Volume: volume(traffic, s.tx+s.rx), VolumeTx: volume(traffic, s.tx), VolumeRx: volume(traffic, s.rx),
		Cost: value.Sum(s.costs[s.currency]), TrafficType: traffic,
	}
	if currency, ok := currencies[s.currency]; ok {
		u.Currency = &currency
	}
	return u
}

// volume writes bytes as MB and SMS as a plain number, which is what so many whole MB look like.
func volume(traffic tariff.TrafficType, n int64) value.MB {
	if traffic.ID == tariff.DataTraffic().ID {
		return value.MB(n)
	}
	return value.MB(n * money.MB)
}
