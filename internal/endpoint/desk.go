package endpoint

import (
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/plan"
	"github.com/simstead/simstead/internal/sim"
)

// desk is the work on endpoints of one organisation in one transaction, which holds its head: what was read for it, and what
// it will store. The endpoints are changed together or not at all.
type desk struct {
	tx                      *db.Tx
	now, user, organisation int64
	bulk                    bool // many in one request: rules that are broken are told with the fields that are wrong
	tests                   bool // SIMs that are activated begin with a factory test
	profiles                map[profileKey]bool
	cards                   map[int64]*sim.Card // by id
	seats                   map[int64]int64     // where SIMs will be once the changes before are made, where that differs
	spaces                  map[int64]*space    // by id; 0 is the first one
	changes                 []*change
}

type profileKey struct {
	kind string
	id   int64
}

func newDesk(tx *db.Tx, now, user, organisation int64) *desk {
	return &desk{
		tx: tx, now: now, user: user, organisation: organisation, profiles: map[profileKey]bool{}, seats: map[int64]int64{},
		spaces: map[int64]*space{},
	}
}

// add puts a change on the desk. before is the zero value for a new endpoint.
func (d *desk) add(name string, before, row Row, f Fields) {
	d.changes = append(d.changes, &change{desk: d, name: name, fields: f, before: before, row: &row})
}

// seat is where a SIM will be.
func (d *desk) seat(c *sim.Card) int64 {
	if at, known := d.seats[c.ID]; known {
		return at
	}
	return c.Endpoint
}

// settle reads the fields of all changes into their rows, then takes the addresses.
func (d *desk) settle() error {
	if err := d.loadCards(); err != nil {
		return err
	}
	if err := d.loadTests(); err != nil {
		return err
	}
	for _, c := range d.changes {
		if err := c.read(); err != nil {
			return err
		}
	}
	if err := d.verdict(); err != nil {
		return err
	}
	if err := d.addresses(); err != nil {
		return err
	}
	return d.verdict()
}

// maxTold is how many errors of a request in bulk are told.
const maxTold = 100

// verdict is what the client did wrong so far.
func (d *desk) verdict() error {
	var wrong []*fault.Error
	var first *fault.Error
	for _, c := range d.changes {
		wrong = append(wrong, c.wrong...)
		for _, broken := range c.conflicts {
			if d.bulk {
				wrong = append(wrong, fault.New(broken.Code, "%s - %s", c.name, broken.Message))
			} else if first == nil {
				first = broken
			}
		}
	}
	if len(wrong) == 0 && first != nil {
		return first
	}
	return fault.Invalid(wrong[:min(len(wrong), maxTold)]...)
}

// loadCards reads the SIMs that the endpoints have and those that they are to get.
func (d *desk) loadCards() (err error) {
	var ids []int64
	for _, c := range d.changes {
		ids = append(ids, c.before.sims()...)
		if ref := c.fields.SIM.Value.ID; ref.Has() {
			ids = append(ids, int64(ref.Value))
		}
	}
	d.cards = map[int64]*sim.Card{}
	if len(ids) > 0 {
		d.cards, err = sim.LoadMany(d.tx, ids)
	}
	return err
}

// loadTests asks for the factory test where a change may begin one.
func (d *desk) loadTests() error {
	if !slices.ContainsFunc(d.changes, func(c *change) bool { return c.fields.SIM.Value.Activate.Value }) {
		return nil
	}
	allowed, err := plan.AllowanceOf(d.tx, d.organisation, d.now)
	d.tests = allowed.FactoryTest
	return err
}

// store writes the rows, moves the SIMs and tells what happened. released, if there is any, is done to the SIMs that are given
// back.
func (d *desk) store(rows func() error, released ...func(*sim.Moves, *sim.Card) error) error {
	moves := sim.NewMoves(d.now, d.user, d.organisation)
	var touched []int64
	for _, c := range d.changes {
		touched = append(touched, c.before.sims()...)
		if err := c.move(moves, released); err != nil {
			return err
		}
		if c.before.ID != 0 && c.row.Status != c.before.Status && c.row.Status != Deleted {
			moves.Tell(c.switched())
		}
	}
	d.tx.Head(d.organisation).Changed()
	return moves.Store(d.tx, rows, touched...)
}

// move takes the old SIM away and puts the new one in, where they differ, and sets the new one's status.
func (c *change) move(m *sim.Moves, released []func(*sim.Moves, *sim.Card) error) error {
	if old := c.before.SIM; old != 0 && (c.sim == nil || c.sim.ID != old) {
		card := c.cards[old]
		if card == nil {
			return fmt.Errorf("endpoint %d names SIM %d, which does not exist", c.row.ID, old)
		}
		m.Release(card)
		for _, then := range released {
			if err := then(m, card); err != nil {
				return err
			}
		}
	}
	if c.sim == nil {
		return nil
	}
	if c.sim.Endpoint != c.row.ID {
		m.Assign(c.sim, c.row.ID, c.row.IMEI)
	}
	return m.SetStatus(c.sim, c.simStatus)
}

// switched is the event that the endpoint was enabled or disabled.
func (c *change) switched() event.Event {
	e := event.Event{
		Organisation: c.organisation, Time: c.now, Type: event.EndpointDisabled, Description: "Endpoint was disabled",
		Endpoint: c.row.ID, User: c.user, IMEI: c.row.IMEI, IPAddress: c.row.IPAddress,
	}
	if c.row.Status == Enabled {
		e.Type, e.Description = event.EndpointEnabled, "Endpoint was enabled"
	}
	if c.sim != nil {
		e.SIM, e.IMSI = c.sim.ID, c.sim.IMSIID
	}
	return e
}
