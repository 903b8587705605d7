package sms

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

const forgetBatch = 1000 // rows a transaction removes

// Forget removes the SMS that were sent before a time in µs, a thousand at a time, so that nobody waits long.
func Forget(ctx context.Context, d *db.DB, before int64) error {
	var organisations []int64
	err := d.Read(ctx, func(q db.Queryer) (err error) {
		organisations, err = db.All(q, db.Int, `SELECT organisation_id FROM organisation_head`)
		return err
	})
	for _, organisation := range organisations {
		for n := int64(forgetBatch); n == forgetBatch && err == nil; {
			n, err = forgetOf(ctx, d, organisation, before)
		}
	}
	if err != nil {
		return fmt.Errorf("forget old SMS: %w", err)
	}
	return nil
}

// forgetOf removes one batch of an organisation. Most have nothing to remove, and keep their heads.
func forgetOf(ctx context.Context, d *db.DB, organisation, before int64) (n int64, err error) {
	old := false
	err = d.Read(ctx, func(q db.Queryer) error {
		return q.Each(func(*db.Row) { old = true }, `SELECT id FROM sms WHERE organisation_id = $1 AND submit_date < $2 LIMIT 1`, organisation, before)
	})
	if err != nil || !old {
		return 0, err
	}
	err = d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
		n, err = tx.Exec(`DELETE FROM sms WHERE organisation_id = $1 AND id IN (SELECT id FROM sms WHERE organisation_id = $1 AND submit_date < $2
			ORDER BY submit_date LIMIT $3)`, organisation, before, forgetBatch)
		return err
	})
	return n, err
}
