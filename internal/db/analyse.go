package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgreSQL keeps a plan until the table it reads is analysed, and plans made while a table was empty pick any index. Its
// own autovacuum comes by once a minute, which is long on the first day: measured, a third of the requests a second. A table
// is therefore analysed whenever it has changed as much as it had rows: a few times on the first day, and hardly ever after.
// The days of the log are left to autovacuum: they are written without being looked at.
const (
	analyseEvery = 2 * time.Second
	leastChanged = 500 // rows
)

const grown = `SELECT s.relname FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
	WHERE s.schemaname = current_schema() AND s.n_mod_since_analyze > $1 AND s.n_mod_since_analyze > c.reltuples
	AND NOT c.relispartition`

// analyseGrown looks for such tables until ctx ends. What fails is tried again: others notice when the database is away.
func (p *postgresDB) analyseGrown(ctx context.Context) {
	tick := time.NewTicker(analyseEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		rows, err := p.pool.Query(ctx, grown, leastChanged)
		if err != nil {
			continue
		}
		tables, _ := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, table := range tables {
			_, _ = p.pool.Exec(ctx, `ANALYZE `+pgx.Identifier{table}.Sanitize())
		}
	}
}
