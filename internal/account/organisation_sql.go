package account

import (
	"errors"

	"github.com/simstead/simstead/internal/db"
)

const selectOrganisation = `SELECT id, parent_id, type_id, status_id, name, country_id, currency_id, time_zone,
	monthly_cost_limit, created FROM organisation`

func scanOrganisation(r *db.Row) Organisation {
	return Organisation{
		ID: r.Int(), Parent: r.Int(), Type: r.Int(), Status: r.Int(), Name: r.Text(), Country: r.Int(), Currency: r.Int(),
		TimeZone: r.Text(), CostLimit: r.OptInt(), Created: r.Int(),
	}
}

func insertOrganisation(tx *db.Tx, o Organisation) error {
	var limit any // null for none
	if o.CostLimit != nil {
		limit = *o.CostLimit
	}
	_, err := tx.Exec(`INSERT INTO organisation (id, parent_id, type_id, status_id, class_id, name, country_id, currency_id,
		time_zone, ext_reference, monthly_cost_limit, verification_type_id, verification, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $11, 0, '', $10)`,
		o.ID, o.Parent, o.Type, o.Status, commercial, o.Name, o.Country, o.Currency, o.TimeZone, o.Created, limit)
	if err != nil {
		return err
	}
	return tx.CreateHead(o.ID)
}

// Descendant reports whether an organisation stands below another one. None stands below itself. (UNION, not UNION
// ALL: a ring in the tree would end the search, not the process.)
func Descendant(q db.Queryer, ancestor, organisation int64) (bool, error) {
	_, err := db.One(q, db.Int, `WITH RECURSIVE up (id) AS (
			SELECT parent_id FROM organisation WHERE id = $1
			UNION SELECT o.parent_id FROM up JOIN organisation o ON o.id = up.id)
		SELECT id FROM up WHERE id = $2 AND id <> 0`, organisation, ancestor)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	return err == nil, err
}

// Below lists an organisation and all that stand below it, by id.
func Below(q db.Queryer, organisation int64) ([]int64, error) {
	return db.All(q, db.Int, `WITH RECURSIVE down (id) AS (
			SELECT id FROM organisation WHERE id = $1
			UNION SELECT o.id FROM down JOIN organisation o ON o.parent_id = down.id)
		SELECT id FROM down ORDER BY id`, organisation)
}
