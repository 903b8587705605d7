package account

import (
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// ChargingModels is the look-up table. Which of them an organisation has shows in its balance: one that has one pays from it.
func ChargingModels() []value.Described {
	return []value.Described{{ID: 1, Description: "Postpaid"}, {ID: 2, Description: "Prepaid"}}
}

// PaymentTerms is the look-up table: when an invoice is due.
func PaymentTerms() []value.Described {
	return []value.Described{
		{ID: 1, Description: "Immediately"}, {ID: 2, Description: "14 days net"}, {ID: 3, Description: "30 days net"},
		{ID: 4, Description: "60 days net"},
	}
}

// PaymentOptions is the look-up table: how a payment was made.
func PaymentOptions() []value.Described {
	return []value.Described{
		{ID: 1, Description: "Bank transfer"}, {ID: 2, Description: "Credit card"}, {ID: 3, Description: "Direct debit"}, {ID: 4, Description: "Other"},
	}
}

// BillingConfig is how an organisation pays the one above it, and how it makes out invoices to those below it.
type BillingConfig struct {
	ChargingModel     value.Described `json:"charging_model"`
	PaymentTerm       value.Described `json:"payment_term"`
	VATIN             string          `json:"vatin" doc:"Its VAT identification number."`
	VATRate           value.Percent   `json:"vat_rate" doc:"What is added to its invoices, in percent."`
	InvoiceIssuerInfo string          `json:"invoice_issuer_info" doc:"What its own invoices say about who issues them."`
	BankAccount       BankAccount     `json:"bank_account" doc:"Where its own invoices are paid."`
}

// BankAccount is where money goes.
type BankAccount struct {
	Name    string `json:"name"`
	IBAN    string `json:"iban"`
	BIC     string `json:"bic"`
	Country string `json:"country"`
}

// BillingConfigFields is what clients say of it.
type BillingConfigFields struct {
	ChargingModel     value.Opt[value.Ref]     `json:"charging_model"`
	PaymentTerm       value.Opt[value.Ref]     `json:"payment_term"`
	VATIN             value.Opt[string]        `json:"vatin"`
	VATRate           value.Opt[value.Percent] `json:"vat_rate"`
	InvoiceIssuerInfo value.Opt[string]        `json:"invoice_issuer_info"`
	BankAccount       value.Opt[struct {
		Name    value.Opt[string] `json:"name"`
		IBAN    value.Opt[string] `json:"iban"`
		BIC     value.Opt[string] `json:"bic"`
		Country value.Opt[string] `json:"country"`
	}] `json:"bank_account"`
}

// GetBillingConfig reads the billing configuration of an organisation; one that was never told has the defaults.
func GetBillingConfig(q db.Queryer, organisation int64) (*BillingConfig, error) {
	c, err := db.One(q, func(r *db.Row) BillingConfig {
		var c BillingConfig
		c.ChargingModel, _ = value.Find(ChargingModels(), r.Int())
		c.PaymentTerm, _ = value.Find(PaymentTerms(), r.Int())
		c.VATIN, c.VATRate, c.InvoiceIssuerInfo = r.Text(), value.Percent(r.Int()), r.Text()
		c.BankAccount = BankAccount{Name: r.Text(), IBAN: r.Text(), BIC: r.Text(), Country: r.Text()}
		return c
	}, `SELECT charging_model_id, payment_term_id, vatin, vat_rate, invoice_issuer_info, bank_name, bank_iban, bank_bic, bank_country
		FROM billing_config WHERE organisation_id = $1`, organisation)
	if errors.Is(err, db.ErrNone) {
		return &BillingConfig{ChargingModel: ChargingModels()[0], PaymentTerm: PaymentTerms()[2]}, nil
	}
	return &c, err
}

const allOfIt = 100 * 10_000 // 100 percent

// Change changes the billing configuration of an organisation, whose head tx holds. What it owes is the business of the
// organisation above: by itself it may say only how others pay it.
func (f BillingConfigFields) Change(tx *db.Tx, now, user, organisation int64, itself bool) error {
	if itself && (f.ChargingModel.Set || f.PaymentTerm.Set || f.VATRate.Set) {
		return fault.New(fault.NotAllowed, "Billing configuration - charging_model, payment_term and vat_rate are set by the organisation above")
	}
	c, err := GetBillingConfig(tx, organisation)
	if err != nil {
		return err
	}
	changed, err := f.apply(c)
	if err != nil || len(changed) == 0 {
		return err
	}
	_, err = tx.Exec(`INSERT INTO billing_config (organisation_id, charging_model_id, payment_term_id, vatin, vat_rate, invoice_issuer_info,
		bank_name, bank_iban, bank_bic, bank_country) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (organisation_id) DO UPDATE SET charging_model_id = excluded.charging_model_id, payment_term_id = excluded.payment_term_id,
		vatin = excluded.vatin, vat_rate = excluded.vat_rate, invoice_issuer_info = excluded.invoice_issuer_info,
		bank_name = excluded.bank_name, bank_iban = excluded.bank_iban, bank_bic = excluded.bank_bic, bank_country = excluded.bank_country`,
		organisation, int64(c.ChargingModel.ID), int64(c.PaymentTerm.ID), c.VATIN, int64(c.VATRate), c.InvoiceIssuerInfo, c.BankAccount.Name,
		c.BankAccount.IBAN, c.BankAccount.BIC, c.BankAccount.Country)
	if err != nil {
		return fmt.Errorf("store billing configuration: %w", err)
	}
	return told(tx, now, user, organisation, event.BillingConfigUpdated, "Billing configuration was changed", c.told())
}

// told is the detail of an event of type 32.
func (c BillingConfig) told() any {
	return map[string]any{"billing_config": map[string]any{
		"charging_model": value.RefTo(c.ChargingModel.ID), "payment_term": value.RefTo(c.PaymentTerm.ID), "vatin": c.VATIN,
	}}
}

// apply sets what the fields name, tells which those are and says what is wrong with them.
func (f BillingConfigFields) apply(c *BillingConfig) (changed []string, err error) {
	var wrong []*fault.Error
	bad := func(name, text string) {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Billing configuration - %s: %s", name, text))
	}
	for _, ref := range []struct {
		name  string
		given value.Opt[value.Ref]
		table []value.Described
		into  *value.Described
	}{{"charging_model", f.ChargingModel, ChargingModels(), &c.ChargingModel}, {"payment_term", f.PaymentTerm, PaymentTerms(), &c.PaymentTerm}} {
		if !ref.given.Has() {
			continue
		}
		entry, known := value.Find(ref.table, refOf(ref.given))
		if *ref.into = entry; !known {
			bad(ref.name, fmt.Sprintf("there is none with id %d", entry.ID))
		}
		changed = append(changed, ref.name)
	}
	bank := f.BankAccount.Value
	for _, text := range []struct {
		name  string
		given value.Opt[string]
		into  *string
	}{
		{"vatin", f.VATIN, &c.VATIN}, {"invoice_issuer_info", f.InvoiceIssuerInfo, &c.InvoiceIssuerInfo}, {"bank_account.name", bank.Name, &c.BankAccount.Name},
		{"bank_account.iban", bank.IBAN, &c.BankAccount.IBAN}, {"bank_account.bic", bank.BIC, &c.BankAccount.BIC},
		{"bank_account.country", bank.Country, &c.BankAccount.Country},
	} {
		if !text.given.Set {
			continue
		}
		wrong = append(wrong, fault.Text("Billing configuration", text.name, text.given.Value, fault.MaxText)...)
		*text.into = strings.TrimSpace(text.given.Value)
		changed = append(changed, text.name)
	}
	if f.VATRate.Set { // null is none
		if c.VATRate = f.VATRate.Value; c.VATRate < 0 || c.VATRate > allOfIt {
			bad("vat_rate", "expected 0 to 100 percent")
		}
		changed = append(changed, "vat_rate")
	}
	return changed, fault.Invalid(wrong...)
}
