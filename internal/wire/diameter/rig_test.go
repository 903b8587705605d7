package diameter

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// core decides as it is told and remembers what it was asked.
type core struct {
	mu       sync.Mutex
	credits  []CreditRequest
	policies []PolicyRequest
	credit   func(CreditRequest, func(CreditAnswer)) bool
	policy   func(PolicyRequest, func(PolicyAnswer)) bool
}

func (c *core) Credit(_ context.Context, r CreditRequest, answer func(CreditAnswer)) bool {
	c.mu.Lock()
	c.credits = append(c.credits, r)
	c.mu.Unlock()
	return c.credit(r, answer)
}

func (c *core) Policy(_ context.Context, r PolicyRequest, answer func(PolicyAnswer)) bool {
	c.mu.Lock()
	c.policies = append(c.policies, r)
	c.mu.Unlock()
	return c.policy(r, answer)
}

// grant grants every service 100 000 octets.
func grant(r CreditRequest, answer func(CreditAnswer)) bool {
	a := CreditAnswer{Result: packet.ResultSuccess}
	for _, s := range r.Services {
		if s.Requests {
			units := NoUnits()
			units.Total = 100_000
			a.Services = append(a.Services, Grant{
				RatingGroup: s.RatingGroup, ServiceID: s.ServiceID, Result: packet.ResultSuccess, Granted: units, HoldingTime: Absent,
			})
		}
	}
	go answer(a)
	return true
}

func permit(_ PolicyRequest, answer func(PolicyAnswer)) bool {
	answer(PolicyAnswer{Result: packet.ResultSuccess, Changes: Changes{Bitrate: Bitrate{256_000, 512_000}}})
	return true
}

var loopback = netip.MustParsePrefix("127.0.0.0/8")

func newServer(c *core, dialect Dialect) *Server {
	return &Server{
		Addrs: []string{"127.0.0.1:0"}, OriginHost: "ocs.example", OriginRealm: "example", StateID: 9,
		Peers:    []Peer{{OriginHost: Any, Source: loopback, Dialect: dialect, Relay: true}},
		Charging: c, Policy: c, Clock: clock.System(), Log: slog.New(slog.DiscardHandler),
	}
}

// run serves until the test ends, or until stop is called.
func run(t testing.TB, s *Server) (addr string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	if err := s.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("Serve does not end")
		}
	})
	t.Cleanup(stop)
	return s.Bound()[0].String(), stop
}

func start(t testing.TB, c *core, dialect Dialect) (s *Server, addr string) {
	t.Helper()
	if c.credit == nil {
		c.credit = grant
	}
	if c.policy == nil {
		c.policy = permit
	}
	s = newServer(c, dialect)
	addr, _ = run(t, s)
	return s, addr
}

// raw is a connection on which a test says what it wants.
type raw struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

func connect(t testing.TB, addr string) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	return &raw{t, conn, bufio.NewReader(conn)}
}

func (c *raw) write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// read reads the next message; nil when the connection has ended.
func (c *raw) read() packet.Message {
	head, err := c.r.Peek(4)
	if err != nil {
		return nil
	}
	n, err := packet.Length(head, packet.MaxLength)
	if err != nil {
		c.t.Errorf("the server sends %x: %v", head, err)
		return nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c.r, b); err != nil {
		return nil
	}
	return packet.Message(b)
}

func (c *raw) ask(m packet.Message) packet.Message {
	c.t.Helper()
	c.write(m)
	return c.read()
}

// hello is a Capabilities-Exchange-Request.
func hello(host, realm string, applications ...uint32) packet.Message {
	var w packet.Writer
	w.Begin(packet.FlagRequest, packet.CapabilitiesExchange, 0, 1, 2, 0)
	w.Text(packet.OriginHost, host)
	w.Text(packet.OriginRealm, realm)
	w.Address(packet.HostIPAddress, netip.MustParseAddr("127.0.0.1"))
	w.Unsigned32(packet.VendorID, 0)
	w.Text(packet.ProductName, "test")
	for _, a := range applications {
		w.Unsigned32(packet.AuthApplicationID, a)
	}
	m, err := w.Message()
	if err != nil {
		panic(err)
	}
	return m
}

// open connects and exchanges capabilities.
func open(t testing.TB, addr, host string) *raw {
	t.Helper()
	c := connect(t, addr)
	if a := c.ask(hello(host, "localdomain", packet.ApplicationGy, packet.ApplicationGx)); a == nil || ResultOf(a) != packet.ResultSuccess {
		t.Fatalf("capabilities exchange: %x", a)
	}
	return c
}

func mustPrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
