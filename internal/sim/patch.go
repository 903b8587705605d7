package sim

import (
	"errors"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Patch is what may change of a SIM. A null or empty reference to an organisation takes that organisation away.
type Patch struct {
	IssuerOrg   value.Opt[value.Ref] `json:"issuer_org"`
	ResellerOrg value.Opt[value.Ref] `json:"reseller_org"`
	CustomerOrg value.Opt[value.Ref] `json:"customer_org"`
	Status      value.Opt[value.Ref] `json:"status"`
}

// Change is a Patch that has been read and found allowed: what the SIM is to become.
type Change struct {
	Issuer, Reseller, Customer int64
	Status                     int64
}

// Owner is who owns the SIM after the change.
func (c Change) Owner() int64 { return Owner(c.Issuer, c.Reseller, c.Customer) }

// Levels of organisations, as their type ids.
const (
	resellerType   = 2
	enterpriseType = 3
)

// Plan reads a patch that an organisation sends for the SIM. The customer may change the status only, the reseller
// only to whom it sells the SIM, the issuer everything; while the reseller has it on its shelf, its status is the reseller's. Naming an organisation as it is already is no change, so that
// whole objects can be sent back. A new reseller without a new customer leaves the SIM without one: the old customer
// is the old reseller's.
func (c Card) Plan(q db.Queryer, by int64, p Patch) (Change, error) {
	to := Change{Issuer: c.Issuer, Reseller: c.Reseller, Customer: c.Customer, Status: c.Status}
	var wrong []*fault.Error
	if p.Status.Set {
		if !p.Status.Has() || !p.Status.Value.ID.Has() {
			wrong = append(wrong, fault.New(fault.Required, "SIM - status.id is required"))
		} else {
			to.Status = int64(p.Status.Value.ID.Value)
		}
	}
	if to.Issuer = target(p.IssuerOrg, c.Issuer); to.Issuer == 0 {
		wrong = append(wrong, fault.New(fault.Required, "SIM - issuer_org cannot be taken away"))
	}
	if to.Reseller = target(p.ResellerOrg, c.Reseller); to.Reseller != c.Reseller && !p.CustomerOrg.Set {
		to.Customer = 0
	} else {
		to.Customer = target(p.CustomerOrg, c.Customer)
	}
	if err := fault.Invalid(wrong...); err != nil {
		return Change{}, err
	}
	sold := to.Reseller != c.Reseller || to.Customer != c.Customer
	if by != c.Issuer && (to.Issuer != c.Issuer || sold && by != c.Reseller) {
		return Change{}, fault.New(fault.Forbidden, "Only the organisations that a SIM comes from may hand it on")
	}
	if by != c.Issuer && by == c.Reseller && c.Customer != 0 && to.Status != c.Status {
		return Change{}, fault.New(fault.Forbidden, "The status of a SIM that is sold is changed by its customer or its issuer")
	}
	if illegal := c.CanBecome(to.Status); illegal != nil {
		return Change{}, illegal.WithStatus(400)
	}
	if c.Status == Deleted && (sold || to.Issuer != c.Issuer) {
		return Change{}, fault.New(fault.NotAllowed, "SIM - it is deleted").WithStatus(400)
	}
	return to, c.checkOrganisations(q, to)
}

// target is the organisation that a field names: none for null, {} and {"id": null}.
func target(field value.Opt[value.Ref], now int64) int64 {
	if !field.Set {
		return now
	}
	return int64(field.Value.ID.Value)
}

// checkOrganisations holds the new organisations against the tree: each gets the SIM from its own parent.
func (c Card) checkOrganisations(q db.Queryer, to Change) error {
	var wrong []*fault.Error
	if to.Issuer != c.Issuer { // an operator has no operators below it
		wrong = append(wrong, fault.New(fault.InvalidReference, "SIM - issuer_org %d is not an operator below the issuer", to.Issuer))
	}
	seller := to.Issuer
	if to.Reseller != 0 {
		seller = to.Reseller
		if to.Reseller != c.Reseller {
			bad, err := notBelow(q, "reseller_org", to.Reseller, to.Issuer, resellerType)
			if err != nil {
				return err
			}
			wrong = append(wrong, bad...)
		}
	}
	if to.Customer != 0 && (to.Customer != c.Customer || to.Reseller != c.Reseller) {
		bad, err := notBelow(q, "customer_org", to.Customer, seller, enterpriseType)
		if err != nil {
			return err
		}
		wrong = append(wrong, bad...)
	}
	return fault.Invalid(wrong...)
}

func notBelow(q db.Queryer, field string, organisation, parent, kind int64) ([]*fault.Error, error) {
	_, err := db.One(q, db.Int, `SELECT id FROM organisation WHERE id = $1 AND parent_id = $2 AND type_id = $3`, organisation, parent, kind)
	if errors.Is(err, db.ErrNone) {
		return []*fault.Error{fault.New(fault.InvalidReference, "SIM - %s %d is not an organisation that may take it", field, organisation)}, nil
	}
	return nil, err
}

// Apply makes a planned change. tx holds the heads of the old and the new owner.
func (c *Card) Apply(tx *db.Tx, now, user int64, to Change) error {
	if c.Issuer != to.Issuer || c.Reseller != to.Reseller || c.Customer != to.Customer {
		if err := c.Transfer(tx, now, user, to.Issuer, to.Reseller, to.Customer); err != nil {
			return err
		}
	}
	return c.SetStatus(tx, now, user, to.Status)
}
