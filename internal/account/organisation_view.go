package account

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// OrganisationView is an organisation as the one above it sees it.
type OrganisationView struct {
	ID                value.ID         `json:"id"`
	Name              string           `json:"name"`
	Class             value.Described  `json:"class"`
	Type              value.Described  `json:"type"`
	Status            value.Described  `json:"status"`
	Country           *network.Country `json:"country"`
	Relation          *Relation        `json:"relation" doc:"To the organisation above it; null at the top."`
	MonthlyCostLimit  *value.Cost      `json:"monthly_cost_limit" doc:"Most that may be spent in a month, in its currency; null for no limit."`
	Currency          network.Currency `json:"currency"`
	TimeZone          string           `json:"time_zone" doc:"Where its days and its billing months end."`
	Created           value.EntityTime `json:"created"`
	VerificationType  *value.Described `json:"verification_type"`
	Verification      string           `json:"verification"`
	ExtReference      string           `json:"ext_reference"`
	DefaultSMSRouting *Routing         `json:"default_sms_routing"`
	FeatureFlags      []string         `json:"feature_flags" doc:"Names that are kept for portals and integrations."`
}

// Relation is what an organisation is to the one above it.
type Relation struct {
	Parent value.Named     `json:"organisation"`
	Type   value.Described `json:"type"`
}

// Routing names an SMS routing.
type Routing struct {
	ID value.ID `json:"id"`
}

// OrganisationSpec is the grammar of the list of organisations.
func OrganisationSpec() list.Spec {
	return list.Spec{
		Fields: map[string]list.Field{
			"id":            {Column: "o.id"},
			"name":          {Column: "o.name", Kind: list.Text},
			"type":          {Column: "o.type_id"},
			"status":        {Column: "o.status_id"},
			"country":       {Column: "o.country_id"},
			"currency":      {Column: "o.currency_id"},
			"parent":        {Column: "o.parent_id"},
			"ext_reference": {Column: "o.ext_reference", Kind: list.Text},
			"created":       {Column: "o.created", Kind: list.Day},
		},
		IDColumn: "o.id", PerPage: 1000, MaxPerPage: 1000,
	}
}

const selectView = `SELECT o.id, o.parent_id, o.type_id, o.status_id, o.name, o.country_id, o.currency_id, o.time_zone, o.monthly_cost_limit,
	o.created, o.ext_reference, o.relation_type_id, o.verification_type_id, o.verification, o.default_sms_routing_id, o.feature_flags,
	COALESCE(p.name, ''), c.code, c.symbol FROM organisation o LEFT JOIN organisation p ON p.id = o.parent_id
	LEFT JOIN currency c ON c.id = o.currency_id`

// views reads organisations with their countries, of which there are few.
type views struct{ countries map[int64]network.Country }

func newViews(q db.Queryer) (views, error) {
	all, err := network.Countries(q)
	v := views{make(map[int64]network.Country, len(all))}
	for _, c := range all {
		v.countries[c.ID] = c
	}
	return v, err
}

func (v views) scan(r *db.Row) OrganisationView {
	o := scanOrganisation(r)
	view := OrganisationView{
		ID: value.ID(o.ID), Name: o.Name, Class: value.Described{ID: commercial, Description: "Commercial"},
		TimeZone: o.TimeZone, Created: value.EntityTime(o.Created), Verification: o.Verification, ExtReference: o.Reference,
		FeatureFlags: append([]string{}, o.Flags...),
	}
	view.Type, _ = value.Find(OrganisationTypes(), o.Type)
	view.Status, _ = value.Find(OrganisationStatuses(), o.Status)
	if c, ok := v.countries[o.Country]; ok {
		view.Country = &c
	}
	if parent := r.Text(); o.Parent != 0 {
		view.Relation = &Relation{Parent: value.Named{ID: value.ID(o.Parent), Name: parent}}
		view.Relation.Type, _ = value.Find(RelationTypes(), o.Relation)
	}
	view.Currency = network.Currency{ID: o.Currency, Code: r.Text(), Symbol: r.Text()}
	if o.CostLimit != nil {
		limit := value.Cost(*o.CostLimit)
		view.MonthlyCostLimit = &limit
	}
	if o.VerificationType != 0 {
		kind, _ := value.Find(VerificationTypes(), o.VerificationType)
		view.VerificationType = &kind
	}
	if o.SMSRouting != 0 {
		view.DefaultSMSRouting = &Routing{value.ID(o.SMSRouting)}
	}
	return view
}

// Show reads an organisation.
func Show(q db.Queryer, id int64) (*OrganisationView, error) {
	v, err := newViews(q)
	if err != nil {
		return nil, err
	}
	view, err := db.One(q, v.scan, selectView+` WHERE o.id = $1 AND o.status_id <> $2`, id, OrganisationDeleted)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Organisation", id)
	}
	return &view, err
}

// below are all organisations under $1, at any depth (UNION, not UNION ALL: a ring would end the search).
const below = `o.status_id <> 2 AND o.id IN (WITH RECURSIVE tree (id) AS (SELECT id FROM organisation WHERE parent_id = $1
	UNION SELECT c.id FROM tree JOIN organisation c ON c.parent_id = tree.id) SELECT id FROM tree)`

// ListBelow reads a page of the organisations below one, at any depth, and counts them all.
func ListBelow(q db.Queryer, organisation int64, query list.Query) ([]OrganisationView, int, error) {
	v, err := newViews(q)
	if err != nil {
		return nil, 0, err
	}
	where, args := query.Where(2)
	args = append([]any{organisation}, args...)
	total, err := db.One(q, db.Int, `SELECT COUNT(*) FROM organisation o WHERE `+below+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count organisations: %w", err)
	}
	_, offset, limit, _ := query.Window(int(total))
	rows, err := db.All(q, v.scan, fmt.Sprintf(`%s WHERE %s%s ORDER BY %s LIMIT $%d OFFSET $%d`, selectView, below, where, query.OrderBy(),
		len(args)+1, len(args)+2), append(args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list organisations: %w", err)
	}
	return rows, int(total), nil
}
