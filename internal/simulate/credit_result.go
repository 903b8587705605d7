package simulate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/client"
)

// CreditResult is what a CreditLoad measured. Counts and times are those of the measurement, without what ended the last
// sessions after it, but for Usage.
type CreditResult struct {
	Devices, Peers int
	Asked          float64 // requests per second, 0 in a closed loop
	Sent, Answered int64   // requests, each once however often it was sent
	Lost           int64   // requests without an answer after all sendings
	Repeated       int64   // answers to what was sent again,
	Different      int64   // and those that were not the same as the first one
	Elapsed        time.Duration
	Rate           float64          // requests answered within Elapsed, per second
	Sessions       int64            // ended
	Requests       Latency          // of all kinds
	Kinds          []Latency        // of each kind of request that occurred
	Granted        int64            // octets
	Used           int64            // octets in events and reports that were answered
	Refused        map[uint32]int64 // sessions that did not begin, and events, by Result-Code
	CutByRefusal   map[uint32]int64 // sessions that ended early with a refusal, by Result-Code
	CutByFinal     int64            // sessions that ended early with the final unit
	Usage          map[string]int64 // octets by IMSI, to the very end; with CreditLoad.Account
}

// Kinds of request, as the table shows them.
const (
	policyInitiate = iota
	initiate
	update
	terminate
	policyTerminate
	debit
	creditKinds
)

// creditTally counts while it happens.
type creditTally struct {
	sent, answered, inTime, lost, repeated, different, sessions, granted, used, final atomic.Int64
	latency                                                                           [creditKinds]histogram

	mu            sync.Mutex
	refused, cuts map[uint32]int64
}

func (t *creditTally) answer(kind int, now, at time.Duration, p *pace) {
	t.latency[kind].note(now - at)
	t.answered.Add(1)
	if !p.over(now) {
		t.inTime.Add(1)
	}
}

// lose counts a request without an answer. One that the end of the run cut off is not lost.
func (t *creditTally) lose(err error) {
	if !errors.Is(err, context.Canceled) {
		t.lost.Add(1)
	}
}

func result(a client.CreditAnswer) uint32 {
	if a.Result/1000 != 2 {
		return a.Result
	}
	return a.Service
}

func (t *creditTally) refuse(a client.CreditAnswer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refused == nil {
		t.refused = map[uint32]int64{}
	}
	t.refused[result(a)]++
}

// cut counts what ends a session before its time: the answer to its latest request, of which there were number.
func (t *creditTally) cut(a client.CreditAnswer, number uint32) {
	if a.Final != client.Absent {
		t.final.Add(1)
	}
	if !a.Refused() || number < 2 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cuts == nil {
		t.cuts = map[uint32]int64{}
	}
	t.cuts[result(a)]++
}

// requests adds up the latencies of all requests.
func (t *creditTally) requests() *counts {
	sum := new(counts)
	for kind := range t.latency {
		sum.add(&t.latency[kind])
	}
	return sum
}

func (t *creditTally) tell(r *CreditResult) {
	r.Sent, r.Answered, r.Lost, r.Repeated, r.Different = t.sent.Load(), t.answered.Load(), t.lost.Load(), t.repeated.Load(), t.different.Load()
	r.Sessions, r.Granted, r.Used, r.CutByFinal = t.sessions.Load(), t.granted.Load(), t.used.Load(), t.final.Load()
	r.Refused, r.CutByRefusal = t.refused, t.cuts
	if r.Elapsed > 0 {
		r.Rate = float64(t.inTime.Load()) / r.Elapsed.Seconds()
	}
	for kind, name := range []string{"Gx initiate", "initiate", "update", "terminate", "Gx terminate", "event"} {
		c := new(counts)
		if c.add(&t.latency[kind]); c.total > 0 {
			r.Kinds = append(r.Kinds, c.latency(name))
		}
	}
	r.Requests = t.requests().latency("all requests")
}

// Table shows the result as plain text.
func (r CreditResult) Table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s devices, %d connections, %s in %s", grouped(int64(r.Devices)), r.Peers, perSecond(r.Rate, "requests"),
		r.Elapsed.Round(10*time.Millisecond))
	if r.Asked > 0 {
		fmt.Fprintf(&b, ", asked for %s", perSecond(r.Asked, "requests"))
	}
	b.WriteString("\n\n")
	table(&b, append(r.Kinds[:len(r.Kinds):len(r.Kinds)], r.Requests))
	fmt.Fprintf(&b, "\nsent %s   answered %s   lost %s   sessions ended %s\n", grouped(r.Sent), grouped(r.Answered), grouped(r.Lost),
		grouped(r.Sessions))
	fmt.Fprintf(&b, "granted %s bytes   used %s bytes\n", grouped(r.Granted), grouped(r.Used))
	if r.Repeated > 0 {
		fmt.Fprintf(&b, "sent again %s   answered differently %s\n", grouped(r.Repeated), grouped(r.Different))
	}
	for _, what := range []struct {
		name string
		list map[uint32]int64
	}{{"refused", r.Refused}, {"cut", r.CutByRefusal}} {
		if len(what.list) > 0 {
			b.WriteString(what.name + byCode(what.list) + "\n")
		}
	}
	if r.CutByFinal > 0 {
		fmt.Fprintf(&b, "cut by the final unit %s\n", grouped(r.CutByFinal))
	}
	return b.String()
}

// byCode lists counts by Result-Code.
func byCode(list map[uint32]int64) string {
	var b strings.Builder
	for _, code := range slices.Sorted(maps.Keys(list)) {
		fmt.Fprintf(&b, "   with %d %s", code, grouped(list[code]))
	}
	return b.String()
}
