package diameter

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

func decided(a CreditAnswer) func(CreditRequest, func(CreditAnswer)) bool {
	return func(_ CreditRequest, answer func(CreditAnswer)) bool { answer(a); return true }
}

func TestAnswersAreGolden(t *testing.T) {
	bearer := BearerQoS{QCI: 9, Priority: 8, Preemptible: true}
	tests := []struct {
		ask, want string
		dialect   Dialect
		credit    CreditAnswer
		policy    PolicyAnswer
	}{
		{ask: "open5gs-ccr-i", want: "open5gs-cca-i", dialect: Open5GS(), credit: CreditAnswer{Result: 2001, Services: []Grant{
			{RatingGroup: Absent, ServiceID: Absent, Result: 2001, Granted: volume(100_000), Validity: 600, Threshold: 20_000, HoldingTime: Absent},
		}}},
		{ask: "open5gs-ccr-u", want: "open5gs-cca-u-final", dialect: Open5GS(), credit: CreditAnswer{Result: 2001, Services: []Grant{
			{RatingGroup: Absent, ServiceID: Absent, Result: 2001, Granted: volume(50_000), Validity: 600, Threshold: 20_000, Final: FinalTerminate, HoldingTime: Absent},
		}}},
		{ask: "open5gs-ccr-t", want: "open5gs-cca-t", dialect: Open5GS(), credit: CreditAnswer{Result: 2001}},
		{ask: "3gpp-ccr-i", want: "3gpp-cca-i", dialect: TGPP(), credit: CreditAnswer{Result: 2001, Services: []Grant{
			{RatingGroup: 10, ServiceID: Absent, Result: 2001, Granted: volume(50_000), Validity: 3600, Threshold: 10_000, Final: FinalTerminate},
			{RatingGroup: 20, ServiceID: 7, Result: 4012, Granted: NoUnits(), HoldingTime: Absent},
		}}},
		{ask: "gx-ccr-i", want: "gx-cca-i", dialect: Open5GS(), policy: PolicyAnswer{Result: 2001, Triggers: []int64{2}, Changes: Changes{
			Bitrate: Bitrate{256_000, 512_000}, Bearer: bearer,
			Install: []Rule{{Name: "all", Definition: &Definition{
				RatingGroup: 1, ServiceID: Absent, Flows: []string{"permit out ip from any to assigned"}, QoS: bearer, Precedence: 255, Online: true,
			}}, {Name: "default"}},
		}}},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			c := &core{credit: decided(test.credit), policy: func(_ PolicyRequest, answer func(PolicyAnswer)) bool { answer(test.policy); return true }}
			_, addr := start(t, c, test.dialect)
			peer := open(t, addr, "smf.localdomain")
			want := golden(t, test.want)
			if got := peer.ask(golden(t, test.ask)); !bytes.Equal(got, want) {
				t.Errorf("answer (-want +got):\n%s", cmp.Diff([]byte(want), []byte(got)))
			}
			again := golden(t, test.ask) // a repeat differs in its flag and identifiers
			again.SetRetransmitted()
			again.SetHopByHop(77)
			again.SetEndToEnd(78)
			want.SetHopByHop(77)
			want.SetEndToEnd(78)
			if got := peer.ask(again); !bytes.Equal(got, want) {
				t.Errorf("answer to the repeat (-want +got):\n%s", cmp.Diff([]byte(want), []byte(got)))
			}
		})
	}
}

// header is a request's header with nothing behind it.
func header(flags byte, command packet.Command, application uint32) packet.Message {
	var w packet.Writer
	w.Begin(flags, command, application, 5, 6, 0)
	m, err := w.Message()
	if err != nil {
		panic(err)
	}
	return m
}

func TestRefusals(t *testing.T) {
	c := &core{}
	_, addr := start(t, c, Open5GS())
	peer := open(t, addr, "smf.localdomain")
	loop := edit(t, golden(t, "3gpp-ccr-i"), with(packet.RouteRecord, []byte("OCS.example")))
	tests := []struct {
		name   string
		ask    packet.Message
		result uint32
		e      bool
	}{
		{"unknown command of the base", header(0x80, 999, 0), 3001, true},
		{"unknown command of Gy", header(0xc0, 275, packet.ApplicationGy), 3001, true},
		{"unknown application", header(0xc0, packet.CreditControl, 16777251), 3007, true},
		{"error flag in a request", header(0xa0, packet.CreditControl, packet.ApplicationGy), 3008, true},
		{"empty request on Gy", header(0xc0, packet.CreditControl, packet.ApplicationGy), 5005, false},
		{"empty request on Gx", header(0xc0, packet.CreditControl, packet.ApplicationGx), 5005, false},
		{"Gx request without type", edit(t, golden(t, "gx-ccr-i"), with(packet.CCRequestType, nil)), 5005, false},
		{"Gy request of type 9", edit(t, golden(t, "open5gs-ccr-i"), with(packet.CCRequestType, []byte{0, 0, 0, 9})), 5004, false},
		{"loop", loop, 3005, true},
		{"what works", golden(t, "open5gs-ccr-i"), 2001, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := peer.ask(test.ask)
			if a == nil {
				t.Fatal("no answer")
			}
			if ResultOf(a) != test.result || a.Request() || a.Flags()&packet.FlagError != 0 != test.e ||
				a.HopByHop() != test.ask.HopByHop() || a.EndToEnd() != test.ask.EndToEnd() || a.Command() != test.ask.Command() {
				t.Errorf("answer %x, result %d, want %d", a, ResultOf(a), test.result)
			}
			_, failed := a.Find(packet.FailedAVP)
			if want := test.result == 5005 || test.result == 5004; failed != want {
				t.Errorf("Failed-AVP %t, want %t", failed, want)
			}
		})
	}
}

func TestWhoMayConnect(t *testing.T) {
	c := &core{credit: grant, policy: permit}
	s := newServer(c, Open5GS())
	s.Peers = []Peer{
		{OriginHost: "strict.example", Realm: "example", Source: loopback, Dialect: TGPP()},
		{OriginHost: "far.example", Source: mustPrefix("10.0.0.0/8"), Dialect: Open5GS()},
		{OriginHost: "dra.example", Source: loopback, Dialect: TGPP(), Relay: true},
		{OriginHost: "smf.localdomain", Dialect: Open5GS()},
	}
	addr, _ := run(t, s)
	tests := []struct {
		name, host, realm string
		applications      []uint32
		result            uint32
	}{
		{"known", "STRICT.example", "Example", []uint32{packet.ApplicationGy}, 2001},
		{"other realm", "strict.example", "else", []uint32{packet.ApplicationGy}, 3010},
		{"other network", "far.example", "example", []uint32{packet.ApplicationGy}, 3010},
		{"unknown", "else.example", "example", []uint32{packet.ApplicationGy}, 3010},
		{"only behind a relay", "smf.localdomain", "localdomain", []uint32{packet.ApplicationGy}, 3010},
		{"nothing in common", "strict.example", "example", []uint32{16777251}, 5010},
		{"relay", "dra.example", "example", []uint32{packet.ApplicationRelay}, 2001},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			peer := connect(t, addr)
			a := peer.ask(hello(test.host, test.realm, test.applications...))
			if a == nil || ResultOf(a) != test.result {
				t.Fatalf("answer %x, want %d", a, test.result)
			}
			if test.result != packet.ResultSuccess {
				if more := peer.read(); more != nil {
					t.Errorf("not closed: %x", more)
				}
			}
		})
	}
	t.Run("speaks for another", func(t *testing.T) {
		if a := open(t, addr, "dra.example").ask(golden(t, "open5gs-ccr-i")); ResultOf(a) != 2001 {
			t.Errorf("relay gets %x", a)
		}
		direct := connect(t, addr)
		direct.ask(hello("strict.example", "example", packet.ApplicationGy))
		if a := direct.ask(golden(t, "open5gs-ccr-i")); ResultOf(a) != 5004 {
			t.Errorf("peer gets %x", a)
		}
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.credits) != 1 || c.credits[0].Dialect.Name != "open5gs" || c.credits[0].Peer != "dra.example" || c.credits[0].OriginHost != "smf.localdomain" {
		t.Errorf("asked %+v", c.credits)
	}
}

func TestCapabilitiesAreExactlyGyAndGx(t *testing.T) {
	_, addr := start(t, &core{}, Open5GS())
	a := connect(t, addr).ask(hello("smf.localdomain", "localdomain", packet.ApplicationGy))
	want := group(t, func(w *packet.Writer) {
		w.Unsigned32(packet.ResultCode, 2001)
		w.Text(packet.OriginHost, "ocs.example")
		w.Text(packet.OriginRealm, "example")
		w.Bytes(packet.HostIPAddress, []byte{0, 1, 127, 0, 0, 1})
		w.Unsigned32(packet.VendorID, 0)
		w.Text(packet.ProductName, "Simstead")
		w.Unsigned32(packet.OriginStateID, 9)
		w.Unsigned32(packet.SupportedVendorID, 10415)
		w.Unsigned32(packet.AuthApplicationID, 4)
		at := w.Open(packet.VendorSpecificApplicationID)
		w.Unsigned32(packet.VendorID, 10415)
		w.Unsigned32(packet.AuthApplicationID, 16777238)
		w.Close(at)
	})
	if !bytes.Equal(a.AVPs(), want) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, a.AVPs()))
	}
}

func TestRefusalOfASessionIsHeldBack(t *testing.T) {
	refuse := CreditAnswer{Result: packet.ResultCreditLimitReached}
	dialect := Open5GS()
	dialect.RefusalDelay = 100 * time.Millisecond
	_, addr := start(t, &core{credit: decided(refuse)}, dialect)
	peer := open(t, addr, "smf.localdomain")
	begun := time.Now()
	if a := peer.ask(golden(t, "open5gs-ccr-u")); ResultOf(a) != 4012 || time.Since(begun) > dialect.RefusalDelay {
		t.Errorf("update: %x after %v", a, time.Since(begun))
	}
	begun = time.Now()
	if a := peer.ask(golden(t, "open5gs-ccr-i")); ResultOf(a) != 4012 || time.Since(begun) < dialect.RefusalDelay {
		t.Errorf("initial: %x after %v", a, time.Since(begun))
	}
}

// Requests of one connection are answered in the order of the decisions.
func TestManyInFlightOutOfOrder(t *testing.T) {
	const many = 500
	var mu sync.Mutex
	var held []func()
	c := &core{credit: func(r CreditRequest, answer func(CreditAnswer)) bool {
		mu.Lock()
		defer mu.Unlock()
		held = append(held, func() { answer(CreditAnswer{Result: packet.ResultSuccess}) })
		if len(held) == many {
			for _, h := range slices.Backward(held) {
				h()
			}
		}
		return true
	}}
	_, addr := start(t, c, Open5GS())
	peer := open(t, addr, "smf.localdomain")
	m := golden(t, "open5gs-ccr-u")
	for i := range uint32(many) {
		m.SetHopByHop(i)
		peer.write(m)
	}
	for i := range uint32(many) {
		if a := peer.read(); a == nil || a.HopByHop() != many-1-i {
			t.Fatalf("answer %d is %x", i, a)
		}
	}
}

func TestNoRoom(t *testing.T) {
	full := func(CreditRequest, func(CreditAnswer)) bool { return false }
	_, addr := start(t, &core{credit: full}, Open5GS())
	if a := open(t, addr, "smf.localdomain").ask(golden(t, "open5gs-ccr-i")); ResultOf(a) != 3004 {
		t.Errorf("answer %x", a)
	}
}

func TestPanicCostsOneMessage(t *testing.T) {
	c := &core{credit: func(r CreditRequest, answer func(CreditAnswer)) bool {
		if r.Type == Initial {
			panic("as expected")
		}
		return grant(r, answer)
	}}
	_, addr := start(t, c, Open5GS())
	peer := open(t, addr, "smf.localdomain")
	if a := peer.ask(golden(t, "open5gs-ccr-i")); ResultOf(a) != 5012 {
		t.Errorf("answer %x", a)
	}
	if a := peer.ask(golden(t, "open5gs-ccr-u")); ResultOf(a) != 2001 {
		t.Errorf("next answer %x", a)
	}
}

// Stopping waits for what is decided later, refuses what comes now and says farewell.
func TestStop(t *testing.T) {
	asked, decide := make(chan func(CreditAnswer), 1), CreditAnswer{Result: packet.ResultSuccess}
	c := &core{policy: permit, credit: func(_ CreditRequest, answer func(CreditAnswer)) bool { asked <- answer; return true }}
	addr, stop := run(t, newServer(c, Open5GS()))
	peer := open(t, addr, "smf.localdomain")
	peer.write(golden(t, "open5gs-ccr-u"))
	answer := <-asked
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	m := golden(t, "gx-ccr-i")
	for {
		if a := peer.ask(m); ResultOf(a) == packet.ResultTooBusy {
			break
		}
	}
	answer(decide)
	if a := peer.read(); a == nil || a.EndToEnd() != 0x5a5a0001 || ResultOf(a) != 2001 {
		t.Errorf("answer in flight: %x", a)
	}
	farewell := peer.read()
	if farewell == nil || farewell.Command() != packet.DisconnectPeer || !farewell.Request() {
		t.Fatalf("farewell: %x", farewell)
	}
	consent := header(0, packet.DisconnectPeer, 0)
	consent.SetHopByHop(farewell.HopByHop())
	peer.write(consent)
	if more := peer.read(); more != nil {
		t.Errorf("after the farewell: %x", more)
	}
	<-stopped
}
