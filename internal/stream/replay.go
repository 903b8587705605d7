package stream

import (
	"context"
	"errors"
	"math"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// Replay is where a stream shall begin again: at the first record from a time on, or behind a position of the log.
type Replay struct {
	Time     int64 // µs; 0 when the position counts
	Position int64
}

// Replay moves a stream's cursor back, so that it delivers again what was recorded since. It goes back no further than the
// backlog is kept, and never forward. It returns the position that delivery goes on behind. A stream that the organisation
// does not have is a *fault.Error, Missing; a place that is not behind the cursor NotAllowed.
func (e *Engine) Replay(ctx context.Context, organisation, id int64, from Replay) (position int64, err error) {
	err = e.change(organisation, id, func() error {
		var s *Stream
		var to place
		err := e.DB.ReadByKey(ctx, func(q db.Queryer) (err error) {
			if s, err = e.Get(q, organisation, id); err == nil {
				to, err = e.find(q, s, from)
			}
			return err
		})
		if err != nil {
			return err
		}
		return e.DB.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
			c, err := readCursor(tx, organisation, id)
			if errors.Is(err, db.ErrNone) {
				return fault.Missing("data stream", id)
			}
			if err != nil {
				return err
			}
			if to.position >= c.position {
				return fault.New(fault.NotAllowed, "DataStream - there is nothing to replay: everything from there on is still to be delivered")
			}
			position = to.position
			_, err = tx.Exec(`UPDATE stream_cursor SET recorded_day = $1, position = $2, fence = fence + 1
				WHERE organisation_id = $3 AND stream_id = $4`, to.day, to.position, organisation, id)
			return err
		})
	})
	return position, err
}

// find turns a time or position into a place that is not older than the backlog.
func (e *Engine) find(q db.Queryer, s *Stream, from Replay) (place, error) {
	head, err := db.One(q, func(r *db.Row) place { return place{r.Int(), r.Int()} },
		`SELECT recorded_day, position FROM organisation_head WHERE organisation_id = $1`, s.Organisation)
	if err != nil {
		return place{}, err
	}
	oldest := clock.DayNumber(e.Clock.Micros()) - Backlog
	var at row
	if from.Time > 0 {
		at, err = sinceTime(q, s, max(oldest, clock.DayNumber(from.Time)), from.Time)
	} else {
		at, err = behind(q, s, oldest, from.Position, head.day)
	}
	if errors.Is(err, db.ErrNone) {
		return head, nil
	}
	return place{at.day, at.position - 1}, err
}

// behind finds the first row behind a position, from a day on. The rows of a day have no positions of another.
func behind(q db.Queryer, s *Stream, day, position, last int64) (row, error) {
	for {
		next, err := firstRow(q, s, place{day - 1, math.MaxInt64}, last) // of the day, or of the next one that has any
		if err != nil || next.position > position {
			return next, err
		}
		found, err := firstRow(q, s, place{next.day, position}, next.day)
		if !errors.Is(err, db.ErrNone) {
			return found, err
		}
		day = next.day + 1
	}
}

// sinceTime finds the first row that tells of a time or later, from a day on.
func sinceTime(q db.Queryer, s *Stream, day, time int64) (best row, err error) {
	err = db.ErrNone
	for _, table := range s.tables() {
		found, problem := db.One(q, func(r *db.Row) row { return row{place{r.Int(), r.Int()}, r.Int()} },
			`SELECT recorded_day, position, `+happened[table]+` FROM `+table+` WHERE organisation_id = $1 AND recorded_day >= $2 AND `+happened[table]+` >= $3
			ORDER BY recorded_day, position LIMIT 1`, s.Organisation, day, time)
		switch {
		case errors.Is(problem, db.ErrNone):
		case problem != nil:
			return row{}, problem
		case err != nil || found.position < best.position:
			best, err = found, nil
		}
	}
	return best, err
}
