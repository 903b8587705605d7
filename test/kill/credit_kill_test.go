package kill

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/test/rig"
)

func TestKillOfCreditOnSQLite(t *testing.T) {
	t.Parallel()
	surviveCredit(t, "")
}

func TestKillOfCreditOnPostgres(t *testing.T) {
	t.Parallel()
	surviveCredit(t, dbtest.PostgresURL(t))
}

const usualKills = 10

// surviveCredit kills the program while gateways ask it for credit. Each time it lies dead its books are held against what
// the gateways know: what was answered is counted, rated and paid once.
func surviveCredit(t *testing.T, database string) {
	site, err := rig.NewSite(binary, t.TempDir(), database)
	check(t, err)
	site.Env = []string{
		"SIMSTEAD_CREDIT_SLICE=100000", "SIMSTEAD_RECORD_INTERVAL=500ms", "SIMSTEAD_RECORD_MIN_BYTES=1",
		"SIMSTEAD_DIAMETER_PEERS=pgw." + realm + "=127.0.0.0/8=3gpp,*=127.0.0.0/8=open5gs",
	}
	check(t, site.Demo("--simulate=false"))
	t.Cleanup(func() { site.Process.Kill() })
	subscriptions := subscribe(t, site)
	check(t, site.Process.Stop(syscall.SIGTERM))
	fleet := furnish(t, site)
	relaunch(t, site)
	load, times, began := askFor(t, site, fleet), kills(t, usualKills), time.Now()

	for i := range times {
		if times == usualKills && time.Since(began) > 25*time.Second {
			break // the machine has other things to do
		}
		if i%4 == 0 { // it dies while it starts, or soon after
			time.Sleep(lifetime())
		} else {
			check(t, site.AwaitReady())
			load.awaitAnswers(200, 2*time.Second)
			time.Sleep(rand.N(300 * time.Millisecond))
		}
		if !site.Process.Running() {
			t.Fatalf("the program ended by itself:\n%s", site.Process.Output())
		}
		site.Process.Kill()
		load.awaitStandstill(t)
		audit(t, site, fleet, load)
		if t.Failed() {
			t.FailNow() // everything after it would fail as well
		}
		relaunch(t, site)
	}
	check(t, site.AwaitReady())
	time.Sleep(time.Second)
	check(t, site.Doctor())
	load.end(t)
	for _, s := range subscriptions {
		s.settle(t, site)
	}
	check(t, site.Process.Stop(syscall.SIGTERM))

	audit(t, site, fleet, load)
	check(t, site.Doctor())
	check(t, site.Read(func(q db.Queryer) error { return rig.Balance(q) }))
	check(t, site.Read(func(q db.Queryer) error { return heldNothing(q) }))
	for _, s := range subscriptions {
		s.compare(t, site, times+1)
	}
	load.enough(t)
}

func relaunch(t *testing.T, site *rig.Site) {
	time.Sleep(rand.N(50 * time.Millisecond))
	check(t, site.Launch("demo", "--simulate=false", "--token-file", rig.CustomerToken, "--operator-token-file", rig.OperatorToken))
}
