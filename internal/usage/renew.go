package usage

import (
	"strconv"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/session"
)

// renew lets the gateway of a session that may go on ask anew when what the session was promised is not what is left any more:
// when it is more than that, or was the end and there is more now. A session without grants reports more often instead.
func (w *work) renew(sub *subscriber, s *session.Session) {
	if Ability(s.Abilities)&CanReauthorise == 0 {
		return // it finds out when it asks
	}
	if s.Protocol == int64(RADIUS) {
		interval := w.interval(s)
		expected := max(s.Reserved, s.Pending()/max((w.now-s.SliceStarted)/clock.Second, 1)*interval)
		w.hasten(s, interval, w.rest(s, w.means(sub, s)) < expected || w.lapses(sub, interval))
		return
	}
	if s.Reserved <= 0 {
		return
	}
	rest := w.rest(s, w.means(sub, s))
	if s.Reserved > rest || s.Reserved < rest && (&heldSession{s}).final() {
		w.command(s, order{kind: reauthorise})
	}
}

// rest is how many bytes a session may use, with what it holds and without what others hold.
func (w *work) rest(s *session.Session, means charging.Means) int64 {
	return min(means.Bytes, charging.Affordable(s.Line, means.Money, means.Pool))
}

// interval is how often the gateway of a session without grants was told to report, in seconds.
func (w *work) interval(s *session.Session) int64 {
	if told, err := strconv.ParseInt(s.Grants, 10, 64); err == nil && told > 0 {
		return told
	}
	return w.flow.Settings.Interim
}

// lapses reports whether the balance that a subscriber pays from ends before another report, so many seconds away.
func (w *work) lapses(sub *subscriber, interval int64) bool {
	return sub.terms.Prepaid && sub.lapses(w.account(sub), w.now, interval)
}

// hasten makes a gateway without grants report more often when little is left, or not for long.
func (w *work) hasten(s *session.Session, interval int64, little bool) {
	shortest := w.flow.Settings.ShortInterim
	if !little || interval <= shortest || Ability(s.Abilities)&CanReauthorise == 0 {
		return
	}
	s.Grants = strconv.FormatInt(shortest, 10)
	w.command(s, order{kind: reauthorise, interval: shortest})
	w.touch(s)
}
