package event

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/simstead/simstead/internal/db"
)

// Counting a million events takes a while, so that days which nothing is added to any more are counted once (CountDays); a
// list adds them up and counts the rest. An event is never changed, so such a day's counts stand until it is forgotten.

// counted are the columns that event_count has beside the organisation and the days.
const counted = `type_id, severity_id, source_id, alert, operator_id, country_id, rat_type_id`

var column = regexp.MustCompile(`\b[a-z]+\.([a-z_]+)`)

// summed reports whether event_count can answer a condition: it names only columns that are in it.
func summed(where string) bool {
	for _, name := range column.FindAllStringSubmatch(where, -1) {
		if !strings.HasPrefix(name[0], "e.") || !strings.Contains(`organisation_id, occurred_at, `+counted, name[1]) {
			return false
		}
	}
	return true
}

// count counts the events of the list.
func (a asked) count() (int64, error) {
	switch where := a.where(plain); {
	case a.scope.Of != Whole:
		return db.One(a.q, db.Int, `SELECT COUNT(*) FROM event e`+joins(where)+where, a.args...)
	case !summed(where):
		return db.One(a.q, db.Int, `SELECT COUNT(*) FROM event e`+a.where(listed), a.args...)
	}
	if span, _ := a.span(); span != nil {
		return a.countSpan(*span)
	}
	return sum(a.q, a.scope.Organisation, a.where(plain), a.args)
}

// sum counts the events that a condition holds for which event_count can answer; the condition's first argument is the
// organisation.
func sum(q db.Queryer, organisation int64, where string, args []any) (int64, error) {
	through, kept, err := countedDays(q, organisation)
	if err != nil {
		return 0, err
	}
	n := len(args)
	wholeDays := strings.NewReplacer("e.occurred_at >= ", "e.occurred_day * 86400000000 >= ", "e.occurred_at < ", "(e.occurred_day + 1) * 86400000000 <= ")
	sum, err := db.One(q, db.Int, fmt.Sprintf(`SELECT CAST(COALESCE(SUM(e.events), 0) AS BIGINT) FROM event_count e%s
		AND e.recorded_day >= $%d AND e.recorded_day <= $%d`, wholeDays.Replace(where), n+1, n+2), append(args[:n:n], kept, through)...)
	if err != nil {
		return 0, err
	}
	rest := `SELECT COUNT(*) FROM ` + uncounted + where
	after, err := db.One(q, db.Int, fmt.Sprintf(rest, ">", n+1), append(args[:n:n], through)...)
	if err != nil || kept == 0 {
		return sum + after, err
	}
	before, err := db.One(q, db.Int, fmt.Sprintf(rest, "<", n+1), append(args[:n:n], kept)...) // being forgotten
	return sum + after + before, err
}

// uncounted are the events of days that event_count does not have. The limit keeps SQLite from choosing an index by the
// condition, which would lead through all days.
const uncounted = `(SELECT organisation_id, occurred_at, ` + counted + ` FROM event WHERE organisation_id = $1 AND recorded_day %s $%d LIMIT 1000000000) e`

// countedDays are the days that event_count has: from kept through the other. kept is 0 when none was forgotten.
func countedDays(q db.Queryer, organisation int64) (through, kept int64, err error) {
	if through, err = countedThrough(q, organisation); err != nil {
		return 0, 0, err
	}
	kept, err = db.KeptFrom(q, "event")
	if through < kept {
		through, kept = 0, 0 // nothing that is counted is there any more
	}
	return through, kept, err
}

// kind is what event_count knows of an event: its type, and a number that its other columns make.
type kind struct{ value, kind int64 }

// kinds counts an organisation's events by an expression of the columns of event_count, and by type.
func kinds(q db.Queryer, organisation int64, expression string) (map[kind]int64, error) {
	through, kept, err := countedDays(q, organisation)
	if err != nil {
		return nil, err
	}
	all := map[kind]int64{}
	add := func(events, from string, args ...any) {
		if err == nil {
			err = q.Each(func(r *db.Row) {
				k := kind{r.Int(), r.Int()}
				all[k] += r.Int()
			}, `SELECT CAST(`+expression+` AS BIGINT), e.type_id, CAST(`+events+` AS BIGINT) FROM `+from+` GROUP BY `+expression+`, e.type_id`,
				append([]any{organisation}, args...)...)
		}
	}
	add("SUM(e.events)", `event_count e WHERE e.organisation_id = $1 AND e.recorded_day >= $2 AND e.recorded_day <= $3`, kept, through)
	add("COUNT(*)", fmt.Sprintf(uncounted, ">", 2), through)
	if kept > 0 {
		add("COUNT(*)", fmt.Sprintf(uncounted, "<", 2), kept)
	}
	return all, err
}

func countedThrough(q db.Queryer, organisation int64) (int64, error) {
	day, err := db.One(q, db.Int, `SELECT recorded_day FROM event_counted WHERE organisation_id = $1`, organisation)
	if errors.Is(err, db.ErrNone) {
		return 0, nil
	}
	return day, err
}

// CountDays counts the days of all organisations that nothing is added to any more, each in a transaction of its own.
func CountDays(ctx context.Context, d *db.DB) error {
	var organisations []int64
	err := d.Read(ctx, func(q db.Queryer) (err error) {
		organisations, err = db.All(q, db.Int, `SELECT h.organisation_id FROM organisation_head h
			LEFT JOIN event_counted c ON c.organisation_id = h.organisation_id WHERE h.recorded_day - 1 > COALESCE(c.recorded_day, 0)`)
		return err
	})
	for _, organisation := range organisations {
		for more := true; more && err == nil; {
			err = d.Write(ctx, []int64{organisation}, func(tx *db.Tx) (err error) {
				more, err = countDay(tx, organisation)
				return err
			})
		}
	}
	if err != nil {
		return fmt.Errorf("count events: %w", err)
	}
	return nil
}

// countDay counts the next day; there may be more.
func countDay(tx *db.Tx, organisation int64) (more bool, err error) {
	through, err := countedThrough(tx, organisation)
	if err != nil {
		return false, err
	}
	last := tx.Head(organisation).RecordedDay - 1
	day, err := db.One(tx, db.Int, `SELECT COALESCE(MIN(recorded_day), 0) FROM event WHERE organisation_id = $1 AND recorded_day > $2 AND recorded_day <= $3`,
		organisation, through, last)
	if err != nil || last <= through {
		return false, err
	}
	if more = day != 0; !more {
		day = last
	}
	kept, err := db.KeptFrom(tx, "event")
	if err != nil {
		return false, err
	}
	for _, s := range []struct {
		statement string
		args      []any
	}{
		{`INSERT INTO event_count (organisation_id, recorded_day, occurred_day, ` + counted + `, events) SELECT organisation_id, recorded_day, occurred_at / 86400000000, ` + counted + `, COUNT(*)
			FROM event WHERE organisation_id = $1 AND recorded_day = $2 GROUP BY organisation_id, recorded_day, occurred_at / 86400000000, ` + counted, []any{organisation, day}},
		{`INSERT INTO event_counted (organisation_id, recorded_day) VALUES ($1, $2)
			ON CONFLICT (organisation_id) DO UPDATE SET recorded_day = excluded.recorded_day`, []any{organisation, day}},
		{`DELETE FROM event_count WHERE organisation_id = $1 AND recorded_day < $2`, []any{organisation, kept}},
	} {
		if _, err := tx.Exec(s.statement, s.args...); err != nil {
			return false, err
		}
	}
	return more, nil
}
