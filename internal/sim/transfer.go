package sim

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// Transfer gives the SIM to other organisations. tx holds the heads of its old and its new owner. When the owner
// changes, the SIM leaves its endpoint and its routes lead to the new owner; the identity row of the old owner stays,
// because the old owner's log refers to it. What a running session has counted must have been moved before.
func (c *Card) Transfer(tx *db.Tx, now, user, issuer, reseller, customer int64) error {
	from, to := c.Owner(), Owner(issuer, reseller, customer)
	if from != to {
		if err := c.Release(tx, now, user); err != nil {
			return err
		}
	}
	c.Issuer, c.Reseller, c.Customer = issuer, reseller, customer
	if _, err := tx.Exec(`UPDATE sim SET owner_id = $1, issuer_org_id = $2, reseller_org_id = $3, customer_org_id = $4 WHERE id = $5`,
		to, issuer, reseller, customer, c.ID); err != nil {
		return fmt.Errorf("transfer SIM: %w", err)
	}
	if from == to {
		return nil
	}
	tx.Head(from).Changed()
	tx.Head(to).Changed()
	var gone, come Activity
	gone.Becomes(c.Status, Issued, false)
	come.Becomes(Issued, c.Status, false)
	if err := errors.Join(gone.Store(tx, now, from), come.Store(tx, now, to)); err != nil {
		return err
	}
	return c.reroute(tx, from, to)
}

// reroute makes the SIM's names lead to its new owner, who may have owned it before.
func (c *Card) reroute(tx *db.Tx, from, to int64) error {
	if _, err := tx.Exec(`INSERT INTO sim_identity
			(organisation_id, sim_id, iccid, eid, msisdn, status_id, imsi_id, imsi, import_date, production_date)
		SELECT CAST($1 AS BIGINT), sim_id, iccid, eid, msisdn, status_id, imsi_id, imsi, import_date, production_date
		FROM sim_identity WHERE organisation_id = $2 AND sim_id = $3
		ON CONFLICT (organisation_id, sim_id) DO UPDATE SET msisdn = excluded.msisdn, status_id = excluded.status_id,
			imsi_id = excluded.imsi_id, imsi = excluded.imsi`, to, from, c.ID); err != nil {
		return fmt.Errorf("copy SIM identity: %w", err)
	}
	if _, err := tx.Exec(`UPDATE iccid_route SET organisation_id = $1 WHERE iccid = $2`, to, c.ICCID); err != nil {
		return fmt.Errorf("route ICCID: %w", err)
	}
	if _, err := tx.Exec(`UPDATE imsi_route SET organisation_id = $1 WHERE imsi = $2`, to, c.IMSI); err != nil {
		return fmt.Errorf("route IMSI: %w", err)
	}
	return nil
}
