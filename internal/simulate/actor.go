package simulate

import (
	"context"
	"math/rand/v2"
)

// actor is a device of the fleet. One worker has it at a time.
type actor struct {
	Device
	fleet     *fleet
	line      line
	index     int
	random    *rand.Rand
	timetable *timetable // nil for a quiet device
	plmn      string
	rat       int
	due       int64 // µs

	open bool
	ends int64 // when the session is to stop, µs
}

// line is how a device's gateway talks with the server about the session.
type line interface {
	// begin asks for a session and starts it. next is when the gateway has to speak again, µs.
	begin(ctx context.Context, now int64) (outcome outcome, next int64)
	// report tells what the device has used. next is 0 when the server has ended the session.
	report(ctx context.Context, now int64) (next int64)
	stop(ctx context.Context)
	// lose lets the session vanish without a word.
	lose()
}

// outcome is what became of an attempt to connect.
type outcome uint8

const (
	failed outcome = iota
	refused
	connected
)

func newActor(f *fleet, index int, d Device) *actor {
	a := &actor{Device: d, fleet: f, index: index}
	a.random = rand.New(rand.NewPCG(uint64(f.Seed), uint64(index))) //nolint:gosec // plays, protects nothing
	if len(a.RATs) == 0 {
		a.RATs = []int{EUTRAN}
	}
	a.plmn, a.rat = a.anyNetwork(), a.RATs[0]
	if a.Credit && f.smf != nil {
		a.line = &creditLine{actor: a}
	} else {
		a.line = &radiusLine{actor: a, gateway: gatewayOf(index)}
	}
	return a
}

// step does what is due and sets when the next thing is.
func (a *actor) step(ctx context.Context) {
	now := a.fleet.Clock.Micros()
	switch {
	case !a.open:
		a.due = a.connect(ctx, now)
	case now < a.ends:
		if a.due = min(a.line.report(ctx, now), a.ends); a.due == 0 {
			a.close()
			a.due = a.again(now, 20, 60)
		}
	case a.timetable == nil && a.chance(0.02): // the end gets lost
		a.close()
		a.line.lose()
		a.due = now + a.between(3, 10)
	default:
		a.stop(ctx)
		a.due = a.away(now)
	}
}

// connect asks for a session and starts it, and returns when the actor acts next.
func (a *actor) connect(ctx context.Context, now int64) int64 {
	if a.timetable == nil && a.chance(0.02) {
		return a.stray(ctx, now)
	}
	a.ends = now + a.lifetime()
	if a.timetable != nil {
		if a.ends = a.timetable.slot(now) + a.timetable.length(); a.ends <= now {
			return a.timetable.next(now)
		}
	}
	a.move(0.3, 0.2)
	outcome, next := a.line.begin(ctx, now)
	switch outcome {
	case failed:
		return a.again(now, 5, 15)
	case refused:
		return a.again(now, 20, 60)
	}
	a.open = true
	a.count(1)
	return min(next, a.ends)
}

// stray tries a network that no tariff covers, the test network of ITU-T E.212, and is refused.
func (a *actor) stray(ctx context.Context, now int64) int64 {
	plmn := a.plmn
	a.plmn = "00101"
	if outcome, _ := a.line.begin(ctx, now); outcome == connected {
		a.line.stop(ctx)
	}
	a.plmn = plmn
	return now + a.between(3, 8)
}

func (a *actor) stop(ctx context.Context) {
	a.close()
	a.line.stop(ctx)
}

func (a *actor) close() {
	a.open = false
	a.count(-1)
}

func (a *actor) count(n int64) {
	a.fleet.online.Add(n)
	if _, credit := a.line.(*creditLine); credit {
		a.fleet.onCredit.Add(n)
	}
}

// cell is where in the network the device is.
func (a *actor) cell() []byte {
	return location(a.plmn, a.rat, uint32(a.index)<<8|uint32(a.random.IntN(16)))
}
