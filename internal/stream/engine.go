package stream

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/tariff"
)

// Settings of delivery.
type Settings struct {
	FirstWithin time.Duration // how long the first delivery after a start may take
	FirstTries  int           // and how often it is tried
	RetryFor    time.Duration // how long a destination that worked may be away
	Pause       time.Duration // first pause after a failure; they grow to a minute
	CursorEvery time.Duration // how often cursors are stored
	LookEvery   time.Duration // how often the log is asked for what other processes wrote
	SinkIdle    time.Duration // a sink that nobody used for so long is closed
	Memory      int64         // bytes of encoded records in memory, about
	Reads       int           // streams that read the log at the same time
}

// DefaultSettings put a stream that never worked into its error state within 15 seconds.
func DefaultSettings() Settings {
	return Settings{
		FirstWithin: 3 * time.Second, FirstTries: 3, RetryFor: 30 * time.Minute, Pause: time.Second, CursorEvery: 100 * time.Millisecond,
		LookEvery: 5 * time.Second, SinkIdle: 2 * time.Minute, Memory: 64 << 20, Reads: 3,
	}
}

// Engine runs every stream of the installation. An idle stream is a few hundred bytes: it has no goroutine, no timer and no
// connection. It gets a goroutine when its log grows, one of a few that may read the log at a time, and has it until its
// destination has taken everything or has failed.
type Engine struct {
	Store
	DB           *db.DB
	Clock        clock.Clock
	Log          *slog.Logger
	Settings     Settings
	Destinations map[string]Destination // by connection type
	Catalogue    func() *tariff.Catalogue
	Observe      func(connectionType string, a Attempt) // told of every attempt; may be nil

	mu       sync.Mutex
	logs     map[int64]*log       // by organisation
	dirty    map[*runner]bool     // cursors to be stored
	flushing sync.Mutex           // one flush at a time; taken before mu
	open     map[*runner]struct{} // runners with a sink
	queue    []*runner            // woken, in order
	waiting  chan struct{}        // something is in the queue
	reads    chan struct{}        // who reads the log
	memory   *budget
	history  histories
	tested   map[int64]bool     // streams that are being tested
	known    map[int64]revision // of every stream, by id
	reload   [64]sync.Mutex     // by stream modulo their number: one change of a stream at a time
	ctx      context.Context
	group    sync.WaitGroup
}

// Start loads the streams and delivers until ctx ends. Done waits for the end.
func (e *Engine) Start(ctx context.Context) error {
	e.mu.Lock()
	e.ctx = ctx
	e.known = map[int64]revision{}
	e.logs, e.dirty, e.open = map[int64]*log{}, map[*runner]bool{}, map[*runner]struct{}{}
	e.waiting, e.reads, e.memory = make(chan struct{}, 1), make(chan struct{}, max(e.Settings.Reads, 1)), newBudget(e.Settings.Memory)
	e.mu.Unlock()
	if _, unreadable, err := e.Seal(ctx, e.DB); err != nil {
		return fmt.Errorf("seal the credentials of data streams: %w", err)
	} else if unreadable > 0 {
		e.Log.Error("credentials of data streams are sealed with a master key that is not there", "streams", unreadable)
	}
	var streams []*Stream
	cursors := map[int64]cursor{}
	err := e.DB.Read(ctx, func(q db.Queryer) (err error) {
		if streams, err = e.everyone(q); err != nil {
			return err
		}
		return everyCursor(q, cursors)
	})
	if err != nil {
		return fmt.Errorf("load data streams: %w", err)
	}
	e.DB.Watch(e.hear)
	for _, s := range streams {
		e.launch(s, cursors[s.ID])
	}
	if err := e.look(ctx); err != nil {
		return fmt.Errorf("load data streams: %w", err)
	}
	e.group.Go(func() { e.dispatch(ctx) })
	e.group.Go(func() { e.keep(ctx) })
	return nil
}

// Done waits until nothing is delivered any more and every cursor is stored; call it after the context of Start ended.
func (e *Engine) Done() {
	e.group.Wait()
	e.mu.Lock()
	var all []*runner
	for _, l := range e.logs {
		for _, r := range l.streams {
			all = append(all, r)
		}
	}
	e.mu.Unlock()
	for _, r := range all {
		<-r.stop()
	}
	e.flush(context.Background())
}

// Reload takes over what the API changed about a stream: its settings, its status or its end. It returns when nothing of
// before is delivered any more.
func (e *Engine) Reload(organisation, id int64) error {
	return e.change(organisation, id, func() error { return nil })
}

// change stops a stream, stores its cursor, lets fn do something about it and starts it as it is then.
func (e *Engine) change(organisation, id int64, fn func() error) error {
	lock := &e.reload[uint64(id)%uint64(len(e.reload))]
	lock.Lock()
	defer lock.Unlock()
	e.mu.Lock()
	if e.ctx == nil {
		e.mu.Unlock()
		return fmt.Errorf("the delivery of data streams has not begun")
	}
	ctx, old := e.ctx, e.logOf(organisation).streams[id]
	e.mu.Unlock()
	if old != nil {
		<-old.stop()
		e.flush(ctx)
	}
	failed := fn()
	var s *Stream
	var c cursor
	var head db.Head
	err := e.DB.Read(ctx, func(q db.Queryer) (err error) {
		if s, err = e.Get(q, organisation, id); fault.Is(err, fault.InvalidReference) {
			s = nil // deleted
			return nil
		}
		if err != nil {
			return err
		}
		if c, err = readCursor(q, organisation, id); err == nil {
			head, err = db.One(q, func(r *db.Row) db.Head {
				return db.Head{Organisation: organisation, Position: r.Int(), RecordedDay: r.Int()}
			}, `SELECT position, recorded_day FROM organisation_head WHERE organisation_id = $1`, organisation)
		}
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("start data stream %d: %w", id, err)
	case s == nil:
		e.mu.Lock()
		e.knows(id, nil)
		e.mu.Unlock()
		e.history.forget(id)
		return failed
	}
	e.launch(s, c)
	e.hear([]db.Head{head})
	return failed
}

// launch makes the runner of a stream that may deliver, and lets it look at the log.
func (e *Engine) launch(s *Stream, c cursor) {
	e.mu.Lock()
	e.knows(s.ID, s)
	e.mu.Unlock()
	if s.Status != Running && s.Status != Pending {
		return
	}
	r := &runner{engine: e, stream: s, confirmed: s.Confirmed, cursor: c, stored: c.position, seat: -1, done: make(chan struct{})}
	destination := e.Destinations[s.ConnectionType]
	if s.unreadable != nil {
		destination = nil
	}
	if destination != nil {
		r.filter, _ = ParseFilter(s.Filters)
		r.encoding = destination.Encoding(s.Generation)
		r.pace = destination.Pace(s.Credentials)
		r.pace.Most = max(r.pace.Most, 1)
	}
	e.mu.Lock()
	l := e.logOf(s.Organisation)
	r.log = l
	l.streams[s.ID] = r
	if destination == nil {
		r.queue() // its run says so
	} else {
		r.rest()
	}
	e.mu.Unlock()
}

// dispatch gives each woken stream a goroutine, as soon as it may read the log.
func (e *Engine) dispatch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.waiting:
		}
		e.mu.Lock()
		woken := e.queue
		e.queue = nil
		e.mu.Unlock()
		for _, r := range woken {
			select {
			case <-ctx.Done():
				return
			case e.reads <- struct{}{}:
				e.group.Go(r.run)
			}
		}
	}
}

// keep stores cursors, closes sinks that nobody uses and asks for what other processes wrote.
func (e *Engine) keep(ctx context.Context) {
	store, look := time.NewTicker(e.Settings.CursorEvery), time.NewTicker(e.Settings.LookEvery)
	defer store.Stop()
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-store.C:
			e.flush(ctx)
		case <-look.C:
			e.closeIdle(time.Now().Add(-e.Settings.SinkIdle))
			e.history.sweep(e.Clock.Micros() - Backlog*clock.Day)
			if err := e.look(ctx); err != nil && ctx.Err() == nil {
				e.Log.Error("the growth of the log is not known", "error", err)
			}
			if err := e.notice(ctx); err != nil && ctx.Err() == nil {
				e.Log.Error("changes of data streams are not known", "error", err)
			}
		}
	}
}

// setStatus records a status that delivery itself caused.
func (e *Engine) setStatus(r *runner, status int64, text string) {
	s := r.stream
	err := e.DB.Write(context.WithoutCancel(e.ctx), []int64{s.Organisation}, func(tx *db.Tx) error {
		return setStatus(tx, s, status, text, r.confirmed && status == Running)
	})
	if err != nil {
		e.Log.Error("status of a data stream could not be stored", "stream", s.ID, "error", err)
		return
	}
	s.Status = status
}
