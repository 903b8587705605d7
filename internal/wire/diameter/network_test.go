package diameter

import (
	"errors"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

func target(abilities usage.Ability) usage.Target {
	return usage.Target{
		NAS: "smf.localdomain", SessionID: "smf.localdomain;1;2", Peer: "dra.example", Realm: "localdomain", ChargingID: -1, Abilities: abilities,
	}
}

// reply answers a request of the server's with a result; the T flag and what else is in it do not matter here.
func (c *raw) reply(m packet.Message, result uint32) {
	c.t.Helper()
	var w packet.Writer
	w.Begin(m.Flags()&packet.FlagProxiable, m.Command(), m.Application(), m.HopByHop(), m.EndToEnd(), 64)
	w.Unsigned32(packet.ResultCode, result)
	a, err := w.Message()
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(a)
}

const everyAbility = usage.CanReauthorise | usage.CanEnd | usage.CanChangeRate

func TestNetworkTellsGateways(t *testing.T) {
	aborts := TGPP()
	aborts.HonoursRelease = false
	end := func(n usage.Network, done func(error)) error {
		return n.End(target(everyAbility), "the endpoint is disabled", done)
	}
	rate := func(r usage.Rate) func(usage.Network, func(error)) error {
		return func(n usage.Network, done func(error)) error { return n.SetRate(target(everyAbility), r, done) }
	}
	report := func(n usage.Network, done func(error)) error { return n.Reauthorise(target(everyAbility), 0, done) }
	tests := []struct {
		name    string
		dialect Dialect
		policy  bool // on Gx
		tell    func(usage.Network, func(error)) error
		command packet.Command
		bitrate Bitrate
		release int64
		result  uint32
		want    error // what done is told; errOther for any other
	}{
		{"Gy end", TGPP(), false, end, packet.AbortSession, Bitrate{}, Absent, 2001, nil},
		{"Gy end, session unknown", TGPP(), false, end, packet.AbortSession, Bitrate{}, Absent, 5002, nil},
		{"Gy end, not done", TGPP(), false, end, packet.AbortSession, Bitrate{}, Absent, 3002, errOther},
		{"Gy report", TGPP(), false, report, packet.ReAuth, Bitrate{}, Absent, 2002, nil},
		{"Gy report, session unknown", TGPP(), false, report, packet.ReAuth, Bitrate{}, Absent, 5002, usage.ErrGone},
		{"Gx end", TGPP(), true, end, packet.ReAuth, Bitrate{}, UESubscriptionReason, 2001, nil},
		{"Gx end by abortion", aborts, true, end, packet.AbortSession, Bitrate{}, Absent, 5002, nil},
		{"Gx rate", TGPP(), true, rate(usage.Rate{Up: 64_000, Down: 128_000}), packet.ReAuth, Bitrate{64_000, 128_000}, Absent, 2001, nil},
		{"Gx rate one way", TGPP(), true, rate(usage.Rate{Up: 64_000}), packet.ReAuth, Bitrate{64_000, maxBitrate}, Absent, 2001, nil},
		{"Gx rate without limit", TGPP(), true, rate(usage.Rate{}), packet.ReAuth, Bitrate{maxBitrate, maxBitrate}, Absent, 5012, errOther},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, addr := startFlow(t, &fakeFlow{}, test.dialect)
			peer := open(t, addr, "dra.example")
			network, application := usage.Network(CreditNetwork{s}), packet.ApplicationGy
			if test.policy {
				network, application = PolicyNetwork{s}, packet.ApplicationGx
			}
			told := make(chan error, 2)
			if err := test.tell(network, func(err error) { told <- err }); err != nil {
				t.Fatal(err)
			}
			m := peer.read()
			if m == nil || m.Command() != test.command || m.Application() != application || !m.Request() {
				t.Fatalf("asked %x", []byte(m))
			}
			var session, host string
			bitrate, release := Bitrate{}, Absent
			err := each(m.AVPs(), func(a packet.AVP) error {
				switch a.ID {
				case packet.SessionID:
					return text(a, &session)
				case packet.DestinationHost:
					return text(a, &host)
				case packet.QoSInformation:
					return each(a.Data, bitrate.take)
				case packet.SessionReleaseCause:
					return number(a, &release)
				}
				return nil
			})
			if err != nil || session != "smf.localdomain;1;2" || host != "smf.localdomain" || bitrate != test.bitrate || release != test.release {
				t.Errorf("session %q of %q, bitrate %v, release %d: %v", session, host, bitrate, release, err)
			}
			peer.reply(m, test.result)
			switch got := <-told; {
			case test.want == errOther && got == nil, test.want != errOther && !errors.Is(got, test.want):
				t.Errorf("told %v, want %v", got, test.want)
			}
		})
	}
}

var errOther = errors.New("some error")

func TestNetworkCannot(t *testing.T) {
	s, addr := startFlow(t, &fakeFlow{}, Open5GS())
	open(t, addr, "dra.example")
	gy, gx := CreditNetwork{s}, PolicyNetwork{s}
	never := func(error) { t.Error("done is called") }
	away := target(everyAbility)
	away.Peer = "else.example"
	for name, err := range map[string]error{
		"Gy end":           gy.End(target(usage.CanReauthorise), "", never),
		"Gy report":        gy.Reauthorise(target(usage.CanEnd), 0, never),
		"Gy rate":          gy.SetRate(target(everyAbility), usage.Rate{Up: 1}, never),
		"Gx end":           gx.End(target(everyAbility), "", never), // the dialect of now says that it does not
		"Gx rate":          gx.SetRate(target(usage.CanEnd), usage.Rate{Up: 1}, never),
		"Gx report":        gx.Reauthorise(target(everyAbility), 0, never),
		"Gy end, away":     gy.End(away, "", never),
		"Gx end, away":     gx.End(away, "", never),
		"Gx rate, away":    gx.SetRate(away, usage.Rate{}, never),
		"Gy report, away":  gy.Reauthorise(away, 0, never),
		"Gy end, no peers": CreditNetwork{newServer(&core{}, TGPP())}.End(away, "", never),
	} {
		if !errors.Is(err, usage.ErrCannot) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A gateway that goes away leaves it open whether it was told.
func TestNetworkOfALostPeer(t *testing.T) {
	s, addr := startFlow(t, &fakeFlow{}, TGPP())
	peer := open(t, addr, "dra.example")
	told := make(chan error, 1)
	if err := (CreditNetwork{s}).End(target(everyAbility), "", func(err error) { told <- err }); err != nil {
		t.Fatal(err)
	}
	peer.read()
	_ = peer.conn.Close()
	select {
	case err := <-told:
		if !errors.Is(err, usage.ErrSilent) {
			t.Errorf("told %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("not told")
	}
}

// More than may wait is not sent.
func TestNetworkIsBounded(t *testing.T) {
	s := newServer(&core{}, TGPP())
	d := Decider{Flow: &fakeFlow{}, Log: s.Log}
	s.Charging, s.Policy = d, d
	s.Limits.Pending = 1
	addr, _ := run(t, s)
	open(t, addr, "dra.example")
	n := CreditNetwork{s}
	if err := n.End(target(everyAbility), "", func(error) {}); err != nil {
		t.Fatal(err)
	}
	if err := n.End(target(everyAbility), "", func(error) {}); !errors.Is(err, usage.ErrBusy) {
		t.Errorf("the second: %v", err)
	}
}

// Gy from one gateway and Gx from another: each is told on its own connection, or behind the relay that it came by.
func TestNetworkOfTwoPeers(t *testing.T) {
	f := &fakeFlow{}
	f.permitAll()
	s, addr := startFlow(t, f, TGPP())
	ctf, pcef := open(t, addr, "ctf.example"), open(t, addr, "pcef.example")
	if got := resultOf(t, ctf.ask(edit(t, golden(t, "3gpp-ccr-i"), with(packet.OriginHost, []byte("ctf.example"))))); got != 2001 {
		t.Fatalf("Gy answered %d", got)
	}
	if got := resultOf(t, pcef.ask(edit(t, golden(t, "gx-ccr-i"), with(packet.OriginHost, []byte("pcef.example"))))); got != 2001 {
		t.Fatalf("Gx answered %d", got)
	}
	at := func(r usage.Report) usage.Target {
		return usage.Target{NAS: r.NAS, SessionID: r.SessionID, Peer: r.Peer, Realm: r.Realm, Abilities: r.Abilities}
	}
	if err := (CreditNetwork{s}).End(at(f.credits[0].Report), "", func(error) {}); err != nil {
		t.Fatal(err)
	}
	if err := (PolicyNetwork{s}).SetRate(at(f.policies[0].Report), usage.Rate{Up: 1, Down: 2}, func(error) {}); err != nil {
		t.Fatal(err)
	}
	if m := ctf.read(); m == nil || m.Command() != packet.AbortSession || m.Application() != packet.ApplicationGy {
		t.Errorf("the charging gateway is asked %x", []byte(m))
	}
	if m := pcef.read(); m == nil || m.Command() != packet.ReAuth || m.Application() != packet.ApplicationGx {
		t.Errorf("the policy gateway is asked %x", []byte(m))
	}
}
