package radius

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"
	"layeh.com/radius/rfc3576"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
	"github.com/simstead/simstead/internal/wire/radius/qos"
)

// nasSocket is a gateway that answers requests as the test says, each with what reply makes of it.
type nasSocket struct {
	conn     *net.UDPConn
	requests chan packet.Packet
}

func listenAsNAS(t *testing.T, reply func(n int, p packet.Packet) [][]byte) *nasSocket {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	s := &nasSocket{conn: conn, requests: make(chan packet.Packet, 10_000)}
	var serving sync.WaitGroup
	serving.Go(func() {
		buffer := make([]byte, packet.MaxLength)
		for n := 0; ; n++ {
			length, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			p := packet.Packet(bytes.Clone(buffer[:length]))
			s.requests <- p
			for _, b := range reply(n, p) {
				_, _ = conn.WriteToUDPAddrPort(b, from)
			}
		}
	})
	t.Cleanup(func() { _ = conn.Close(); serving.Wait() })
	return s
}

func (s *nasSocket) port() uint16 { return s.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

// request waits for the next request.
func (s *nasSocket) request(t *testing.T) packet.Packet {
	t.Helper()
	select {
	case p := <-s.requests:
		return p
	case <-time.After(5 * time.Second):
		t.Fatal("no request")
		return nil
	}
}

// answer seals an answer to a request: its code is the request's and step.
func answer(request packet.Packet, step radius.Code, with string, more attributes) []byte {
	b := append(packet.AppendMessageAuthenticator(packet.New(request.Code()+step, request.Identifier(), 0)), more...)
	if err := packet.Seal(b, request.Authenticator(), []byte(with)); err != nil {
		panic(err)
	}
	return b
}

const (
	ack = radius.Code(1)
	nak = radius.Code(2)
)

func caused(cause rfc3576.ErrorCause) attributes {
	return attributes(nil).number(rfc3576.ErrorCause_Type, uint32(cause))
}

// controlRig is a running Control whose gateway is 127.0.0.1.
type controlRig struct {
	*Control
	stop func() error
}

func startControl(t testing.TB, port uint16, change ...func(*NAS)) *controlRig {
	t.Helper()
	c := newControl(t, port, change...)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	stop := sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	return &controlRig{c, stop}
}

func newControl(t testing.TB, port uint16, change ...func(*NAS)) *Control {
	t.Helper()
	mikrotik, _ := qos.Named("mikrotik")
	nas := NAS{
		Prefix: netip.MustParsePrefix("127.0.0.0/8"), Secret: secret, Name: "loopback", QoS: mikrotik,
		Dynamic: Dynamic{Abilities: usage.CanEnd | usage.CanChangeRate | usage.CanReauthorise, Port: port, Timeout: 20 * time.Millisecond},
	}
	for _, f := range change {
		f(&nas)
	}
	c := &Control{
		Addr: "127.0.0.1:0", NAS: []NAS{nas}, Metrics: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
		Clock: testClock(),
	}
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	return c
}

// count reads a counter of Control by the values of its labels.
func (c *Control) count(t testing.TB, name string, labels ...string) int {
	t.Helper()
	return gathered(t, c.Metrics.(*prometheus.Registry), "simstead_radius_control_"+name, labels...)
}

func gathered(t testing.TB, registry *prometheus.Registry, name string, labels ...string) int {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			var values []string
			for _, label := range metric.GetLabel() {
				values = append(values, label.GetValue())
			}
			if family.GetName() == name && slices.Equal(values, labels) {
				return int(metric.GetCounter().GetValue() + metric.GetGauge().GetValue())
			}
		}
	}
	t.Fatalf("no %s %v", name, labels)
	return 0
}

var target = usage.Target{
	NAS: "pgw1", SessionID: "0a00000200000001", Peer: "127.0.0.1", ChargingID: 0xfffefdfc, IMSI: "262011234567890",
	UEAddress: "10.199.6.39",
}

// told waits for the end of an order.
func told(t *testing.T, ask func(done func(error)) error) error {
	t.Helper()
	end := make(chan error, 2)
	if err := ask(func(err error) { end <- err }); err != nil {
		t.Fatalf("refused: %v", err)
	}
	select {
	case err := <-end:
		return err
	case <-time.After(5 * time.Second):
		t.Fatal("nothing is told")
		return nil
	}
}

func TestControlAsksAndIsAnswered(t *testing.T) {
	end := func(c *Control) func(func(error)) error {
		return func(done func(error)) error { return c.End(target, "quota used up", done) }
	}
	rate := func(c *Control) func(func(error)) error {
		return func(done func(error)) error { return c.SetRate(target, usage.Rate{Up: 64000}, done) }
	}
	tests := []struct {
		name    string
		ask     func(c *Control) func(func(error)) error
		step    radius.Code
		more    attributes
		outcome string
		check   func(error) bool
	}{
		{"disconnected", end, ack, nil, "ack", func(err error) bool { return err == nil }},
		{"disconnected, the rest was removed", end, ack, caused(rfc3576.ErrorCause_Value_ResidualContextRemoved), "ack", func(err error) bool { return err == nil }},
		{"gone before", end, nak, caused(rfc3576.ErrorCause_Value_SessionContextNotFound), "gone", func(err error) bool { return err == nil }},
		{"not removable", end, nak, caused(rfc3576.ErrorCause_Value_SessionContextNotRemovable), "nak", func(err error) bool { return err == error(NAK{504}) }},
		{"rate set", rate, ack, nil, "ack", func(err error) bool { return err == nil }},
		{"session unknown", rate, nak, caused(rfc3576.ErrorCause_Value_SessionContextNotFound), "gone", func(err error) bool { return errors.Is(err, usage.ErrGone) }},
		{"prohibited", rate, nak, caused(rfc3576.ErrorCause_Value_AdministrativelyProhibited), "nak", func(err error) bool {
			return err == error(NAK{501}) && !errors.Is(err, usage.ErrGone) && err.Error() == "the gateway refuses: Administratively-Prohibited (501)"
		}},
		{"no cause", rate, nak, nil, "nak", func(err error) bool {
			return err == error(NAK{}) && err.Error() == "the gateway refuses without a cause"
		}},
		{"cause of a wrong length", rate, nak, attributes(nil).text(rfc3576.ErrorCause_Type, "503"), "nak", func(err error) bool { return err == error(NAK{}) }},
		{"proxied", rate, ack, attributes(nil).text(rfc2865.ProxyState_Type, "x"), "ack", func(err error) bool { return err == nil }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			nas := listenAsNAS(t, func(_ int, p packet.Packet) [][]byte { return [][]byte{answer(p, test.step, secret, test.more)} })
			c := startControl(t, nas.port())
			if err := told(t, test.ask(c.Control)); !test.check(err) {
				t.Errorf("end: %v", err)
			}
			request := "coa"
			if nas.request(t).Code() == radius.CodeDisconnectRequest {
				request = "disconnect"
			}
			if n := c.count(t, "requests_total", test.outcome, request); n != 1 {
				t.Errorf("counted %d of %s %s", n, request, test.outcome)
			}
			if sent, waiting := c.count(t, "sent_total", request), c.count(t, "waiting"); sent != 1 || waiting != 0 {
				t.Errorf("sent %d, waiting %d", sent, waiting)
			}
		})
	}
}

// An answer without a signature is as good: RFC 5176 section 3.4 leaves it to the gateway.
func TestUnsignedAnswer(t *testing.T) {
	nas := listenAsNAS(t, func(_ int, p packet.Packet) [][]byte {
		b := packet.New(p.Code()+ack, p.Identifier(), 0)
		if err := packet.Seal(b, p.Authenticator(), []byte("its own")); err != nil {
			panic(err)
		}
		return [][]byte{b}
	})
	c := startControl(t, nas.port(), func(n *NAS) { n.Dynamic.Secret = "its own" })
	if err := told(t, func(done func(error)) error { return c.End(target, "", done) }); err != nil {
		t.Errorf("end: %v", err)
	}
	if p := nas.request(t); !radius.IsAuthenticRequest(p, []byte("its own")) {
		t.Errorf("request % x is not of the secret for this", p)
	}
}

func TestRepeatsAreTheSameBytes(t *testing.T) {
	nas := listenAsNAS(t, func(n int, p packet.Packet) [][]byte {
		if n < 2 {
			return nil
		}
		return [][]byte{answer(p, ack, secret, nil), answer(p, ack, secret, nil)}
	})
	c := startControl(t, nas.port())
	if err := told(t, func(done func(error)) error { return c.Reauthorise(target, 60, done) }); err != nil {
		t.Errorf("end: %v", err)
	}
	first := nas.request(t)
	for range 2 {
		if diff := cmp.Diff(first, nas.request(t)); diff != "" {
			t.Errorf("a repeat differs (-first +repeat):\n%s", diff)
		}
	}
	if sent := c.count(t, "sent_total", "coa"); sent != 3 {
		t.Errorf("sent %d, want 3", sent)
	}
	for deadline := time.Now().Add(5 * time.Second); c.count(t, "dropped_total", "unmatched") != 1; {
		if time.Now().After(deadline) {
			t.Fatal("the second answer is not counted")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestSilentGateway(t *testing.T) {
	nas := listenAsNAS(t, func(int, packet.Packet) [][]byte { return nil })
	c := startControl(t, nas.port(), func(n *NAS) { n.Dynamic.Timeout, n.Dynamic.Tries = time.Millisecond, 3 })
	if err := told(t, func(done func(error)) error { return c.End(target, "", done) }); !errors.Is(err, usage.ErrSilent) {
		t.Errorf("end: %v", err)
	}
	if sent, silent := c.count(t, "sent_total", "disconnect"), c.count(t, "requests_total", "silent", "disconnect"); sent != 3 || silent != 1 {
		t.Errorf("sent %d, silent %d", sent, silent)
	}
}

func TestGatewayThatCannotBeReached(t *testing.T) {
	c := startControl(t, 3799, func(n *NAS) {
		n.Prefix, n.Dynamic.Timeout, n.Dynamic.Tries = netip.MustParsePrefix("2001:db8::/32"), time.Millisecond, 2
	})
	one := target
	one.Peer = "2001:db8::1"
	err := told(t, func(done func(error)) error { return c.End(one, "", done) })
	if operation := new(net.OpError); !errors.Is(err, usage.ErrSilent) || !errors.As(err, &operation) {
		t.Errorf("end: %v", err)
	}
}

// What is not the gateway's answer to this very request changes nothing: the right one is still taken.
func TestForgedAnswers(t *testing.T) {
	wrongDigest := func(p packet.Packet) []byte {
		b := append(packet.New(p.Code()+ack, p.Identifier(), 0), attributes(nil).text(rfc2869.MessageAuthenticator_Type, "0123456789abcde")...)
		_ = packet.Seal(b, p.Authenticator(), []byte(secret))
		return b
	}
	tests := []struct {
		name  string
		forge func(p packet.Packet) []byte
		why   reason
	}{
		{"another secret", func(p packet.Packet) []byte { return answer(p, ack, "wrong", nil) }, wrongAuthenticator},
		{"wrong Message-Authenticator", wrongDigest, wrongSignature},
		{"answer to another request", func(p packet.Packet) []byte {
			q := packet.Packet(bytes.Clone(p))
			q[4] ^= 1
			return answer(q, ack, secret, nil)
		}, wrongAuthenticator},
		{"another identifier", func(p packet.Packet) []byte {
			q := packet.Packet(bytes.Clone(p))
			q[1]++
			return answer(q, ack, secret, nil)
		}, unmatched},
		{"of the other request's kind", func(p packet.Packet) []byte { return answer(p, ack+3, secret, nil) }, unservedCode},
		{"the request itself", func(p packet.Packet) []byte { return p }, unservedCode},
		{"garbage", func(packet.Packet) []byte { return []byte("garbage") }, malformed},
		{"empty", func(packet.Packet) []byte { return nil }, malformed},
		{"attribute beyond the end", func(p packet.Packet) []byte { return append(answer(p, ack, secret, nil)[:20], 80, 18) }, malformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			nas := listenAsNAS(t, func(_ int, p packet.Packet) [][]byte {
				return [][]byte{test.forge(p), answer(p, nak, secret, caused(501))}
			})
			c := startControl(t, nas.port())
			if err := told(t, func(done func(error)) error { return c.End(target, "", done) }); err != error(NAK{501}) {
				t.Errorf("end: %v", err)
			}
			if n := c.count(t, "dropped_total", test.why.String()); n != 1 {
				t.Errorf("dropped as %v: %d, want 1", test.why, n)
			}
		})
	}
}

func TestAnswerFromElsewhere(t *testing.T) {
	other, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	own := make(chan netip.AddrPort, 1) // of Control
	nas := listenAsNAS(t, func(n int, p packet.Packet) [][]byte {
		if n == 0 {
			_, _ = other.WriteToUDPAddrPort(answer(p, ack, secret, nil), <-own)
			return nil
		}
		return [][]byte{answer(p, nak, secret, caused(501))}
	})
	c := startControl(t, nas.port())
	own <- c.conn.LocalAddr().(*net.UDPAddr).AddrPort()
	if err := told(t, func(done func(error)) error { return c.End(target, "", done) }); err != error(NAK{501}) {
		t.Errorf("end: %v", err)
	}
	if n := c.count(t, "dropped_total", unknownNAS.String()); n != 1 {
		t.Errorf("dropped %d, want 1", n)
	}
}

func TestControlRefuses(t *testing.T) {
	c := startControl(t, 1, func(n *NAS) { n.Dynamic.Abilities = usage.CanEnd | usage.CanReauthorise })
	with := func(change func(*usage.Target)) usage.Target {
		other := target
		change(&other)
		return other
	}
	never := func(error) { t.Error("done was told") }
	for name, err := range map[string]error{
		"no peer":        c.End(with(func(t *usage.Target) { t.Peer = "" }), "", never),
		"unknown peer":   c.End(with(func(t *usage.Target) { t.Peer = "192.0.2.1" }), "", never),
		"Diameter peer":  c.End(with(func(t *usage.Target) { t.Peer = "smf.example" }), "", never),
		"not able":       c.SetRate(target, usage.Rate{Up: 1}, never),
		"no interval":    c.Reauthorise(target, 0, never),
		"digest of name": c.End(with(func(t *usage.Target) { t.SessionID = identifier(bytes.Repeat([]byte("x"), 65)) }), "", never),
	} {
		if !errors.Is(err, usage.ErrCannot) {
			t.Errorf("%s: %v, want %v", name, err, usage.ErrCannot)
		}
	}
	fixed, err := qos.Parse(qos.Spec{Type: 11, Text: "slow"})
	if err != nil {
		t.Fatal(err)
	}
	c = startControl(t, 1, func(n *NAS) { n.QoS = []qos.Template{fixed} })
	if err := c.SetRate(target, usage.Rate{}, never); !errors.Is(err, usage.ErrCannot) {
		t.Errorf("a limit that cannot be lifted: %v", err)
	}
	long, err := qos.Parse(qos.Spec{Type: 11, Text: string(bytes.Repeat([]byte("x"), 253))})
	if err != nil {
		t.Fatal(err)
	}
	c = startControl(t, 1, func(n *NAS) { n.QoS = slices.Repeat([]qos.Template{long}, 16) })
	if err := c.SetRate(target, usage.Rate{Up: 1}, never); !errors.Is(err, packet.ErrTooLong) {
		t.Errorf("more than a packet holds: %v", err)
	}
}

func testClock() clock.Clock { return clock.NewFake(clock.FromMicros(received)).Clock() }
