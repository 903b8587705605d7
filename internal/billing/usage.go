package billing

import (
	"fmt"
	"strings"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Filter says which figure of a statement is to be explained. 0 is everything; what has no tariff, zone or country has -1.
type Filter struct {
	Tariff        int64 `query:"tariff" doc:"Id of a tariff of the statement; -1 for what nothing priced."`
	Ratezone      int64 `query:"ratezone" doc:"Id of a rate zone; -1 for none."`
	Country       int64 `query:"country" doc:"Id of a country; -1 for none."`
	TariffProfile int64 `query:"tariff_profile" doc:"Id of a tariff profile; -1 for none."`
	Endpoint      int64 `query:"endpoint" doc:"Id of an endpoint."`
	TrafficType   int64 `query:"traffic_type" doc:"5 data, 6 SMS."`
	After         int64 `query:"after" doc:"Goes on after the record with this position."`
	PerPage       int64 `query:"per_page" doc:"Rows at once: 1000 by default, which is also the most."`
}

// Usage is a usage record that a figure is made of.
type Usage struct {
	ID            value.ID         `json:"id"`
	Position      value.ID         `json:"position" doc:"In the organisation's log. Give the last one as after to go on."`
	Endpoint      value.ID         `json:"endpoint_id"`
	SIM           value.ID         `json:"sim_id"`
	Start         value.EntityTime `json:"start_timestamp"`
	End           value.EntityTime `json:"end_timestamp"`
	TrafficType   value.Described  `json:"traffic_type"`
	Operator      value.Named      `json:"operator"`
	Country       value.Named      `json:"country"`
	TariffProfile value.ID         `json:"tariff_profile_id"`
	Tariff        value.ID         `json:"tariff_id"`
	Ratezone      value.ID         `json:"ratezone_id"`
	Volume        value.MB         `json:"volume"`
	Billed        value.MB         `json:"billed_volume" doc:"What it came to in whole blocks, beyond the records before it that are rounded together with it. This less the inclusive volume, times the rate, is the cost, up to the next 1e-10 over all of these records."`
	Inclusive     value.MB         `json:"inclusive_volume" doc:"Of the billed volume: what an inclusive volume paid."`
	Block         int64            `json:"blocksize" doc:"Bytes; 1 for SMS, 0 when nothing priced it."`
	Rate          value.Cost       `json:"rate"`
	Cost          value.Cost       `json:"cost"`
	Currency      *Currency        `json:"currency" doc:"Null when nothing priced it."`
	Debited       value.Cost       `json:"paid_from_endpoint_balance" doc:"Of the cost."`
	Month         value.ID         `json:"month" doc:"In which it was used."`
	Late          bool             `json:"late" doc:"Its month was closed before it came."`
}

const mostUsage = 1000

// country is where a record was made; older ones leave it to their operator.
const country = `COALESCE(NULLIF(u.country_id, 0), o.country_id, 0)`

// List lists the usage records behind a figure of an organisation's statement, in the order of its log. Their costs add up to
// the figure. now is in µs.
func (f Filter) List(q db.Queryer, organisation, month, now int64) ([]Usage, error) {
	if err := known(q, organisation, month, now); err != nil {
		return nil, err
	}
	limit := int64(mostUsage)
	if f.PerPage > 0 {
		limit = min(limit, f.PerPage)
	}
	// Nothing of a month is recorded before it began in the first of all time zones.
	day := clock.MonthStart(time.UTC, month)/clock.Day - 1
	args := []any{organisation, day, f.After, month, limit}
	var where strings.Builder
	for _, c := range []struct {
		column string
		id     int64
	}{
		{"u.tariff_id", f.Tariff}, {"u.ratezone_id", f.Ratezone}, {country, f.Country}, {"u.tariff_profile_id", f.TariffProfile},
		{"u.endpoint_id", f.Endpoint}, {"u.traffic_type_id", f.TrafficType},
	} {
		if c.id != 0 {
			args = append(args, max(c.id, 0))
			fmt.Fprintf(&where, " AND %s = $%d", c.column, len(args))
		}
	}
	rows, err := db.All(q, scanUsage, `SELECT u.id, u.position, u.endpoint_id, u.sim_id, u.start_at, u.end_at, u.traffic_type_id, u.operator_id,
		COALESCE(o.name, ''), `+country+`, COALESCE(k.name, ''), u.tariff_profile_id, u.tariff_id, u.ratezone_id,
		u.volume_tx + u.volume_rx, u.line_volume, u.block, u.inclusive, u.rate, u.cost, u.rated, COALESCE(c.code, ''), u.debited, u.billing_month,
		u.statement_month
		FROM usage_record u LEFT JOIN operator o ON o.id = u.operator_id LEFT JOIN country k ON k.id = `+country+`
		LEFT JOIN currency c ON c.id = u.currency_id
		WHERE u.organisation_id = $1 AND u.recorded_day >= $2 AND u.position > $3
		AND (u.statement_month = $4 OR u.statement_month = 0 AND u.billing_month = $4)`+where.String()+`
		ORDER BY u.recorded_day, u.position LIMIT $5`, args...)
	if err != nil {
		return nil, fmt.Errorf("list usage of a statement: %w", err)
	}
	return rows, nil
}

func scanUsage(r *db.Row) Usage {
	u := Usage{
		ID: value.ID(r.Int()), Position: value.ID(r.Int()), Endpoint: value.ID(r.Int()), SIM: value.ID(r.Int()),
		Start: value.EntityTime(r.Int()), End: value.EntityTime(r.Int()),
	}
	kind := tariff.DataTraffic()
	traffic := r.Int()
	if traffic == record.SMS {
		kind = tariff.SMSTraffic()
	}
	u.TrafficType = value.Described{ID: value.ID(kind.ID), Description: kind.Description}
	u.Operator = value.Named{ID: value.ID(r.Int()), Name: r.Text()}
	u.Country = value.Named{ID: value.ID(r.Int()), Name: r.Text()}
	u.TariffProfile, u.Tariff, u.Ratezone = value.ID(r.Int()), value.ID(r.Int()), value.ID(r.Int())
	volume, before := r.Int(), r.Int()
	u.Volume, u.Block = measure(traffic, volume), r.Int()
	if u.Block > 0 {
		u.Billed = measure(traffic, rating.Billed(before+volume, u.Block)-rating.Billed(before, u.Block))
	}
	u.Inclusive = value.MB(r.Int())
	u.Rate, u.Cost = value.Cost(r.Int()), value.Cost(r.Int())
	if rated, code := r.Bool(), r.Text(); rated {
		u.Currency = &Currency{code}
	}
	u.Debited = value.Cost(r.Int())
	u.Month = value.ID(r.Int())
	u.Late = r.Int() != 0
	return u
}
