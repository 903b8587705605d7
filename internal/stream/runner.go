package stream

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/simstead/simstead/internal/stream/format"
)

// state of a runner.
type state uint8

const (
	resting   state = iota // has delivered what there is
	gathering              // waits until there is more to deliver at once
	queued                 // waits for its turn to read the log
	working                // has a goroutine
	pausing                // tries again later
	gone                   // is stopped or has failed
)

// runner drives one stream.
type runner struct {
	engine   *Engine
	stream   *Stream
	log      *log
	filter   Filter
	encoding format.Encoding
	pace     Pace
	done     chan struct{} // closed when it is gone

	// Of whoever runs it: one at a time.
	confirmed bool          // the destination has accepted something since the stream was started
	each      time.Duration // what a record took in the last delivery; 0 when there was none
	size      int64         // bytes of a record, about
	tries     int           // failures in a row
	failing   time.Time
	pauses    *backoff.ExponentialBackOff
	secrets   []string // not to be shown; nil until they are needed

	// Under the engine's mutex.
	state   state
	seat    int // in log.resting; -1 when it does not listen
	cursor  cursor
	stored  int64 // position that the database knows
	sink    Sink
	used    time.Time // when the sink was
	cancel  context.CancelFunc
	stopped bool
	timer   *time.Timer // of gathering and pausing
	until   time.Time   // gathers until then; zero when nothing is known to wait
	counted int64       // records known to wait, up to countedTo
	countTo int64
}

// queue gives the stream its turn. Under the engine's mutex.
func (r *runner) queue() {
	r.log.rise(r)
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	r.state = queued
	e := r.engine
	e.queue = append(e.queue, r)
	select {
	case e.waiting <- struct{}{}:
	default:
	}
}

// later gives the stream its turn after a while, unless something else does so before. Under the engine's mutex.
func (r *runner) later(s state, pause time.Duration) {
	r.state = s
	var timer *time.Timer
	timer = time.AfterFunc(pause, func() {
		r.engine.mu.Lock()
		defer r.engine.mu.Unlock()
		if r.timer == timer && r.state == s {
			r.queue()
		}
	})
	r.timer = timer
}

// rest lets the stream wait for more, unless there is more already. Under the engine's mutex.
func (r *runner) rest() {
	r.state = resting
	r.log.rest(r)
	r.listen()
}

// listen looks at how far the log has grown and reports whether it got up. Under the engine's mutex.
func (r *runner) listen() bool {
	waiting := r.log.position - r.cursor.position
	switch {
	case waiting <= 0:
		return false
	case r.pace.Gather > 0 && r.confirmed:
		return r.gather()
	}
	r.queue()
	return true
}

// stop ends the stream; what is closed then says when it has.
func (r *runner) stop() <-chan struct{} {
	e := r.engine
	e.mu.Lock()
	r.stopped = true
	if r.cancel != nil {
		r.cancel()
	}
	idle := r.state != working && r.state != gone
	if idle {
		r.leave()
	}
	e.mu.Unlock()
	if idle {
		r.close()
	}
	return r.done
}

// leave takes the stream out of everything that could wake it, and has its cursor stored as it is: what comes next begins
// there. Under the engine's mutex.
func (r *runner) leave() {
	if r.cursor.position != r.stored {
		r.engine.dirty[r] = true
	}
	r.log.rise(r)
	if r.timer != nil {
		r.timer.Stop()
	}
	if r.log.streams[r.stream.ID] == r {
		delete(r.log.streams, r.stream.ID)
	}
	r.state = gone
}

// close frees the sink of a stream that is gone.
func (r *runner) close() {
	r.engine.mu.Lock()
	sink := r.sink
	r.sink = nil
	delete(r.engine.open, r)
	r.engine.mu.Unlock()
	if sink != nil {
		sink.Close()
	}
	close(r.done)
}

// run has the turn of a stream and its leave to read the log.
func (r *runner) run() {
	e := r.engine
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	e.mu.Lock()
	if r.stopped || r.state != queued {
		e.mu.Unlock()
		<-e.reads
		return
	}
	r.state, r.cancel = working, cancel
	e.mu.Unlock()
	err := r.catchUp(ctx)
	pause, failed := time.Duration(0), false
	if err == nil {
		r.tries, r.failing, r.pauses = 0, time.Time{}, nil
	} else if ctx.Err() == nil {
		pause, failed = r.failure(err)
	}
	if failed {
		e.flush(context.WithoutCancel(e.ctx)) // who sees the error sees what it was counted as
		e.setStatus(r, Broken, hide(textOf(err), r.hidden()))
	}

	e.mu.Lock()
	r.cancel = nil
	over := failed || r.stopped || e.ctx.Err() != nil
	switch {
	case over:
		r.leave()
	case err != nil:
		r.later(pausing, pause)
	default:
		r.rest()
	}
	e.mu.Unlock()
	if over {
		r.close()
	}
}

// failure says how long to wait before the next try, or that there is none: after a few tries within seconds when the
// destination never worked since the stream was started, and after as long as the settings say when it did.
func (r *runner) failure(err error) (pause time.Duration, final bool) {
	e := r.engine
	failure := AsFailure(err)
	if failure == nil { // our own trouble, not the destination's: it passes or an operator sees the log
		e.Log.Error("delivery is held up", "organisation", r.stream.Organisation, "stream", r.stream.ID, "error", err)
		failure = &Failure{}
	}
	now := e.Clock.Now()
	if r.failing.IsZero() {
		r.failing = now
		r.pauses = backoff.NewExponentialBackOff()
		r.pauses.InitialInterval, r.pauses.MaxInterval, r.pauses.Multiplier, r.pauses.RandomizationFactor = e.Settings.Pause, time.Minute, 2, 0.5
	}
	r.tries++
	left := r.retryFor() - now.Sub(r.failing)
	if failure.Final || (!r.confirmed && r.tries >= e.Settings.FirstTries) || (r.confirmed && left <= 0) {
		e.Log.Warn("data stream failed", "organisation", r.stream.Organisation, "stream", r.stream.ID, "error", hide(err.Error(), r.hidden()))
		return 0, true
	}
	pause = r.pauses.NextBackOff()
	if r.confirmed {
		pause = min(pause, left)
	}
	return max(pause, failure.After), false
}

func (r *runner) retryFor() time.Duration {
	if r.pace.RetryFor > 0 {
		return r.pace.RetryFor
	}
	return r.engine.Settings.RetryFor
}

// hidden are the texts that nobody may see in what is told of the stream.
func (r *runner) hidden() []string {
	if r.secrets == nil {
		r.secrets = []string{}
		if d := r.engine.Destinations[r.stream.ConnectionType]; d != nil {
			r.secrets = secretsOf(r.stream.Credentials, d.Mask(r.stream.Credentials))
		}
	}
	return r.secrets
}
