package simulate

import (
	"context"
	"fmt"
	"math/rand/v2"

	"layeh.com/radius"
	"layeh.com/radius/rfc2866"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/radius/client"
)

// actor is a device of the fleet with its session. One worker has it at a time.
type actor struct {
	Device
	fleet     *fleet
	index     int
	random    *rand.Rand
	timetable *timetable // nil for a quiet device
	gateway   gateway
	plmn      string
	rat       int
	due       int64 // µs

	open    bool
	session client.Session
	usage   client.Usage
	began   int64 // µs
	ends    int64 // when it is to stop, µs
	every   int64 // time between interim reports, µs
}

const interimEvery = 10 * clock.Second // unless the server wants them more often

func newActor(f *fleet, index int, d Device) *actor {
	a := &actor{Device: d, fleet: f, index: index, gateway: gatewayOf(index)}
	a.random = rand.New(rand.NewPCG(uint64(f.Seed), uint64(index))) //nolint:gosec // plays, protects nothing
	if len(a.RATs) == 0 {
		a.RATs = []int{EUTRAN}
	}
	a.plmn, a.rat = a.anyNetwork(), a.RATs[0]
	return a
}

// step does what is due and sets when the next thing is.
func (a *actor) step(ctx context.Context) {
	now := a.fleet.Clock.Micros()
	switch {
	case !a.open:
		a.due = a.connect(ctx, now)
	case now < a.ends:
		a.report(ctx)
		a.due = min(now+a.every, a.ends)
	case a.timetable == nil && a.chance(0.02): // the Stop gets lost
		a.close()
		a.due = now + a.between(3, 10)
	default:
		a.stop(ctx, now)
		a.due = a.away(now)
	}
}

// connect asks for a session and starts it, and returns when the actor acts next.
func (a *actor) connect(ctx context.Context, now int64) int64 {
	if a.timetable == nil && a.chance(0.02) {
		return a.stray(ctx, now)
	}
	a.ends = now + a.lifetime()
	if a.timetable != nil {
		if a.ends = a.timetable.slot(now) + a.timetable.length(); a.ends <= now {
			return a.timetable.next(now)
		}
	}
	a.move(0.3, 0.2)
	s := a.newSession()
	answer, err := a.fleet.auth.Exchange(ctx, client.Access(s))
	if a.fleet.heard(err); err != nil {
		return a.again(now, 5, 15)
	}
	if answer.Code != radius.CodeAccessAccept {
		a.fleet.Log.Debug("simulated device refused", "imsi", a.IMSI, "reason", answer.Reason)
		return a.again(now, 20, 60)
	}
	s.Address, s.Class = answer.Address, answer.Class
	if !s.Address.IsValid() {
		s.Address = pooled(a.index)
	}
	a.session, a.usage, a.began = s, client.Usage{}, now
	if !a.send(ctx, rfc2866.AcctStatusType_Value_Start) {
		return a.again(now, 5, 15)
	}
	a.open, a.every = true, interimEvery
	if answer.Interim > 0 {
		a.every = min(a.every, answer.Interim*clock.Second)
	}
	a.fleet.online.Add(1)
	return min(now+a.every, a.ends)
}

// stray tries a network that no tariff covers, the test network of ITU-T E.212, and is refused.
func (a *actor) stray(ctx context.Context, now int64) int64 {
	s := a.newSession()
	s.PLMN, s.Location = "00101", location("00101", a.rat, 1)
	_, err := a.fleet.auth.Exchange(ctx, client.Access(s))
	a.fleet.heard(err)
	return now + a.between(3, 8)
}

// report sends an interim report, now and then after the device has moved, now and then twice.
func (a *actor) report(ctx context.Context) {
	a.use()
	if a.move(0.02, 0.04) {
		a.locate(&a.session)
	}
	if a.chance(0.02) && a.sendTwice(ctx) {
		return
	}
	a.send(ctx, rfc2866.AcctStatusType_Value_InterimUpdate) // when it is lost, the next one says more
}

func (a *actor) stop(ctx context.Context, now int64) {
	a.use()
	a.close()
	a.send(ctx, rfc2866.AcctStatusType_Value_Stop)
}

func (a *actor) close() {
	a.open = false
	a.fleet.online.Add(-1)
}

// send sends a report and tells whether it was answered.
func (a *actor) send(ctx context.Context, status rfc2866.AcctStatusType) bool {
	a.stamp()
	_, err := a.fleet.acct.Exchange(ctx, client.Accounting(status, a.session, a.usage))
	a.fleet.heard(err)
	return err == nil
}

func (a *actor) stamp() {
	a.usage.At = a.fleet.Clock.Now()
	a.usage.Seconds = max(0, a.usage.At.UnixMicro()-a.began) / clock.Second
}

// newSession is what the gateway sends when the device comes.
func (a *actor) newSession() client.Session {
	number := a.fleet.sessions.Add(1)
	s := client.Session{
		IMSI: a.IMSI, IMEISV: a.IMEISV, MSISDN: a.MSISDN, APN: a.APN, ChargingID: number,
		SessionID: fmt.Sprintf("%x%08x", a.fleet.began/clock.Second, number),
		NAS:       a.gateway.name, NASAddress: a.gateway.address, GGSN: a.gateway.user, NSAPI: 5,
	}
	a.locate(&s)
	return s
}

// locate tells where the device is.
func (a *actor) locate(s *client.Session) {
	s.PLMN, s.RAT, s.SGSN = a.plmn, a.rat, serving(a.plmn)
	s.Location = location(a.plmn, a.rat, uint32(a.index)<<8|uint32(a.random.IntN(16)))
}
