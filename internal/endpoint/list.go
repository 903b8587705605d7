package endpoint

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/sim"
)

// Spec is the list's grammar.
func Spec() list.Spec {
	iccid := sim.Spec().Fields["iccid_with_luhn"].Check
	return list.Spec{
		Fields: map[string]list.Field{
			"id":              {Column: "e.id"},
			"name":            {Column: "e.name", Kind: list.Text},
			"status":          {Column: "e.status_id"},
			"service_profile": {Column: "e.service_profile_id"},
			"tariff_profile":  {Column: "e.tariff_profile_id"},
			"created":         {Column: "e.created", Kind: list.Day},
			"last_updated":    {Column: "e.last_updated", Kind: list.Day},
			"tags":            {Column: "e.tags", Kind: list.Text, Nullable: true},
			"ip_address":      {Column: "e.ip_address", Kind: list.Text},
			"imei":            {Column: "e.imei", Kind: list.Text},
			"eid":             {Column: "sim.eid", Kind: list.Text, Nullable: true},
			"iccid":           {Column: "sim.iccid", Kind: list.Text, NoSort: true},
			"iccid_with_luhn": {Column: "sim.iccid", Kind: list.Text, NoSort: true, Check: iccid},
			"sim_status":      {Column: "sim.status_id", NoSort: true},
		},
		IDColumn: "e.id", PerPage: 1000, MaxPerPage: 2500,
	}
}

// List reads one page of an organisation's endpoints and counts them all.
func List(q db.Queryer, organisation int64, query list.Query) ([]Endpoint, int, error) {
	where, args := query.Where(2)
	args = append([]any{organisation}, args...)
	if query.Walk != nil {
		return walk(q, organisation, query, where, args)
	}
	total, err := db.One(q, db.Int, `SELECT COUNT(*)`+counted(where), args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count endpoints: %w", err)
	}
	_, offset, limit, _ := query.Window(int(total))
	n := len(args)
	// The page's ids come first, from an index where there is one; only its rows are joined.
	endpoints, err := db.All(q, scan, selectEndpoint+`(SELECT e.id AS page_id`+from(where, query.OrderBy())+` ORDER BY `+order(where, query.OrderBy())+
		` LIMIT $`+strconv.Itoa(n+1)+` OFFSET $`+strconv.Itoa(n+2)+`) p JOIN endpoint e ON e.organisation_id = $1 AND e.id = p.page_id`+
		joinNames+` ORDER BY `+query.OrderBy(), append(args, limit, offset)...)
	if err == nil {
		err = complete(q, organisation, endpoints)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("list endpoints: %w", err)
	}
	return endpoints, int(total), nil
}

// walk reads a part of the whole list, whose rows are settled with the first part.
func walk(q db.Queryer, organisation int64, query list.Query, where string, args []any) ([]Endpoint, int, error) {
	ids, err := query.Walk.Part(query.Page, query.PerPage, func() ([]int64, error) {
		return db.All(q, db.Int, `SELECT e.id`+from(where, query.OrderBy())+` ORDER BY `+order(where, query.OrderBy()), args...)
	})
	var endpoints []Endpoint
	if err == nil {
		endpoints, err = db.ByID(q, scan, ids, selectEndpoint+`endpoint e`+joinNames+`
			WHERE e.organisation_id = $1 AND e.status_id <> 2 AND e.id IN`, organisation)
	}
	if err == nil {
		err = complete(q, organisation, endpoints)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("list endpoints: %w", err)
	}
	return endpoints, query.Walk.Len(), nil
}

// from is what a filter and an order need to be joined, no more. A condition on the SIM begins at the organisation's
// SIMs, whose index holds all that it can ask: SQLite keeps the order of a CROSS JOIN.
func from(where, order string) string {
	const own = `e.organisation_id = $1 AND e.status_id <> 2`
	switch {
	case strings.Contains(where, "sim."):
		return ` FROM sim CROSS JOIN endpoint e WHERE sim.owner_id = $1 AND e.id = sim.endpoint_id AND ` + own + where
	case strings.Contains(order, "sim."):
		return ` FROM endpoint e LEFT JOIN sim ON sim.id = e.sim_id AND sim.owner_id = $1 WHERE ` + own + where
	}
	return ` FROM endpoint e WHERE ` + own + where
}

// counted is from for the count alone: a SIM at an endpoint is at one that is not deleted, so conditions on SIMs need no
// endpoint.
func counted(where string) string {
	if strings.Contains(where, "sim.") && !strings.Contains(where, "e.") {
		return ` FROM sim WHERE sim.owner_id = $1 AND sim.endpoint_id <> 0` + where
	}
	return from(where, "")
}

// order keeps SQLite from walking an index in the wanted order when the filter asks for what that index does not hold:
// it would fetch each row from somewhere else in the table. Reading the organisation's rows as they lie and sorting
// those that fit takes less than half of that, whatever fits.
//
// Tags are null where there are none, which each database has at another end of an index.
func order(where, keys string) string {
	keys = strings.NewReplacer("e.tags DESC NULLS LAST", "COALESCE(e.tags, '') DESC", "e.tags NULLS FIRST", "COALESCE(e.tags, '')").Replace(keys)
	first, _, _ := strings.Cut(strings.Fields(keys)[0], ",")
	for _, f := range Spec().Fields {
		if f.Column != first && f.Column != "e.id" && f.Column != "e.status_id" && strings.Contains(where, f.Column) {
			return strings.NewReplacer("e.name", "e.name || ''", "e.service_profile_id", "e.service_profile_id + 0",
				"e.tariff_profile_id", "e.tariff_profile_id + 0",
				"e.created", "e.created + 0", "e.last_updated", "e.last_updated + 0", "e.imei", "e.imei || ''", "e.ip_address", "e.ip_address || ''",
				"COALESCE(e.tags, '')", "COALESCE(e.tags, '') || ''").Replace(keys)
		}
	}
	return keys
}
