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

// began is when the report's session began by the gateway's clock, or had begun by, where it does not tell the session time.
// EventTime must be there.
func (r Report) began() int64 { return r.EventTime - max(r.Time, 0)*clock.Second }

const rounding = 2 * clock.Second // what Event-Timestamp and Acct-Session-Time, whole seconds both, may be off together

// beginning is when a session began by the gateway's clock, now that another report of it is known. It is the earliest that was
// told, as reports come in any order; but what an older report says against a session time means nothing, and a newer one may
// come after the gateway's clock was set.
func beginning(s *session.Session, r Report) int64 {
	switch {
	case r.EventTime == 0:
		return s.Began
	case s.Began == 0:
		return r.began()
	case r.EventTime > s.EventTime && r.Time > 0 && r.began() > s.Began+maxSkew:
		return r.began()
	case r.EventTime <= s.EventTime && s.Time > 0 && r.began() < s.Began-maxSkew:
		return s.Began
	}
	return min(s.Began, r.began())
}

// during reports whether the report must be the session's by the gateway's clock: it tells the same beginning, or of a
// time that the session is known to have run.
func during(s *session.Session, r Report) bool {
	if s.Began == 0 || r.EventTime == 0 {
		return false
	}
	if r.Time >= 0 && r.began() >= s.Began-rounding && r.began() <= s.Began+rounding {
		return true
	}
	return r.EventTime >= s.Began-rounding && r.EventTime <= s.EventTime
}

// predates reports whether the report tells of a time before the session began, by the gateway's clock or because the
// gateway restarted in between.
func predates(r Report, s *session.Session, restarted int64) bool {
	return r.EventTime > 0 && r.EventTime < s.Began-rounding || s.Opened >= restarted && beganBefore(r, restarted)
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
