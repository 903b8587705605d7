package app

import (
	"context"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

const storeRequestsEvery = 5 * time.Second

// requestLoop stores how many requests organisations have sent this month, where that is limited.
func (a *App) requestLoop(ctx context.Context) {
	if a.Config.Limits.Month == 0 {
		return
	}
	tick := time.NewTicker(storeRequestsEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done(): // the last ones, of a node that stops in order
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			a.storeRequests(last)
			cancel()
			return
		}
		a.storeRequests(ctx)
	}
}

func (a *App) storeRequests(ctx context.Context) {
	if err := a.requests.Store(ctx, a.month()); err != nil && ctx.Err() == nil {
		a.Log.Error("the requests of the month are not stored", "error", err)
	}
}

// month is the calendar month in UTC, as 202611.
func (a *App) month() int64 { return clock.MonthIn(time.UTC, a.Clock.Micros()) }
