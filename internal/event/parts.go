package event

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Where no index of events is in the wanted order, a list is read in parts that follow each other in it: the events of one
// value, which only have to be in the order of ids, or those of a range of values whose own table is in that order.

// part is some of the events of a list.
type part struct {
	from, where string
	args        []any    // of where, after the arguments of the list
	order       []string // keys; all go the way of the list
	counted     bool     // rows is how many there are
	rows        int64
}

// asStored is the order of ids, as the primary key has it: PostgreSQL goes from one day to the next, with no need to merge them.
// It is the order of a part that has no other.
func asStored() []string { return []string{"e.recorded_day", "e.position"} }

// through reads a page of parts that follow each other.
func (a asked) through(parts []part, offset, limit int64) (ids []int64, err error) {
	for _, p := range parts {
		var some []int64
		if !p.counted || p.rows > offset {
			some, err = a.ids(p.from, p.where, strings.Join(p.order, ", "), offset, limit-int64(len(ids)), p.args...)
		}
		if ids = append(ids, some...); err != nil || int64(len(ids)) == limit {
			return ids, err
		}
		switch {
		case len(some) > 0:
			offset = 0
		case offset > 0 && !p.counted:
			p.rows, err = db.One(a.q, db.Int, `SELECT COUNT(*) FROM `+p.from+p.where, append(a.args[:len(a.args):len(a.args)], p.args...)...)
			fallthrough
		default:
			offset = max(offset-p.rows, 0)
		}
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// parts are those of a list of total events, of which the first end are wanted, of all that there are; nil when it has no
// parts.
func (a asked) parts(total, end, all int64) (parts []part, err error) {
	sort, descending := strings.CutPrefix(a.query.Sort, "-")
	met := end * all / total // events to walk to meet so many that the filter lets through
	switch sort {
	case "id":
		parts, err = a.stored()
	case "source":
		parts, err = a.values("e.source_id", met, all)
	case "severity":
		parts, err = a.values("e.severity_id", met, all)
	case "alert":
		parts, err = a.values("CASE WHEN e.alert THEN 1 ELSE 0 END", met, all)
	case "user":
		parts = []part{{where: " AND e.user_id = 0"}, {where: " AND e.user_id > 0", order: []string{"e.user_id", "e.id"}}}
	case "ip_address":
		parts = []part{{where: " AND e.ip_address = ''"}, {where: " AND e.ip_address > ''", order: []string{"e.ip_address", "e.id"}}}
	case "endpoint":
		parts, err = a.things(things{"endpoint p", "p.", "p.id", "e.endpoint_id", "p.name", false, false}, met, all)
	case "tags":
		parts, err = a.things(things{"endpoint p", "p.", "p.id", "e.endpoint_id", "COALESCE(p.tags, '')", false, true}, met, all)
	case "iccid":
		parts, err = a.things(things{"sim_identity s", "s.", "s.sim_id", "e.sim_id", "s.iccid", true, false}, met, all)
	case "imsi":
		parts, err = a.things(things{"sim_identity s", "s.", "s.sim_id", "e.sim_id", "s.imsi", false, false}, met, all)
	}
	for i := range parts {
		p := &parts[i]
		if p.from == "" {
			p.from, p.where = "event e", a.where(each)+p.where
		}
		if p.order == nil {
			p.order = asStored()
		}
		if descending {
			for i := range p.order {
				p.order[i] += " DESC"
			}
		}
	}
	if descending {
		slices.Reverse(parts)
	}
	return parts, err
}

// values are the parts of a column with few values. What types events of a value have is known from the counts, and types
// have an index.
func (a asked) values(column string, met, all int64) (parts []part, err error) {
	of, err := kinds(a.q, a.scope.Organisation, column)
	if err != nil {
		return nil, err
	}
	ofType, last := map[int64]int64{}, int64(0)
	for k, n := range of {
		ofType[k.kind] += n
		last = max(last, k.value)
	}
	for value := range last + 1 {
		p := part{where: fmt.Sprintf(" AND %s = %d", column, value), counted: len(a.conditions) == 0}
		var types []string
		var read int64
		for k, n := range of {
			if k.value == value {
				p.rows += n
				read += ofType[k.kind]
				types = append(types, strconv.FormatInt(k.kind, 10))
			}
		}
		switch {
		case p.rows == 0:
			continue
		case len(types) == 1:
			p.where += " AND e.type_id = " + types[0]
			p.order = []string{"e.id"}
		case drives(3*read, met*all/p.rows): // rows of a type lie apart
			slices.Sort(types) // one text to prepare
			p.where += " AND e.type_id IN (" + strings.Join(types, ", ") + ")"
			p.order = []string{"e.id + 0"}
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// stored are the parts of a list in the order of ids whose filter has no index in that order. The counts tell on which of
// the days that they have the events of a span of time were recorded.
func (a asked) stored() ([]part, error) {
	span, other := a.span()
	switch {
	case span != nil:
	case other:
		return []part{{}}, nil
	default:
		return nil, nil
	}
	through, kept, err := countedDays(a.q, a.scope.Organisation)
	if err != nil || through == 0 {
		return []part{{}}, err
	}
	var first, last int64
	err = a.q.Each(func(r *db.Row) { first, last = r.Int(), r.Int() }, `SELECT MIN(recorded_day), MAX(recorded_day) FROM event_count
		WHERE organisation_id = $1 AND recorded_day >= $2 AND recorded_day <= $3 AND occurred_day >= $4 AND occurred_day <= $5`,
		a.scope.Organisation, kept, through, span.from/clock.Day, (span.until-1)/clock.Day)
	at := func(n int) string { return strconv.Itoa(len(a.args) + n) }
	return []part{
		{where: " AND e.recorded_day >= $" + at(1) + " AND e.recorded_day <= $" + at(2), args: []any{first, last}},
		{where: " AND e.recorded_day > $" + at(1), args: []any{through}},
	}, err
}
