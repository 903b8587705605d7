package client

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/wire/diameter"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// What is open on one interface when the other refuses is closed; a session that was never open is not.
func TestWhatIsOpenIsClosedAfterARefusal(t *testing.T) {
	const i, e = diameter.Initial, diameter.Termination
	tests := []struct {
		name   string
		ledger *ledger
		want   RefusedError
		gy, gx []diameter.RequestType
	}{
		{"the service on Gy", &ledger{}, RefusedError{"Gy", 4012}, []diameter.RequestType{i, e}, []diameter.RequestType{i, e}},
		{"the command on Gy", &ledger{command: 5030}, RefusedError{"Gy", 5030}, []diameter.RequestType{i}, []diameter.RequestType{i, e}},
		{"Gx", &ledger{barred: true, quota: map[string]int64{imsi: 1 << 40}, slice: 1}, RefusedError{"Gx", 5003}, []diameter.RequestType{i, e}, []diameter.RequestType{i}},
		{"both", &ledger{barred: true, command: 4010}, RefusedError{"Gy", 4010}, []diameter.RequestType{i}, []diameter.RequestType{i}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := test.ledger
			_, addr := serve(t, l, diameter.Open5GS())
			b := &Bearer{Client: dial(t, addr, "smf.localdomain", false, newClock()), Session: device(), RatingGroup: Absent}
			var refused *RefusedError
			if err := b.Start(t.Context()); !errors.As(err, &refused) || *refused != test.want || !b.Ended() {
				t.Errorf("Start = %v, want %v", err, test.want)
			}
			var gx []diameter.RequestType
			for _, r := range l.policies {
				gx = append(gx, r.Type)
			}
			if diff := cmp.Diff(test.gy, l.types()) + cmp.Diff(test.gx, gx); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if err := b.Stop(t.Context()); err != nil || len(l.types()) != len(test.gy) {
				t.Errorf("Stop after it = %v, %v", err, l.types())
			}
		})
	}
}

// A device at 3,000 octets a second reports at the moments that the grant sets: its volume, its threshold, its validity.
func TestDriveReportsOnTime(t *testing.T) {
	type report struct{ Seconds, Octets, Reason int64 }
	tests := []struct {
		name    string
		ledger  *ledger
		long    time.Duration
		passed  int64
		ends    error
		reports []report // after the first request; Reason wherever it stood
	}{
		{
			"volume", &ledger{quota: map[string]int64{imsi: 1 << 40}, slice: 30_000}, 25 * time.Second, 75_000, nil,
			[]report{{10, 30_000, ReasonQuotaExhausted}, {10, 30_000, ReasonQuotaExhausted}},
		},
		{
			"threshold", &ledger{quota: map[string]int64{imsi: 1 << 40}, slice: 30_000, threshold: 6_000}, 9 * time.Second, 27_000, nil,
			[]report{{8, 24_000, ReasonThreshold}},
		},
		{
			"validity", &ledger{quota: map[string]int64{imsi: 1 << 40}, slice: 1 << 30, validity: 7}, 22 * time.Second, 66_000, nil,
			[]report{{7, 21_000, ReasonValidityTime}, {7, 21_000, ReasonValidityTime}, {7, 21_000, ReasonValidityTime}},
		},
		{
			"time", &ledger{quota: map[string]int64{imsi: 1 << 40}, slice: 1 << 30, validity: 70, seconds: 6}, 7 * time.Second, 21_000, nil,
			[]report{{6, 18_000, ReasonQuotaExhausted}},
		},
		{
			"refusal", &ledger{quota: map[string]int64{imsi: 31_000}, slice: 20_000}, time.Hour, 31_000, &RefusedError{"Gy", 4012},
			[]report{{6, 20_000, ReasonQuotaExhausted}, {3, 11_000, ReasonQuotaExhausted}, {0, 0, ReasonFinal}},
		},
		{
			"final, by volume", &ledger{quota: map[string]int64{imsi: 31_000}, slice: 20_000, asFinal: true}, time.Hour, 31_000, ErrEnded,
			[]report{{6, 20_000, ReasonQuotaExhausted}, {3, 11_000, ReasonFinal}},
		},
		{
			"final, by validity", &ledger{quota: map[string]int64{imsi: 31_000}, slice: 40_000, asFinal: true, validity: 5}, time.Hour, 15_000, ErrEnded,
			[]report{{5, 15_000, ReasonFinal}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := test.ledger
			_, addr := serve(t, l, diameter.Open5GS())
			b := &Bearer{Client: dial(t, addr, "smf.localdomain", false, newClock()), Session: device(), RatingGroup: Absent, WithoutGx: true}
			if err := b.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			passed, err := b.Drive(t.Context(), Traffic{Up: 1000, Down: 2000}, test.long)
			if passed != test.passed || (err == nil) != (test.ends == nil) || err != nil && err.Error() != test.ends.Error() {
				t.Errorf("%d octets, %v; want %d, %v", passed, err, test.passed, test.ends)
			}
			var got []report
			for _, r := range l.requests[1:] {
				u := r.Services[0].Used[0]
				got = append(got, report{u.Time, u.Volume(), max(u.Reason, r.Services[0].Reason)})
			}
			if diff := cmp.Diff(test.reports, got); diff != "" {
				t.Errorf("reports (-want +got):\n%s", diff)
			}
		})
	}
}

// What passes while the server decides counts towards the next grant, or is told by the last report.
func TestLateOctetsAreReported(t *testing.T) {
	l := &ledger{quota: map[string]int64{imsi: 25_000}, slice: 10_000}
	_, addr := serve(t, l, diameter.Open5GS())
	b := &Bearer{Client: dial(t, addr, "smf.localdomain", false, newClock()), Session: device(), RatingGroup: Absent, Late: 700}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	passed, err := b.Carry(t.Context(), 1_000_000, 1_000_000)
	if passed != 25_700 || err == nil || l.left(imsi) != -700 {
		t.Errorf("%d passed, %d left: %v", passed, l.left(imsi), err)
	}
}

// A bearer whose connection fails while it waits repeats its request over the next connection.
func TestFailover(t *testing.T) {
	l := &ledger{quota: map[string]int64{imsi: 1 << 40}, slice: 1000}
	s, addr := serve(t, l, diameter.Open5GS())
	c := dial(t, addr, "smf.localdomain", false, newClock())
	b := &Bearer{Client: c, Session: device(), RatingGroup: Absent, WithoutGx: true}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Cut()
	reported := make(chan error, 1)
	go func() { reported <- b.Report(t.Context()) }()
	if err := c.Dial(t.Context(), s.Bound()[0].String()); err != nil {
		t.Fatal(err)
	}
	if err := <-reported; err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	r := l.requests[1]
	l.mu.Unlock()
	if r.Type != diameter.Update || r.Number != 1 || r.OriginHost != "smf.localdomain" {
		t.Errorf("repeated %+v", r)
	}
	if same, err := b.Repeat(t.Context()); !same || err != nil {
		t.Errorf("repeated once more: %v, %v", same, err)
	}
	l.mu.Lock()
	last := l.requests[2]
	l.mu.Unlock()
	if !last.Repeated || last.Number != 1 {
		t.Errorf("repeated %+v", last)
	}
}

// Without an answer the bearer tries three times, marks the repetitions, and gives up its session.
func TestNoAnswer(t *testing.T) {
	l := &mute{}
	_, addr := serveBy(t, l, diameter.Open5GS())
	c := dial(t, addr, "smf.localdomain", false, newClock())
	c.Timeout = 20 * time.Millisecond
	b := &Bearer{Client: c, Session: device(), RatingGroup: Absent, WithoutGx: true}
	if err := b.Start(t.Context()); !errors.Is(err, peer.ErrTimeout) || !b.Ended() {
		t.Errorf("Start = %v", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var repeated []bool
	for _, r := range l.requests {
		repeated = append(repeated, r.Repeated)
	}
	if diff := cmp.Diff([]bool{false, true, true}, repeated); diff != "" {
		t.Errorf("T flags (-want +got):\n%s", diff)
	}
}

// mute answers when the test has ended.
type mute struct{ ledger }

func (m *mute) Credit(_ context.Context, r diameter.CreditRequest, answer func(diameter.CreditAnswer)) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests = append(m.requests, r)
	time.AfterFunc(time.Second/4, func() { answer(diameter.CreditAnswer{Result: packet.ResultSuccess}) })
	return true
}

func TestKeep(t *testing.T) {
	_, addr := serve(t, &ledger{}, diameter.Open5GS())
	c := &Client{OriginHost: "smf.localdomain", OriginRealm: "localdomain", Clock: newClock().Clock()}
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan error, 10)
	ended := make(chan struct{})
	go func() { defer close(ended); c.Keep(ctx, addr, func(err error) { told <- err }) }()
	for range 2 {
		if err := <-told; err != nil {
			t.Fatal(err)
		}
		c.Cut()
	}
	cancel()
	<-ended
}
