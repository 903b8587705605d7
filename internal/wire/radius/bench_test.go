package radius

import (
	"context"
	"encoding/binary"
	"net/netip"
	"testing"

	"layeh.com/radius"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/client"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// sink stores nothing and is always done.
type sink struct{}

func (sink) Admit(context.Context, usage.Access) usage.Decision { return usage.Decision{} }
func (sink) Restarted(context.Context, string, int64) error     { return nil }
func (sink) Submit(_ usage.Report, done func(error)) bool       { done(nil); return true }

func typical(b *testing.B) packet.Packet {
	r := client.Accounting(3, client.Session{
		IMSI: "262011234567890", IMEISV: "3512345678901234", MSISDN: "491701234567", APN: "iot.example", PLMN: "26201", RAT: 6,
		Location: []byte("\x82\x62\xf2\x10\x00\x01\x62\xf2\x10\x00\x00\x01\x01"), ChargingID: 77, SessionID: "0a0000020000004d",
		NAS: "pgw1", GGSN: netip.MustParseAddr("10.0.0.2"), SGSN: netip.MustParseAddr("10.0.0.3"), NSAPI: 5,
		Address: netip.MustParseAddr("10.199.6.39"), Class: sealClass(usage.Class{Organisation: 42, IMSI: "262011234567890"}, classKey),
	}, client.Usage{Uplink: 1 << 33, Downlink: 1 << 34, Seconds: 300})
	p := append(packet.New(radius.CodeAccountingRequest, 1, 512), r.Attributes...)
	if err := packet.Seal(p, [16]byte{}, []byte(secret)); err != nil {
		b.Fatal(err)
	}
	return p
}

// Verify, decode, report, encode the answer: all but the socket and the cache.
func BenchmarkAccounting(b *testing.B) {
	p, x := typical(b), &exchange{secret: []byte(secret)}
	nas := &gateway{secret: []byte(secret)}
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := packet.Parse(p)
		if err != nil || verify(p, nas) != none {
			b.Fatal("refused")
		}
		r, _ := decode(p, classKey)
		if _, why := r.report(source, received); why != none {
			b.Fatal(why)
		}
		if _, err := x.seal(x.open(radius.CodeAccountingResponse)); err != nil {
			b.Fatal(err)
		}
	}
}

// The same with cache and the answer's system call, each packet another; signing the request is not counted.
func BenchmarkAccountingPort(b *testing.B) {
	s := bare(b, sink{})
	t, from, p := s.ports[1], s.ports[1].local(), typical(b)
	const batch = 1024
	packets := make([]packet.Packet, batch)
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		if n%batch == 0 {
			b.StopTimer()
			for i := range packets {
				packets[i] = append(packet.Packet(nil), p...)
				binary.BigEndian.PutUint32(packets[i][22:], 3)
				packets[i] = append(packets[i], 99, 10)
				packets[i] = binary.BigEndian.AppendUint64(packets[i], n+uint64(i))
				if err := packet.Seal(packets[i], [16]byte{}, []byte(secret)); err != nil {
					b.Fatal(err)
				}
			}
			b.StartTimer()
		}
		t.handle(packets[n%batch], from)
	}
}

// What the parsed form of layeh.com/radius alone would cost, as the peer of BenchmarkAccounting.
func BenchmarkLayehParse(b *testing.B) {
	p := typical(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := radius.Parse(p, []byte(secret)); err != nil {
			b.Fatal(err)
		}
	}
}
