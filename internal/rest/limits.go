package rest

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/fault"
)

// Limits are how many requests are served. The zero value serves any number. What is refused counts like what is served:
// the average must come down before anything is served again.
type Limits struct {
	Address      int64        // requests from one client address in five minutes; 0: any number
	Authenticate int64        // the same for the class "authenticate" alone
	Session      int64        // requests of one user who has signed in, in five minutes; they do not count for the address
	Month        int64        // requests of one organisation in a calendar month, UTC
	MonthCounter MonthCounter // counts for Month; not nil where that is set
	Classes      bool         // each operation has a rate for each organisation, by its class
	Status       int          // of what Address, Authenticate and Session refuse; 0: 403, as the contract has it
}

// ClassRate is how many requests a second one organisation may send to one operation, and how many at once.
type ClassRate struct{ PerSecond, Burst int64 }

// ClassRates are the contract's rates of reading operations, by Op.Class.
func ClassRates() map[string]ClassRate {
	return map[string]ClassRate{"list": {10, 5}, "endpoint": {50, 25}, "one": {100, 50}}
}

// authenticating is the class of operations that let in who has no token yet.
const authenticating = "authenticate"

// payer is who a request counts for: an address, or a user.
type payer struct {
	class              string
	network            netip.Prefix
	organisation, user int64
}

type classKey struct {
	organisation int64
	operation    string
}

// MonthCounter counts a request of an organisation in a month, as 202611, and returns how many there were with it.
type MonthCounter interface {
	Add(organisation, month int64) int64
}

// gauge counts requests. Its memory is bounded: of addresses, users and classes it keeps the ones seen last.
type gauge struct {
	Limits
	clock   clock.Clock
	classes map[string]ClassRate

	mu      sync.Mutex
	windows *lately[payer, window]
	rates   *lately[classKey, int64] // when the bucket is full again, µs
}

func newGauge(l Limits, c clock.Clock) *gauge {
	if l.Status == 0 {
		l.Status = http.StatusForbidden
	}
	return &gauge{
		Limits: l, clock: c, classes: ClassRates(),
		windows: newLately[payer, window](), rates: newLately[classKey, int64](),
	}
}

// count counts a request whose caller is known, or is known to be nobody, and refuses it when there were too many. It tells
// the caller what is left (draft-ietf-httpapi-ratelimit-headers-10).
func (g *gauge) count(x *exchange) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Micros()
	policy, who, limit := g.payer(x)
	if err := g.within(x, policy, who, limit, now); err != nil {
		return err
	}
	if x.op != nil && x.op.Class == authenticating {
		who.class = authenticating
		if err := g.within(x, authenticating, who, g.Authenticate, now); err != nil {
			return err
		}
	}
	if x.caller.Organisation == 0 {
		return nil
	}
	if err := g.ofMonth(x, now); err != nil {
		return err
	}
	return g.ofClass(x, now)
}

// payer says for whom a request counts. A user who has signed in has a limit of their own, so that the many users behind
// one address do not shut each other out; a program, with its application token, counts for its address.
func (g *gauge) payer(x *exchange) (policy string, who payer, limit int64) {
	if x.caller.User != 0 && x.caller.Token == 0 {
		return "session", payer{organisation: x.caller.Organisation, user: x.caller.User}, g.Session
	}
	return "address", payer{network: networkOf(x.origin.client)}, g.Address
}

// networkOf is what one client has: an IPv4 address, or the 64 bits of an IPv6 network.
func networkOf(a netip.Addr) netip.Prefix {
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits)
	return p
}

func (g *gauge) within(x *exchange, policy string, who payer, limit, now int64) error {
	if limit <= 0 {
		return nil
	}
	w := g.windows.of(who)
	w.add(now)
	left, reset := limit-w.sum(now), windowLength
	if left < 0 {
		reset = w.wait(now, limit)
	}
	x.tellLimit(policy, limit, windowLength, max(left, 0), reset)
	if left >= 0 {
		return nil
	}
	return x.tooMany(g.Status, reset, "there were more than %d requests in five minutes", limit)
}

// ofClass lets an organisation read from one operation at its class's rate: a bucket that fills evenly.
func (g *gauge) ofClass(x *exchange, now int64) error {
	rate, limited := g.classes[x.op.Class]
	if !g.Classes || !limited || x.op.Method != http.MethodGet {
		return nil
	}
	each := int64(time.Second/time.Microsecond) / rate.PerSecond
	full := g.rates.of(classKey{x.caller.Organisation, x.op.ID})
	*full = max(*full, now)
	if short := *full + each - now - rate.Burst*each; short > 0 {
		return x.tooMany(http.StatusTooManyRequests, time.Duration(short)*time.Microsecond,
			"there were more than %d requests a second for this entry point", rate.PerSecond)
	}
	*full += each
	return nil
}

// ofMonth lets an organisation send so many requests until the 1st of the next month.
func (g *gauge) ofMonth(x *exchange, now int64) error {
	if g.Month <= 0 {
		return nil
	}
	month := clock.MonthIn(time.UTC, now)
	begin, end := clock.MonthStart(time.UTC, month), clock.MonthStart(time.UTC, clock.AddMonths(month, 1))
	left, reset := g.Month-g.MonthCounter.Add(x.caller.Organisation, month), time.Duration(end-now)*time.Microsecond
	x.tellLimit("month", g.Month, time.Duration(end-begin)*time.Microsecond, max(left, 0), reset)
	if left >= 0 {
		return nil
	}
	return x.tooMany(http.StatusTooManyRequests, reset, "there were more than %d requests in this month", g.Month)
}

// tooMany is the error of a request too many.
func (x *exchange) tooMany(status int, wait time.Duration, format string, args ...any) error {
	x.w.Header().Set("Retry-After", seconds(wait))
	return fault.New(fault.TooManyRequests, "too many requests: "+format, args...).WithStatus(status)
}

func (x *exchange) tellLimit(policy string, limit int64, in time.Duration, left int64, reset time.Duration) {
	h := x.w.Header()
	h.Add("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%s", policy, limit, seconds(in)))
	h.Add("RateLimit", fmt.Sprintf("%q;r=%d;t=%s", policy, left, seconds(reset)))
}

// seconds rounds up: who waits so long has waited enough.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
