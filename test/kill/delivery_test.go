package kill

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/test/rig"
)

func TestKillOfDeliveryOnSQLite(t *testing.T) {
	t.Parallel()
	surviveDelivery(t, "")
}

func TestKillOfDeliveryOnPostgres(t *testing.T) {
	t.Parallel()
	surviveDelivery(t, dbtest.PostgresURL(t))
}

// surviveDelivery kills the program while it delivers to receivers that take their time, so that there is always a batch in
// flight, and something behind it. Each time it lies dead no cursor may be ahead of what came.
func surviveDelivery(t *testing.T, database string) {
	site, err := rig.NewSite(binary, t.TempDir(), database)
	check(t, err)
	site.Env = []string{"SIMSTEAD_RECORD_INTERVAL=500ms", "SIMSTEAD_RECORD_MIN_BYTES=1"}
	check(t, site.Demo("--simulate=false"))
	t.Cleanup(func() { site.Process.Kill() })
	subscriptions := subscribeSlowly(t, site)
	load, times, began := begin(t, site), kills(t, usualKills), time.Now()
	load.Wait()

	killed := 0
	for ; killed < times; killed++ {
		if times == usualKills && time.Since(began) > 25*time.Second {
			break // the machine has other things to do
		}
		check(t, site.AwaitReady())
		subscriptions[killed%len(subscriptions)].awaitRequests(2, 3*time.Second)
		time.Sleep(rand.N(60 * time.Millisecond))
		if !site.Process.Running() {
			t.Fatalf("the program ended by itself:\n%s", site.Process.Output())
		}
		site.Process.Kill()
		for _, s := range subscriptions {
			s.behind(t, site)
		}
		if t.Failed() {
			t.FailNow() // everything after it would fail as well
		}
		relaunch(t, site)
	}
	check(t, site.AwaitReady())
	load.end(t)
	for _, s := range subscriptions {
		s.receiver.Hurry()
		s.settle(t, site)
	}
	check(t, site.Process.Stop(syscall.SIGTERM))
	for _, s := range subscriptions {
		s.behind(t, site)
		s.compare(t, site, killed)
	}
}

// subscribeSlowly makes streams of every kind for the first enterprise to receivers that need some time for each request.
func subscribeSlowly(t *testing.T, site *rig.Site) (all []*subscription) {
	token, err := site.Token(rig.CustomerToken)
	check(t, err)
	client := &rig.Client{URL: site.URL(), Token: token}
	for _, one := range []struct{ kind, path, body string }{
		{"events", "/api/v2/data_stream", `{"data_stream_type": {"id": 2}, "destination": {"connection_type": "RestAPI", "credentials": {"url": %q, "size": 20}}}`},
		{"usage", "/api/v2/data_stream", `{"data_stream_type": {"id": 1}, "destination": {"connection_type": "RestAPI", "credentials": {"url": %q, "size": 1}}}`},
		{"both", "/api/v1/data_stream", `{"stream_historic_data": 0, "data_stream_type": {"id": 3}, "api_type": {"id": 6}, "api_callback": {"url": %q}}`},
	} {
		s := &subscription{organisation: 3, kind: one.kind}
		s.receiver, err = rig.NewReceiver()
		check(t, err)
		t.Cleanup(s.receiver.Close)
		s.receiver.Slim, s.receiver.Delay = true, 20*time.Millisecond
		check(t, site.Read(func(q db.Queryer) error {
			s.from, err = db.One(q, db.Int, `SELECT position FROM organisation_head WHERE organisation_id = $1`, s.organisation)
			return err
		}))
		a, err := client.JSON("POST", one.path, fmt.Sprintf(one.body, s.receiver.URL()), nil)
		check(t, err)
		location := a.Header.Get("Location")
		s.stream = location[strings.LastIndexByte(location, '/')+1:]
		all = append(all, s)
	}
	return all
}

// awaitRequests waits for so many more requests, but not for long: the stream may have nothing to deliver.
func (s *subscription) awaitRequests(n int, within time.Duration) {
	want := s.receiver.Requests() + n
	for until := time.Now().Add(within); s.receiver.Requests() < want && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
}

// behind checks that all that the stored cursor has passed has come.
func (s *subscription) behind(t *testing.T, site *rig.Site) {
	t.Helper()
	came := map[int64]bool{}
	for _, a := range s.receiver.Arrivals() {
		came[a.ID] = true
	}
	check(t, site.Read(func(q db.Queryer) error {
		for _, table := range s.tables() {
			passed, err := db.All(q, db.Int, `SELECT id FROM `+table+` WHERE organisation_id = $1 AND position > $2 AND position <=
				(SELECT position FROM stream_cursor c WHERE c.organisation_id = $3 AND CAST(c.stream_id AS TEXT) = $4)`,
				s.organisation, s.from, s.organisation, s.stream)
			if err != nil {
				return err
			}
			for _, id := range passed {
				if !came[id] {
					t.Errorf("%s: the cursor has passed record %d, which has not come", s, id)
				}
			}
		}
		return nil
	}))
}
