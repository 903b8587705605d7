package usage

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
)

// lapse deals with sessions whose grants ended before a time and that were not heard of since. One that had to ask by then is
// lost: it ends, and what it reports later is still counted, once. One that only reports gives back what it holds.
func (f *Flow) lapse(ctx context.Context, before int64) error {
	const where = ` WHERE closed_at = 0 AND lapse_bucket > 0 AND lapse_bucket < $1`
	bucket := before / session.LapseBucket
	for {
		var organisations []int64
		err := f.DB.Read(ctx, func(q db.Queryer) (err error) {
			organisations, err = db.All(q, db.Int, `SELECT DISTINCT organisation_id FROM (SELECT organisation_id FROM session`+where+
				fmt.Sprintf(` ORDER BY lapse_bucket LIMIT %d) s`, sweepBatch), bucket)
			return err
		})
		if err != nil || len(organisations) == 0 {
			return err
		}
		for _, organisation := range organisations {
			if err := f.lapseSome(ctx, organisation, where, bucket); err != nil {
				return err
			}
		}
	}
}

func (f *Flow) lapseSome(ctx context.Context, organisation int64, where string, bucket int64) error {
	var w *work
	err := f.DB.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
		lapsed, err := db.All(tx, session.Scan, `SELECT `+session.Columns+` FROM session`+where+
			fmt.Sprintf(` AND organisation_id = $2 LIMIT %d`, sweepBatch), bucket, organisation)
		if err != nil {
			return err
		}
		w = f.newWork(tx, nil)
		for _, s := range lapsed {
			if s.Protocol == int64(Gy) {
				w.end(s, s.Seen)
				continue
			}
			w.release(s)
			s.GrantedUntil = 0
			w.touch(s)
		}
		return w.store()
	})
	if err == nil {
		w.committed()
	}
	return err
}

// forgetAnswers removes the answers to one-time requests of hours before the given one, and policy sessions that ended long
// ago or were not heard of for a month.
func (f *Flow) forgetAnswers(ctx context.Context, hour int64) error {
	if f.forgotten.Swap(hour) == hour {
		return nil
	}
	err := f.deleteOld(ctx, `SELECT organisation_id FROM organisation_head h WHERE EXISTS (SELECT 1 FROM credit_event c
			WHERE c.organisation_id = h.organisation_id AND c.hour < $1)`,
		`DELETE FROM credit_event WHERE organisation_id = $1 AND (hour, key_high, key_low) IN
			(SELECT hour, key_high, key_low FROM credit_event WHERE organisation_id = $1 AND hour < $2 LIMIT 2000)`, hour)
	if err != nil {
		return err
	}
	closed := f.Clock.Micros() - f.Settings.KeepClosed.Microseconds()
	silent := f.Clock.Micros() - 30*clock.Day
	return f.deleteOld(ctx, `SELECT DISTINCT organisation_id FROM policy_session WHERE closed_at > 0 AND closed_at < $1 OR last_seen < $2`,
		`DELETE FROM policy_session WHERE organisation_id = $1 AND (nas, session_id) IN
			(SELECT nas, session_id FROM policy_session WHERE organisation_id = $1 AND (closed_at > 0 AND closed_at < $2 OR last_seen < $3)
			LIMIT 2000)`, closed, silent)
}

// deleteOld runs a bounded deletion in the organisations that a query finds to have something to delete, so that the others'
// heads are left alone.
func (f *Flow) deleteOld(ctx context.Context, where, statement string, args ...any) error {
	var organisations []int64
	err := f.DB.Read(ctx, func(q db.Queryer) (err error) {
		organisations, err = db.All(q, db.Int, where, args...)
		return err
	})
	if err != nil {
		return err
	}
	for _, organisation := range organisations {
		if err := f.deleteSome(ctx, organisation, statement, args...); err != nil {
			return err
		}
	}
	return nil
}

// deleteSome runs a bounded deletion until there is nothing left to delete.
func (f *Flow) deleteSome(ctx context.Context, organisation int64, statement string, args ...any) error {
	for {
		var deleted int64
		err := f.DB.Write(ctx, []int64{organisation}, func(tx *db.Tx) (err error) {
			deleted, err = tx.Exec(statement, append([]any{organisation}, args...)...)
			return err
		})
		if err != nil || deleted < 2000 {
			return err
		}
	}
}
