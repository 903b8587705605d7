package bench

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

// TestMidnight lets a month end for 5,000 sessions, and BenchmarkMidnight for a million or as many as
// SIMSTEAD_MIDNIGHT says, which also measures how long gateways wait.
func TestMidnight(t *testing.T) {
	for name, open := range databases() {
		t.Run(name, func(t *testing.T) {
			m := newMidnight(t, open, 5_000, 20)
			m.opening, m.settings.Spread = 120, 3*time.Minute
			m.pass()
			m.audit()
			t.Log(m.waits.String())
		})
	}
}

func BenchmarkMidnight(b *testing.B) {
	sessions := 1_000_000
	if text := os.Getenv("SIMSTEAD_MIDNIGHT"); text != "" {
		n, err := strconv.Atoi(text)
		must(b, err)
		sessions = n
	}
	for name, open := range databases() {
		b.Run(name, func(b *testing.B) {
			m := newMidnight(b, open, sessions, 100)
			b.ResetTimer()
			m.pass()
			b.StopTimer()
			b.Log(m.waits.String())
			if m.waits.longest() > 2*time.Second {
				b.Errorf("a gateway waited for %v", m.waits.longest())
			}
			m.audit()
			b.ReportMetric(float64(m.waits.of(.99).Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(m.waits.longest().Microseconds())/1000, "max-ms")
			b.ReportMetric(float64(m.waits.requests)/m.waits.busy.Seconds(), "requests/s")
		})
	}
}

func databases() map[string]func(testing.TB, clock.Clock) *db.DB {
	return map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres}
}

// waits are how long gateways waited in each second that had requests. All requests of a second come at once, and nobody's
// is taken to be answered before the last of them.
type waits struct {
	list     []wait
	backlog  time.Duration // what the seconds before have left behind
	busy     time.Duration
	requests int
	most     int // requests in one second
}

type wait struct {
	long     time.Duration
	second   int // after the first midnight
	requests int
}

// add notes that the requests of a second were answered after a time; with none, that the second has passed.
func (w *waits) add(second, requests int, took time.Duration) {
	if requests > 0 {
		w.list = append(w.list, wait{w.backlog + took, second, requests})
	}
	w.requests, w.most, w.busy = w.requests+requests, max(w.most, requests), w.busy+took
	w.backlog = max(w.backlog+took-time.Second, 0)
}

// of is the wait that a share of the requests did not exceed.
func (w *waits) of(share float64) time.Duration {
	slices.SortFunc(w.list, func(a, b wait) int { return int(a.long - b.long) })
	left := int(share * float64(w.requests))
	for _, one := range w.list {
		if left -= one.requests; left <= 0 {
			return one.long
		}
	}
	return 0
}

func (w *waits) longest() time.Duration { return w.of(1) }

func (w *waits) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d requests from the first midnight on, up to %d in a second, busy for %v\n", w.requests, w.most, w.busy)
	fmt.Fprintf(&b, "half of them waited at most %v, 99%% %v, all %v; the longest:", w.of(.5), w.of(.99), w.longest())
	for _, one := range w.list[max(len(w.list)-5, 0):] {
		fmt.Fprintf(&b, "\n%d of second %d for %v", one.requests, one.second, one.long)
	}
	return b.String()
}
