package sms_test

import (
	"context"
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/sms"
)

func TestForget(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		if err := d.Write(ctx, nil, func(tx *db.Tx) error {
			if err := tx.CreateHead(1); err != nil {
				return err
			}
			for i := range int64(1500) {
				_, err := tx.Exec(`INSERT INTO sms VALUES (1, 1, $1, FALSE, 4, 1, '', '', '', '', 161, '', 'x', '', 0, 0, '', $2, 0, 0, 0, 0, 0, 0, 0, 0, 0)`, i, i)
				if err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := sms.Forget(ctx, d, 1400); err != nil {
			t.Fatal(err)
		}
		var left, first int64
		if err := d.Read(ctx, func(q db.Queryer) error {
			return q.Each(func(r *db.Row) { left, first = r.Int(), r.Int() }, `SELECT COUNT(*), MIN(submit_date) FROM sms`)
		}); err != nil || left != 100 || first != 1400 {
			t.Errorf("%v: %d are left, the first of %d", err, left, first)
		}
	})
}
