package sim

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/inclusive"
)

const selectCard = `SELECT id, issuer_org_id, reseller_org_id, customer_org_id, status_id, endpoint_id, activation_date,
	iccid, imsi_id, imsi FROM sim WHERE id = $1`

// Load reads a SIM for the rules, whoever holds it.
func Load(q db.Queryer, id int64) (Card, error) {
	card, err := db.One(q, func(r *db.Row) Card {
		return Card{
			ID: r.Int(), Issuer: r.Int(), Reseller: r.Int(), Customer: r.Int(), Status: r.Int(), Endpoint: r.Int(),
			Activated: r.Int(), ICCID: r.Text(), IMSIID: r.Int(), IMSI: r.Text(),
		}
	}, selectCard, id)
	if errors.Is(err, db.ErrNone) {
		return Card{}, fault.Missing("SIM", id)
	}
	return card, err
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
	if wrong := c.CanBecome(to); wrong != nil {
		return wrong.WithStatus(400)
	}
	if c.Status == to {
		return nil
	}
	from := c.Status
	if err := c.become(tx, now, to); err != nil {
		return err
	}
	kind := map[int64]event.Type{Activated: event.SIMActivation, Suspended: event.SIMSuspension, FactoryTest: event.SIMFactoryTest}[to]
	return event.Append(tx, now, c.event(now, user, kind,
		fmt.Sprintf("SIM went from %s to %s", Status(from).Description, Status(to).Description)))
}

// ActivateByUse ends the factory test of a SIM whose owner's head tx holds. The caller writes the event.
func (c *Card) ActivateByUse(tx *db.Tx, now int64) error { return c.become(tx, now, Activated) }

// become stores another status.
func (c *Card) become(tx *db.Tx, now, to int64) error {
	c.Status = to
	if to == Activated && c.Activated == 0 {
		c.Activated = now
	}
	if err := inclusive.Around(tx, now, c.Owner(), []int64{c.ID}, func() error { return c.storeStatus(tx) }); err != nil {
		return fmt.Errorf("set SIM status: %w", err)
	}
	tx.Head(c.Owner()).Changed()
	return nil
}

func (c *Card) storeStatus(tx *db.Tx) error {
	if _, err := tx.Exec(`UPDATE sim SET status_id = $1, activation_date = $2 WHERE id = $3`, c.Status, c.Activated, c.ID); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE sim_identity SET status_id = $1 WHERE organisation_id = $2 AND sim_id = $3`, c.Status, c.Owner(), c.ID)
	return err
}

func (c *Card) event(now, user int64, kind event.Type, description string) event.Event {
	return event.Event{
		Organisation: c.Owner(), Time: now, Type: kind, Description: description,
		Endpoint: c.Endpoint, SIM: c.ID, IMSI: c.IMSIID, User: user,
	}
}

// Assign puts the SIM at an endpoint of its owner. Both rows know of each other; they change only here and in Release.
func (c *Card) Assign(tx *db.Tx, now, user, endpoint int64, imei string) error {
	if err := c.link(tx, now, endpoint, endpoint, c.ID); err != nil {
		return fmt.Errorf("assign SIM: %w", err)
	}
	e := c.event(now, user, event.SIMAssigned, "SIM was put at the endpoint")
	if e.IMEI = imei; imei != "" {
		detail, err := json.Marshal(map[string]string{"imei": imei})
		if err != nil {
			return fmt.Errorf("assign SIM: %w", err)
		}
		e.Detail = string(detail)
	}
	return event.Append(tx, now, e)
}

// Release takes the SIM from its endpoint; a SIM at none stays as it is.
func (c *Card) Release(tx *db.Tx, now, user int64) error {
	if c.Endpoint == 0 {
		return nil
	}
	e := c.event(now, user, event.SIMReleased, "SIM was taken from the endpoint")
	if err := c.link(tx, now, c.Endpoint, 0, 0); err != nil {
		return fmt.Errorf("release SIM: %w", err)
	}
	return event.Append(tx, now, e)
}

// link writes what the SIM and an endpoint know of each other.
func (c *Card) link(tx *db.Tx, now, endpoint, ofSIM, ofEndpoint int64) error {
	c.Endpoint = ofSIM
	tx.Head(c.Owner()).Changed()
	return inclusive.Around(tx, now, c.Owner(), []int64{c.ID}, func() error {
		if _, err := tx.Exec(`UPDATE sim SET endpoint_id = $1 WHERE id = $2`, ofSIM, c.ID); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE endpoint SET sim_id = $1, last_updated = $2 WHERE organisation_id = $3 AND id = $4`,
			ofEndpoint, now, c.Owner(), endpoint)
		return err
	})
}
