package stream

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/simstead/simstead/internal/stream/format"
)

// runner drives one stream. It has a goroutine only while there is something to deliver.
type runner struct {
	engine    *Engine
	stream    *Stream
	filter    Filter
	encoding  format.Encoding
	sink      Sink
	limit     int // rows read at a time
	first     int // records of the first delivery after a start
	confirmed bool
	cancel    context.CancelFunc
	ctx       context.Context // ends when the stream is paused, changed or deleted

	// Under the engine's mutex.
	cursor  cursor
	running bool
	woken   bool
	closed  bool // the sink is
}

// wake makes sure that the stream looks at the log again.
func (r *runner) wake() {
	e := r.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	r.woken = true
	if !r.running && r.ctx.Err() == nil {
		r.running = true
		e.group.Go(r.run)
	}
}

// run delivers until the stream has caught up with the log or failed for good.
func (r *runner) run() {
	defer func() {
		r.engine.mu.Lock()
		r.running = false
		again := r.woken && r.ctx.Err() == nil
		r.engine.mu.Unlock()
		if again {
			r.wake()
		} else if r.ctx.Err() != nil {
			r.close()
		}
	}()
	for r.ctx.Err() == nil && r.sleepy() {
		if err := r.catchUp(); err != nil {
			if r.ctx.Err() == nil {
				r.fail(err)
			}
			return
		}
	}
}

// sleepy takes the wake-up, if there was one.
func (r *runner) sleepy() bool {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	woken := r.woken
	r.woken = false
	return woken
}

// catchUp delivers batch after batch. A failure is tried again with growing pauses: a few times within seconds when the
// stream never worked since its start, for as long as the settings say when it did.
func (r *runner) catchUp() error {
	pause := r.pauses()
	var failing time.Time
	tries := 0
	for {
		more, err := r.deliver(r.ctx)
		switch {
		case err == nil:
			r.succeeded()
			if !more {
				return nil
			}
			pause, failing, tries = r.pauses(), time.Time{}, 0
			continue
		case r.ctx.Err() != nil:
			return r.ctx.Err()
		}
		failure := AsFailure(err)
		if failure == nil { // our own trouble, not the destination's: it passes or an operator sees the log
			r.engine.Log.Error("delivery is held up", "stream", r.stream.ID, "error", err)
			failure = &Failure{Text: "internal error", Cause: err}
		}
		now := r.engine.Clock.Now()
		if failing.IsZero() {
			failing = now
		}
		tries++
		if failure.Final || (!r.confirmed && tries >= r.engine.Settings.FirstTries) || now.Sub(failing) > r.engine.Settings.RetryFor {
			return failure
		}
		r.engine.mu.Lock()
		r.cursor.retried++
		r.engine.mu.Unlock()
		select {
		case <-r.ctx.Done():
			return r.ctx.Err()
		case <-time.After(max(pause.NextBackOff(), failure.After)):
		}
	}
}

func (r *runner) pauses() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier, b.RandomizationFactor = r.engine.Settings.Pause, time.Minute, 2, 0.5
	return b
}

func (r *runner) succeeded() {
	if r.confirmed {
		return
	}
	r.engine.mu.Lock()
	delivered := r.cursor.lastSuccess >= r.engine.started[r.stream.ID]
	r.engine.mu.Unlock()
	if delivered {
		r.confirmed = true
		r.engine.setStatus(r, Running, "")
	}
}

// fail puts the stream into its error state; the cursor stays where the destination confirmed.
func (r *runner) fail(err error) {
	text := err.Error()
	var failure *Failure
	if errors.As(err, &failure) {
		text = failure.Text
	}
	r.engine.Log.Warn("data stream failed", "organisation", r.stream.Organisation, "stream", r.stream.ID, "error", err)
	r.engine.setStatus(r, Broken, text)
	r.cancel()
}
