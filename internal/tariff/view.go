package tariff

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// View is a tariff as the API shows it.
type View struct {
	ID            value.ID         `json:"id"`
	Name          string           `json:"name"`
	Description   string           `json:"description"`
	Organisation  value.Named      `json:"organisation" doc:"Whose tariff it is: only they change it."`
	Created       value.EntityTime `json:"created"`
	Status        value.Described  `json:"status" doc:"0 Staging, 1 Active, 2 Deprecated, 3 Deleted."`
	Currency      network.Currency `json:"currency"`
	DataBlocksize Octets           `json:"data_blocksize"`
	DataThrottle  *Octets          `json:"data_throttle" doc:"null: sessions are not throttled."`
	RoundingScope value.Described  `json:"rounding_scope" doc:"What use is rounded up to blocks over: 0 Session, 1 Day, 2 Record."`
	SIMRates
	Public        bool        `json:"public" doc:"All organisations below the owner may have it."`
	Category      Category    `json:"tariff_category"`
	UsedCount     value.ID    `json:"used_count" doc:"How many tariff profiles have it: of all organisations to its owner, else of your own."`
	AssignedCount value.ID    `json:"assigned_count" doc:"How many organisations have it."`
	Definitions   []ViewOfAPN `json:"pdp_context_definition" doc:"The APNs of its sessions; none: any."`
}

// SIMRates are prices that a tariff shows. They are for information: what SIMs cost is the tariff plan's, what SMS cost the
// rate zones'.
type SIMRates struct {
	SMSMT           value.Cost `json:"default_sms_mt_rate"`
	SMSMO           value.Cost `json:"default_sms_mo_rate"`
	SIMIssued       value.Cost `json:"sim_issued_rate"`
	SIMActivated    value.Cost `json:"sim_activated_rate"`
	SIMSuspended    value.Cost `json:"sim_suspended_rate"`
	SIMActivation   value.Cost `json:"sim_activation_rate"`
	SIMReactivation value.Cost `json:"sim_reactivation_rate"`
	SIMSuspension   value.Cost `json:"sim_suspension_rate"`
	SIMTermination  value.Cost `json:"sim_termination_rate"`
}

// Category is what tariffs are grouped by.
type Category struct {
	ID     value.ID `json:"id"`
	Name   string   `json:"name"`
	UsedBy value.ID `json:"used_by"`
}

// ViewOfAPN is a PDP context definition of a tariff.
type ViewOfAPN struct {
	ID      value.ID `json:"id"`
	APN     string   `json:"apn"`
	Default bool     `json:"default"`
}

// Statuses lists the states of tariffs and rate zones.
func Statuses() []value.Described {
	return []value.Described{
		{ID: value.ID(Staging), Description: "Staging"},
		{ID: value.ID(Active), Description: "Active"},
		{ID: value.ID(Deprecated), Description: "Deprecated"},
		{ID: value.ID(Deleted), Description: "Deleted"},
	}
}

// RoundingScopes lists what use can be rounded up to blocks over.
func RoundingScopes() []value.Described {
	return []value.Described{
		{ID: value.ID(RoundSession), Description: "Session"},
		{ID: value.ID(RoundDay), Description: "Day"},
		{ID: value.ID(RoundRecord), Description: "Record"},
	}
}

// above are the organisations above the one that is the statement's first argument.
const above = `(WITH RECURSIVE up (id) AS (SELECT parent_id FROM organisation WHERE id = $1
	UNION SELECT o.parent_id FROM up JOIN organisation o ON o.id = up.id) SELECT id FROM up)`

// visible are the tariffs that an organisation may see: its own, those it has, and public ones of organisations above it.
const visible = ` (t.organisation_id = $1 AND t.status_id <> 3 OR t.id IN (SELECT v.tariff_id FROM organisation_tariff v WHERE v.organisation_id = $1)
	OR t.is_public AND t.status_id IN (1, 2) AND t.organisation_id IN ` + above + `)`

const selectView = `SELECT t.id, t.name, t.description, t.organisation_id, COALESCE(o.name, ''), t.created, t.status_id, t.currency_id,
		COALESCE(c.code, ''), COALESCE(c.symbol, ''), t.data_blocksize, t.data_throttle, t.rounding_scope, t.default_sms_mt_rate,
		t.default_sms_mo_rate, t.sim_issued_rate, t.sim_activated_rate, t.sim_suspended_rate, t.sim_activation_rate, t.sim_reactivation_rate,
		t.sim_suspension_rate, t.sim_termination_rate, t.is_public, t.category_id,
		(SELECT COUNT(*) FROM tariff_profile p WHERE p.tariff_id = t.id AND (t.organisation_id = $1 OR p.organisation_id = $1)),
		(SELECT COUNT(*) FROM organisation_tariff a WHERE a.tariff_id = t.id AND (t.organisation_id = $1 OR a.organisation_id = $1))
	FROM tariff t LEFT JOIN organisation o ON o.id = t.organisation_id LEFT JOIN currency c ON c.id = t.currency_id WHERE`

func scanView(r *db.Row) View {
	v := View{
		ID: value.ID(r.Int()), Name: r.Text(), Description: r.Text(), Organisation: value.Named{ID: value.ID(r.Int()), Name: r.Text()},
		Created: value.EntityTime(r.Int()), Status: Statuses()[r.Int()], Currency: network.Currency{ID: r.Int(), Code: r.Text(), Symbol: r.Text()},
		DataBlocksize: BlocksizeOf(r.Int()), Definitions: []ViewOfAPN{},
	}
	if throttle := r.Int(); throttle != 0 {
		o := ThrottleOf(throttle)
		v.DataThrottle = &o
	}
	v.RoundingScope = RoundingScopes()[r.Int()]
	for _, rate := range v.SIMRates.each() {
		*rate = value.Cost(r.Int())
	}
	v.Public, v.Category.ID = r.Bool(), value.ID(r.Int())
	v.UsedCount, v.AssignedCount = value.ID(r.Int()), value.ID(r.Int())
	return v
}

// each are the rates in the order of the columns.
func (s *SIMRates) each() []*value.Cost {
	return []*value.Cost{
		&s.SMSMT, &s.SMSMO, &s.SIMIssued, &s.SIMActivated, &s.SIMSuspended, &s.SIMActivation, &s.SIMReactivation, &s.SIMSuspension, &s.SIMTermination,
	}
}

// List lists the tariffs that an organisation may see.
func List(q db.Queryer, organisation int64) ([]View, error) {
	list, err := db.All(q, scanView, selectView+visible+` ORDER BY t.id`, organisation)
	if err == nil {
		err = readAPNs(q, list)
	}
	if err != nil {
		return nil, fmt.Errorf("list tariffs: %w", err)
	}
	return list, nil
}

// Get reads a tariff that an organisation may see.
func Get(q db.Queryer, organisation, id int64) (*View, error) {
	v, err := db.One(q, scanView, selectView+visible+` AND t.id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Tariff", id)
	}
	list := []View{v}
	if err == nil {
		err = readAPNs(q, list)
	}
	if err != nil {
		return nil, fmt.Errorf("read tariff: %w", err)
	}
	return &list[0], nil
}

// Assigned lists the tariffs that an organisation has.
func Assigned(q db.Queryer, organisation int64) ([]View, error) {
	list, err := db.All(q, scanView, selectView+` t.id IN (SELECT v.tariff_id FROM organisation_tariff v WHERE v.organisation_id = $1) ORDER BY t.id`, organisation)
	if err == nil {
		err = readAPNs(q, list)
	}
	if err != nil {
		return nil, fmt.Errorf("list tariffs of organisation %d: %w", organisation, err)
	}
	return list, nil
}

func readAPNs(q db.Queryer, list []View) error {
	at := make(map[int64]*View, len(list))
	for i := range list {
		at[int64(list[i].ID)] = &list[i]
	}
	return q.Each(func(r *db.Row) {
		if v := at[r.Int()]; v != nil {
			v.Definitions = append(v.Definitions, ViewOfAPN{ID: value.ID(r.Int()), APN: r.Text(), Default: r.Bool()})
		}
	}, `SELECT t.tariff_id, d.id, d.apn, t.is_default FROM tariff_pdp_context_definition t
		JOIN pdp_context_definition d ON d.id = t.definition_id ORDER BY t.tariff_id, d.id`)
}

// Own is a tariff that the organisation owns, for a change of it.
func Own(q db.Queryer, organisation, id int64) (*View, error) {
	v, err := Get(q, organisation, id)
	if err == nil && (int64(v.Organisation.ID) != organisation || int64(v.Status.ID) == Deleted) {
		err = fault.Missing("Tariff", id)
	}
	return v, err
}
