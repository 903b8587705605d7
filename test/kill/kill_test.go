package kill

import (
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/test/rig"
)

// kills is how often the program dies: so many times, or as SIMSTEAD_KILLS says (the long form is 1000).
func kills(t *testing.T, otherwise int) int {
	text := os.Getenv("SIMSTEAD_KILLS")
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("SIMSTEAD_KILLS: %v", err)
	}
	return n
}

func TestKillOnSQLite(t *testing.T) {
	t.Parallel()
	survive(t, "")
}

func TestKillOnPostgres(t *testing.T) {
	t.Parallel()
	survive(t, dbtest.PostgresURL(t))
}

func survive(t *testing.T, database string) {
	site, err := rig.NewSite(binary, t.TempDir(), database)
	if err != nil {
		t.Fatal(err)
	}
	check(t, site.Demo("--simulate=false"))
	t.Cleanup(func() { site.Process.Kill() })
	subscriptions := subscribe(t, site)
	load, times := begin(t, site), kills(t, 30)
	load.Wait()

	for range times {
		time.Sleep(lifetime())
		if !site.Process.Running() {
			t.Fatalf("the program ended by itself:\n%s", site.Process.Output())
		}
		site.Process.Kill()
		time.Sleep(rand.N(200 * time.Millisecond))
		check(t, site.Launch("demo", "--simulate=false", "--token-file", rig.CustomerToken, "--operator-token-file", rig.OperatorToken))
	}
	check(t, site.AwaitReady())
	time.Sleep(2 * time.Second)
	acknowledged := load.end(t)
	for _, s := range subscriptions {
		s.settle(t, site)
	}
	check(t, site.Process.Stop(syscall.SIGTERM))

	check(t, site.Read(func(q db.Queryer) error { return rig.Balance(q) }))
	check(t, site.Doctor())
	compare(t, site, acknowledged)
	for _, s := range subscriptions {
		s.compare(t, site, times)
	}
}

// lifetime is how long a process may live: mostly about a second, sometimes not long enough to become ready.
func lifetime() time.Duration {
	if rand.IntN(5) == 0 {
		return 10*time.Millisecond + rand.N(100*time.Millisecond)
	}
	return 200*time.Millisecond + rand.N(1400*time.Millisecond)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
