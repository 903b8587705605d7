package stream

import (
	"context"
	"errors"
	"time"

	"github.com/simstead/simstead/internal/db"
)

// deliver moves a stream forward by one batch: read the log from the cursor, encode, send, commit the cursor. It returns
// whether there may be more.
func (r *runner) deliver(ctx context.Context) (more bool, err error) {
	b, err := r.read(ctx)
	if err != nil {
		return false, err
	}
	if len(b.records) > 0 {
		confirmed, err := r.send(ctx, b.records)
		if confirmed > 0 {
			r.advance(b.places[confirmed-1], confirmed)
		}
		if err != nil || confirmed < len(b.records) {
			return err == nil, err // a first delivery is short: the rest of what was read follows
		}
	}
	if b.rows > 0 {
		r.advance(b.end, 0)
	}
	return b.rows == r.limit, nil
}

func (r *runner) read(ctx context.Context) (b batch, err error) {
	e := r.engine
	e.mu.Lock()
	from := place{r.cursor.day, r.cursor.position}
	e.mu.Unlock()
	err = e.DB.ReadByKey(ctx, func(q db.Queryer) error {
		b, err = r.readLog(q, from)
		return err
	})
	return b, err
}

// send gives the first delivery after a start less time: a stream that never worked should say so soon.
func (r *runner) send(ctx context.Context, records []Record) (confirmed int, err error) {
	if !r.confirmed {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.engine.Settings.FirstWithin, errFirst)
		defer cancel()
		if len(records) > r.first {
			records = records[:r.first]
		}
	}
	began := r.engine.Clock.Micros()
	confirmed, err = r.sink.Send(ctx, records)
	if err != nil && errors.Is(context.Cause(ctx), errFirst) {
		err = Retry("the destination did not answer in time", 0, err)
	}
	r.engine.Observe(confirmed, time.Duration(r.engine.Clock.Micros()-began)*time.Microsecond, err)
	if err == nil && confirmed < len(records) {
		err = Retry("the destination did not confirm every record", 0, nil)
	}
	return confirmed, err
}

var errFirst = errors.New("first delivery took too long")

// advance moves the cursor over what is confirmed. The engine stores it within a tenth of a second.
func (r *runner) advance(to place, delivered int) {
	e := r.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	r.cursor.day, r.cursor.position = to.day, to.position
	if delivered > 0 {
		r.cursor.delivered += int64(delivered)
		r.cursor.lastSuccess = e.Clock.Micros()
	}
	e.dirty[r] = true
}
