package client

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/simstead/simstead/internal/clock"
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
	Session     Session
	RatingGroup int64 // Absent for none, as Open5GS has it
	WithoutGx   bool

	turn    sync.Mutex
	gx, gy  string // Session-Ids
	number  uint32 // of the next request on Gy
	gxNext  uint32
	policy  PolicyAnswer
	grant   CreditAnswer
	granted int64 // µs, when
	used    Usage // since the last report
	since   int64 // µs, of the last report
	ended   bool

	asked struct { // by the server
		sync.Mutex
		report, end bool
		changed     *PolicyAnswer
	}
}

// Start opens the session on Gx and Gy.
func (b *Bearer) Start(ctx context.Context) error {
	b.turn.Lock()
	defer b.turn.Unlock()
	c := b.Client
	b.gy = c.NewSessionID("gy")
	b.number, b.gxNext, b.used, b.ended = 0, 0, Usage{}, false
	if !b.WithoutGx {
		b.gx = c.NewSessionID("gx")
		a, err := c.AwaitPolicy(ctx, b.request(b.gx, Initial, &b.gxNext))
		if err != nil {
			return err
		}
		if a.Result/1000 != 2 {
			return &RefusedError{"Gx", a.Result}
		}
		b.policy = a
	}
	r := b.request(b.gy, Initial, &b.number)
	r.Requested = b.wish()
	if !c.Strict {
		r.Used = &Usage{} // Open5GS reports at the beginning already
	}
	a, err := c.AwaitCredit(ctx, r)
	if err == nil && a.Refused() {
		err = &RefusedError{"Gy", refusal(a)}
	}
	if err != nil {
		b.ended = true
		return errors.Join(err, b.leaveGx(ctx))
	}
	b.take(a)
	c.register(b)
	return nil
}

func refusal(a CreditAnswer) uint32 {
	if a.Result/1000 != 2 {
		return a.Result
	}
	return a.Service
}

func (b *Bearer) request(session string, kind uint32, number *uint32) Request {
	r := Request{
		Session: &b.Session, SessionID: session, Type: kind, Number: *number, RatingGroup: b.RatingGroup,
		Reason: Absent, Requested: Absent, Action: Absent, At: b.Client.Clock.Micros() / clock.Second,
	}
	if !b.Client.Strict {
		r.Action = 0 // DIRECT_DEBITING, which Open5GS sends always
	}
	*number++
	return r
}

// wish is what to ask for.
func (b *Bearer) wish() int64 {
	if b.Client.Strict {
		return 0
	}
	return requestedByOpen5GS
}

func (b *Bearer) take(a CreditAnswer) {
	b.grant, b.used = a, Usage{}
	b.granted = b.Client.Clock.Micros()
	b.since = b.granted
}

// Policy is what the session was given on Gx.
func (b *Bearer) Policy() PolicyAnswer {
	b.turn.Lock()
	defer b.turn.Unlock()
	return b.policy
}

// Grant is the last answer on Gy.
func (b *Bearer) Grant() CreditAnswer {
	b.turn.Lock()
	defer b.turn.Unlock()
	return b.grant
}

// Carry lets octets pass, up before down, as far as the server grants them. It tells how many passed; fewer than asked
// come with the reason: ErrEnded after a final grant, a *RefusedError, or that of the connection.
func (b *Bearer) Carry(ctx context.Context, up, down int64) (passed int64, err error) {
	b.turn.Lock()
	defer b.turn.Unlock()
	for up > 0 || down > 0 {
		if b.ended {
			return passed, ErrEnded
		}
		if err := b.due(ctx); err != nil {
			return passed, err
		}
		room := b.room()
		u := min(up, room)
		d := min(down, room-u)
		b.used.Uplink += u
		b.used.Downlink += d
		up, down, passed = up-u, down-d, passed+u+d
		if u+d == room {
			if err := b.exhausted(ctx); err != nil {
				return passed, err
			}
		}
	}
	return passed, nil
}

// room is how much may pass before the next report. Without a volume in the grant there is no bound.
func (b *Bearer) room() int64 {
	if b.grant.Granted == Absent {
		return 1 << 62
	}
	limit := b.grant.Granted
	if b.grant.Final == Absent || !b.Client.Strict { // a final grant is used up to the end, but not by Open5GS
		limit -= b.grant.Threshold
	}
	return max(0, limit-b.used.Uplink-b.used.Downlink)
}
