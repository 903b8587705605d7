package simulate

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/client"
)

// creditRun is one Run of a CreditLoad.
type creditRun struct {
	CreditLoad
	clients  []*client.Client
	pace     pace
	measured creditTally
	aside    creditTally // after the measurement
	keeping  sync.WaitGroup
	leave    context.CancelFunc // of the connections

	mu    sync.Mutex
	usage map[string]int64 // octets by IMSI
}

func newCreditRun(l CreditLoad) *creditRun {
	r := &creditRun{CreditLoad: l, usage: map[string]int64{}, leave: func() {}}
	r.pace.rate, r.pace.window = l.Rate, l.For
	return r
}

// connect opens a connection and keeps it: when it fails, the requests under way go on over the next one.
func (r *creditRun) connect(ctx, work context.Context, c *client.Client) error {
	keep, leave := context.WithCancel(work)
	before := r.leave
	r.leave = func() { before(); leave() }
	first := make(chan error, 1)
	told := func(err error) {
		select {
		case first <- err:
		default:
		}
	}
	r.keeping.Go(func() { c.Keep(keep, r.Addr, told) })
	select {
	case err := <-first:
		if err != nil {
			return fmt.Errorf("simulate credit load: %w", err)
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	r.clients = append(r.clients, c)
	return nil
}

func (r *creditRun) disconnect() {
	r.leave()
	r.keeping.Wait()
}

// all measures. No request begins once ctx has ended, but for those that end sessions; work ends somewhat later.
func (r *creditRun) all(ctx, work context.Context) CreditResult {
	result := CreditResult{Devices: len(r.IMSIs), Peers: r.Peers, Asked: r.Rate}
	r.pace.begin()
	watched(work, r.Progress, r.progress(), func() { result.Elapsed = r.measure(ctx, work) })
	r.measured.tell(&result)
	if r.Account {
		result.Usage = r.usage
	}
	return result
}

// measure returns how long it took.
func (r *creditRun) measure(ctx, work context.Context) time.Duration {
	var interrupted atomic.Int64
	var workers sync.WaitGroup
	for i := range r.InFlight {
		w := newCreditor(r, i)
		workers.Go(func() {
			w.run(ctx, work)
			if ctx.Err() != nil {
				interrupted.CompareAndSwap(0, int64(r.pace.now()))
			}
		})
	}
	workers.Wait()
	if at := time.Duration(interrupted.Load()); at > 0 && (r.For == 0 || at < r.For) {
		return at
	}
	return r.For
}

// progress returns what tells about the time since it was last called.
func (r *creditRun) progress() func() Snapshot {
	before, since := new(counts), time.Duration(0)
	return func() Snapshot {
		now, all := r.pace.now(), r.measured.requests()
		last := *all
		last.minus(before)
		s := Snapshot{
			Elapsed: now, Rate: float64(last.total) / (now - since).Seconds(), Answered: all.total,
			Lost: r.measured.lost.Load(), P99: last.quantile(0.99), Of: "requests",
		}
		before, since = all, now
		return s
	}
}

// used notes what a device has reported, when it was answered.
func (r *creditRun) used(imsi string, octets int64, t *creditTally) {
	t.used.Add(octets)
	if !r.Account {
		return
	}
	r.mu.Lock()
	r.usage[imsi] += octets
	r.mu.Unlock()
}
