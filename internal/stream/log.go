package stream

import (
	"context"

	"github.com/simstead/simstead/internal/db"
)

// log is what the engine knows of an organisation's log, and who listens to it. Everything is under the engine's mutex.
type log struct {
	position, day int64 // of the last row that is known to be there
	streams       map[int64]*runner
	resting       []*runner // who wants to hear of more
}

// logOf returns an organisation's log. Under the engine's mutex.
func (e *Engine) logOf(organisation int64) *log {
	l := e.logs[organisation]
	if l == nil {
		l = &log{streams: map[int64]*runner{}}
		e.logs[organisation] = l
	}
	return l
}

// hear takes in the heads that a commit moved.
func (e *Engine) hear(heads []db.Head) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, h := range heads {
		if l := e.logs[h.Organisation]; l != nil {
			l.grow(h.Position, h.RecordedDay)
		}
	}
}

// look asks how far the logs have grown: other processes write too, and nobody tells of their commits.
func (e *Engine) look(ctx context.Context) error {
	var heads []db.Head
	err := e.DB.Read(ctx, func(q db.Queryer) (err error) {
		heads, err = db.All(q, func(r *db.Row) db.Head {
			return db.Head{Organisation: r.Int(), Position: r.Int(), RecordedDay: r.Int()}
		}, `SELECT organisation_id, position, recorded_day FROM organisation_head`)
		return err
	})
	if err == nil {
		e.hear(heads)
	}
	return err
}

// grow wakes the streams that rest when there is more than they have seen.
func (l *log) grow(position, day int64) {
	if position <= l.position {
		return
	}
	l.position, l.day = position, day
	for i := 0; i < len(l.resting); {
		if r := l.resting[i]; !r.listen() {
			i++ // it stays
		}
	}
}

// rest adds a stream to those that listen.
func (l *log) rest(r *runner) {
	if r.seat < 0 {
		r.seat = len(l.resting)
		l.resting = append(l.resting, r)
	}
}

// rise takes a stream away from those that listen.
func (l *log) rise(r *runner) {
	if r.seat < 0 {
		return
	}
	last := l.resting[len(l.resting)-1]
	l.resting[r.seat], last.seat = last, r.seat
	l.resting = l.resting[:len(l.resting)-1]
	r.seat = -1
}
