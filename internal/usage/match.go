package usage

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/session"
)

// match finds the session a report belongs to among those that ever had its name, oldest first; nil means a new one.
// restarted is when the gateway last said that it lost its sessions (Accounting-On/Off), 0 = never.
//
// A repeated packet must find its session whatever happened since; so a new session under an old name needs a reason:
// another charging id, a restart of the gateway, or the gateway's own clock saying that this came after the end.
func match(known []*session.Session, sim int64, r Report, restarted int64) *session.Session {
	for i := len(known) - 1; i >= 0; i-- {
		s := known[i]
		if s.SIM != sim || (s.ChargingID >= 0 && r.ChargingID >= 0 && s.ChargingID != r.ChargingID) {
			continue
		}
		if s.Opened < restarted && !beganBefore(r, restarted) {
			return nil
		}
		later := r.EventTime > 0 && s.EventTime > 0 && r.EventTime > s.EventTime
		switch {
		case !s.Open() && r.Kind == Start && later:
			return nil
		case s.Open() && later && r.Time >= 0 && r.Time < s.Time && r.Uplink < s.Uplink && r.Downlink < s.Downlink:
			return nil // counters and session time fell while the clock went on: the end got lost
		}
		return s
	}
	return nil
}

// beganBefore reports whether the report says that its session began before the given time of our clock.
func beganBefore(r Report, at int64) bool {
	return r.Time > 0 && r.Received-r.Time*clock.Second < at-clock.Second
}

const maxSkew = 15 * clock.Minute

// at is when the reported thing happened: the gateway's clock where it is near ours, else ours.
func (r Report) at() int64 {
	if skew := r.EventTime - r.Received; r.EventTime > 0 && skew < maxSkew && skew > -maxSkew {
		return r.EventTime
	}
	return r.Received
}
