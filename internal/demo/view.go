package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/simulate"
)

// view shows what goes on: a screen that renews itself on a terminal, a line every two seconds elsewhere.
type view struct {
	app      *app.App
	core     *simulate.Core
	receiver *receiver
	out      io.Writer
	terminal bool
	lines    int // drawn last time
}

type totals struct{ reports, records, deliveries int64 }

func (v *view) totals() totals {
	c := &v.app.Flow.Counters
	return totals{c.Reports.Load() + c.Credits.Load(), c.Records.Load(), v.app.Delivered()}
}

func (v *view) run(ctx context.Context) {
	every := 2 * time.Second
	if v.terminal {
		every = time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	began, last := v.app.Clock.Now(), v.totals()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := v.totals()
		v.show(v.app.Clock.Now().Sub(began), totals{now.reports - last.reports, now.records - last.records, now.deliveries - last.deliveries}, every)
		last = now
	}
}

func (v *view) show(since time.Duration, d totals, every time.Duration) {
	rate := func(n int64) float64 { return float64(n) / every.Seconds() }
	online, err := v.app.Online(context.Background())
	if err != nil {
		online = -1
	}
	line := fmt.Sprintf("%5s  %d sessions online, %d of them over Gy  %.1f reports/s  %.1f records/s  %.1f deliveries/s",
		since.Round(time.Second), online, v.core.OnCredit(), rate(d.reports), rate(d.records), rate(d.deliveries))
	if !v.terminal {
		if events := v.receiver.recent("events", 1); len(events) > 0 {
			line += "  last event: " + events[0].Text
		}
		fmt.Fprintln(v.out, line)
		return
	}
	lines := []string{line, "", "Last events, as the data stream delivered them:"}
	for _, a := range v.receiver.recent("events", 5) {
		lines = append(lines, "  "+a.At+"  "+a.Text)
	}
	lines = append(lines, "Last usage records:")
	for _, a := range v.receiver.recent("usage", 5) {
		lines = append(lines, "  "+a.At+"  "+a.Text)
	}
	lines = append(lines, "", "Ctrl-C ends it.")
	var b strings.Builder
	if v.lines > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", v.lines)
	}
	for _, text := range lines {
		b.WriteString("\x1b[2K" + text + "\n")
	}
	b.WriteString("\x1b[J")
	v.lines = len(lines)
	fmt.Fprint(v.out, b.String())
}
