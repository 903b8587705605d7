package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

// Config says which database to open.
type Config struct {
	URL      string // postgres://...; empty = SQLite
	DataDir  string // directory of the SQLite files
	MaxConns int    // PostgreSQL connections for reading and as many for writing, 0 = 8
	Clock    clock.Clock
	Log      *slog.Logger
}

// DB is an open database. Its methods may be called from any goroutine.
type DB struct {
	driver   driver
	log      *slog.Logger
	clock    clock.Clock
	leasing  sync.Mutex // held while waiting for a connection to lease ids: nobody may ask for one inside a transaction
	blocks   map[blockKey]*block
	mu       sync.Mutex      // of what follows
	spares   map[int64]int64 // leased blocks of log ids by organisation
	days     map[int64]bool
	watchers []*func([]Head)
}

// driver is what SQLite and PostgreSQL each do in their own way.
type driver interface {
	read(ctx context.Context, fn func(Queryer) error) error
	readByKey(ctx context.Context, fn func(Queryer) error) error
	snapshot(ctx context.Context, fn func(Queryer) error) error
	// write runs fn between BEGIN and COMMIT, holding the heads (ascending).
	write(ctx context.Context, heads []int64, reads []Read, fn func(*Tx) error) error
	lookup(ctx context.Context, read Read) error
	migrate(ctx context.Context) error
	ensureDay(ctx context.Context, day int64) error
	// dropDays removes a log table's days before one at a stroke; false where there is no such stroke.
	dropDays(ctx context.Context, table string, before int64) (bool, error)
	close() error
	name() string
}

// Read is a bulk query that is answered as soon as the heads are locked, in the same round trip.
type Read struct {
	Bulk  *Bulk
	Keys  *Rows
	Begin func()                // called before the first row of each run of the transaction; may be nil
	Each  func(key int, r *Row) // key is the index into Keys
}

// Open opens the database; Migrate must follow before it is used.
func Open(ctx context.Context, c Config) (*DB, error) {
	d := &DB{log: c.Log, clock: c.Clock, blocks: map[blockKey]*block{}, spares: map[int64]int64{}, days: map[int64]bool{}}
	var err error
	if strings.HasPrefix(c.URL, "postgres://") || strings.HasPrefix(c.URL, "postgresql://") {
		d.driver, err = openPostgres(ctx, c)
	} else if c.URL == "" {
		d.driver, err = openSQLite(c)
	} else {
		err = fmt.Errorf("database URL must be empty (SQLite) or begin with postgres://")
	}
	return d, err
}

// Migrate brings the schema up to date and makes room for the log of the coming days.
func (d *DB) Migrate(ctx context.Context) error {
	if err := d.driver.migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	today := clock.DayNumber(d.clock.Micros())
	for day := today - 1; day <= today+2; day++ {
		if err := d.EnsureDay(ctx, day); err != nil {
			return err
		}
	}
	return nil
}

// EnsureDay makes sure that log rows of the given day can be stored. It is cheap when that is so already.
func (d *DB) EnsureDay(ctx context.Context, day int64) error {
	d.mu.Lock()
	known := d.days[day]
	d.mu.Unlock()
	if known {
		return nil
	}
	if err := d.driver.ensureDay(ctx, day); err != nil {
		return fmt.Errorf("make room for day %d: %w", day, err)
	}
	d.mu.Lock()
	d.days[day] = true
	d.mu.Unlock()
	return nil
}

// Dialect names the database, for messages and metrics: "sqlite" or "postgres".
func (d *DB) Dialect() string { return d.driver.name() }

// Close closes the database.
func (d *DB) Close() error { return d.driver.close() }

// Watch registers fn to be told the heads of every committed Write of this process, until stop is called. It must return
// fast.
func (d *DB) Watch(fn func([]Head)) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	watcher := &fn
	d.watchers = append(slices.Clone(d.watchers), watcher)
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.watchers = slices.DeleteFunc(slices.Clone(d.watchers), func(w *func([]Head)) bool { return w == watcher })
	}
}

func (d *DB) tell(committed []Head) {
	d.mu.Lock()
	watchers := d.watchers
	d.mu.Unlock()
	for _, watch := range watchers {
		(*watch)(committed)
	}
}

// Read runs queries outside any transaction; each sees the newest committed state. Keep it under two seconds.
func (d *DB) Read(ctx context.Context, fn func(Queryer) error) error { return d.driver.read(ctx, fn) }

// ReadByKey is Read for queries whose tables are all met by key, row by row: PostgreSQL is told to plan them so.
func (d *DB) ReadByKey(ctx context.Context, fn func(Queryer) error) error {
	return d.driver.readByKey(ctx, fn)
}

// Snapshot is ReadByKey for queries that must all see the same committed state. Keep it under two seconds: what it sees
// cannot be cleared away meanwhile.
func (d *DB) Snapshot(ctx context.Context, fn func(Queryer) error) error {
	return d.driver.snapshot(ctx, fn)
}

// Lookup answers a bulk query outside any transaction.
func (d *DB) Lookup(ctx context.Context, read Read) error { return d.driver.lookup(ctx, read) }

// Write runs fn in one transaction that holds the heads of the organisations it touches, the only lock there is. fn may
// run more than once, so it must not keep anything from a run that failed. Reads are answered before fn is called.
// Without organisations it may touch no tenant's rows.
func (d *DB) Write(ctx context.Context, organisations []int64, fn func(*Tx) error, reads ...Read) error {
	heads := ascending(organisations)
	today := clock.DayNumber(d.clock.Micros())
	for day := today; day <= today+1; day++ { // fn may run past midnight
		if err := d.EnsureDay(ctx, day); err != nil {
			return err
		}
	}
	for attempt := 0; ; attempt++ {
		var committed []Head
		var short []int64
		for _, read := range reads {
			if read.Begin != nil {
				read.Begin()
			}
		}
		err := d.driver.write(ctx, heads, reads, func(tx *Tx) (err error) {
			defer func() {
				if p := recover(); p != nil {
					need, ok := p.(errIDs)
					if !ok {
						panic(p)
					}
					err, short = need, tx.short()
				}
			}()
			tx.spare = d.spare
			for _, h := range tx.heads {
				h.spare = d.spare(h.Organisation)
			}
			if err = fn(tx); err == nil {
				committed = tx.changed()
			}
			return err
		})
		var need errIDs
		switch {
		case err == nil:
			d.tell(committed)
			return nil
		case errors.As(err, &need):
			if err := d.leaseLog(ctx, short...); err != nil {
				return err
			}
		case Transient(err) && attempt < 5:
			d.log.Warn("transaction is tried again", "error", err)
			if !pause(ctx, time.Duration(attempt+1)*50*time.Millisecond) {
				return err
			}
		default:
			return err
		}
		if attempt > 50 {
			return fmt.Errorf("transaction gave up: %w", err)
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func ascending(organisations []int64) []int64 {
	heads := append([]int64(nil), organisations...)
	sort.Slice(heads, func(i, j int) bool { return heads[i] < heads[j] })
	n := 0
	for i, o := range heads {
		if i == 0 || o != heads[n-1] {
			heads[n] = o
			n++
		}
	}
	return heads[:n]
}
