package radius

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/client"
	"github.com/simstead/simstead/internal/wire/radius/packet"
	"github.com/simstead/simstead/internal/wire/radius/qos"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "testing123"

// flow answers as it is told and notes what it was asked.
type flow struct {
	decision usage.Decision
	admit    func(context.Context) // called by Admit, may be nil
	full     bool                  // Submit has no room
	err      error                 // of storing
	hold     chan struct{}         // done waits for it, unless nil

	mu       sync.Mutex
	accesses []usage.Access
	reports  []usage.Report
	restarts []restart
}

type restart struct {
	NAS string
	At  int64
}

func (f *flow) Admit(ctx context.Context, a usage.Access) usage.Decision {
	f.mu.Lock()
	f.accesses = append(f.accesses, a)
	f.mu.Unlock()
	if f.admit != nil {
		f.admit(ctx)
	}
	return f.decision
}

func (f *flow) Submit(r usage.Report, done func(error)) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reports = append(f.reports, r)
	if f.full {
		return false
	}
	err := f.err
	go func() {
		if f.hold != nil {
			<-f.hold
		}
		done(err)
	}()
	return true
}

func (f *flow) Restarted(_ context.Context, nas string, at int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restarts = append(f.restarts, restart{nas, at})
	return f.err
}

func (f *flow) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *flow) asked() []usage.Access {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.accesses
}

func (f *flow) restarted() []restart {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.restarts
}

func (f *flow) reported() []usage.Report {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reports
}

// rig is a running server with what a test needs to look at it.
type rig struct {
	*Server
	flow       *flow
	time       *clock.Fake
	auth, acct netip.AddrPort
	stop       func() error // waits until Serve has returned
}

func start(t *testing.T, f *flow, change ...func(*Server)) *rig {
	t.Helper()
	g := startServer(t, f, change...)
	g.flow = f
	return g
}

func startServer(t testing.TB, f Flow, change ...func(*Server)) *rig {
	t.Helper()
	fake := clock.NewFake(clock.FromMicros(received))
	s := &Server{
		AuthAddr: "127.0.0.1:0", AcctAddr: "127.0.0.1:0", ClassKey: classKey, Flow: f, Clock: fake.Clock(),
		NAS: []NAS{{Prefix: netip.MustParsePrefix("127.0.0.0/8"), Secret: secret, Name: "loopback"}},
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
	}
	for _, c := range change {
		c(s)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	stop := sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	auth, acct := s.Addrs()
	return &rig{s, nil, fake, auth, acct, stop}
}

// count reads a drop counter.
func (g *rig) count(why reason) int { return g.counter("dropped_total", why.String()) }

// counter reads what the registry would show, by name and value of the label, if it has one.
func (g *rig) counter(name, label string) int {
	families, err := g.Metrics.(*prometheus.Registry).Gather()
	if err != nil {
		panic(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := metric.GetLabel()
			if family.GetName() == "simstead_radius_"+name && (len(labels) == 0 || labels[0].GetValue() == label) {
				return int(metric.GetCounter().GetValue())
			}
		}
	}
	panic("no counter " + name + " " + label)
}

// await waits until a counter that another goroutine moves has its value.
func (g *rig) await(t *testing.T, why reason, want int) {
	t.Helper()
	for deadline := time.After(5 * time.Second); g.count(why) != want; {
		select {
		case <-deadline:
			t.Fatalf("dropped as %v: %d, want %d", why, g.count(why), want)
		case <-time.After(time.Millisecond):
		}
	}
}

// peer is a bare socket, to send what no client would.
type peer struct {
	t    *testing.T
	conn net.Conn
}

func dial(t *testing.T, to netip.AddrPort) *peer {
	t.Helper()
	conn, err := net.Dial("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &peer{t, conn}
}

func (p *peer) send(b []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) receive() packet.Packet {
	p.t.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	b := make([]byte, 65536)
	n, err := p.conn.Read(b)
	if err != nil {
		p.t.Fatal(err)
	}
	got, err := packet.Parse(b[:n])
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

// accounting seals an Accounting-Request.
func (a attributes) accounting(id byte) packet.Packet {
	p := a.packet(radius.CodeAccountingRequest)
	p[1] = id
	if err := packet.Seal(p, [16]byte{}, []byte(secret)); err != nil {
		panic(err)
	}
	return p
}

// signed seals a request with a Message-Authenticator.
func (a attributes) signed(code radius.Code, id byte, with string) packet.Packet {
	b := append(packet.AppendMessageAuthenticator(packet.New(code, id, 0)), a...)
	if err := packet.Seal(b, [16]byte{1, 2, 3, id}, []byte(with)); err != nil {
		panic(err)
	}
	return b
}

func TestAccess(t *testing.T) {
	f := &flow{decision: usage.Decision{
		Accept: true, Address: netip.MustParseAddr("10.199.6.39"), Interim: 300,
		DNS: []netip.Addr{
			netip.MustParseAddr("9.9.9.9"), netip.MustParseAddr("2620:fe::fe"), netip.MustParseAddr("1.1.1.1"),
			netip.MustParseAddr("8.8.8.8"),
		},
		Class: usage.Class{Organisation: 42, IMSI: "262011234567890"},
	}}
	g := start(t, f)
	c, err := client.Dial(g.auth.String(), []byte(secret), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got, err := c.Exchange(t.Context(), client.Access(client.Session{
		IMSI: "262011234567890", IMEISV: "3512345678901234", MSISDN: "491701234567", APN: "iot", PLMN: "26201", RAT: 6, NAS: "pgw1",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := client.Answer{
		Code: radius.CodeAccessAccept, Address: f.decision.Address, Interim: 300, Class: sealClass(f.decision.Class, classKey),
		DNS: []netip.Addr{f.decision.DNS[0], f.decision.DNS[2], f.decision.DNS[1]}, Raw: got.Raw,
	}
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if got.Raw[20] != 80 || got.Raw[21] != 18 {
		t.Errorf("Message-Authenticator is not the first attribute: % x", got.Raw[20:])
	}
	asked := []usage.Access{{
		NAS: "pgw1", IMSI: "262011234567890", IMEISV: "3512345678901234", MSISDN: "491701234567", APN: "iot", PLMN: "26201",
		RAT: 6, Peer: "127.0.0.1", Received: received,
	}}
	if diff := cmp.Diff(asked, f.asked()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestRejectSaysWhy(t *testing.T) {
	g := start(t, &flow{decision: usage.Decision{Reason: "SIM is suspended"}})
	c, err := client.Dial(g.auth.String(), []byte(secret), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got, err := c.Exchange(t.Context(), client.Access(client.Session{IMSI: "262011234567890"}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Code != radius.CodeAccessReject || got.Reason != "SIM is suspended" || got.Raw[20] != 80 {
		t.Errorf("answer %+v", got)
	}
}

func TestAcceptIsOneGoldenPacket(t *testing.T) {
	x := &exchange{identifier: 7, secret: []byte(secret), proxyStates: []byte{33, 3, 'p', 33, 2}}
	b, err := x.seal(appendAccept(x.open(radius.CodeAccessAccept), usage.Decision{
		Accept: true, Address: netip.MustParseAddr("10.1.2.3"), Interim: 300,
		DNS: []netip.Addr{netip.MustParseAddr("9.9.9.9"), netip.MustParseAddr("2620:fe::fe")},
	}, &gateway{NAS: NAS{FramedPool: "not used"}}, classKey))
	if err != nil {
		t.Fatal(err)
	}
	want := "02070067" + "AUTHENTICATOR" + "5012" + "MESSAGEAUTHENTICATOR" +
		"060600000002" + "070600000007" + "08060a010203" + "55060000012c" + "1a0c000001371c0609090909" +
		"1a18000028af1112262000fe0000000000000000000000fe" + "210370" + "2102"
	got := hexdump(b[:4]) + "AUTHENTICATOR" + hexdump(b[20:22]) + "MESSAGEAUTHENTICATOR" + hexdump(b[38:])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packet (-want +got):\n%s", diff)
	}
	if _, err := radius.Parse(b, []byte(secret)); err != nil {
		t.Errorf("layeh: %v", err)
	}
}

// What the gateway's configuration adds: a pool where we give no address, a limit where there is one.
func TestAcceptAsTheGatewayIsConfigured(t *testing.T) {
	mikrotik, _ := qos.Named("mikrotik")
	configured := NAS{FramedPool: "iot-pool", QoS: mikrotik}
	pool, rate := "580a"+hexdump([]byte("iot-pool")), "1a1400003a8c080e"+hexdump([]byte("64000/128000"))
	tests := []struct {
		name     string
		nas      NAS
		decision usage.Decision
		want     string
	}{
		{"address and limit", configured, usage.Decision{Address: netip.MustParseAddr("10.1.2.3"), Rate: usage.Rate{Up: 64000, Down: 128000}}, "08060a010203" + rate},
		{"no address", configured, usage.Decision{Rate: usage.Rate{Up: 64000, Down: 128000}}, pool + rate},
		{"no limit", configured, usage.Decision{}, pool},
		{"no configuration", NAS{}, usage.Decision{Rate: usage.Rate{Up: 64000, Down: 128000}}, ""},
	}
	for _, test := range tests {
		got := hexdump(appendAccept(nil, test.decision, &gateway{NAS: test.nas}, classKey))
		if want := "060600000002" + "070600000007" + test.want; got != want {
			t.Errorf("%s: %s, want %s", test.name, got, want)
		}
	}
}

func TestReportsTellWhatTheGatewayCanBeTold(t *testing.T) {
	g := start(t, &flow{}, func(s *Server) { s.NAS[0].Dynamic.Abilities = usage.CanEnd | usage.CanReauthorise })
	p := dial(t, g.acct)
	p.send(interim().accounting(5))
	p.receive()
	if got := g.flow.reported()[0]; got.Abilities != usage.CanEnd|usage.CanReauthorise || got.Peer != "127.0.0.1" || got.Protocol != usage.RADIUS {
		t.Errorf("report %+v", got)
	}
}

func TestAccountingIsAnsweredOnceStored(t *testing.T) {
	f := &flow{hold: make(chan struct{})}
	g := start(t, f)
	p := dial(t, g.acct)
	request := interim().text(rfc2865.ProxyState_Type, "one").number(rfc2866.AcctInputOctets_Type, 9).
		text(rfc2865.ProxyState_Type, "two").accounting(5)
	p.send(request)
	p.send(request)
	g.await(t, inFlight, 1) // the repeat while the first is in flight
	f.hold <- struct{}{}
	first := p.receive()
	if !radius.IsAuthenticResponse(first, request, []byte(secret)) || first.Code() != radius.CodeAccountingResponse {
		t.Errorf("answer %x is not authentic", first)
	}
	if diff := cmp.Diff([]byte("\x21\x05one\x21\x05two"), first.Attributes()); diff != "" {
		t.Errorf("Proxy-States (-want +got):\n%s", diff)
	}
	p.send(request)
	if diff := cmp.Diff(first, p.receive()); diff != "" {
		t.Errorf("repeat is answered otherwise (-first +second):\n%s", diff)
	}
	if n := len(f.reported()); n != 1 {
		t.Errorf("%d reports, want 1", n)
	}
	if got := g.counter("repeated_total", ""); got != 1 {
		t.Errorf("repeated %d, want 1", got)
	}
}

func TestRepeatIsWorkedOnAfresh(t *testing.T) {
	request := interim().accounting(5)
	tests := []struct {
		name   string
		flow   *flow
		before func(*rig)
		why    reason
	}{
		{"after the queue was full", &flow{full: true}, func(g *rig) { g.flow.set(func() { g.flow.full = false }) }, queueFull},
		{"after it could not be stored", &flow{err: errors.New("disk full")}, func(g *rig) { g.flow.set(func() { g.flow.err = nil }) }, notStored},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := start(t, test.flow)
			p := dial(t, g.acct)
			p.send(request)
			g.await(t, test.why, 1)
			test.before(g)
			p.send(request)
			p.receive()
			if n := len(test.flow.reported()); n != 2 {
				t.Errorf("%d reports, want 2", n)
			}
		})
	}
	t.Run("after a restart could not be stored", func(t *testing.T) {
		f := &flow{err: errors.New("disk full")}
		g := start(t, f)
		p := dial(t, g.acct)
		on := attributes(nil).number(rfc2866.AcctStatusType_Type, 7).accounting(5)
		p.send(on)
		g.await(t, notStored, 1)
		f.set(func() { f.err = nil })
		p.send(on)
		p.receive()
		if n := len(f.restarted()); n != 2 {
			t.Errorf("%d restarts, want 2", n)
		}
	})
	t.Run("after its answer is forgotten", func(t *testing.T) {
		g := start(t, &flow{})
		p := dial(t, g.acct)
		for range 2 {
			p.send(request)
			p.receive()
			g.time.Advance(time.Minute)
		}
		if n := len(g.flow.reported()); n != 2 {
			t.Errorf("%d reports, want 2", n)
		}
	})
}

func TestStatusTypes(t *testing.T) {
	g := start(t, &flow{})
	p := dial(t, g.acct)
	send := func(id byte, status uint32, more attributes) {
		a := attributes(nil).number(rfc2866.AcctStatusType_Type, status).text(rfc2865.NASIdentifier_Type, "ggsn1")
		p.send(append(a, more...).accounting(id))
		if got := p.receive(); got.Identifier() != id || got.Code() != radius.CodeAccountingResponse {
			t.Errorf("status type %d: answer %x", status, got)
		}
	}
	session := attributes(nil).text(rfc2866.AcctSessionID_Type, "s1")
	delay := attributes(nil).number(rfc2866.AcctDelayTime_Type, 3)
	send(1, 7, delay)
	send(2, 1, session)
	send(3, 3, session)
	send(4, 2, session)
	send(5, 8, nil)
	send(6, 15, nil)
	want := []restart{{"ggsn1", received - 3_000_000}, {"ggsn1", received}}
	if diff := cmp.Diff(want, g.flow.restarted()); diff != "" {
		t.Errorf("restarts (-want +got):\n%s", diff)
	}
	kinds := []usage.Kind{}
	for _, r := range g.flow.reported() {
		kinds = append(kinds, r.Kind)
	}
	if diff := cmp.Diff([]usage.Kind{usage.Start, usage.Interim, usage.Stop}, kinds); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	if got := g.counter("unhandled_status_types_total", ""); got != 1 {
		t.Errorf("unhandled %v, want 1", got)
	}
}

func TestStatusServer(t *testing.T) {
	g := start(t, &flow{})
	for to, want := range map[netip.AddrPort]radius.Code{
		g.auth: radius.CodeAccessAccept, g.acct: radius.CodeAccountingResponse,
	} {
		p := dial(t, to)
		request := attributes(nil).signed(radius.CodeStatusServer, 3, secret)
		p.send(request)
		got := p.receive()
		if got.Code() != want || !radius.IsAuthenticResponse(got, request, []byte(secret)) {
			t.Errorf("answer %x, want code %v", got, want)
		}
	}
}
