package radius

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"layeh.com/radius"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
	"github.com/simstead/simstead/internal/wire/radius/qos"
)

// asked is the request that one call sends, the first of a new Control.
func asked(t *testing.T, call func(c *Control) error, change ...func(*NAS)) packet.Packet {
	t.Helper()
	to := listenAsDeaf(t)
	c := newControl(t, to.Port(), change...)
	t.Cleanup(func() { c.stop(); _ = c.Close() })
	if err := call(c); err != nil {
		t.Fatal(err)
	}
	return c.flying(to)[0].request
}

func ignored(error) {}

// shape is a request without what its identifier and secret change.
func shape(t *testing.T, p packet.Packet) string {
	t.Helper()
	if !radius.IsAuthenticRequest(p, []byte(secret)) || packet.Check(p, p.Authenticator(), []byte(secret)) != packet.Good {
		t.Errorf("% x is not rightly signed", p)
	}
	return hexdump(p[:1]) + "ID" + hexdump(p[2:4]) + "AUTHENTICATOR" + hexdump(p[20:22]) + "MESSAGEAUTHENTICATOR" + hexdump(p[38:])
}

const (
	goldenTime    = "37066553f100" // 1,700,000,000
	goldenAddress = "08060ac70627"
	goldenSession = "2c12" + "30613030303030323030303030303031"
	goldenIMSI    = "1a17000028af0111" + "323632303131323334353637383930"
	goldenID      = "1a0c000028af0206fffefdfc"
	goldenNAS     = "200670677731"
	goldenNames   = goldenAddress + goldenSession + goldenIMSI + goldenID + goldenNAS
)

func TestRequestsAreGolden(t *testing.T) {
	umts, _ := qos.Named("3gpp")
	mention := func(m Mention) func(*NAS) { return func(n *NAS) { n.Dynamic.Mentions = m } }
	of := func(change func(*usage.Target)) usage.Target {
		other := target
		change(&other)
		return other
	}
	tests := []struct {
		name   string
		call   func(c *Control) error
		change func(*NAS)
		want   string
	}{
		{
			"Disconnect-Request", func(c *Control) error { return c.End(target, "blocked", ignored) }, mention(0),
			"28ID007f" + "AUTHENTICATOR5012MESSAGEAUTHENTICATOR" + goldenTime + goldenNames + "1209" + hexdump([]byte("blocked")) + "1a09000028af130301",
		},
		{
			"rate", func(c *Control) error { return c.SetRate(target, usage.Rate{Up: 64_000, Down: 1_000_000}, ignored) }, mention(0),
			"2bID0082" + "AUTHENTICATOR5012MESSAGEAUTHENTICATOR" + goldenTime + goldenNames + "1a1500003a8c080f" + hexdump([]byte("64000/1000000")),
		},
		{
			"no limit any more", func(c *Control) error { return c.SetRate(target, usage.Rate{}, ignored) }, mention(MentionSessionID),
			"2bID0043" + "AUTHENTICATOR5012MESSAGEAUTHENTICATOR" + goldenSession + "1a0b00003a8c0805" + hexdump([]byte("0/0")),
		},
		{
			"rate of 3GPP", func(c *Control) error { return c.SetRate(target, usage.Rate{Up: 64_000, Down: 128_000}, ignored) },
			func(n *NAS) { n.QoS, n.Dynamic.Mentions = umts, MentionSessionID },
			"2bID0063" + "AUTHENTICATOR5012MESSAGEAUTHENTICATOR" + goldenSession + "1a2b000028af0525" + hexdump([]byte("07-23521F9396404874FBFFFF0000000000")),
		},
		{
			"interval", func(c *Control) error { return c.Reauthorise(target, 60, ignored) }, mention(0),
			"2bID0073" + "AUTHENTICATOR5012MESSAGEAUTHENTICATOR" + goldenTime + goldenNames + "55060000003c",
		},
		{
			"by user name", func(c *Control) error { return c.End(target, "blocked", ignored) }, mention(MentionUserName | MentionNAS),
			"28ID003d" + "AUTHENTICATOR5012MESSAGEAUTHENTICATOR" + "0111" + hexdump([]byte(target.IMSI)) + goldenNAS,
		},
		{
			"gateway without a name, session without an address", func(c *Control) error {
				return c.End(of(func(t *usage.Target) { t.NAS, t.UEAddress, t.ChargingID = "10.0.0.1", "", -1 }), "", ignored)
			}, mention(0),
			"28ID0064" + "AUTHENTICATOR5012MESSAGEAUTHENTICATOR" + goldenTime + goldenSession + goldenIMSI + "04060a000001" + "1a09000028af130301",
		},
		{
			"IPv6", func(c *Control) error {
				return c.End(of(func(t *usage.Target) { t.NAS, t.UEAddress = "2001:db8::1", "2001:db8::2" }), "", ignored)
			}, mention(MentionSessionID | MentionAddress | MentionNAS),
			"28ID004a" + "AUTHENTICATOR5012MESSAGEAUTHENTICATOR" + goldenSession + "5f12" + "20010db8000000000000000000000001",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, shape(t, asked(t, test.call, test.change))); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

// radsniff of FreeRADIUS reads our requests with its own dictionaries.
func TestFreeRADIUSReadsRequests(t *testing.T) {
	path, err := exec.LookPath("radsniff")
	if err != nil {
		t.Fatal("radsniff is missing: install the package freeradius-utils")
	}
	umts, _ := qos.Named("3gpp")
	wispr, _ := qos.Named("wispr")
	requests := []packet.Packet{
		asked(t, func(c *Control) error { return c.End(target, "quota used up", ignored) }),
		asked(t, func(c *Control) error { return c.SetRate(target, usage.Rate{Up: 64_000, Down: 128_000}, ignored) },
			func(n *NAS) { n.QoS = append(append(n.QoS, umts...), wispr...) }),
		asked(t, func(c *Control) error { return c.Reauthorise(target, 60, ignored) }),
	}
	file := filepath.Join(t.TempDir(), "requests.pcap")
	if err := os.WriteFile(file, capture(requests), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "-x", "-I", file, "-s", secret, "-d", t.TempDir(), "-D", "/usr/share/freeradius")
	cmd.Env = append(os.Environ(), "TZ=UTC")
	out, err := cmd.CombinedOutput()
	text := string(out)
	if !strings.Contains(text, "Done reading packets") { // at the end of a file its status is 1
		t.Fatalf("radsniff: %v\n%s", err, out)
	}
	for want, times := range map[string]int{
		"Disconnect-Request Id": 1, "CoA-Request Id": 2, `Acct-Session-Id = "0a00000200000001"`: 3, `3GPP-IMSI = "262011234567890"`: 3,
		"3GPP-Charging-ID = 4294901244": 3, "Framed-IP-Address = 10.199.6.39": 3, `NAS-Identifier = "pgw1"`: 3,
		`Event-Timestamp = "Nov 14 2023`: 3, `Reply-Message = "quota used up"`: 1, "3GPP-Teardown-Indicator = 1": 1,
		`Mikrotik-Rate-Limit = "64000/128000"`: 1, "WISPr-Bandwidth-Max-Up = 64000": 1, "WISPr-Bandwidth-Max-Down = 128000": 1,
		`3GPP-GPRS-Negotiated-QoS-profile = "07-23521F9396404874FBFFFF0000000000"`: 1, "Acct-Interim-Interval = 60": 1,
		"Message-Authenticator = 0x": 3, "Attr-": 0,
	} {
		if n := strings.Count(text, want); n != times {
			t.Errorf("radsniff shows %q %d times, want %d", want, n, times)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// capture writes a file of captured packets, as if each were sent over Ethernet and IPv4 to port 3799.
func capture(packets []packet.Packet) []byte {
	little, big := binary.LittleEndian, binary.BigEndian
	b := little.AppendUint32(nil, 0xa1b2c3d4)
	b = little.AppendUint16(little.AppendUint16(b, 2), 4)
	b = append(b, make([]byte, 8)...)
	b = little.AppendUint32(little.AppendUint32(b, 65535), 1)
	for i, p := range packets {
		p = bytes.Clone(p)
		frame := append(make([]byte, 12), 8, 0, 0x45, 0)
		frame = big.AppendUint16(frame, uint16(20+8+len(p)))
		frame = append(frame, 0, 0, 0, 0, 64, 17, 0, 0)
		frame = append(frame, netip.MustParseAddr("192.0.2.1").AsSlice()...)
		frame = append(frame, netip.MustParseAddr("192.0.2.2").AsSlice()...)
		frame = big.AppendUint16(big.AppendUint16(frame, uint16(40000+i)), 3799)
		frame = append(big.AppendUint16(frame, uint16(8+len(p))), 0, 0)
		frame = append(frame, p...)
		b = little.AppendUint32(b, 1_700_000_000)
		b = append(b, 0, 0, 0, 0)
		b = little.AppendUint32(little.AppendUint32(b, uint32(len(frame))), uint32(len(frame)))
		b = append(b, frame...)
	}
	return b
}

func TestMentionsHaveNames(t *testing.T) {
	all, err := ParseMentions([]string{"imsi", "session_id", "charging_id", "address", "nas", "time", "reason", "teardown"})
	if err != nil || all != DefaultMentions {
		t.Errorf("ParseMentions = %b, %v, want %b", all, err, DefaultMentions)
	}
	if one, err := ParseMentions([]string{"user_name"}); err != nil || one != MentionUserName {
		t.Errorf("ParseMentions = %b, %v", one, err)
	}
}
