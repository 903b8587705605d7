package radius

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

func hexdump(b []byte) string { return hex.EncodeToString(b) }

// Each of these is counted under its reason and gets no answer; the good packet sent after it does.
func TestDrops(t *testing.T) {
	user := attributes(nil).text(rfc2865.UserName_Type, "262011234567890")
	unsealed := func(code radius.Code) []byte { return user.packet(code) }
	accounting := interim().accounting(9)
	forged := bytes.Clone(accounting)
	forged[len(forged)-1] ^= 1
	proxied := attributes(nil).text(rfc2865.ProxyState_Type, string(make([]byte, 228)))
	for range 15 {
		proxied = proxied.text(rfc2865.ProxyState_Type, string(make([]byte, 253)))
	}
	signedWrongly := append(packet.AppendMessageAuthenticator(packet.New(radius.CodeAccountingRequest, 9, 0)), interim()...)
	if err := packet.Seal(signedWrongly, [16]byte{}, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		acct bool
		in   []byte
		why  reason
	}{
		{"empty datagram", true, nil, malformed},
		{"shorter than a header", true, accounting[:19], malformed},
		{"cut short", true, accounting[:len(accounting)-1], malformed},
		{"longer than any packet", true, append([]byte{4, 1, 0xff, 0xff}, make([]byte, 60000)...), malformed},
		{"random", false, bytes.Repeat([]byte{0xa5}, 100), malformed},
		{"wrong secret", true, reseal(interim(), "wrong"), wrongAuthenticator},
		{"changed on the way", true, forged, wrongAuthenticator},
		{"zero authenticator", true, interim().packet(radius.CodeAccountingRequest), wrongAuthenticator},
		{"wrong Message-Authenticator in accounting", true, wrongDigest(), wrongSignature},
		{"accounting without status type", true, attributes(nil).text(rfc2866.AcctSessionID_Type, "s").accounting(9), noStatusType},
		{"accounting without session", true, attributes(nil).number(rfc2866.AcctStatusType_Type, 1).accounting(9), noSessionID},
		{"volume out of range", true, interim().number(rfc2869.AcctInputGigawords_Type, 1<<31).accounting(9), volumeRange},
		{"attribute of a wrong length", true, interim().text(rfc2866.AcctInputOctets_Type, "12345678").accounting(9), malformed},
		{"access on the accounting port", true, user.signed(radius.CodeAccessRequest, 9, secret), unservedCode},
		{"accounting on the authentication port", false, accounting, unservedCode},
		{"answer as a request", false, unsealed(radius.CodeAccessAccept), unservedCode},
		{"disconnect", false, unsealed(radius.CodeDisconnectRequest), unservedCode},
		{"unknown code", false, unsealed(250), unservedCode},
		{"access without Message-Authenticator", false, unsealed(radius.CodeAccessRequest), unsigned},
		{"access signed with another secret", false, user.signed(radius.CodeAccessRequest, 9, "wrong"), wrongSignature},
		{"status without Message-Authenticator", false, unsealed(radius.CodeStatusServer), unsigned},
		{"answer too long for its Proxy-States", false, proxied.signed(radius.CodeAccessRequest, 9, secret), answerTooLong},
		{"status signed with another secret", true, attributes(nil).signed(radius.CodeStatusServer, 9, "wrong"), wrongSignature},
	}
	g := start(t, &flow{decision: usage.Decision{Accept: true}})
	auth, acct := dial(t, g.auth), dial(t, g.acct)
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := g.count(test.why)
			id := byte(100 + i)
			p, good := auth, user.signed(radius.CodeAccessRequest, id, secret)
			if test.acct {
				p, good = acct, interim().accounting(id)
			}
			p.send(test.in)
			p.send(good)
			if got := p.receive(); got.Identifier() != id {
				t.Errorf("answered: %x", got)
			}
			g.await(t, test.why, before+1)
		})
	}
	acct.send(signedWrongly) // rightly signed, as a check of the cases above
	if got := acct.receive(); got.Identifier() != 9 {
		t.Errorf("signed accounting: answer %x", got)
	}
	if n := g.count(panicked); n != 0 {
		t.Errorf("%d panics", n)
	}
}

func reseal(a attributes, with string) []byte {
	p := a.packet(radius.CodeAccountingRequest)
	if err := packet.Seal(p, [16]byte{}, []byte(with)); err != nil {
		panic(err)
	}
	return p
}

// wrongDigest has the right Request Authenticator and a wrong Message-Authenticator, which an Accounting-Request need not have.
func wrongDigest() []byte {
	return reseal(interim().text(rfc2869.MessageAuthenticator_Type, "0123456789abcde"), secret)
}

func TestUnknownNAS(t *testing.T) {
	for name, change := range map[string]func(*Server){
		"another": func(s *Server) { s.NAS[0].Prefix = netip.MustParsePrefix("192.0.2.0/24") },
		"none":    func(s *Server) { s.NAS = nil },
	} {
		t.Run(name, func(t *testing.T) {
			g := start(t, &flow{}, change)
			dial(t, g.acct).send(interim().accounting(1))
			g.await(t, unknownNAS, 1)
			if n := len(g.flow.reported()); n != 0 {
				t.Errorf("%d reports", n)
			}
		})
	}
}

func TestLongestPrefixWins(t *testing.T) {
	c, err := newGateways([]NAS{
		{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Secret: "a"},
		{Prefix: netip.MustParsePrefix("10.1.2.3/32"), Secret: "b"},
		{Prefix: netip.MustParsePrefix("10.1.0.77/16"), Secret: "c"},
		{Prefix: netip.MustParsePrefix("2001:db8::/32"), Secret: "d"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"10.9.9.9": "a", "10.1.2.3": "b", "10.1.2.4": "c", "::ffff:10.1.2.3": "b", "2001:db8::1": "d", "11.0.0.1": "", "2001:db9::1": "",
	} {
		got := ""
		if found := c.find(netip.MustParseAddr(address)); found != nil {
			got = found.Secret
		}
		if got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestListenRefusesBadConfiguration(t *testing.T) {
	good := NAS{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Secret: "a"}
	tests := map[string]*Server{
		"short class key":  {ClassKey: []byte("short"), NAS: []NAS{good}},
		"no secret":        {ClassKey: classKey, NAS: []NAS{{Prefix: good.Prefix}}},
		"no prefix":        {ClassKey: classKey, NAS: []NAS{{Secret: "a"}}},
		"NAS twice":        {ClassKey: classKey, NAS: []NAS{good, good}},
		"rate without QoS": {ClassKey: classKey, NAS: []NAS{{Prefix: good.Prefix, Secret: "a", Dynamic: Dynamic{Abilities: usage.CanChangeRate}}}},
		"bad address":      {ClassKey: classKey, NAS: []NAS{good}, AuthAddr: "nowhere"},
	}
	for name, s := range tests {
		if err := s.Listen(); err == nil {
			t.Errorf("%s: Listen did not fail", name)
			s.close()
		}
	}
}

func TestOptionalMessageAuthenticator(t *testing.T) {
	g := start(t, &flow{decision: usage.Decision{Accept: true}}, func(s *Server) { s.NAS[0].OptionalMessageAuthenticator = true })
	p := dial(t, g.auth)
	p.send(attributes(nil).text(rfc2865.UserName_Type, "262011234567890").packet(radius.CodeAccessRequest))
	if got := p.receive(); got.Code() != radius.CodeAccessAccept || got[20] != 80 {
		t.Errorf("answer %x", got)
	}
	p.send(attributes(nil).signed(radius.CodeAccessRequest, 2, "wrong"))
	g.await(t, wrongSignature, 1)
}

func TestPanicCostsOnePacket(t *testing.T) {
	first := true
	f := &flow{decision: usage.Decision{Accept: true}}
	f.admit = func(context.Context) {
		if first {
			first = false
			panic("flow broke")
		}
	}
	g := start(t, f)
	p := dial(t, g.auth)
	request := attributes(nil).signed(radius.CodeAccessRequest, 2, secret)
	p.send(request)
	g.await(t, panicked, 1)
	p.send(request)
	if got := p.receive(); got.Code() != radius.CodeAccessAccept {
		t.Errorf("answer %x", got)
	}
}

func TestFullQueueOfQuestions(t *testing.T) {
	gate := make(chan struct{})
	g := start(t, &flow{admit: func(context.Context) { <-gate }})
	p := dial(t, g.auth)
	for i := range workers + backlog + 50 {
		p.send(attributes(nil).text(rfc2865.UserName_Type, fmt.Sprint(i)).signed(radius.CodeAccessRequest, byte(i), secret))
		for i%100 == 0 && g.counter("received_total", "auth") <= i {
			time.Sleep(time.Millisecond) // the socket's buffer is not what is tested
		}
	}
	for deadline := time.After(5 * time.Second); g.count(queueFull) < 50; {
		select {
		case <-deadline:
			t.Fatalf("dropped %d, want at least 50", g.count(queueFull))
		case <-time.After(time.Millisecond):
		}
	}
	close(gate)
}

func TestServeWaitsForAnswersInFlight(t *testing.T) {
	f := &flow{hold: make(chan struct{})}
	g := start(t, f)
	p := dial(t, g.acct)
	request := interim().accounting(5)
	p.send(request)
	p.send(request)
	g.await(t, inFlight, 1)
	stopped := make(chan error)
	go func() { stopped <- g.stop() }()
	select {
	case <-stopped:
		t.Fatal("Serve returned with an answer in flight")
	case <-time.After(20 * time.Millisecond):
	}
	close(f.hold)
	p.receive()
	if err := <-stopped; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

// Anybody can send bad packets at line rate, so the log gets one line a reason in ten seconds; and never a secret.
func TestDropsAreLoggedSparingly(t *testing.T) {
	var log bytes.Buffer
	g := start(t, &flow{}, func(s *Server) { s.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	p := dial(t, g.acct)
	bad := attributes(nil).number(rfc2866.AcctStatusType_Type, 1).accounting(9)
	for n := range 3 {
		p.send(bad)
		g.await(t, noSessionID, n+1)
	}
	g.time.Advance(11 * time.Second)
	p.send(bad)
	g.await(t, noSessionID, 4)
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "reason=no_session_id from=127.0.0.1:"); n != 2 || !strings.Contains(log.String(), "nas=loopback") {
		t.Errorf("%d lines, want 2:\n%s", n, log.String())
	}
	if strings.Contains(log.String(), secret) || strings.Contains(log.String(), string(classKey)) {
		t.Errorf("a secret is in the log:\n%s", log.String())
	}
}
