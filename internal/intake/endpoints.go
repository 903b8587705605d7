package intake

import (
	"context"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

// EndpointColumns are the columns of a file of endpoints; the first two must be there.
func EndpointColumns() []string {
	return []string{
		"service_profile", "tariff_profile", "name", "iccid", "status", "tags", "imei", "imei_lock", "ip_address", "ip_address_space", "activate",
	}
}

// device is a row of a file of endpoints.
type device struct {
	endpoint.Fields
	iccid string
	err   error
}

type endpointRun struct {
	run
	user    int64
	devices []device
	first   int64 // id
}

// Endpoints takes a file of endpoints in for an organisation. user is who does it, 0 for an application token.
func (i *Importer) Endpoints(ctx context.Context, organisation, user int64, text string, o Options) (*Report, error) {
	t, err := read("endpoints", text, o, EndpointColumns(), EndpointColumns()[:2])
	if err != nil {
		return nil, err
	}
	e := endpointRun{run: run{Importer: i, kind: "endpoints", organisation: organisation, table: t}, user: user}
	if err := i.DB.Read(ctx, e.readDevices); err != nil {
		return nil, err
	}
	if e.first, err = i.DB.NextIDs(ctx, "endpoint", organisation, int64(max(len(e.devices), 1))); err != nil {
		return nil, err
	}
	return e.each(ctx, func(int, int) []int64 { return nil }, e.take)
}

func (e *endpointRun) readDevices(q db.Queryer) error {
	services, err := loadNames(q, "service_profile", `SELECT id, name FROM service_profile WHERE organisation_id = $1`, e.organisation)
	if err != nil {
		return err
	}
	tariffs, err := loadNames(q, "tariff_profile", `SELECT id, name FROM tariff_profile WHERE organisation_id = $1`, e.organisation)
	if err != nil {
		return err
	}
	spaces, err := loadNames(q, "ip_address_space", `SELECT id, network FROM ip_address_space WHERE organisation_id = $1`, e.organisation)
	if err != nil {
		return err
	}
	e.devices = make([]device, len(e.table.Rows))
	seen := map[string]int{}
	for i := range e.devices {
		d := &e.devices[i]
		*d = e.readDevice(i, services, tariffs, spaces)
		key := "c" + d.iccid
		if d.iccid == "" {
			key = "n" + d.Name.Value
		}
		if line, twice := seen[key]; twice && d.err == nil && key != "n" {
			d.err = fault.New(fault.Duplicated, "it is the same as line %d: its SIM, or its name where it has none", line)
		}
		seen[key] = e.table.Rows[i].Line
	}
	return nil
}

func (e *endpointRun) readDevice(row int, services, tariffs, spaces names) (d device) {
	cell := func(name string) string { return e.table.cell(row, name) }
	text := func(name string) (o value.Opt[string]) {
		if text := cell(name); text != "" {
			o = value.Some(text)
		}
		return o
	}
	d.Name, d.Tags, d.IMEI, d.IPAddress = text("name"), text("tags"), text("imei"), text("ip_address")
	if d.iccid = cell("iccid"); d.iccid != "" {
		if d.iccid = sim.WithoutLuhn(d.iccid); !d.Name.Has() {
			d.Name = value.Some(d.iccid)
		}
	}
	if d.err = e.table.over(row); d.err != nil {
		return d
	}
	status := endpoint.Enabled
	if d.err = statusOf(cell("status"), endpoint.Statuses(), &status); d.err != nil {
		return d
	}
	d.Status = refTo(status)
	for _, ref := range []struct {
		column string
		names  names
		into   *value.Opt[value.Ref]
	}{{"service_profile", services, &d.ServiceProfile}, {"tariff_profile", tariffs, &d.TariffProfile}, {"ip_address_space", spaces, &d.IPAddressSpace}} {
		id, err := ref.names.find(cell(ref.column))
		if err != nil {
			d.err = err
			return d
		}
		if id != 0 {
			*ref.into = refTo(id)
		}
	}
	lock, err := flag("imei_lock", cell("imei_lock"))
	if err == nil {
		d.IMEILock = value.Some(lock)
		d.SIM.Value.Activate.Value, err = flag("activate", cell("activate"))
	}
	d.err = err
	return d
}

func refTo(id int64) value.Opt[value.Ref] { return value.Some(value.Ref{ID: value.Some(value.ID(id))}) }

func flag(name, text string) (bool, error) {
	switch strings.ToLower(text) {
	case "", "no", "n":
		return false, nil
	case "yes", "y":
		return true, nil
	}
	is, err := strconv.ParseBool(strings.ToLower(text))
	if err != nil {
		return false, fault.New(fault.InvalidFormat, "%s: yes or no expected, not %q", name, text)
	}
	return is, nil
}

func (e *endpointRun) take(tx *db.Tx, first, end int) ([]outcome, error) {
	outcomes := make([]outcome, end-first)
	devices := e.devices[first:end]
	if err := e.find(tx, devices, outcomes); err != nil {
		return nil, err
	}
	var fields []endpoint.Fields
	var places []int
	for i, d := range devices {
		if outcomes[i].err == nil && !outcomes[i].found {
			fields, places = append(fields, d.Fields), append(places, i)
		}
	}
	errs, err := endpoint.CreateEach(tx, e.Clock.Micros(), e.user, e.organisation, e.first+int64(first), fields)
	if err != nil {
		return nil, err
	}
	for n, wrong := range errs {
		outcomes[places[n]].err = wrong
	}
	return outcomes, nil
}

var (
	lookupSIM = db.NewLookup("k_iccid text, k_organisation bigint", `SELECT s.id, COALESCE(e.name, ''), s.endpoint_id FROM iccid_route r
		JOIN sim s ON s.id = r.sim_id LEFT JOIN endpoint e ON e.organisation_id = $2 AND e.id = s.endpoint_id
		WHERE r.iccid = $1 AND r.organisation_id = $2`)
	lookupName = db.NewLookup("k_organisation bigint, k_name text", `SELECT id FROM endpoint WHERE organisation_id = $1 AND name = $2 AND status_id <> 2 LIMIT 1`)
)

// find puts the SIMs into the fields, and finds the rows whose endpoints are there.
func (e *endpointRun) find(tx *db.Tx, devices []device, outcomes []outcome) error {
	iccids, called := lookupSIM.New(), lookupName.New()
	var withSIM, without []int
	for i, d := range devices {
		switch outcomes[i].err = d.err; {
		case d.err != nil:
		case d.iccid != "":
			iccids.Text(d.iccid).Int(e.organisation)
			withSIM = append(withSIM, i)
			outcomes[i].err = fault.New(fault.InvalidReference, "SIM %s does not exist", d.iccid) // until it is found
		case d.Name.Has():
			called.Int(e.organisation).Text(d.Name.Value)
			without = append(without, i)
		}
	}
	err := tx.Lookup(db.Read{Bulk: lookupSIM, Keys: iccids, Each: func(n int, r *db.Row) {
		i := withSIM[n]
		id, name, at := r.Int(), r.Text(), r.Int()
		devices[i].SIM.Set, devices[i].SIM.Value.ID = true, value.Some(value.ID(id))
		outcomes[i].err = nil
		outcomes[i].found = at != 0 && name == devices[i].Name.Value
	}})
	if err == nil {
		err = tx.Lookup(db.Read{Bulk: lookupName, Keys: called, Each: func(n int, _ *db.Row) { outcomes[without[n]].found = true }})
	}
	return err
}
