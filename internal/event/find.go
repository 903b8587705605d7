package event

import (
	"fmt"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/list"
)

// A list of all events of an organisation has millions of rows, and most of what it can be filtered and sorted by stands in
// other tables. Its page is found in one of two ways. Few events are found by what they have in common and then sorted.
// Many are met soon enough by walking an index of events in the wanted order and asking of each whether it fits.

// asked is a list with its conditions. The first argument is the organisation.
type asked struct {
	q          db.Queryer
	scope      Scope
	query      list.Query
	conditions []list.Condition
	args       []any
}

func ask(q db.Queryer, scope Scope, query list.Query) asked {
	_, args := scope.where()
	a := asked{q: q, scope: scope, query: query, args: args, conditions: query.Conditions(len(args) + 1)}
	for _, c := range a.conditions {
		a.args = append(a.args, c.Args...)
	}
	return a
}

// form is how a condition on the endpoint or the SIM is put.
type form int

const (
	plain  form = iota // on the table that joins names
	listed             // the event is of one of those that fit: leads to few events
	each               // a query for one event, which no planner makes anything else of: for those met on a walk
)

// put puts a condition on the table of a column; a condition on the event itself has one form.
func (f form) put(column, condition string) string {
	table, key, of := "endpoint p", "p.id", "e.endpoint_id"
	switch column[:2] {
	case "p.":
	case "s.":
		table, key, of = "sim_identity s", "s.sim_id", "e.sim_id"
	default:
		return condition
	}
	own := " WHERE " + column[:2] + "organisation_id = $1 AND "
	switch f {
	case listed:
		return of + " IN (SELECT " + key + " FROM " + table + own + condition + ")"
	case each:
		return "(SELECT " + condition + " FROM " + table + own + key + " = " + of + ")"
	case plain:
	}
	return condition
}

// where is the condition of the whole list. Conditions on the tables of the prefixes are plain.
func (a asked) where(f form, joined ...string) string {
	where, _ := a.scope.where()
	for _, c := range a.conditions {
		if slices.Contains(joined, c.Column[:2]) {
			where += " AND " + c.SQL
		} else {
			where += " AND " + f.put(c.Column, c.SQL)
		}
		if c.Column == "e.user_id" && c.Args[0] != int64(0) {
			where += " AND e.user_id > 0" // the index has no others
		}
	}
	return where
}

// named reports whether a condition is on the table of one of the prefixes.
func (a asked) named(prefixes ...string) bool {
	return slices.ContainsFunc(a.conditions, func(c list.Condition) bool { return slices.Contains(prefixes, c.Column[:2]) })
}

// indexed reports whether an index of events is in the wanted order.
func (a asked) indexed() bool {
	switch a.query.Sort {
	case "id", "-id", "timestamp", "-timestamp", "type", "-type", "organisation", "-organisation":
		return true
	}
	return false
}

// page finds the ids of a page of a list of total events.
func (a asked) page(total, offset, limit int64) ([]int64, error) {
	order := a.query.OrderBy()
	if total == 0 {
		return nil, nil
	}
	if a.scope.Of != Whole {
		return a.joined(offset, limit)
	}
	all := total
	if len(a.conditions) > 0 {
		var err error
		if all, err = sum(a.q, a.scope.Organisation, ` WHERE e.organisation_id = $1`, a.args[:1]); err != nil {
			return nil, err
		}
	}
	if len(a.conditions) > 0 && (a.named("p.", "s.") || !a.indexed()) && drives(total, (offset+limit)*all/total) {
		return a.ids(`event e`+joins(order), a.where(listed), unindexed(order), offset, limit)
	}
	parts, err := a.parts(total, offset+limit, all)
	if err != nil {
		return nil, err
	}
	if parts == nil {
		return a.ids(`event e`+joins(order), a.where(each), order, offset, limit)
	}
	ids, err := a.through(parts, offset, limit)
	if err != nil || int64(len(ids)) == min(limit, total-offset) {
		return ids, err
	}
	return a.joined(offset, limit) // an event is about an endpoint or a SIM that has no row, so that no part has it
}

// joined finds the ids of a page by the plain query.
func (a asked) joined(offset, limit int64) ([]int64, error) {
	where, order := a.where(plain), a.query.OrderBy()
	return a.ids(`event e`+joins(where+order), where, order, offset, limit)
}

// drives reports whether to read and sort those events that fit, rather than to walk over met events until enough that fit
// were met. Either takes a few microseconds an event.
func drives(fit, met int64) bool { return 3*fit < 5*met }

// unindexed keeps the databases from walking an index in the wanted order.
func unindexed(order string) string {
	return strings.NewReplacer("e.id", "e.id + 0", "e.occurred_at", "e.occurred_at + 0", "e.type_id", "e.type_id + 0", "e.user_id", "e.user_id + 0").Replace(order)
}

// ids reads the ids of some events. args follow those of the list.
func (a asked) ids(from, where, order string, offset, limit int64, args ...any) ([]int64, error) {
	args = append(append(a.args[:len(a.args):len(a.args)], args...), limit, offset)
	return db.All(a.q, db.Int, fmt.Sprintf(`SELECT e.id FROM %s%s ORDER BY %s LIMIT $%d OFFSET $%d`, from, where, order, len(args)-1, len(args)), args...)
}
