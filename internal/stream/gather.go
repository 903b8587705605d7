package stream

import (
	"context"
	"time"

	"github.com/simstead/simstead/internal/db"
)

// gather is listen for a destination that wants many records at once: the stream gets up when so many may be there or when
// the first of them has waited long enough. Under the engine's mutex.
func (r *runner) gather() bool {
	if r.until.IsZero() {
		r.until = time.Now().Add(r.pace.Gather)
		r.counted, r.countTo = 0, r.cursor.position
	}
	if r.log.position-r.countTo >= int64(r.pace.Most)-r.counted || !time.Now().Before(r.until) {
		r.queue()
		return true
	}
	if r.state != gathering {
		r.later(gathering, time.Until(r.until))
		r.log.rest(r)
	}
	return false
}

// enough says whether a stream that gathers shall deliver now. Positions count rows that it does not carry as well, so when
// they suffice the records are counted, only those that were not counted before.
func (r *runner) enough(ctx context.Context) (bool, error) {
	e := r.engine
	e.mu.Lock()
	if r.pace.Gather == 0 || !r.confirmed || r.tries > 0 || !time.Now().Before(r.until) {
		e.mu.Unlock()
		return true, nil
	}
	at, counted := place{r.cursor.day, r.countTo}, r.counted
	to := place{r.log.day, r.log.position}
	e.mu.Unlock()
	for counted < int64(r.pace.Most) && at.position < to.position {
		until := min(at.position+max(int64(r.pace.Most)-counted, chunk), to.position) // no more of a long backlog than is needed
		err := e.DB.ReadByKey(ctx, func(q db.Queryer) error {
			n, err := r.stream.count(q, r.filter, at, place{to.day, until})
			counted += n
			return err
		})
		if err != nil {
			return false, err
		}
		at.position = until
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r.counted, r.countTo = counted, at.position
	if counted == 0 { // nothing waits
		r.until = time.Time{}
		r.cursor.position, r.cursor.day = max(r.cursor.position, r.countTo), r.log.day
	}
	return counted >= int64(r.pace.Most), nil
}

// gathered begins anew after a delivery: what is left was recorded after its log was read.
func (r *runner) gathered(read time.Time) {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	if r.until = read.Add(r.pace.Gather); r.log.position <= r.cursor.position {
		r.until = time.Time{}
	}
	r.counted, r.countTo = 0, r.cursor.position
}
