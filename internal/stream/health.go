package stream

import (
	"context"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

// Health says how a stream is doing, as the API shows it.
type Health struct {
	Status      value.Described   `json:"status"`
	LagRecords  int64             `json:"lag_records" doc:"Records that wait to be delivered; beyond 100,000 rows of the log an estimate."`
	LagSeconds  int64             `json:"lag_seconds" doc:"How long ago the oldest of them was recorded; 0 when nothing waits."`
	LastSuccess *value.EntityTime `json:"last_success" doc:"When the destination last accepted something; null = never."`
	LastError   *string           `json:"last_error" doc:"What the last attempt that failed said; null = none did."`
	LastErrorAt *value.EntityTime `json:"last_error_at"`
	Delivered   int64             `json:"delivered" doc:"Records that the destination accepted, with repeats."`
	Retried     int64             `json:"retried" doc:"Attempts that failed."`
	Lost        int64             `json:"lost" doc:"Records passed over because they were older than the backlog that is kept."`
	Position    int64             `json:"position" doc:"Of the last row of the log that is done with."`
}

const counted = 100_000 // rows of the log that Health counts exactly

// Health tells how a stream of an organisation is doing, running or not. A stream that the organisation does not have is a
// *fault.Error, Missing.
func (e *Engine) Health(ctx context.Context, organisation, id int64) (Health, error) {
	var h Health
	err := e.DB.ReadByKey(ctx, func(q db.Queryer) error {
		s, err := e.Get(q, organisation, id)
		if err != nil {
			return err
		}
		c, err := e.cursorNow(q, s)
		if err != nil {
			return err
		}
		h = health(s, c)
		head, err := db.One(q, func(r *db.Row) place { return place{r.Int(), r.Int()} },
			`SELECT recorded_day, position FROM organisation_head WHERE organisation_id = $1`, organisation)
		if err != nil || head.position <= c.position {
			return err
		}
		return e.lag(q, s, c, head, &h)
	})
	return h, err
}

// cursorNow is the cursor as the running stream knows it, else as it is stored.
func (e *Engine) cursorNow(q db.Queryer, s *Stream) (cursor, error) {
	e.mu.Lock()
	if l := e.logs[s.Organisation]; l != nil {
		if r := l.streams[s.ID]; r != nil {
			defer e.mu.Unlock()
			return r.cursor, nil
		}
	}
	e.mu.Unlock()
	return readCursor(q, s.Organisation, s.ID)
}

func health(s *Stream, c cursor) Health {
	h := Health{Status: described(Statuses(), s.Status), Delivered: c.delivered, Retried: c.retried, Lost: c.lost, Position: c.position}
	if at := value.EntityTime(c.lastSuccess); at > 0 {
		h.LastSuccess = &at
	}
	if at := value.EntityTime(c.lastErrorAt); at > 0 {
		h.LastError, h.LastErrorAt = &c.lastError, &at
	}
	return h
}

// lag counts what waits, and finds the age of the oldest.
func (e *Engine) lag(q db.Queryer, s *Stream, c cursor, head place, h *Health) error {
	filter, _ := ParseFilter(s.Filters)
	from, waiting := place{c.day, c.position}, head.position-c.position
	window := min(waiting, counted)
	n, err := s.count(q, filter, from, place{head.day, c.position + window})
	if err != nil {
		return err
	}
	if h.LagRecords = n + n*((waiting-window)/window); h.LagRecords == 0 {
		return nil
	}
	oldest, err := firstRow(q, s, from, head.day)
	if err == nil {
		h.LagSeconds = max(e.Clock.Micros()-oldest.at, 0) / clock.Second
	}
	return err
}
