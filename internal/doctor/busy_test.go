package doctor

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/usage"
)

// user is a device that uses whatever there is.
type user struct {
	*site
	*device
	chance *rand.Rand
	n      int
	counts *radius
	asks   *gy
}

func (s *site) users() (list []*user) {
	for i, terms := range []terms{
		{prepaid: true, inclusive: 400_000, pooled: true}, {prepaid: true, inclusive: 5_000_000}, {dataQuota: true, smsQuota: true, limits: true},
		{rounding: 1, inclusive: 100_000_000, pooled: true}, {rounding: 2, limits: true}, {},
	} {
		d := s.device([]int64{s.first, s.second}[i%2], terms)
		list = append(list, &user{site: s, device: d, chance: rand.New(rand.NewPCG(uint64(i), 1))})
	}
	return list
}

// step is the next thing that the device does.
func (u *user) step() {
	u.n++
	up, down := u.chance.Int64N(60_000), u.chance.Int64N(120_000)
	switch u.chance.IntN(9) {
	case 0:
		u.counts = nil
	case 1, 2:
		if u.asks == nil {
			u.asks = u.gy(u.device, fmt.Sprint("busy", u.n))
		}
		u.asks.ask(usage.Update, up, down)
	case 3:
		if u.asks != nil {
			u.asks.ask(usage.Terminate, up, 0)
			u.asks = nil
		}
	case 4, 5:
		u.event(down)
	default:
		if u.counts == nil {
			u.counts = u.radius(u.device, fmt.Sprint("busy", u.n))
		}
		u.counts.plmn = []string{home, home, home, abroad, uncovered}[u.chance.IntN(5)]
		u.counts.uses(time.Duration(u.chance.IntN(90))*time.Second, up, down)
		if u.chance.IntN(20) == 0 {
			u.counts.ends()
			u.counts = nil
		}
	}
}

// event is a use without a session: some bytes, or an SMS.
func (u *user) event(down int64) {
	u.n++
	g := &gy{site: u.site, device: u.device, id: fmt.Sprintf("event;%d;%d", u.sim, u.n)}
	c := g.request(usage.Event, 1, 0)
	if c.SMS = u.n%3 == 0; !c.SMS {
		c.Services[0].Down = down
	}
	c.Services[0].Requests = false
	g.submit(c)
}

// A platform that is used all the time, also while its books are read, has nothing wrong with it.
func TestBusy(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		s.live()
		var stop atomic.Bool
		var writers sync.WaitGroup
		var steps atomic.Int64
		for _, u := range s.users() {
			writers.Go(func() {
				for !stop.Load() {
					u.step()
					steps.Add(1)
				}
			})
		}
		for _, page := range []int64{0, 5} {
			for end := steps.Load() + 100; steps.Load() < end; {
				s.clean(func(d *Doctor) { d.page = page })
				s.clean(func(d *Doctor) { d.page, d.Month = page, 202512 })
			}
		}
		stop.Store(true)
		writers.Wait()
		s.stop()
		s.clean()
	})
}

// However small the pages are and whatever happens between them, sums are compared as they stood at one moment.
func TestBetweenPages(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		s.live()
		users, n := s.users(), 0
		between := func() { // not after each read: what is added must be less than what is read
			switch n++; n % 6 {
			case 0:
				users[n/6%len(users)].step()
			case 3:
				users[1+n/6%2*2].event(int64(n)) // one of those with inclusive volume left
			}
		}
		for _, page := range []int64{3, 4, 5, 3} {
			s.clean(func(d *Doctor) { d.page, d.before = page, between })
			s.clean(func(d *Doctor) { d.page, d.before, d.Month = page, between, 202512 })
		}
		if n < 500 {
			t.Errorf("only %d reads", n)
		}
	})
}
