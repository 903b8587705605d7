package diameter

import (
	"bytes"
	"testing"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/dict"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// BenchmarkCodec is what a Credit-Control-Request costs the reader: decoding it and encoding its answer.
func BenchmarkCodec(b *testing.B) {
	decision := CreditAnswer{Result: 2001, Services: []Grant{
		{RatingGroup: Absent, ServiceID: Absent, Result: 2001, Granted: volume(100_000), Validity: 600, HoldingTime: Absent},
	}}
	for _, name := range []string{"open5gs-ccr-u", "3gpp-ccr-u"} {
		b.Run(name, func(b *testing.B) {
			measured := make(chan struct{})
			dialect, m := Open5GS(), golden(b, name)
			s := newServer(&core{credit: grant, policy: permit}, dialect)
			addr, _ := run(b, s)
			s.node.Handle = func(x *peer.Request) { // once, on the reader
				defer close(measured)
				b.ReportAllocs()
				b.SetBytes(int64(len(m)))
				b.ResetTimer()
				for range b.N {
					r, err := decodeCredit(m, &dialect)
					if err != nil {
						b.Error(err)
						return
					}
					var w packet.Writer
					writeCredit(&w, x, &r, decision)
					if _, err := w.Message(); err != nil {
						b.Error(err)
						return
					}
				}
				b.StopTimer()
				x.Refuse(packet.ResultSuccess, nil, "")
			}
			c := open(b, addr, "smf.localdomain")
			c.write(m)
			<-measured
		})
	}
}

// BenchmarkGoDiameter is the peer beside it: the same request read, and written, by go-diameter.
func BenchmarkGoDiameter(b *testing.B) {
	m := golden(b, "open5gs-ccr-u")
	b.ReportAllocs()
	for b.Loop() {
		read, err := diam.ReadMessage(bytes.NewReader(m), dict.Default)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := read.Serialize(); err != nil {
			b.Fatal(err)
		}
	}
}
