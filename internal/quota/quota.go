// Package quota is what an endpoint may use until a date: a volume of data, or a number of SMS. One whose service profile
// asks for a quota may use nothing without one. The rules are functions of values; rows are read and written under the
// organisation's head.
package quota

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/money"
)

// Statuses of a quota.
const (
	Active    int64 = 1
	Exhausted int64 = 2
	Expired   int64 = 3
)

// What happens when a quota is used up.
const (
	Block    int64 = 1
	Throttle int64 = 2
)

// The traffic types that have quotas.
const (
	Data int64 = 5 // volumes are bytes
	SMS  int64 = 6 // volumes are numbers of SMS
)

// Quota is one row.
type Quota struct {
	Organisation, Endpoint, Traffic int64

	Status     int64
	Volume     int64 // what is left; below 0 when more was used than there was
	Expiry     int64 // µs
	AutoRefill bool  // to LastAdded, every day at 00:00 UTC
	Percentage int64 // of LastAdded: where the threshold is; -1 = there is none
	Threshold  int64 // the same as a volume
	LastAdded  int64
	LastChange int64 // of the status, µs
	Action     int64 // when it is used up
	Throughput int64 // bit/s that Throttle leaves, 0 = not given
	Told       Mark  // what this instance has been told of
	Refilled   int64 // UTC day of the last refill, or of the beginning
	Taken      int64 // what this instance has counted: LastAdded less Volume
}

// Mark is something that a quota passes once; several add up. The numbers are stored.
type Mark int64

// The marks of a quota, in the order in which they are passed. ExpiryTold is not passed by use: it is set by who has told
// that the date is over.
const (
	ThresholdReached Mark = 1 << iota // what is left fell below the threshold
	UsedUp
	ExpiryTold
)

// At is the quota as it stands at a time (µs): refilled at every midnight UTC before its expiry, and expired after it.
// Time does not go back: an earlier time than one that was seen changes nothing.
func (q Quota) At(now int64) Quota {
	if q.Status == Expired {
		return q
	}
	until := min(now, q.Expiry-1)
	if day := clock.DayNumber(until); q.AutoRefill && day > q.Refilled {
		q.Refilled = day
		q.fill(q.LastAdded, day*clock.Day)
	}
	if now >= q.Expiry {
		q.Status, q.LastChange = Expired, q.Expiry
	}
	return q
}

// fill makes a new instance of the quota.
func (q *Quota) fill(volume, at int64) {
	q.Volume, q.Told, q.Taken = volume, 0, 0
	status := Active
	if volume <= 0 {
		status = Exhausted
	}
	if q.Status != status {
		q.Status, q.LastChange = status, at
	}
}

// Take counts use at a time and returns what it made the quota pass for the first time. Use is counted whatever the status:
// it happened.
func (q *Quota) Take(used, now int64) (passed Mark) {
	*q = q.At(now)
	if used <= 0 {
		return 0
	}
	q.Volume, q.Taken = q.Volume-used, q.Taken+used
	if q.Percentage >= 0 && q.Volume < q.Threshold {
		passed |= ThresholdReached
	}
	if q.Volume <= 0 {
		passed |= UsedUp
		if q.Status == Active {
			q.Status, q.LastChange = Exhausted, now
		}
	}
	if passed &^= q.Told; q.Told&UsedUp != 0 {
		passed = 0 // a threshold at 0 comes too late
	}
	q.Told |= passed
	return passed
}

// Left is what may still be used before the quota's action: 0 or more.
func (q Quota) Left() int64 {
	if q.Status != Active {
		return 0
	}
	return max(q.Volume, 0)
}

// New is a quota as it begins.
func New(organisation, endpoint, traffic, volume, expiry, percentage, now int64) Quota {
	q := Quota{
		Organisation: organisation, Endpoint: endpoint, Traffic: traffic, Status: Active, Expiry: expiry, Percentage: percentage,
		Action: Block, LastAdded: volume, LastChange: now, Refilled: clock.DayNumber(now),
	}
	if percentage > 0 {
		q.Threshold, _ = money.MulDivCeil(volume, percentage, 100)
	}
	q.fill(volume, now)
	return q
}

// declare gives a new quota the status that its owner says it has. One that is declared to be used up or expired has
// nothing left to tell of that.
func (q *Quota) declare(status int64) {
	switch status {
	case Exhausted:
		q.Status, q.Told = Exhausted, ThresholdReached|UsedUp
	case Expired:
		q.Status, q.Told = Expired, ThresholdReached|UsedUp|ExpiryTold
	}
}
