package simulate

import "github.com/simstead/simstead/internal/clock"

// beat is the time between two starts of lively devices, µs: two a second.
const beat = clock.Second / 2

// timetable says when a lively device is connected. Each device has one session a round; the places of a round are a
// beat apart, and a session lasts half a round, so half of the devices are connected, one starts with each beat and one
// stops between two beats. A device that is refused leaves a gap, the others keep their times.
type timetable struct {
	began         int64 // µs
	place, places int64
}

func (t *timetable) round() int64 { return t.places * beat }

// length of a session, µs.
func (t *timetable) length() int64 { return t.places/2*beat + beat/2 }

// slot is when the device's latest session should have started.
func (t *timetable) slot(now int64) int64 {
	into := (now - t.began - t.place*beat) % t.round()
	if into < 0 {
		into += t.round()
	}
	return now - into
}

// next is when its next one starts.
func (t *timetable) next(now int64) int64 { return t.slot(now) + t.round() }

// first is when the device connects at the very beginning: those that should be connected already come one after the
// other within 5 s, early enough for their Stops.
func (t *timetable) first() int64 {
	slot := t.slot(t.began)
	if left := slot + t.length() - t.began; left > 0 && slot < t.began {
		return t.began + min(4*clock.Second, t.length()*4/5)*left/t.length()
	}
	if slot == t.began {
		return slot
	}
	return t.next(t.began)
}
