package client

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ledger has one quota per device, in octets, and grants slices of it. It is what a charging system does at least.
type ledger struct {
	mu        sync.Mutex
	quota     map[string]int64
	slice     int64
	threshold int64
	validity  int64
	seconds   int64
	barred    bool   // on Gx
	command   uint32 // refuses the command instead of the service, when it is not 0
	asFinal   bool   // the last slice is final; else the next request is refused
	requests  []diameter.CreditRequest
	policies  []diameter.PolicyRequest
}

func (l *ledger) Credit(_ context.Context, r diameter.CreditRequest, answer func(diameter.CreditAnswer)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, r)
	a := diameter.CreditAnswer{Result: packet.ResultSuccess}
	if l.command != 0 {
		a.Result = l.command
	}
	for _, s := range r.Services {
		for _, u := range s.Used {
			l.quota[r.IMSI] -= u.Volume()
		}
		if s.Requests {
			a.Services = append(a.Services, l.grant(s, l.quota[r.IMSI]))
		}
	}
	go answer(a)
	return true
}

func (l *ledger) grant(s diameter.Service, left int64) diameter.Grant {
	g := diameter.Grant{
		RatingGroup: s.RatingGroup, ServiceID: s.ServiceID, Granted: diameter.NoUnits(), HoldingTime: diameter.Absent,
		Result: packet.ResultCreditLimitReached,
	}
	if left <= 0 {
		return g
	}
	g.Result, g.Granted.Total = packet.ResultSuccess, min(left, l.slice)
	g.Validity, g.Threshold = l.validity, l.threshold
	if l.seconds > 0 {
		g.Granted.Time = l.seconds
	}
	if l.asFinal && left <= l.slice {
		g.Final = diameter.FinalTerminate
	}
	return g
}

func (l *ledger) Policy(_ context.Context, r diameter.PolicyRequest, answer func(diameter.PolicyAnswer)) bool {
	l.mu.Lock()
	l.policies = append(l.policies, r)
	barred := l.barred
	l.mu.Unlock()
	if barred {
		answer(diameter.PolicyAnswer{Result: packet.ResultAuthorizationRejected})
		return true
	}
	answer(diameter.PolicyAnswer{Result: packet.ResultSuccess, Changes: diameter.Changes{
		Bitrate: diameter.Bitrate{Up: 256_000, Down: 5_000_000_000}, Bearer: diameter.BearerQoS{QCI: 7, Priority: 3},
		Install: []diameter.Rule{{Name: "all"}},
	}})
	return true
}

// types are the types of the requests on Gy so far.
func (l *ledger) types() (list []diameter.RequestType) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.requests {
		list = append(list, r.Type)
	}
	return list
}

func (l *ledger) left(imsi string) int64 { l.mu.Lock(); defer l.mu.Unlock(); return l.quota[imsi] }

const imsi = "001010000000001"

func serve(t testing.TB, l *ledger, dialect diameter.Dialect) (*diameter.Server, string) {
	t.Helper()
	return serveBy(t, l, dialect)
}

func serveWith(t testing.TB, w *willing) (*diameter.Server, string) {
	t.Helper()
	return serveBy(t, w, diameter.Open5GS())
}

// core decides on both interfaces.
type core interface {
	diameter.Charging
	diameter.Policy
}

func serveBy(t testing.TB, l core, dialect diameter.Dialect) (*diameter.Server, string) {
	t.Helper()
	s := &diameter.Server{
		Addrs: []string{"127.0.0.1:0"}, OriginHost: "ocs.example", OriginRealm: "example",
		Peers:    []diameter.Peer{{OriginHost: diameter.Any, Source: netip.MustParsePrefix("127.0.0.0/8"), Dialect: dialect, Relay: true}},
		Charging: l, Policy: l, Clock: clock.System(), Log: slog.New(slog.DiscardHandler),
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := s.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s, s.Bound()[0].String()
}

func dial(t testing.TB, addr, host string, strict bool, fake *clock.Fake) *Client {
	t.Helper()
	c := &Client{
		OriginHost: host, OriginRealm: "localdomain", DestinationRealm: "localdomain", Strict: strict,
		Clock: fake.Clock(), Log: slog.New(slog.DiscardHandler),
	}
	c.Limits.Watchdog = time.Hour
	if err := c.Dial(t.Context(), addr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func device() Session {
	return Session{
		IMSI: imsi, MSISDN: "491701234567", IMEISV: "3534900698733190", APN: "internet", PLMN: "26201", RAT: 6,
		Location: []byte{0x82, 0x62, 0xf2, 0x10, 0, 1, 0x62, 0xf2, 0x10, 0, 0, 1, 1}, TimeZone: []byte{0x40, 0}, ChargingID: 0x01020304,
		Address: netip.MustParseAddr("10.45.0.2"), SGSN: netip.MustParseAddr("127.0.0.3"), GGSN: netip.MustParseAddr("127.0.0.4"),
	}
}

// newClock is a clock that connections may set deadlines by: it begins now and is moved by hand.
func newClock() *clock.Fake { return clock.NewFake(clock.System().Now()) }
