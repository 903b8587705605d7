package event

import (
	"strconv"

	"github.com/simstead/simstead/internal/db"
)

// things are the endpoints or SIMs that events are about, as a list is sorted by one of their columns, which has an index.
type things struct {
	table, prefix, id string
	of                string // the events' column
	key               string // what the list is sorted by
	unique            bool   // no two have the same key
	blank             bool   // a thing may have no key: the text is empty and its events are among those about none
}

// group is a key that many things have.
type group struct {
	key    string
	things int64
}

// groups are the keys that more than one in so many things has, in their order, and how many things there are.
const oneIn = 50

func (a asked) groups(t things) (groups []group, of int64, err error) {
	if t.unique {
		return nil, 0, nil
	}
	organisation := a.args[0]
	of, err = db.One(a.q, db.Int, `SELECT COUNT(*) FROM `+t.table+` WHERE `+t.prefix+`organisation_id = $1`, organisation)
	if err != nil {
		return nil, 0, err
	}
	groups, err = db.All(a.q, func(r *db.Row) group { return group{r.Text(), r.Int()} },
		`SELECT `+t.key+`, COUNT(*) FROM `+t.table+` WHERE `+t.prefix+`organisation_id = $1 GROUP BY `+t.key+` HAVING COUNT(*) > $2 ORDER BY `+t.key, organisation, of/oneIn)
	return groups, of, err
}

// things are the parts of a list that is sorted by what its events are about: first the events about none. The things are met
// in the order of their keys, and with each its events; those of a key that many things have are sorted by id, so that such a
// key is a part.
func (a asked) things(t things, met, all int64) ([]part, error) {
	groups, of, err := a.groups(t)
	if err != nil {
		return nil, err
	}
	var parts []part
	if t.blank {
		blank, err := db.One(a.q, db.Int, `SELECT COUNT(*) FROM event e WHERE e.organisation_id = $1 AND `+t.of+` = 0`, a.args[0])
		if err != nil {
			return nil, err
		}
		if len(groups) > 0 && groups[0].key == "" {
			blank += all * groups[0].things / of
			groups = groups[1:]
		} else {
			blank += all / oneIn / 2
		}
		parts = append(parts, a.group(t, "", blank, met, all))
	} else if !a.named(t.prefix) {
		parts = append(parts, part{where: " AND " + t.of + " = 0", order: []string{"e.id"}})
	}
	var last part
	if t.blank {
		last.where = " AND " + t.key + " > ''"
	}
	for _, g := range groups {
		before := last
		before.where += " AND " + t.key + " < " + a.mark(len(last.args))
		before.args = append(last.args[:len(last.args):len(last.args)], g.key)
		parts = append(parts, a.ranged(t, before), a.group(t, g.key, all*g.things/of, met, all))
		last = part{where: " AND " + t.key + " > " + a.mark(0), args: []any{g.key}}
	}
	return append(parts, a.ranged(t, last)), nil
}

// mark is the place of an argument of a part.
func (a asked) mark(n int) string { return "$" + strconv.Itoa(len(a.args)+n+1) }

// ranged makes a part of the things that a condition holds for.
func (a asked) ranged(t things, p part) part {
	p.from = t.table + ` CROSS JOIN event e`
	p.where = a.where(each, t.prefix) + ` AND ` + t.prefix + `organisation_id = $1 AND ` + t.of + ` = ` + t.id + p.where
	p.order = []string{t.key, "e.id"}
	return p
}

// group makes a part of about so many events: of the things that have a key.
func (a asked) group(t things, key string, rows, met, all int64) part {
	p, own := part{args: []any{key}}, t.table+` WHERE `+t.prefix+`organisation_id = $1 AND `
	switch {
	case drives(rows, met*all/max(rows, 1)):
		none := ""
		if key == "" && t.blank {
			none = `SELECT CAST(0 AS BIGINT) UNION ALL `
		}
		p.where = ` AND ` + t.of + ` IN (` + none + `SELECT ` + t.id + ` FROM ` + own + t.key + ` = ` + a.mark(0) + `)`
		p.order = []string{"e.id + 0"}
	case key == "" && t.blank:
		p.where = ` AND COALESCE((SELECT ` + t.key + ` FROM ` + own + t.id + ` = ` + t.of + `), '') = ` + a.mark(0)
	default:
		p.where = ` AND (SELECT ` + t.key + ` = ` + a.mark(0) + ` FROM ` + own + t.id + ` = ` + t.of + `)`
	}
	return p
}
