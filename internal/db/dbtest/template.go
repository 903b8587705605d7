package dbtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Most tests begin with a migrated and empty database. To migrate one takes PostgreSQL seconds when the machine is busy, to
// copy one a tenth of that; so one is migrated for all.

// migratedSQLite is the file of a migrated SQLite database. The process makes it once.
var migratedSQLite = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "simstead-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := migrate(db.Config{DataDir: dir}); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "simstead.db"))
})

// migratedPostgres is the name of the migrated database of the cluster, one for each state of the schema. The first process
// that asks makes it; one that was not finished is made again.
func migratedPostgres(t testing.TB) string {
	t.Helper()
	name := "template_" + schema(t)
	ctx := context.Background()
	conn := connect(t)
	defer conn.Close(ctx)
	run(t, conn, `SELECT pg_advisory_lock(hashtext($1))`, name) // until the connection is closed
	finished := false
	err := conn.QueryRow(ctx, `SELECT COALESCE(bool_or(datistemplate), FALSE) FROM pg_database WHERE datname = $1`, name).Scan(&finished)
	if err != nil {
		t.Fatal(err)
	}
	if finished {
		return name
	}
	run(t, conn, fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, name))
	run(t, conn, fmt.Sprintf(`CREATE DATABASE %s STRATEGY FILE_COPY`, name))
	if err := migrate(db.Config{URL: address(name)}); err != nil {
		t.Fatal(err)
	}
	run(t, conn, fmt.Sprintf(`ALTER DATABASE %s IS_TEMPLATE TRUE`, name))
	return name
}

func migrate(c db.Config) error {
	c.Clock, c.Log = clock.System(), Quiet()
	d, err := db.Open(context.Background(), c)
	if err != nil {
		return err
	}
	if err := d.Migrate(context.Background()); err != nil {
		d.Close()
		return err
	}
	return d.Close()
}

// schema is told apart by the text of its migrations.
func schema(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	files, err := filepath.Glob(filepath.Join(filepath.Dir(here), "..", "migrations", "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("migrations are not beside this package: %v", err)
	}
	hash := sha256.New()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		hash.Write(text)
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:8])
}

func run(t testing.TB, conn *pgx.Conn, statement string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), statement, args...); err != nil {
		t.Fatal(err)
	}
}
