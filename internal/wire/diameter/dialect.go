package diameter

import "time"

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
}

// Open5GS is the SMF of Open5GS, versions 2.7 and 2.8.
func Open5GS() Dialect {
	return Dialect{Name: "open5gs", DeltaCounters: true, NoFinalThreshold: true, RefusalDelay: 20 * time.Millisecond}
}

// TGPP is a gateway that keeps to the standard.
func TGPP() Dialect {
	return Dialect{
		Name: "3gpp", RatingGroupRequired: true, DeltaCounters: true, HonoursReauth: true, HonoursAbort: true,
		HonoursRelease: true, HonoursQoSChange: true,
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
