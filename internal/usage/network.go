package usage

import "errors"

// Protocol is how a session is spoken about with its gateway.
type Protocol int64

// The protocols of data sessions. The numbers are stored.
const (
	RADIUS Protocol = iota
	Gy
	Gx
)

// Ability is something that a gateway can be told in mid-session; several add up. The numbers are stored.
type Ability int64

// What gateways can be told.
const (
	CanReauthorise Ability = 1 << iota // to report and ask again at once
	CanEnd                             // to end the session
	CanChangeRate                      // another maximum bitrate
)

// Why a gateway was not told, or did not do it.
var (
	ErrCannot = errors.New("the gateway cannot be told")               // not now and not later
	ErrBusy   = errors.New("too much waits to be told to the gateway") // not yet
	ErrSilent = errors.New("the gateway does not answer")              // whether it was told is not known
	ErrGone   = errors.New("the gateway does not know the session")    // it is over; for End that is success, not an error
)

// Target is a running session as its gateway knows it.
type Target struct {
	Protocol   Protocol
	NAS        string // as in Report
	SessionID  string
	Peer       string // as in Report
	Realm      string // of a Diameter gateway
	ChargingID int64  // -1 when absent
	IMSI       string
	UEAddress  string // "" when not known
	Abilities  Ability

	organisation, endpoint int64
}

// Rate is a maximum bitrate in bit/s each way; 0 is no limit.
type Rate struct{ Up, Down int64 }

// Network is how decisions reach the packet core: one for each protocol. The calls return at once. done is told once,
// from any goroutine, when the gateway has done so or will not; it is not called when the call itself returns an error.
type Network interface {
	// End makes the gateway end a session. reason is for the log of the other side.
	End(t Target, reason string, done func(error)) error
	// SetRate gives a session another maximum bitrate.
	SetRate(t Target, rate Rate, done func(error)) error
	// Reauthorise makes the gateway report what was used. interval is in seconds how often it is to report from now on, 0
	// as before, for protocols without grants.
	Reauthorise(t Target, interval int64, done func(error)) error
}
