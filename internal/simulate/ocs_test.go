package simulate

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// ocs is an online charging system of the simplest kind: a quota of octets for each device, granted in slices, each
// request decided once however often it comes.
type ocs struct {
	quota    int64                          // of each device, 0 for no end
	slice    int64                          // of a grant
	validity int64                          // s
	final    bool                           // tells the last slice
	refuse   func(imsi, plmn string) uint32 // a Result-Code, or 0; may be nil
	forgets  bool                           // decides a repeated request anew

	mu       sync.Mutex
	used     map[string]int64
	answers  map[string]diameter.CreditAnswer
	requests []diameter.CreditRequest
	policies []diameter.PolicyRequest
}

func (o *ocs) Credit(_ context.Context, r diameter.CreditRequest, answer func(diameter.CreditAnswer)) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests = append(o.requests, r)
	key := fmt.Sprint(r.SessionID, r.Number)
	a, known := o.answers[key]
	if !known || o.forgets {
		a = o.decide(r)
		o.answers[key] = a
	}
	answer(a)
	return true
}

func (o *ocs) decide(r diameter.CreditRequest) diameter.CreditAnswer {
	a := diameter.CreditAnswer{Result: packet.ResultSuccess}
	if o.refuse != nil && (r.Type == diameter.Initial || r.Type == diameter.Event) {
		if code := o.refuse(r.IMSI, r.PLMN); code != 0 {
			a.Result = code
			return a
		}
	}
	for _, s := range r.Services {
		for _, u := range s.Used {
			o.used[r.IMSI] += u.Volume()
		}
		if r.Type == diameter.Event {
			o.used[r.IMSI] += s.Requested.Volume()
		}
		if s.Requests {
			a.Services = append(a.Services, o.grant(s, r.IMSI))
		}
	}
	return a
}

func (o *ocs) grant(s diameter.Service, imsi string) diameter.Grant {
	g := diameter.Grant{
		RatingGroup: s.RatingGroup, ServiceID: s.ServiceID, Granted: diameter.NoUnits(), HoldingTime: diameter.Absent,
		Result: packet.ResultSuccess, Validity: o.validity,
	}
	left := int64(1) << 50
	if o.quota > 0 {
		left = o.quota - o.used[imsi]
	}
	if left <= 0 {
		g.Result = packet.ResultCreditLimitReached
		return g
	}
	g.Granted.Total = min(left, o.slice)
	if o.final && left <= o.slice {
		g.Final = diameter.FinalTerminate
	}
	return g
}

func (o *ocs) Policy(_ context.Context, r diameter.PolicyRequest, answer func(diameter.PolicyAnswer)) bool {
	o.mu.Lock()
	o.policies = append(o.policies, r)
	o.mu.Unlock()
	answer(diameter.PolicyAnswer{Result: packet.ResultSuccess, Changes: diameter.Changes{Bitrate: diameter.Bitrate{Up: 256_000, Down: 512_000}}})
	return true
}

// asked are the requests on Gy so far.
func (o *ocs) asked() []diameter.CreditRequest {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.requests)
}

// charge runs a Diameter server and returns its address.
func charge(t testing.TB, o *ocs) string {
	t.Helper()
	o.used, o.answers = map[string]int64{}, map[string]diameter.CreditAnswer{}
	s := &diameter.Server{
		Addrs: []string{"127.0.0.1:0"}, OriginHost: "ocs.localdomain", OriginRealm: "localdomain",
		Peers:    []diameter.Peer{{OriginHost: diameter.Any, Source: netip.MustParsePrefix("127.0.0.0/8"), Dialect: diameter.Open5GS()}},
		Charging: o, Policy: o, Clock: clock.System(), Log: slog.New(slog.DiscardHandler),
	}
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	return s.Bound()[0].String()
}
