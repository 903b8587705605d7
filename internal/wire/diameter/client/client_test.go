package client

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/wire/diameter"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

func golden(t testing.TB, name string) packet.Message {
	t.Helper()
	text, err := os.ReadFile("../testdata/" + name + ".hex")
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.TrimSpace(line))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRequestsAreGolden(t *testing.T) {
	c := &Client{OriginHost: "smf.localdomain", OriginRealm: "localdomain", DestinationRealm: "localdomain"}
	s := device()
	at := time.Date(2021, 9, 30, 9, 37, 44, 0, time.UTC).Unix()
	gy := func(kind, number uint32, u *Usage, reason, requested int64, repeated bool, server string) Request {
		return Request{
			Session: &s, SessionID: "smf.localdomain;3900000000;1;app_gy", Type: kind, Number: number, RatingGroup: Absent, Used: u,
			Reason: reason, Requested: requested, Repeated: repeated, EndToEnd: 0x5a5a0000 + number, At: at, Server: server,
		}
	}
	gx := func(kind, number, endToEnd uint32, server string) Request {
		return Request{
			Session: &s, SessionID: "smf.localdomain;3900000000;1;app_gx", Type: kind, Number: number, EndToEnd: endToEnd, Server: server,
		}
	}
	tests := []struct {
		name   string
		in     Request
		encode func(Request) (packet.Message, error)
	}{
		{"open5gs-ccr-i", gy(Initial, 0, nil, Absent, 1_000_000, false, ""), c.EncodeCredit},
		{"open5gs-ccr-u", gy(Update, 1, &Usage{30_000, 70_000, 12}, ReasonQuotaExhausted, 1_000_000, true, "ocs.example"), c.EncodeCredit},
		{"open5gs-ccr-t", gy(Termination, 2, &Usage{1, 1 << 32, 5}, ReasonFinal, Absent, false, "ocs.example"), c.EncodeCredit},
		{"gx-ccr-i", gx(Initial, 0, 10, ""), c.EncodePolicy},
		{"gx-ccr-t", gx(Termination, 1, 12, "ocs.example"), c.EncodePolicy},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := golden(t, test.name)
			got, err := test.encode(test.in)
			if err != nil {
				t.Fatal(err)
			}
			got.SetHopByHop(want.HopByHop())
			if !bytes.Equal(got, want) {
				t.Errorf("(-want +got):\n%s", cmp.Diff([]byte(want), []byte(got)))
			}
		})
	}
}

func TestAnswersAreRead(t *testing.T) {
	none := CreditAnswer{RatingGroup: Absent, Granted: Absent, Seconds: Absent, Messages: Absent, Holding: Absent, Final: Absent}
	final := none
	final.Result, final.Service, final.Granted, final.Validity, final.Final, final.Number = 2001, 2001, 50_000, 600, 0, 1
	first := none
	first.Result, first.Service, first.Granted, first.Validity, first.Threshold = 2001, 2001, 100_000, 600, 20_000
	last := none
	last.Result, last.Number = 2001, 2
	for name, want := range map[string]CreditAnswer{"open5gs-cca-i": first, "open5gs-cca-u-final": final, "open5gs-cca-t": last} {
		m := golden(t, name)
		want.Raw = m
		got, err := DecodeCredit(m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	m := golden(t, "gx-cca-i")
	got, err := DecodePolicy(m)
	want := PolicyAnswer{Result: 2001, Up: 256_000, Down: 512_000, QCI: 9, Priority: 8, Rules: []string{"all", "default"}, Raw: m}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("gx: %v (-want +got):\n%s", err, diff)
	}
}

func FuzzAnswer(f *testing.F) {
	for _, name := range []string{"open5gs-cca-i", "3gpp-cca-i", "gx-cca-i", "open5gs-ccr-u"} {
		f.Add([]byte(golden(f, name)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := packet.Parse(b)
		if err != nil {
			return
		}
		if a, err := DecodeCredit(m); err == nil && a.Result != 0 && a.Refused() && a.Result == 2001 && a.Service == 0 {
			t.Errorf("refused: %+v", a)
		}
		_, _ = DecodePolicy(m)
	})
}

// A quota of 250 000 octets in slices of 100 000 lets 250 000 pass, neither fewer nor more.
func TestQuotaIsKept(t *testing.T) {
	tests := []struct {
		name    string
		dialect diameter.Dialect
		strict  bool
		final   bool
		want    int64
		refused bool
	}{
		{"open5gs, refusal", diameter.Open5GS(), false, false, 250_000, true},
		{"open5gs, final unit", diameter.Open5GS(), false, true, 250_000, false},
		{"3gpp, refusal", diameter.TGPP(), true, false, 250_000, true},
		{"3gpp, final unit", diameter.TGPP(), true, true, 250_000, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := &ledger{quota: map[string]int64{imsi: 250_000}, slice: 100_000, threshold: 20_000, asFinal: test.final}
			if !test.final {
				l.threshold = 0
			}
			_, addr := serve(t, l, test.dialect)
			b := &Bearer{Client: dial(t, addr, "smf.localdomain", test.strict, newClock()), Session: device(), RatingGroup: Absent}
			if test.strict {
				b.RatingGroup = 10
			}
			if err := b.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if p := b.Policy(); p.Up != 256_000 || p.Down != 5_000_000_000 || p.QCI != 7 || p.Priority != 3 {
				t.Errorf("policy %+v", p)
			}
			var passed int64
			var err error
			for range 400 { // packets of 1 000 octets
				var n int64
				if n, err = b.Carry(t.Context(), 300, 700); err != nil {
					passed += n
					break
				}
				passed += n
			}
			var refused *RefusedError
			if errors.As(err, &refused) != test.refused || !test.refused && !errors.Is(err, ErrEnded) {
				t.Errorf("ends with %v", err)
			}
			if passed != test.want || l.left(imsi) != 0 || !b.Ended() {
				t.Errorf("%d octets passed, %d left; want %d and none", passed, l.left(imsi), test.want)
			}
			types := l.types()
			if types[0] != diameter.Initial || types[len(types)-1] != diameter.Termination {
				t.Errorf("requests %v", types)
			}
			if len(l.policies) != 2 || l.policies[0].RAT != 6 || l.policies[1].Type != diameter.Termination {
				t.Errorf("policies %+v", l.policies)
			}
		})
	}
}

func TestValidityEndsAGrant(t *testing.T) {
	l := &ledger{quota: map[string]int64{imsi: 1 << 40}, slice: 100_000, validity: 600}
	_, addr := serve(t, l, diameter.Open5GS())
	fake := newClock()
	b := &Bearer{Client: dial(t, addr, "smf.localdomain", false, fake), Session: device(), RatingGroup: Absent, WithoutGx: true}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Carry(t.Context(), 10, 20); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		forward time.Duration
		reports int
	}{{599 * time.Second, 1}, {time.Second, 2}, {time.Second, 2}, {599 * time.Second, 3}} {
		fake.Advance(step.forward)
		if err := b.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(l.types()); got != step.reports {
			t.Errorf("%d requests after %v, want %d", got, step.forward, step.reports)
		}
	}
	u := l.requests[1].Services[0]
	if u.Used[0].Input != 10 || u.Used[0].Output != 20 || u.Used[0].Time != 600 || u.Reason != ReasonValidityTime {
		t.Errorf("report %+v", u)
	}
	if err := b.Stop(t.Context()); err != nil || !b.Ended() {
		t.Errorf("Stop = %v", err)
	}
}

func TestRefusedAtStart(t *testing.T) {
	l := &ledger{quota: map[string]int64{}}
	_, addr := serve(t, l, diameter.Open5GS())
	b := &Bearer{Client: dial(t, addr, "smf.localdomain", false, newClock()), Session: device(), RatingGroup: Absent}
	var refused *RefusedError
	if err := b.Start(t.Context()); !errors.As(err, &refused) || *refused != (RefusedError{"Gy", packet.ResultCreditLimitReached}) {
		t.Errorf("Start = %v", err)
	}
	if len(l.policies) != 2 {
		t.Errorf("the session on Gx is left open: %+v", l.policies)
	}
}

// What the server asks reaches the bearer of a gateway that keeps to the standard; Open5GS says yes and does nothing.
func TestServerAsks(t *testing.T) {
	type outcome struct {
		result uint32
		err    error
	}
	tests := []struct {
		name   string
		strict bool
		ask    func(s *diameter.Server, gy, gx diameter.Target, done diameter.Done) error
		result uint32
		after  error
		types  int
		up     int64
	}{
		{"reauthorise", true, func(s *diameter.Server, gy, _ diameter.Target, done diameter.Done) error {
			return s.ReauthoriseCredit(gy, done)
		}, 2002, nil, 2, 256_000},
		{"reauthorise open5gs", false, func(s *diameter.Server, gy, _ diameter.Target, done diameter.Done) error {
			return s.ReauthoriseCredit(gy, done)
		}, 2001, nil, 1, 256_000},
		{"abort", true, func(s *diameter.Server, gy, _ diameter.Target, done diameter.Done) error {
			return s.AbortCredit(gy, done)
		}, 2001, ErrEnded, 2, 256_000},
		{"abort open5gs", false, func(s *diameter.Server, gy, _ diameter.Target, done diameter.Done) error {
			return s.AbortCredit(gy, done)
		}, 3001, nil, 1, 256_000},
		{"throttle", true, func(s *diameter.Server, _, gx diameter.Target, done diameter.Done) error {
			return s.ReauthorisePolicy(gx, diameter.Changes{Bitrate: diameter.Bitrate{Up: 64_000, Down: 64_000}}, diameter.Absent, done)
		}, 2001, nil, 1, 64_000},
		{"release", true, func(s *diameter.Server, _, gx diameter.Target, done diameter.Done) error {
			return s.ReauthorisePolicy(gx, diameter.Changes{}, diameter.UnspecifiedReason, done)
		}, 2001, ErrEnded, 2, 256_000},
		{"unknown session", true, func(s *diameter.Server, _, gx diameter.Target, done diameter.Done) error {
			gx.SessionID = "else"
			return s.AbortPolicy(gx, done)
		}, 5002, nil, 1, 256_000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := &ledger{quota: map[string]int64{imsi: 1 << 40}, slice: 100_000}
			s, addr := serve(t, l, diameter.Open5GS())
			b := &Bearer{Client: dial(t, addr, "smf.localdomain", test.strict, newClock()), Session: device(), RatingGroup: Absent}
			if err := b.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			answered := make(chan outcome, 1)
			err := test.ask(s, l.requests[0].Target(), l.policies[0].Target(), func(result uint32, err error) { answered <- outcome{result, err} })
			if err != nil {
				t.Fatal(err)
			}
			if got := <-answered; got != (outcome{test.result, nil}) {
				t.Errorf("answered %+v, want %d", got, test.result)
			}
			if err := b.Tick(t.Context()); !errors.Is(err, test.after) {
				t.Errorf("Tick = %v, want %v", err, test.after)
			}
			if got := len(l.types()); got != test.types || b.Policy().Up != test.up {
				t.Errorf("%d requests, want %d; uplink %d, want %d", got, test.types, b.Policy().Up, test.up)
			}
		})
	}
}

func TestNobodyToAsk(t *testing.T) {
	s, _ := serve(t, &ledger{}, diameter.Open5GS())
	if err := s.AbortCredit(diameter.Target{Peer: "smf.localdomain"}, nil); !errors.Is(err, diameter.ErrNotConnected) {
		t.Errorf("AbortCredit = %v", err)
	}
}

// Many sessions share a connection, each with its own answers.
func TestManySessions(t *testing.T) {
	l := &ledger{quota: map[string]int64{}, slice: 1000}
	_, addr := serve(t, l, diameter.Open5GS())
	c := dial(t, addr, "smf.localdomain", false, newClock())
	var running sync.WaitGroup
	for i := range 200 {
		session := device()
		session.IMSI = "0010100000" + string([]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)})
		l.mu.Lock()
		l.quota[session.IMSI] = int64(1000 + i)
		l.mu.Unlock()
		running.Go(func() {
			b := &Bearer{Client: c, Session: session, RatingGroup: Absent}
			if err := b.Start(t.Context()); err != nil {
				t.Errorf("Start: %v", err)
				return
			}
			if n, err := b.Carry(t.Context(), 1, 5000); n != int64(1000+i) || err == nil {
				t.Errorf("%d octets passed, want %d: %v", n, 1000+i, err)
			}
		})
	}
	running.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.bearers) != 0 {
		t.Errorf("%d sessions are left", len(c.bearers))
	}
}

// A gateway that lost its connection repeats its request on another one; the answer is the same but for the identifiers.
func TestRepeatOverAnotherConnection(t *testing.T) {
	l := &ledger{quota: map[string]int64{imsi: 1 << 40}, slice: 1000}
	_, addr := serve(t, l, diameter.Open5GS())
	c, s := dial(t, addr, "smf.localdomain", false, newClock()), device()
	r := Request{Session: &s, SessionID: c.NewSessionID("gy"), Type: Initial, RatingGroup: Absent, Reason: Absent, Requested: 5, Action: 0, EndToEnd: 99}
	first, err := c.AwaitCredit(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	c.Cut()
	r.Repeated = true
	second, err := dial(t, addr, "smf.localdomain", false, newClock()).AwaitCredit(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	second.Raw.SetHopByHop(first.Raw.HopByHop())
	if !bytes.Equal(first.Raw, second.Raw) || !l.requests[1].Repeated || l.requests[0].Repeated {
		t.Errorf("answers\n%x\n%x", first.Raw, second.Raw)
	}
}
