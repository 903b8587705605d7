package profile

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/inclusive"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Tariff is a tariff profile. The contract writes several of its numbers as text.
type Tariff struct {
	ID              value.ID         `json:"id"`
	Name            string           `json:"name"`
	Description     string           `json:"description"`
	UsedCount       value.Text       `json:"used_count" doc:"How many endpoints have it."`
	OrganisationID  value.Text       `json:"organisation_id"`
	Tariff          TariffOf         `json:"tariff"`
	InclusiveVolume *InclusiveVolume `json:"inclusive_volume"`
	Zones           []Zone           `json:"ratezone,omitempty" doc:"The rate zones of its tariff; only in the single view."`
	CustomRates     []CustomRate     `json:"custom_rate,omitempty" doc:"Prices of its own; only in the single view."`
}

// TariffOf is the tariff of a profile. Its rates of SIMs are for information: what SIMs cost is the tariff plan's.
type TariffOf struct {
	ID                  value.ID         `json:"id"`
	OrganisationID      value.Text       `json:"organisation_id" doc:"Whose tariff it is."`
	Name                string           `json:"name"`
	Description         string           `json:"description"`
	Created             value.EntityTime `json:"created"`
	StatusID            value.Text       `json:"tariff_status_id"`
	CurrencyID          value.Text       `json:"currency_id"`
	SMSMTRate           value.Cost       `json:"default_sms_mt_rate"`
	SMSMORate           value.Cost       `json:"default_sms_mo_rate"`
	SIMIssuedRate       value.Cost       `json:"sim_issued_rate"`
	SIMActivatedRate    value.Cost       `json:"sim_activated_rate"`
	SIMSuspendedRate    value.Cost       `json:"sim_suspended_rate"`
	SIMActivationRate   value.Cost       `json:"sim_activation_rate"`
	SIMReactivationRate value.Cost       `json:"sim_reactivation_rate"`
	SIMSuspensionRate   value.Cost       `json:"sim_suspension_rate"`
	SIMTerminationRate  value.Cost       `json:"sim_termination_rate"`
	DataThrottleID      value.Text       `json:"data_throttle_id" doc:"0: none."`
	DataBlocksizeID     value.Text       `json:"data_blocksize_id" doc:"What data is rounded up to: an entry of data_blocksize, or the bytes themselves."`
	Public              value.Text       `json:"public" doc:"1 when all organisations below may use it."`
	CategoryID          value.Text       `json:"tariff_category_id"`
	VisibilityID        value.Text       `json:"visibility_id"`
	CurrencyCategoryID  value.Text       `json:"tariff_currency_category_id"`
	UsedCount           value.Text       `json:"used_count" doc:"How many tariff profiles have it."`
	AssignedCount       value.Text       `json:"assigned_count" doc:"How many organisations have it."`
	Currency            Currency         `json:"currency"`
}

// Currency is the currency of a tariff.
type Currency struct {
	ID     value.ID `json:"id"`
	Code   string   `json:"code"`
	Symbol string   `json:"symbol"`
}

// TariffFields are what clients may say of a tariff profile.
type TariffFields struct {
	Name        value.Opt[string]    `json:"name"`
	Description value.Opt[string]    `json:"description"`
	Tariff      value.Opt[value.Ref] `json:"tariff" doc:"One that is assigned to the organisation."`
}

// CountTariffs counts the tariff profiles of an organisation.
func CountTariffs(q db.Queryer, organisation int64) (int64, error) {
	return db.One(q, db.Int, `SELECT COUNT(*) FROM tariff_profile WHERE organisation_id = $1`, organisation)
}

// CreateTariff makes a tariff profile. The id comes from db.NextID of the kind "tariff_profile".
func CreateTariff(tx *db.Tx, organisation, id int64, f TariffFields) error {
	wrong := fault.NameAndDescription("Tariff profile", f.Name.Value, f.Description.Value)
	bad, err := f.checkTariff(tx, organisation, 0)
	if err != nil {
		return err
	}
	wrong = append(wrong, bad...)
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO tariff_profile (organisation_id, id, name, description, tariff_id) VALUES ($1, $2, $3, $4, $5)`,
		organisation, id, f.Name.Value, f.Description.Value, int64(f.Tariff.Value.ID.Value))
	if err != nil {
		return fmt.Errorf("create tariff profile: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

const selectTariff = `SELECT p.id, p.name, p.description,
		(SELECT COUNT(*) FROM endpoint e WHERE e.organisation_id = p.organisation_id AND e.tariff_profile_id = p.id AND e.status_id <> 2),
		p.organisation_id, p.tariff_id, t.organisation_id, t.name, t.description, t.created, t.status_id, t.currency_id,
		t.data_blocksize, t.data_throttle, t.default_sms_mt_rate, t.default_sms_mo_rate, t.sim_issued_rate, t.sim_activated_rate,
		t.sim_suspended_rate, t.sim_activation_rate, t.sim_reactivation_rate, t.sim_suspension_rate, t.sim_termination_rate, t.category_id,
		t.is_public,
		(SELECT COUNT(*) FROM tariff_profile u WHERE u.organisation_id = p.organisation_id AND u.tariff_id = p.tariff_id),
		(SELECT COUNT(*) FROM organisation_tariff o WHERE o.organisation_id = p.organisation_id AND o.tariff_id = p.tariff_id),
		c.code, c.symbol, COALESCE(v.id, 0), v.volume, v.rate, v.pooled, v.first_month, v.last_month, v.ratezone_id, z.name
	FROM tariff_profile p LEFT JOIN tariff t ON t.id = p.tariff_id LEFT JOIN currency c ON c.id = t.currency_id
	LEFT JOIN inclusive_volume v ON v.organisation_id = p.organisation_id AND v.id = p.inclusive_volume_id
	LEFT JOIN ratezone z ON z.tariff_id = v.tariff_id AND z.id = v.ratezone_id
	WHERE p.organisation_id = $1`

func scanTariff(r *db.Row) Tariff {
	p := Tariff{
		ID: value.ID(r.Int()), Name: r.Text(), Description: r.Text(), UsedCount: value.Text(r.Int()), OrganisationID: value.Text(r.Int()),
		Tariff: TariffOf{
			ID: value.ID(r.Int()), OrganisationID: value.Text(r.Int()), Name: r.Text(), Description: r.Text(),
			Created: value.EntityTime(r.Int()), StatusID: value.Text(r.Int()), CurrencyID: value.Text(r.Int()),
			DataBlocksizeID: value.Text(tariff.BlocksizeOf(r.Int()).ID), DataThrottleID: value.Text(tariff.ThrottleOf(r.Int()).ID),
			SMSMTRate: value.Cost(r.Int()), SMSMORate: value.Cost(r.Int()), SIMIssuedRate: value.Cost(r.Int()),
			SIMActivatedRate: value.Cost(r.Int()), SIMSuspendedRate: value.Cost(r.Int()), SIMActivationRate: value.Cost(r.Int()),
			SIMReactivationRate: value.Cost(r.Int()), SIMSuspensionRate: value.Cost(r.Int()), SIMTerminationRate: value.Cost(r.Int()),
			CategoryID: value.Text(r.Int()),
		},
	}
	if r.Bool() {
		p.Tariff.Public = 1
	}
	p.Tariff.UsedCount, p.Tariff.AssignedCount = value.Text(r.Int()), value.Text(r.Int())
	p.Tariff.Currency = Currency{ID: value.ID(p.Tariff.CurrencyID), Code: r.Text(), Symbol: r.Text()}
	if id := r.Int(); id != 0 {
		v := inclusive.Volume{ID: id, Volume: r.Int(), Rate: r.Int(), Pooled: r.Bool(), First: r.Int(), Last: r.Int()}
		p.InclusiveVolume = &InclusiveVolume{
			Basics: v.Basics(), Ratezone: value.Named{ID: value.ID(r.Int()), Name: r.Text()}, Currency: p.Tariff.Currency,
		}
	}
	return p
}

// ListTariffs reads the tariff profiles of an organisation. A tariff counts only that organisation's uses of it: others'
// are no business of the caller's.
func ListTariffs(q db.Queryer, organisation int64) ([]Tariff, error) {
	rows, err := db.All(q, scanTariff, selectTariff+` ORDER BY p.id`, organisation)
	if err != nil {
		return nil, fmt.Errorf("list tariff profiles: %w", err)
	}
	return rows, nil
}

// GetTariff reads a tariff profile.
func GetTariff(q db.Queryer, organisation, id int64) (*Tariff, error) {
	p, err := db.One(q, scanTariff, selectTariff+` AND p.id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Tariff profile", id)
	}
	if err == nil {
		err = p.readZones(q, organisation)
	}
	if err == nil {
		p.CustomRates, err = CustomRates(q, organisation, id)
	}
	if err != nil {
		return nil, fmt.Errorf("read tariff profile: %w", err)
	}
	return &p, nil
}
