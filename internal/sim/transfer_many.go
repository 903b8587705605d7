package sim

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

var (
	updateHolders = db.NewUpdate("sim", "id bigint", "owner_id bigint, issuer_org_id bigint, reseller_org_id bigint, customer_org_id bigint")
	updateICCID   = db.NewUpdate("iccid_route", "iccid text", "organisation_id bigint")
	updateIMSI    = db.NewUpdate("imsi_route", "imsi text", "organisation_id bigint")
	lookupName    = db.NewLookup("k_organisation bigint, k_sim bigint", `SELECT iccid, eid, msisdn, status_id, imsi_id, imsi, import_date, production_date
		FROM sim_identity WHERE organisation_id = $1 AND sim_id = $2`)
	copyName = db.NewInsert("sim_identity", `organisation_id bigint, sim_id bigint, iccid text, eid text, msisdn text, status_id bigint,
		imsi_id bigint, imsi text, import_date bigint, production_date bigint`, `ON CONFLICT (organisation_id, sim_id) DO UPDATE SET
		msisdn = excluded.msisdn, status_id = excluded.status_id, imsi_id = excluded.imsi_id, imsi = excluded.imsi`)
)

// Moving is what has to be done before a SIM leaves its owner: what its running sessions have counted stays there.
type Moving func(sim, from, to int64) error

// TransferMany is Transfer for many SIMs, which may be of several owners. tx holds the heads of all of them and of the new
// owner.
func TransferMany(tx *db.Tx, now, user int64, cards []*Card, issuer, reseller, customer int64) error {
	to, owners := Owner(issuer, reseller, customer), map[int64]*Moves{}
	holders, moved := updateHolders.New(), []*Card{}
	keys, iccids, imsis := lookupName.New(), updateICCID.New(), updateIMSI.New()
	for _, c := range cards {
		holders.Int(c.ID, to, issuer, reseller, customer)
		from := c.Owner()
		if from == to {
			continue
		}
		if owners[from] == nil {
			owners[from] = NewMoves(now, user, from)
		}
		owners[from].Release(c)
		moved = append(moved, c)
		keys.Int(from, c.ID)
		iccids.Text(c.ICCID).Int(to)
		imsis.Text(c.IMSI).Int(to)
	}
	var come Activity
	for from, m := range owners {
		if err := m.Store(tx, nil); err != nil {
			return err
		}
		var gone Activity
		for _, c := range moved {
			if c.Owner() == from {
				gone.Becomes(c.Status, Issued, false)
				come.Becomes(Issued, c.Status, false)
			}
		}
		if err := gone.Store(tx, now, from); err != nil {
			return err
		}
		tx.Head(from).Changed()
	}
	if err := come.Store(tx, now, to); err != nil {
		return err
	}
	names := copyName.New()
	err := tx.Lookup(db.Read{Bulk: lookupName, Keys: keys, Each: func(i int, r *db.Row) {
		names.Int(to, moved[i].ID).Text(r.Text(), r.Text(), r.Text()).Int(r.Int(), r.Int()).Text(r.Text()).Int(r.Int(), r.Int())
	}})
	if err == nil {
		err = errors.Join(tx.Insert(holders), tx.Insert(names), tx.Insert(iccids), tx.Insert(imsis))
	}
	if err != nil {
		return fmt.Errorf("transfer SIMs: %w", err)
	}
	for _, c := range cards {
		c.Issuer, c.Reseller, c.Customer = issuer, reseller, customer
	}
	tx.Head(to).Changed()
	return nil
}
