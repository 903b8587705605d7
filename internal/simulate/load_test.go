package simulate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/client"
)

func (g *rig) run(t *testing.T, l Load) Result {
	t.Helper()
	r, err := l.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(g.counted(), sorted(r.Sessions)); diff != "" {
		t.Errorf("counters (-stored +acknowledged):\n%s", diff)
	}
	return r
}

func TestAcknowledgedCountersAreTheStoredOnes(t *testing.T) {
	t.Parallel()
	const devices = 20
	tests := []struct {
		name   string
		flow   *flow
		change func(*Load)
	}{
		{"one session each", &flow{}, func(*Load) {}},
		{"many sessions", &flow{}, func(l *Load) { l.Interims = 5 }},
		{"left open", &flow{}, func(l *Load) { l.Leave = true }},
		{"at a rate", &flow{}, func(l *Load) { l.Rate, l.Interims = 500, 2 }},
		{"losing every fifth packet", &flow{lose: true}, func(l *Load) { l.For, l.Interims = 2*time.Second, 2 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := serve(t, test.flow)
			l := g.load(t, devices)
			l.For, l.InFlight = time.Second/2, 20
			test.change(&l)
			r := g.run(t, l)
			if r.Connected != devices && !test.flow.lose || r.Answered < devices || r.Unanswered > 0 || r.Rejected > 0 {
				t.Errorf("%d connected, %d unanswered, %s", r.Connected, r.Unanswered, r.Table())
			}
			if l.Interims > 0 && len(r.Sessions) <= devices {
				t.Errorf("%d sessions of %d devices", len(r.Sessions), devices)
			}
			if lost := test.flow.taken - len(g.reported()); (lost > 0) != test.flow.lose {
				t.Errorf("%d reports were not stored", lost)
			}
			stops := 0
			for _, report := range g.reported() {
				if report.Kind == usage.Stop {
					stops++
				}
			}
			if (stops == 0) != l.Leave {
				t.Errorf("%d stops", stops)
			}
		})
	}
}

func TestLoadGoesOnAfterARequestIsLost(t *testing.T) {
	t.Parallel()
	ignored := 0
	g := serve(t, &flow{deaf: func(r usage.Report) bool {
		if r.Kind != usage.Interim || !strings.HasSuffix(r.IMSI, "2") || ignored == 3 {
			return false
		}
		ignored++
		return true
	}})
	l := g.load(t, 3)
	l.For, l.Rate = 7500*time.Millisecond, 10
	if r := g.run(t, l); r.Lost != 1 || ignored != 3 || r.Unanswered > 0 {
		t.Errorf("%d sendings ignored, result %+v", ignored, r)
	}
}

func TestReportsThatMakeRecords(t *testing.T) {
	t.Parallel()
	g := serve(t, &flow{})
	l := g.load(t, 1)
	l.For, l.Bytes, l.RecordEvery = 100*time.Millisecond, 10, true
	g.run(t, l)
	last := usage.Report{}
	for i, r := range g.reported() {
		if r.Kind == usage.Interim && (r.Time < last.Time+45 || r.Uplink+r.Downlink < last.Uplink+last.Downlink+100_000) {
			t.Fatalf("report %d: %d s, %d bytes up after %d s, %d bytes", i, r.Time, r.Uplink, last.Time, last.Uplink)
		}
		if r.Class != (usage.Class{Organisation: 3, IMSI: r.IMSI}) || r.UEAddress.String() != "10.7.0.9" || r.EventTime == 0 {
			t.Fatalf("report %d: %+v", i, r)
		}
		last = r
	}
	if last.Kind != usage.Stop {
		t.Errorf("last report: %+v", last)
	}
}

func TestRateIsKept(t *testing.T) {
	t.Parallel()
	g := serve(t, &flow{})
	l := g.load(t, 400)
	l.Rate, l.For, l.Interims = 1000, 2*time.Second, 3
	r := g.run(t, l)
	if r.Rate < 950 || r.Rate > 1050 || r.Sent != 2000 {
		t.Errorf("asked for 1000 reports/s: %.1f, %d sent", r.Rate, r.Sent)
	}
}

// What could not be sent in time because of slow answers counts as slow, too: half a second of standstill in two makes a
// quarter of all reports wait, although only eight are under way.
func TestNoCoordinatedOmission(t *testing.T) {
	t.Parallel()
	began := time.Now()
	g := serve(t, &flow{delay: func() time.Duration {
		if since := time.Since(began); since > 500*time.Millisecond && since < time.Second {
			return time.Second - since
		}
		return 0
	}})
	l := g.load(t, 8)
	l.Rate, l.For = 200, 2*time.Second
	r := g.run(t, l)
	if r.Reports.P90 < 200*time.Millisecond || r.Reports.P90 > 600*time.Millisecond {
		t.Errorf("p90 %v, want about 300 ms: %+v", r.Reports.P90, r.Reports)
	}
}

func TestLoadCannotBegin(t *testing.T) {
	g := serve(t, &flow{refuse: func(usage.Access) string { return "the SIM is not activated" }})
	l := g.load(t, 10)
	if _, err := l.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "the SIM is not activated") {
		t.Errorf("all refused: %v", err)
	}
	l.Rate = -1
	if _, err := l.Run(t.Context()); err == nil {
		t.Error("a negative rate is taken")
	}
	l.Rate, l.AcctAddr = 0, "127.0.0.1:nowhere"
	if _, err := l.Run(t.Context()); err == nil {
		t.Error("a wrong address is taken")
	}
	l.IMSIs = nil
	if _, err := l.Run(t.Context()); err == nil {
		t.Error("no devices are taken")
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	g := serve(t, &flow{})
	l := g.load(t, 500)
	l.Secret = "another"
	if _, err := l.Run(t.Context()); !errors.Is(err, client.ErrNoAnswer) {
		t.Errorf("got %v, want %v", err, client.ErrNoAnswer)
	}
}

func TestSomeAreRefused(t *testing.T) {
	t.Parallel()
	g := serve(t, &flow{refuse: func(a usage.Access) string {
		if strings.HasSuffix(a.IMSI, "3") {
			return "no"
		}
		return ""
	}})
	l := g.load(t, 30)
	l.Rate, l.For = 300, time.Second
	if r := g.run(t, l); r.Connected != 27 || r.Rejected == 0 || len(r.Sessions) != 27 {
		t.Errorf("result %+v", r)
	}
}

func TestLoadIsInterrupted(t *testing.T) {
	t.Parallel()
	g := serve(t, &flow{})
	l := g.load(t, 50)
	ctx, cancel := context.WithCancel(t.Context())
	l.Progress = func(s Snapshot) {
		if s.Answered > 0 {
			cancel()
		}
	}
	r, err := l.Run(ctx)
	if err != nil || r.Elapsed < 900*time.Millisecond || r.Elapsed > 2*time.Second || r.Unanswered > 0 {
		t.Errorf("%v: %+v", err, r)
	}
	if diff := cmp.Diff(g.counted(), sorted(r.Sessions)); diff != "" {
		t.Errorf("counters (-stored +acknowledged):\n%s", diff)
	}
	if _, err := l.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestSequence(t *testing.T) {
	got, err := Sequence("001010000000009", 2)
	if diff := cmp.Diff([]string{"001010000000009", "001010000000010"}, got); diff != "" || err != nil {
		t.Errorf("%v, (-want +got):\n%s", err, diff)
	}
	for name, test := range map[string]struct {
		first string
		n     int
	}{
		"empty": {"", 1}, "letters": {"26201x", 1}, "short": {"26201", 1}, "long": {"2620112345678901", 1},
		"none": {"262011", 0}, "too many": {"999998", 3}, "signed": {"-262011", 1},
	} {
		if list, err := Sequence(test.first, test.n); err == nil {
			t.Errorf("%s: %v", name, list)
		}
	}
}
