package endpoint

import (
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// Create makes an endpoint. tx holds the head of the organisation; the id comes from db.NextID of the kind "endpoint".
// user is who does it, 0 for an application token. Its status decides alone whether it is enabled, also without a SIM.
func Create(tx *db.Tx, now, user, organisation, id int64, f Fields) error {
	d := newDesk(tx, now, user, organisation)
	d.create("Endpoint", id, f)
	return d.insert()
}

// create puts a new endpoint on the desk.
func (d *desk) create(name string, id int64, f Fields) {
	// What a new endpoint must have is read as if it were there and empty.
	f.Status.Set, f.ServiceProfile.Set, f.TariffProfile.Set = true, true, true
	d.add(name, Row{}, Row{ID: id, Created: d.now, LastUpdated: d.now}, f)
}

// insert checks and stores the new endpoints on the desk.
func (d *desk) insert() error {
	if err := d.settle(); err != nil {
		return err
	}
	return d.storeNew()
}

func (d *desk) storeNew() error {
	return d.store(func() error {
		rows := make([]Row, len(d.changes))
		for i, c := range d.changes {
			rows[i] = *c.row
		}
		return insert(d.tx, d.organisation, rows...)
	})
}

// Change changes what is given of an endpoint; nothing given changes nothing. Only enabling asks for a SIM.
func Change(tx *db.Tx, now, user, organisation, id int64, f Fields) error {
	row, err := load(tx, organisation, id)
	if err != nil || f == (Fields{}) {
		return err
	}
	d := newDesk(tx, now, user, organisation)
	d.add("Endpoint", row, row, f)
	return d.update()
}

// update checks and stores the changes on the desk.
func (d *desk) update() error {
	if err := d.settle(); err != nil {
		return err
	}
	return d.store(d.updateRows)
}

// Delete hides an endpoint for ever and frees its address. It must have given its SIM back.
func Delete(tx *db.Tx, now, organisation, id int64) error {
	row, err := load(tx, organisation, id)
	if err != nil {
		return err
	}
	if row.SIM != 0 {
		return fault.New(fault.NotAllowed, "Endpoint %d has a SIM, which must be released first", id)
	}
	d := newDesk(tx, now, 0, organisation)
	d.add("Endpoint", row, row, Fields{})
	d.changes[0].row.Status = Deleted
	return d.store(d.updateRows)
}
