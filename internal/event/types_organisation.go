package event

// What happens to an organisation as a business.
var (
	OrganisationUpdated  = Type{31, "Organisation updated", Info, API, false}
	BillingConfigUpdated = Type{32, "Billing configuration updated", Warn, API, false}
)
