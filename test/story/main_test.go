// Package story tells what the platform is for, as its users live it: each file in testdata is a story that drives the
// built program with a real RADIUS client and a real receiver, on SQLite and on PostgreSQL. commands_test.go lists the
// words that stories are written in.
package story

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/test/rig"
)

var binary string // of the program, built once

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil { // stories mostly wait
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	rig.Main(m, &binary)
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	tell(t, func(testing.TB) string { return "" })
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	tell(t, dbtest.PostgresURL)
}

func tell(t *testing.T, database func(testing.TB) string) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata", Cmds: commands(),
		Setup: func(env *testscript.Env) error { return setUp(env, database(env.T().(testing.TB))) },
	})
}
