package diameter

import (
	"log/slog"
	"sync"
	"testing"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// fakeFlow decides as it is told, and remembers what it was asked.
type fakeFlow struct {
	mu       sync.Mutex
	full     bool
	answer   func(usage.Credit) usage.Answer
	quality  func(usage.Policy) usage.PolicyAnswer
	credits  []usage.Credit
	policies []usage.Policy
}

func (f *fakeFlow) Credit(c usage.Credit, answer func(usage.Answer)) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.full {
		return false
	}
	f.credits = append(f.credits, c)
	go answer(f.answer(c))
	return true
}

func (f *fakeFlow) Policy(p usage.Policy, answer func(usage.PolicyAnswer)) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.full {
		return false
	}
	f.policies = append(f.policies, p)
	go answer(f.quality(p))
	return true
}

// permitAll grants every service that it is asked about, with no bound.
func (f *fakeFlow) permitAll() {
	f.decide(usage.Answer{}, usage.PolicyAnswer{})
	f.answer = func(c usage.Credit) (a usage.Answer) {
		for _, s := range c.Services {
			a.Services = append(a.Services, usage.Grant{RatingGroup: s.RatingGroup, ServiceID: s.ServiceID, Units: usage.Absent})
		}
		return a
	}
}

func (f *fakeFlow) decide(a usage.Answer, q usage.PolicyAnswer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = func(usage.Credit) usage.Answer { return a }
	f.quality = func(usage.Policy) usage.PolicyAnswer { return q }
}

// lastCredit is the last request that the flow was asked.
func (f *fakeFlow) lastCredit(t testing.TB) usage.Credit {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.credits) == 0 {
		t.Fatal("the flow was not asked")
	}
	return f.credits[len(f.credits)-1]
}

// startFlow serves with a flow behind a server.
func startFlow(t testing.TB, f *fakeFlow, dialect Dialect) (*Server, string) {
	t.Helper()
	s := newServer(&core{}, dialect)
	d := Decider{Flow: f, Log: slog.New(slog.DiscardHandler)}
	s.Charging, s.Policy = d, d
	addr, _ := run(t, s)
	return s, addr
}

// service is what the flow is asked about a kind of use.
func service(group, id, requested, up, down int64) usage.Service {
	return usage.Service{RatingGroup: group, ServiceID: id, Requests: requested != noRequest, Requested: max(requested, Absent), Up: up, Down: down}
}

// noRequest is a service that asks for nothing.
const noRequest = -2

func granted(group, units, validity, threshold int64) usage.Grant {
	return usage.Grant{RatingGroup: group, ServiceID: Absent, Units: units, Validity: validity, Threshold: threshold}
}

func refusedWith(r usage.Result, group, id int64) usage.Grant {
	return usage.Grant{RatingGroup: group, ServiceID: id, Result: r, Units: Absent}
}

func resultOf(t testing.TB, m packet.Message) uint32 {
	t.Helper()
	if m == nil {
		t.Fatal("no answer")
	}
	return ResultOf(m)
}
