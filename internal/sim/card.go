package sim

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
)

const selectCard = `SELECT id, issuer_org_id, reseller_org_id, customer_org_id, status_id, endpoint_id, activation_date,
	iccid, imsi_id, imsi FROM sim WHERE id = $1`

// Load reads a SIM for the rules, whoever holds it.
func Load(q db.Queryer, id int64) (Card, error) {
	card, err := db.One(q, scanCard, selectCard, id)
	if errors.Is(err, db.ErrNone) {
		return Card{}, fault.Missing("SIM", id)
	}
	return card, err
}

func scanCard(r *db.Row) Card {
	return Card{
		ID: r.Int(), Issuer: r.Int(), Reseller: r.Int(), Customer: r.Int(), Status: r.Int(), Endpoint: r.Int(),
		Activated: r.Int(), ICCID: r.Text(), IMSIID: r.Int(), IMSI: r.Text(),
	}
}

// movable tells which statuses a SIM can go to from another.
func movable(from, to int64) bool {
	switch from {
	case Issued:
		return to == Activated || to == FactoryTest
	case FactoryTest, Suspended:
		return to == Activated
	case Activated:
		return to == Suspended
	}
	return false
}

// CanBecome is the error of a status that the SIM cannot go to from its own; nil for its own.
func (c Card) CanBecome(to int64) *fault.Error {
	if c.Status == to || movable(c.Status, to) {
		return nil
	}
	name := Status(to).Description
	if name == "" {
		name = fmt.Sprint(to)
	}
	return fault.New(fault.NotAllowed, "SIM - status cannot go from %s to %s", Status(c.Status).Description, name)
}

// SetStatus moves the SIM to another status and logs it with its owner, whose head tx holds. user is who did it, 0 for
// an application token.
func (c *Card) SetStatus(tx *db.Tx, now, user, to int64) error {
	m := NewMoves(now, user, c.Owner())
	if err := m.SetStatus(c, to); err != nil {
		return err
	}
	return m.Store(tx, nil)
}

// ActivateByUse ends the factory test of a SIM whose owner's head tx holds. The caller writes the event.
func (c *Card) ActivateByUse(tx *db.Tx, now int64) error {
	m := NewMoves(now, 0, c.Owner())
	m.touch(c)
	m.turn(c, Activated)
	return m.Store(tx, nil)
}

// EndTests activates the SIMs of an organisation that are in a factory test, as its tariff plan has none any more. tx holds the
// organisation's head; now is in µs.
func EndTests(tx *db.Tx, now, organisation int64) error {
	ids, err := db.All(tx, db.Int, `SELECT id FROM sim WHERE owner_id = $1 AND status_id = $2 ORDER BY id`, organisation, FactoryTest)
	if err != nil || len(ids) == 0 {
		return err
	}
	cards, err := LoadMany(tx, ids)
	if err != nil {
		return err
	}
	const reason = "The tariff plan has no factory test any more"
	m := NewMoves(now, 0, organisation)
	for _, id := range ids {
		c := cards[id]
		m.touch(c)
		m.turn(c, Activated)
		e := c.event(now, 0, event.SIMActivatedByUse, "SIM was activated: "+reason+".")
		e.Detail = ActivationDetail(reason)
		m.Tell(e)
	}
	if _, err := tx.Exec(`DELETE FROM factory_test WHERE organisation_id = $1`, organisation); err != nil {
		return fmt.Errorf("end factory tests: %w", err)
	}
	return m.Store(tx, nil)
}

// become gives the SIM another status; the first activation is remembered.
func (c *Card) become(now, to int64) {
	c.Status = to
	if to == Activated && c.Activated == 0 {
		c.Activated = now
	}
}

func (c *Card) event(now, user int64, kind event.Type, description string) event.Event {
	return event.Event{
		Organisation: c.Owner(), Time: now, Type: kind, Description: description,
		Endpoint: c.Endpoint, SIM: c.ID, IMSI: c.IMSIID, User: user,
	}
}

// Release takes the SIM from its endpoint; a SIM at none stays as it is. tx holds its owner's head.
func (c *Card) Release(tx *db.Tx, now, user int64) error {
	m := NewMoves(now, user, c.Owner())
	m.Release(c)
	return m.Store(tx, nil)
}
