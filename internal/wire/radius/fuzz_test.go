package radius

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	runtimemetrics "runtime/metrics"
	"strings"
	"testing"
	"unicode/utf8"

	"layeh.com/radius"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// inspector checks every report and question for what the tables behind it can hold.
type inspector struct{ t *testing.T }

func (i inspector) Admit(_ context.Context, a usage.Access) usage.Decision {
	i.texts(maxID, a.NAS, a.Peer, a.IMSI, a.IMEISV, a.MSISDN, a.PLMN)
	i.texts(maxText, a.APN)
	return usage.Decision{}
}

func (i inspector) Restarted(_ context.Context, nas string, at int64) error {
	i.texts(maxID, nas)
	i.rangeOf("restart", at, received-maxDelay*clock.Second, received)
	return nil
}

func (i inspector) Submit(r usage.Report, done func(error)) bool {
	i.texts(maxID, r.NAS, r.Peer, r.SessionID, r.IMSI, r.IMEISV, r.MSISDN, r.PLMN, r.Class.IMSI)
	i.texts(maxText, r.APN)
	i.digits(r.IMSI, 6, 15)
	i.digits(r.IMEISV, 14, 16)
	i.digits(r.PLMN, 5, 6)
	i.digits(r.MSISDN, 1, 20)
	if r.SessionID == "" || r.NAS == "" {
		i.t.Errorf("session without a name: %+v", r)
	}
	if len(r.Location) > packet.MaxValue {
		i.t.Errorf("location of %d octets", len(r.Location))
	}
	i.rangeOf("kind", int64(r.Kind), int64(usage.Start), int64(usage.Stop))
	i.rangeOf("charging id", r.ChargingID, -1, 1<<32-1)
	i.rangeOf("RAT", r.RAT, 0, 255)
	i.rangeOf("NSAPI", r.NSAPI, 0, 15)
	i.rangeOf("uplink", r.Uplink, 0, 1<<62)
	i.rangeOf("downlink", r.Downlink, 0, 1<<62-r.Uplink)
	i.rangeOf("time", r.Time, -1, 1<<32-1)
	i.rangeOf("event time", r.EventTime, 0, (1<<32-1)*clock.Second)
	i.rangeOf("received", r.Received, received-maxDelay*clock.Second, received)
	done(nil)
	return true
}

func (i inspector) texts(limit int, list ...string) {
	for _, s := range list {
		if len(s) > limit || !utf8.ValidString(s) || strings.Contains(s, "\x00") {
			i.t.Errorf("text %q", s)
		}
	}
}

func (i inspector) digits(s string, least, most int) {
	if s != "" && (len(s) < least || len(s) > most || strings.Trim(s, "0123456789") != "") {
		i.t.Errorf("digits %q", s)
	}
}

func (i inspector) rangeOf(name string, n, least, most int64) {
	if n < least || n > most {
		i.t.Errorf("%s %d, want %d to %d", name, n, least, most)
	}
}

// bare is a server whose socket sends into the void, driven packet by packet.
func bare(tb testing.TB, f Flow) *Server {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	s := &Server{
		ClassKey: classKey, Flow: f, Clock: clock.NewFake(clock.FromMicros(received)).Clock(), Log: slog.New(slog.DiscardHandler),
		NAS:  []NAS{{Prefix: netip.MustParsePrefix("127.0.0.0/8"), Secret: secret, OptionalMessageAuthenticator: true}},
		jobs: make(chan func(context.Context), backlog),
	}
	if s.gateways, err = newGateways(s.NAS); err != nil {
		tb.Fatal(err)
	}
	if s.metrics, err = newMetrics(nil); err != nil {
		tb.Fatal(err)
	}
	s.ports = []*port{newPort(s, conn, radius.CodeAccessRequest), newPort(s, conn, radius.CodeAccountingRequest)}
	return s
}

// allocated is the number of bytes this process has allocated so far.
func allocated() uint64 {
	sample := []runtimemetrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	runtimemetrics.Read(sample)
	return sample[0].Value.Uint64()
}

// Any bytes, as a datagram and as the attributes of a rightly signed request: no panic, nothing out of range handed on,
// memory bounded, and always an end to the exchange.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(interim().accounting(1)))
	f.Add([]byte(attributes(nil).signed(radius.CodeAccessRequest, 1, secret)))
	f.Add([]byte(interim()))
	f.Add([]byte("\x28\x06\x00\x00\x00\x07\x29\x06\x00\x00\x00\x09"))
	f.Add([]byte("\x28\x06\x00\x00\x00\x01\x2c\x03\xff\x01\x12\x30262011234567890@a\x1a\x09\x00\x00\x28\xaf\x15\x03\x06"))
	f.Fuzz(func(t *testing.T, input []byte) {
		s := bare(t, inspector{t})
		before := allocated()
		from := s.ports[0].local()
		for _, p := range s.ports {
			p.handle(input, from)
			for _, code := range []radius.Code{radius.CodeAccessRequest, radius.CodeAccountingRequest, radius.CodeStatusServer} {
				b := append(packet.New(code, 1, len(input)), input...)
				if err := packet.Seal(b, [16]byte{}, []byte(secret)); err == nil {
					p.handle(b, from)
				}
			}
			for len(s.jobs) > 0 {
				(<-s.jobs)(t.Context())
			}
		}
		if used := allocated() - before; used > 1<<20 {
			t.Errorf("allocated %d bytes", used)
		}
		if s.flying.count != 0 {
			t.Errorf("%d exchanges have no end", s.flying.count)
		}
		if s.metrics.told[panicked].Load() != 0 {
			t.Error("a packet panicked")
		}
	})
}

func FuzzVendor(f *testing.F) {
	f.Add([]byte("\x00\x00\x28\xaf\x01\x11262011234567890\x15\x03\x06\x16\x0a\x82\x62\xf2\x10\x00\x01\x62\xf2"))
	f.Add([]byte("\x00\x00\x28\xaf\x0a\x035\x02\x06\x00\x00\x00\x01\x07\x06\x0a\x00\x00\x02\x15\x00"))
	f.Fuzz(func(t *testing.T, value []byte) {
		if len(value) > packet.MaxValue {
			return
		}
		r, ok := decode(append(interim(), append([]byte{26, byte(len(value) + 2)}, value...)...).packet(radius.CodeAccountingRequest), classKey)
		if !ok {
			t.Fatal("a vendor's attribute discards the packet")
		}
		if r.ignored > len(value)+1 {
			t.Errorf("ignored %d", r.ignored)
		}
		report, why := r.report(source, received)
		if why != none {
			t.Fatalf("reason %v", why)
		}
		inspector{t}.Submit(report, func(error) {})
	})
}

// Any bytes as an answer, and as the attributes of an authentic one: no panic, memory bounded, and only an authentic
// answer ends the request.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("\x29\x01\x00\x14garbage"))
	f.Add([]byte(caused(503)))
	f.Add([]byte("\x65\x06\x00\x00\x01\xf7\x50\x120123456789abcdef"))
	c, to := idle(f)
	f.Fuzz(func(t *testing.T, input []byte) {
		for _, step := range []radius.Code{0, ack, nak} {
			ends := 0
			if err := c.End(target, "", func(error) { ends++ }); err != nil {
				t.Fatal(err)
			}
			request, before := c.flying(to)[0].request, allocated()
			if step == 0 {
				if why := c.take(input, to); why == none {
					t.Errorf("% x is taken for an answer", input)
				}
			} else if b := append(packet.New(radius.CodeDisconnectRequest+step, request[1], len(input)), input...); packet.Seal(b, [16]byte(request[4:20]), []byte(secret)) == nil {
				_, bad := packet.Parse(b)
				signed := bytes.IndexByte(input, 80) >= 0 // with a signature that may be wrong
				if why := c.take(b, to); why != none && bad == nil && !signed {
					t.Errorf("an authentic answer is dropped: %v", why)
				}
			}
			if used := allocated() - before; used > 1<<20 {
				t.Errorf("allocated %d bytes", used)
			}
			if flying := c.flying(to); len(flying) > 0 {
				if ends != 0 {
					t.Error("the request has ended and is in flight")
				}
				c.take(answer(flying[0].request, ack, secret, nil), to)
			}
			if ends != 1 {
				t.Errorf("the request has ended %d times", ends)
			}
		}
	})
}
