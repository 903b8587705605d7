package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/stream"
)

// The master key is replaced in two steps, and a third key does not open what the second sealed.
func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SIMSTEAD_DATA_DIR", dir)
	file := filepath.Join(dir, "master.key")
	config := app.Defaults()
	config.DataDir = dir
	open := func(run func(d *db.DB, store stream.Store)) {
		t.Helper()
		keys, err := app.Keys(config)
		must(t, err)
		d, err := app.Open(t.Context(), config, clock.System(), dbtest.Quiet())
		must(t, err)
		run(d, stream.Store{Keys: keys})
		must(t, d.Close())
	}
	command := func(args ...string) string {
		t.Helper()
		var out bytes.Buffer
		c := root()
		c.SetArgs(append([]string{"secrets"}, args...))
		c.SetOut(&out)
		if err := c.ExecuteContext(t.Context()); err != nil {
			return "error: " + err.Error()
		}
		return out.String()
	}
	keyLines := func() (n int) {
		text, err := os.ReadFile(file)
		must(t, err)
		for line := range strings.Lines(string(text)) {
			if line[0] != '#' {
				n++
			}
		}
		return n
	}

	var organisation int64
	open(func(d *db.DB, _ stream.Store) {
		var err error
		organisation, err = account.CreateOrganisation(context.Background(), d, clock.System(), account.Organisation{Type: account.Operator, Name: "Operator"})
		must(t, err)
		must(t, d.Write(t.Context(), []int64{organisation}, func(tx *db.Tx) error {
			return stream.Store{}.Create(tx, &stream.Stream{ // as an older version left it
				Organisation: organisation, ID: 7, Type: stream.EventStream, ConnectionType: stream.RestAPI, Format: "Json",
				Generation: stream.NewFormat, Credentials: json.RawMessage(`{"key":"hush"}`), Filters: json.RawMessage("[]"),
				Relation: json.RawMessage("null"), Status: stream.Paused,
			}, 0)
		}))
	})
	for _, step := range []struct {
		command, says string
		keys          int
	}{
		{"rotate", "sealed the secrets of 1 data streams\n", 2}, {"rotate", "sealed the secrets of 1 data streams\n", 3},
		{"seal", "sealed the secrets of 0 data streams\n", 3}, {"forget", "sealed the secrets of 0 data streams\n", 1},
	} {
		if says := command(step.command); says != step.says || keyLines() != step.keys {
			t.Fatalf("%s says %q; %d keys", step.command, says, keyLines())
		}
		open(func(d *db.DB, store stream.Store) {
			must(t, d.Read(t.Context(), func(q db.Queryer) error {
				s, err := store.Get(q, organisation, 7)
				if err == nil && string(s.Credentials) != `{"key":"hush"}` {
					t.Errorf("after %s: %s", step.command, s.Credentials)
				}
				return err
			}))
		})
	}

	must(t, os.Remove(file))
	if says := command("forget"); !strings.Contains(says, "1 data streams are sealed with a key that is not there") {
		t.Errorf("without the key: %q", says)
	}
	t.Setenv("SIMSTEAD_MASTER_KEY", strings.Repeat("ab", 32))
	if says := command("rotate"); !strings.Contains(says, "master_key") {
		t.Errorf("of keys that are given: %q", says)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
