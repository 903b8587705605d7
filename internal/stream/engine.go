package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/tariff"
)

// Settings of delivery.
type Settings struct {
	FirstWithin time.Duration // how long the first delivery after a start may take
	FirstTries  int           // and how often it is tried
	RetryFor    time.Duration // how long a destination that worked may be away
	Pause       time.Duration // first pause after a failure; they grow to a minute
	CursorEvery time.Duration // how often cursors are stored
}

// DefaultSettings put a stream that never worked into its error state within 15 seconds.
func DefaultSettings() Settings {
	return Settings{FirstWithin: 3 * time.Second, FirstTries: 3, RetryFor: 30 * time.Minute, Pause: time.Second, CursorEvery: 100 * time.Millisecond}
}

// Engine runs every stream of the installation.
type Engine struct {
	DB           *db.DB
	Clock        clock.Clock
	Log          *slog.Logger
	Settings     Settings
	Destinations map[string]Destination // by connection type
	Catalogue    func() *tariff.Catalogue
	Observe      func(confirmed int, took time.Duration, err error) // told of every attempt

	mu      sync.Mutex
	byOrg   map[int64]map[int64]*runner // streams by organisation and id
	dirty   map[*runner]bool            // cursors to be stored
	started map[int64]int64             // when each stream was last started, µs
	ctx     context.Context
	group   sync.WaitGroup
}

// Start loads the streams and delivers until ctx ends. Done waits for the end.
func (e *Engine) Start(ctx context.Context) error {
	e.ctx = ctx
	e.byOrg, e.dirty, e.started = map[int64]map[int64]*runner{}, map[*runner]bool{}, map[int64]int64{}
	e.DB.Watch(e.wakeAll)
	var streams []*Stream
	err := e.DB.Read(ctx, func(q db.Queryer) (err error) { streams, err = everyone(q); return err })
	if err != nil {
		return fmt.Errorf("load data streams: %w", err)
	}
	for _, s := range streams {
		if err := e.launch(s); err != nil {
			return err
		}
	}
	e.group.Go(func() { e.flushLoop(ctx) })
	return nil
}

// Done waits until nothing is delivered any more and every cursor is stored; call it after the context of Start ended.
func (e *Engine) Done() {
	e.group.Wait()
	e.flush(context.Background())
}

// wakeAll hears of every commit and wakes the streams of organisations whose log grew.
func (e *Engine) wakeAll(heads []db.Head) {
	for _, h := range heads {
		e.mu.Lock()
		var wake []*runner
		for _, r := range e.byOrg[h.Organisation] {
			if h.Position > r.cursor.position {
				wake = append(wake, r)
			}
		}
		e.mu.Unlock()
		for _, r := range wake {
			r.wake()
		}
	}
}

// Reload takes over what the API changed about a stream: its settings, its status or its end.
func (e *Engine) Reload(organisation, id int64) error {
	e.mu.Lock()
	old := e.byOrg[organisation][id]
	e.mu.Unlock()
	if old != nil {
		old.cancel()
		e.flush(e.ctx)
	}
	var s *Stream
	err := e.DB.Read(e.ctx, func(q db.Queryer) (err error) { s, err = Get(q, organisation, id); return err })
	if err != nil {
		e.mu.Lock()
		delete(e.byOrg[organisation], id)
		e.mu.Unlock()
		return nil //nolint:nilerr // deleted
	}
	return e.launch(s)
}

// launch makes the runner of a stream and lets it look at the log.
func (e *Engine) launch(s *Stream) error {
	r := &runner{engine: e, stream: s, confirmed: s.Confirmed}
	r.ctx, r.cancel = context.WithCancel(e.ctx)
	err := e.DB.Read(e.ctx, func(q db.Queryer) (err error) { r.cursor, err = e.cursorOf(q, s); return err })
	if err != nil {
		return fmt.Errorf("cursor of data stream %d: %w", s.ID, err)
	}
	e.mu.Lock()
	if e.byOrg[s.Organisation] == nil {
		e.byOrg[s.Organisation] = map[int64]*runner{}
	}
	if s.Status != Running && s.Status != Pending {
		delete(e.byOrg[s.Organisation], s.ID)
		e.mu.Unlock()
		return nil
	}
	e.byOrg[s.Organisation][s.ID] = r
	e.started[s.ID] = e.Clock.Micros()
	e.mu.Unlock()

	destination := e.Destinations[s.ConnectionType]
	if destination == nil {
		r.fail(Permanent("connection type "+s.ConnectionType+" is not supported", nil))
		return nil
	}
	r.filter, _ = ParseFilter(s.Filters)
	r.encoding = destination.Encoding(s.Generation)
	pace := destination.Pace(s.Credentials)
	r.limit, r.first = max(pace.Most, 200), pace.Most
	if r.sink, err = destination.Open(s); err != nil {
		r.fail(err)
		return nil
	}
	context.AfterFunc(r.ctx, r.close)
	r.wake()
	return nil
}

// close frees the sink unless it is in use: then the run that uses it does.
func (r *runner) close() {
	r.engine.mu.Lock()
	closing := !r.running && !r.closed
	r.closed = r.closed || closing
	r.engine.mu.Unlock()
	if closing {
		r.sink.Close()
	}
}

// cursorOf reads a stream's cursor; what it has missed for longer than the backlog is kept is passed over and counted.
func (e *Engine) cursorOf(q db.Queryer, s *Stream) (cursor, error) {
	c, err := readCursor(q, s.Organisation, s.ID)
	oldest := clock.DayNumber(e.Clock.Micros()) - Backlog
	if err != nil || c.day >= oldest || c.position < c.history {
		return c, err
	}
	table := map[int64]string{UsageStream: "usage_record", EventStream: "event"}[s.Type]
	lost, err := db.One(q, db.Int, `SELECT COUNT(*) FROM `+table+` WHERE organisation_id = $1 AND recorded_day >= $2
		AND recorded_day < $3 AND (recorded_day, position) > ($4, $5)`, s.Organisation, c.day, oldest, c.day, c.position)
	if err != nil {
		return c, err
	}
	first, err := db.One(q, db.Int, `SELECT position FROM `+table+` WHERE organisation_id = $1 AND recorded_day >= $2
		ORDER BY recorded_day, position LIMIT 1`, s.Organisation, oldest)
	if errors.Is(err, db.ErrNone) {
		first, err = c.position+1, nil
	}
	c.lost += lost
	c.day, c.position = oldest, max(c.position, first-1)
	return c, err
}

// setStatus records a status that delivery itself caused.
func (e *Engine) setStatus(r *runner, status int64, text string) {
	s := r.stream
	err := e.DB.Write(context.WithoutCancel(e.ctx), []int64{s.Organisation}, func(tx *db.Tx) error {
		return setStatus(tx, s.Organisation, s.ID, s.Status, status, text, r.confirmed && status == Running)
	})
	if err != nil {
		e.Log.Error("status of a data stream could not be stored", "stream", s.ID, "error", err)
	}
	s.Status = status
	if status == Broken {
		e.mu.Lock()
		if e.byOrg[s.Organisation][s.ID] == r {
			delete(e.byOrg[s.Organisation], s.ID)
		}
		e.mu.Unlock()
	}
}

func (e *Engine) flushLoop(ctx context.Context) {
	tick := time.NewTicker(e.Settings.CursorEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.flush(ctx)
		}
	}
}

// flush stores the cursors that moved, all in one transaction.
func (e *Engine) flush(ctx context.Context) {
	e.mu.Lock()
	moved := make(map[*runner]cursor, len(e.dirty))
	for r := range e.dirty {
		moved[r] = r.cursor
	}
	clear(e.dirty)
	e.mu.Unlock()
	if len(moved) == 0 {
		return
	}
	heads := make([]int64, 0, len(moved))
	for r := range moved {
		heads = append(heads, r.stream.Organisation)
	}
	err := e.DB.Write(ctx, heads, func(tx *db.Tx) error {
		for r, c := range moved {
			if _, err := tx.Exec(moveCursor, c.day, c.position, c.delivered, c.retried, c.lost, c.lastSuccess,
				r.stream.Organisation, r.stream.ID, c.position); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return
	}
	if ctx.Err() == nil {
		e.Log.Error("cursors could not be stored; they are tried again", "error", err)
	}
	e.mu.Lock()
	for r := range moved {
		e.dirty[r] = true
	}
	e.mu.Unlock()
}
