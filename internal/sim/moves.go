package sim

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/plan"
)

// Moves gathers what changes of SIMs of one organisation, so that many are stored with a few statements. The SIMs change
// at once, their rows when it is stored.
type Moves struct {
	now, user, owner int64
	order            []*Card
	changed          map[int64]*Card // by SIM
	places           map[int64]int64 // by endpoint: which SIM it has, 0 for none
	events           []event.Event
	activity         Activity
	asked            bool // somebody activates SIMs, which the tariff plan may limit
}

// NewMoves begins without a change. now is in µs; user is who does it, 0 for an application token; owner owns the SIMs.
func NewMoves(now, user, owner int64) *Moves {
	return &Moves{now: now, user: user, owner: owner, changed: map[int64]*Card{}, places: map[int64]int64{}}
}

var (
	lookupCard = db.NewLookup("k_id bigint", selectCard)
	updateCard = db.NewUpdate("sim", "id bigint", "status_id bigint, activation_date bigint, endpoint_id bigint")
	updateName = db.NewUpdate("sim_identity", "organisation_id bigint, sim_id bigint", "status_id bigint")
	updateSeat = db.NewUpdate("endpoint", "organisation_id bigint, id bigint", "sim_id bigint, last_updated bigint")
)

// Lookup is the query that reads SIMs for the rules, whoever holds them, and where they are once it has been answered. Those
// that do not exist are missing there.
func Lookup(ids []int64) (db.Read, map[int64]*Card) {
	keys, cards := lookupCard.New(), make(map[int64]*Card, len(ids))
	for _, id := range ids {
		keys.Int(id)
	}
	return db.Read{Bulk: lookupCard, Keys: keys, Begin: func() { clear(cards) }, Each: func(_ int, r *db.Row) { c := scanCard(r); cards[c.ID] = &c }}, cards
}

// LoadMany is Lookup within a transaction.
func LoadMany(tx *db.Tx, ids []int64) (map[int64]*Card, error) {
	read, cards := Lookup(ids)
	if err := tx.Lookup(read); err != nil {
		return nil, fmt.Errorf("read SIMs: %w", err)
	}
	return cards, nil
}

// Tell adds an event after those of the changes so far.
func (m *Moves) Tell(e event.Event) { m.events = append(m.events, e) }

func (m *Moves) touch(c *Card) {
	if m.changed[c.ID] == nil {
		m.changed[c.ID] = c
		m.order = append(m.order, c)
	}
}

// Assign puts a SIM at an endpoint of its owner. Both rows know of each other; they change only here and in Release.
func (m *Moves) Assign(c *Card, endpoint int64, imei string) {
	m.touch(c)
	c.Endpoint = endpoint
	m.places[endpoint] = c.ID
	e := c.event(m.now, m.user, event.SIMAssigned, "SIM was put at the endpoint")
	if e.IMEI = imei; imei != "" {
		e.Detail = `{"imei":"` + imei + `"}` // digits
	}
	m.Tell(e)
}

// Release takes a SIM from its endpoint; a SIM at none stays as it is.
func (m *Moves) Release(c *Card) {
	if c.Endpoint == 0 {
		return
	}
	m.touch(c)
	m.places[c.Endpoint] = 0
	m.Tell(c.event(m.now, m.user, event.SIMReleased, "SIM was taken from the endpoint"))
	c.Endpoint = 0
}

// SetStatus moves a SIM to another status, which must be one that it can go to. Its own changes nothing.
func (m *Moves) SetStatus(c *Card, to int64) error {
	if wrong := c.CanBecome(to); wrong != nil {
		return wrong.WithStatus(400)
	}
	if c.Status != to {
		m.asked = m.asked || to == Activated
		m.become(c, to)
	}
	return nil
}

// Delete ends a SIM, which must be at no endpoint. One that is deleted stays as it is.
func (m *Moves) Delete(c *Card) {
	if c.Status != Deleted {
		m.become(c, Deleted)
	}
}

func (m *Moves) become(c *Card, to int64) {
	m.touch(c)
	from := c.Status
	m.turn(c, to)
	kind := map[int64]event.Type{
		Activated: event.SIMActivation, Suspended: event.SIMSuspension, FactoryTest: event.SIMFactoryTest, Deleted: event.SIMDeletion,
	}[to]
	m.Tell(c.event(m.now, m.user, kind, fmt.Sprintf("SIM went from %s to %s", Status(from).Description, Status(to).Description)))
}

// turn gives a SIM another status, and counts it.
func (m *Moves) turn(c *Card, to int64) {
	m.activity.Becomes(c.Status, to, c.Activated == 0)
	c.become(m.now, to)
}

// Store writes the changes and the events, and what change writes, whose inclusive volume the given SIMs may gain or lose by
// it; it may be nil. tx holds the owner's head.
func (m *Moves) Store(tx *db.Tx, change func() error, sims ...int64) error {
	for _, c := range m.order {
		sims = append(sims, c.ID)
	}
	err := inclusive.Around(tx, m.now, m.owner, sims, func() error {
		if change != nil {
			if err := change(); err != nil {
				return err
			}
		}
		return m.store(tx)
	})
	if err != nil {
		return fmt.Errorf("change SIMs: %w", err)
	}
	if len(m.order) > 0 {
		tx.Head(m.owner).Changed()
	}
	if err := m.activity.Store(tx, m.now, m.owner); err != nil {
		return err
	}
	if m.asked && m.activity.active > 0 {
		if err := m.allowed(tx); err != nil {
			return err
		}
	}
	return event.Append(tx, m.now, m.events...)
}

// allowed holds how many SIMs are active now against the owner's tariff plan.
func (m *Moves) allowed(tx *db.Tx) error {
	a, err := plan.AllowanceOf(tx, m.owner, m.now)
	if err != nil || a.ActiveSIMs == 0 {
		return err
	}
	month, err := Latest(tx, m.owner)
	if err != nil {
		return err
	}
	return a.SIMs(month.Active)
}

func (m *Moves) store(tx *db.Tx) error {
	cards, names, seats := updateCard.New(), updateName.New(), updateSeat.New()
	for _, c := range m.order {
		cards.Int(c.ID, c.Status, c.Activated, c.Endpoint)
		names.Int(m.owner, c.ID, c.Status)
	}
	for endpoint, sim := range m.places {
		seats.Int(m.owner, endpoint, sim, m.now)
	}
	return errors.Join(tx.Insert(cards), tx.Insert(names), tx.Insert(seats))
}
