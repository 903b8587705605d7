package radius

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"layeh.com/radius"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/usage"
)

// idle is a Control that nobody runs and whose gateway never answers: a test plays both.
func idle(t testing.TB) (c *Control, to netip.AddrPort) {
	t.Helper()
	nas := listenAsDeaf(t)
	c = newControl(t, nas.Port(), func(n *NAS) { n.Dynamic.Timeout = 2 * time.Second })
	t.Cleanup(func() { c.stop(); c.open.Wait(); _ = c.Close() })
	return c, nas
}

// listenAsDeaf takes an address that datagrams may go to without being read.
func listenAsDeaf(t testing.TB) netip.AddrPort {
	t.Helper()
	other := &Control{Addr: "127.0.0.1:0"}
	if err := other.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	return netip.MustParseAddrPort(other.conn.LocalAddr().String())
}

// flying are the orders in flight at a gateway.
func (c *Control) flying(to netip.AddrPort) (list []*order) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.links[to]; l != nil {
		for _, o := range l.flight {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b *order) int { return int(a.identifier) - int(b.identifier) })
	return list
}

func (c *Control) inFlight(to netip.AddrPort) int { return len(c.flying(to)) }

// Whatever is asked and answered in whatever order: each order ends once, those of a session one after the other as they
// were asked, never more than the window is in flight, and nothing waits while there is room.
func TestOrdersEndOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, to := idleFor(t)
		type asked struct{ session, number int }
		var ended []asked
		asks, open := map[int]int{}, 0
		finish := func(o *order) {
			switch rapid.IntRange(0, 2).Draw(t, "fate") {
			case 0:
				step := rapid.SampledFrom([]radius.Code{ack, nak}).Draw(t, "step")
				if why := c.take(answer(o.request, step, secret, nil), to); why != none {
					t.Fatalf("a good answer is dropped: %v", why)
				}
			case 1:
				for range 4 {
					c.locked(func() { c.unanswered(o) })
				}
			case 2: // an answer as the time is up, and twice
				b := answer(o.request, ack, secret, nil)
				c.take(b, to)
				for range 4 {
					c.locked(func() { c.unanswered(o) })
				}
				if why := c.take(b, to); why != unmatched && why != wrongAuthenticator && why != unservedCode {
					t.Fatalf("the second answer is %v", why)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) {
				for range rapid.IntRange(1, 30).Draw(t, "n") {
					session := rapid.IntRange(0, 90).Draw(t, "session")
					a := asked{session, asks[session]}
					asks[session]++
					open++
					one := target
					one.SessionID = fmt.Sprint("s", session)
					err := c.End(one, "", func(error) { ended = append(ended, a); open-- })
					if err != nil {
						t.Fatal(err)
					}
				}
			},
			"finish": func(t *rapid.T) {
				if list := c.flying(to); len(list) > 0 {
					finish(rapid.SampledFrom(list).Draw(t, "order"))
				}
			},
			"": func(t *rapid.T) {
				sessions := map[string]bool{}
				for _, o := range c.flying(to) {
					if sessions[o.session] {
						t.Fatalf("two orders of %q are in flight", o.session)
					}
					sessions[o.session] = true
				}
				if len(sessions) > window {
					t.Fatalf("%d in flight", len(sessions))
				}
				if l := c.links[to]; l != nil && len(l.flight) < window && len(l.waiting) > 0 {
					t.Fatalf("%d wait beside %d in flight", len(l.waiting), len(l.flight))
				}
			},
		})
		c.stop()
		if l := c.links[to]; open != 0 || l != nil && (l.queued != 0 || len(l.behind) != 0) {
			t.Fatalf("%d orders have no end", open)
		}
		next := map[int]int{}
		for _, a := range ended {
			if a.number != next[a.session] {
				t.Fatalf("session %d: order %d ended before order %d", a.session, a.number, next[a.session])
			}
			next[a.session]++
		}
	})
}

// idleFor is idle for one case of a property.
func idleFor(t *rapid.T) (*Control, netip.AddrPort) {
	mine := &Control{Addr: "127.0.0.1:0"}
	if err := mine.Listen(); err != nil {
		t.Fatal(err)
	}
	to := netip.MustParseAddrPort(mine.conn.LocalAddr().String())
	mine.NAS = []NAS{{
		Prefix: netip.MustParsePrefix("127.0.0.0/8"), Secret: secret, Dynamic: Dynamic{Abilities: usage.CanEnd, Port: to.Port(), Timeout: 10 * time.Second},
	}}
	mine.gateways, _ = newGateways(mine.NAS)
	mine.Clock = testClock()
	t.Cleanup(func() { mine.stop(); _ = mine.Close() })
	return mine, to
}

func TestWindow(t *testing.T) {
	c, to := idle(t)
	ends := 0
	for n := range 3 * window {
		one := target
		one.SessionID = fmt.Sprint(n)
		if err := c.End(one, "", func(error) { ends++ }); err != nil {
			t.Fatal(err)
		}
	}
	first := c.flying(to)
	if len(first) != window {
		t.Fatalf("%d in flight, want %d", len(first), window)
	}
	rand.Shuffle(len(first), func(i, j int) { first[i], first[j] = first[j], first[i] })
	used := map[byte]bool{}
	for _, o := range first {
		used[o.identifier] = true
		if why := c.take(answer(o.request, ack, secret, nil), to); why != none {
			t.Fatal(why)
		}
	}
	if n := c.inFlight(to); n != window || ends != window {
		t.Errorf("%d in flight and %d ended, want %d", n, ends, window)
	}
	for _, o := range c.flying(to) {
		if used[o.identifier] {
			t.Errorf("identifier %d is used again while others are not", o.identifier)
		}
	}
}

func TestFullQueueToAGateway(t *testing.T) {
	c, _ := idle(t)
	for n := range window + maxQueue {
		one := target
		one.SessionID = fmt.Sprint(n)
		if err := c.End(one, "", func(error) {}); err != nil {
			t.Fatalf("order %d: %v", n, err)
		}
	}
	if err := c.End(target, "", func(error) { t.Error("done was told") }); !errors.Is(err, usage.ErrBusy) {
		t.Errorf("one more: %v, want %v", err, usage.ErrBusy)
	}
	if n := c.count(t, "requests_total", "busy", "disconnect"); n != 1 {
		t.Errorf("counted %d", n)
	}
}

// The waits double from 2 s to 16 s, each a tenth shorter or longer, and end after 30 s; what waited all that time for a
// place is not sent any more.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, to := idle(t)
		begin := time.Now()
		var mu sync.Mutex
		ends := map[string]time.Duration{}
		ended := func() int { mu.Lock(); defer mu.Unlock(); return len(ends) }
		for n := range window + 1 {
			one := target
			one.SessionID = fmt.Sprint(n)
			err := c.End(one, "", func(err error) {
				if !errors.Is(err, usage.ErrSilent) {
					t.Errorf("end: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				ends[one.SessionID] = time.Since(begin)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		c.links[to].waiting[0].expires = begin.Add(20 * time.Second) // before the first of the window is given up
		o, sent := c.flying(to)[0], []time.Duration{0}
		for ended() <= window {
			time.Sleep(50 * time.Millisecond)
			synctest.Wait()
			c.mu.Lock()
			tries := o.tries
			c.mu.Unlock()
			if tries > len(sent) {
				sent = append(sent, time.Since(begin))
			}
		}
		for n, want := range []time.Duration{0, 2, 6, 14} {
			if low, high := want*900*time.Millisecond, want*1100*time.Millisecond+50*time.Millisecond; sent[n] < low || sent[n] > high {
				t.Errorf("sending %d is at %s, want %ds", n+1, sent[n], want)
			}
		}
		for session, at := range ends {
			if at < 26*time.Second || at > 34*time.Second {
				t.Errorf("%s ended after %s", session, at)
			}
		}
		if n := c.count(t, "sent_total", "disconnect"); n != 4*window {
			t.Errorf("%d sendings, want %d", n, 4*window)
		}
	})
}

func TestStopEndsEverything(t *testing.T) {
	c := startControl(t, listenAsDeaf(t).Port(), func(n *NAS) { n.Dynamic.Timeout = 10 * time.Second })
	ends := make(chan error, 1000)
	ask := func(session string) error {
		one := target
		one.SessionID = session
		return c.End(one, "", func(err error) { ends <- err })
	}
	for n := range 2 * window {
		if err := errors.Join(ask(fmt.Sprint(n)), ask(fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.stop(); err != nil {
		t.Fatal(err)
	}
	if len(ends) != 4*window {
		t.Errorf("%d of %d orders have ended when Run returns", len(ends), 4*window)
	}
	for len(ends) > 0 {
		if err := <-ends; !errors.Is(err, errStopped) {
			t.Errorf("end: %v", err)
		}
	}
	if err := ask("late"); !errors.Is(err, errStopped) || c.count(t, "waiting") != 0 {
		t.Errorf("after the end: %v, %d wait", err, c.count(t, "waiting"))
	}
}

func TestControlMustListen(t *testing.T) {
	if err := new(Control).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "not listening") {
		t.Errorf("Run = %v", err)
	}
	for name, c := range map[string]*Control{
		"address": {Addr: "nowhere"},
		"gateway": {Addr: "127.0.0.1:0", NAS: []NAS{{}}},
	} {
		if err := c.Listen(); err == nil {
			t.Errorf("bad %s: Listen did not fail", name)
			_ = c.Close()
		}
	}
}
