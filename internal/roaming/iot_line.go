package roaming

import (
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// CreateIOT adds an inter-operator tariff at the end of its line in time, and the same to the lines of the operator in the
// other coverages of the same IMSI sponsor. The ids, one for each coverage of the organisation, come from db.NextIDs of the
// kind "inter_operator_tariff"; the price has the first.
func CreateIOT(tx *db.Tx, organisation, now int64, ids []int64, f IOTFields) error {
	p, err := f.price(tx, organisation, now)
	if err != nil {
		return err
	}
	return Append(tx, organisation, ids, p)
}

// Append does so for a price that was checked, which may begin in the past.
func Append(tx *db.Tx, organisation int64, ids []int64, p Price) error {
	last, err := newest(tx, organisation, p)
	if err != nil {
		return err
	}
	if last != 0 && p.ValidFrom <= last {
		return fault.Invalid(fault.New(fault.InvalidFormat, "Inter-operator tariff - valid_from must be after that of the newest one of the entry and traffic type"))
	}
	others, err := sponsored(tx, organisation, p)
	if err != nil {
		return err
	}
	for i, coverage := range append([]int64{p.Coverage}, others...) {
		if i >= len(ids) {
			return fault.New(fault.NotAllowed, "there are more network coverages than a moment ago: try again")
		}
		p.Coverage, p.ID = coverage, ids[i]
		if last, err = newest(tx, organisation, p); err != nil {
			return err
		}
		if last != 0 && p.ValidFrom <= last {
			continue // that coverage has newer agreements of its own
		}
		if err := insertPrice(tx, organisation, p); err != nil {
			return err
		}
	}
	return nil
}

func insertPrice(tx *db.Tx, organisation int64, p Price) error {
	_, err := tx.Exec(`UPDATE inter_operator_tariff SET valid_until = $1 WHERE organisation_id = $2 AND coverage_id = $3 AND operator_id = $4
		AND traffic_type_id = $5 AND valid_until = 0`, p.ValidFrom, organisation, p.Coverage, p.Operator, p.TrafficType)
	if err == nil {
		_, err = tx.Exec(`INSERT INTO inter_operator_tariff (organisation_id, id, coverage_id, operator_id, traffic_type_id, currency_id, rate, volume,
			blocksize, valid_from, valid_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)`,
			organisation, p.ID, p.Coverage, p.Operator, p.TrafficType, p.Currency, p.Rate, p.Volume, p.Block, p.ValidFrom)
	}
	if err != nil {
		return fmt.Errorf("add inter-operator tariff: %w", err)
	}
	return nil
}

// newest is when the newest price of a line began, 0 when there is none.
func newest(q db.Queryer, organisation int64, p Price) (int64, error) {
	at, err := db.One(q, db.Int, `SELECT COALESCE(MAX(valid_from), 0) FROM inter_operator_tariff WHERE organisation_id = $1 AND coverage_id = $2
		AND operator_id = $3 AND traffic_type_id = $4`, organisation, p.Coverage, p.Operator, p.TrafficType)
	if err != nil {
		return 0, fmt.Errorf("read inter-operator tariffs: %w", err)
	}
	return at, nil
}

// sponsored lists the other coverages that have the operator and whose IMSI pool has the same sponsor.
func sponsored(q db.Queryer, organisation int64, p Price) ([]int64, error) {
	ids, err := db.All(q, db.Int, `SELECT n.id FROM network_coverage n
		JOIN imsi_pool p ON p.organisation_id = n.organisation_id AND p.id = n.imsi_pool_id
		JOIN network_coverage_entry e ON e.coverage_id = n.id AND e.operator_id = $3
		WHERE n.organisation_id = $1 AND n.id <> $2 AND p.imsi_sponsor_id > 0 AND p.imsi_sponsor_id IN
			(SELECT o.imsi_sponsor_id FROM network_coverage m JOIN imsi_pool o ON o.organisation_id = m.organisation_id AND o.id = m.imsi_pool_id
			WHERE m.organisation_id = $1 AND m.id = $2) ORDER BY n.id`, organisation, p.Coverage, p.Operator)
	if err != nil {
		return nil, fmt.Errorf("look for coverages of the same sponsor: %w", err)
	}
	return ids, nil
}

// PatchIOT changes an inter-operator tariff, with the same one in the other coverages of the IMSI sponsor. One that has begun
// keeps its beginning; another one can be moved, behind the beginning of the one before it and before that of the next.
func PatchIOT(tx *db.Tx, organisation, now, id int64, f IOTFields) error {
	was, err := GetIOT(tx, organisation, id)
	if err != nil {
		return err
	}
	p := Price{
		Coverage: int64(was.Entry.Coverage.ID), Operator: int64(was.Entry.Operator.ID), TrafficType: was.TrafficType.ID, Currency: int64(was.Currency.ID),
		Rate: int64(was.Rate), Volume: was.Volume, Block: was.Block, ValidFrom: int64(was.ValidFrom), ValidUntil: int64(was.ValidUntil), entry: int64(was.Entry.ID),
	}
	began := p.ValidFrom
	wrong := append(f.amounts(&p), f.elsewhere(p)...)
	if f.Currency.Set {
		p.Currency = ref(f.Currency)
	}
	missing, err := p.find(tx, organisation, IOTFields{Entry: value.Some(value.Ref{ID: value.Some(value.ID(p.entry))})})
	if err != nil {
		return err
	}
	wrong = append(wrong, missing...)
	others, err := sponsored(tx, organisation, p)
	if err != nil {
		return err
	}
	coverages := append([]int64{p.Coverage}, others...)
	if f.ValidFrom.Set && int64(f.ValidFrom.Value) != began {
		p.ValidFrom = int64(f.ValidFrom.Value)
		moved, err := p.move(tx, organisation, now, began, coverages)
		if err != nil {
			return err
		}
		wrong = append(wrong, moved...)
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	for _, p.Coverage = range coverages {
		if err := p.update(tx, organisation, began); err != nil {
			return err
		}
	}
	return nil
}

// move says what stands against another beginning. In each of the coverages that have the price, it stays between the one
// before it and the next.
func (p *Price) move(q db.Queryer, organisation, now, began int64, coverages []int64) (wrong []*fault.Error, err error) {
	bad := func(text string) []*fault.Error {
		return []*fault.Error{fault.New(fault.InvalidFormat, "Inter-operator tariff - valid_from: %s", text)}
	}
	switch {
	case began <= now:
		return bad("it has begun, and cannot be moved"), nil
	case p.ValidFrom < now-patience:
		return bad("it must not be in the past"), nil
	}
	for _, coverage := range coverages {
		starts, err := db.All(q, db.Int, `SELECT valid_from FROM inter_operator_tariff WHERE organisation_id = $1 AND coverage_id = $2
			AND operator_id = $3 AND traffic_type_id = $4 ORDER BY valid_from`, organisation, coverage, p.Operator, p.TrafficType)
		if err != nil {
			return nil, fmt.Errorf("read inter-operator tariffs: %w", err)
		}
		at := slices.Index(starts, began)
		if at < 0 {
			continue // that coverage has other prices
		}
		if at > 0 && p.ValidFrom <= starts[at-1] || at+1 < len(starts) && p.ValidFrom >= starts[at+1] {
			return bad("it must stay between its neighbours, also in the other coverages of the IMSI sponsor"), nil
		}
	}
	return nil, nil
}

// update writes the price that began at a time, where the coverage has it, and lets the one before it end where it begins now.
func (p *Price) update(tx *db.Tx, organisation, began int64) error {
	_, err := tx.Exec(`UPDATE inter_operator_tariff SET valid_until = $1 WHERE organisation_id = $2 AND coverage_id = $3 AND operator_id = $4
		AND traffic_type_id = $5 AND valid_until = $6`, p.ValidFrom, organisation, p.Coverage, p.Operator, p.TrafficType, began)
	if err == nil {
		_, err = tx.Exec(`UPDATE inter_operator_tariff SET currency_id = $1, rate = $2, volume = $3, blocksize = $4, valid_from = $5
			WHERE organisation_id = $6 AND coverage_id = $7 AND operator_id = $8 AND traffic_type_id = $9 AND valid_from = $10`,
			p.Currency, p.Rate, p.Volume, p.Block, p.ValidFrom, organisation, p.Coverage, p.Operator, p.TrafficType, began)
	}
	if err != nil {
		return fmt.Errorf("change inter-operator tariff: %w", err)
	}
	return nil
}
