package api

import (
	"context"
	"slices"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/plan"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/tariff"
)

func (a *API) lookupRoutes(r *rest.API) {
	op := func(path, id, summary string) rest.Op {
		return rest.Op{Path: "/api/v1/" + path, ID: id, Tag: "lookups", Role: rest.Observer, Summary: summary}
	}
	rest.Table(r, op("country", "country-get", "List the countries"), a.listCountries)
	rest.Table(r, op("currency", "currency-get", "List the currencies"), a.listCurrencies)
	rest.Table(r, op("rat_type", "rat-type", "List the radio access types"), listRATTypes)
	rest.Table(r, op("service", "service-get", "List the services that a service profile may hold"), listServices)
	rest.Table(r, op("data_blocksize", "data-blocksize-get", "List the blocks that tariffs charge data in"), lookup(tariff.Blocksizes()))
	rest.Table(r, op("data_throttle", "data-throttle-get", "List the rates that tariffs keep sessions to"), lookup(tariff.Throttles()))
	rest.Table(r, op("service_level", "list-service-levels", "List the service levels of tariff plans"), lookup(plan.ServiceLevels()))
	rest.Table(r, op("breakout_region", "breakout-region-get", "List where data may leave the mobile network"), lookup(profile.BreakoutRegions()))
	rest.Table(r, op("esme_interface_type", "esme-interface-type-get", "List where SMS from devices may go"), lookup(profile.InterfaceTypes()))
	rest.Table(r, op("organisation/status", "organisation-status-get", "List organisation statuses"), lookup(account.OrganisationStatuses()))
	rest.Table(r, op("user/status", "user-status-get", "List user statuses"), lookup(account.UserStatuses()))
	rest.Table(r, op("user/role", "user-role-get", "List user roles"), lookup(account.UserRoles()))
	rest.Table(r, op("user/mfa/type", "user-mfa-type-get", "List the kinds of second factors"), lookup(account.KeyTypes()))
	rest.Table(r, op("user/mfa/status", "user-mfa-status-get", "List the statuses of second factors"), lookup(account.KeyStatuses()))
}

// country is a country of the look-up: only there the contract leaves the coordinates out unless they are asked for.
type country struct {
	ID          int64    `json:"id"`
	Name        string   `json:"name"`
	CountryCode string   `json:"country_code"`
	MCC         string   `json:"mcc"`
	ISOCode     string   `json:"iso_code"`
	Latitude    *float64 `json:"latitude,omitempty"`
	Longitude   *float64 `json:"longitude,omitempty"`
}

func (a *API) listCountries(ctx context.Context, _ rest.Caller, in *struct {
	Geographic bool `query:"geographic" doc:"With latitude and longitude, where they are known."`
},
) ([]country, error) {
	all, err := read(ctx, a, network.Countries)
	rows := make([]country, len(all))
	for i, n := range all {
		rows[i] = country{ID: n.ID, Name: n.Name, CountryCode: n.CountryCode, MCC: n.MCC, ISOCode: n.ISOCode}
		if in.Geographic {
			rows[i].Latitude, rows[i].Longitude = n.Latitude, n.Longitude
		}
	}
	return rows, err
}

func (a *API) listCurrencies(ctx context.Context, _ rest.Caller, _ *struct{}) ([]network.Currency, error) {
	return read(ctx, a, network.Currencies)
}

func listRATTypes(_ context.Context, _ rest.Caller, in *struct {
	Blacklistable bool `query:"blacklistable" doc:"Only those that a coverage entry can forbid."`
	Limitable     bool `query:"limitable" doc:"Only those that a PDP context definition can limit."`
},
) ([]network.RATType, error) {
	return slices.DeleteFunc(network.RATTypes(), func(t network.RATType) bool {
		return !t.Listed || in.Blacklistable && !t.Blacklistable || in.Limitable && !t.Limitable
	}), nil
}

func listServices(context.Context, rest.Caller, *struct{}) ([]tariff.Service, error) {
	return tariff.Services(), nil
}
