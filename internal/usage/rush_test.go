package usage

import (
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
)

// rushers are how many gateways ask at a time.
const rushers = 64

// TestRush lets many obedient gateways draw on one thing at a time, until nothing is left of it: it is used to the last unit,
// never beyond, and in the end nothing is held.
func TestRush(t *testing.T) {
	onEach(t, map[string]func(*testing.T, *site){
		"one balance":             rushOnBalance,
		"one cost limit":          rushOnLimit,
		"one pool and cost limit": rushOnPool,
	})
}

// rush drains what there is, with a session each, and adds up what was used. Something else happens at the same time.
func (s *site) rush(devices []device, meanwhile func()) (used int64) {
	s.Helper()
	var counting sync.Mutex
	var running sync.WaitGroup
	for i := range rushers {
		o := s.online(devices[i%len(devices)], string(rune('A'+i)))
		running.Go(func() {
			n := s.drain(o)
			counting.Lock()
			defer counting.Unlock()
			used += n
			s.total[o.device.imsi+" "+o.id] = [2]int64{0, n}
		})
	}
	running.Go(meanwhile)
	over := make(chan struct{})
	go func() { running.Wait(); close(over) }()
	select {
	case <-over:
	case <-time.After(3 * time.Minute):
		s.Fatal("the gateways wait for each other")
	}
	return used
}

// drain uses all that a session is granted until it is granted no more.
func (s *site) drain(o *online) (used int64) {
	a := s.answer(o.request(Initial, 0, 0))
	for rounds := 0; a.Result == Granted && a.Services[0].Units > 0 && rounds < 10_000; rounds++ {
		used += a.Services[0].Units
		a = s.answer(o.request(Update, 0, a.Services[0].Units))
	}
	s.answer(o.request(Terminate, 0, 0))
	return used
}

// answer hands over a request as often as it takes.
func (s *site) answer(c Credit) Answer {
	got := make(chan Answer, 1)
	for !s.flow.Credit(c, func(a Answer) { got <- a }) {
		time.Sleep(time.Millisecond) // the queue is full
	}
	return <-got
}

func rushOnBalance(t *testing.T, s *site) {
	s.slices(100_000)
	d := s.device(s.first, s.imsi())
	s.prepaid(d, 20*homeRate) // 20 MB
	loads := func() {
		for range 10 {
			s.exec(s.first, `UPDATE endpoint_balance SET amount = amount + $1, credited = credited + $1 WHERE organisation_id = $2`, homeRate, s.first)
		}
	}
	used := s.rush([]device{d}, loads)
	// A gateway that is refused while others hold the rest does not come back, so a load may find nobody left.
	paid := query(s, db.Int, `SELECT debited FROM endpoint_balance WHERE organisation_id = $1`, s.first)[0]
	if left := s.balance(d); left < 0 || paid != used*homeRate/1_000_000 || used < 20_000_000 || left+paid != 30*homeRate {
		t.Errorf("%d bytes cost %d and leave %d", used, paid, left)
	}
	s.unheld(t)
}

func rushOnLimit(t *testing.T, s *site) {
	s.slices(100_000)
	used := s.rush(s.eight(), func() {})
	cost := query(s, db.Int, `SELECT month_cost FROM organisation_account WHERE organisation_id = $1`, s.first)[0]
	if cost != 10*homeRate || used != 10_000_000 {
		t.Errorf("%d bytes cost %d of a limit of %d", used, cost, 10*homeRate)
	}
	if told := s.kinds(s.first, 12); len(told) != 1 {
		t.Errorf("the end was told %d times", len(told))
	}
	s.unheld(t)
}

// eight are devices whose organisation may spend on 10 MB.
func (s *site) eight() (devices []device) {
	s.Helper()
	for range 8 {
		devices = append(devices, s.device(s.first, s.imsi()))
	}
	s.exec(s.first, `UPDATE organisation SET monthly_cost_limit = $1 WHERE id = $2`, 10*homeRate, s.first)
	return devices
}

// What a session holds of a pool others may use: it then costs at most one grant a session beyond the limit.
func rushOnPool(t *testing.T, s *site) {
	s.slices(100_000)
	s.inclusive(s.first, true)
	used := s.rush(s.eight(), func() {})
	cost := query(s, db.Int, `SELECT month_cost FROM organisation_account WHERE organisation_id = $1`, s.first)[0]
	if cost < 10*homeRate || cost > 10*homeRate+rushers*homeRate/10 {
		t.Errorf("%d bytes cost %d of a limit of %d", used, cost, 10*homeRate)
	}
	pool := query(s, func(r *db.Row) [2]int64 { return [2]int64{r.Int() * r.Int(), r.Int()} },
		`SELECT sims, volume, used FROM inclusive_pool WHERE organisation_id = $1 AND sims > 0`, s.first)
	s.same([][2]int64{{8_000_000, 8_000_000}}, pool)
	s.unheld(t)
}

// unheld makes sure that nothing of an organisation is held.
func (s *site) unheld(t *testing.T) {
	t.Helper()
	for _, one := range s.sessions(s.first) {
		if one.Reserved+one.ReservedCost+one.ReservedPool+one.ReservedShare != 0 || one.Open() {
			t.Errorf("session %s holds %+v", one.SessionID, one.Credit)
		}
	}
	held := query(s, db.Int, `SELECT reserved + holders FROM organisation_account WHERE organisation_id = $1
		UNION ALL SELECT reserved FROM inclusive_pool WHERE organisation_id = $2`, s.first, s.first)
	for _, n := range held {
		if n != 0 {
			t.Errorf("%d are held", n)
		}
	}
}
