package sim

import (
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// MaxBulk is how many SIMs one request may delete.
const MaxBulk = 2000

// CanDelete is the error of an organisation that may not delete the SIM: a reseller may not once it has sold it, and nobody
// may while it is at an endpoint.
func (c Card) CanDelete(by int64) error {
	switch {
	case !c.HeldBy(by):
		return fault.Missing("SIM", c.ID)
	case by == c.Reseller && c.Customer != 0:
		return fault.New(fault.Forbidden, "SIM %d is sold: only its customer or its issuer may delete it", c.ID)
	case c.Endpoint != 0:
		return fault.New(fault.NotAllowed, "SIM %d is at endpoint %d, which must release it first", c.ID, c.Endpoint)
	}
	return nil
}

// Delete ends SIMs for an organisation, all or none. tx holds the heads of their owners.
func Delete(tx *db.Tx, now, user, by int64, cards []*Card) error {
	owners := map[int64]*Moves{}
	for _, c := range cards {
		if err := c.CanDelete(by); err != nil {
			return err
		}
		m := owners[c.Owner()]
		if m == nil {
			m = NewMoves(now, user, c.Owner())
			owners[c.Owner()] = m
		}
		m.Delete(c)
	}
	for _, m := range owners {
		if err := m.Store(tx, nil); err != nil {
			return err
		}
	}
	return nil
}
