package simulate

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"layeh.com/radius/rfc2866"
)

// Result is what a Load measured. Counts and times are those of the measurement, without connecting before and the
// Stops after it.
type Result struct {
	Endpoints, Connected int
	Asked                float64 // reports per second, 0 in a closed loop
	Sent, Answered       int64   // reports
	Lost                 int64   // requests without an answer after three sendings
	Rejected             int64   // Access-Requests
	Elapsed              time.Duration
	Rate                 float64   // reports answered within Elapsed, per second
	Reports              Latency   // of all kinds
	Kinds                []Latency // of each kind of request that occurred
	Unanswered           int       // sessions whose last report nobody acknowledged, at the very end
	Sessions             []Session // with Load.Account
}

// Latency tells how long answers took.
type Latency struct {
	Kind                         string
	Count                        int64
	P50, P90, P99, P999, Longest time.Duration
}

// Session is what the server has acknowledged about a session. When the last report is unanswered it may know more.
type Session struct {
	NAS, SessionID, IMSI string
	Uplink, Downlink     int64 // bytes
	Unanswered           bool
}

// Kinds of request, as the table shows them.
const (
	access = iota
	start
	interim
	stop
	kinds
)

func kindOf(status rfc2866.AcctStatusType) int {
	switch status {
	case rfc2866.AcctStatusType_Value_Start:
		return start
	case rfc2866.AcctStatusType_Value_Stop:
		return stop
	}
	return interim
}

// tally counts while it happens.
type tally struct {
	sent, answered, inTime, lost, rejected atomic.Int64
	latency                                [kinds]histogram
}

// reports adds up the latencies of all reports.
func (t *tally) reports() *counts {
	sum := new(counts)
	for kind := start; kind < kinds; kind++ {
		sum.add(&t.latency[kind])
	}
	return sum
}

func (t *tally) tell(r *Result) {
	r.Sent, r.Answered, r.Lost, r.Rejected = t.sent.Load(), t.answered.Load(), t.lost.Load(), t.rejected.Load()
	if r.Elapsed > 0 {
		r.Rate = float64(t.inTime.Load()) / r.Elapsed.Seconds()
	}
	for kind, name := range []string{"access", "start", "interim", "stop"} {
		c := new(counts)
		if c.add(&t.latency[kind]); c.total > 0 {
			r.Kinds = append(r.Kinds, c.latency(name))
		}
	}
	r.Reports = t.reports().latency("all reports")
}

func (c *counts) latency(kind string) Latency {
	return Latency{
		Kind: kind, Count: c.total, P50: c.quantile(0.5), P90: c.quantile(0.9), P99: c.quantile(0.99),
		P999: c.quantile(0.999), Longest: time.Duration(c.highest) * time.Microsecond,
	}
}

// Table shows the result as plain text.
func (r Result) Table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s devices connected, %s in %s", grouped(int64(r.Connected)), grouped(int64(r.Endpoints)),
		perSecond(r.Rate, "reports"), r.Elapsed.Round(10*time.Millisecond))
	if r.Asked > 0 {
		fmt.Fprintf(&b, ", asked for %s", perSecond(r.Asked, "reports"))
	}
	b.WriteString("\n\n")
	table(&b, append(r.Kinds[:len(r.Kinds):len(r.Kinds)], r.Reports))
	fmt.Fprintf(&b, "\nsent %s   answered %s   lost %s   rejected %s", grouped(r.Sent), grouped(r.Answered), grouped(r.Lost),
		grouped(r.Rejected))
	if r.Unanswered > 0 {
		fmt.Fprintf(&b, "   unanswered to the end %s", grouped(int64(r.Unanswered)))
	}
	b.WriteString("\n")
	return b.String()
}

// table shows latencies, one kind of request a line.
func table(b *strings.Builder, kinds []Latency) {
	w := tabwriter.NewWriter(b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "request\tanswered\tp50\tp90\tp99\tp99.9\tmax\t")
	for _, l := range kinds {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", l.Kind, grouped(l.Count),
			short(l.P50), short(l.P90), short(l.P99), short(l.P999), short(l.Longest))
	}
	_ = w.Flush() // into memory
}

func perSecond(rate float64, of string) string {
	if of == "" {
		of = "reports"
	}
	return grouped(int64(rate+0.5)) + " " + of + "/s"
}

// short shows a duration in milliseconds, or seconds from ten seconds on.
func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.2f ms", d.Seconds()*1000)
}

// grouped writes a number with a comma after each three digits.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
