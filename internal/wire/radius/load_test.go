package radius

import (
	"fmt"
	"sync/atomic"
	"testing"

	"layeh.com/radius/rfc2866"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/client"
)

// counting stores nothing, counts, and is done from one goroutine, as a group commit is.
type counting struct {
	sink
	done    chan func(error)
	reports atomic.Int64
}

func (c *counting) Submit(_ usage.Report, done func(error)) bool {
	c.reports.Add(1)
	c.done <- done
	return true
}

// Client and server over loopback: every report arrives once and every exchange is answered. The figure includes the
// client, which costs as much as the server.
func BenchmarkExchange(b *testing.B) {
	f := &counting{done: make(chan func(error), 4096)}
	go func() {
		for done := range f.done {
			done(nil)
		}
	}()
	defer close(f.done)
	g := startServer(b, f)
	c, err := client.Dial(g.acct.String(), []byte(secret), 4)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.SetParallelism(128)
	var n atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			session := client.Session{IMSI: fmt.Sprintf("26201%010d", i), SessionID: fmt.Sprint(i), NAS: "pgw1", APN: "iot", PLMN: "26201"}
			r := client.Accounting(rfc2866.AcctStatusType_Value_InterimUpdate, session, client.Usage{Uplink: i, Downlink: i})
			if _, err := c.Exchange(b.Context(), r); err != nil {
				b.Fatal(err)
			}
		}
	})
	if f.reports.Load() != n.Load() {
		b.Errorf("%d reports of %d exchanges", f.reports.Load(), n.Load())
	}
	b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "exchanges/s")
}
