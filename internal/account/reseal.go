package account

import (
	"context"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/secret"
)

// ResealKeys seals the secrets of second factors with the newest master key, and returns how many it changed and how many
// it could not read.
func ResealKeys(ctx context.Context, d *db.DB, master *secret.Keys) (sealed, unreadable int, err error) {
	type row struct {
		home, user, id int64
		secret         string
	}
	var all []row
	err = d.Read(ctx, func(q db.Queryer) (err error) {
		all, err = db.All(q, func(r *db.Row) row { return row{r.Int(), r.Int(), r.Int(), r.Text()} },
			`SELECT organisation_id, user_id, id, secret FROM user_mfa WHERE secret <> '' ORDER BY organisation_id, user_id, id`)
		return err
	})
	for _, k := range all {
		if err != nil || master.Current(k.secret) {
			continue
		}
		fresh, bad := master.Seal(k.secret, sealedAt(k.home, k.user, k.id))
		if bad != nil {
			unreadable++
			continue
		}
		err = d.Write(ctx, []int64{k.home}, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE user_mfa SET secret = $4 WHERE organisation_id = $1 AND user_id = $2 AND id = $3 AND secret = $5`,
				k.home, k.user, k.id, fresh, k.secret)
			return err
		})
		sealed++
	}
	return sealed, unreadable, err
}
