package tariff

import (
	"errors"
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// QoS is how fast the sessions of a PDP context definition may be with a radio access type.
type QoS struct {
	RATType  value.Described `json:"rat_type"`
	Downlink int64           `json:"max_bandwidth_dl" doc:"The most bit/s to the device; 0: no maximum."`
	Uplink   int64           `json:"max_bandwidth_ul" doc:"The most bit/s from the device; 0: no maximum."`
}

// QoSFields are what clients may say of it.
type QoSFields struct {
	RATType  value.Opt[value.Ref] `json:"rat_type" doc:"One that GET /rat_type?limitable=true lists."`
	Downlink value.Opt[value.ID]  `json:"max_bandwidth_dl" doc:"The most bit/s to the device, 0 to 4294967295; 0: no maximum."`
	Uplink   value.Opt[value.ID]  `json:"max_bandwidth_ul" doc:"The most bit/s from the device, 0 to 4294967295; 0: no maximum."`
}

// mostBandwidth is what the gateways' protocols can hold: 32 bits.
const mostBandwidth = 4294967295

func limits(q db.Queryer, definition int64) ([]QoS, error) {
	list := []QoS{}
	known := network.RATTypes()
	err := q.Each(func(r *db.Row) {
		rat := r.Int()
		l := QoS{RATType: value.Described{ID: value.ID(rat)}, Downlink: r.Int(), Uplink: r.Int()}
		if i := slices.IndexFunc(known, func(t network.RATType) bool { return t.ID == rat }); i >= 0 {
			l.RATType.Description = known[i].Description
		}
		list = append(list, l)
	}, `SELECT rat_type_id, max_bandwidth_dl, max_bandwidth_ul FROM qos_definition WHERE definition_id = $1 ORDER BY rat_type_id`, definition)
	return list, err
}

// AnyRAT stands for all radio access types of a definition.
const AnyRAT int64 = 0

// Limits lists the maximum bitrates of a definition, of one radio access type or of AnyRAT.
func Limits(q db.Queryer, organisation, definition, rat int64) ([]QoS, error) {
	d, err := GetPDPContext(q, organisation, definition)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(d.Limits, func(l QoS) bool { return rat != AnyRAT && int64(l.RATType.ID) != rat }), nil
}

// AddLimit gives a definition the maximum bitrates of a radio access type, which it returns.
func AddLimit(tx *db.Tx, organisation, definition int64, f QoSFields) (rat int64, err error) {
	if _, err := GetPDPContext(tx, organisation, definition); err != nil {
		return 0, err
	}
	rat = int64(f.RATType.Value.ID.Value)
	wrong := f.check()
	limitable := slices.ContainsFunc(network.RATTypes(), func(t network.RATType) bool { return t.ID == rat && t.Listed && t.Limitable })
	switch {
	case !f.RATType.Has() || !f.RATType.Value.ID.Has():
		wrong = append(wrong, fault.New(fault.Required, "QoS definition - rat_type is required"))
	case !limitable:
		wrong = append(wrong, fault.New(fault.InvalidReference, "QoS definition - rat_type: %d is not one that can be limited", rat))
	}
	if !f.Downlink.Has() && !f.Uplink.Has() {
		wrong = append(wrong, fault.New(fault.Required, "QoS definition - max_bandwidth_dl or max_bandwidth_ul is required"))
	}
	if err := fault.Invalid(wrong...); err != nil {
		return 0, err
	}
	added, err := tx.Exec(`INSERT INTO qos_definition (definition_id, rat_type_id, max_bandwidth_dl, max_bandwidth_ul) VALUES ($1, $2, $3, $4)
		ON CONFLICT (definition_id, rat_type_id) DO NOTHING`, definition, rat, int64(f.Downlink.Value), int64(f.Uplink.Value))
	if err != nil {
		return 0, fmt.Errorf("add QoS definition: %w", err)
	}
	if added == 0 {
		return 0, fault.New(fault.Duplicated, "PDP context definition %d has a QoS definition for RAT type %d already", definition, rat)
	}
	return rat, network.Changed(tx)
}

// PatchLimits changes the maximum bitrates of a radio access type, or of all that the definition has.
func PatchLimits(tx *db.Tx, organisation, definition, rat int64, f QoSFields) error {
	list, err := someLimits(tx, organisation, definition, rat)
	if err == nil {
		err = fault.Invalid(f.check()...)
	}
	if err != nil {
		return err
	}
	for _, l := range list {
		if f.Downlink.Has() {
			l.Downlink = int64(f.Downlink.Value)
		}
		if f.Uplink.Has() {
			l.Uplink = int64(f.Uplink.Value)
		}
		_, err := tx.Exec(`UPDATE qos_definition SET max_bandwidth_dl = $1, max_bandwidth_ul = $2 WHERE definition_id = $3 AND rat_type_id = $4`,
			l.Downlink, l.Uplink, definition, int64(l.RATType.ID))
		if err != nil {
			return fmt.Errorf("change QoS definition: %w", err)
		}
	}
	return network.Changed(tx)
}

// RemoveLimits takes the maximum bitrates of a radio access type from a definition, or of all.
func RemoveLimits(tx *db.Tx, organisation, definition, rat int64) error {
	list, err := someLimits(tx, organisation, definition, rat)
	if err != nil {
		return err
	}
	for _, l := range list {
		_, err := tx.Exec(`DELETE FROM qos_definition WHERE definition_id = $1 AND rat_type_id = $2`, definition, int64(l.RATType.ID))
		if err != nil {
			return fmt.Errorf("remove QoS definition: %w", err)
		}
	}
	return network.Changed(tx)
}

func someLimits(q db.Queryer, organisation, definition, rat int64) ([]QoS, error) {
	list, err := Limits(q, organisation, definition, rat)
	if err == nil && len(list) == 0 && rat != AnyRAT {
		err = fault.Missing("QoS definition of RAT type", rat)
	}
	return list, err
}

func (f QoSFields) check() (wrong []*fault.Error) {
	for _, field := range []struct {
		name string
		value.Opt[value.ID]
	}{{"max_bandwidth_dl", f.Downlink}, {"max_bandwidth_ul", f.Uplink}} {
		if field.Set && field.Null || field.Value < 0 || field.Value > mostBandwidth {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "QoS definition - %s: 0 to %d bit/s expected", field.name, int64(mostBandwidth)))
		}
	}
	return wrong
}

// AddDefinition lets the sessions of a tariff of the organisation's use a definition, and returns its maximum bitrates. The
// first one of a tariff, which allowed every APN until then, is its default.
func AddDefinition(tx *db.Tx, organisation, tariff, definition int64) ([]QoS, error) {
	d, err := definitionAndTariff(tx, organisation, tariff, definition)
	if err != nil {
		return nil, err
	}
	var others, same int64
	err = tx.Each(func(r *db.Row) {
		others++
		if id, apn := r.Int(), r.Text(); id == definition || equalAPN(apn, d.APN) {
			same = id
		}
	}, `SELECT d.id, d.apn FROM tariff_pdp_context_definition t JOIN pdp_context_definition d ON d.id = t.definition_id WHERE t.tariff_id = $1`, tariff)
	if err != nil {
		return nil, fmt.Errorf("add PDP context definition to tariff: %w", err)
	}
	if same != 0 {
		return nil, fault.New(fault.Duplicated, "tariff %d has the APN %s already, by PDP context definition %d", tariff, d.APN, same)
	}
	_, err = tx.Exec(`INSERT INTO tariff_pdp_context_definition (tariff_id, definition_id, is_default) VALUES ($1, $2, $3)`, tariff, definition, others == 0)
	if err != nil {
		return nil, fmt.Errorf("add PDP context definition to tariff: %w", err)
	}
	return d.Limits, network.Changed(tx)
}

func equalAPN(a, b string) bool { return networkIdentifier(a) == networkIdentifier(b) }

// RemoveDefinition takes a definition from a tariff. A tariff without any allows every APN.
func RemoveDefinition(tx *db.Tx, organisation, tariff, definition int64) error {
	if _, err := definitionAndTariff(tx, organisation, tariff, definition); err != nil {
		return err
	}
	removed, err := tx.Exec(`DELETE FROM tariff_pdp_context_definition WHERE tariff_id = $1 AND definition_id = $2`, tariff, definition)
	if err != nil {
		return fmt.Errorf("remove PDP context definition from tariff: %w", err)
	}
	if removed == 0 {
		return fault.Missing("PDP context definition", definition)
	}
	return network.Changed(tx)
}

func definitionAndTariff(q db.Queryer, organisation, tariff, definition int64) (*PDPContext, error) {
	_, err := db.One(q, db.Int, `SELECT id FROM tariff WHERE id = $1 AND organisation_id = $2 AND status_id <> $3`, tariff, organisation, Deleted)
	if errors.Is(err, db.ErrNone) {
		err = fault.Missing("Tariff", tariff)
	}
	if err != nil {
		return nil, err
	}
	return GetPDPContext(q, organisation, definition)
}

// AutoAssign gives a new tariff the definitions that its organisation wants in every tariff, the first being the default.
func AutoAssign(tx *db.Tx, organisation, tariff int64) error {
	ids, err := db.All(tx, db.Int, `SELECT id FROM pdp_context_definition WHERE organisation_id = $1 AND auto_assign = TRUE ORDER BY id`, organisation)
	for _, id := range ids {
		if err != nil {
			break
		}
		if _, err = AddDefinition(tx, organisation, tariff, id); fault.Is(err, fault.Duplicated) {
			err = nil // two with the same APN: the older one counts
		}
	}
	return err
}
