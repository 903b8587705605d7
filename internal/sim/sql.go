package sim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Part is the part that an organisation plays for the SIMs it lists. An enterprise is only ever a customer, a reseller
// only a reseller and an operator only an issuer, so one column finds all SIMs of each.
type Part string

// The parts, as the columns that name who plays them. A customer always owns its SIMs.
const (
	AsCustomer Part = "s.owner_id"
	AsReseller Part = "s.reseller_org_id"
	AsIssuer   Part = "s.issuer_org_id"
)

// Spec is the list's grammar. iccid_with_luhn finds the check digit only as the end of a whole number: it is not stored.
func Spec() list.Spec {
	return list.Spec{
		Fields: map[string]list.Field{
			"id":                {Column: "s.id"},
			"issuer_org":        {Column: "s.issuer_org_id"},
			"reseller_org":      {Column: "s.reseller_org_id"},
			"customer_org":      {Column: "s.customer_org_id"},
			"iccid":             {Column: "s.iccid", Kind: list.Text},
			"iccid_with_luhn":   {Column: "s.iccid", Kind: list.Text, Check: withoutLuhn, NoSort: true},
			"eid":               {Column: "s.eid", Kind: list.Text},
			"status":            {Column: "s.status_id"},
			"production_date":   {Column: "s.production_date", Kind: list.Day},
			"imsi":              {Column: "s.imsi", Kind: list.Text, NoSort: true},
			"msisdn":            {Column: "s.msisdn", Kind: list.Text, NoSort: true},
			"endpoint":          {Column: "s.endpoint_id"},
			"model":             {Column: "s.model", Kind: list.Text},
			"satellite_capable": {Column: "FALSE", Kind: list.Flag, NoSort: true}, // no card of the inventory is
		},
		IDColumn: "s.id", PerPage: 2000, MaxPerPage: 2500,
	}
}

const selectSIM = `SELECT s.id, s.iccid, s.eid, s.production_date, s.activation_date, s.status_id, s.customer_org_id,
	s.issuer_org_id, s.reseller_org_id, s.endpoint_id, e.name, s.imsi, s.msisdn, s.model FROM `

const joinEndpoint = ` LEFT JOIN endpoint e ON e.organisation_id = s.owner_id AND e.id = s.endpoint_id`

// Get reads a SIM that an organisation holds.
func Get(q db.Queryer, organisation, id int64) (*SIM, error) {
	orgs := orgs{}
	s, err := db.One(q, orgs.scan, selectSIM+`sim s`+joinEndpoint+`
		WHERE s.id = $1 AND (s.issuer_org_id = $2 OR s.reseller_org_id = $2 OR s.customer_org_id = $2)`, id, organisation)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("SIM", id)
	}
	if err == nil {
		err = orgs.load(q)
	}
	return &s, err
}

// GetMany reads SIMs, whoever holds them, by ascending id.
func GetMany(q db.Queryer, ids []int64) ([]SIM, error) {
	orgs, sims := orgs{}, []SIM{}
	for some := range slices.Chunk(ids, chunk) {
		args := make([]any, len(some))
		for i, id := range some {
			args[i] = id
		}
		err := q.Each(func(r *db.Row) { sims = append(sims, orgs.scan(r)) }, selectSIM+`sim s`+joinEndpoint+`
			WHERE s.id IN (`+placeholders+`) ORDER BY s.id`, padded(args)...)
		if err != nil {
			return nil, fmt.Errorf("read SIMs: %w", err)
		}
	}
	return sims, orgs.load(q)
}

// List reads one page of the SIMs for which an organisation plays a part, and counts them all.
func List(q db.Queryer, part Part, organisation int64, query list.Query) ([]SIM, int, error) {
	where, args := query.Where(2)
	args = append([]any{organisation}, args...)
	from := ` FROM sim s WHERE ` + string(part) + ` = $1` + where
	if query.Walk != nil {
		return walk(q, part, organisation, query, from, args)
	}
	order := query.OrderBy()
	if part != AsIssuer {
		order = without(order, string(part))
	}
	total, err := db.One(q, db.Int, `SELECT COUNT(*)`+from, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count SIMs: %w", err)
	}
	_, offset, limit, _ := query.Window(int(total))
	n := len(args)
	// The page's ids come first, from an index where there is one; only its rows are joined.
	orgs := orgs{}
	sims, err := db.All(q, orgs.scan, selectSIM+`(SELECT s.id AS page_id`+from+` ORDER BY `+order+
		` LIMIT $`+strconv.Itoa(n+1)+` OFFSET $`+strconv.Itoa(n+2)+`) p JOIN sim s ON s.id = p.page_id`+joinEndpoint+
		` ORDER BY `+query.OrderBy(), append(args, limit, offset)...)
	if err == nil {
		err = orgs.load(q)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("list SIMs: %w", err)
	}
	return sims, int(total), nil
}

// without drops the keys of an order that are the same in all rows: no index has them.
func without(order, column string) string {
	if column == string(AsCustomer) {
		column = "s.customer_org_id" // whoever is the customer is the owner
	}
	keys := slices.DeleteFunc(strings.Split(order, ", "), func(key string) bool { return strings.HasPrefix(key, column) })
	return strings.Join(keys, ", ")
}

// walk reads a part of the whole list, whose rows are settled with the first part.
func walk(q db.Queryer, part Part, organisation int64, query list.Query, from string, args []any) ([]SIM, int, error) {
	ids, err := query.Walk.Part(query.Page, query.PerPage, func() ([]int64, error) {
		return db.All(q, db.Int, `SELECT s.id`+from+` ORDER BY `+query.OrderBy(), args...)
	})
	orgs := orgs{}
	var sims []SIM
	if err == nil {
		sims, err = db.ByID(q, orgs.scan, ids, selectSIM+`sim s`+joinEndpoint+`
			WHERE `+string(part)+` = $1 AND s.id IN`, organisation)
	}
	if err == nil {
		err = orgs.load(q)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("list SIMs: %w", err)
	}
	return sims, query.Walk.Len(), nil
}

// orgs are the organisations of the SIMs that were read: many SIMs, few organisations.
type orgs map[int64]*Org

func (o orgs) scan(r *db.Row) SIM {
	s := SIM{
		ID: value.ID(r.Int()), ICCID: r.Text(), EID: some(r.Text()), ProductionDate: value.EntityTime(r.Int()),
		ActivationDate: value.EntityTime(r.Int()), Status: Status(r.Int()),
		CustomerOrg: o.get(r.Int()), IssuerOrg: o.get(r.Int()), ResellerOrg: o.get(r.Int()),
	}
	s.ICCIDWithLuhn = WithLuhn(s.ICCID)
	if endpoint := r.Int(); endpoint != 0 {
		s.Endpoint = &value.Named{ID: value.ID(endpoint), Name: r.Text()}
	} else {
		r.Skip(1)
	}
	s.IMSI, s.MSISDN, s.Model = some(r.Text()), some(r.Text()), model(r.Text())
	return s
}

func some(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (o orgs) get(id int64) *Org {
	if id == 0 {
		return nil
	}
	if o[id] == nil {
		o[id] = &Org{ID: value.ID(id)}
	}
	return o[id]
}

// load fills in the names and countries of all organisations seen.
func (o orgs) load(q db.Queryer) error {
	ids := make([]any, 0, len(o))
	for id := range o {
		ids = append(ids, id)
	}
	for first := 0; first < len(ids); first += chunk {
		err := q.Each(o.fill, `SELECT o.id, o.name, c.id, c.name, c.country_code, c.mcc, c.iso_code, c.latitude, c.longitude
			FROM organisation o LEFT JOIN country c ON c.id = o.country_id WHERE o.id IN (`+placeholders+`)`, padded(slices.Clone(ids[first:min(first+chunk, len(ids))]))...)
		if err != nil {
			return fmt.Errorf("read organisations of SIMs: %w", err)
		}
	}
	return nil
}

func (o orgs) fill(r *db.Row) {
	org := o[r.Int()]
	org.Name = r.Text()
	if r.Null() {
		return
	}
	country := network.Country{ID: r.Int(), Name: r.Text(), CountryCode: r.Text(), MCC: r.Text(), ISOCode: r.Text()}
	country.Latitude, country.Longitude = degrees(r.Text()), degrees(r.Text())
	numeric := country.Numeric()
	org.Country = &numeric
}

func degrees(text string) *float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil
	}
	return &n
}
