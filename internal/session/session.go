// Package session holds the data sessions of devices as the network reports them: high-water marks of the gateway's
// counters, the slice that is not yet in a usage record, and the rating line. A session's name is the gateway's name
// and its Acct-Session-Id; generations tell apart the sessions that shared a name.
package session

import (
	"strconv"

	"github.com/google/uuid"

	"github.com/simstead/simstead/internal/clock"
)

// Key names a session within its organisation, up to its generation.
type Key struct {
	Organisation int64
	NAS          string
	SessionID    string // Acct-Session-Id
}

// Session is one row.
type Session struct {
	Key
	Generation int64
	ID         int64
	ChargingID int64 // -1 = absent

	Endpoint, SIM, IMSIID  int64
	IMSI, IMEISV, APN      string
	PLMN                   string
	RAT, Operator          int64
	Location               string // 3GPP-User-Location-Info in hex
	UEAddress, GGSN, SGSN  string
	NSAPI                  int64
	Announced              bool  // its Create PDP Context event is written
	Opened                 int64 // when its first report arrived here, µs
	Started, Seen, Closed  int64 // µs; Closed 0 = open
	EventTime              int64 // newest time by the gateway's own clock, µs, 0 = it sends none
	Time                   int64 // seconds by the gateway's count, highest seen
	Uplink, Downlink       int64 // high-water marks
	BaseUplink             int64 // marks taken over with the SIM from another organisation
	BaseDownlink           int64
	SliceStarted           int64 // µs
	SliceTime              int64 // Time when the slice began
	PendingUp, PendingDown int64 // counted and charged, not yet in a record
	PendingCost            int64
	Line                   Line

	stored *Session // as it stands in the database, nil for a new one
}

// Line is what the block rounding runs along: the session's use in one rate zone, under one tariff, in one month.
type Line struct {
	Tariff, Ratezone, Currency int64
	Rate                       int64 // 1e-10 per MB
	Block                      int64 // bytes, 0 = not rated
	BillingMonth               int64 // 202611
	Volume                     int64 // cumulative bytes
	Cost                       int64 // cumulative cost, 1e-10
}

// Rated reports whether a price was found for the line.
func (l Line) Rated() bool { return l.Block > 0 }

// Same reports whether two lines differ at most in what was counted along them.
func (l Line) Same(o Line) bool {
	o.Volume, o.Cost = l.Volume, l.Cost
	return l == o
}

// Open reports whether the session has not ended.
func (s *Session) Open() bool { return s.Closed == 0 }

// Pending is the volume that is in no record yet.
func (s *Session) Pending() int64 { return s.PendingUp + s.PendingDown }

var namespace = uuid.MustParse("6f1d5e0a-5d3b-4a53-8e35-6c1c3f7f2c11")

// UUID is the session's name in events.
func (s *Session) UUID() string {
	return uuid.NewSHA1(namespace, strconv.AppendInt(nil, s.ID, 10)).String()
}

// Hour is the bucket that the sweep of idle sessions looks through.
func (s *Session) Hour() int64 { return s.Seen / clock.Hour }

// Copy returns the session as a new one, to be stored beside the old.
func (s *Session) Copy() Session {
	c := *s
	c.stored = nil
	return c
}
