package kill

import (
	"math/rand/v2"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/test/rig"
)

func TestKillOfFirstStartOnSQLite(t *testing.T) {
	t.Parallel()
	settleAfterKills(t, "", 8*time.Millisecond)
}

func TestKillOfFirstStartOnPostgres(t *testing.T) {
	t.Parallel()
	settleAfterKills(t, dbtest.PostgresURL(t), 80*time.Millisecond)
}

// settleAfterKills kills the first start of the demo at later and later moments. The one that gets through has all of
// the demo's data, once.
func settleAfterKills(t *testing.T, database string, step time.Duration) {
	site, err := rig.NewSite(binary, t.TempDir(), database)
	check(t, err)
	for i := range 12 {
		check(t, site.Launch("demo", "--simulate=false"))
		time.Sleep(time.Duration(i)*step + rand.N(step))
		site.Process.Kill()
	}
	check(t, site.Demo("--simulate=false"))
	t.Cleanup(func() { site.Process.Kill() })
	for _, want := range []struct{ file, path, count string }{
		{rig.CustomerToken, "/api/v1/endpoint?per_page=1", "180"}, {rig.OperatorToken, "/api/v1/sim?per_page=1", "330"},
	} {
		token, err := site.Token(want.file)
		check(t, err)
		client := &rig.Client{URL: site.URL(), Token: token}
		answer, err := client.JSON(http.MethodGet, want.path, "", nil)
		check(t, err)
		if got := answer.Header.Get("X-Total-Count"); got != want.count {
			t.Errorf("%s: %s, want %s", want.path, got, want.count)
		}
	}
	check(t, site.Process.Stop(syscall.SIGTERM))
	check(t, site.Read(func(q db.Queryer) error {
		for table, want := range map[string]int64{
			"organisation": 4, "account_user": 6, "tariff": 1, "service_profile": 2, "tariff_profile": 2, "ip_address_space": 2,
			"sim": 330, "endpoint": 330, "data_stream": 2,
		} {
			if got, err := db.One(q, db.Int, `SELECT COUNT(*) FROM `+table); err != nil || got != want {
				t.Errorf("%d rows of %s, want %d (%v)", got, table, want, err)
			}
		}
		return rig.Balance(q)
	}))
}
