package stream

import (
	"errors"

	"github.com/simstead/simstead/internal/db"
)

// The log is asked by day and position, in ranges of its key: where both may vary, SQLite would begin each time at the first
// row of the first day.

// count counts a stream's records behind one place, up to the position of another, which is of no later day than that
// place's.
func (s *Stream) count(q db.Queryer, filter Filter, from, to place) (n int64, err error) {
	for {
		rows, err := s.countRows(q, filter, `recorded_day = $2 AND position > $3 AND position <= $4`, from.day, from.position, to.position)
		if err != nil {
			return 0, err
		}
		n += rows
		if from.day >= to.day {
			return n, nil
		}
		next, err := firstRow(q, s, place{from.day, to.position}, to.day)
		if errors.Is(err, db.ErrNone) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		if next.position > to.position {
			return n, nil
		}
		from.day = next.day
	}
}

func (s *Stream) countRows(q db.Queryer, filter Filter, where string, args ...any) (n int64, err error) {
	where, args = ` WHERE organisation_id = $1 AND `+where, append([]any{s.Organisation}, args...)
	for _, table := range s.tables() {
		if table == "event" && len(filter) > 0 {
			err = q.Each(func(row *db.Row) {
				if kind, alert, rows := row.Int(), row.Bool(), row.Int(); filter.Passes(kind, alert) {
					n += rows
				}
			}, `SELECT type_id, alert, COUNT(*) FROM event`+where+` GROUP BY type_id, alert`, args...)
		} else {
			var rows int64
			rows, err = db.One(q, db.Int, `SELECT COUNT(*) FROM `+table+where, args...)
			n += rows
		}
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}

// row is where a row stands and when what it tells happened.
type row struct {
	place
	at int64 // µs
}

// firstRow finds the first row of a stream's tables behind a place, up to a day, whatever its filter; db.ErrNone when there is
// none.
func firstRow(q db.Queryer, s *Stream, from place, last int64) (best row, err error) {
	err = db.ErrNone
	for _, table := range s.tables() {
		for _, where := range []struct {
			text string
			args []any
		}{
			{`recorded_day = $2 AND position > $3`, []any{from.day, from.position}},
			{`recorded_day > $2 AND recorded_day <= $3`, []any{from.day, last}},
		} {
			found, problem := db.One(q, func(r *db.Row) row { return row{place{r.Int(), r.Int()}, r.Int()} },
				`SELECT recorded_day, position, `+happened[table]+` FROM `+table+` WHERE organisation_id = $1 AND `+where.text+`
				ORDER BY recorded_day, position LIMIT 1`, append([]any{s.Organisation}, where.args...)...)
			if errors.Is(problem, db.ErrNone) {
				continue
			}
			if problem != nil {
				return row{}, problem
			}
			if err != nil || found.position < best.position {
				best, err = found, nil
			}
			break
		}
	}
	return best, err
}

// happened are the columns that say when.
var happened = map[string]string{"usage_record": "end_at", "event": "occurred_at"}
