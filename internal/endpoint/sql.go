package endpoint

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

var insertEndpoint = db.NewInsert("endpoint", `organisation_id bigint, id bigint, name text, tags text, status_id bigint,
	service_profile_id bigint, tariff_profile_id bigint, sim_id bigint, imei text, imei_lock boolean,
	ip_address_space_id bigint, ip_address text, created bigint, last_updated bigint`, "")

// insert stores new rows. No tags are null in the table, which a bulk insert cannot say.
func insert(tx *db.Tx, organisation int64, endpoints ...Row) error {
	if len(endpoints) == 0 {
		return nil
	}
	rows := insertEndpoint.New()
	first, last := endpoints[0].ID, endpoints[0].ID
	for _, e := range endpoints {
		rows.Int(organisation, e.ID).Text(e.Name, e.Tags).Int(e.Status, e.ServiceProfile, e.TariffProfile, e.SIM).
			Text(e.IMEI).Bool(e.IMEILock).Int(e.Space).Text(e.IPAddress).Int(e.Created, e.LastUpdated)
		first, last = min(first, e.ID), max(last, e.ID)
	}
	if err := tx.Insert(rows); err != nil {
		return fmt.Errorf("create endpoints: %w", err)
	}
	if _, err := tx.Exec(`UPDATE endpoint SET tags = NULL WHERE organisation_id = $1 AND id >= $2 AND id <= $3 AND tags = ''`,
		organisation, first, last); err != nil {
		return fmt.Errorf("create endpoints: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

// update stores what may change of the row, except for its SIM: that changes with the SIM's own row.
func (e Row) update(tx *db.Tx, now, organisation int64) error {
	_, err := tx.Exec(`UPDATE endpoint SET name = $1, tags = NULLIF($2, ''), status_id = $3, service_profile_id = $4, tariff_profile_id = $5,
		imei = $6, imei_lock = $7, ip_address_space_id = $8, ip_address = $9, last_updated = $10
		WHERE organisation_id = $11 AND id = $12`, e.Name, e.Tags, e.Status, e.ServiceProfile, e.TariffProfile,
		e.IMEI, e.IMEILock, e.Space, e.IPAddress, now, organisation, e.ID)
	if err != nil {
		return fmt.Errorf("change endpoint: %w", err)
	}
	return nil
}

// load reads an endpoint for the rules.
func load(q db.Queryer, organisation, id int64) (Row, error) {
	row, err := db.One(q, func(r *db.Row) Row {
		return Row{
			ID: r.Int(), Name: r.Text(), Tags: r.Text(), Status: r.Int(), ServiceProfile: r.Int(), TariffProfile: r.Int(),
			SIM: r.Int(), IMEI: r.Text(), IMEILock: r.Bool(), Space: r.Int(), IPAddress: r.Text(), Created: r.Int(), LastUpdated: r.Int(),
		}
	}, `SELECT id, name, tags, status_id, service_profile_id, tariff_profile_id, sim_id, imei, imei_lock, ip_address_space_id,
		ip_address, created, last_updated FROM endpoint WHERE organisation_id = $1 AND id = $2 AND status_id <> 2`, organisation, id)
	return row, missing(err, id)
}

// Exists is the error of an endpoint that an organisation does not have.
func Exists(q db.Queryer, organisation, id int64) error {
	_, err := db.One(q, db.Int, `SELECT id FROM endpoint WHERE organisation_id = $1 AND id = $2 AND status_id <> 2`, organisation, id)
	return missing(err, id)
}

func missing(err error, id int64) error {
	if errors.Is(err, db.ErrNone) {
		return fault.Missing("Endpoint", id)
	}
	return err
}

const (
	selectEndpoint = `SELECT e.id, e.name, e.tags, e.created, e.last_updated, e.status_id, e.service_profile_id, sp.name,
		e.tariff_profile_id, tp.name, e.imei, e.imei_lock, e.ip_address, e.ip_address_space_id, e.sim_id, sim.iccid, sim.imsi,
		sim.msisdn, sim.eid, sim.status_id FROM `
	joinNames = ` LEFT JOIN sim ON sim.id = e.sim_id
		LEFT JOIN service_profile sp ON sp.organisation_id = e.organisation_id AND sp.id = e.service_profile_id
		LEFT JOIN tariff_profile tp ON tp.organisation_id = e.organisation_id AND tp.id = e.tariff_profile_id`
)

// Get reads an endpoint of an organisation.
func Get(q db.Queryer, organisation, id int64) (*Endpoint, error) {
	e, err := db.One(q, scan, selectEndpoint+`endpoint e`+joinNames+`
		WHERE e.organisation_id = $1 AND e.id = $2 AND e.status_id <> 2`, organisation, id)
	return &e, missing(err, id)
}

func scan(r *db.Row) Endpoint {
	e := Endpoint{
		ID: value.ID(r.Int()), Name: r.Text(), Tags: some(r.Text()), Created: value.EntityTime(r.Int()),
		LastUpdated: value.EntityTime(r.Int()), Status: Status(r.Int()),
		ServiceProfile: value.Named{ID: value.ID(r.Int()), Name: r.Text()},
		TariffProfile:  value.Named{ID: value.ID(r.Int()), Name: r.Text()}, TagAssignments: []TagAssignment{},
	}
	imei := r.Text()
	e.IMEI, e.IMEIWithLuhn, e.IMEILock, e.IPAddress = some(imei), imeiWithLuhn(imei), r.Bool(), some(r.Text())
	if space := r.Int(); space != 0 {
		e.IPAddressSpace = &Space{ID: value.ID(space)}
	}
	if id := r.Int(); id != 0 {
		s := SIM{ID: value.ID(id), ICCID: r.Text(), IMSI: some(r.Text()), MSISDN: some(r.Text()), EID: some(r.Text()), Status: sim.Status(r.Int())}
		s.ICCIDWithLuhn = sim.WithLuhn(s.ICCID)
		e.SIM = &s
	}
	return e
}

func some(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
