package account

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// removeFrom takes a user out of an organisation. The log goes on naming them: whoever reads it later must see who it was.
func removeFrom(tx *db.Tx, organisation, user, now int64) error {
	_, err := tx.Exec(`INSERT INTO former_user (organisation_id, id, username, name, deleted)
		SELECT organisation_id, id, username, name, $3 FROM account_user WHERE organisation_id = $1 AND id = $2
		ON CONFLICT (organisation_id, id) DO UPDATE SET username = excluded.username, name = excluded.name, deleted = excluded.deleted`,
		organisation, user, now) // a guest may have been here before
	if err == nil {
		_, err = tx.Exec(`DELETE FROM account_user WHERE organisation_id = $1 AND id = $2`, organisation, user)
	}
	return err
}

// ForgetFormer removes the names of users who were deleted before a time in µs. No event that is kept may name them any more.
func ForgetFormer(ctx context.Context, d *db.DB, before int64) error {
	var organisations []int64
	err := d.Read(ctx, func(q db.Queryer) (err error) {
		organisations, err = db.All(q, db.Int, `SELECT DISTINCT organisation_id FROM former_user WHERE deleted < $1`, before)
		return err
	})
	for _, organisation := range organisations {
		if err == nil {
			err = d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
				_, err := tx.Exec(`DELETE FROM former_user WHERE organisation_id = $1 AND deleted < $2`, organisation, before)
				return err
			})
		}
	}
	if err != nil {
		return fmt.Errorf("forget deleted users: %w", err)
	}
	return nil
}
