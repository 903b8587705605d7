package event

import (
	"math"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/list"
)

// span is a time span, in µs: until is not in it.
type span struct{ from, until int64 }

// span is the time that all conditions on it leave, nil when there are none. other is whether a condition is on what has
// no index in the order of ids.
func (a asked) span() (of *span, other bool) {
	whole := span{0, math.MaxInt64 - clock.Day}
	for _, c := range a.conditions {
		if c.Column != "e.occurred_at" {
			other = other || c.Column != "e.type_id" && c.Column != "e.user_id" && c.Column != "e.organisation_id"
			continue
		}
		of = &whole
		switch c.Kind {
		case list.From:
			of.from = max(of.from, c.Args[0].(int64))
		case list.Until:
			of.until = min(of.until, c.Args[0].(int64))
		default: // a day or longer
			of.from, of.until = max(of.from, c.Args[0].(int64)), min(of.until, c.Args[1].(int64))
		}
	}
	return of, other
}

// countSpan counts the events of a list whose conditions are on the time and on what event_count has: whole days from the
// counts, what there is before and after them one by one.
func (a asked) countSpan(s span) (int64, error) {
	where := a.where(plain)
	count := func(where string, args ...any) (int64, error) {
		return db.One(a.q, db.Int, `SELECT COUNT(*) FROM event e`+where, append(a.args[:len(a.args):len(a.args)], args...)...)
	}
	first, end := (s.from+clock.Day-1)/clock.Day*clock.Day, s.until/clock.Day*clock.Day
	if first >= end {
		return count(where)
	}
	at := func(n int) string { return "$" + strconv.Itoa(len(a.args)+n) }
	total, err := sum(a.q, a.scope.Organisation, where+" AND e.occurred_at >= "+at(1)+" AND e.occurred_at < "+at(2), append(a.args[:len(a.args):len(a.args)], first, end))
	// Of two bounds on the same side, the databases are to use the one that leaves less.
	if err == nil && s.from < first {
		var before int64
		before, err = count(strings.ReplaceAll(where, "e.occurred_at <", "e.occurred_at + 0 <")+" AND e.occurred_at < "+at(1), first)
		total += before
	}
	if err == nil && end < s.until {
		var after int64
		after, err = count(strings.ReplaceAll(where, "e.occurred_at >", "e.occurred_at + 0 >")+" AND e.occurred_at >= "+at(1), end)
		total += after
	}
	return total, err
}
