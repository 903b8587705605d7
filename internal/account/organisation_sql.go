package account

import (
	"errors"
	"strings"

	"github.com/simstead/simstead/internal/db"
)

const selectOrganisation = `SELECT id, parent_id, type_id, status_id, name, country_id, currency_id, time_zone,
	monthly_cost_limit, created, ext_reference, relation_type_id, verification_type_id, verification, default_sms_routing_id, feature_flags
	FROM organisation`

func scanOrganisation(r *db.Row) Organisation {
	return Organisation{
		ID: r.Int(), Parent: r.Int(), Type: r.Int(), Status: r.Int(), Name: r.Text(), Country: r.Int(), Currency: r.Int(),
		TimeZone: r.Text(), CostLimit: r.OptInt(), Created: r.Int(), Reference: r.Text(), Relation: r.Int(),
		VerificationType: r.Int(), Verification: r.Text(), SMSRouting: r.Int(), Flags: flagsOf(r.Text()),
	}
}

func insertOrganisation(tx *db.Tx, o Organisation) error {
	_, err := tx.Exec(`INSERT INTO organisation (id, parent_id, type_id, status_id, class_id, name, country_id, currency_id,
		time_zone, ext_reference, monthly_cost_limit, verification_type_id, verification, created, relation_type_id,
		default_sms_routing_id, feature_flags) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $12, $11, $14, $15, $10, $13, $16, $17)`,
		o.ID, o.Parent, o.Type, o.Status, commercial, o.Name, o.Country, o.Currency, o.TimeZone, o.Created, orNull(o.CostLimit),
		o.Reference, o.Relation, o.VerificationType, o.Verification, o.SMSRouting, strings.Join(o.Flags, ","))
	if err != nil {
		return err
	}
	return tx.CreateHead(o.ID)
}

// orNull is a number for SQL, null for none.
func orNull(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

// updateOrganisation stores what may change of an organisation.
func updateOrganisation(tx *db.Tx, o Organisation) error {
	_, err := tx.Exec(`UPDATE organisation SET name = $2, status_id = $3, country_id = $4, currency_id = $5, monthly_cost_limit = $6,
		ext_reference = $7, verification_type_id = $8, verification = $9, default_sms_routing_id = $10, feature_flags = $11 WHERE id = $1`,
		o.ID, o.Name, o.Status, o.Country, o.Currency, orNull(o.CostLimit), o.Reference, o.VerificationType, o.Verification,
		o.SMSRouting, strings.Join(o.Flags, ","))
	return err
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
