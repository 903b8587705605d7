package stream

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// place is where a stream stands in its organisation's log: behind the row with this position.
type place struct{ day, position int64 }

// cursor is how far a stream's destination has confirmed its organisation's log.
type cursor struct {
	day, position int64
	delivered     int64
	retried       int64
	lost          int64
	lastSuccess   int64
	history       int64 // last position of the history that was asked for: until there nothing is too old
	fence         int64 // rises when somebody else moves the cursor: who has an older one may not
	lastError     string
	lastErrorAt   int64
}

const cursorColumns = `recorded_day, position, delivered, retried, lost, last_success_at, history, fence, last_error, last_error_at`

func scanCursor(r *db.Row) cursor {
	return cursor{r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Text(), r.Int()}
}

func readCursor(q db.Queryer, organisation, stream int64) (cursor, error) {
	return db.One(q, scanCursor, `SELECT `+cursorColumns+` FROM stream_cursor WHERE organisation_id = $1 AND stream_id = $2`, organisation, stream)
}

func everyCursor(q db.Queryer, into map[int64]cursor) error {
	return q.Each(func(r *db.Row) {
		id := r.Int()
		into[id] = scanCursor(r)
	}, `SELECT stream_id, `+cursorColumns+` FROM stream_cursor`)
}

// Only a cursor that exists and that nobody else has moved is stored: a deleted stream's is not made again.
var moveCursors = db.NewUpdate("stream_cursor", "organisation_id bigint, stream_id bigint, fence bigint",
	`recorded_day bigint, position bigint, delivered bigint, retried bigint, lost bigint, last_success_at bigint, last_error text,
	last_error_at bigint`)

// place is where the next read begins.
func (r *runner) place() place {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	return place{r.cursor.day, r.cursor.position}
}

const unstored = 1000 // positions that a cursor may move over rows that are not for the stream before it is stored

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
	if delivered > 0 || to.position-r.stored >= unstored {
		e.dirty[r] = true
	}
}

const flushed = 64 // organisations whose heads one transaction holds to store cursors

type moved struct {
	runner *runner
	cursor cursor
}

// flush stores the cursors that moved. When it returns they are stored, whichever flush took them.
func (e *Engine) flush(ctx context.Context) {
	e.flushing.Lock()
	defer e.flushing.Unlock()
	e.mu.Lock()
	if len(e.dirty) == 0 {
		e.mu.Unlock()
		return
	}
	all := make([]moved, 0, len(e.dirty))
	for r := range e.dirty {
		all = append(all, moved{r, r.cursor})
	}
	clear(e.dirty)
	e.mu.Unlock()
	slices.SortFunc(all, func(a, b moved) int { return cmp.Compare(a.runner.stream.Organisation, b.runner.stream.Organisation) })
	for len(all) > 0 {
		n := 1
		for heads := 1; n < len(all); n++ {
			if all[n].runner.stream.Organisation != all[n-1].runner.stream.Organisation {
				if heads++; heads > flushed {
					break
				}
			}
		}
		e.store(ctx, all[:n])
		all = all[n:]
	}
}

func (e *Engine) store(ctx context.Context, some []moved) {
	var heads []int64
	for _, m := range some {
		heads = append(heads, m.runner.stream.Organisation)
	}
	err := e.DB.Write(ctx, heads, func(tx *db.Tx) error {
		rows := moveCursors.New()
		for _, m := range some {
			c := m.cursor
			rows.Int(m.runner.stream.Organisation, m.runner.stream.ID, c.fence, c.day, c.position, c.delivered, c.retried, c.lost, c.lastSuccess).
				Text(c.lastError).Int(c.lastErrorAt)
		}
		return tx.Insert(rows)
	})
	if err != nil && ctx.Err() == nil {
		e.Log.Error("cursors could not be stored; they are tried again", "error", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, m := range some {
		if err != nil {
			e.dirty[m.runner] = true
		} else {
			m.runner.stored = m.cursor.position
		}
	}
}

// pass moves a cursor over what is older than the backlog that is kept, and counts what is lost.
func (r *runner) pass(q db.Queryer, from place) (place, error) {
	e := r.engine
	oldest := clock.DayNumber(e.Clock.Micros()) - Backlog
	e.mu.Lock()
	old := from.day < oldest && from.position >= r.cursor.history && from.position == r.cursor.position // not when it reads ahead
	today, last := r.log.day, r.log.position
	e.mu.Unlock()
	if !old {
		return from, nil
	}
	lost, err := r.stream.count(q, r.filter, from, place{oldest - 1, last})
	if err != nil {
		return from, err
	}
	next := place{oldest, from.position}
	kept, err := firstRow(q, r.stream, place{oldest - 1, last}, today)
	switch {
	case err == nil:
		next.position = max(from.position, kept.position-1)
	case !errors.Is(err, db.ErrNone):
		return from, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r.cursor.lost += lost
	r.cursor.day, r.cursor.position = next.day, next.position
	e.dirty[r] = true
	return next, nil
}
