package diameter

import (
	"time"

	"github.com/simstead/simstead/internal/usage"
)

// Dialect is how a kind of gateway differs from others.
type Dialect struct {
	Name string
	// RatingGroupRequired refuses services of a session without a Rating-Group (TS 32.299 section 7.1.9).
	RatingGroupRequired bool
	// DeltaCounters says that Used-Service-Units count from the last report on, as the standard has it.
	DeltaCounters bool
	// NoFinalThreshold leaves Volume-Quota-Threshold out of a final grant: the gateway ends the session at the threshold's
	// report already and what the threshold held back could never be used.
	NoFinalThreshold bool
	// RefusalDelay holds back the refusal of a session. The gateway fails when it comes together with the answer on Gx.
	RefusalDelay time.Duration
	// HonoursReauth says that the gateway acts upon a Re-Auth-Request on Gy. Others are controlled by a short validity.
	HonoursReauth bool
	// HonoursAbort says that the gateway acts upon an Abort-Session-Request.
	HonoursAbort bool
	// HonoursRelease says that the gateway acts upon a Session-Release-Cause in a Re-Auth-Request on Gx.
	HonoursRelease bool
	// HonoursQoSChange says that the gateway takes QoS from a Re-Auth-Request on Gx, not only at the session's beginning.
	HonoursQoSChange bool
	// DefaultRule says that a session needs a charging rule to carry anything. Others make a bearer of its own out of every
	// rule, also of one for everything.
	DefaultRule bool
}

// Open5GS is the SMF of Open5GS, versions 2.7 and 2.8.
func Open5GS() Dialect {
	return Dialect{Name: "open5gs", DeltaCounters: true, NoFinalThreshold: true, RefusalDelay: 20 * time.Millisecond}
}

// TGPP is a gateway that keeps to the standard.
func TGPP() Dialect {
	return Dialect{
		Name: "3gpp", RatingGroupRequired: true, DeltaCounters: true, HonoursReauth: true, HonoursAbort: true,
		HonoursRelease: true, HonoursQoSChange: true, DefaultRule: true,
	}
}

// DialectNamed finds a dialect by the name configurations use.
func DialectNamed(name string) (Dialect, bool) {
	for _, d := range []Dialect{Open5GS(), TGPP()} {
		if d.Name == name {
			return d, true
		}
	}
	return Dialect{}, false
}

// abilities are what a gateway can be told about a session.
func (d *Dialect) abilities(p usage.Protocol) (a usage.Ability) {
	if p == usage.Gy && d.HonoursReauth {
		a |= usage.CanReauthorise
	}
	if d.HonoursAbort || p == usage.Gx && d.HonoursRelease {
		a |= usage.CanEnd
	}
	if d.HonoursQoSChange { // of a session on Gy by way of the one on Gx
		a |= usage.CanChangeRate
	}
	return a
}
