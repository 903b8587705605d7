package bench

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/simulate"
)

// TestThrice sends every request three times at once, over real connections: all answers are alike, and what was used is
// counted and paid once.
func TestThrice(t *testing.T) {
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			c := app.Defaults()
			c.HTTPAddr, c.RADIUSAuthAddr, c.RADIUSAcctAddr, c.DiameterAddr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
			c.DiameterPeers = []app.DiameterPeer{{OriginHost: "*", Address: "127.0.0.0/8", Dialect: "open5gs"}}
			c.DataDir = t.TempDir()
			if database == "postgres" {
				c.DatabaseURL = dbtest.PostgresURL(t)
			}
			thrice(t, c)
		})
	}
}

func thrice(t *testing.T, c app.Config) {
	ctx := context.Background()
	a, err := app.New(ctx, c, clock.System(), dbtest.Quiet())
	must(t, err)
	f := fill(t, a.DB, 4, 200)
	prepay(t, a.DB, f)
	must(t, a.Flow.Refresh(ctx))
	must(t, a.Listen())
	running, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		if err := a.Run(running); err != nil {
			t.Error(err)
		}
	})
	defer done.Wait()
	defer stop()

	used := map[string]int64{}
	for mode, share := range map[simulate.CreditMode]int{simulate.Sessions: 1, simulate.Events: 2} {
		l := simulate.CreditLoad{
			Addr: a.DiameterAddr().String(), Peers: 2, IMSIs: f.imsis, APN: apn, PLMN: "26201", Mode: mode, InFlight: 16, Updates: 3,
			For: 2 * time.Second / time.Duration(share), Repeat: 3, Account: true, Clock: clock.System(),
		}
		r, err := l.Run(ctx)
		must(t, err)
		if r.Different > 0 || r.Lost > 0 || r.Answered < 50 || r.Repeated < 2*r.Answered {
			t.Errorf("mode %d:\n%s", mode, r.Table())
		}
		t.Logf("\n%s", r.Table())
		for imsi, octets := range r.Usage {
			used[imsi] += octets
		}
	}
	must(t, a.DB.Read(ctx, func(q db.Queryer) error { return usedAndPaid(t, q, used) }))
}

// usedAndPaid holds the database against what was reported and answered.
func usedAndPaid(t *testing.T, q db.Queryer, used map[string]int64) error {
	got, cost, debited := map[string]int64{}, map[string]int64{}, map[string]int64{}
	err := q.Each(func(r *db.Row) {
		imsi, bytes, charged, paid := r.Text(), r.Int(), r.Int(), r.Int()
		got[imsi] += bytes
		cost[imsi] += charged
		debited[imsi] += paid
	}, `SELECT s.imsi, u.volume_tx + u.volume_rx, u.cost, u.debited FROM usage_record u JOIN sim s ON s.id = u.sim_id`)
	if err != nil {
		return err
	}
	open, err := db.One(q, db.Int, `SELECT COUNT(*) FROM session WHERE closed_at = 0 OR pending_uplink + pending_downlink > 0`)
	if err != nil || open > 0 {
		t.Errorf("%d sessions are not over (%v)", open, err)
	}
	for imsi, octets := range used {
		if got[imsi] != octets {
			t.Errorf("device %s used %d, the records hold %d", imsi, octets, got[imsi])
		}
	}
	return q.Each(func(r *db.Row) {
		imsi, amount, credited, all := r.Text(), r.Int(), r.Int(), r.Int()
		if all != cost[imsi] || all != debited[imsi] || amount != credited-all || got[imsi] != used[imsi] {
			t.Errorf("device %s: %d = %d - %d; its records cost %d and debit %d", imsi, amount, credited, all, cost[imsi], debited[imsi])
		}
	}, `SELECT s.imsi, b.amount, b.credited, b.debited FROM endpoint_balance b JOIN sim s ON s.endpoint_id = b.endpoint_id`)
}
