package account

import (
	"net/netip"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/fault"
)

// After three consecutive failures within five minutes nothing is heard for five minutes.
const (
	maxFailures = 3
	lockFor     = 5 * clock.Minute
)

// suspect is a client and the token it tries: the zero key for text that names none, setupKey for the setup token, and keys
// with loginKey and confirmKey for users. Without a client it is whoever tries that.
type suspect struct {
	client netip.Prefix
	key    tokenKey
}

// failure is a row of failures.
type failure struct {
	count int
	since int64 // µs, of the first
	until int64 // µs, locked until then
}

// suspectOf takes an IPv6 client by its network: one household has 2^64 addresses.
func suspectOf(from netip.Addr, k tokenKey) suspect {
	bits := 64
	if from = from.Unmap(); from.Is4() {
		bits = 32
	}
	client, _ := from.WithZone("").Prefix(bits) // an invalid address is one client of its own
	return suspect{client, k}
}

func (g *Guard) locked(who suspect) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f, _ := g.failures.get(who); g.clock.Micros() < f.until {
		return fault.New(fault.TooManyRequests, "too many failed attempts: try again in five minutes").WithStatus(401)
	}
	return nil
}

func (g *Guard) failed(who suspect) { g.failedAmong(who, maxFailures) }

// failedAmong counts a failure of which so many lock.
func (g *Guard) failedAmong(who suspect, most int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Micros()
	f, _ := g.failures.get(who)
	if f.count == 0 || f.count >= most || now-f.since > lockFor {
		f = failure{since: now}
	}
	if f.count++; f.count >= most {
		f.until = now + lockFor
	}
	g.failures.put(who, f)
}

func (g *Guard) passed(who suspect) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.failures.drop(who)
}
