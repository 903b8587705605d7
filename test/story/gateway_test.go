package story

import (
	octets "encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	codec "layeh.com/radius"

	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// gatewaySecret is what the gateway of the stories shares with the program for Disconnect- and CoA-Requests.
const gatewaySecret = "coa-secret"

// gateway is where the program tells a gateway to end and change sessions (RFC 5176).
//
//	gateway listens ['key: value'...]      on a free port, and writes it to simstead.yaml with further keys of the entry
//	gateway answers ack|nak CAUSE|nothing  from now on; at the beginning ack
//	gateway told disconnect|coa            shows the attributes of the next request, which comes within 10 s; with ! of
//	                                       the next 2 s: none does. Repeats are passed over.
func gateway(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) > 0, "[!] gateway listens|answers|told ...")
	s := of(ts)
	switch {
	case args[0] == "listens":
		nas, err := listenForCoA()
		ts.Check(err)
		s.nas = nas
		lines := []string{"address: 127.0.0.0/8", "secret: testing123", "coa_secret: " + gatewaySecret, fmt.Sprintf("coa_port: %d", nas.port())}
		text := "radius_clients:\n  - " + strings.Join(append(lines, args[1:]...), "\n    ") + "\n"
		ts.Check(os.WriteFile(ts.MkAbs("simstead.yaml"), []byte(text), 0o600))
	case s.nas == nil:
		ts.Fatalf("no gateway listens")
	case args[0] == "answers":
		ts.Check(s.nas.answer(args[1:]))
	case args[0] == "told" && len(args) == 2:
		told(ts, neg, s.nas, args[1])
	default:
		ts.Fatalf("gateway %s is not understood", strings.Join(args, " "))
	}
}

func told(ts *testscript.TestScript, neg bool, nas *coaSocket, kind string) {
	code, patience := map[string]codec.Code{"disconnect": codec.CodeDisconnectRequest, "coa": codec.CodeCoARequest}[kind], 10*time.Second
	if neg {
		patience = 2 * time.Second
	}
	select {
	case p := <-nas.requests:
		text := attributesOf(p)
		fmt.Fprint(ts.Stdout(), text)
		if neg || p.Code() != code {
			ts.Fatalf("told %v:\n%s", p.Code(), text)
		}
	case <-time.After(patience):
		if !neg {
			ts.Fatalf("told nothing")
		}
	}
}

// attributesOf lists a request: texts in quotes, four octets as a number, the rest in hexadecimal digits.
func attributesOf(p packet.Packet) string {
	var b strings.Builder
	show := func(name string, value []byte) {
		switch {
		case len(value) == 4:
			fmt.Fprintf(&b, "%s = %d\n", name, octets.BigEndian.Uint32(value))
		case strings.Trim(strconv.Quote(string(value)), `"`) == string(value):
			fmt.Fprintf(&b, "%s = %q\n", name, value)
		default:
			fmt.Fprintf(&b, "%s = %x\n", name, value)
		}
	}
	for rest := p.Attributes(); len(rest) > 0; {
		kind, value, tail, ok := packet.Next(rest)
		if !ok {
			return "malformed"
		}
		rest = tail
		if kind != 26 || len(value) < 6 {
			show(fmt.Sprint(kind), value)
			continue
		}
		show(fmt.Sprintf("%d/%d", octets.BigEndian.Uint32(value), value[4]), value[6:])
	}
	return b.String()
}

// coaSocket is the gateway's side: a Dynamic Authorization Server that has any session.
type coaSocket struct {
	conn     *net.UDPConn
	requests chan packet.Packet
	serving  sync.WaitGroup

	mu      sync.Mutex
	verdict codec.Code // added to the request's code; 0 is silence
	cause   uint32
	last    [16]byte // authenticator
}

func listenForCoA() (*coaSocket, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		return nil, err
	}
	nas := &coaSocket{conn: conn, requests: make(chan packet.Packet, 1000), verdict: 1}
	nas.serving.Go(nas.serve)
	return nas, nil
}

func (n *coaSocket) port() uint16 { return n.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

func (n *coaSocket) close() {
	_ = n.conn.Close()
	n.serving.Wait()
}

func (n *coaSocket) answer(args []string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case len(args) == 1 && args[0] == "ack":
		n.verdict = 1
	case len(args) == 1 && args[0] == "nothing":
		n.verdict = 0
	case len(args) == 2 && args[0] == "nak":
		cause, err := strconv.ParseUint(args[1], 10, 32)
		n.verdict, n.cause = 2, uint32(cause)
		return err
	default:
		return fmt.Errorf("a gateway does not answer %v", args)
	}
	return nil
}

// serve answers what is rightly signed.
func (n *coaSocket) serve() {
	buffer := make([]byte, packet.MaxLength)
	for {
		length, from, err := n.conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		p, err := packet.Parse(append([]byte(nil), buffer[:length]...))
		if err != nil || !codec.IsAuthenticRequest(p, []byte(gatewaySecret)) || packet.Check(p, p.Authenticator(), []byte(gatewaySecret)) != packet.Good {
			continue
		}
		if b := n.decide(p); b != nil {
			_, _ = n.conn.WriteToUDPAddrPort(b, from)
		}
	}
}

// decide notes a request, unless it repeats the last one, and returns the answer.
func (n *coaSocket) decide(p packet.Packet) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p.Authenticator() != n.last {
		n.last = p.Authenticator()
		n.requests <- p
	}
	if n.verdict == 0 {
		return nil
	}
	b := packet.AppendMessageAuthenticator(packet.New(p.Code()+n.verdict, p.Identifier(), 0))
	if n.verdict == 2 {
		b = packet.AppendInteger(b, 101, n.cause)
	}
	if packet.Seal(b, p.Authenticator(), []byte(gatewaySecret)) != nil {
		return nil
	}
	return b
}
