package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// OrganisationFields is what clients say of an organisation, when they make one and when they change one.
type OrganisationFields struct {
	Name             value.Opt[string]     `json:"name"`
	Country          value.Opt[value.Ref]  `json:"country"`
	Currency         value.Opt[value.Ref]  `json:"currency" doc:"Euro when absent."`
	Status           value.Opt[value.Ref]  `json:"status" doc:"0 Enabled, 1 Suspended: its users and programs cannot get in and its devices are refused."`
	MonthlyCostLimit value.Opt[value.Cost] `json:"monthly_cost_limit" doc:"Most that may be spent in a month, in its currency; null for no limit."`
	VerificationType value.Opt[value.Ref]  `json:"verification_type"`
	Verification     value.Opt[string]     `json:"verification"`
	ExtReference     value.Opt[string]     `json:"ext_reference"`
	SMSRouting       value.Opt[value.Ref]  `json:"default_sms_routing"`
	FeatureFlags     value.Opt[[]string]   `json:"feature_flags" doc:"All of them: they replace those before. Lower-case letters, digits and underscores."`
}

// NewOrganisation is the body that makes an organisation below the caller's.
type NewOrganisation struct {
	OrganisationFields
	Type     value.Opt[value.Ref] `json:"type" doc:"2 Service Provider, which only an operator can make, or 3 Enterprise, which is meant by default."`
	TimeZone value.Opt[string]    `json:"time_zone" doc:"IANA name, UTC when absent: where its days and billing months end. It cannot be changed later."`
	Relation value.Opt[struct {
		Type value.Opt[value.Ref] `json:"type"`
	}] `json:"relation"`
}

// Organisation reads the body: a new organisation below parent. It is checked when it is created.
func (n NewOrganisation) Organisation(parent int64) Organisation {
	o := Organisation{Parent: parent, Type: Enterprise, TimeZone: n.TimeZone.Value, Relation: refOf(n.Relation.Value.Type)}
	if n.Type.Has() {
		o.Type = refOf(n.Type)
	}
	n.apply(&o)
	return o
}

func refOf(r value.Opt[value.Ref]) int64 { return int64(r.Value.ID.Value) }

// apply sets what the fields name and tells which those are.
func (f OrganisationFields) apply(o *Organisation) (names []string) {
	set := func(given bool, name string, apply func()) {
		if given {
			apply()
			names = append(names, name)
		}
	}
	set(f.Name.Set, "name", func() { o.Name = strings.TrimSpace(f.Name.Value) })
	set(f.Country.Set, "country", func() { o.Country = refOf(f.Country) })
	set(f.Currency.Has(), "currency", func() { o.Currency = refOf(f.Currency) })
	set(f.Status.Has(), "status", func() { o.Status = refOf(f.Status) })
	set(f.MonthlyCostLimit.Set, "monthly_cost_limit", func() {
		if o.CostLimit = nil; f.MonthlyCostLimit.Has() {
			limit := int64(f.MonthlyCostLimit.Value)
			o.CostLimit = &limit
		}
	})
	set(f.VerificationType.Set, "verification_type", func() { o.VerificationType = refOf(f.VerificationType) })
	set(f.Verification.Set, "verification", func() { o.Verification = f.Verification.Value })
	set(f.ExtReference.Set, "ext_reference", func() { o.Reference = f.ExtReference.Value })
	set(f.SMSRouting.Set, "default_sms_routing", func() { o.SMSRouting = refOf(f.SMSRouting) })
	set(f.FeatureFlags.Set, "feature_flags", func() {
		o.Flags = slices.Clone(f.FeatureFlags.Value)
		slices.Sort(o.Flags)
		o.Flags = slices.Compact(o.Flags)
	})
	return names
}

// Govern is the error of an organisation that another one may not change: it is not below it. One's own is NotAllowed,
// anybody else's looks like a missing one.
func Govern(q db.Queryer, organisation, other int64) error {
	if organisation == other {
		return fault.New(fault.NotAllowed, "Organisation - your own is changed by the one above it")
	}
	under, err := Descendant(q, organisation, other)
	if err != nil {
		return err
	}
	if !under {
		return fault.Missing("Organisation", other)
	}
	_, err = Show(q, other)
	return err
}

// See is the error of an organisation that another one may not look at: neither itself nor below it.
func See(q db.Queryer, organisation, other int64) error {
	if organisation == other {
		return nil
	}
	return Govern(q, organisation, other)
}

// Change changes an organisation, whose head tx holds, and logs that with it. user is who did it if that is a user of the
// organisation itself, else 0.
func (f OrganisationFields) Change(tx *db.Tx, now, user, organisation int64) error {
	o, err := Get(tx, organisation)
	if err != nil {
		return err
	}
	before := o.texts()
	named := f.apply(&o)
	if o.Status != OrganisationActive && o.Status != OrganisationSuspended {
		return fault.Invalid(fault.New(fault.InvalidReference, "Organisation - status: there is none with id %d", o.Status))
	}
	if err := o.check(tx); err != nil {
		return err
	}
	if len(named) == 0 {
		return nil
	}
	if err := updateOrganisation(tx, o); err != nil {
		return fmt.Errorf("change organisation: %w", err)
	}
	tx.Head(organisation).Changed()
	return told(tx, now, user, organisation, event.OrganisationUpdated, "Organisation was changed", changedData(before, o.texts()))
}

// told logs a change of an organisation; what the detail of its event has is as it is published.
func told(tx *db.Tx, now, user, organisation int64, kind event.Type, text string, content any) error {
	detail, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return event.Append(tx, now, event.Event{
		Organisation: organisation, Time: now, Type: kind, Description: text, Detail: string(detail), User: user,
	})
}

// Delete takes an organisation, whose head tx holds, out of sight. It must have no SIMs and nobody below it; its log and its
// statements stay.
func Delete(tx *db.Tx, organisation int64) error {
	for _, use := range []struct{ what, query string }{
		{"organisations below it", `SELECT id FROM organisation WHERE parent_id = $1 AND status_id <> 2 LIMIT 1`},
		{"SIMs", `SELECT id FROM sim WHERE owner_id = $1 AND status_id <> 3 LIMIT 1`},
		{"SIMs that it has sold", `SELECT id FROM sim WHERE reseller_org_id = $1 AND status_id <> 3 LIMIT 1`},
	} {
		_, err := db.One(tx, db.Int, use.query, organisation)
		if err == nil {
			return fault.New(fault.NotAllowed, "Organisation %d has %s", organisation, use.what)
		}
		if !errors.Is(err, db.ErrNone) {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE organisation SET status_id = $2 WHERE id = $1`, organisation, OrganisationDeleted); err != nil {
		return fmt.Errorf("delete organisation: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}
