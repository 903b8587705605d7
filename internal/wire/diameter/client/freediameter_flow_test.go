package client

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter"
)

// purse is a flow that lets a device use so much, in slices.
type purse struct {
	mu       sync.Mutex
	left     int64 // octets
	slice    int64
	credits  []usage.Credit
	policies []usage.Policy
}

func (p *purse) Credit(c usage.Credit, answer func(usage.Answer)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.credits = append(p.credits, c)
	var a usage.Answer
	for _, s := range c.Services {
		p.left -= s.Up + s.Down
		g := usage.Grant{RatingGroup: s.RatingGroup, ServiceID: s.ServiceID, Units: usage.Absent}
		switch {
		case !s.Requests:
		case p.left > 0:
			g.Units = min(p.left, p.slice)
			g.Final = g.Units == p.left
		default:
			g.Result = usage.LimitReached
		}
		a.Services = append(a.Services, g)
	}
	go answer(a)
	return true
}

func (p *purse) Policy(q usage.Policy, answer func(usage.PolicyAnswer)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.policies = append(p.policies, q)
	go answer(usage.PolicyAnswer{Rate: usage.Rate{Up: 256_000, Down: 512_000}, QCI: 9, Priority: 8})
	return true
}

// fill gives the purse another content and forgets the requests so far, which it returns.
func (p *purse) fill(left int64) []usage.Credit {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.credits
	p.left, p.credits, p.policies = left, nil, nil
	return asked
}

// relayed serves gateways of both dialects behind one relay.
func relayed(t *testing.T, f diameter.Flow) (*diameter.Server, string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	d := diameter.Decider{Flow: f, Log: log}
	s := &diameter.Server{
		Addrs: []string{"127.0.0.1:0"}, OriginHost: "ocs.example", OriginRealm: "example", Charging: d, Policy: d, Clock: clock.System(), Log: log,
		Peers: []diameter.Peer{
			{OriginHost: relayHost, Source: netip.MustParsePrefix("127.0.0.0/8"), Dialect: diameter.TGPP(), Relay: true},
			{OriginHost: "smf.localdomain", Dialect: diameter.Open5GS()},
		},
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := s.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s, s.Bound()[0].String()
}

func types(asked []usage.Credit) (list []usage.RequestType) {
	for _, c := range asked {
		list = append(list, c.Type)
	}
	return list
}

// A session's requests, the flow's answers and its orders pass a relay of somebody else's, for gateways of either kind.
func TestFlowBehindFreeDiameter(t *testing.T) {
	p := &purse{slice: 100_000}
	s, addr := relayed(t, p)
	r := startRelay(t, addr)
	r.says(t, `STATE_OPEN.*ocs\.example`)

	t.Run("open5gs", func(t *testing.T) {
		p.fill(250_000)
		c := dial(t, r.addr, "smf.localdomain", false, newClock())
		c.DestinationRealm = "example"
		b := &Bearer{Client: c, Session: device(), RatingGroup: Absent}
		if err := b.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if q := b.Policy(); q.Up != 256_000 || q.Down != 512_000 || q.QCI != 9 || len(q.Rules) != 0 {
			t.Errorf("policy %+v", q)
		}
		passed, err := b.Carry(t.Context(), 100_000, 400_000)
		if passed != 250_000 || !errors.Is(err, ErrEnded) {
			t.Errorf("%d octets passed: %v", passed, err)
		}
		asked := p.fill(0)
		if want := []usage.RequestType{usage.Initial, usage.Update, usage.Update, usage.Terminate}; !slices.Equal(types(asked), want) {
			t.Errorf("requests %v", types(asked))
		}
		first := asked[0]
		if first.NAS != "smf.localdomain" || first.Peer != relayHost || first.Realm != "localdomain" || first.Abilities != 0 || first.IMSI != imsi {
			t.Errorf("asked %+v", first)
		}
	})

	t.Run("3gpp", func(t *testing.T) {
		p.fill(1 << 40)
		c := dial(t, r.addr, "pgw.localdomain", true, newClock())
		c.DestinationRealm = "example"
		b := &Bearer{Client: c, Session: device(), RatingGroup: 10}
		if err := b.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if q := b.Policy(); len(q.Rules) != 1 {
			t.Errorf("policy %+v", q)
		}
		if _, err := b.Carry(t.Context(), 1_000, 2_000); err != nil {
			t.Fatal(err)
		}
		p.mu.Lock()
		credit, policy := p.credits[0].Report, p.policies[0].Report
		p.mu.Unlock()
		told := make(chan error, 1)
		tell := func(err error) {
			t.Helper()
			if err == nil {
				err = <-told
			}
			if err != nil {
				t.Error(err)
			}
		}
		done := func(err error) { told <- err }
		tell(diameter.PolicyNetwork{Server: s}.SetRate(at(policy), usage.Rate{Up: 64_000, Down: 64_000}, done))
		tell(diameter.CreditNetwork{Server: s}.Reauthorise(at(credit), 0, done))
		if err := b.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if q := b.Policy(); q.Up != 64_000 || q.Down != 64_000 {
			t.Errorf("policy %+v", q)
		}
		tell(diameter.CreditNetwork{Server: s}.End(at(credit), "blocked", done))
		if err := b.Tick(t.Context()); !errors.Is(err, ErrEnded) {
			t.Errorf("after the order to end: %v", err)
		}
		asked := p.fill(0)
		if want := []usage.RequestType{usage.Initial, usage.Update, usage.Terminate}; !slices.Equal(types(asked), want) {
			t.Errorf("requests %v", types(asked))
		}
		tell(diameter.CreditNetwork{Server: s}.End(at(credit), "blocked", done)) // there is nothing left to end
	})
}

// at is where orders about a session go.
func at(r usage.Report) usage.Target {
	return usage.Target{Protocol: r.Protocol, NAS: r.NAS, SessionID: r.SessionID, Peer: r.Peer, Realm: r.Realm, Abilities: r.Abilities}
}
