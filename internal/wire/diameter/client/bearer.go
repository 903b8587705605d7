package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// ErrEnded says that a bearer does not carry data any more.
var ErrEnded = errors.New("the bearer has ended")

// RefusedError says that the server has refused a session or its next grant.
type RefusedError struct {
	Interface string // "Gx" or "Gy"
	Result    uint32
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("refused on %s with %d", e.Interface, e.Result)
}

// Bearer is a device's session that obeys the server: it carries what is granted, reports when the grant is used up, when
// it becomes invalid or when it is asked to, and ends after a final grant or a refusal. Its methods may be called by
// several goroutines; they take turns.
type Bearer struct {
	Client      *Client
	Session     Session // see Move
	RatingGroup int64   // Absent for none, as Open5GS has it
	WithoutGx   bool
	Late        int64 // octets that still pass while the server decides what follows a grant that is used up: Open5GS lets them

	turn    sync.Mutex
	gx, gy  string // Session-Ids
	number  uint32 // of the next request on Gy
	gxNext  uint32
	server  string // whose answers the session has had
	policy  PolicyAnswer
	grant   CreditAnswer
	granted int64 // µs, when
	used    Usage // since the last report
	since   int64 // µs, of the last report
	began   bool
	ended   bool
	last    exchange // on Gy

	asked struct { // by the server
		sync.Mutex
		report, end bool
		changed     *PolicyAnswer
	}
}

// exchange is a request and what came back.
type exchange struct{ request, answer packet.Message }

// Start opens the session on Gx and Gy. Like Open5GS it asks on both at once, and closes the one when the other refuses.
func (b *Bearer) Start(ctx context.Context) error {
	b.turn.Lock()
	defer b.turn.Unlock()
	c := b.Client
	b.gy, b.number, b.gxNext, b.server, b.used, b.began, b.ended = c.NewSessionID("app_gy"), 0, 0, "", Usage{}, true, false
	var policy Flight
	if !b.WithoutGx {
		b.gx = c.NewSessionID("app_gx")
		m, err := c.EncodePolicy(b.request(b.gx, Initial, &b.gxNext))
		if err != nil {
			return err
		}
		policy = c.Launch(m)
	}
	r := b.request(b.gy, Initial, &b.number)
	r.Requested = b.wish()
	a, err := b.credit(ctx, r)
	open := err == nil && a.Result/1000 == 2 // a session whose service alone is refused is open, and has to be closed
	if err == nil && a.Refused() {
		err = &RefusedError{"Gy", refusal(a)}
	}
	withGx, gxErr := b.admitted(ctx, policy)
	if err = errors.Join(err, gxErr); err == nil {
		b.take(a, Usage{})
		c.register(b)
		return nil
	}
	b.ended = true
	if open {
		_, closing := b.credit(ctx, b.request(b.gy, Termination, &b.number))
		err = errors.Join(err, closing)
	}
	if withGx {
		err = errors.Join(err, b.leaveGx(ctx))
	}
	return err
}

// admitted waits for the answer on Gx and reports whether the session is open there.
func (b *Bearer) admitted(ctx context.Context, f Flight) (bool, error) {
	if b.WithoutGx {
		return false, nil
	}
	m, err := b.Client.Land(ctx, f)
	if err != nil {
		return false, err
	}
	if b.policy, err = DecodePolicy(m); err == nil && b.policy.Result/1000 != 2 {
		err = &RefusedError{"Gx", b.policy.Result}
	}
	return err == nil, err
}

func refusal(a CreditAnswer) uint32 {
	if a.Result/1000 != 2 {
		return a.Result
	}
	return a.Service
}

func (b *Bearer) request(session string, kind uint32, number *uint32) Request {
	r := Request{
		Session: &b.Session, SessionID: session, Type: kind, Number: *number, RatingGroup: b.RatingGroup, Server: b.server,
		Reason: Absent, Requested: Absent, Action: Absent, At: b.Client.Clock.Micros() / clock.Second,
	}
	if !b.Client.Strict {
		r.Action = 0 // DIRECT_DEBITING, which Open5GS sends always
	}
	*number++
	return r
}

// credit sends a request on Gy until it is answered.
func (b *Bearer) credit(ctx context.Context, r Request) (CreditAnswer, error) {
	m, err := b.Client.EncodeCredit(r)
	if err != nil {
		return CreditAnswer{}, err
	}
	b.last = exchange{request: m}
	if b.last.answer, err = b.Client.Land(ctx, b.Client.Launch(m)); err != nil {
		return CreditAnswer{}, err
	}
	if host, ok := b.last.answer.Find(packet.OriginHost); ok {
		b.server = string(host.Data)
	}
	return DecodeCredit(b.last.answer)
}

// Repeat sends the last request on Gy once more, with the T flag, as a gateway does that missed the answer. It reports
// whether the answer is the same as before but for the hop-by-hop identifier.
func (b *Bearer) Repeat(ctx context.Context) (same bool, err error) {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.last.request == nil {
		return false, errors.New("nothing was asked yet")
	}
	b.last.request.SetRetransmitted()
	m, err := b.Client.Land(ctx, b.Client.Launch(b.last.request))
	if err != nil {
		return false, err
	}
	if b.last.answer == nil {
		b.last.answer = m
	}
	m.SetHopByHop(b.last.answer.HopByHop())
	return bytes.Equal(m, b.last.answer), nil
}

// wish is what to ask for.
func (b *Bearer) wish() int64 {
	if b.Client.Strict {
		return 0
	}
	return requestedByOpen5GS
}

// take begins to use a grant, of which late has been used already.
func (b *Bearer) take(a CreditAnswer, late Usage) {
	b.grant, b.used = a, late
	b.granted = b.Client.Clock.Micros()
	b.since = b.granted
}

// Policy is what the session was given on Gx.
func (b *Bearer) Policy() PolicyAnswer {
	b.turn.Lock()
	defer b.turn.Unlock()
	return b.policy
}

// Grant is the last answer on Gy that the bearer acts upon.
func (b *Bearer) Grant() CreditAnswer {
	b.turn.Lock()
	defer b.turn.Unlock()
	return b.grant
}

// Ended reports whether the session is over.
func (b *Bearer) Ended() bool {
	b.turn.Lock()
	defer b.turn.Unlock()
	return b.ended
}

// Move changes where the device is. Like Open5GS the bearer tells so with its next report.
func (b *Bearer) Move(change func(*Session)) {
	b.turn.Lock()
	defer b.turn.Unlock()
	change(&b.Session)
}
