package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/fault"
)

// The clients of these tests come through a proxy, and their tokens say who they are: "organisation-user-token".
type saidToken struct{}

func (saidToken) Authenticate(_ context.Context, bearer string, _ netip.Addr) (Caller, error) {
	c := Caller{Role: Administrator, Type: Enterprise}
	if _, err := fmt.Sscanf(bearer, "%d-%d-%d", &c.Organisation, &c.User, &c.Token); err != nil {
		return c, ErrGarbled
	}
	return c, nil
}

type limited struct {
	http.Handler
	api  *API
	fake *clock.Fake
}

func limit(t *testing.T, l Limits) *limited {
	t.Helper()
	f := clock.NewFake(time.Date(2026, 11, 15, 12, 0, 3, 0, time.UTC))
	a := New(Config{Title: "Test", Version: "1", Authenticator: saidToken{}, Clock: f.Clock(), Limits: l, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}})
	for _, class := range []string{"", "list", authenticating} {
		role := Observer
		if class == authenticating {
			role = Public
		}
		Do(a, Op{Method: "GET", Path: "/api/class" + class, ID: "get" + class, Role: role, Class: class},
			func(context.Context, Caller, *struct{}) error { return nil })
	}
	return &limited{a.Handler(), a, f}
}

func (l *limited) get(path, from, bearer string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), "GET", path, nil) // from 192.0.2.1, the proxy
	r.Header.Set("X-Forwarded-For", from)
	r.Header.Set("Authorization", "Bearer "+bearer)
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w
}

const program = "7-0-5" // an application token's

func TestAddressLimit(t *testing.T) {
	l := limit(t, Limits{Address: 20})
	for i := range 20 {
		l.fake.Advance(time.Second)
		w := l.get("/api/class", "198.51.100.1", program)
		if want := fmt.Sprintf(`"address";r=%d;t=300`, 19-i); w.Code != 204 || w.Header().Get("RateLimit") != want || w.Header().Get("RateLimit-Policy") != `"address";q=20;w=300` {
			t.Fatalf("request %d: %d %v", i, w.Code, w.Header())
		}
	}
	w := l.get("/api/class", "198.51.100.1", program)
	if w.Code != 403 || !strings.HasPrefix(w.Body.String(), `{"error_code":1105,"error_token":"TooManyRequests"`) || w.Header().Get("RateLimit") == "" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for name, got := range map[string]*httptest.ResponseRecorder{
		"no token":     l.get("/api/class", "198.51.100.1", ""),
		"unknown path": l.get("/api/nothing", "198.51.100.1", program),
	} {
		if got.Code != 403 {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
	if w := l.get("/api/class", "198.51.100.2", program); w.Code != 204 {
		t.Errorf("another address: %d", w.Code)
	}
	// 23 requests stand in the window; four of the first parts have to leave it, not five minutes to pass.
	l.fake.Advance(4 * time.Minute)
	if w := l.get("/api/class", "198.51.100.1", program); w.Code != 403 {
		t.Fatalf("after four minutes: %d", w.Code)
	}
	l.fake.Advance(50 * time.Second)
	if w := l.get("/api/class", "198.51.100.1", program); w.Code != 204 {
		t.Errorf("when the average is within the limit again: %d %v", w.Code, w.Header())
	}
}

func TestRetryAfterIsEnough(t *testing.T) {
	l := limit(t, Limits{Address: 10, Status: 429})
	var last *httptest.ResponseRecorder
	for range 15 {
		l.fake.Advance(3 * time.Second)
		last = l.get("/api/class", "2001:db8::1", program)
	}
	if last.Code != 429 {
		t.Fatal(last.Code)
	}
	wait, err := time.ParseDuration(last.Header().Get("Retry-After") + "s")
	if err != nil || wait > windowLength {
		t.Fatalf("%v %v", last.Header(), err)
	}
	if w := l.get("/api/class", "2001:db8::ffff", program); w.Code != 429 {
		t.Errorf("the same network: %d", w.Code)
	}
	l.fake.Advance(wait + 10*time.Second) // the one above counts as well
	if w := l.get("/api/class", "2001:db8::1", program); w.Code != 204 {
		t.Errorf("after %v: %d", wait, w.Code)
	}
}

// monthMemory is a MonthCounter in memory. It is guarded by the gauge's lock.
type monthMemory map[int64]struct{ month, requests int64 }

// Add implements MonthCounter.
func (m monthMemory) Add(organisation, month int64) int64 {
	c := m[organisation]
	if c.month != month {
		c.month, c.requests = month, 0
	}
	c.requests++
	m[organisation] = c
	return c.requests
}

func TestOtherLimits(t *testing.T) {
	l := limit(t, Limits{Address: 100, Authenticate: 3, Session: 5, Month: 40, MonthCounter: monthMemory{}, Classes: true})
	many := func(n int, path, bearer string) (codes []int) {
		for range n {
			codes = append(codes, l.get(path, "198.51.100.1", bearer).Code)
		}
		return codes
	}
	expect := func(name string, codes []int, served, refusal int) {
		t.Helper()
		for i, code := range codes {
			if want := map[bool]int{true: 204, false: refusal}[i < served]; code != want {
				t.Errorf("%s: request %d: %d, want %d", name, i+1, code, want)
			}
		}
	}
	expect("authenticate", many(5, "/api/classauthenticate", ""), 3, 403)
	expect("a session", many(7, "/api/class", "8-1-0"), 5, 403)
	expect("another session", many(5, "/api/class", "8-2-0"), 5, 403)
	expect("a class", many(8, "/api/classlist", program), 5, 429)
	l.fake.Advance(100 * time.Millisecond)
	expect("a class, when one is possible again", many(2, "/api/classlist", program), 1, 429)
	expect("a month", many(32, "/api/class", program), 30, 429)
	over := l.get("/api/class", "198.51.100.1", program).Header() // from 15 November, 12:00:03.1 on
	if got := over.Values("RateLimit"); len(got) != 2 || got[1] != `"month";r=0;t=1339197` || over.Values("RateLimit-Policy")[1] != `"month";q=40;w=2592000` || over.Get("Retry-After") != "1339197" {
		t.Errorf("%v", over)
	}
	l.fake.Advance(16 * 24 * time.Hour)
	expect("the next month", many(5, "/api/class", program), 5, 429)
	if left := l.get("/api/class", "198.51.100.1", program).Header().Values("RateLimit"); len(left) != 2 || !strings.Contains(left[0], `"address";r=94`) || !strings.Contains(left[1], `"month";r=34`) {
		t.Errorf("%v", left)
	}
}

func TestGaugeForgets(t *testing.T) {
	g := newGauge(Limits{Address: 1}, clock.System())
	for i := range 3 * keptKeys {
		from := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		x := &exchange{w: httptest.NewRecorder(), origin: origin{client: from}}
		if err := g.count(x); err != nil {
			t.Fatal(err)
		}
	}
	if g.windows.len() > 2*keptKeys {
		t.Errorf("%d windows are kept", g.windows.len())
	}
}

// The window against a list of all times: exact at the parts' boundaries, and between them within what one part holds.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w window
		var times []int64
		now := partLength * 1000
		for _, step := range rapid.SliceOfN(rapid.Int64Range(0, 40_000_000), 1, 60).Draw(t, "steps") {
			now += step
			w.add(now)
			times = append(times, now)
		}
		now += rapid.Int64Range(0, 400_000_000).Draw(t, "later")
		least, most := int64(0), int64(0)
		begin := now - int64(windowLength/time.Microsecond)
		for _, at := range times {
			if at > begin+partLength {
				least++
			}
			if at > begin-partLength {
				most++
			}
		}
		if sum := w.sum(now); sum < least || sum > most {
			t.Fatalf("%d, want %d to %d", sum, least, most)
		}
		limit := rapid.Int64Range(1, 20).Draw(t, "limit")
		if wait := w.wait(now, limit); w.sum(now+int64(wait/time.Microsecond)) >= limit {
			t.Fatalf("after %v it is still over", wait)
		}
	})
}

func TestTooManyIsAFault(t *testing.T) {
	g := newGauge(Limits{Address: 1}, clock.System())
	x := &exchange{w: httptest.NewRecorder(), origin: origin{client: netip.MustParseAddr("10.0.0.1")}}
	if err := g.count(x); err != nil {
		t.Fatal(err)
	}
	if err := g.count(x); !fault.Is(err, fault.TooManyRequests) {
		t.Error(err)
	}
}
