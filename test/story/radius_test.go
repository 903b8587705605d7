package story

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/simstead/simstead/test/rig"
)

// What a packet says unless the story says otherwise; an empty value leaves it out.
func defaults(ts *testscript.TestScript) map[string]string {
	return map[string]string{
		"imsi": ts.Getenv("IMSI"), "session": "s1", "nas": "pgw-1", "plmn": "26201", "apn": "internet", "secret": "testing123",
	}
}

// attributes gives the words of stories their meaning in radclient's lines.
var attributes = map[string]string{
	"imsi": `3GPP-IMSI = "%s"`, "user": `User-Name = "%s"`, "session": `Acct-Session-Id = "%s"`, "nas": `NAS-Identifier = "%s"`,
	"address": `NAS-IP-Address = %s`, "plmn": `3GPP-SGSN-MCC-MNC = "%s"`, "apn": `Called-Station-Id = "%s"`,
	"charging": `3GPP-Charging-ID = %s`, "rat": `3GPP-RAT-Type = %s`, "imeisv": `3GPP-IMEISV = "%s"`, "ip": `Framed-IP-Address = %s`,
	"time": `Acct-Session-Time = %s`, "delay": `Acct-Delay-Time = %s`, "class": `Class = %s`,
}

// radius sends one packet. in and out are octets since the session began, from and to the device; at is when it happened
// by the gateway's clock; time is the session's age in seconds.
func radius(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) > 0, "[!] radius auth|start|interim|stop|on|off|status [key=value...]")
	s := of(ts)
	values := defaults(ts)
	kind := args[0]
	server, command, text := s.site.Acct, "acct", ""
	switch kind {
	case "auth":
		server, command, text = s.site.Auth, "auth", "Message-Authenticator = 0x00\n"
		delete(values, "session")
	case "unsigned":
		server, command = s.site.Auth, "auth"
	case "status":
		command, text, values = "status", "Message-Authenticator = 0x00\n", map[string]string{"secret": values["secret"]}
	case "on", "off":
		values = map[string]string{"nas": values["nas"], "secret": values["secret"]}
		text = map[string]string{"on": "Acct-Status-Type = Accounting-On\n", "off": "Acct-Status-Type = Accounting-Off\n"}[kind]
	case "start", "interim", "stop":
		text = map[string]string{"start": "Acct-Status-Type = Start\n", "interim": "Acct-Status-Type = Interim-Update\n", "stop": "Acct-Status-Type = Stop\n"}[kind]
	default:
		ts.Fatalf("radius %s is no packet", kind)
	}
	for _, arg := range args[1:] {
		key, value, ok := strings.Cut(arg, "=")
		if !ok {
			ts.Fatalf("%q is not key=value", arg)
		}
		values[key] = value
	}
	if command == "auth" {
		values["user"] = values["imsi"]
	}
	text += lines(ts, values)
	answer, err := rig.Radclient(server, command, values["secret"], text, !neg)
	fmt.Fprint(ts.Stdout(), answer)
	if neg {
		if !errors.Is(err, rig.ErrSilent) {
			ts.Fatalf("answered: %s %v", answer, err)
		}
		return
	}
	ts.Check(err)
	if command == "acct" && !strings.HasPrefix(answer, "Received Accounting-Response") {
		ts.Fatalf("answered: %s", answer)
	}
}

func lines(ts *testscript.TestScript, values map[string]string) string {
	var b strings.Builder
	for key, value := range values {
		switch format := attributes[key]; {
		case value == "" || key == "secret":
		case key == "in", key == "out":
			octets, err := strconv.ParseInt(value, 10, 64)
			ts.Check(err)
			name := map[string]string{"in": "Input", "out": "Output"}[key]
			fmt.Fprintf(&b, "Acct-%s-Octets = %d\n", name, uint32(octets))
			if octets>>32 > 0 {
				fmt.Fprintf(&b, "Acct-%s-Gigawords = %d\n", name, octets>>32)
			}
		case key == "at":
			fmt.Fprintf(&b, "Event-Timestamp = %d\n", moment(ts, value))
		case format == "":
			ts.Fatalf("radius knows no %s", key)
		default:
			fmt.Fprintf(&b, format+"\n", value)
		}
	}
	return b.String()
}

// moment reads seconds from now, or such as $T+5: seconds from a moment that the command clock has remembered.
func moment(ts *testscript.TestScript, text string) int64 {
	from := time.Now().Unix()
	if i := strings.LastIndexAny(text, "+-"); i > 0 {
		var err error
		from, err = strconv.ParseInt(text[:i], 10, 64)
		ts.Check(err)
		text = text[i:]
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	ts.Check(err)
	return from + seconds
}

// datagram sends raw octets to a RADIUS port.
func datagram(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2 && (args[0] == "auth" || args[0] == "acct"), "datagram auth|acct HEX")
	s := of(ts)
	octets, err := hex.DecodeString(args[1])
	ts.Check(err)
	conn, err := net.Dial("udp", map[string]string{"auth": s.site.Auth, "acct": s.site.Acct}[args[0]])
	ts.Check(err)
	defer conn.Close()
	_, err = conn.Write(octets)
	ts.Check(err)
}
