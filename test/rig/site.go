package rig

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

// Site is an installation: where its data lies and where it listens, run after run.
type Site struct {
	Binary   string
	Dir      string   // working directory; data and token files lie in it
	Database string   // URL; empty = SQLite in the data directory
	Env      []string // further SIMSTEAD_ variables
	HTTP     string   // host:port
	Auth     string   // of RADIUS
	Acct     string
	Diameter string   // of Gy and Gx
	Process  *Process // nil while nothing runs
}

// Token files that the demo writes.
const (
	CustomerToken = "token"
	OperatorToken = "operator-token"
)

// NewSite chooses free ports.
func NewSite(binary, dir, database string) (*Site, error) {
	s := &Site{Binary: binary, Dir: dir, Database: database}
	for _, address := range []*string{&s.HTTP, &s.Auth, &s.Acct, &s.Diameter} {
		var err error
		if *address, err = freeAddress(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// URL is where the API is.
func (s *Site) URL() string { return "http://" + s.HTTP }

func (s *Site) dataDir() string { return filepath.Join(s.Dir, "data") }

// Environ is the environment the program runs in: ours without its own variables, then the site's.
func (s *Site) Environ() []string {
	var env []string
	for _, one := range os.Environ() {
		if !strings.HasPrefix(one, "SIMSTEAD_") {
			env = append(env, one)
		}
	}
	return append(append(env,
		"SIMSTEAD_HTTP_ADDR="+s.HTTP, "SIMSTEAD_RADIUS_AUTH_ADDR="+s.Auth, "SIMSTEAD_RADIUS_ACCT_ADDR="+s.Acct,
		"SIMSTEAD_DIAMETER_ADDR="+s.Diameter, "SIMSTEAD_DATA_DIR="+s.dataDir(), "SIMSTEAD_DATABASE_URL="+s.Database,
		"SIMSTEAD_RATE_LIMIT=0"), s.Env...) // tests ask often
}

// Demo starts the demo without its simulator unless args say otherwise, and waits until it is ready.
func (s *Site) Demo(args ...string) error {
	if err := s.Launch(append([]string{"demo", "--token-file", CustomerToken, "--operator-token-file", OperatorToken}, args...)...); err != nil {
		return err
	}
	return s.AwaitReady()
}

// Launch starts the program and returns at once.
func (s *Site) Launch(args ...string) (err error) {
	s.Process, err = launch(s.Binary, s.Dir, s.Environ(), args...)
	return err
}

// Ready reports whether /readyz says so.
func (s *Site) Ready() bool {
	resp, err := http.Get(s.URL() + "/readyz")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// AwaitReady waits until /readyz says so.
func (s *Site) AwaitReady() error {
	for deadline := time.Now().Add(30 * time.Second); !s.Ready(); time.Sleep(5 * time.Millisecond) {
		if !s.Process.Running() {
			return fmt.Errorf("the program ended before it was ready:\n%s", s.Process.Output())
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the program was not ready within 30 s:\n%s", s.Process.Output())
		}
	}
	return nil
}

// Run runs another command of the program to its end.
func (s *Site) Run(args ...string) (stdout, stderr string, err error) {
	cmd := exec.Command(s.Binary, args...)
	var out, log strings.Builder
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.Dir, s.Environ(), &out, &log
	err = cmd.Run()
	return out.String(), log.String(), err
}

// Token reads a token file.
func (s *Site) Token(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(s.Dir, name))
	return strings.TrimSpace(string(text)), err
}

// Read looks into the site's database, beside the program when that runs.
func (s *Site) Read(fn func(q db.Queryer) error) error {
	return s.Open(func(d *db.DB) error { return d.Read(context.Background(), fn) })
}

// Open opens the site's database for fn. The program must not run if fn writes: it would not learn of it.
func (s *Site) Open(fn func(d *db.DB) error) error {
	d, err := db.Open(context.Background(), db.Config{
		URL: s.Database, DataDir: s.dataDir(), MaxConns: 2, Clock: clock.System(), Log: dbtest.Quiet(),
	})
	if err != nil {
		return err
	}
	defer d.Close()
	return fn(d)
}

// Doctor lets the program hold its own books against each other, beside the running program or not.
func (s *Site) Doctor() error {
	findings, log, err := s.Run("doctor")
	if err != nil {
		return fmt.Errorf("simstead doctor: %w\n%s\n%s", err, findings, log)
	}
	return nil
}
