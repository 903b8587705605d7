// Package session holds the data sessions of devices as the network reports them: high-water marks of the gateway's
// counters, the slice that is not yet in a usage record, and the rating line. A session's name is the gateway's name
// and its Acct-Session-Id; generations tell apart the sessions that shared a name.
package session

import (
	"strconv"

	"github.com/google/uuid"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/rating"
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
	Protocol               int64  // usage.Protocol: how to speak about it
	Peer, Realm            string // who to speak to
	Abilities              int64  // usage.Ability: what can be said in mid-session
	TariffProfile          int64
	Announced              bool  // its Create PDP Context event is written
	Opened                 int64 // when its first report arrived here, µs
	Started, Seen, Closed  int64 // µs; Closed 0 = open
	EventTime              int64 // newest time by the gateway's own clock, µs, 0 = it sends none
	Began                  int64 // by the gateway's own clock, as far as it has told, µs, 0 = it sends none
	Time                   int64 // seconds by the gateway's count, highest seen
	Uplink, Downlink       int64 // high-water marks
	BaseUplink             int64 // marks taken over with the SIM from another organisation
	BaseDownlink           int64
	SliceStarted           int64 // µs
	SliceTime              int64 // Time when the slice began
	PendingUp, PendingDown int64 // counted and charged, not yet in a record
	PendingCost            int64
	PendingInclusive       int64 // billed bytes that were inclusive
	PendingDebited         int64 // of the cost: taken from the endpoint's balance
	Line                   Line
	Credit

	stored *Session // as it stands in the database, nil for a new one
}

// Credit is what a session holds and what its gateway was told.
type Credit struct {
	Enforced      int64  // 0 as it is, n told to keep to n bit/s; or Ended, or Renewed
	Number        int64  // highest request number, -1 before the first
	Window        int64  // bit n: request Number - n was seen
	Results       string // the last answers, to be given again
	Grants        string // what each rating group holds
	GrantedUntil  int64  // µs, when the grants end; 0 = never
	Reserved      int64  // bytes
	ReservedPool  int64  // of them: bytes of the line's inclusive pool
	ReservedCost  int64  // 1e-10 of the endpoint's balance
	ReservedShare int64  // 1e-10 of the organisation's account
}

// What Credit.Enforced is when the gateway was told to end the session, and when its next request is to be refused so that the
// device comes back in a new one.
const (
	Ended   int64 = -1
	Renewed int64 = -2
)

// Line is what the block rounding runs along: the session's use in one rate zone, under one tariff, in one month.
type Line struct {
	Tariff, Ratezone, Currency int64
	Rate                       int64 // 1e-10 per MB
	Block                      int64 // bytes, 0 = not rated
	BillingMonth               int64 // 202611
	Rounding                   int64 // tariff.RoundSession, RoundDay or RoundRecord
	Day                        int64 // where blocks are rounded over a day: which one
	InclusiveID                int64 // the inclusive volume that the line draws on, 0 = none
	Pooled                     bool  // it is shared
	Volume                     int64 // cumulative bytes
	Inclusive                  int64 // cumulative billed bytes that were inclusive
	Cost                       int64 // cumulative cost, 1e-10
}

// Price is what the line's bytes cost.
func (l Line) Price() rating.Price {
	return rating.Price{Rate: l.Rate, Block: l.Block, Unit: rating.PerMB}
}

// Rated reports whether a price was found for the line.
func (l Line) Rated() bool { return l.Block > 0 }

// Same reports whether two lines differ at most in what was counted along them.
func (l Line) Same(o Line) bool {
	o.Volume, o.Inclusive, o.Cost = l.Volume, l.Inclusive, l.Cost
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

// LapseBucket is how coarsely the sweep of sessions whose grants have ended looks, in µs: their index is not touched by every
// grant.
const LapseBucket = 5 * clock.Minute

// Lapse is the bucket of GrantedUntil, 0 for none.
func (s *Session) Lapse() int64 { return s.GrantedUntil / LapseBucket }

// Copy returns the session as a new one, to be stored beside the old.
func (s *Session) Copy() Session {
	c := *s
	c.stored = nil
	return c
}
