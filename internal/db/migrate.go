package db

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // goose speaks database/sql; the rest of the package uses the same SQLite directly
)

//go:embed migrations/*.sql
var migrations embed.FS

func (s *sqliteDB) migrate(ctx context.Context) error {
	pool, err := sql.Open("sqlite", s.path)
	if err != nil {
		return err
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	err = migrateWith(ctx, pool, goose.DialectSQLite3, strings.NewReplacer("{{clustered}}", "WITHOUT ROWID", "{{by_day}}", ""))
	if err != nil {
		return err
	}
	return writeStatistics(ctx, pool)
}

func (p *postgresDB) migrate(ctx context.Context) error {
	pool := stdlib.OpenDBFromPool(p.pool)
	defer pool.Close()
	return migrateWith(ctx, pool, goose.DialectPostgres, strings.NewReplacer("{{clustered}}", "", "{{by_day}}", "PARTITION BY RANGE (recorded_day)"))
}

func migrateWith(ctx context.Context, pool *sql.DB, dialect goose.Dialect, tokens *strings.Replacer) error {
	rendered := fstest.MapFS{}
	err := fs.WalkDir(migrations, "migrations", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := migrations.ReadFile(path)
		rendered[strings.TrimPrefix(path, "migrations/")] = &fstest.MapFile{Data: bytes.TrimSpace([]byte(tokens.Replace(string(text))))}
		return err
	})
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, pool, rendered)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
