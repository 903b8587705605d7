package client

import (
	"context"
	"errors"
	"math"

	"github.com/simstead/simstead/internal/clock"
)

// errNothing keeps a bearer from asking for ever.
var errNothing = errors.New("the server grants nothing and refuses nothing")

// Tick does what is due at this time: a report after the validity of the grant, or what the server has asked for.
func (b *Bearer) Tick(ctx context.Context) error {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.ended {
		return ErrEnded
	}
	return b.due(ctx)
}

// Due is when Tick is to be called at the latest, µs: the end of the grant's validity.
func (b *Bearer) Due() int64 {
	b.turn.Lock()
	defer b.turn.Unlock()
	at, _ := b.expiry()
	return at
}

// Report reports what was used since the last report and asks for the next grant.
func (b *Bearer) Report(ctx context.Context) error {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.ended {
		return ErrEnded
	}
	return b.update(ctx, ReasonForcedReauth, Usage{})
}

// Stop ends the session with its last report.
func (b *Bearer) Stop(ctx context.Context) error {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.ended || !b.began {
		return nil
	}
	return b.end(ctx)
}

// Forget lets the session vanish without a report, as the failure of a gateway does.
func (b *Bearer) Forget() {
	b.turn.Lock()
	defer b.turn.Unlock()
	b.ended = true
	b.Client.forget(b)
}

func (b *Bearer) due(ctx context.Context) error {
	b.asked.Lock()
	report, end, changed := b.asked.report, b.asked.end, b.asked.changed
	b.asked.report, b.asked.changed = false, nil
	b.asked.Unlock()
	if changed != nil {
		b.policy = *changed
	}
	at, reason := b.expiry()
	late := b.Client.Clock.Micros() >= at
	switch {
	case end, late && b.grant.Final != Absent && !b.Client.Strict: // Open5GS asks nothing more after a final grant
		if err := b.end(ctx); err != nil {
			return err
		}
		return ErrEnded
	case report:
		return b.update(ctx, ReasonForcedReauth, Usage{})
	case late:
		return b.update(ctx, reason, Usage{})
	}
	return nil
}

// expiry is when the grant ends by time, µs, and why: its validity, or the time that is granted.
func (b *Bearer) expiry() (at, reason int64) {
	at, reason = math.MaxInt64, ReasonValidityTime
	if b.grant.Validity > 0 {
		at = b.granted + b.grant.Validity*clock.Second
	}
	if b.grant.Seconds > 0 && b.granted+b.grant.Seconds*clock.Second < at {
		at, reason = b.granted+b.grant.Seconds*clock.Second, ReasonQuotaExhausted
	}
	return at, reason
}

// exhausted follows the grant's end: the session's when it was the last one, else a report. late passes in the meantime.
func (b *Bearer) exhausted(ctx context.Context, late Usage) error {
	if b.grant.Final != Absent {
		b.used.Uplink, b.used.Downlink = b.used.Uplink+late.Uplink, b.used.Downlink+late.Downlink
		return b.end(ctx)
	}
	reason := ReasonQuotaExhausted
	if b.grant.Threshold > 0 {
		reason = ReasonThreshold
	}
	if err := b.update(ctx, reason, late); err != nil {
		return err
	}
	if b.grant.Final == Absent && b.room() == 0 {
		return errNothing
	}
	return nil
}

// update sends a CCR-U; late passes until it is answered. After a refusal the session ends with a CCR-T, and without an
// answer it ends without one.
func (b *Bearer) update(ctx context.Context, reason int64, late Usage) error {
	r := b.request(b.gy, Update, &b.number)
	r.Requested, r.Used, r.Reason = b.wish(), b.usage(), reason
	a, err := b.credit(ctx, r)
	if err != nil {
		b.ended = true
		b.Client.forget(b)
		return err
	}
	b.take(a, late)
	if a.Refused() {
		if err := b.end(ctx); err != nil {
			return err
		}
		return &RefusedError{"Gy", refusal(a)}
	}
	return nil
}

// usage is what the next report tells.
func (b *Bearer) usage() *Usage {
	u := b.used
	u.Seconds = (b.Client.Clock.Micros() - b.since) / clock.Second
	return &u
}

func (b *Bearer) end(ctx context.Context) error {
	b.ended = true
	b.Client.forget(b)
	r := b.request(b.gy, Termination, &b.number)
	r.Used, r.Reason = b.usage(), ReasonFinal
	_, err := b.credit(ctx, r)
	b.used = Usage{}
	return errors.Join(err, b.leaveGx(ctx))
}

func (b *Bearer) leaveGx(ctx context.Context) error {
	if b.WithoutGx {
		return nil
	}
	m, err := b.Client.EncodePolicy(b.request(b.gx, Termination, &b.gxNext))
	if err != nil {
		return err
	}
	_, err = b.Client.Land(ctx, b.Client.Launch(m))
	return err
}
