package simulate

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
)

func TestQuantilesAreNearTheTruth(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	h, all := new(histogram), make([]time.Duration, 0, 50_000)
	for range cap(all) {
		d := time.Duration(random.ExpFloat64() * random.Float64() * float64(50*time.Millisecond)).Truncate(time.Microsecond)
		h.note(d)
		all = append(all, d)
	}
	slices.Sort(all)
	c := new(counts)
	c.add(h)
	for _, share := range []float64{0, 0.5, 0.9, 0.99, 0.999, 1} {
		want := all[max(0, int(share*float64(len(all)))-1)]
		if got := c.quantile(share); got < want || got > want+want/100+time.Microsecond {
			t.Errorf("quantile %v: %v, want %v", share, got, want)
		}
	}
	if c.total != int64(len(all)) || c.highest != all[len(all)-1].Microseconds() {
		t.Errorf("%d noted, highest %d µs", c.total, c.highest)
	}
}

func TestHistogramTakesAnything(t *testing.T) {
	for _, d := range []time.Duration{-time.Second, 0, time.Nanosecond, time.Microsecond, longest, 1<<63 - 1} {
		h, c := new(histogram), new(counts)
		h.note(d)
		c.add(h)
		if got, want := c.quantile(0.5), min(max(d, 0), longest).Truncate(time.Microsecond); got != want {
			t.Errorf("%v noted as %v", want, got)
		}
	}
	if got := new(counts).quantile(0.5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestCountsSince(t *testing.T) {
	h, before, all := new(histogram), new(counts), new(counts)
	h.note(time.Second)
	before.add(h)
	h.note(time.Millisecond)
	all.add(h)
	all.minus(before)
	if got := all.quantile(0.99); all.total != 1 || got > 1010*time.Microsecond {
		t.Errorf("%d since, p99 %v", all.total, got)
	}
}

// However many there are, two start and two stop in each second from the first one on, and half are connected after 5 s.
func TestTimetable(t *testing.T) {
	const seconds = 300
	for _, places := range []int64{1, 2, 3, 10, 75, 301} {
		var starts, stops [seconds]int
		online := 0
		for place := range places {
			p := &timetable{began: 1_000_000_000_123_456, place: place, places: places}
			for at := p.first(); at < p.began+seconds*clock.Second; at = p.next(at) {
				starts[(at-p.began)/clock.Second]++
				end := p.slot(at) + p.length()
				if end <= at {
					t.Fatalf("place %d of %d stops %d µs after its start", place, places, end-at)
				}
				if second := (end - p.began) / clock.Second; second < seconds {
					stops[second]++
				}
				if five := p.began + 5*clock.Second; at <= five && end > five {
					online++
				}
			}
		}
		if slices.Min(starts[:]) < 2 || slices.Max(starts[5:]) > 2 || slices.Min(stops[:]) < 2 && places > 1 || slices.Max(stops[:]) > 2 {
			t.Errorf("%d places: starts %v, stops %v", places, starts, stops)
		}
		if places > 2 && (int64(online) < places/2-1 || int64(online) > places/2+2) {
			t.Errorf("%d of %d are connected after 5 s", online, places)
		}
	}
}

func TestLocation(t *testing.T) {
	for name, test := range map[string]struct {
		plmn string
		rat  int
		want string
	}{
		"E-UTRAN": {"26201", EUTRAN, "8262f2100004 62f21000000305"},
		"NB-IoT":  {"310260", NBIoT, "821300620004 13006200000305"},
		"GERAN":   {"26201", GERAN, "0062f21000040305"},
		"UTRAN":   {"26201", UTRAN, "0162f21000040305"},
		"unknown": {"", EUTRAN, ""}, "malformed": {"26x01", EUTRAN, ""},
	} {
		want := string(bytes.ReplaceAll([]byte(test.want), []byte(" "), nil))
		if got := hex.EncodeToString(location(test.plmn, test.rat, 0x305)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	ms := func(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
	r := Result{
		Endpoints: 10_000, Connected: 9_999, Asked: 12_000, Sent: 120_001, Answered: 120_000, Lost: 1, Elapsed: 10 * time.Second,
		Rate: 11_999.6, Reports: Latency{"all reports", 120_000, ms(0.85), ms(4.26), ms(8.1), ms(120.4), 11 * time.Second},
		Kinds: []Latency{{"interim", 120_000, ms(0.85), ms(4.26), ms(8.1), ms(120.4), 11 * time.Second}},
	}
	want := `9,999 of 10,000 devices connected, 12,000 reports/s in 10s, asked for 12,000 reports/s

       request   answered       p50      p90      p99    p99.9      max
       interim    120,000   0.85 ms   4.3 ms   8.1 ms   120 ms   11.0 s
   all reports    120,000   0.85 ms   4.3 ms   8.1 ms   120 ms   11.0 s

sent 120,001   answered 120,000   lost 1   rejected 0
`
	if diff := cmp.Diff(want, r.Table()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProgressLine(t *testing.T) {
	s := Snapshot{Elapsed: 12 * time.Second, Rate: 11_940, Answered: 143_280, P99: 8100 * time.Microsecond}
	const want = "12s  11,940 reports/s  answered 143,280  lost 0  p99 8.1 ms"
	var file, terminal bytes.Buffer
	progress, done := Print(&file)
	progress(s)
	progress(Snapshot{Connecting: 1234})
	done()
	if diff := cmp.Diff(want+"\n1,234 devices connected\n", file.String()); diff != "" {
		t.Errorf("to a file (-want +got):\n%s", diff)
	}
	progress, done = printOver(&terminal)
	progress(s)
	progress(s)
	done()
	if diff := cmp.Diff("\r"+want+"\x1b[K\r"+want+"\x1b[K\n", terminal.String()); diff != "" {
		t.Errorf("to a terminal (-want +got):\n%s", diff)
	}
}

// A gateway's session time is told by the clock that stamps its reports, and never falls when that is set back. Were it
// told by another, the platform would take a session that began after all that is known of it for a new one.
func TestSessionTimeNeverFalls(t *testing.T) {
	began := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)
	e, l := endpoint{began: began}, &Load{Bytes: 100}
	for _, step := range []struct {
		after time.Duration
		want  int64
	}{{-2 * time.Second, 0}, {2 * time.Second, 2}, {time.Second, 2}, {6 * time.Second, 6}} {
		if e.advance(l, began.Add(step.after)); e.usage.Seconds != step.want {
			t.Errorf("after %s: %d s, want %d", step.after, e.usage.Seconds, step.want)
		}
	}
}
