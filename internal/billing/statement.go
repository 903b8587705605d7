package billing

import (
	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Statement is what an organisation owes for a month.
type Statement struct {
	ID              value.ID  `json:"id"`
	Period          string    `json:"period"`
	Closed          bool      `json:"closed" doc:"It stands; until then it grows."`
	Total           Amount    `json:"total" doc:"With VAT."`
	SubTotal        Amount    `json:"sub_total"`
	VAT             VAT       `json:"vat"`
	OtherCurrencies []Amount  `json:"other_currencies" doc:"What is owed beside the totals in currencies other than the organisation's, before VAT."`
	PaidFromBalance Amount    `json:"paid_from_balance" doc:"Of the costs of traffic: what the organisation and its endpoints have paid from their prepaid balances already."`
	MRC             Recurring `json:"mrc"`
	SIMItems        SIMItems  `json:"sim_items"`
	Traffic         Traffic   `json:"traffic"`
	LateUsage       []Late    `json:"late_usage" doc:"Of the traffic: what was used in months that were closed before it came."`
	Customer        Customer  `json:"customer_org"`
	Issuer          *Issuer   `json:"issuer_org"`
}

// Currency names the currency of an amount.
type Currency struct {
	Code string `json:"code"`
}

// Amount is money.
type Amount struct {
	Cost     value.Sum `json:"cost"`
	Currency *Currency `json:"currency"`
}

// VAT is what is added to the sub total, to the nearest 1e-10.
type VAT struct {
	Rate value.Percent `json:"rate" doc:"Percent."`
	Amount
}

// Recurring is what is charged for the month whatever was used.
type Recurring struct {
	TariffPlan   *PlanCharge  `json:"tariff_plan" doc:"The base charge; null without a plan."`
	DataPackages DataPackages `json:"data_packages"`
}

// PlanCharge is what a tariff plan costs whatever SIMs there are.
type PlanCharge struct {
	ID   value.ID `json:"id"`
	Name string   `json:"name"`
	Amount
}

// DataPackages are the charges of inclusive volumes.
type DataPackages struct {
	Data  []DataPackage `json:"data"`
	Total VolumeAmount  `json:"total"`
}

// DataPackage is an inclusive volume and the SIMs that brought it.
type DataPackage struct {
	ID          value.ID         `json:"id"`
	Description string           `json:"description"`
	Tariff      value.Named      `json:"tariff"`
	Ratezone    value.Named      `json:"ratezone"`
	Currency    network.Currency `json:"currency"`
	Pooled      bool             `json:"pooled"`
	Volume      value.MB         `json:"volume" doc:"MB that each SIM brought."`
	Rate        value.Cost       `json:"rate" doc:"A SIM and month."`
	SIMs        int64            `json:"sims" doc:"That were active with it at any time in the month."`
	Cost        value.Sum        `json:"cost"`
}

// VolumeAmount is money for a volume.
type VolumeAmount struct {
	Volume value.MB `json:"volume"`
	Amount
}

// SIMItems are the charges of SIMs.
type SIMItems struct {
	Total SIMTotal  `json:"total"`
	Data  []SIMItem `json:"data"`
}

// SIMTotal adds up the charges of SIMs.
type SIMTotal struct {
	Chargeable int64     `json:"number_of_active_sims_chargeable" doc:"Most SIMs that were active at a time."`
	Hosting    value.Sum `json:"sim_hosting_fees" doc:"Of SIMs that are there, without what is charged once."`
	Amount
}

// SIMItem is one kind of charge of SIMs.
type SIMItem struct {
	Description string     `json:"description"`
	Count       int64      `json:"count"`
	Rate        value.Cost `json:"rate"`
	Cost        value.Sum  `json:"cost"`
}

// Traffic is what was used.
type Traffic struct {
	Data TrafficKind `json:"data"`
	SMS  TrafficKind `json:"sms"`
}

// TrafficKind is what was used of one kind of traffic: data in MB, SMS by number.
type TrafficKind struct {
	Tariff []TariffUse  `json:"tariff"`
	Total  VolumeAmount `json:"total"`
}

// TariffUse is what was used by one tariff. Where several inclusive volumes are active it is of one tariff profile.
type TariffUse struct {
	ID            value.ID     `json:"id" doc:"0: what nothing priced."`
	Name          string       `json:"name"`
	TariffProfile *value.Named `json:"tariff_profile,omitempty"`
	VolumeAmount
	Ratezone []ZoneUse `json:"ratezone"`
}

// ZoneUse is what was used in one rate zone.
type ZoneUse struct {
	ID                value.ID    `json:"id"`
	Name              string      `json:"name"`
	Tariff            string      `json:"tariff"`
	DataPackageVolume value.MB    `json:"data_package_volume" doc:"MB that SIMs brought for it."`
	InclusiveVolume   value.MB    `json:"inclusive_volume" doc:"MB of that which were used, in whole blocks: perhaps more than the volume."`
	Rate              *value.Cost `json:"rate" doc:"Per MB or SMS; null when there was more than one."`
	VolumeAmount
	Countries []CountryUse `json:"countries"`
}

// CountryUse is what was used in one country.
type CountryUse struct {
	Country    CountryName `json:"country"`
	Ratezone   string      `json:"ratezone"`
	RatezoneID value.Text  `json:"ratezone_id"`
	Tariff     string      `json:"tariff"`
	TariffID   value.Text  `json:"tariff_id"`
	Rate       *value.Cost `json:"rate" doc:"Null when there was more than one."`
	Inclusive  value.MB    `json:"inclusive_volume" doc:"MB of what SIMs brought for the rate zone that were used here, in whole blocks."`
	VolumeAmount
}

// CountryName names a country.
type CountryName struct {
	ID   value.ID `json:"id"`
	Name string   `json:"name"`
}

// Late is what was used in a month that was closed before it came.
type Late struct {
	Month       value.ID        `json:"month"`
	TrafficType value.Described `json:"traffic_type"`
	VolumeAmount
}

// Customer is who owes.
type Customer struct {
	ID             value.ID         `json:"id"`
	Name           string           `json:"name"`
	TypeID         value.Text       `json:"organisation_type_id"`
	ExtReference   string           `json:"ext_reference"`
	VATIN          string           `json:"vatin"`
	InvoiceAddress *account.Address `json:"invoice_address"`
}

// Issuer is to whom.
type Issuer struct {
	ID               value.ID            `json:"id"`
	Name             string              `json:"name"`
	TypeID           value.Text          `json:"organisation_type_id"`
	ExtReference     string              `json:"ext_reference"`
	MonthlyCostLimit *value.Cost         `json:"monthly_cost_limit"`
	CompanyAddress   *account.Address    `json:"company_address"`
	BankAccount      account.BankAccount `json:"bank_account"`
	BillingConfig    IssuerConfig        `json:"billing_config"`
}

// IssuerConfig is how an issuer makes out invoices.
type IssuerConfig struct {
	ChargingModelID   value.Text `json:"charging_model_id"`
	PaymentTermID     value.Text `json:"payment_term_id"`
	VATIN             string     `json:"vatin"`
	InvoiceIssuerInfo string     `json:"invoice_issuer_info"`
}
