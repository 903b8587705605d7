package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

const forgetBatch = 1000 // rows a transaction removes

// Forget removes what a log table ("event", "usage_record") recorded before a day. On PostgreSQL that drops partitions;
// on SQLite it deletes a thousand rows at a time, so that nobody waits long for the one writer. What is going to be removed
// is written down before: see KeptFrom.
func (d *DB) Forget(ctx context.Context, table string, before int64) error {
	if err := d.noteForgotten(ctx, table, before); err != nil {
		return fmt.Errorf("forget old rows of %s: %w", table, err)
	}
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

func keptFrom(table string) string { return table + "_kept_from" }

// KeptFrom is the first recorded day of a log table that nothing was removed from, whatever the retention was at any time;
// 0 when nothing was ever removed.
func KeptFrom(q Queryer, table string) (day int64, err error) {
	text, err := One(q, Text, `SELECT value FROM setting WHERE name = $1`, keptFrom(table))
	if errors.Is(err, ErrNone) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// noteForgotten moves KeptFrom on; it never goes back.
func (d *DB) noteForgotten(ctx context.Context, table string, before int64) error {
	var day int64
	err := d.Read(ctx, func(q Queryer) (err error) {
		day, err = KeptFrom(q, table)
		return err
	})
	if err != nil || before <= day {
		return err
	}
	return d.Write(ctx, nil, func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			keptFrom(table), strconv.FormatInt(before, 10))
		return err
	})
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
