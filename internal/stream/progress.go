package stream

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Progress is how a running stream is doing, for metrics.
type Progress struct {
	Organisation, Stream int64
	Rows                 int64 // of the log that it has not looked at or delivered yet, also such as it does not carry
	Seconds              int64 // how long ago the oldest record of them was recorded; 0 when there is none, or it was not looked at
	LastSuccess          int64 // when the destination last accepted something, in µs; 0 = never
	Delivered, Retried   int64 // records that it accepted, attempts that failed

	stream   *Stream
	from, to place
}

const aged = 200 // streams of which Progress finds out the age of what waits: those that are furthest behind

// Progress tells how every running stream is doing.
func (e *Engine) Progress(ctx context.Context) ([]Progress, error) {
	out := e.running()
	slices.SortFunc(out, func(a, b Progress) int { return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Stream, b.Stream)) })
	now := e.Clock.Micros()
	err := e.DB.Read(ctx, func(q db.Queryer) error {
		for i := range out[:min(aged, len(out))] {
			p := &out[i]
			if p.Rows == 0 {
				return nil
			}
			oldest, err := firstRow(q, p.stream, p.from, p.to.day)
			if errors.Is(err, db.ErrNone) {
				continue
			}
			if err != nil {
				return err
			}
			p.Seconds = max(now-oldest.at, 0) / clock.Second
		}
		return nil
	})
	return out, err
}

func (e *Engine) running() []Progress {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []Progress
	for organisation, l := range e.logs {
		for id, r := range l.streams {
			c := r.cursor
			out = append(out, Progress{
				Organisation: organisation, Stream: id, Rows: max(l.position-c.position, 0),
				LastSuccess: c.lastSuccess, Delivered: c.delivered, Retried: c.retried,
				stream: r.stream, from: place{c.day, c.position}, to: place{l.day, l.position},
			})
		}
	}
	return out
}

// Count tells how many streams there are in each status, by its name.
func (e *Engine) Count(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	for _, s := range Statuses() {
		out[s.Description] = 0
	}
	err := e.DB.Read(ctx, func(q db.Queryer) error {
		return q.Each(func(r *db.Row) { out[described(Statuses(), r.Int()).Description] = r.Int() },
			`SELECT status_id, COUNT(*) FROM data_stream GROUP BY status_id`)
	})
	return out, err
}
