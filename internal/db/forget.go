package db

import (
	"context"
	"fmt"
)

const forgetBatch = 1000 // rows a transaction removes

// Forget removes what a log table ("event", "usage_record") recorded before a day. On PostgreSQL that drops partitions;
// on SQLite it deletes a thousand rows at a time, so that nobody waits long for the one writer.
func (d *DB) Forget(ctx context.Context, table string, before int64) error {
	if dropped, err := d.driver.dropDays(ctx, table, before); dropped || err != nil {
		return err
	}
	var organisations []int64
	err := d.Read(ctx, func(q Queryer) (err error) {
		organisations, err = All(q, Int, `SELECT organisation_id FROM organisation_head`)
		return err
	})
	if err != nil {
		return err
	}
	for _, organisation := range organisations {
		if err := d.forgetOf(ctx, table, organisation, before); err != nil {
			return fmt.Errorf("forget old rows of %s: %w", table, err)
		}
	}
	return nil
}

func (d *DB) forgetOf(ctx context.Context, table string, organisation, before int64) error {
	for {
		var oldest []int64
		err := d.Read(ctx, func(q Queryer) (err error) {
			oldest, err = All(q, Int, `SELECT position FROM `+table+` WHERE organisation_id = $1 AND recorded_day < $2
				ORDER BY recorded_day, position LIMIT $3`, organisation, before, int64(forgetBatch))
			return err
		})
		if err != nil || len(oldest) == 0 {
			return err
		}
		err = d.Write(ctx, []int64{organisation}, func(tx *Tx) error {
			_, err := tx.Exec(`DELETE FROM `+table+` WHERE organisation_id = $1 AND recorded_day < $2 AND position <= $3`,
				organisation, before, oldest[len(oldest)-1])
			return err
		})
		if err != nil || len(oldest) < forgetBatch {
			return err
		}
	}
}
