package simulate

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// Snapshot is how a measurement stands.
type Snapshot struct {
	Connecting     int64 // devices connected so far, while that goes on; then 0
	Elapsed        time.Duration
	Rate           float64       // reports answered per second, in the last second
	Answered, Lost int64         // since the beginning
	P99            time.Duration // of the last second
	Of             string        // what is answered, "reports" when empty
}

// String is the line of progress.
func (s Snapshot) String() string {
	if s.Connecting > 0 {
		return grouped(s.Connecting) + " devices connected"
	}
	return fmt.Sprintf("%ds  %s  answered %s  lost %s  p99 %s", int(s.Elapsed.Seconds()+0.5), perSecond(s.Rate, s.Of),
		grouped(s.Answered), grouped(s.Lost), short(s.P99))
}

// Print returns a Progress that writes a line each second, which a terminal shows over the one before. Call done when
// nothing more comes.
func Print(w io.Writer) (progress func(Snapshot), done func()) {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return printOver(w)
	}
	return func(s Snapshot) { _, _ = fmt.Fprintln(w, s) }, func() {}
}

func printOver(w io.Writer) (progress func(Snapshot), done func()) {
	end := ""
	progress = func(s Snapshot) {
		end = "\n"
		_, _ = fmt.Fprintf(w, "\r%s\x1b[K", s) // clears what a longer line left
	}
	return progress, func() { _, _ = io.WriteString(w, end) }
}

// watched does a part of a run and tells the progress once a second.
func watched(ctx context.Context, progress func(Snapshot), snapshot func() Snapshot, part func()) {
	if progress == nil {
		part()
		return
	}
	ctx, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				progress(snapshot())
			}
		}
	})
	part()
	stop()
	watch.Wait()
}

func (r *run) connecting() Snapshot {
	return Snapshot{Connecting: max(1, r.aside.answered.Load()), Lost: r.aside.lost.Load()}
}

// progress returns what tells about the time since it was last called.
func (r *run) progress() func() Snapshot {
	before, since := new(counts), time.Duration(0)
	return func() Snapshot {
		now, all := r.pace.now(), r.measured.reports()
		last := *all
		last.minus(before)
		s := Snapshot{
			Elapsed: now, Rate: float64(last.total) / (now - since).Seconds(), Answered: all.total,
			Lost: r.measured.lost.Load(), P99: last.quantile(0.99),
		}
		before, since = all, now
		return s
	}
}
