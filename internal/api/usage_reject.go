package api

import (
	"context"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/usage"
)

// Replayer sends reports that were set aside through the flow again.
type Replayer interface {
	Replay(ctx context.Context, imsi string) (replayed int, err error)
}

func (a *API) usageRejectRoutes(r *rest.API) {
	const tag = "usage rejects"
	operators := []rest.OrganisationType{rest.Operator}
	rest.Table(r, rest.Op{
		Path: "/api/v1/usage_reject", ID: "usage-reject-get", Tag: tag, Role: rest.Observer, For: operators,
		Summary:     "List usage reports that could not be stored",
		Description: "Reports of an unknown IMSI and those that no record can hold, oldest first, at most 1000. An addition to the contract.",
	}, a.listRejects)
	rest.Get(r, rest.Op{
		Method: "POST", Path: "/api/v1/usage_reject/replay", ID: "usage-reject-replay", Tag: tag, Role: rest.Administrator, For: operators,
		Summary:     "Send rejected usage reports through the flow again",
		Description: "All of them, or those of one IMSI. What fails again stays. An addition to the contract.",
	}, a.replayRejects)
}

func (a *API) listRejects(ctx context.Context, _ rest.Caller, _ *struct{}) ([]usage.Reject, error) {
	return read(ctx, a, func(q db.Queryer) ([]usage.Reject, error) { return usage.Rejects(q, 1000) })
}

type replayed struct {
	Replayed int `json:"replayed"`
}

func (a *API) replayRejects(ctx context.Context, _ rest.Caller, in *struct {
	Body struct {
		IMSI string `json:"imsi" doc:"Only reports of this IMSI."`
	}
},
) (*replayed, error) {
	n, err := a.Rejects.Replay(ctx, in.Body.IMSI)
	return &replayed{n}, err
}
