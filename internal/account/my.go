package account

import (
	"errors"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// My is the caller's own organisation in the contract's older form, which writes most ids as texts.
type My struct {
	ID                  value.ID         `json:"id"`
	Name                string           `json:"name"`
	TypeID              value.Text       `json:"organisation_type_id"`
	CountryID           *value.Text      `json:"country_id"`
	StatusID            value.Text       `json:"organisation_status_id"`
	ExtReference        string           `json:"ext_reference"`
	MonthlyCostLimit    *string          `json:"monthly_cost_limit"`
	CurrencyID          value.ID         `json:"currency_id"`
	ClassID             value.ID         `json:"organisation_class_id"`
	Created             value.EntityTime `json:"created"`
	VerificationTypeID  *value.Text      `json:"verification_type_id"`
	Verification        string           `json:"verification"`
	BrandID             *value.Text      `json:"brand_id"` // we have no brands
	DefaultSMSRoutingID *value.Text      `json:"default_sms_routing_id"`
}

// GetMy reads an organisation in that form.
func GetMy(q db.Queryer, organisation int64) (My, error) {
	my, err := db.One(q, scanMy, `SELECT id, name, type_id, country_id, status_id, ext_reference, monthly_cost_limit,
		currency_id, class_id, created, verification_type_id, verification, default_sms_routing_id FROM organisation WHERE id = $1`, organisation)
	if errors.Is(err, db.ErrNone) {
		err = fault.Missing("Organisation", organisation)
	}
	return my, err
}

func scanMy(r *db.Row) My {
	my := My{
		ID: value.ID(r.Int()), Name: r.Text(), TypeID: value.Text(r.Int()), CountryID: textID(r.Int()),
		StatusID: value.Text(r.Int()), ExtReference: r.Text(),
	}
	if limit := r.OptInt(); limit != nil {
		text := money.Format(*limit, money.CostPlaces)
		my.MonthlyCostLimit = &text
	}
	my.CurrencyID, my.ClassID, my.Created = value.ID(r.Int()), value.ID(r.Int()), value.EntityTime(r.Int())
	my.VerificationTypeID, my.Verification, my.DefaultSMSRoutingID = textID(r.Int()), r.Text(), textID(r.Int())
	return my
}

// textID is an id that may be absent, as a text.
func textID(id int64) *value.Text {
	if id == 0 {
		return nil
	}
	t := value.Text(id)
	return &t
}
