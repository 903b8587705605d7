package simulate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2866"

	"github.com/simstead/simstead/internal/wire/radius/client"
)

// run is one Run of a Load.
type run struct {
	Load
	auth, acct *client.Client
	id         int64 // makes session names unique
	shares     [][]*endpoint
	pace       pace
	answering  atomic.Bool // the server has answered something
	measured   tally
	aside      tally // before and after the measurement

	mu       sync.Mutex
	sessions []Session // ended
	refusal  string    // the last one
}

func newRun(l Load, auth, acct *client.Client) *run {
	r := &run{Load: l, auth: auth, acct: acct, id: l.Clock.Micros(), shares: make([][]*endpoint, l.InFlight)}
	for i := range l.IMSIs {
		share := i % l.InFlight
		r.shares[share] = append(r.shares[share], newEndpoint(l, i))
	}
	r.pace.rate, r.pace.window = l.Rate, l.For
	return r
}

// all goes through the three parts of a run. No request begins once ctx has ended; work ends somewhat later.
func (r *run) all(ctx, work context.Context) (Result, error) {
	r.pace.begin()
	watched(work, r.Progress, r.connecting, func() {
		r.each(func(share []*endpoint) { r.connect(ctx, work, share) })
	})
	result := Result{Endpoints: len(r.IMSIs), Asked: r.Rate}
	for _, share := range r.shares {
		for _, e := range share {
			if e.state == open {
				result.Connected++
			}
		}
	}
	if result.Connected == 0 {
		return result, r.failure(ctx)
	}
	r.pace.begin()
	watched(work, r.Progress, r.progress(), func() { result.Elapsed = r.measure(ctx, work) })
	r.measured.tell(&result)
	r.each(func(share []*endpoint) { r.finish(work, share) })
	r.list(&result)
	return result, nil
}

// list adds the sessions to the result, those that ended first.
func (r *run) list(result *Result) {
	result.Sessions = r.sessions
	for _, share := range r.shares {
		for _, e := range share {
			if e.state == unanswered {
				result.Unanswered++
			}
			if r.Account && e.state != closed {
				result.Sessions = append(result.Sessions, e.counters())
			}
		}
	}
}

func (r *run) failure(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("connect devices: %w", ctx.Err())
	case r.refusal != "":
		return fmt.Errorf("connect devices: all refused, the last because: %s", r.refusal)
	}
	return fmt.Errorf("connect devices: %w", client.ErrNoAnswer)
}

// each gives every share to a worker of its own and waits for them.
func (r *run) each(work func([]*endpoint)) {
	var workers sync.WaitGroup
	for _, share := range r.shares {
		workers.Go(func() { work(share) })
	}
	workers.Wait()
}

func (r *run) connect(ctx, work context.Context, share []*endpoint) {
	for _, e := range share {
		if ctx.Err() != nil {
			return
		}
		if !r.turn(work, e, r.pace.now(), &r.aside) && !r.answering.Load() {
			return // nobody is there
		}
	}
}

// measure sends reports for as long as the pace says, and returns how long that was.
func (r *run) measure(ctx, work context.Context) time.Duration {
	var interrupted atomic.Int64
	r.each(func(share []*endpoint) {
		for i := 0; ; i++ {
			at, ok := r.pace.next(ctx)
			if !ok {
				break
			}
			r.turn(work, share[i%len(share)], at, &r.measured)
		}
		if ctx.Err() != nil {
			interrupted.CompareAndSwap(0, int64(r.pace.now()))
		}
	})
	if at := time.Duration(interrupted.Load()); at > 0 && (r.For == 0 || at < r.For) {
		return at
	}
	return r.For
}

// finish sends again what was not answered, and ends the sessions. A worker gives up after three losses in a row.
func (r *run) finish(work context.Context, share []*endpoint) {
	losses := 0
	for _, e := range share {
		for e.state != closed && (e.state == unanswered || !r.Leave) && losses < 3 {
			if e.state == open {
				r.stop(e)
			}
			if r.report(work, e, r.pace.now(), &r.aside) {
				losses = 0
			} else {
				losses++
			}
		}
	}
}

// turn sends the next report of an endpoint, and before a session's first one the Access-Request. It reports whether it
// was answered.
func (r *run) turn(work context.Context, e *endpoint, at time.Duration, t *tally) bool {
	switch {
	case e.state == unanswered:
	case e.state == closed:
		answer, ok := r.ask(work, e, at, t)
		if !ok || answer.Code != radius.CodeAccessAccept {
			return ok
		}
		e.begin(answer, r.id)
		e.kind, e.began, at = rfc2866.AcctStatusType_Value_Start, r.Clock.Now(), r.pace.now()
	case r.Interims > 0 && e.reports >= r.Interims:
		r.stop(e)
	default:
		e.reports++
		e.kind = rfc2866.AcctStatusType_Value_InterimUpdate
		e.advance(&r.Load, r.Clock.Now())
	}
	return r.report(work, e, at, t)
}

func (r *run) stop(e *endpoint) {
	e.kind = rfc2866.AcctStatusType_Value_Stop
	e.advance(&r.Load, r.Clock.Now())
}

func (r *run) ask(work context.Context, e *endpoint, at time.Duration, t *tally) (client.Answer, bool) {
	answer, err := r.auth.Exchange(work, client.Access(e.session))
	if err != nil {
		t.lose(err)
		return answer, false
	}
	r.answering.Store(true)
	t.latency[access].note(r.pace.now() - at)
	if answer.Code != radius.CodeAccessAccept {
		t.rejected.Add(1)
		r.mu.Lock()
		r.refusal = answer.Reason
		r.mu.Unlock()
	}
	return answer, true
}

// report sends the endpoint's last report, for the first time or again.
func (r *run) report(work context.Context, e *endpoint, at time.Duration, t *tally) bool {
	if e.state != unanswered {
		e.usage.At = r.Clock.Now()
	}
	t.sent.Add(1)
	if _, err := r.acct.Exchange(work, client.Accounting(e.kind, e.session, e.usage)); err != nil {
		e.state = unanswered
		t.lose(err)
		return false
	}
	now := r.pace.now()
	t.latency[kindOf(e.kind)].note(now - at)
	t.answered.Add(1)
	if !r.pace.over(now) {
		t.inTime.Add(1)
	}
	r.answering.Store(true)
	e.acked, e.state = e.usage, open
	if e.kind == rfc2866.AcctStatusType_Value_Stop {
		e.state = closed
		if r.Account {
			r.mu.Lock()
			r.sessions = append(r.sessions, e.counters())
			r.mu.Unlock()
		}
	}
	return true
}

// lose counts a request without an answer. One that the end of the run cut off is not lost.
func (t *tally) lose(err error) {
	if errors.Is(err, client.ErrNoAnswer) {
		t.lost.Add(1)
	}
}
