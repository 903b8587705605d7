package simulate

import (
	"math"

	"github.com/simstead/simstead/internal/clock"
)

func (a *actor) chance(share float64) bool { return a.random.Float64() < share }

// between returns a time between two numbers of seconds, µs.
func (a *actor) between(from, to int64) int64 {
	return from*clock.Second + a.random.Int64N((to-from)*clock.Second)
}

// lifetime of a session: a minute or so, from ten seconds to five minutes, µs.
func (a *actor) lifetime() int64 {
	return min(10*clock.Second+int64(a.random.ExpFloat64()*60*float64(clock.Second)), 5*clock.Minute)
}

// away returns when a device that has gone comes back: many reconnect at once, the others rest about as long as they
// were there.
func (a *actor) away(now int64) int64 {
	switch {
	case a.timetable != nil:
		return a.timetable.next(now)
	case a.chance(0.4):
		return now + a.between(2, 6)
	}
	return now + a.between(30, 180)
}

// again returns when a device tries again that got no session.
func (a *actor) again(now, from, to int64) int64 {
	if a.timetable != nil {
		return a.timetable.next(now)
	}
	return now + a.between(from, to)
}

// volume is log-normal about a median, from 1 kB to 3 MB.
func (a *actor) volume(median float64) int64 {
	return int64(min(max(median*math.Exp(1.4*a.random.NormFloat64()), 1_000), 3_000_000))
}

// move lets the device change its network and its radio technology, each with a probability, and reports whether it did.
func (a *actor) move(network, technology float64) bool {
	plmn, rat := a.plmn, a.rat
	if a.chance(network) {
		a.plmn = a.anyNetwork()
	}
	if a.chance(technology) {
		a.rat = a.RATs[a.random.IntN(len(a.RATs))]
	}
	return a.plmn != plmn || a.rat != rat
}

// anyNetwork is one of those the device uses; at home more often than elsewhere.
func (a *actor) anyNetwork() string {
	if len(a.Roams) == 0 || (a.Home != "" && a.chance(0.6)) {
		return a.Home
	}
	return a.Roams[a.random.IntN(len(a.Roams))]
}
