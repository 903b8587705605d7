package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/simstead/simstead/internal/clock"
)

// postgresDB keeps connections for reading and others for writing, since they are planned differently.
type postgresDB struct {
	pool, writers *pgxpool.Pool // writers also serve readByKey
	stop          context.CancelFunc
	done          sync.WaitGroup
}

// What a transaction asks is always a few rows by their keys. The planner, which guesses how many rows an array or a
// young table has, is told so; and it plans once. Without that a plan made while a table was empty scans it for every key
// until somebody analyses it: measured, 198 reports a second instead of 12,000.
var byKey = map[string]string{
	"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_seqscan": "off", "plan_cache_mode": "force_generic_plan",
}

func openPostgres(ctx context.Context, c Config) (driver, error) {
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if config.MaxConns = int32(c.MaxConns); c.MaxConns == 0 {
		config.MaxConns = 8
	}
	config.ConnConfig.RuntimeParams["application_name"] = "simstead"
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	writing := config.Copy()
	for name, value := range byKey {
		writing.ConnConfig.RuntimeParams[name] = value
	}
	p := &postgresDB{stop: func() {}}
	if p.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if p.writers, err = pgxpool.NewWithConfig(ctx, writing); err != nil {
		p.pool.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := p.pool.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), p.close())
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = stop
	p.done.Go(func() { p.analyseGrown(running) })
	return p, nil
}

func (p *postgresDB) name() string { return "postgres" }

func (p *postgresDB) read(ctx context.Context, fn func(Queryer) error) error {
	return readFrom(ctx, p.pool, fn)
}

func (p *postgresDB) readByKey(ctx context.Context, fn func(Queryer) error) error {
	return readFrom(ctx, p.writers, fn)
}

func (p *postgresDB) snapshot(ctx context.Context, fn func(Queryer) error) error {
	return readFrom(ctx, p.writers, func(q Queryer) error {
		c := &pgTx{ctx: ctx, conn: q.(pgReader).conn}
		defer c.end()
		if _, err := c.exec(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`); err != nil {
			return err
		}
		c.open = true
		return fn(q) // nothing was written, so a rollback ends it as well as a commit
	})
}

func readFrom(ctx context.Context, pool *pgxpool.Pool, fn func(Queryer) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return translate(fn(pgReader{ctx, conn.Conn()}))
}

func (p *postgresDB) lookup(ctx context.Context, read Read) error {
	return p.readByKey(ctx, func(q Queryer) error {
		return q.Each(func(r *Row) { key := int(r.Int()) - 1; read.Each(key, r) }, read.Bulk.pg, read.Keys.columns()...)
	})
}

const lockHeads = selectHeads + ` WHERE organisation_id = ANY($1) ORDER BY organisation_id FOR UPDATE`

// write needs two round trips when fn only inserts: [begin, heads, reads] and [inserts, heads, commit].
func (p *postgresDB) write(ctx context.Context, organisations []int64, reads []Read, fn func(*Tx) error) error {
	conn, err := p.writers.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	c := &pgTx{ctx: ctx, conn: conn.Conn()}
	defer c.end()
	heads := make([]Head, 0, len(organisations))
	c.queue(`BEGIN`, nil)
	if len(organisations) > 0 {
		c.queue(lockHeads, func(_ int, r *Row) { heads = append(heads, scanHead(r)) }, organisations)
	}
	for _, read := range reads {
		c.queueLookup(read)
	}
	c.open = true
	if err := c.flush(); err != nil {
		return translate(err)
	}
	tx := newTx(c, heads)
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.storeHeads(); err != nil {
		return err
	}
	c.queue(`COMMIT`, nil)
	if err := c.flush(); err != nil {
		return translate(err)
	}
	c.open = false
	return nil
}

// partition is the name of the part of a log table that holds a day.
func partition(table string, day int64) string {
	return table + "_" + clock.FromMicros(day*clock.Day).Format("20060102")
}

func (p *postgresDB) dropDays(ctx context.Context, table string, before int64) (bool, error) {
	rows, err := p.pool.Query(ctx, `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = $1::regclass AND c.relname < $2 ORDER BY 1`, table, partition(table, before))
	if err != nil {
		return true, err
	}
	old, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range old {
		if _, err := p.writers.Exec(ctx, `DROP TABLE IF EXISTS `+pgx.Identifier{name}.Sanitize()); err != nil {
			return true, err
		}
	}
	return true, err
}

func (p *postgresDB) ensureDay(ctx context.Context, day int64) error {
	for _, table := range []string{"usage_record", "event"} {
		statement := fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s PARTITION OF %s FOR VALUES FROM (%d) TO (%d)`,
			partition(table, day), table, day, day+1)
		if _, err := p.pool.Exec(ctx, statement); err != nil && !strings.Contains(err.Error(), "already exists") {
			return err
		}
	}
	return nil
}

func (p *postgresDB) close() error {
	p.stop()
	p.done.Wait()
	p.pool.Close()
	p.writers.Close()
	return nil
}

// pgReader runs single queries outside a transaction.
type pgReader struct {
	ctx  context.Context
	conn *pgx.Conn
}

func (r pgReader) Each(fn func(*Row), query string, args ...any) error {
	rows, err := r.conn.Query(r.ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%w in %s", err, query)
	}
	if err := each(rows, func(_ int, row *Row) { fn(row) }); err != nil {
		return fmt.Errorf("%w in %s", err, query)
	}
	return nil
}

func each(rows pgx.Rows, fn func(int, *Row)) error {
	defer rows.Close()
	row := Row{}
	for i := 0; rows.Next(); i++ {
		if row.oids == nil {
			for _, f := range rows.FieldDescriptions() {
				row.oids = append(row.oids, f.DataTypeOID)
			}
		}
		row.raw, row.at = rows.RawValues(), 0
		fn(i, &row)
	}
	return rows.Err()
}

// pgTx gathers statements and sends them together.
type pgTx struct {
	ctx   context.Context
	conn  *pgx.Conn
	batch pgx.Batch
	open  bool // a transaction has begun and not ended
}

// queue adds a statement to the next round trip. Its arguments must stay as they are until then.
func (c *pgTx) queue(query string, fn func(int, *Row), args ...any) {
	q := c.batch.Queue(query, args...)
	q.Query(func(rows pgx.Rows) error {
		var err error
		if fn == nil {
			rows.Close()
			err = rows.Err()
		} else {
			err = each(rows, fn)
		}
		if err != nil {
			return fmt.Errorf("%w in %s", err, query)
		}
		return nil
	})
}

func (c *pgTx) flush() error {
	if c.batch.Len() == 0 {
		return nil
	}
	err := c.conn.SendBatch(c.ctx, &c.batch).Close()
	c.batch = pgx.Batch{}
	return err
}

func (c *pgTx) Each(fn func(*Row), query string, args ...any) error {
	c.queue(query, func(_ int, r *Row) { fn(r) }, args...)
	return translate(c.flush())
}

func (c *pgTx) exec(query string, args ...any) (int64, error) {
	if err := c.flush(); err != nil {
		return 0, translate(err)
	}
	tag, err := c.conn.Exec(c.ctx, query, args...)
	if err != nil {
		return 0, translate(fmt.Errorf("%w in %s", err, query))
	}
	return tag.RowsAffected(), nil
}

func (c *pgTx) queueLookup(read Read) {
	if read.Keys.Len() > 0 {
		c.queue(read.Bulk.pg, func(_ int, r *Row) { key := int(r.Int()) - 1; read.Each(key, r) }, read.Keys.columns()...)
	}
}

func (c *pgTx) lookup(read Read) error {
	c.queueLookup(read)
	return translate(c.flush())
}

func (c *pgTx) insert(rows *Rows) error {
	c.queue(rows.bulk.pg, nil, rows.columns()...)
	return nil
}

// end rolls back what was not committed, also when the caller's context is over.
func (c *pgTx) end() {
	if !c.open || c.conn.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), 5*time.Second)
	defer cancel()
	if _, err := c.conn.Exec(ctx, `ROLLBACK`); err != nil {
		_ = c.conn.Close(ctx) // a broken connection is thrown away
	}
}
