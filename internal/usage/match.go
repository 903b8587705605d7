package usage

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/session"
)

// match finds the session a report belongs to among those that ever had its name, oldest first; nil means a new one.
// restarted is when the gateway last said that it lost its sessions (Accounting-On/Off), 0 = never.
//
// A repeated packet must find its session whatever happened since; so a new session under an old name needs a reason:
// another charging id, a restart of the gateway, or the gateway's own clock saying that this came after the end. The
// reason must be in what gateways say, not in what happened to arrive before: whether a session is still open is none, for
// its Stop may be on its way.
func match(known []*session.Session, sim int64, r Report, restarted int64) *session.Session {
	var newest, running *session.Session
	for i := len(known) - 1; i >= 0; i-- {
		s := known[i]
		switch {
		case s.SIM != sim || (s.ChargingID >= 0 && r.ChargingID >= 0 && s.ChargingID != r.ChargingID):
			continue
		case during(s, r):
			return s
		case newest == nil:
			newest = s
		}
		if running == nil && !predates(r, s, restarted) {
			running = s
		}
	}
	switch {
	case newest == nil || over(newest, r, restarted):
		return nil
	case running == nil:
		return newest
	}
	return running
}

// over reports whether the session had ended before the one that the report is about began.
func over(s *session.Session, r Report, restarted int64) bool {
	later := r.EventTime > 0 && s.EventTime > 0 && r.EventTime > s.EventTime
	switch {
	case s.Opened < restarted && !beganBefore(r, restarted):
		return true
	case r.Kind == Start:
		return later
	}
	// Its end, or the beginning of the next, got lost when session time fell while the clock went on, or when what is told
	// began after all that is known.
	return later && r.Time >= 0 && (r.Time < s.Time || r.began() > s.EventTime+rounding)
}

// began is when the report's session began by the gateway's clock. EventTime and Time must be there.
func (r Report) began() int64 { return r.EventTime - r.Time*clock.Second }

const rounding = 2 * clock.Second // what Event-Timestamp and Acct-Session-Time, whole seconds both, may be off together

// began is when the session began by the gateway's clock, 0 when that is not known.
func began(s *session.Session) int64 {
	skew := s.Seen - s.EventTime
	timed := skew < maxSkew && skew > -maxSkew // what is kept of our clock is the gateway's
	switch {
	case s.EventTime == 0 || s.Time == 0 && !timed:
		return 0
	case s.Time == 0:
		return s.Started
	case timed: // the first report may have come late, and not every one tells the session time
		return min(s.Started, s.EventTime-s.Time*clock.Second)
	}
	return s.EventTime - s.Time*clock.Second
}

// during reports whether the report must be the session's by the gateway's clock: it tells the same beginning, or of a
// time that the session is known to have run.
func during(s *session.Session, r Report) bool {
	start := began(s)
	if start == 0 || r.EventTime == 0 {
		return false
	}
	if r.Time >= 0 && r.began() >= start-rounding && r.began() <= start+rounding {
		return true
	}
	return r.EventTime >= start-rounding && r.EventTime <= s.EventTime
}

// predates reports whether the report tells of a time before the session began, by the gateway's clock or because the
// gateway restarted in between.
func predates(r Report, s *session.Session, restarted int64) bool {
	return r.EventTime > 0 && r.EventTime < began(s)-rounding || s.Opened >= restarted && beganBefore(r, restarted)
}

// repeats reports whether the report tells nothing that its session does not know already: it came before, or a newer one
// did. It must then change no record, price or event.
func repeats(s *session.Session, r Report) bool {
	ends := r.Kind == Stop && s.Open()
	older := r.Kind == Start || r.EventTime <= s.EventTime && r.Time <= s.Time
	return !ends && older && r.Uplink <= s.Uplink && r.Downlink <= s.Downlink
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
