package diameter

import (
	"bytes"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// A peer that connects again has lost its first connection.
func TestNewerConnectionReplacesTheOlder(t *testing.T) {
	s, addr := start(t, &core{}, Open5GS())
	first := open(t, addr, "smf.localdomain")
	second := open(t, addr, "SMF.localdomain")
	if m := first.read(); m != nil {
		t.Errorf("the first gets %x", m)
	}
	answered := make(chan uint32, 1)
	err := s.AbortPolicy(Target{Peer: "smf.localdomain", OriginHost: "smf.localdomain", OriginRealm: "localdomain", SessionID: "a;b"},
		func(result uint32, _ error) { answered <- result })
	if err != nil {
		t.Fatal(err)
	}
	m := second.read()
	if m == nil || m.Command() != packet.AbortSession || m.Application() != packet.ApplicationGx || m.EndToEnd() == 0 {
		t.Fatalf("the second gets %x", m)
	}
	want := group(t, func(w *packet.Writer) {
		w.Text(packet.SessionID, "a;b")
		w.Text(packet.OriginHost, "ocs.example")
		w.Text(packet.OriginRealm, "example")
		w.Text(packet.DestinationRealm, "localdomain")
		w.Text(packet.DestinationHost, "smf.localdomain")
		w.Unsigned32(packet.AuthApplicationID, packet.ApplicationGx)
	})
	if !bytes.Equal(m.AVPs(), want) {
		t.Errorf("Abort-Session-Request %x, want %x", m.AVPs(), want)
	}
	a := header(0x40, packet.AbortSession, packet.ApplicationGx)
	a = append(a, group(t, func(w *packet.Writer) {
		at := w.Open(packet.ExperimentalResult)
		w.Unsigned32(packet.VendorID, packet.Vendor3GPP)
		w.Unsigned32(packet.ExperimentalResultCode, 5141)
		w.Close(at)
	})...)
	a[3] = byte(len(a))
	a.SetHopByHop(m.HopByHop())
	second.write(a)
	if got := <-answered; got != 5141 {
		t.Errorf("answered %d", got)
	}
}

func TestCrowd(t *testing.T) {
	s := newServer(&core{credit: grant, policy: permit}, Open5GS())
	s.Connections = 1
	addr, _ := run(t, s)
	first := open(t, addr, "smf.localdomain")
	if m := connect(t, addr).read(); m != nil {
		t.Errorf("the second gets %x", m)
	}
	if a := first.ask(golden(t, "open5gs-ccr-i")); ResultOf(a) != 2001 {
		t.Errorf("the first gets %x", a)
	}
}

// Who opens connections and says nothing, or half of a message, keeps nobody out.
func TestSilentCrowd(t *testing.T) {
	s := newServer(&core{credit: grant, policy: permit}, Open5GS())
	s.Connections = 3
	addr, _ := run(t, s)
	first := open(t, addr, "smf.localdomain")
	for i := range 20 {
		c := connect(t, addr)
		if i%2 == 0 {
			c.write(hello("smf.localdomain", "localdomain", packet.ApplicationGy)[:10])
		}
	}
	second := open(t, addr, "pgw.localdomain")
	for _, c := range []*raw{first, second} {
		if a := c.ask(golden(t, "open5gs-ccr-i")); a == nil || ResultOf(a) != 2001 {
			t.Errorf("answered %x", a)
		}
	}
}

// Half a message, then another peer: one does not hold up the other, and a broken attribute breaks no connection.
func TestBrokenAttribute(t *testing.T) {
	_, addr := start(t, &core{}, Open5GS())
	slow := open(t, addr, "slow.localdomain")
	slow.write(golden(t, "open5gs-ccr-i")[:100])
	peer := open(t, addr, "smf.localdomain")
	m := bytes.Clone(golden(t, "open5gs-ccr-i"))
	m[packet.HeaderLength+6] = 0xff // the Session-Id ends behind the message
	a := peer.ask(m)
	if ResultOf(a) != packet.ResultInvalidAVPLength {
		t.Errorf("answer %x", a)
	}
	if a := peer.ask(golden(t, "open5gs-ccr-i")); ResultOf(a) != 2001 {
		t.Errorf("next answer %x", a)
	}
}

// Proxy-Infos come back with refusals as well.
func TestProxyInfoOfARefusal(t *testing.T) {
	_, addr := start(t, &core{}, TGPP())
	m := edit(t, golden(t, "3gpp-ccr-i"), with(packet.CCRequestNumber, nil))
	a := open(t, addr, "dra.epc.example").ask(m)
	sent, _ := m.Find(packet.ProxyInfo)
	back, ok := a.Find(packet.ProxyInfo)
	if ResultOf(a) != 5005 || !ok || !bytes.Equal(sent.Raw(), back.Raw()) {
		t.Errorf("answer %x", a)
	}
}

func TestConfiguration(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Server)
		want   string
	}{
		{"no name", func(s *Server) { s.OriginHost = "" }, "Origin-Host"},
		{"nothing to serve", func(s *Server) { s.Charging, s.Policy = nil, nil }, "no application"},
		{"peer without name", func(s *Server) { s.Peers = []Peer{{Source: loopback, Dialect: TGPP()}} }, "no Origin-Host"},
		{"anybody from anywhere", func(s *Server) { s.Peers = []Peer{{OriginHost: Any, Dialect: TGPP()}} }, "no source network"},
		{"no dialect", func(s *Server) { s.Peers = []Peer{{OriginHost: "a", Source: loopback}} }, "no dialect"},
		{"address", func(s *Server) { s.Addrs = []string{"256.0.0.1:1"} }, "listen"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(&core{}, Open5GS())
			test.change(s)
			if err := s.Listen(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Listen = %v, want %q", err, test.want)
			}
		})
	}
	for _, d := range []Dialect{Open5GS(), TGPP()} {
		if got, ok := DialectNamed(d.Name); !ok || got != d {
			t.Errorf("dialect %q is %+v", d.Name, got)
		}
	}
	if d, ok := DialectNamed("else"); ok {
		t.Errorf("dialect else is %+v", d)
	}
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	s := newServer(&core{credit: grant, policy: permit}, Open5GS())
	s.Metrics = registry
	addr, _ := run(t, s)
	peer := open(t, addr, "smf.localdomain")
	peer.ask(golden(t, "open5gs-ccr-i"))
	peer.ask(golden(t, "gx-ccr-i"))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			sums[f.GetName()] += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"simstead_diameter_requests_total": 2, "simstead_diameter_answers_total": 2, "simstead_diameter_connections": 1,
		"simstead_diameter_crowded_total": 0, "simstead_diameter_messages_total": 6, // CER and two requests, each received and answered
	} {
		if sums[name] != want {
			t.Errorf("%s is %v, want %v", name, sums[name], want)
		}
	}
}
