package endpoint

import (
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

// MaxBulk is how many endpoints one request may create, change or delete.
const MaxBulk = 2000

// Bulk are endpoints to create at once, with what they share.
type Bulk struct {
	ServiceProfile value.Opt[value.Ref] `json:"service_profile"`
	TariffProfile  value.Opt[value.Ref] `json:"tariff_profile"`
	Status         value.Opt[value.Ref] `json:"status" doc:"0 Enabled or 1 Disabled."`
	Organisation   value.Opt[value.Ref] `json:"organisation" doc:"The caller's own."`
	IPAddressSpace value.Opt[value.Ref] `json:"ip_address_space" doc:"By default the organisation's first one."`
	Endpoints      []BulkItem           `json:"endpoints" required:"true" minItems:"1" maxItems:"2000"`
}

// BulkItem is what one of them has of its own.
type BulkItem struct {
	Name      value.Opt[string] `json:"name" doc:"By default the endpoint's id."`
	Tags      value.Opt[string] `json:"tags"`
	IMEI      value.Opt[string] `json:"imei"`
	IMEILock  value.Opt[bool]   `json:"imei_lock"`
	SIM       value.Opt[SIMRef] `json:"sim"`
	IPAddress value.Opt[string] `json:"ip_address" doc:"By default the next free one of the space."`
}

// Of is what one endpoint is to be.
func (b Bulk) Of(item BulkItem) Fields {
	return Fields{
		ServiceProfile: b.ServiceProfile, TariffProfile: b.TariffProfile, Status: b.Status, Organisation: b.Organisation,
		IPAddressSpace: b.IPAddressSpace, Name: item.Name, Tags: item.Tags, IMEI: item.IMEI, IMEILock: item.IMEILock,
		SIM: item.SIM, IPAddress: item.IPAddress,
	}
}

// CreateBulk makes endpoints, all or none. Their ids count up from first, which comes from db.NextIDs of the kind "endpoint";
// the rest is as with Create. Each error begins with the place in the list that it is about.
func CreateBulk(tx *db.Tx, now, user, organisation, first int64, endpoints []Fields) error {
	d := newDesk(tx, now, user, organisation)
	d.bulk = true
	for i, f := range endpoints {
		d.create(fmt.Sprintf("endpoints[%d]", i), first+int64(i), f)
	}
	return d.insert()
}

// CreateEach makes those of some endpoints that can be made, and says what is wrong with each of the others, nil for those that
// were made; the rest is as with CreateBulk.
func CreateEach(tx *db.Tx, now, user, organisation, first int64, endpoints []Fields) ([]error, error) {
	d := newDesk(tx, now, user, organisation)
	d.bulk = true
	for i, f := range endpoints {
		d.create("Endpoint", first+int64(i), f)
	}
	if err := d.loadCards(); err != nil {
		return nil, err
	}
	wrong := make([]error, len(endpoints))
	for _, c := range d.changes {
		if err := c.read(); err != nil {
			return nil, err
		}
	}
	d.drop(first, wrong)
	if err := d.addresses(); err != nil {
		return nil, err
	}
	d.drop(first, wrong)
	if len(d.changes) == 0 {
		return wrong, nil
	}
	return wrong, d.storeNew()
}

// drop takes the changes off the desk that cannot be made, and tells why.
func (d *desk) drop(first int64, wrong []error) {
	d.changes = slices.DeleteFunc(d.changes, func(c *change) bool {
		why := append(c.wrong, c.conflicts...)
		if len(why) > 0 {
			wrong[c.row.ID-first] = fault.Invalid(why...)
		}
		return len(why) > 0
	})
}

// BulkChange is a change of one endpoint of many.
type BulkChange struct {
	ID value.ID `json:"id" required:"true"`
	Fields
}

// ChangeBulk changes endpoints, all or none; the rest is as with Change, but that broken rules are told with the fields that
// are wrong. Endpoints that do not exist are a fault that names them.
func ChangeBulk(tx *db.Tx, now, user, organisation int64, changes []BulkChange) error {
	ids := make([]int64, len(changes))
	for i, c := range changes {
		ids[i] = int64(c.ID)
	}
	rows, err := loadMany(tx, organisation, ids)
	if err != nil {
		return err
	}
	d := newDesk(tx, now, user, organisation)
	d.bulk = true
	for i, c := range changes {
		if c.Fields != (Fields{}) {
			d.add(fmt.Sprintf("Endpoint %d", ids[i]), rows[i], rows[i], c.Fields)
		}
	}
	if len(d.changes) == 0 {
		return nil
	}
	return d.update()
}

// DeleteBulk hides endpoints for ever, all or none, and frees their addresses. They give their SIMs back, which are suspended
// where they are activated, or deleted.
func DeleteBulk(tx *db.Tx, now, user, organisation int64, ids []int64, deleteSIMs bool) error {
	rows, err := loadMany(tx, organisation, ids)
	if err != nil || len(rows) == 0 {
		return err
	}
	d := newDesk(tx, now, user, organisation)
	for _, row := range rows {
		d.add("Endpoint", row, row, Fields{})
		d.changes[len(d.changes)-1].row.Status = Deleted
	}
	if err := d.loadCards(); err != nil {
		return err
	}
	return d.store(d.updateRows, func(m *sim.Moves, c *sim.Card) error {
		switch {
		case deleteSIMs:
			m.Delete(c)
		case c.Status == sim.Activated:
			return m.SetStatus(c, sim.Suspended)
		}
		return nil
	})
}

// unique is the fault of an id that a request names twice.
func unique(ids []int64) error {
	seen := make(map[int64]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			return fault.Invalid(fault.New(fault.Duplicated, "Endpoint %d comes twice", id))
		}
		seen[id] = true
	}
	return nil
}
