package client

import (
	"context"
	"errors"

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

// Report reports what was used since the last report and asks for the next grant.
func (b *Bearer) Report(ctx context.Context) error {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.ended {
		return ErrEnded
	}
	return b.update(ctx, ReasonForcedReauth)
}

// Stop ends the session with its last report.
func (b *Bearer) Stop(ctx context.Context) error {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.ended {
		return nil
	}
	return b.end(ctx, ReasonFinal)
}

func (b *Bearer) due(ctx context.Context) error {
	b.asked.Lock()
	report, end, changed := b.asked.report, b.asked.end, b.asked.changed
	b.asked.report, b.asked.changed = false, nil
	b.asked.Unlock()
	if changed != nil {
		b.policy = *changed
	}
	switch {
	case end:
		if err := b.end(ctx, ReasonFinal); err != nil {
			return err
		}
		return ErrEnded
	case report:
		return b.update(ctx, ReasonForcedReauth)
	case b.grant.Validity > 0 && b.Client.Clock.Micros() >= b.granted+b.grant.Validity*clock.Second:
		return b.update(ctx, ReasonValidityTime)
	}
	return nil
}

// exhausted follows the grant's end: the session's when it was the last one, else a report.
func (b *Bearer) exhausted(ctx context.Context) error {
	if b.grant.Final != Absent {
		return b.end(ctx, ReasonFinal)
	}
	reason := ReasonQuotaExhausted
	if b.grant.Threshold > 0 {
		reason = ReasonThreshold
	}
	if err := b.update(ctx, reason); err != nil {
		return err
	}
	if b.grant.Final == Absent && b.room() == 0 {
		return errNothing
	}
	return nil
}

// update sends a CCR-U. After a refusal the session ends with a CCR-T.
func (b *Bearer) update(ctx context.Context, reason int64) error {
	r := b.request(b.gy, Update, &b.number)
	r.Requested, r.Used, r.Reason = b.wish(), b.usage(), reason
	a, err := b.Client.AwaitCredit(ctx, r)
	if err != nil {
		return err
	}
	b.take(a)
	if a.Refused() {
		if err := b.end(ctx, ReasonFinal); err != nil {
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

func (b *Bearer) end(ctx context.Context, reason int64) error {
	b.ended = true
	b.Client.forget(b)
	r := b.request(b.gy, Termination, &b.number)
	r.Used, r.Reason = b.usage(), reason
	if _, err := b.Client.AwaitCredit(ctx, r); err != nil {
		return err
	}
	b.used = Usage{}
	return b.leaveGx(ctx)
}

func (b *Bearer) leaveGx(ctx context.Context) error {
	if b.WithoutGx {
		return nil
	}
	_, err := b.Client.AwaitPolicy(ctx, b.request(b.gx, Termination, &b.gxNext))
	return err
}

// Ended reports whether the session is over.
func (b *Bearer) Ended() bool {
	b.turn.Lock()
	defer b.turn.Unlock()
	return b.ended
}
