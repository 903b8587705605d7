package simulate

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter"
)

func credit(t testing.TB, addr string, devices int) CreditLoad {
	t.Helper()
	imsis, err := Sequence("262019900000001", devices)
	if err != nil {
		t.Fatal(err)
	}
	return CreditLoad{
		Addr: addr, IMSIs: imsis, APN: "iot.example", PLMN: "26201", Updates: 3, For: 300 * time.Millisecond, InFlight: 8,
		Clock: clock.System(), Account: true,
	}
}

func TestAnsweredUseIsTheChargedOne(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		ocs    *ocs
		change func(*CreditLoad)
		check  func(CreditResult) bool
	}{
		{"sessions", &ocs{slice: 1 << 20}, func(*CreditLoad) {}, func(r CreditResult) bool { return r.Sessions > 20 && len(r.Kinds) == 3 }},
		{"sessions on Gx", &ocs{slice: 1 << 20}, func(l *CreditLoad) { l.Gx = true }, func(r CreditResult) bool { return r.Sessions > 20 && len(r.Kinds) == 5 }},
		{"over three connections", &ocs{slice: 1 << 20}, func(l *CreditLoad) { l.Peers = 3 }, func(r CreditResult) bool { return r.Sessions > 20 }},
		{"small slices", &ocs{slice: 1000}, func(*CreditLoad) {}, func(r CreditResult) bool { return r.Used < 5000*r.Sessions }},
		{"by the standard", &ocs{slice: 1 << 20}, func(l *CreditLoad) { l.Strict = true }, func(r CreditResult) bool { return r.Sessions > 20 }},
		{"events", &ocs{}, func(l *CreditLoad) { l.Mode = Events }, func(r CreditResult) bool { return r.Used == 250_500*r.Answered && len(r.Kinds) == 1 }},
		{"each thrice", &ocs{slice: 1 << 20}, func(l *CreditLoad) { l.Repeat = 3 }, func(r CreditResult) bool { return r.Repeated >= 2*r.Answered-20 && r.Different == 0 }},
		{"at a rate", &ocs{slice: 1 << 20}, func(l *CreditLoad) { l.Rate, l.For = 400, time.Second }, func(r CreditResult) bool { return r.Sent == 400 && r.Rate > 380 }},
		{"cut by refusal", &ocs{slice: 300_000, quota: 600_000}, func(l *CreditLoad) { l.Updates = 9 }, func(r CreditResult) bool {
			return r.CutByRefusal[4012] == 20 && r.CutByFinal == 0 && r.Refused[4012] > 0 && r.Used == 20*600_000
		}},
		{"cut by the final unit", &ocs{slice: 300_000, quota: 600_000, final: true}, func(l *CreditLoad) { l.Updates = 9 }, func(r CreditResult) bool {
			return r.CutByFinal == 20 && r.CutByRefusal == nil && r.Refused[4012] > 0 && r.Used == 20*600_000
		}},
		{"refused", &ocs{slice: 1, refuse: func(imsi, _ string) uint32 {
			if imsi[14] == '3' {
				return 5030
			}
			return 0
		}}, func(*CreditLoad) {}, func(r CreditResult) bool { return r.Refused[5030] > 0 && r.Sessions > 0 && len(r.Refused) == 1 }},
		{"events refused", &ocs{refuse: func(string, string) uint32 { return 4010 }}, func(l *CreditLoad) { l.Mode = Events }, func(r CreditResult) bool {
			return r.Used == 0 && r.Refused[4010] == r.Answered
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := credit(t, charge(t, test.ocs), 20)
			test.change(&l)
			r, err := l.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !test.check(r) || r.Lost > 0 || r.Sent != r.Answered || r.Answered == 0 {
				t.Errorf("%+v\n%s", r, r.Table())
			}
			for imsi, octets := range test.ocs.used {
				if octets == 0 {
					delete(test.ocs.used, imsi)
				}
			}
			for imsi, octets := range r.Usage {
				if octets == 0 {
					delete(r.Usage, imsi)
				}
			}
			if diff := cmp.Diff(test.ocs.used, r.Usage); diff != "" {
				t.Errorf("use (-charged +answered):\n%s", diff)
			}
			ends(t, test.ocs)
		})
	}
}

// ends makes sure that each session that was opened was ended, once, with the highest number.
func ends(t *testing.T, o *ocs) {
	t.Helper()
	open := map[string]int64{}
	for _, r := range o.asked() {
		switch {
		case r.Type == diameter.Event, r.Repeated:
		case r.Type == diameter.Initial && o.answers[r.SessionID+"0"].Result == 2001:
			open[r.SessionID] = 0
		case r.Type != diameter.Initial:
			last, known := open[r.SessionID]
			if !known || r.Number != last+1 {
				t.Fatalf("%s %d comes after %d", r.SessionID, r.Number, last)
			}
			if open[r.SessionID] = r.Number; r.Type == diameter.Termination {
				delete(open, r.SessionID)
			}
		}
	}
	if len(open) > 0 {
		t.Errorf("%d sessions are open", len(open))
	}
}

func TestDifferentAnswersAreSeen(t *testing.T) {
	t.Parallel()
	l := credit(t, charge(t, &ocs{slice: 250_500, quota: 1_000_000, forgets: true}), 20)
	l.Repeat = 2
	if r, err := l.Run(t.Context()); err != nil || r.Different == 0 {
		t.Errorf("%v: %s", err, r.Table())
	}
}

func TestCreditLoadCannotBegin(t *testing.T) {
	l := credit(t, "127.0.0.1:1", 1)
	if _, err := l.Run(t.Context()); err == nil {
		t.Error("nobody listens, but it runs")
	}
	l.Rate = -1
	if _, err := l.Run(t.Context()); err == nil {
		t.Error("a negative rate is taken")
	}
	l.IMSIs = nil
	if _, err := l.Run(t.Context()); err == nil {
		t.Error("no devices are taken")
	}
}

func TestCreditLoadIsInterrupted(t *testing.T) {
	t.Parallel()
	o := &ocs{slice: 1 << 20}
	l := credit(t, charge(t, o), 20)
	ctx, cancel := context.WithCancel(t.Context())
	l.For, l.Progress = 0, func(s Snapshot) {
		if s.Answered > 0 {
			cancel()
		}
	}
	r, err := l.Run(ctx)
	if err != nil || r.Elapsed < 900*time.Millisecond || r.Elapsed > 3*time.Second || r.Rate < 100 {
		t.Errorf("%v: %+v", err, r)
	}
	ends(t, o)
}

func TestCreditTable(t *testing.T) {
	ms := func(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
	all := Latency{"all requests", 24_000, ms(0.85), ms(4.26), ms(8.1), ms(120.4), ms(130)}
	r := CreditResult{
		Devices: 1000, Peers: 2, Asked: 2400, Sent: 24_001, Answered: 24_000, Lost: 1, Repeated: 48_000, Different: 2, Elapsed: 10 * time.Second,
		Rate: 2399.6, Sessions: 4800, Granted: 24_000_000, Used: 1_202_400, Refused: map[uint32]int64{5030: 7, 4012: 1000},
		CutByRefusal: map[uint32]int64{4012: 3}, CutByFinal: 12, Requests: all,
		Kinds: []Latency{{"initiate", 4800, ms(0.85), ms(4.26), ms(8.1), ms(120.4), ms(130)}},
	}
	want := `1,000 devices, 2 connections, 2,400 requests/s in 10s, asked for 2,400 requests/s

        request   answered       p50      p90      p99    p99.9      max
       initiate      4,800   0.85 ms   4.3 ms   8.1 ms   120 ms   130 ms
   all requests     24,000   0.85 ms   4.3 ms   8.1 ms   120 ms   130 ms

sent 24,001   answered 24,000   lost 1   sessions ended 4,800
granted 24,000,000 bytes   used 1,202,400 bytes
sent again 48,000   answered differently 2
refused   with 4012 1,000   with 5030 7
cut   with 4012 3
cut by the final unit 12
`
	if diff := cmp.Diff(want, r.Table()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
