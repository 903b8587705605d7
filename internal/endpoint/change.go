package endpoint

import (
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/sim"
)

// Create makes an endpoint. tx holds the head of the organisation; the id comes from db.NextID of the kind "endpoint".
// user is who does it, 0 for an application token. Its status decides alone whether it is enabled, also without a SIM.
func Create(tx *db.Tx, now, user, organisation, id int64, f Fields) error {
	row := Row{ID: id, Created: now, LastUpdated: now}
	c := change{tx: tx, organisation: organisation, row: &row}
	// What a new endpoint must have is read as if it were there and empty.
	f.Status.Set, f.ServiceProfile.Set, f.TariffProfile.Set = true, true, true
	if err := c.settle(f); err != nil {
		return err
	}
	if err := insert(tx, organisation, row); err != nil {
		return err
	}
	return c.moveSIM(now, user, 0)
}

// Change changes what is given of an endpoint; nothing given changes nothing. Only enabling asks for a SIM.
func Change(tx *db.Tx, now, user, organisation, id int64, f Fields) error {
	row, err := load(tx, organisation, id)
	if err != nil || f == (Fields{}) {
		return err
	}
	before := row
	c := change{tx: tx, organisation: organisation, row: &row}
	if err := c.settle(f); err != nil {
		return err
	}
	if row.Status == Enabled && before.Status != Enabled && c.sim.ID == 0 {
		return fault.New(fault.NotAllowed, "Endpoint %d cannot be enabled without a SIM", id)
	}
	err = inclusive.Around(tx, now, organisation, row.sims(), func() error { return row.update(tx, now, organisation) })
	if err != nil {
		return err
	}
	tx.Head(organisation).Changed()
	if err := c.moveSIM(now, user, before.SIM); err != nil || row.Status == before.Status {
		return err
	}
	e := event.Event{
		Organisation: organisation, Time: now, Type: event.EndpointDisabled, Description: "Endpoint was disabled", Endpoint: id,
		SIM: c.sim.ID, IMSI: c.sim.IMSIID, User: user, IMEI: row.IMEI, IPAddress: row.IPAddress,
	}
	if row.Status == Enabled {
		e.Type, e.Description = event.EndpointEnabled, "Endpoint was enabled"
	}
	return event.Append(tx, now, e)
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
	row.Status = Deleted
	tx.Head(organisation).Changed()
	return row.update(tx, now, organisation)
}

// settle reads the fields into the row and takes its address.
func (c *change) settle(f Fields) error {
	if err := c.read(f); err != nil {
		return err
	}
	if err := fault.Invalid(c.wrong...); err != nil {
		return err
	}
	return c.address(f)
}

// moveSIM takes the old SIM away and puts the new one in, where they differ, and sets the new one's status.
func (c *change) moveSIM(now, user, old int64) error {
	if old != 0 && old != c.sim.ID {
		card, err := sim.Load(c.tx, old)
		if err == nil {
			err = card.Release(c.tx, now, user)
		}
		if err != nil {
			return err
		}
	}
	if c.sim.ID == 0 {
		return nil
	}
	if c.sim.Endpoint != c.row.ID {
		if err := c.sim.Assign(c.tx, now, user, c.row.ID, c.row.IMEI); err != nil {
			return err
		}
	}
	return c.sim.SetStatus(c.tx, now, user, c.simStatus)
}
