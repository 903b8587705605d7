package client

import (
	"context"
	"math"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

// Carry lets octets pass, up before down, as far as the server grants them. It tells how many passed; fewer than asked
// come with the reason: ErrEnded after a final grant, a *RefusedError, or that of the connection.
func (b *Bearer) Carry(ctx context.Context, up, down int64) (passed int64, err error) {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.ended {
		return 0, ErrEnded
	}
	if err := b.due(ctx); err != nil {
		return 0, err
	}
	return b.carry(ctx, up, down)
}

func (b *Bearer) carry(ctx context.Context, up, down int64) (passed int64, err error) {
	for up > 0 || down > 0 {
		if b.ended {
			return passed, ErrEnded
		}
		room := b.room()
		u := min(up, room)
		d := min(down, room-u)
		b.used.Uplink += u
		b.used.Downlink += d
		up, down, passed = up-u, down-d, passed+u+d
		if u+d < room {
			continue
		}
		late := Usage{Uplink: min(up, b.Late)}
		late.Downlink = min(down, b.Late-late.Uplink)
		up, down, passed = up-late.Uplink, down-late.Downlink, passed+late.Uplink+late.Downlink
		if err := b.exhausted(ctx, late); err != nil {
			return passed, err
		}
	}
	return passed, nil
}

// room is how much may pass before the next report. Without a volume in the grant there is no bound.
func (b *Bearer) room() int64 {
	if b.grant.Granted == Absent {
		return 1 << 62
	}
	limit := b.grant.Granted
	if b.grant.Final == Absent || !b.Client.Strict { // a final grant is used up to the end, but not by Open5GS
		limit -= b.grant.Threshold
	}
	return max(0, limit-b.used.Uplink-b.used.Downlink)
}

// Traffic is what a device sends and receives, in octets per second, each at most 1e9.
type Traffic struct{ Up, Down int64 }

// octets are those of a time in µs.
func octets(rate, micros int64) int64 {
	return rate*(micros/clock.Second) + rate*(micros%clock.Second)/clock.Second
}

// Drive lets a device run for a time that is over at once: the bearer's clocks are put forward, not anybody else's. It
// reports at the very moment when the grant is used up or invalid, or its threshold is reached. It tells how many octets
// passed; when the session ends early there is a reason, as with Carry.
func (b *Bearer) Drive(ctx context.Context, t Traffic, long time.Duration) (passed int64, err error) {
	b.turn.Lock()
	defer b.turn.Unlock()
	for at, end := int64(0), long.Microseconds(); at < end; {
		if b.ended {
			return passed, ErrEnded
		}
		step := min(end-at, b.lasts(t), max(0, b.left()))
		up, down := octets(t.Up, at+step)-octets(t.Up, at), octets(t.Down, at+step)-octets(t.Down, at)
		at += step
		b.elapse(step)
		n, err := b.carry(ctx, up, down)
		if passed += n; err != nil {
			return passed, err
		}
		if b.ended {
			continue
		}
		if err := b.due(ctx); err != nil {
			return passed, err
		}
	}
	return passed, nil
}

// lasts is how long the grant's volume lasts, µs: at least one, until it is used up for sure.
func (b *Bearer) lasts(t Traffic) int64 {
	rate, room := t.Up+t.Down, b.room()
	if rate <= 0 || room >= math.MaxInt64/(2*clock.Second) {
		return math.MaxInt64
	}
	return room/rate*clock.Second + (room%rate*clock.Second+rate-1)/rate + 1
}

// left is how long the grant is valid yet, µs.
func (b *Bearer) left() int64 {
	at, _ := b.expiry()
	return at - b.Client.Clock.Micros()
}

// Elapse makes the bearer's grant and its next report older; Tick and Carry then find what has become due.
func (b *Bearer) Elapse(d time.Duration) {
	b.turn.Lock()
	defer b.turn.Unlock()
	b.elapse(d.Microseconds())
}

func (b *Bearer) elapse(micros int64) { b.granted, b.since = b.granted-micros, b.since-micros }
