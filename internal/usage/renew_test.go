package usage

import (
	"testing"

	"github.com/simstead/simstead/internal/quota"
)

// What a running session was promised follows what is left when that changes, at once where the gateway can be told.
func TestPromisesFollow(t *testing.T) {
	onEach(t, map[string]func(*testing.T, *site){
		"a smaller quota over Gy":     smallerQuota,
		"a larger quota over Gy":      largerQuota,
		"a smaller quota over RADIUS": smallerQuotaOverRADIUS,
		"an enforced quota":           quotaAppears,
	})
}

// untold checks that the gateways were told nothing by all that was begun, and listens anew.
func (s *site) untold(g *gateways) *gateways {
	s.Helper()
	next := s.ordered() // the end of the flow waits for it
	s.same([]string(nil), s.taken(g, 0))
	return next
}

func smallerQuota(t *testing.T, s *site) {
	g := s.ordered()
	d := s.device(s.first, s.imsi())
	s.dataQuota(d, 5_000_000, -1, quota.Block)
	o, blind := s.online(d, "a"), s.online(d, "blind")
	o.can = allAbilities
	o.want(o.ask(o.request(Initial, 0, 0)), Granted, 1_000_000, false)
	blind.want(blind.ask(blind.request(Initial, 0, 0)), Granted, 1_000_000, false)
	s.giveQuota(d, 3_000_000, -1, quota.Block)
	s.flow.Recheck(s.first, d.endpoint)
	g = s.untold(g) // what both hold is still there
	s.giveQuota(d, 1_200_000, -1, quota.Block)
	s.flow.Recheck(s.first, d.endpoint)
	s.same([]string{o.id + " report every 0"}, s.taken(g, 1))
	o.want(o.ask(o.request(Update, 0, 0)), Granted, 200_000, false)
	s.flow.Recheck(s.first, d.endpoint)
	g = s.untold(g)
	s.giveQuota(d, 1_100_000, -1, quota.Block)
	s.flow.Recheck(s.first, d.endpoint)
	s.same([]string{o.id + " report every 0"}, s.taken(g, 1))
	o.ask(o.request(Terminate, 0, 0))
	blind.ask(blind.request(Terminate, 0, 0))
}

// A gateway ends a session at the end of a final grant without asking, so it has to know that there is more.
func largerQuota(t *testing.T, s *site) {
	g := s.ordered()
	d := s.device(s.first, s.imsi())
	s.dataQuota(d, 500_000, -1, quota.Block)
	o := s.online(d, "a")
	o.can = allAbilities
	o.want(o.ask(o.request(Initial, 0, 0)), Granted, 500_000, true)
	s.flow.Recheck(s.first, d.endpoint)
	g = s.untold(g)
	s.giveQuota(d, 5_000_000, -1, quota.Block)
	s.flow.Recheck(s.first, d.endpoint)
	s.same([]string{o.id + " report every 0"}, s.taken(g, 1))
	o.want(o.ask(o.request(Update, 100, 0)), Granted, 1_000_000, false)
	o.ask(o.request(Terminate, 0, 0))
}

func smallerQuotaOverRADIUS(t *testing.T, s *site) {
	g := s.ordered()
	d := s.device(s.first, s.imsi())
	s.dataQuota(d, 50_000_000, -1, quota.Block)
	one := s.session(d, "a", 0)
	s.send(one, able(one.report(Start, 0, 0, 0)), able(one.report(Interim, 60, 400_000, 100_000)))
	s.flow.Recheck(s.first, d.endpoint)
	g = s.untold(g)
	s.giveQuota(d, 500_000, -1, quota.Block)
	s.flow.Recheck(s.first, d.endpoint)
	s.same([]string{"a report every 60"}, s.taken(g, 1))
	s.flow.Recheck(s.first, d.endpoint)
	s.untold(g) // it was told before
	s.send(one, able(one.report(Stop, 70, 400_000, 100_000)))
}

func quotaAppears(t *testing.T, s *site) {
	g := s.ordered()
	d := s.device(s.first, s.imsi())
	o := s.online(d, "a")
	o.can = allAbilities
	o.want(o.ask(o.request(Initial, 0, 0)), Granted, 1_000_000, false)
	s.dataQuota(d, 300_000, -1, quota.Block)
	s.flow.Recheck(s.first, d.endpoint)
	s.same([]string{o.id + " report every 0"}, s.taken(g, 1))
	o.want(o.ask(o.request(Update, 100_000, 0)), Granted, 200_000, true)
	o.ask(o.request(Terminate, 0, 0))
}
