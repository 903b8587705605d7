package usage

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
)

// restarts remembers when each gateway last said that it lost its sessions.
type restarts struct {
	mu sync.RWMutex
	at map[string]int64 // µs of our clock
}

func (r *restarts) of(nas string) int64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.at[nas]
}

func (r *restarts) set(nas string, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at[nas] = max(r.at[nas], at)
}

func (r *restarts) load(q db.Queryer) error {
	return q.Each(func(row *db.Row) { r.set(row.Text(), row.Int()) }, `SELECT name, restarted_at FROM nas`)
}

// Restarted takes an Accounting-On or Off: every session of the gateway that began before at (µs) is over. It returns
// when that is stored; closing the sessions one by one follows.
func (f *Flow) Restarted(ctx context.Context, nas string, at int64) error {
	if err := f.storeRestart(ctx, nas, at); err != nil {
		return err
	}
	f.background.Go(func() {
		if err := f.closeRestarted(context.WithoutCancel(ctx), nas, at); err != nil {
			f.Log.Error("sessions of a restarted gateway are not all closed yet", "nas", nas, "error", err)
		}
	})
	return nil
}

func (f *Flow) storeRestart(ctx context.Context, nas string, at int64) error {
	err := f.DB.Write(ctx, nil, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO nas (name, restarted_at) VALUES ($1, $2) ON CONFLICT (name)
			DO UPDATE SET restarted_at = CASE WHEN excluded.restarted_at > nas.restarted_at
				THEN excluded.restarted_at ELSE nas.restarted_at END`, nas, at)
		return err
	})
	if err != nil {
		return fmt.Errorf("store restart of %s: %w", nas, err)
	}
	f.restarts.set(nas, at)
	return nil
}

func (f *Flow) closeRestarted(ctx context.Context, nas string, at int64) error {
	return f.closeWhere(ctx, ` WHERE nas = $1 AND closed_at = 0 AND opened_at < $2`, nas, at)
}

// lost tells whether a gateway has sessions that began before a restart and are open.
var lost = db.NewLookup("k_nas text, k_restarted bigint",
	`SELECT 1 FROM session WHERE nas = $1 AND closed_at = 0 AND opened_at < $2 LIMIT 1`)

// closeAllRestarted closes what all restarts that are known have ended, of which there is rarely any.
func (f *Flow) closeAllRestarted(ctx context.Context) error {
	var names []string
	var times []int64
	keys := lost.New()
	f.restarts.mu.RLock()
	for nas, at := range f.restarts.at {
		names, times = append(names, nas), append(times, at)
		keys.Text(nas).Int(at)
	}
	f.restarts.mu.RUnlock()
	if len(names) == 0 {
		return nil
	}
	var left []int
	if err := f.DB.Lookup(ctx, db.Read{Bulk: lost, Keys: keys, Each: func(i int, _ *db.Row) { left = append(left, i) }}); err != nil {
		return err
	}
	for _, i := range left {
		if err := f.closeRestarted(ctx, names[i], times[i]); err != nil {
			return err
		}
	}
	return nil
}

// sweepLoop closes what ended without telling: sessions of restarted gateways and those that fell silent.
func (f *Flow) sweepLoop(ctx context.Context) {
	tick := time.NewTicker(f.Settings.Sweep)
	defer tick.Stop()
	for {
		if err := f.Sweep(ctx); err != nil && ctx.Err() == nil {
			f.Log.Error("sweep of sessions failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep closes sessions whose gateway restarted or that were silent for too long, and forgets old closed ones.
func (f *Flow) Sweep(ctx context.Context) error {
	if err := f.closeAllRestarted(ctx); err != nil {
		return err
	}
	now := f.Clock.Micros()
	if err := f.closeWhere(ctx, ` WHERE closed_at = 0 AND seen_hour < $1`, (now-f.Settings.Idle.Microseconds())/clock.Hour); err != nil {
		return err
	}
	if err := f.lapse(ctx, now-2*f.Settings.Interim*clock.Second); err != nil {
		return err
	}
	if err := f.forgetAnswers(ctx, now/clock.Hour-1); err != nil {
		return err
	}
	return f.forget(ctx, now-f.Settings.KeepClosed.Microseconds())
}

const sweepBatch = 500

// closeWhere ends the sessions that a condition selects, in batches under their organisations' heads.
func (f *Flow) closeWhere(ctx context.Context, where string, args ...any) error {
	for {
		var organisations []int64
		err := f.DB.Read(ctx, func(q db.Queryer) (err error) {
			organisations, err = db.All(q, db.Int, `SELECT DISTINCT organisation_id FROM session`+where+fmt.Sprintf(` LIMIT %d`, sweepBatch), args...)
			return err
		})
		if err != nil || len(organisations) == 0 {
			return err
		}
		for _, organisation := range organisations {
			if err := f.closeSome(ctx, organisation, where, args); err != nil {
				return err
			}
		}
	}
}

func (f *Flow) closeSome(ctx context.Context, organisation int64, where string, args []any) error {
	query := `SELECT ` + session.Columns + ` FROM session` + where + fmt.Sprintf(` AND organisation_id = $%d LIMIT %d`, len(args)+1, sweepBatch)
	var w *work
	err := f.DB.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
		ended, err := db.All(tx, session.Scan, query, append(append([]any(nil), args...), organisation)...)
		if err != nil {
			return err
		}
		w = f.newWork(tx, nil)
		for _, s := range ended {
			w.end(s, s.Seen)
		}
		return w.store()
	})
	if err == nil {
		w.committed()
	}
	return err
}

// forget removes sessions that were closed before the given time: their late reports go to the reject table from now on.
func (f *Flow) forget(ctx context.Context, before int64) error {
	const where = ` WHERE closed_at > 0 AND closed_at < $1 AND seen_hour < $2`
	for {
		var organisations []int64
		err := f.DB.Read(ctx, func(q db.Queryer) (err error) {
			organisations, err = db.All(q, db.Int, `SELECT DISTINCT organisation_id FROM session`+where+` LIMIT 100`, before, before/clock.Hour)
			return err
		})
		if err != nil || len(organisations) == 0 {
			return err
		}
		for _, organisation := range organisations {
			err := f.DB.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
				_, err := tx.Exec(fmt.Sprintf(`DELETE FROM session WHERE (organisation_id, nas, acct_session_id, generation) IN
					(SELECT organisation_id, nas, acct_session_id, generation FROM session`+where+` AND organisation_id = $3 LIMIT %d)`,
					sweepBatch), before, before/clock.Hour, organisation)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
}
