package sms

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

const columns = `m.id, m.endpoint_id, m.from_device, m.status_id, m.sim_id, m.iccid, m.imsi, m.msisdn, m.source_address,
	m.source_address_type_id, m.dest_address, m.payload, m.udh, m.dcs, m.pid, m.msc, m.submit_date, m.expiry_date, m.delivery_date,
	m.final_date, m.last_attempt, m.retry_count, m.user_id, e.name`

const from = ` FROM sms m JOIN endpoint e ON e.organisation_id = m.organisation_id AND e.id = m.endpoint_id`

func scan(r *db.Row) row {
	return row{
		id: r.Int(), endpoint: r.Int(), fromDevice: r.Bool(), status: r.Int(), sim: r.Int(), iccid: r.Text(), imsi: r.Text(), msisdn: r.Text(),
		source: r.Text(), sourceType: r.Int(), destination: r.Text(), payload: r.Text(), udh: r.Text(), dcs: r.Int(), pid: r.Int(), msc: r.Text(),
		submitted: r.Int(), expiry: r.Int(), delivered: r.Int(), final: r.Int(), tried: r.Int(), retries: r.Int(), user: r.Int(), endpointName: r.Text(),
	}
}

func (m row) insert(tx *db.Tx, organisation int64) error {
	_, err := tx.Exec(`INSERT INTO sms (organisation_id, endpoint_id, id, from_device, status_id, sim_id, iccid, imsi, msisdn, source_address,
			source_address_type_id, dest_address, payload, udh, dcs, pid, msc, submit_date, expiry_date, delivery_date, final_date,
			last_attempt, retry_count, user_id, call_due, peer_window)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)`,
		organisation, m.endpoint, m.id, m.fromDevice, m.status, m.sim, m.iccid, m.imsi, m.msisdn, m.source, m.sourceType, m.destination, m.payload,
		m.udh, m.dcs, m.pid, m.msc, m.submitted, m.expiry, m.delivered, m.final, m.tried, m.retries, m.user, m.due,
		m.peerWindow)
	if err != nil {
		return fmt.Errorf("store SMS: %w", err)
	}
	return nil
}

// Submit takes an SMS to an endpoint and returns its id. tx holds the head of the organisation; user is who sends it, 0 for an
// application token. An endpoint that can have none is a conflict.
func Submit(tx *db.Tx, now, user, organisation, endpoint int64, f Fields) (id int64, err error) {
	d, err := loadDevice(tx, organisation, endpoint)
	if err != nil {
		return 0, err
	}
	m, err := f.read(now)
	if err != nil {
		return 0, err
	}
	if err := d.gate(tx, now); err != nil {
		return 0, err
	}
	m.id, m.endpoint, m.user = tx.Head(organisation).NextID(), endpoint, user
	m.sim, m.iccid, m.imsi, m.msisdn = d.sim, d.iccid, d.imsi, d.msisdn
	if m.destination == "" {
		m.destination = d.msisdn
	}
	return m.id, m.insert(tx, organisation)
}

const most = 1000 // SMS of a list: the newest

// List lists the SMS to and from an endpoint, the newest first.
func List(q db.Queryer, now, organisation, endpoint int64) ([]SMS, error) {
	if _, err := loadDevice(q, organisation, endpoint); err != nil {
		return nil, err
	}
	list, err := db.All(q, func(r *db.Row) SMS { return scan(r).at(now).show() }, `SELECT `+columns+from+`
		WHERE m.organisation_id = $1 AND m.endpoint_id = $2 ORDER BY m.id DESC LIMIT $3`, organisation, endpoint, most)
	if err != nil {
		return nil, fmt.Errorf("list SMS: %w", err)
	}
	return list, nil
}

func load(q db.Queryer, now, organisation, endpoint, id int64) (row, error) {
	m, err := db.One(q, scan, `SELECT `+columns+from+` WHERE m.organisation_id = $1 AND m.endpoint_id = $2 AND m.id = $3 AND e.status_id <> 2`,
		organisation, endpoint, id)
	if errors.Is(err, db.ErrNone) {
		return m, fault.Missing("SMS", id)
	}
	return m.at(now), err
}

// Get reads an SMS of an endpoint.
func Get(q db.Queryer, now, organisation, endpoint, id int64) (*SMS, error) {
	m, err := load(q, now, organisation, endpoint, id)
	if err != nil {
		return nil, err
	}
	s := m.show()
	return &s, nil
}

// Cancel takes a buffered SMS back. tx holds the head of the organisation. Any other is a conflict.
func Cancel(tx *db.Tx, now, organisation, endpoint, id int64) error {
	m, err := load(tx, now, organisation, endpoint, id)
	if err != nil {
		return err
	}
	if m.fromDevice || m.status != Buffered && m.status != Pending {
		return fault.New(fault.NotAllowed, "SMS %d is %s: only a buffered one can be cancelled", id, statusNames[m.status])
	}
	_, err = tx.Exec(`UPDATE sms SET status_id = $1, final_date = $2 WHERE organisation_id = $3 AND endpoint_id = $4 AND id = $5`,
		Canceled, now, organisation, endpoint, id)
	return err
}
