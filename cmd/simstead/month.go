package main

import (
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

// monthOf reads a month as people write it on the command line.
func monthOf(text string) (int64, error) {
	at, err := time.Parse("2006-01", text)
	if err != nil {
		return 0, fmt.Errorf("--month must be like 2026-11, not %q", text)
	}
	return clock.MonthIn(time.UTC, at.UnixMicro()), nil
}
