package stats

import (
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
)

// tree is an organisation and all below it. Money is added up in two parts: raw it may not fit (UNION, not UNION ALL: a
// ring in the tree would end the search, not the process).
const tree = `WITH RECURSIVE tree (id) AS (SELECT id FROM organisation WHERE id = $1
		UNION SELECT o.id FROM tree JOIN organisation o ON o.parent_id = tree.id)`

const sumsOf = `CAST(SUM(d.volume_tx) AS BIGINT), CAST(SUM(d.volume_rx) AS BIGINT), CAST(SUM(d.cost / 10000000000) AS BIGINT),
	CAST(SUM(d.cost % 10000000000) AS BIGINT), MAX(d.last_updated)`

// treeDays adds up the days from first to last of an organisation and all below it, each day in the time zone of whose it
// is.
func treeDays(q db.Queryer, organisation, first, last int64) ([]row, error) {
	return db.All(q, scanTree, tree+` SELECT d.day, d.traffic_type_id, d.currency_id, `+sumsOf+`
		FROM tree JOIN organisation_day d ON d.organisation_id = tree.id
		WHERE d.day BETWEEN $2 AND $3 GROUP BY d.day, d.traffic_type_id, d.currency_id ORDER BY d.day`, organisation, first, last)
}

// treeHours does so with hours since the epoch, as their day.
func treeHours(q db.Queryer, organisation, first, last int64) ([]row, error) {
	return db.All(q, scanTree, tree+` SELECT d.hour, d.traffic_type_id, d.currency_id, `+sumsOf+`
		FROM tree JOIN organisation_hour d ON d.organisation_id = tree.id
		WHERE d.hour BETWEEN $2 AND $3 GROUP BY d.hour, d.traffic_type_id, d.currency_id ORDER BY d.hour`, organisation, first, last)
}

func scanTree(r *db.Row) row {
	use := row{day: r.Int(), traffic: r.Int(), currency: r.Int(), tx: r.Int(), rx: r.Int()}
	var cost money.Sum
	cost.AddParts(r.Int(), r.Int())
	use.cost, use.updated = cost, r.Int()
	return use
}

// Hourly is what an organisation and all below it used by the hour.
type Hourly Hour

// hoursShown is how many hours before the current one are shown when nobody says which.
const hoursShown = 3

// longest is the longest time that hours are shown of.
const longest = 31 * clock.Day

// Hours reads the hours from start to end, both dates or times or empty. A date as an end means its end. Without them it is
// the current hour and the three before it.
func Hours(q db.Queryer, organisation, now int64, start, end string) (*Hourly, error) {
	zone, err := account.Zone(q, organisation)
	if err != nil {
		return nil, err
	}
	first, last, err := hourSpan(zone, now, start, end)
	if err != nil {
		return nil, err
	}
	rows, err := treeHours(q, organisation, first, last)
	if err != nil {
		return nil, fmt.Errorf("hourly statistics: %w", err)
	}
	n := int(last - first + 1)
	h := Hourly{Data: newCourse(zone, first*clock.Hour, clock.Hour, n), SMS: newCourse(zone, first*clock.Hour, clock.Hour, n)}
	for _, r := range rows {
		traffic, into := trafficOf(r, Hour(h))
		into.Rx[r.day-first].Volume += volume(traffic, r.rx)
		into.Tx[r.day-first].Volume += volume(traffic, r.tx)
	}
	return &h, nil
}

// hourSpan reads the two bounds of a request as hours since the epoch.
func hourSpan(zone *time.Location, now int64, start, end string) (first, last int64, err error) {
	from, until := now-hoursShown*clock.Hour, now
	if start != "" {
		if from, err = readMoment("start_date", start, zone, false); err != nil {
			return 0, 0, err
		}
	}
	switch end {
	case "":
		until = max(min(now, from+longest), from)
	default:
		if until, err = readMoment("end_date", end, zone, true); err != nil {
			return 0, 0, err
		}
		if until--; start == "" {
			from = until - hoursShown*clock.Hour
		}
	}
	switch {
	case until < from:
		return 0, 0, invalidDates("end_date %s is before start_date %s", end, start)
	case until-from > longest:
		return 0, 0, invalidDates("there are more than 31 days from start_date to end_date")
	}
	return from / clock.Hour, until / clock.Hour, nil
}
