package api

import (
	"context"

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
}

// dates are the bounds of daily statistics. They are read by package stats, which knows their errors.
type dates struct {
	Start string `query:"start_date" doc:"First day, such as 2024-05-01. Without dates: the current month. Alone: six months from there."`
	End   string `query:"end_date" doc:"Last day. Alone: its month up to there."`
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
