package roaming

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// IOT is an inter-operator tariff: what an operator asks for the use of its networks from a time on. Those of one entry
// of a coverage and one traffic type follow each other without a gap: the next one ends the one before.
type IOT struct {
	ID          value.ID           `json:"id"`
	ValidFrom   value.EntityTime   `json:"valid_from"`
	ValidUntil  value.EntityTime   `json:"valid_until" doc:"Exclusive: where the next one begins. null: open."`
	Rate        value.Cost         `json:"rate" doc:"Price of the volume."`
	Volume      int64              `json:"volume" doc:"What the rate is for: MB of data, or SMS."`
	Block       int64              `json:"blocksize" doc:"Bytes that each usage record is rounded up to."`
	Currency    Currency           `json:"currency"`
	TrafficType tariff.TrafficType `json:"traffic_type"`
	Entry       EntryOf            `json:"network_coverage_data"`
}

// Currency is the currency of a price.
type Currency struct {
	ID     value.ID `json:"id"`
	Code   string   `json:"code"`
	Symbol string   `json:"symbol"`
}

// EntryOf is an entry of a coverage as it stands in a price.
type EntryOf struct {
	ID       value.ID    `json:"id"`
	Coverage value.Named `json:"network_coverage"`
	Operator value.Named `json:"operator"`
}

// IOTSpec describes the list of inter-operator tariffs.
func IOTSpec() list.Spec {
	return list.Spec{
		Fields: map[string]list.Field{
			"id":                    {Column: "t.id"},
			"valid_from":            {Column: "t.valid_from", Kind: list.Day},
			"traffic_type":          {Column: "t.traffic_type_id"},
			"currency":              {Column: "t.currency_id"},
			"network_coverage":      {Column: "t.coverage_id"},
			"network_coverage_data": {Column: "e.id"},
			"operator":              {Column: "t.operator_id"},
		},
		IDColumn: "t.id", PerPage: 1000, MaxPerPage: 5000,
	}
}

const (
	fromIOT = ` FROM inter_operator_tariff t JOIN network_coverage_entry e ON e.coverage_id = t.coverage_id AND e.operator_id = t.operator_id
		JOIN network_coverage n ON n.id = t.coverage_id JOIN operator o ON o.id = t.operator_id
		LEFT JOIN currency c ON c.id = t.currency_id WHERE t.organisation_id = $1`
	selectIOT = `SELECT t.id, t.valid_from, t.valid_until, t.rate, t.volume, t.blocksize, t.currency_id, c.code, c.symbol, t.traffic_type_id,
		e.id, t.coverage_id, n.name, t.operator_id, o.name` + fromIOT
)

func scanIOT(r *db.Row) IOT {
	t := IOT{
		ID: value.ID(r.Int()), ValidFrom: value.EntityTime(r.Int()), ValidUntil: value.EntityTime(r.Int()), Rate: value.Cost(r.Int()),
		Volume: r.Int(), Block: r.Int(), Currency: Currency{value.ID(r.Int()), r.Text(), r.Text()},
	}
	t.TrafficType = tariff.DataTraffic()
	if r.Int() != t.TrafficType.ID {
		t.TrafficType = tariff.SMSTraffic()
	}
	t.Entry = EntryOf{
		ID: value.ID(r.Int()), Coverage: value.Named{ID: value.ID(r.Int()), Name: r.Text()}, Operator: value.Named{ID: value.ID(r.Int()), Name: r.Text()},
	}
	return t
}

// ListIOT reads one page of an organisation's inter-operator tariffs, and counts them all.
func ListIOT(q db.Queryer, organisation int64, query list.Query) ([]IOT, int, error) {
	where, args := query.Where(2)
	args = append([]any{organisation}, args...)
	total, err := db.One(q, db.Int, `SELECT COUNT(*)`+fromIOT+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count inter-operator tariffs: %w", err)
	}
	_, offset, limit, _ := query.Window(int(total))
	n := len(args)
	rows, err := db.All(q, scanIOT, selectIOT+where+` ORDER BY `+query.OrderBy()+` LIMIT $`+strconv.Itoa(n+1)+` OFFSET $`+strconv.Itoa(n+2),
		append(args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list inter-operator tariffs: %w", err)
	}
	return rows, int(total), nil
}

// GetIOT reads one.
func GetIOT(q db.Queryer, organisation, id int64) (*IOT, error) {
	t, err := db.One(q, scanIOT, selectIOT+` AND t.id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Inter-operator tariff", id)
	}
	return &t, err
}
