package stats

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
)

// row is a stored row without its key's parts that are not asked for.
type row struct {
	day, traffic, currency, tx, rx int64
	cost                           money.Sum
	updated                        int64
}

// rows reads the stored rows of the days from first to last in the order of their day. They are added up here and not
// by the database, which would answer sums of money in types of its own.
func (s Subject) rows(q db.Queryer, first, last int64) ([]row, error) {
	return db.All(q, func(r *db.Row) row {
		use := row{day: r.Int(), traffic: r.Int(), currency: r.Int(), tx: r.Int(), rx: r.Int()}
		use.cost.Add(r.Int())
		use.updated = r.Int()
		return use
	}, `SELECT day, traffic_type_id, currency_id, volume_tx, volume_rx, cost, last_updated FROM endpoint_day
		WHERE organisation_id = $1 AND `+s.column()+` = $2 AND day BETWEEN $3 AND $4 ORDER BY day, last_updated`,
		s.organisation, s.id, first, last)
}

// used is a usage record as the last hour sees it.
type used struct{ ended, traffic, tx, rx int64 }

// records reads the usage records that ended after from and not after until, by their end. A record is stored soon
// after its end, so those stored a day before from cannot be meant. Records are found by their endpoint: for a SIM by
// the endpoints that it had on these days in any time zone.
func (s Subject) records(q db.Queryer, from, until int64) ([]used, error) {
	endpoints := `u.endpoint_id = $2`
	if s.sim {
		endpoints = `u.sim_id = $2 AND u.endpoint_id IN (SELECT d.endpoint_id FROM endpoint_day d
			WHERE d.organisation_id = $1 AND d.sim_id = $2 AND d.day >= $3)`
	}
	return db.All(q, func(r *db.Row) used { return used{r.Int(), r.Int(), r.Int(), r.Int()} },
		`SELECT u.end_at, u.traffic_type_id, u.volume_tx, u.volume_rx FROM usage_record u
		WHERE u.organisation_id = $1 AND `+endpoints+` AND u.recorded_day >= $3 AND u.end_at > $4 AND u.end_at <= $5
		ORDER BY u.end_at`,
		s.organisation, s.id, clock.DayNumber(from)-1, from, until)
}

func loadCurrencies(q db.Queryer) (map[int64]network.Currency, error) {
	list, err := network.Currencies(q)
	byID := make(map[int64]network.Currency, len(list))
	for _, c := range list {
		byID[c.ID] = c
	}
	return byID, err
}
