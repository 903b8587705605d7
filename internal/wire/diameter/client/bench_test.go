package client

import (
	"context"
	"fmt"
	"testing"

	"github.com/simstead/simstead/internal/wire/diameter"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// willing grants everything at once, so that only the wire is measured.
type willing struct{ ledger }

func (*willing) Credit(_ context.Context, r diameter.CreditRequest, answer func(diameter.CreditAnswer)) bool {
	units := diameter.NoUnits()
	units.Total = 100_000
	answer(diameter.CreditAnswer{Result: packet.ResultSuccess, Services: []diameter.Grant{{
		RatingGroup: r.Services[0].RatingGroup, ServiceID: diameter.Absent, Result: packet.ResultSuccess, Granted: units,
		Validity: 600, HoldingTime: diameter.Absent,
	}}})
	return true
}

// BenchmarkLoopback is a CCR-U with its answer over one connection, client and server on the same cores.
func BenchmarkLoopback(b *testing.B) {
	for _, inFlight := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("in_flight=%d", inFlight), func(b *testing.B) {
			_, addr := serveWith(b, &willing{})
			c, s := dial(b, addr, "smf.localdomain", false, newClock()), device()
			r := Request{
				Session: &s, SessionID: c.NewSessionID("gy"), Type: Update, RatingGroup: Absent, Used: &Usage{1, 2, 3},
				Reason: ReasonQuotaExhausted, Requested: 1_000_000, Action: 0,
			}
			room := make(chan struct{}, inFlight)
			b.ReportAllocs()
			for b.Loop() {
				room <- struct{}{}
				if err := c.Credit(r, func(a CreditAnswer, err error) {
					if err != nil || a.Granted != 100_000 {
						b.Errorf("answer %+v, %v", a, err)
					}
					<-room
				}); err != nil {
					b.Fatal(err)
				}
			}
			for range inFlight {
				room <- struct{}{}
			}
		})
	}
}
