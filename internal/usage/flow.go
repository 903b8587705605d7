package usage

import (
	"errors"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/session"
)

// take is the flow: what one report changes, from the subscriber to the record. It runs inside the batch's transaction
// and keeps everything in w, which is stored once for all reports of the batch.
func (w *work) take(sub *subscriber, r Report) error {
	s := match(w.sessions[keyOf(sub, r)], sub.sim, r, w.flow.restarts.of(r.NAS)) // identify
	switch {
	case s == nil && tooOld(r, w.flow.Settings):
		return errors.New("the session is not known and began before closed sessions are kept")
	case s == nil:
		s = w.open(sub, r)
	case repeats(s, r):
		w.complete(s, r)
		return nil
	}

	up, down, err := charging.Accumulate(s, r.Uplink, r.Downlink) // accumulate
	if err != nil {
		return err
	}
	before := *s
	moved := w.place(sub, s, r)                             // rate
	if err := w.use(sub, s, r.at(), up, down); err != nil { // charge
		s.Uplink, s.Downlink = before.Uplink-up, before.Downlink-down
		return err
	}
	w.note(s, r)
	w.learnDevice(sub, s)

	w.announce(sub, s, r.at(), moved)
	switch { // record
	case r.Kind == Stop && s.Open():
		w.end(s, r.at())
	case !s.Open(), len(w.notices) > 0, w.flow.Settings.Record.Due(s, r.at()):
		w.cut(s, r.at())
	}
	w.tellNotices(s)
	w.control(sub, s, r, up+down) // decide
	return nil
}

func keyOf(sub *subscriber, r Report) session.Key {
	return session.Key{Organisation: sub.organisation, NAS: r.NAS, SessionID: r.SessionID}
}

// tooOld reports whether an unknown session may be one that was closed and forgotten.
func tooOld(r Report, s Settings) bool { return beganBefore(r, r.Received-s.KeepClosed.Microseconds()) }
