package api

import (
	"context"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/stats"
)

func (a *API) statsRoutes(r *rest.API) {
	op := func(path, id, tag, class, summary string, errors ...int) rest.Op {
		return rest.Op{Path: path, ID: id, Tag: tag, Role: rest.Observer, Class: class, Summary: summary, Errors: append(errors, 404)}
	}
	const endpoint, sim = "/api/v1/endpoint/{endpoint_id}/stats", "/api/v1/sim/{sim_id}/stats"
	rest.Get(r, op(endpoint, "endpoint-stats-by-id-get", "endpoint", "endpoint_stats", "Get the usage of an endpoint: two months and the last hour"), a.getEndpointStats)
	rest.Table(r, op(endpoint+"/daily", "endpoint-stats-daily-by-id-get", "endpoint", "endpoint_stats", "List the usage of an endpoint by day", 422), a.listEndpointDays)
	rest.Get(r, op(sim, "sim-stats-by-id-get", "sim", "list", "Get the usage of a SIM: two months and the last hour"), a.getSIMStats)
	rest.Table(r, op(sim+"/daily", "sim-statistics-daily-by-id-get", "sim", "list", "List the usage of a SIM by day", 422), a.listSIMDays)
	const organisation = "/api/v1/organisation/{org_id_or_my}/stats"
	state := op(organisation, "get-organisation-monthly-stats", "organisation", "list", "Get the state of an organisation: two months and what it has")
	state.Description = "Of your own organisation or of a direct child of it, as the other statistics of organisations. Traffic includes all organisations below."
	rest.Get(r, state, a.getOrganisationStats)
	rest.Table(r, op(organisation+"/daily", "get-organisation-daily-stats", "organisation", "list", "List the traffic of an organisation by day", 422), a.listOrganisationDays)
	hourly := op(organisation+"/hourly", "get-organisation-hourly-stats", "organisation", "list", "Get the traffic of an organisation by the hour", 422)
	hourly.Description = "The current hour and the three before it, or up to 31 days."
	rest.Get(r, hourly, a.getOrganisationHours)
	rest.Table(r, rest.Op{
		Path: "/api/v1/stats/daily", ID: "statistics-daily-by-id-get", Tag: "organisation", Role: rest.Observer, Class: "list",
		Summary: "List the traffic of your organisation in the current month by day",
	}, a.listMyDays)
}

// dates are the bounds of daily statistics. They are read by package stats, which knows their errors.
type dates struct {
	Start string `query:"start_date" doc:"First day, such as 2024-05-01. Without dates: the current month. Alone: six months from there."`
	End   string `query:"end_date" doc:"Last day. Alone: its month up to there."`
}

// organisationDates are the bounds of the statistics of organisations.
type organisationDates struct {
	Start string `query:"start_date" doc:"First day, such as 2024-05-01. By days alone: its month from there, without dates the current month."`
	End   string `query:"end_date" doc:"Last day. By days alone: its month up to there."`
}

type endpointStats struct {
	ID rest.PathID `path:"endpoint_id"`
}

type simStats struct {
	ID rest.PathID `path:"sim_id"`
}

func (a *API) getEndpointStats(ctx context.Context, c rest.Caller, in *endpointStats) (*stats.Overview, error) {
	return a.overview(ctx, stats.Endpoint(c.Organisation, int64(in.ID)))
}

func (a *API) getSIMStats(ctx context.Context, c rest.Caller, in *simStats) (*stats.Overview, error) {
	return a.overview(ctx, stats.SIM(c.Organisation, int64(in.ID)))
}

func (a *API) overview(ctx context.Context, s stats.Subject) (*stats.Overview, error) {
	return read(ctx, a, func(q db.Queryer) (*stats.Overview, error) {
		o, err := stats.Recent(q, s, a.Clock.Micros())
		return &o, err
	})
}

func (a *API) listEndpointDays(ctx context.Context, c rest.Caller, in *struct {
	endpointStats
	dates
},
) ([]stats.Daily, error) {
	return a.days(ctx, stats.Endpoint(c.Organisation, int64(in.ID)), in.dates)
}

func (a *API) listSIMDays(ctx context.Context, c rest.Caller, in *struct {
	simStats
	dates
},
) ([]stats.Daily, error) {
	return a.days(ctx, stats.SIM(c.Organisation, int64(in.ID)), in.dates)
}

func (a *API) days(ctx context.Context, s stats.Subject, in dates) ([]stats.Daily, error) {
	return read(ctx, a, func(q db.Queryer) ([]stats.Daily, error) { return stats.Days(q, s, a.Clock.Micros(), in.Start, in.End) })
}

// ofOrganisation reads statistics of an organisation that the caller may look at.
func ofOrganisation[T any](ctx context.Context, a *API, c rest.Caller, in organisationOrMy, fn func(q db.Queryer, organisation int64) (T, error)) (T, error) {
	return read(ctx, a, func(q db.Queryer) (out T, err error) {
		organisation := in.Organisation.Of(c)
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return out, err
		}
		return fn(q, organisation)
	})
}

func (a *API) getOrganisationStats(ctx context.Context, c rest.Caller, in *organisationOrMy) (*stats.Organisation, error) {
	return ofOrganisation(ctx, a, c, *in, func(q db.Queryer, organisation int64) (*stats.Organisation, error) {
		return stats.State(q, organisation, a.Clock.Micros())
	})
}

func (a *API) listOrganisationDays(ctx context.Context, c rest.Caller, in *struct {
	organisationOrMy
	organisationDates
},
) ([]stats.OrganisationDay, error) {
	return ofOrganisation(ctx, a, c, in.organisationOrMy, func(q db.Queryer, organisation int64) ([]stats.OrganisationDay, error) {
		return stats.OrganisationDays(q, organisation, a.Clock.Micros(), in.Start, in.End)
	})
}

func (a *API) getOrganisationHours(ctx context.Context, c rest.Caller, in *struct {
	organisationOrMy
	organisationDates
},
) (*stats.Hourly, error) {
	return ofOrganisation(ctx, a, c, in.organisationOrMy, func(q db.Queryer, organisation int64) (*stats.Hourly, error) {
		return stats.Hours(q, organisation, a.Clock.Micros(), in.Start, in.End)
	})
}

func (a *API) listMyDays(ctx context.Context, c rest.Caller, _ *struct{}) ([]stats.OrganisationDay, error) {
	return read(ctx, a, func(q db.Queryer) ([]stats.OrganisationDay, error) {
		return stats.OrganisationDays(q, c.Organisation, a.Clock.Micros(), "", "")
	})
}
