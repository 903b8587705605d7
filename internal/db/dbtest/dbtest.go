// Package dbtest gives tests real databases: SQLite in a directory of the test's own and PostgreSQL from the cluster
// that `make test` starts. A behaviour is proved on both or not at all.
package dbtest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
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
	return open(t, db.Config{DataDir: t.TempDir(), Clock: c, Log: Quiet()})
}

// Postgres opens a migrated PostgreSQL database of the test's own.
func Postgres(t testing.TB, c clock.Clock) *db.DB {
	t.Helper()
	return open(t, db.Config{URL: PostgresURL(t), Clock: c, Log: Quiet(), MaxConns: 6})
}

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
	server := os.Getenv(Variable)
	if server == "" {
		t.Fatalf("%s is not set: run the tests with `make test`, or start a cluster with scripts/postgres.sh start", Variable)
	}
	ctx := context.Background()
	name := "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	admin := func(statement string) {
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			t.Fatalf("PostgreSQL at %s does not answer: %v", Variable, err)
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	admin("CREATE DATABASE " + name)
	t.Cleanup(func() { admin(fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)) })
	base, query, _ := strings.Cut(server, "?")
	return base[:strings.LastIndexByte(base, '/')+1] + name + "?" + query
}
