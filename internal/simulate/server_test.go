package simulate

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "testing123"

// flow stores what it is told, as a platform would: the highest counters of each session.
type flow struct {
	refuse func(usage.Access) string // a reason, or ""; may be nil
	lose   bool                      // of each five reports one gets no answer, by turns unstored and stored
	deaf   func(usage.Report) bool   // stores a report without an answer, may be nil
	delay  func() time.Duration      // before a report is answered, may be nil
	slow   sync.WaitGroup

	mu       sync.Mutex
	taken    int
	accesses []usage.Access
	reports  []usage.Report
	sessions map[Session]*Session // key without counters
	restarts []string
}

func (f *flow) Admit(_ context.Context, a usage.Access) usage.Decision {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.accesses = append(f.accesses, a)
	if f.refuse != nil {
		if reason := f.refuse(a); reason != "" {
			return usage.Decision{Reason: reason}
		}
	}
	return usage.Decision{
		Accept: true, Address: netip.MustParseAddr("10.7.0.9"), Class: usage.Class{Organisation: 3, IMSI: a.IMSI}, Interim: 300,
	}
}

var errNotAnswered = errors.New("the answer gets lost")

func (f *flow) Submit(r usage.Report, done func(error)) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken++
	if f.lose && f.taken%10 == 0 {
		return false
	}
	f.store(r)
	if f.lose && f.taken%5 == 0 || f.deaf != nil && f.deaf(r) {
		done(errNotAnswered)
		return true
	}
	if f.delay == nil {
		done(nil)
		return true
	}
	wait := f.delay()
	f.slow.Go(func() {
		time.Sleep(wait) // the server's slowness is what is tested
		done(nil)
	})
	return true
}

func (f *flow) store(r usage.Report) {
	f.reports = append(f.reports, r)
	key := Session{NAS: r.NAS, SessionID: r.SessionID, IMSI: r.IMSI}
	s := f.sessions[key]
	if s == nil {
		s = &Session{NAS: r.NAS, SessionID: r.SessionID, IMSI: r.IMSI}
		f.sessions[key] = s
	}
	s.Uplink, s.Downlink = max(s.Uplink, r.Uplink), max(s.Downlink, r.Downlink)
}

func (f *flow) Restarted(_ context.Context, nas string, _ int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restarts = append(f.restarts, nas)
	return nil
}

// counted returns what was stored, in order.
func (f *flow) counted() []Session {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Session
	for _, s := range f.sessions {
		list = append(list, *s)
	}
	return sorted(list)
}

func (f *flow) reported() []usage.Report {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.reports)
}

func (f *flow) asked() []usage.Access {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.accesses)
}

func sorted(list []Session) []Session {
	slices.SortFunc(list, func(a, b Session) int {
		return cmp.Or(cmp.Compare(a.IMSI, b.IMSI), cmp.Compare(a.SessionID, b.SessionID))
	})
	return list
}

// rig is a running server.
type rig struct {
	*flow
	auth, acct string
	registry   *prometheus.Registry
}

func serve(t testing.TB, f *flow) *rig {
	t.Helper()
	f.sessions = map[Session]*Session{}
	s := &radius.Server{
		AuthAddr: "127.0.0.1:0", AcctAddr: "127.0.0.1:0", ClassKey: []byte("0123456789abcdef"), Flow: f, Clock: clock.System(),
		NAS: []radius.NAS{{Prefix: netip.MustParsePrefix("127.0.0.0/8"), Secret: secret}},
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		f.slow.Wait()
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	auth, acct := s.Addrs()
	return &rig{f, auth.String(), acct.String(), s.Metrics.(*prometheus.Registry)}
}

// repeated is how many packets came twice.
func (g *rig) repeated(t *testing.T) float64 {
	t.Helper()
	families, err := g.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "simstead_radius_repeated_total" {
			return family.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatal("the server does not count repeated packets")
	return 0
}

func (g *rig) load(t testing.TB, devices int) Load {
	t.Helper()
	imsis, err := Sequence("262019900000001", devices)
	if err != nil {
		t.Fatal(err)
	}
	return Load{
		AuthAddr: g.auth, AcctAddr: g.acct, Secret: secret, IMSIs: imsis, APN: "iot.example", PLMN: "26201",
		Clock: clock.System(), Account: true,
	}
}
