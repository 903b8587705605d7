package db

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

const sqliteReaders = 4

// sqliteDB has one writing connection, a pool of reading ones and a checkpointer of its own.
type sqliteDB struct {
	path    string
	writer  chan *liteConn // holds the one writer when nobody writes
	readers chan *liteConn
	stop    chan struct{}
	done    sync.WaitGroup
}

func openSQLite(c Config) (driver, error) {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := stablePlans(); err != nil {
		return nil, err
	}
	s := &sqliteDB{
		path:   filepath.Join(c.DataDir, "simstead.db"),
		writer: make(chan *liteConn, 1), readers: make(chan *liteConn, sqliteReaders), stop: make(chan struct{}),
	}
	w, err := s.open("synchronous = FULL", "cache_size = -131072", "wal_autocheckpoint = 0")
	if err != nil {
		return nil, err
	}
	s.writer <- w
	for range sqliteReaders {
		r, err := s.open("query_only = TRUE", "cache_size = -16384")
		if err != nil {
			return nil, err
		}
		s.readers <- r
	}
	checkpointer, err := s.open("synchronous = NORMAL", "cache_size = -2048")
	if err != nil {
		return nil, err
	}
	s.done.Go(func() { s.checkpoint(checkpointer) })
	return s, nil
}

func (s *sqliteDB) open(pragmas ...string) (*liteConn, error) {
	conn, err := sqlite.OpenConn(s.path, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.path, err)
	}
	conn.SetBlockOnBusy()
	for _, pragma := range append(pragmas, "temp_store = MEMORY") {
		if err := sqlitex.ExecuteTransient(conn, "PRAGMA "+pragma, nil); err != nil {
			return nil, fmt.Errorf("open %s: %w", s.path, err)
		}
	}
	return &liteConn{conn: conn, texts: map[string]string{}}, nil
}

func (s *sqliteDB) name() string { return "sqlite" }

func (s *sqliteDB) read(ctx context.Context, fn func(Queryer) error) error {
	return borrow(ctx, s.readers, func(c *liteConn) error { return fn(c) })
}

func (s *sqliteDB) readByKey(ctx context.Context, fn func(Queryer) error) error {
	return s.read(ctx, fn)
}

func (s *sqliteDB) snapshot(ctx context.Context, fn func(Queryer) error) error {
	return borrow(ctx, s.readers, func(c *liteConn) error {
		if _, err := c.exec(`BEGIN`); err != nil {
			return err
		}
		defer c.rollback()
		return fn(c)
	})
}

func (s *sqliteDB) lookup(ctx context.Context, read Read) error {
	return borrow(ctx, s.readers, func(c *liteConn) error { return c.lookup(read) })
}

func (s *sqliteDB) write(ctx context.Context, organisations []int64, reads []Read, fn func(*Tx) error) error {
	return borrow(ctx, s.writer, func(c *liteConn) (err error) {
		if _, err = c.exec(`BEGIN IMMEDIATE`); err != nil {
			return err
		}
		defer func() {
			if p := recover(); p != nil {
				c.rollback()
				panic(p)
			}
			if err != nil {
				c.rollback()
			}
		}()
		heads := make([]Head, 0, len(organisations))
		for _, organisation := range organisations {
			if err = c.Each(func(r *Row) { heads = append(heads, scanHead(r)) }, selectHeads+` WHERE organisation_id = $1`, organisation); err != nil {
				return err
			}
		}
		for _, read := range reads {
			if err = c.lookup(read); err != nil {
				return err
			}
		}
		tx := newTx(c, heads)
		if err = fn(tx); err != nil {
			return err
		}
		if err = tx.storeHeads(); err != nil {
			return err
		}
		_, err = c.exec(`COMMIT`)
		return err
	})
}

// ensureDay has nothing to do: SQLite's log tables are not partitioned.
func (s *sqliteDB) ensureDay(context.Context, int64) error { return nil }

func (s *sqliteDB) dropDays(context.Context, string, int64) (bool, error) { return false, nil }

func (s *sqliteDB) close() error {
	close(s.stop)
	s.done.Wait()
	for range sqliteReaders {
		(<-s.readers).conn.Close()
	}
	return (<-s.writer).conn.Close()
}

const (
	checkpointEvery = time.Second
	walSoft         = 4_000  // pages after which the checkpointer copies them back, beside the writer
	walHard         = 40_000 // pages after which a writer waits for the rest, so that the file starts anew
	restartWithin   = 200 * time.Millisecond
)

// checkpoint copies the write-ahead log back into the database while the writer goes on; now and then it takes the
// writer's place for a moment so that the log can start anew.
func (s *sqliteDB) checkpoint(c *liteConn) {
	defer c.conn.Close()
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		info, err := os.Stat(s.path + "-wal")
		if err != nil || info.Size() < walSoft*4096 {
			continue
		}
		if c.passive() > walHard {
			w := <-s.writer
			w.restart()
			s.writer <- w
		}
	}
}

func borrow(ctx context.Context, pool chan *liteConn, fn func(*liteConn) error) error {
	select {
	case c := <-pool:
		defer func() { pool <- c }()
		c.conn.SetInterrupt(ctx.Done())
		defer c.conn.SetInterrupt(nil)
		return translate(fn(c))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// liteConn is one connection; it is used by one goroutine at a time.
type liteConn struct {
	conn  *sqlite.Conn
	texts map[string]string // $n -> ?n, once per query
}

func (c *liteConn) prepare(query string) (*sqlite.Stmt, error) {
	text, ok := c.texts[query]
	if !ok {
		text = numbered(query)
		c.texts[query] = text
	}
	return c.conn.Prepare(text)
}

// numbered rewrites $1 to ?1: SQLite would bind $1 by order of appearance, not by its number.
func numbered(query string) string {
	var b strings.Builder
	quoted := false
	for i := range len(query) {
		ch := query[i]
		if ch == '\'' {
			quoted = !quoted
		}
		if ch == '$' && !quoted && i+1 < len(query) && query[i+1] >= '0' && query[i+1] <= '9' {
			ch = '?'
		}
		b.WriteByte(ch)
	}
	return b.String()
}

func (c *liteConn) Each(fn func(*Row), query string, args ...any) error {
	stmt, err := c.prepare(query)
	if err != nil {
		return fmt.Errorf("%w in %s", err, query)
	}
	defer func() { _ = stmt.Reset() }() // it repeats the error of the last step
	if err := bind(stmt, args); err != nil {
		return err
	}
	return step(stmt, fn)
}

func step(stmt *sqlite.Stmt, fn func(*Row)) error {
	row := Row{lite: stmt}
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return err
		}
		row.at = 0
		fn(&row)
	}
}

func (c *liteConn) exec(query string, args ...any) (int64, error) {
	err := c.Each(func(*Row) {}, query, args...)
	return int64(c.conn.Changes()), err
}

func (c *liteConn) insert(rows *Rows) error {
	stmt, err := c.prepare(rows.bulk.lite)
	if err != nil {
		return fmt.Errorf("%w in %s", err, rows.bulk.lite)
	}
	for i := range rows.Len() {
		bindRow(stmt, rows, i)
		_, err := stmt.Step()
		if err2 := stmt.Reset(); err == nil {
			err = err2
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *liteConn) lookup(read Read) error {
	stmt, err := c.prepare(read.Bulk.lite)
	if err != nil {
		return fmt.Errorf("%w in %s", err, read.Bulk.lite)
	}
	for i := range read.Keys.Len() {
		bindRow(stmt, read.Keys, i)
		err := step(stmt, func(r *Row) { read.Each(i, r) })
		if err2 := stmt.Reset(); err == nil {
			err = err2
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *liteConn) rollback() {
	c.conn.SetInterrupt(nil)
	if !c.conn.AutocommitEnabled() {
		c.exec(`ROLLBACK`) //nolint:errcheck // the transaction's own error is the one that counts
	}
}

// restart copies all of the log and has the next write begin it anew. It waits for those who still read from the log, but not
// for long: a write that found one of them would go on at the end of the log, which then grows until another time.
func (c *liteConn) restart() {
	c.conn.SetBusyTimeout(restartWithin)
	defer c.conn.SetBlockOnBusy()
	_ = c.Each(func(*Row) {}, `PRAGMA wal_checkpoint(RESTART)`)
}

// passive checkpoints what no reader needs and returns how many pages the log holds.
func (c *liteConn) passive() (log int64) {
	_ = c.Each(func(r *Row) { r.Skip(1); log = r.Int() }, `PRAGMA wal_checkpoint(PASSIVE)`)
	return log
}

func bind(stmt *sqlite.Stmt, args []any) error {
	for i, arg := range args {
		switch v := arg.(type) {
		case int64:
			stmt.BindInt64(i+1, v)
		case int:
			stmt.BindInt64(i+1, int64(v))
		case string:
			stmt.BindText(i+1, v)
		case bool:
			stmt.BindBool(i+1, v)
		case []byte:
			stmt.BindBytes(i+1, v)
		case nil:
			stmt.BindNull(i + 1)
		case *string:
			if v == nil {
				stmt.BindNull(i + 1)
			} else {
				stmt.BindText(i+1, *v)
			}
		case *int64:
			if v == nil {
				stmt.BindNull(i + 1)
			} else {
				stmt.BindInt64(i+1, *v)
			}
		default:
			return fmt.Errorf("argument %d: type %T cannot be stored", i+1, arg)
		}
	}
	return nil
}

func bindRow(stmt *sqlite.Stmt, rows *Rows, i int) {
	for c, kind := range rows.bulk.kinds {
		switch kind {
		case BIGINT:
			stmt.BindInt64(c+1, rows.ints[c][i])
		case TEXT:
			stmt.BindText(c+1, rows.txts[c][i])
		case BOOLEAN:
			stmt.BindBool(c+1, rows.bits[c][i])
		}
	}
}
