package sms

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// Waiting is a buffered SMS whose device is online.
type Waiting struct {
	Organisation, Endpoint, ID int64
	IMSI, IMEISV, PLMN         string
	RAT                        int64
	Source                     string
}

// ListWaiting finds buffered SMS whose devices have an open data session, at most so many, those that expire first.
func ListWaiting(q db.Queryer, now int64, most int) ([]Waiting, error) {
	list, err := db.All(q, func(r *db.Row) Waiting {
		return Waiting{
			Organisation: r.Int(), Endpoint: r.Int(), ID: r.Int(), IMSI: r.Text(), IMEISV: r.Text(), PLMN: r.Text(), RAT: r.Int(), Source: r.Text(),
		}
	}, `SELECT m.organisation_id, m.endpoint_id, m.id, s.imsi, s.imeisv, s.plmn, s.rat_type_id, m.source_address
		FROM sms m JOIN session s ON s.organisation_id = m.organisation_id AND s.endpoint_id = m.endpoint_id AND s.closed_at = 0 AND s.sim_id = m.sim_id
		WHERE m.status_id = 3 AND m.expiry_date > $1 ORDER BY m.expiry_date, m.id LIMIT $2`, now, most)
	if err != nil {
		return nil, fmt.Errorf("look for buffered SMS: %w", err)
	}
	return list, nil
}

// Finish says what became of a buffered SMS: Delivered or Failed, in the network of the given PLMN. One that is at its end
// already stays as it is. A customer who wants that gets a receipt. tx holds the head of its organisation.
func (w Waiting) Finish(tx *db.Tx, now, status int64) error {
	delivered, due := int64(0), int64(0)
	if status == Delivered {
		delivered = now
	}
	told, err := isTold(tx, w.Organisation, w.Endpoint)
	if err != nil {
		return err
	}
	if told {
		due = now
	}
	_, err = tx.Exec(`UPDATE sms SET status_id = $1, delivery_date = $2, final_date = $3, last_attempt = $3, msc = $4, call_due = $8
		WHERE organisation_id = $5 AND endpoint_id = $6 AND id = $7 AND status_id = 3`,
		status, delivered, now, w.PLMN, w.Organisation, w.Endpoint, w.ID, due)
	if err != nil {
		return fmt.Errorf("finish SMS: %w", err)
	}
	return nil
}
