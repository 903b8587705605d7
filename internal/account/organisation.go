package account

import (
	"context"
	"errors"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// Types of organisations, from the top. The contract names only the first, the master; we number on from there.
const (
	Operator   int64 = 1 // Mobile Network Operator or Provider
	Reseller   int64 = 2 // service provider
	Enterprise int64 = 3
)

// Statuses of organisations. The calls of a suspended one are refused.
const (
	OrganisationActive    int64 = 0
	OrganisationSuspended int64 = 1
	OrganisationDeleted   int64 = 2 // nobody sees it any more; its log and its statements stay
)

const (
	euro       = 1 // id of the currency of an organisation that names none
	commercial = 0 // the one organisation class that the contract names
)

// Organisation is who owns endpoints, users and bills.
type Organisation struct {
	ID        int64
	Parent    int64 // who it belongs to, 0 at the top
	Type      int64
	Status    int64
	Name      string
	Country   int64  // 0 = not told
	Currency  int64  // 0 = euro, when it is created
	TimeZone  string // IANA name: where its days and months end; "" = UTC, when it is created
	CostLimit *int64 // most that may be spent in a month, 1e-10; nil = no limit
	Created   int64  // µs

	Reference        string   // what the organisation above calls it
	Relation         int64    // to the organisation above it: see RelationTypes
	VerificationType int64    // 0 = none
	Verification     string   // such as its number in the register of companies
	SMSRouting       int64    // 0 = none
	Flags            []string // see isFlag
}

// CreateOrganisation checks and stores a new organisation and returns its id. Its ID, Status and Created are given here.
func CreateOrganisation(ctx context.Context, d *db.DB, c clock.Clock, o Organisation) (int64, error) {
	o.fill(c)
	err := d.Read(ctx, func(q db.Queryer) error { return o.check(q) })
	if err != nil {
		return 0, err
	}
	if o.ID, err = d.NextID(ctx, "organisation", 0); err != nil {
		return 0, err
	}
	var heads []int64 // of the parent, so that it is not deleted meanwhile
	if o.Parent != 0 {
		heads = append(heads, o.Parent)
	}
	return o.ID, d.Write(ctx, heads, func(tx *db.Tx) error {
		switch wrong, err := o.checkParent(tx); {
		case err != nil:
			return err
		case wrong != nil:
			return fault.Invalid(wrong)
		}
		return insertOrganisation(tx, o)
	})
}

// SetStatus suspends an organisation, or lifts that. tx holds its head.
func SetStatus(tx *db.Tx, organisation, status int64) error {
	if status != OrganisationActive && status != OrganisationSuspended {
		return fault.Invalid(fault.New(fault.InvalidReference, "Organisation - status: there is none with id %d", status))
	}
	n, err := tx.Exec(`UPDATE organisation SET status_id = $2 WHERE id = $1`, organisation, status)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Missing("Organisation", organisation)
	}
	tx.Head(organisation).Changed()
	return nil
}

// Get reads an organisation.
func Get(q db.Queryer, id int64) (Organisation, error) {
	o, err := db.One(q, scanOrganisation, selectOrganisation+` WHERE id = $1`, id)
	if errors.Is(err, db.ErrNone) {
		err = fault.Missing("Organisation", id)
	}
	return o, err
}

func (o *Organisation) fill(c clock.Clock) {
	o.Status, o.Created = OrganisationActive, c.Micros()
	if o.Currency == 0 {
		o.Currency = euro
	}
	if o.TimeZone == "" {
		o.TimeZone = "UTC"
	}
}

// check says what is wrong with a new organisation. Country and currency are held against the reference data.
func (o *Organisation) check(q db.Queryer) error {
	wrong := fault.RequiredText("Organisation", "name", o.Name, fault.MaxText)
	if _, err := time.LoadLocation(o.TimeZone); err != nil || o.TimeZone == "Local" {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Organisation - time_zone: expected an IANA name such as Europe/Berlin"))
	}
	if o.CostLimit != nil && *o.CostLimit < 0 {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Organisation - monthly_cost_limit must not be negative"))
	}
	wrong = append(wrong, o.checkDetails()...)
	parent, err := o.checkParent(q)
	if err != nil {
		return err
	}
	if parent != nil {
		wrong = append(wrong, parent)
	}
	if ok, err := o.routed(q); err != nil {
		return err
	} else if !ok {
		wrong = append(wrong, fault.New(fault.InvalidReference, "Organisation - default_sms_routing: there is none with id %d", o.SMSRouting))
	}
	for _, ref := range []struct {
		name, query string
		id, known   int64
	}{
		{"country", `SELECT id FROM country WHERE id = $1`, o.Country, 0},
		{"currency", `SELECT id FROM currency WHERE id = $1`, o.Currency, euro},
	} {
		if ref.id == ref.known {
			continue
		}
		_, err := db.One(q, db.Int, ref.query, ref.id)
		if errors.Is(err, db.ErrNone) {
			wrong = append(wrong, fault.New(fault.InvalidReference, "Organisation - %s: there is none with id %d", ref.name, ref.id))
		} else if err != nil {
			return err
		}
	}
	return fault.Invalid(wrong...)
}

// checkParent holds an organisation against the tree: operators at the top, resellers below them, enterprises below
// either.
func (o *Organisation) checkParent(q db.Queryer) (*fault.Error, error) {
	if o.Type < Operator || o.Type > Enterprise {
		return fault.New(fault.InvalidReference, "Organisation - type: there is none with id %d", o.Type), nil
	}
	if (o.Type == Operator) != (o.Parent == 0) {
		return fault.New(fault.InvalidReference, "Organisation - parent: an operator has none and all others have one"), nil
	}
	if o.Parent == 0 {
		return nil, nil
	}
	parent, err := db.One(q, db.Int, `SELECT type_id FROM organisation WHERE id = $1 AND status_id <> $2`, o.Parent, OrganisationDeleted)
	if errors.Is(err, db.ErrNone) || err == nil && parent >= o.Type {
		return fault.New(fault.InvalidReference, "Organisation - parent: %d cannot have such a child", o.Parent), nil
	}
	return nil, err
}

// routed reports whether the default SMS routing, if there is one, is of the organisation or of one above it.
func (o *Organisation) routed(q db.Queryer) (bool, error) {
	if o.SMSRouting == 0 {
		return true, nil
	}
	owners, err := db.All(q, db.Int, `SELECT organisation_id FROM sms_routing WHERE id = $1`, o.SMSRouting)
	if err != nil || len(owners) == 0 {
		return false, err
	}
	if owners[0] == o.ID || owners[0] == o.Parent {
		return true, nil
	}
	return Descendant(q, owners[0], o.Parent)
}
