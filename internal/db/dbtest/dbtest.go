// Package dbtest gives tests real databases: SQLite in a directory of the test's own and PostgreSQL from the cluster
// that `make test` starts. A behaviour is proved on both or not at all.
package dbtest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Variable names the environment variable with the URL of a PostgreSQL that tests may create databases in.
const Variable = "SIMSTEAD_TEST_DATABASE_URL"

// Quiet is a logger that says nothing.
func Quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Each runs a test against SQLite and against PostgreSQL, each migrated and empty.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t, clock.System())) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t, clock.System())) })
}

// SQLite opens a migrated database in a directory of the test's own.
func SQLite(t testing.TB, c clock.Clock) *db.DB {
	t.Helper()
	file, err := migratedSQLite()
	dir := t.TempDir()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "simstead.db"), file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return open(t, db.Config{DataDir: dir, Clock: c, Log: Quiet()})
}

// Postgres opens a migrated PostgreSQL database of the test's own.
func Postgres(t testing.TB, c clock.Clock) *db.DB {
	t.Helper()
	return open(t, db.Config{URL: create(t, migratedPostgres(t)), Clock: c, Log: Quiet(), MaxConns: 6})
}

// open migrates, too: it makes room for the log of the clock's days.
func open(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return d
}

// PostgresURL creates an empty database that goes away with the test and returns its URL.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return create(t, "template1")
}

// create copies a database, with its files: it is empty, and writing each of its pages to the log takes several times as long.
func create(t testing.TB, template string) string {
	t.Helper()
	name := "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	admin := func(statement string) {
		conn := connect(t)
		defer conn.Close(context.Background())
		run(t, conn, statement)
	}
	admin(fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s STRATEGY FILE_COPY", name, template))
	t.Cleanup(func() { admin(fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)) })
	return address(name)
}

func connect(t testing.TB) *pgx.Conn {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		t.Fatalf("%s is not set: run the tests with `make test`, or start a cluster with scripts/postgres.sh start", Variable)
	}
	conn, err := pgx.Connect(context.Background(), server)
	if err != nil {
		t.Fatalf("PostgreSQL at %s does not answer: %v", Variable, err)
	}
	return conn
}

// address is the URL of a database of the cluster.
func address(name string) string {
	base, query, _ := strings.Cut(os.Getenv(Variable), "?")
	return base[:strings.LastIndexByte(base, '/')+1] + name + "?" + query
}
