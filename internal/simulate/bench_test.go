//go:build unix

package simulate

import (
	"context"
	"crypto/md5" //nolint:gosec // RADIUS
	"log/slog"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// answerer answers reports with the least work possible, to see what the generator costs. It shares the process, so the
// CPU time shown is the generator's and its own.
func answerer(b *testing.B) string {
	b.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	if err := conn.SetReadBuffer(4 << 20); err != nil {
		b.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		buffer := make([]byte, packet.MaxLength)
		for {
			_, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			answer := buffer[:packet.HeaderLength]
			answer[0], answer[2], answer[3] = 5, 0, packet.HeaderLength
			sum := md5.Sum(append(answer[:packet.HeaderLength:packet.HeaderLength], secret...)) //nolint:gosec // see above
			copy(answer[4:], sum[:])
			_, _ = conn.WriteToUDPAddrPort(answer, from)
		}
	})
	b.Cleanup(func() { _ = conn.Close(); reading.Wait() })
	return conn.LocalAddr().String()
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func BenchmarkLoad(b *testing.B) {
	for name, rate := range map[string]float64{"closed loop": 0, "10000 per second": 10_000} {
		b.Run(name, func(b *testing.B) {
			g := serve(b, &flow{})
			l := g.load(b, 1000)
			l.Rate, l.AcctAddr, l.Account, l.RecordEvery, l.Leave = rate, answerer(b), false, true, true
			for b.Loop() {
				before := cpu(b)
				l.For = 4 * time.Second
				r, err := l.Run(b.Context())
				if err != nil || r.Lost > 0 {
					b.Fatal(err, r.Table())
				}
				spent := cpu(b) - before
				b.ReportMetric(r.Rate, "reports/s")
				b.ReportMetric(float64(spent.Microseconds())/float64(r.Answered), "µs-CPU/report")
				b.ReportMetric(float64(r.Reports.P99.Microseconds()), "µs-p99")
			}
		})
	}
}

// A demonstration's fleet, with the server in the same process.
func BenchmarkCore(b *testing.B) {
	g := serve(b, &flow{})
	c := g.core(devices(100, 200), clock.System())
	c.Log = slog.New(slog.DiscardHandler)
	const long = 10 * time.Second
	for b.Loop() {
		before, told := cpu(b), len(g.reported())+len(g.asked())
		ctx, cancel := context.WithTimeout(b.Context(), long)
		if err := c.Run(ctx); err != nil {
			b.Fatal(err)
		}
		cancel()
		b.ReportMetric(100*float64(cpu(b)-before)/float64(long), "%-of-a-core")
		b.ReportMetric(float64(len(g.reported())+len(g.asked())-told)/long.Seconds(), "packets/s")
	}
}
