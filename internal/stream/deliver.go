package stream

import (
	"context"
	"errors"
	"time"
)

const (
	atOnce  = 200                    // records handed to the sink at least, which sends them as the destination wants
	sendFor = 100 * time.Millisecond // but for no longer than this, about: what is not confirmed comes again after a crash
	readFor = time.Second            // what is read beyond one delivery is for so long, about
)

// catchUp delivers until the stream has caught up with the log: read from the cursor, encode, send, move the cursor. While
// one batch is sent the next one is read. Whoever calls it holds a place among those who read.
func (r *runner) catchUp(ctx context.Context) error {
	gathers := r.pace.Gather > 0
	if enough, err := r.enough(ctx); err != nil || !enough {
		<-r.engine.reads
		return err
	}
	if err := r.ready(); err != nil {
		<-r.engine.reads
		return err
	}
	next, err := r.read(ctx, r.place(), r.portion())
	for err == nil {
		b := next
		var ahead chan batch
		if b.more && r.confirmed && r.tries == 0 && !gathers {
			ahead = r.readAhead(ctx, b.end)
		}
		err = r.deliver(ctx, b)
		r.engine.memory.give(b.share)
		if ahead != nil {
			next = <-ahead
			if err != nil {
				r.engine.memory.give(next.share)
			} else {
				err = next.err
			}
			continue
		}
		if err != nil || !b.more {
			return err
		}
		if gathers && r.confirmed {
			return nil // the rest gathers
		}
		if err = r.turn(ctx); err == nil {
			next, err = r.read(ctx, r.place(), r.portion())
		}
	}
	return err
}

// turn waits for a place among those who read the log.
func (r *runner) turn(ctx context.Context) error {
	select {
	case r.engine.reads <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *runner) readAhead(ctx context.Context, from place) chan batch {
	ahead, portion := make(chan batch, 1), r.portion()
	go func() {
		var b batch
		err := r.turn(ctx)
		if err == nil {
			b, err = r.read(ctx, from, portion)
		}
		b.err = err
		ahead <- b
	}()
	return ahead
}

const unreadable = "the credentials cannot be read any more: give them again"

// ready opens the sink unless it is open.
func (r *runner) ready() error {
	e := r.engine
	destination := e.Destinations[r.stream.ConnectionType]
	if r.stream.unreadable != nil {
		return Permanent(unreadable, r.stream.unreadable)
	}
	if destination == nil {
		return Permanent("connection type "+r.stream.ConnectionType+" is not supported", nil)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.sink != nil {
		return nil
	}
	sink, err := destination.Open(r.stream)
	if err != nil {
		return err
	}
	r.sink, e.open[r] = sink, struct{}{}
	return nil
}

// closeIdle closes the sinks that nobody has used since a time.
func (e *Engine) closeIdle(since time.Time) {
	var idle []Sink
	e.mu.Lock()
	for r := range e.open {
		if (r.state == resting || r.state == gathering) && r.used.Before(since) {
			idle = append(idle, r.sink)
			r.sink = nil
			delete(e.open, r)
		}
	}
	e.mu.Unlock()
	for _, sink := range idle {
		sink.Close()
	}
}

// deliver hands a batch to the sink, part by part, and moves the cursor over what the destination confirms.
func (r *runner) deliver(ctx context.Context, b batch) error {
	for at := 0; at < len(b.records); {
		part := b.records[at:min(at+r.step(), len(b.records))]
		confirmed, err := r.send(ctx, part)
		if confirmed > 0 {
			r.advance(b.places[at+confirmed-1], confirmed)
			r.proved()
		}
		if err != nil {
			return err
		}
		at += confirmed
	}
	r.advance(b.end, 0)
	if r.pace.Gather > 0 {
		r.gathered(b.read)
	}
	return nil
}

// step is how many records the sink gets at a time.
func (r *runner) step() int {
	switch {
	case !r.confirmed:
		return min(r.pace.Most, 100)
	case r.pace.Gather > 0:
		return r.pace.Most
	}
	return max(r.pace.Most, min(atOnce, r.within(sendFor)))
}

// within is how many records the destination takes in a time, as far as it is known.
func (r *runner) within(d time.Duration) int {
	if r.each <= 0 {
		return 1
	}
	return int(d / r.each)
}

var errFirst = errors.New("first delivery took too long")

// send gives the first delivery after a start less time: a stream that never worked should say so soon.
func (r *runner) send(ctx context.Context, records []Record) (confirmed int, err error) {
	e := r.engine
	if !r.confirmed {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, e.Settings.FirstWithin, errFirst)
		defer cancel()
	}
	e.mu.Lock()
	sink := r.sink
	e.mu.Unlock()
	began, since := e.Clock.Micros(), time.Now()
	confirmed, err = sink.Send(ctx, records)
	took := time.Since(since)
	if err != nil && AsFailure(err) == nil && errors.Is(context.Cause(ctx), errFirst) {
		err = Retry("the destination did not answer in time", 0, err)
	}
	if err == nil && confirmed < len(records) {
		err = Retry("the destination did not confirm every record", 0, nil)
	}
	if r.each = took / time.Duration(max(len(records), 1)); r.each <= 0 {
		r.each = 1
	}
	r.note(attempt(began, took, records, confirmed, err, r.hidden()), ctx.Err() != nil && AsFailure(err) == nil)
	return confirmed, err
}

// note remembers an attempt, unless we ended it ourselves.
func (r *runner) note(a Attempt, ended bool) {
	e := r.engine
	e.mu.Lock()
	r.used = time.Now()
	if !a.Delivered && !ended {
		r.cursor.retried++
		r.cursor.lastError, r.cursor.lastErrorAt = a.Status, int64(a.Time)
		e.dirty[r] = true
	}
	e.mu.Unlock()
	if ended && a.Confirmed == 0 {
		return
	}
	e.history.add(r.stream.ID, a)
	if e.Observe != nil {
		e.Observe(r.stream.ConnectionType, a)
	}
}

// proved notes that the destination accepts records.
func (r *runner) proved() {
	r.tries, r.failing, r.pauses = 0, time.Time{}, nil
	if !r.confirmed {
		r.confirmed = true
		r.engine.setStatus(r, Running, "")
	}
}
