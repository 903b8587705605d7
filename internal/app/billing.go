package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/usage"
)

// NewFlow makes the flow of a configuration, for tools that write what sessions have counted.
func NewFlow(ctx context.Context, d *db.DB, c clock.Clock, log *slog.Logger, config Config) (*usage.Flow, error) {
	return usage.New(ctx, d, c, log, config.flow())
}

const closeEvery = 10 * time.Minute

// closeLoop closes billing months once their late usage has had time to come.
func (a *App) closeLoop(ctx context.Context) {
	closer := billing.Closer{DB: a.DB, Clock: a.Clock, Sessions: a.Flow}
	tick := time.NewTicker(closeEvery)
	defer tick.Stop()
	for a.Config.BillingCloseAfter > 0 {
		r, err := closer.Due(ctx, a.Config.BillingCloseAfter.Microseconds())
		switch {
		case err != nil && ctx.Err() == nil:
			a.Log.Error("a billing month is not closed for all organisations", "error", err)
		case r.Statements > 0:
			a.Log.Info("billing month closed", "month", r.Month, "organisations", r.Organisations, "statements", r.Statements)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
