package app

import (
	"context"
	"errors"
	"time"

	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/quota"
)

const tellEvery = time.Second

// tellLoop writes the events that no request and no report causes: quotas that expire, and what a change of a service
// profile means for each of its endpoints.
func (a *App) tellLoop(ctx context.Context) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		if err := a.tell(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("not all is told that has happened", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *App) tell(ctx context.Context) error {
	return errors.Join(quota.Expire(ctx, a.DB, a.Clock, a.Flow.Recheck), profile.TellSwitches(ctx, a.DB, a.Clock))
}
