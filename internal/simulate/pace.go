package simulate

import (
	"context"
	"sync/atomic"
	"time"
)

// pace says when reports are to be sent. Times count from the beginning of the measurement.
type pace struct {
	rate   float64 // reports per second, 0 for a closed loop
	window time.Duration
	began  time.Time
	ticket atomic.Int64
}

// begin starts the time.
func (p *pace) begin() { p.began = time.Now() } //nolint:forbidigo // for durations, not a date

func (p *pace) now() time.Duration { return time.Since(p.began) }

// next waits until a report is due and returns when it was meant to be sent. With a rate this is the timetable's time
// even when nobody was free to send then: what waits behind a slow answer counts as slow, too (no coordinated omission).
// It is not ok when the measurement is over.
func (p *pace) next(ctx context.Context) (at time.Duration, ok bool) {
	now := p.now()
	if ctx.Err() != nil || p.over(now) {
		return 0, false
	}
	if p.rate <= 0 {
		return now, true
	}
	ticket := p.ticket.Add(1) - 1
	at = time.Duration(float64(ticket) / p.rate * float64(time.Second))
	if p.over(at) {
		return 0, false
	}
	if at > now {
		timer := time.NewTimer(at - now)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return 0, false
		}
	}
	return at, true
}

func (p *pace) over(at time.Duration) bool { return p.window > 0 && at >= p.window }
