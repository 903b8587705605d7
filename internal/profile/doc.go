// Package profile holds what endpoints may do and what it costs them: the service profiles of an organisation, with the
// services in each, and its tariff profiles, each over a tariff that is assigned to the organisation.
package profile
