package app

import (
	"context"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/sms"
)

const forgetEvery = time.Hour

// forgetLoop removes what is older than the operator wants to keep, and counts the events of the days that are over.
func (a *App) forgetLoop(ctx context.Context) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		if err := a.forget(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("old log rows are not all removed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *App) forget(ctx context.Context) error {
	now := a.Clock.Micros()
	if err := event.CountDays(ctx, a.DB); err != nil {
		return err
	}
	if err := a.DB.Forget(ctx, "event", clock.DayNumber(now-a.Config.EventRetention.Microseconds())); err != nil {
		return err
	}
	if err := a.requests.Forget(ctx, a.month()); err != nil {
		return err
	}
	if err := sms.Forget(ctx, a.DB, now-a.Config.EventRetention.Microseconds()); err != nil {
		return err
	}
	// A deleted user is named by events of the day of the deletion and before.
	if err := account.ForgetFormer(ctx, a.DB, now-(a.Config.EventRetention+48*time.Hour).Microseconds()); err != nil {
		return err
	}
	return a.DB.Forget(ctx, "usage_record", clock.DayNumber(now-a.Config.UsageRetention.Microseconds()))
}
