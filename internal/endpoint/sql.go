package endpoint

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tag"
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

var updateEndpoint = db.NewUpdate("endpoint", "organisation_id bigint, id bigint", `name text, tags text null, status_id bigint,
	service_profile_id bigint, tariff_profile_id bigint, imei text, imei_lock boolean, ip_address_space_id bigint,
	ip_address text, last_updated bigint`)

// updateRows stores what may change of the rows, except for their SIMs: those change with the SIMs' own rows.
func (d *desk) updateRows() error {
	rows := updateEndpoint.New()
	for _, c := range d.changes {
		e := c.row
		rows.Int(d.organisation, e.ID).Text(e.Name, e.Tags).Int(e.Status, e.ServiceProfile, e.TariffProfile).
			Text(e.IMEI).Bool(e.IMEILock).Int(e.Space).Text(e.IPAddress).Int(d.now)
	}
	if err := d.tx.Insert(rows); err != nil {
		return fmt.Errorf("change endpoints: %w", err)
	}
	return nil
}

const selectRow = `SELECT id, name, tags, status_id, service_profile_id, tariff_profile_id, sim_id, imei, imei_lock, ip_address_space_id,
	ip_address, created, last_updated FROM endpoint WHERE organisation_id = $1 AND id = $2 AND status_id <> 2`

var lookupRow = db.NewLookup("k_organisation bigint, k_id bigint", selectRow)

func scanRow(r *db.Row) Row {
	return Row{
		ID: r.Int(), Name: r.Text(), Tags: r.Text(), Status: r.Int(), ServiceProfile: r.Int(), TariffProfile: r.Int(),
		SIM: r.Int(), IMEI: r.Text(), IMEILock: r.Bool(), Space: r.Int(), IPAddress: r.Text(), Created: r.Int(), LastUpdated: r.Int(),
	}
}

// load reads an endpoint for the rules.
func load(q db.Queryer, organisation, id int64) (Row, error) {
	row, err := db.One(q, scanRow, selectRow, organisation, id)
	return row, missing(err, id)
}

// loadMany reads endpoints for the rules, in the order of their ids, which must all be there and differ.
func loadMany(tx *db.Tx, organisation int64, ids []int64) ([]Row, error) {
	if err := unique(ids); err != nil || len(ids) == 0 {
		return nil, err
	}
	rows, keys := make([]Row, len(ids)), lookupRow.New()
	for _, id := range ids {
		keys.Int(organisation, id)
	}
	if err := tx.Lookup(db.Read{Bulk: lookupRow, Keys: keys, Each: func(i int, r *db.Row) { rows[i] = scanRow(r) }}); err != nil {
		return nil, fmt.Errorf("read endpoints: %w", err)
	}
	var gone []*fault.Error
	for i, row := range rows {
		if row.ID == 0 && len(gone) < maxTold {
			gone = append(gone, fault.Missing("Endpoint", ids[i]))
		}
	}
	if len(gone) == 0 {
		return rows, nil
	}
	all := *gone[0]
	all.Errors = gone
	return nil, &all
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
	list := []Endpoint{e}
	if err == nil {
		err = complete(q, organisation, list)
	}
	return &list[0], missing(err, id)
}

// complete fills in what stands in other tables about endpoints: their tags, and how they are attached.
func complete(q db.Queryer, organisation int64, endpoints []Endpoint) error {
	ids := make([]int64, len(endpoints))
	for i, e := range endpoints {
		ids[i] = int64(e.ID)
	}
	tags, err := tag.Assignments(q, organisation, ids)
	for i := range endpoints {
		if endpoints[i].TagAssignments = tags[ids[i]]; endpoints[i].TagAssignments == nil {
			endpoints[i].TagAssignments = []tag.Assignment{}
		}
	}
	if err != nil {
		return err
	}
	return attach(q, organisation, ids, endpoints)
}

// Range reads the endpoints of an organisation whose ids are within two bounds, in their order.
func Range(q db.Queryer, organisation, first, last int64) ([]Endpoint, error) {
	endpoints, err := db.All(q, scan, selectEndpoint+`endpoint e`+joinNames+`
		WHERE e.organisation_id = $1 AND e.id >= $2 AND e.id <= $3 AND e.status_id <> 2 ORDER BY e.id`, organisation, first, last)
	return endpoints, errors.Join(err, complete(q, organisation, endpoints))
}

func scan(r *db.Row) Endpoint {
	e := Endpoint{
		ID: value.ID(r.Int()), Name: r.Text(), Tags: some(r.Text()), Created: value.EntityTime(r.Int()),
		LastUpdated: value.EntityTime(r.Int()), Status: Status(r.Int()),
		ServiceProfile: value.Named{ID: value.ID(r.Int()), Name: r.Text()},
		TariffProfile:  value.Named{ID: value.ID(r.Int()), Name: r.Text()},
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
