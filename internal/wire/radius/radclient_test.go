package radius

import (
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/qos"
)

// radclient of FreeRADIUS is somebody else's reading of the same standards. It is not skipped when it is missing.
func radclient(t *testing.T, to netip.AddrPort, command, secret, input string) (output string, err error) {
	t.Helper()
	path, err := exec.LookPath("radclient")
	if err != nil {
		t.Fatal("radclient is missing: install the package freeradius-utils")
	}
	cmd := exec.CommandContext(t.Context(), path, "-x", "-r", "1", "-t", "2", to.String(), command, secret)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

const radclientSession = `User-Name = "262011234567890"
NAS-Identifier = "pgw1"
Called-Station-Id = "IoT.example"
Calling-Station-Id = "+491701234567"
3GPP-IMSI = "262011234567890"
3GPP-IMEISV = "3512345678901234"
3GPP-SGSN-MCC-MNC = "26201"
3GPP-RAT-Type = EUTRAN
Message-Authenticator = 0x00
Proxy-State = 0x6f6e65
`

func TestRadclientAuthenticates(t *testing.T) {
	f := &flow{decision: usage.Decision{
		Accept: true, Address: netip.MustParseAddr("10.199.6.39"), Interim: 300,
		DNS:   []netip.Addr{netip.MustParseAddr("9.9.9.9"), netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("2620:fe::fe")},
		Class: usage.Class{Organisation: 42, IMSI: "262011234567890"},
	}}
	g := start(t, f)
	out, err := radclient(t, g.auth, "auth", secret, radclientSession)
	if err != nil {
		t.Fatalf("radclient: %v\n%s", err, out)
	}
	for _, want := range []string{
		"Received Access-Accept", "Framed-IP-Address = 10.199.6.39", "MS-Primary-DNS-Server = 9.9.9.9",
		"MS-Secondary-DNS-Server = 1.1.1.1", "3GPP-IPv6-DNS-Servers = 0x262000fe0000000000000000000000fe",
		"Acct-Interim-Interval = 300", "Service-Type = Framed-User", "Framed-Protocol = GPRS-PDP-Context",
		"Class = 0x" + hexdump(sealClass(f.decision.Class, classKey)), "Proxy-State = 0x6f6e65",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("radclient does not show %q", want)
		}
	}
	want := []usage.Access{{
		NAS: "pgw1", IMSI: "262011234567890", IMEISV: "3512345678901234", MSISDN: "491701234567", APN: "iot.example",
		PLMN: "26201", RAT: 6, Peer: "127.0.0.1", Received: received,
	}}
	if diff := cmp.Diff(want, f.asked()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if t.Failed() {
		t.Log(out)
	}
}

func TestRadclientReadsLimits(t *testing.T) {
	f := &flow{decision: usage.Decision{Accept: true, Rate: usage.Rate{Up: 64_000, Down: 128_000}}}
	g := start(t, f, func(s *Server) {
		s.NAS[0].FramedPool = "iot"
		for _, name := range []string{"3gpp", "mikrotik", "wispr"} {
			list, _ := qos.Named(name)
			s.NAS[0].QoS = append(s.NAS[0].QoS, list...)
		}
	})
	out, err := radclient(t, g.auth, "auth", secret, radclientSession)
	if err != nil {
		t.Fatalf("radclient: %v\n%s", err, out)
	}
	for _, want := range []string{
		`Framed-Pool = "iot"`, `3GPP-GPRS-Negotiated-QoS-profile = "07-23521F9396404874FBFFFF0000000000"`,
		`Mikrotik-Rate-Limit = "64000/128000"`, "WISPr-Bandwidth-Max-Up = 64000", "WISPr-Bandwidth-Max-Down = 128000",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("radclient does not show %q in:\n%s", want, out)
		}
	}
}

func TestRadclientIsRejected(t *testing.T) {
	g := start(t, &flow{decision: usage.Decision{Reason: "quota used up"}})
	out, _ := radclient(t, g.auth, "auth", secret, radclientSession)
	if !strings.Contains(out, "Received Access-Reject") || !strings.Contains(out, `Reply-Message = "quota used up"`) {
		t.Errorf("radclient shows:\n%s", out)
	}
}

func TestRadclientIsLeftWithoutAnswer(t *testing.T) {
	g := start(t, &flow{decision: usage.Decision{Accept: true}})
	tests := []struct {
		name, secret, input string
		why                 reason
	}{
		{"wrong secret", "wrong", radclientSession, wrongSignature},
		{"unsigned", secret, "User-Name = \"262011234567890\"\n", unsigned},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := radclient(t, g.auth, "auth", test.secret, test.input)
			if err == nil || g.count(test.why) != 1 {
				t.Errorf("radclient: %v, dropped %d\n%s", err, g.count(test.why), out)
			}
		})
	}
}

func TestRadclientAccounts(t *testing.T) {
	g := start(t, &flow{})
	session := strings.ReplaceAll(radclientSession, "Message-Authenticator = 0x00\n", "") + `Acct-Session-Id = "0a00000200000001"
3GPP-Charging-ID = 1
3GPP-GGSN-Address = 10.0.0.2
3GPP-SGSN-Address = 10.0.0.3
3GPP-NSAPI = "5"
3GPP-User-Location-Info = 0x8262f210000162f21000000101
Framed-IP-Address = 10.199.6.39
Event-Timestamp = 1600000000
`
	report := usage.Report{
		NAS: "pgw1", Peer: "127.0.0.1", SessionID: "0a00000200000001", ChargingID: 1, IMSI: "262011234567890", IMEISV: "3512345678901234",
		MSISDN: "491701234567", APN: "iot.example", PLMN: "26201", RAT: 6, UEAddress: netip.MustParseAddr("10.199.6.39"),
		Location: []byte("\x82\x62\xf2\x10\x00\x01\x62\xf2\x10\x00\x00\x01\x01"), GGSN: netip.MustParseAddr("10.0.0.2"),
		SGSN: netip.MustParseAddr("10.0.0.3"), NSAPI: 5, Time: -1, EventTime: 1_600_000_000_000_000, Received: received,
	}
	steps := []struct {
		name, input string
		change      func(*usage.Report)
	}{
		{"start", "Acct-Status-Type = Start\n", func(r *usage.Report) { r.Kind = usage.Start }},
		{
			"interim, signed", `Acct-Status-Type = Interim-Update
Acct-Input-Octets = 5000
Acct-Input-Gigawords = 2
Acct-Output-Octets = 77
Acct-Session-Time = 300
Message-Authenticator = 0x00
`, func(r *usage.Report) { r.Kind, r.Uplink, r.Downlink, r.Time = usage.Interim, 8_589_939_592, 77, 300 },
		},
		{
			"stop", `Acct-Status-Type = Stop
Acct-Input-Octets = 6000
Acct-Input-Gigawords = 2
Acct-Output-Octets = 78
Acct-Session-Time = 400
Acct-Delay-Time = 2
`, func(r *usage.Report) {
				r.Kind, r.Uplink, r.Downlink, r.Time = usage.Stop, 8_589_940_592, 78, 400
				r.Received -= 2_000_000
			},
		},
	}
	var want []usage.Report
	for _, step := range steps {
		out, err := radclient(t, g.acct, "acct", secret, session+step.input)
		if err != nil || !strings.Contains(out, "Received Accounting-Response") || !strings.Contains(out, "Proxy-State = 0x6f6e65") {
			t.Errorf("%s: radclient: %v\n%s", step.name, err, out)
		}
		r := report
		step.change(&r)
		want = append(want, r)
	}
	if diff := cmp.Diff(want, g.flow.reported(), equal); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
}

func TestRadclientAsksForStatus(t *testing.T) {
	g := start(t, &flow{})
	for _, to := range []netip.AddrPort{g.auth, g.acct} {
		out, err := radclient(t, to, "status", secret, "Message-Authenticator = 0x00\n")
		if err != nil || !strings.Contains(out, "Received Access-Accept") && !strings.Contains(out, "Received Accounting-Response") {
			t.Errorf("radclient: %v\n%s", err, out)
		}
	}
}
