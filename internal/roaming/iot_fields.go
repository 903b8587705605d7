package roaming

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// IOTFields are what clients may say of an inter-operator tariff. The entry is named by its id, or by the coverage and the
// network, as older clients do.
type IOTFields struct {
	ValidFrom   value.Opt[value.EntityTime] `json:"valid_from" doc:"From when on. Neither in the past, nor before what the entry has already for the traffic type."`
	Rate        value.Opt[value.Cost]       `json:"rate" doc:"Price of the volume, up to ten decimal places."`
	Volume      value.Opt[value.ID]         `json:"volume" doc:"What the rate is for: MB of data, or SMS. 1 by default."`
	Block       value.Opt[value.ID]         `json:"blocksize" doc:"Bytes that each usage record is rounded up to. 1 by default."`
	Currency    value.Opt[value.Ref]        `json:"currency"`
	TrafficType value.Opt[value.Ref]        `json:"traffic_type" doc:"5 data, 6 SMS."`
	Entry       value.Opt[value.Ref]        `json:"network_coverage_data" doc:"The entry of a coverage, by the id that GET /network_coverage/{coverage_id}/coverage tells."`
	Coverage    value.Opt[value.Ref]        `json:"network_coverage" doc:"In place of network_coverage_data: the coverage, with mcc and mnc."`
	MCC         value.Opt[value.ID]         `json:"mcc" doc:"With network_coverage: the operator by one of its networks."`
	MNC         value.Opt[value.ID]         `json:"mnc" doc:"With network_coverage: as a number, so of two digits where such a network is known, else of three."`
}

// Price is an inter-operator tariff as it is kept.
type Price struct {
	ID                           int64
	Coverage, Operator           int64
	TrafficType, Currency        int64
	Rate, Volume, Block          int64
	ValidFrom, ValidUntil, entry int64
}

// patience is how far in the past a price may begin that is meant to begin now, in µs: clocks differ.
const patience = clock.Minute

func ref(o value.Opt[value.Ref]) int64 {
	if !o.Has() {
		return 0
	}
	return int64(o.Value.ID.Value)
}

// price checks what a client says of a new inter-operator tariff.
func (f IOTFields) price(q db.Queryer, organisation, now int64) (Price, error) {
	p := Price{
		Coverage: ref(f.Coverage), TrafficType: ref(f.TrafficType), Currency: ref(f.Currency), Rate: int64(f.Rate.Value), Volume: 1, Block: 1,
		ValidFrom: int64(f.ValidFrom.Value), entry: ref(f.Entry),
	}
	var wrong []*fault.Error
	for _, field := range []struct {
		name  string
		there bool
	}{
		{"valid_from", f.ValidFrom.Has() && p.ValidFrom != 0}, {"rate", f.Rate.Has()}, {"currency", f.Currency.Has()},
		{"traffic_type", f.TrafficType.Has()}, {"network_coverage_data", f.Entry.Has() || f.Coverage.Has()},
	} {
		if !field.there {
			wrong = append(wrong, fault.New(fault.Required, "Inter-operator tariff - %s is required", field.name))
		}
	}
	if len(wrong) == 0 {
		missing, err := p.find(q, organisation, f)
		if err != nil {
			return p, err
		}
		wrong = append(wrong, missing...)
	}
	wrong = append(wrong, f.amounts(&p)...)
	if f.ValidFrom.Has() && p.ValidFrom < now-patience {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Inter-operator tariff - valid_from must not be in the past"))
	}
	return p, fault.Invalid(wrong...)
}

// amounts brings the numbers that were told into the price.
func (f IOTFields) amounts(p *Price) (wrong []*fault.Error) {
	if f.Rate.Set {
		p.Rate = int64(f.Rate.Value)
	}
	if f.Volume.Has() {
		p.Volume = int64(f.Volume.Value)
	}
	if f.Block.Has() {
		p.Block = int64(f.Block.Value)
	}
	const most = 1_000_000_000
	if p.Rate < 0 || f.Rate.Null {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Inter-operator tariff - rate must not be negative"))
	}
	if p.Volume < 1 || p.Volume > most {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Inter-operator tariff - volume: 1 to %d expected", most))
	}
	if p.Block < 1 || p.Block > most {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Inter-operator tariff - blocksize: 1 to %d bytes expected", most))
	}
	return wrong
}

// elsewhere says what a change names that an inter-operator tariff keeps for good: the line in time that it is part of.
func (f IOTFields) elsewhere(p Price) (wrong []*fault.Error) {
	for name, other := range map[string]bool{
		"network_coverage_data": f.Entry.Set && ref(f.Entry) != p.entry, "network_coverage": f.Coverage.Set && ref(f.Coverage) != p.Coverage,
		"traffic_type": f.TrafficType.Set && ref(f.TrafficType) != p.TrafficType,
	} {
		if other {
			wrong = append(wrong, fault.New(fault.NotAllowed, "Inter-operator tariff - %s cannot change", name))
		}
	}
	return wrong
}

// find looks for what a client names by ids.
func (p *Price) find(q db.Queryer, organisation int64, f IOTFields) (wrong []*fault.Error, err error) {
	var query string
	args := []any{organisation}
	if f.Entry.Has() {
		query, args = ` AND e.id = $2`, append(args, p.entry)
	} else {
		operator, err := operatorOf(q, int64(f.MCC.Value), int64(f.MNC.Value))
		if err != nil {
			return nil, err
		}
		query, args = ` AND e.coverage_id = $2 AND e.operator_id = $3`, append(args, p.Coverage, operator)
	}
	err = none(q.Each(func(r *db.Row) { p.Coverage, p.Operator = r.Int(), r.Int() },
		`SELECT e.coverage_id, e.operator_id FROM network_coverage_entry e JOIN network_coverage n ON n.id = e.coverage_id WHERE n.organisation_id = $1`+query, args...))
	if err != nil {
		return nil, fmt.Errorf("look for coverage entry: %w", err)
	}
	if p.Operator == 0 {
		wrong = append(wrong, fault.New(fault.InvalidReference, "Inter-operator tariff - network_coverage_data: there is no such entry"))
	}
	if _, err = network.CurrencyByID(q, p.Currency); errors.Is(err, db.ErrNone) {
		wrong = append(wrong, fault.New(fault.InvalidReference, "Inter-operator tariff - currency: there is none with id %d", p.Currency))
	}
	if p.TrafficType != tariff.DataTraffic().ID && p.TrafficType != tariff.SMSTraffic().ID {
		wrong = append(wrong, fault.New(fault.InvalidReference, "Inter-operator tariff - traffic_type: 5 (data) or 6 (SMS) expected"))
	}
	return wrong, none(err)
}

// operatorOf is the operator of a network that is named by two numbers, 0 when there is none: the MNC has lost its zeros.
func operatorOf(q db.Queryer, mcc, mnc int64) (operator int64, err error) {
	for _, layout := range []string{"%03d%02d", "%03d%03d"} {
		operator, err = db.One(q, db.Int, `SELECT operator_id FROM operator_plmn WHERE plmn = $1`, fmt.Sprintf(layout, mcc, mnc))
		if err = none(err); err != nil || operator != 0 {
			return operator, err
		}
	}
	return 0, nil
}

// none takes it for no error that nothing was found.
func none(err error) error {
	if errors.Is(err, db.ErrNone) {
		return nil
	}
	return err
}
