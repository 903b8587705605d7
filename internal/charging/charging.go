// Package charging moves a session's counters, its rating line and its slice: pure functions of values, so that every
// rule can be tested against an oracle and replayed from the log.
package charging

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/tariff"
)

// Accumulate raises the high-water marks to the reported counters and returns what is new. A repeated, late or
// reordered report finds the marks already there and adds nothing.
func Accumulate(s *session.Session, uplink, downlink int64) (up, down int64, err error) {
	if min(uplink, downlink) < 0 || max(uplink, downlink) > rating.MaxVolume {
		return 0, 0, rating.ErrRange
	}
	up, down = max(0, uplink-s.Uplink), max(0, downlink-s.Downlink)
	s.Uplink += up
	s.Downlink += down
	return up, down, nil
}

// Slice is what all bytes of one usage record have in common.
type Slice struct {
	Endpoint      int64
	IMSI          int64
	Operator      int64
	PLMN          string
	RAT           int64
	TariffProfile int64
	Line          session.Line // without counters
}

// Fits reports whether further bytes under the given circumstances belong to the session's running slice.
func Fits(s *session.Session, n Slice) bool {
	return s.Endpoint == n.Endpoint && s.IMSIID == n.IMSI && s.Operator == n.Operator && s.PLMN == n.PLMN && s.RAT == n.RAT &&
		s.TariffProfile == n.TariffProfile && s.Line.Same(n.Line)
}

// Enter makes the session's next bytes belong to a new slice; the old one must have been cut. The rating line goes on
// where only the network changed.
func Enter(s *session.Session, n Slice) {
	if s.Endpoint != n.Endpoint || !s.Line.Same(n.Line) {
		s.Line = n.Line
		s.Line.Volume, s.Line.Inclusive, s.Line.Cost = 0, 0, 0
	}
	s.Endpoint, s.IMSIID, s.Operator, s.PLMN, s.RAT = n.Endpoint, n.IMSI, n.Operator, n.PLMN, n.RAT
	s.TariffProfile = n.TariffProfile
}

// Charge adds bytes to the session's line and slice and returns what they cost in 1e-10 of the line's currency. What they
// are billed as comes out of the line's inclusive pool first, as far as that has any left; pool is nil where there is none.
func Charge(s *session.Session, up, down int64, pool *inclusive.Pool) (cost int64, err error) {
	l := s.Line
	l.Volume += up + down
	if l.Rated() {
		var rest inclusive.Pool
		if pool != nil {
			rest = *pool
			l.Inclusive += rest.Take(rating.Billed(l.Volume, l.Block) - rating.Billed(s.Line.Volume, l.Block))
		}
		if l.Cost, err = l.Price().Cost(l.Volume, l.Inclusive); err != nil {
			return 0, err
		}
		if pool != nil {
			*pool = rest
		}
	}
	cost = l.Cost - s.Line.Cost
	s.PendingUp += up
	s.PendingDown += down
	s.PendingCost += cost
	s.PendingInclusive += l.Inclusive - s.Line.Inclusive
	s.Line = l
	return cost, nil
}

// Rules say when an open session's slice becomes a usage record.
type Rules struct {
	Interval int64 // µs a slice runs at least
	MinBytes int64 // and what it holds at least
}

// Due reports whether the slice of an open session is to be cut at the given time.
func (r Rules) Due(s *session.Session, at int64) bool {
	elapsed := max(at-s.SliceStarted, (s.Time-s.SliceTime)*clock.Second)
	return s.Pending() >= r.MinBytes && elapsed >= r.Interval
}

// Cut turns the pending slice into a usage record and starts the next one. When nothing is pending, ok is false and the
// slice runs on, so that the next bytes are recorded from where the last record ended.
func Cut(s *session.Session, at int64) (r record.Record, ok bool) {
	if s.Pending() == 0 {
		return r, false
	}
	r = record.Record{
		Organisation: s.Organisation, Endpoint: s.Endpoint, SIM: s.SIM, IMSI: s.IMSIID, Session: s.ID,
		Start: min(s.SliceStarted, at), End: at, TrafficType: record.Data, Operator: s.Operator, RAT: s.RAT,
		Tariff: s.Line.Tariff, Ratezone: s.Line.Ratezone, Currency: s.Line.Currency, BillingMonth: s.Line.BillingMonth,
		VolumeTx: s.PendingUp, VolumeRx: s.PendingDown, Cost: s.PendingCost, Rated: s.Line.Rated(),
		Rate: s.Line.Rate, Block: s.Line.Block,
		LineVolume: s.Line.Volume - s.Pending(), LineCost: s.Line.Cost - s.PendingCost,
		LineInclusive: s.Line.Inclusive - s.PendingInclusive, Inclusive: s.PendingInclusive, InclusiveID: s.Line.InclusiveID,
		Rounding: s.Line.Rounding, TariffProfile: s.TariffProfile, Debited: s.PendingDebited,
		IMEI: s.IMEISV, IPAddress: s.UEAddress, PLMN: s.PLMN,
	}
	s.PendingUp, s.PendingDown, s.PendingCost, s.PendingInclusive, s.PendingDebited = 0, 0, 0, 0, 0
	if s.Line.Rounding == tariff.RoundRecord { // the next record rounds anew
		s.Line.Volume, s.Line.Inclusive, s.Line.Cost = 0, 0, 0
	}
	s.SliceStarted, s.SliceTime = at, s.Time
	return r, true
}
