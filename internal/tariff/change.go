package tariff

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Fields are what an owner may say of a tariff. What is absent stays as it is.
type Fields struct {
	Name            value.Opt[string]     `json:"name"`
	Description     value.Opt[string]     `json:"description"`
	Status          value.Opt[value.Ref]  `json:"status" doc:"1 Active or 2 Deprecated. A new tariff is in staging: nobody can have it."`
	Currency        value.Opt[value.Ref]  `json:"currency" doc:"Only of a tariff in staging."`
	DataBlocksize   value.Opt[value.Ref]  `json:"data_blocksize" doc:"An entry of data_blocksize; by default exact. Running sessions are charged by a new one from their next report on."`
	DataThrottle    value.Opt[value.Ref]  `json:"data_throttle" doc:"An entry of data_throttle; null takes it away."`
	RoundingScope   value.Opt[value.Ref]  `json:"rounding_scope"`
	SMSMT           value.Opt[value.Cost] `json:"default_sms_mt_rate"`
	SMSMO           value.Opt[value.Cost] `json:"default_sms_mo_rate"`
	SIMIssued       value.Opt[value.Cost] `json:"sim_issued_rate"`
	SIMActivated    value.Opt[value.Cost] `json:"sim_activated_rate"`
	SIMSuspended    value.Opt[value.Cost] `json:"sim_suspended_rate"`
	SIMActivation   value.Opt[value.Cost] `json:"sim_activation_rate"`
	SIMReactivation value.Opt[value.Cost] `json:"sim_reactivation_rate"`
	SIMSuspension   value.Opt[value.Cost] `json:"sim_suspension_rate"`
	SIMTermination  value.Opt[value.Cost] `json:"sim_termination_rate"`
	Public          value.Opt[bool]       `json:"public"`
	Category        value.Opt[value.Ref]  `json:"tariff_category"`
}

// Add makes a tariff in staging, without rate zones, with the PDP context definitions of its owner that are for new tariffs.
// The id comes from db.NextID of the kind "tariff"; now is in µs.
func Add(tx *db.Tx, now, organisation, id int64, f Fields) error {
	v := View{ID: value.ID(id), Status: Statuses()[Staging], DataBlocksize: Blocksizes()[0], RoundingScope: RoundingScopes()[RoundSession]}
	wrong, err := v.settle(tx, f)
	if err != nil {
		return err
	}
	if !f.Currency.Has() {
		wrong = append(wrong, fault.New(fault.Required, "Tariff - currency is required"))
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO tariff (organisation_id, id, name, description, status_id, currency_id, data_blocksize, data_throttle,
		rounding_scope, is_public, category_id, default_sms_mt_rate, default_sms_mo_rate, sim_issued_rate, sim_activated_rate, sim_suspended_rate,
		sim_activation_rate, sim_reactivation_rate, sim_suspension_rate, sim_termination_rate, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		append(append([]any{organisation, id}, v.stored()...), now)...)
	if err != nil {
		return fmt.Errorf("add tariff: %w", err)
	}
	if err = AutoAssign(tx, organisation, id); err != nil {
		return fmt.Errorf("give tariff its APNs: %w", err)
	}
	return network.Changed(tx)
}

// Change changes what is given of a tariff that the organisation owns. What was charged stays as it was: a session whose price
// changes goes on along a new line.
func Change(tx *db.Tx, organisation, id int64, f Fields) error {
	v, err := Own(tx, organisation, id)
	if err != nil || f == (Fields{}) {
		return err
	}
	wrong, err := v.settle(tx, f)
	if err != nil {
		return err
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE tariff SET name = $3, description = $4, status_id = $5, currency_id = $6, data_blocksize = $7, data_throttle = $8,
		rounding_scope = $9, is_public = $10, category_id = $11, default_sms_mt_rate = $12, default_sms_mo_rate = $13, sim_issued_rate = $14,
		sim_activated_rate = $15, sim_suspended_rate = $16, sim_activation_rate = $17, sim_reactivation_rate = $18, sim_suspension_rate = $19,
		sim_termination_rate = $20 WHERE organisation_id = $1 AND id = $2`, append([]any{organisation, id}, v.stored()...)...)
	if err != nil {
		return fmt.Errorf("change tariff: %w", err)
	}
	return network.Changed(tx)
}

// Delete ends a tariff that no organisation has. Usage records keep its name.
func Delete(tx *db.Tx, organisation, id int64) error {
	v, err := Own(tx, organisation, id)
	if err != nil {
		return err
	}
	if v.AssignedCount > 0 || v.UsedCount > 0 {
		return fault.New(fault.NotAllowed, "Tariff %d is assigned to %d organisations and in %d tariff profiles", id, v.AssignedCount, v.UsedCount)
	}
	if _, err := tx.Exec(`UPDATE tariff SET status_id = $3 WHERE organisation_id = $1 AND id = $2`, organisation, id, Deleted); err != nil {
		return fmt.Errorf("delete tariff: %w", err)
	}
	return network.Changed(tx)
}

// maxRate is the highest rate, in 1e-10: far beyond what makes sense, far enough from the end of an int64.
const maxRate = 1 << 53

// settle puts the fields into the tariff and says what is wrong with them.
func (v *View) settle(q db.Queryer, f Fields) (wrong []*fault.Error, err error) {
	bad := func(e *fault.Error) {
		if e != nil {
			wrong = append(wrong, e)
		}
	}
	if f.Name.Set {
		v.Name = f.Name.Value
	}
	if f.Description.Set {
		v.Description = f.Description.Value
	}
	wrong = fault.NameAndDescription("Tariff", v.Name, v.Description)
	given := []value.Opt[value.Cost]{
		f.SMSMT, f.SMSMO, f.SIMIssued, f.SIMActivated, f.SIMSuspended, f.SIMActivation, f.SIMReactivation, f.SIMSuspension, f.SIMTermination,
	}
	for i, rate := range v.SIMRates.each() {
		if given[i].Has() {
			*rate = given[i].Value
		}
		if *rate < 0 || *rate > maxRate {
			bad(fault.New(fault.InvalidFormat, "Tariff - rates must not be negative, nor above 900000"))
		}
	}
	if f.Public.Has() {
		v.Public = f.Public.Value
	}
	if f.Category.Set {
		v.Category.ID = f.Category.Value.ID.Value
	}
	e, err := v.settleCurrency(q, f) // before the status, which it asks for
	bad(e)
	return append(wrong, v.settleKinds(f)...), err
}

// settleKinds puts in what comes from look-ups.
func (v *View) settleKinds(f Fields) (wrong []*fault.Error) {
	unknown := func(name string, id value.ID) {
		wrong = append(wrong, fault.New(fault.InvalidReference, "Tariff - %s %d does not exist or is not possible here", name, id))
	}
	if id := f.DataBlocksize.Value.ID.Value; f.DataBlocksize.Has() && id != v.DataBlocksize.ID {
		bytes, known := octetsByID(Blocksizes(), int64(id))
		if !known {
			unknown("data_blocksize", id)
		}
		v.DataBlocksize = BlocksizeOf(bytes)
	}
	if id := f.DataThrottle.Value.ID.Value; f.DataThrottle.Set && (v.DataThrottle == nil || id != v.DataThrottle.ID) {
		v.DataThrottle = nil
		if rate, known := octetsByID(Throttles(), int64(id)); known {
			o := ThrottleOf(rate)
			v.DataThrottle = &o
		} else if id != 0 {
			unknown("data_throttle", id)
		}
	}
	if id := f.RoundingScope.Value.ID.Value; f.RoundingScope.Has() {
		if id < 0 || int(id) >= len(RoundingScopes()) {
			unknown("rounding_scope", id)
		} else {
			v.RoundingScope = RoundingScopes()[id]
		}
	}
	if id := int64(f.Status.Value.ID.Value); f.Status.Has() && id != int64(v.Status.ID) {
		if !canBecome(int64(v.Status.ID), id) {
			unknown("status", value.ID(id))
		} else {
			v.Status = Statuses()[id]
		}
	}
	return wrong
}

// canBecome tells which states of a tariff or a rate zone follow which; deleting is another operation.
func canBecome(from, to int64) bool {
	return to == Active && from != Deleted || to == Deprecated && from == Active
}

func (v *View) settleCurrency(q db.Queryer, f Fields) (*fault.Error, error) {
	id := int64(f.Currency.Value.ID.Value)
	if !f.Currency.Has() || id == v.Currency.ID {
		return nil, nil
	}
	if v.Currency.ID != 0 && int64(v.Status.ID) != Staging {
		return fault.New(fault.NotAllowed, "Tariff - currency can only change in staging"), nil
	}
	_, err := network.CurrencyByID(q, id)
	if errors.Is(err, db.ErrNone) {
		return fault.New(fault.InvalidReference, "Tariff - currency %d does not exist", id), nil
	}
	v.Currency.ID = id
	return nil, err
}

// stored are the values of the columns from the name on.
func (v *View) stored() []any {
	throttle := int64(0)
	if v.DataThrottle != nil {
		throttle = int64(v.DataThrottle.Octets)
	}
	list := []any{
		v.Name, v.Description, int64(v.Status.ID), v.Currency.ID, int64(v.DataBlocksize.Octets), throttle, int64(v.RoundingScope.ID), v.Public,
		int64(v.Category.ID),
	}
	for _, rate := range v.SIMRates.each() {
		list = append(list, int64(*rate))
	}
	return list
}
