package stream

import (
	"context"
	"errors"

	"github.com/simstead/simstead/internal/db"
)

// revision names a stream as it was stored at a time.
type revision struct{ organisation, stream, number int64 }

// notice takes over what other processes did about streams: tools make and migrate them beside a running engine.
func (e *Engine) notice(ctx context.Context) error {
	var now []revision
	err := e.DB.Read(ctx, func(q db.Queryer) (err error) {
		now, err = db.All(q, func(r *db.Row) revision { return revision{r.Int(), r.Int(), r.Int()} }, `SELECT organisation_id, id, revision FROM data_stream`)
		return err
	})
	if err != nil {
		return err
	}
	var changed []revision
	e.mu.Lock()
	gone := make(map[int64]revision, 0)
	for id, r := range e.known {
		gone[id] = r
	}
	for _, r := range now {
		if e.known[r.stream] != r {
			changed = append(changed, r)
		}
		delete(gone, r.stream)
	}
	e.mu.Unlock()
	for _, r := range gone {
		changed = append(changed, r)
	}
	var failed error
	for _, r := range changed {
		failed = errors.Join(failed, e.Reload(r.organisation, r.stream))
	}
	return failed
}

// knows notes which revision of a stream runs; nil that the stream is gone. Under the engine's mutex.
func (e *Engine) knows(id int64, s *Stream) {
	if s == nil {
		delete(e.known, id)
		return
	}
	e.known[id] = revision{s.Organisation, s.ID, s.Revision}
}
