package stream

import (
	"context"
	"errors"

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
	oldest := clock.DayNumber(e.Clock.Micros()) - Backlog
	day := max(oldest, clock.DayNumber(from.Time))
	best := place{-1, 0}
	for _, table := range s.tables() {
		condition, arg := `position > $3`, from.Position
		switch {
		case from.Time > 0 && table == "event":
			condition, arg = `occurred_at >= $3`, from.Time
		case from.Time > 0:
			condition, arg = `end_at >= $3`, from.Time
		}
		at, err := db.One(q, func(r *db.Row) place { return place{r.Int(), r.Int() - 1} }, `SELECT recorded_day, position FROM `+table+`
			WHERE organisation_id = $1 AND recorded_day >= $2 AND `+condition+` ORDER BY recorded_day, position LIMIT 1`, s.Organisation, day, arg)
		switch {
		case errors.Is(err, db.ErrNone):
		case err != nil:
			return place{}, err
		case best.day < 0 || at.position < best.position:
			best = at
		}
	}
	if best.day >= 0 {
		return best, nil
	}
	return db.One(q, func(r *db.Row) place { return place{r.Int(), r.Int()} },
		`SELECT recorded_day, position FROM organisation_head WHERE organisation_id = $1`, s.Organisation)
}
